package dev.heddle.coordinator;

import java.util.Set;

/**
 * Which topics a client may know of. It is asked on a background thread, too, some time after the request that it came
 * with.
 */
@FunctionalInterface
public interface TopicFilter {

    /** Everything is visible. */
    TopicFilter ALL = topics -> topics;

    /** Those of the topics that may be known. */
    Set<String> visible(Set<String> topics);
}
