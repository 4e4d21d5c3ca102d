package dev.heddle.coordinator.consumer;

import java.util.Set;

/**
 * The topics that match a regular expression. Immutable.
 *
 * @param version the metadata's version in which they were looked up
 * @param timestampMs when, in milliseconds since the epoch
 */
public record ResolvedRegex(Set<String> topics, long version, long timestampMs) {

    public static final ResolvedRegex NONE = new ResolvedRegex(Set.of(), -1, -1);
}
