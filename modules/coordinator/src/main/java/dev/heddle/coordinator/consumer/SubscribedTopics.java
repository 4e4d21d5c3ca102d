package dev.heddle.coordinator.consumer;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.coordinator.group.api.assignor.SubscriptionType;
import org.jspecify.annotations.Nullable;

/**
 * The topics that the members of a group subscribe to, counted: by how many members by name, and by how many regular
 * expressions; and the expressions, by how many members. Used under the group's lock.
 */
public final class SubscribedTopics {

    private record Count(int byName, int byRegex) {

        static @Nullable Count plus(@Nullable Count count, int names, int regexes) {
            int byName = Math.max(0, (count == null ? 0 : count.byName) + names);
            int byRegex = Math.max(0, (count == null ? 0 : count.byRegex) + regexes);
            return byName == 0 && byRegex == 0 ? null : new Count(byName, byRegex);
        }
    }

    private final Map<String, Count> topics;
    private final Map<String, Integer> regexes;

    public SubscribedTopics() {
        this(new HashMap<>(), new HashMap<>());
    }

    private SubscribedTopics(Map<String, Count> topics, Map<String, Integer> regexes) {
        this.topics = topics;
        this.regexes = regexes;
    }

    /** What may be changed without changing this. */
    public SubscribedTopics copy() {
        return new SubscribedTopics(new HashMap<>(topics), new HashMap<>(regexes));
    }

    public Set<String> topics() {
        return Collections.unmodifiableSet(topics.keySet());
    }

    /** The regular expressions that members subscribe to. */
    public Set<String> regexes() {
        return Collections.unmodifiableSet(regexes.keySet());
    }

    public int subscribersOf(String regex) {
        return regexes.getOrDefault(regex, 0);
    }

    /** A member's subscription changes; null is none. */
    public void replace(MemberProfile.@Nullable Subscription before, MemberProfile.@Nullable Subscription after) {
        if (before != null) count(before, -1);
        if (after != null) count(after, 1);
    }

    private void count(MemberProfile.Subscription subscription, int change) {
        for (String topic : subscription.topics()) {
            topics.compute(topic, (name, count) -> Count.plus(count, change, 0));
        }
        if (subscription.hasRegex()) {
            regexes.merge(subscription.regex(), change, (count, by) -> count + by <= 0 ? null : count + by);
        }
    }

    /** What a regular expression stands for changes. */
    public void replaceResolved(Collection<String> before, Collection<String> after) {
        for (String topic : before) topics.compute(topic, (name, count) -> Count.plus(count, 0, -1));
        for (String topic : after) topics.compute(topic, (name, count) -> Count.plus(count, 0, 1));
    }

    /** Whether so many members all subscribe to the same. */
    public SubscriptionType type(int members) {
        if (regexes.isEmpty()) return homogeneousIf(topics.values().stream().allMatch(c -> c.byName() == members));
        boolean isOneForAll = regexes.values().iterator().next() == members;
        return homogeneousIf(
                isOneForAll && topics.values().stream().allMatch(count -> count.byRegex() == 1 && count.byName() == 0));
    }

    private static SubscriptionType homogeneousIf(boolean condition) {
        return condition ? SubscriptionType.HOMOGENEOUS : SubscriptionType.HETEROGENEOUS;
    }
}
