package dev.heddle.coordinator.share;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;

/**
 * Of which partitions a share group's state is kept, or is about to be. Immutable: changes make another.
 *
 * @param initializing whose state is being begun
 * @param initialized whose state has begun: these may be assigned
 * @param deleting topics whose states are being deleted
 */
public record StatePartitions(Map<Uuid, OfTopic> initializing, Map<Uuid, OfTopic> initialized, Set<Uuid> deleting) {

    public static final StatePartitions NONE = new StatePartitions(Map.of(), Map.of(), Set.of());

    /**
     * Partitions of a topic.
     *
     * @param sinceMs when they came to be so; 0 if that was before this broker kept the group
     */
    public record OfTopic(String name, Set<Integer> partitions, long sinceMs) {

        OfTopic with(OfTopic more) {
            Set<Integer> all = new HashSet<>(partitions);
            all.addAll(more.partitions);
            return new OfTopic(more.name, all, more.sinceMs);
        }

        OfTopic without(Set<Integer> fewer) {
            Set<Integer> rest = new HashSet<>(partitions);
            rest.removeAll(fewer);
            return new OfTopic(name, rest, sinceMs);
        }
    }

    /** Partitions of the topic whose state has begun, or is being begun since after {@code initializingSinceMs}. */
    public Set<Integer> known(Uuid topicId, long initializingSinceMs) {
        Set<Integer> known = new HashSet<>();
        OfTopic done = initialized.get(topicId);
        if (done != null) known.addAll(done.partitions());
        OfTopic begun = initializing.get(topicId);
        if (begun != null && begun.sinceMs() > initializingSinceMs) known.addAll(begun.partitions());
        return known;
    }

    /** The states of these are about to be begun. */
    public StatePartitions begin(Map<Uuid, OfTopic> begun) {
        Map<Uuid, OfTopic> all = union(initializing, begun);
        Set<Uuid> stillDeleting = new HashSet<>(deleting);
        stillDeleting.removeAll(all.keySet());
        return new StatePartitions(all, initialized, stillDeleting);
    }

    /** The states of these have begun. */
    public StatePartitions complete(Map<Uuid, OfTopic> begun) {
        return new StatePartitions(difference(initializing, begun), union(initialized, begun), deleting);
    }

    /** The states of these could not be begun. */
    public StatePartitions giveUp(Map<Uuid, OfTopic> begun) {
        return new StatePartitions(difference(initializing, begun), initialized, deleting);
    }

    /** All that is there or may be: what is to be deleted with the group. */
    public Map<Uuid, OfTopic> all() {
        return union(initialized, initializing);
    }

    /** The states of these topics are about to be deleted. */
    public StatePartitions delete(Collection<Uuid> topicIds) {
        Set<Uuid> doomed = new HashSet<>(deleting);
        doomed.addAll(topicIds);
        return new StatePartitions(initializing, without(initialized, topicIds), doomed);
    }

    /** Every state is about to be deleted. */
    public static StatePartitions deletingAll(Collection<Uuid> topicIds) {
        return new StatePartitions(Map.of(), Map.of(), new HashSet<>(topicIds));
    }

    /** The states of these topics are deleted. */
    public StatePartitions deleted(Collection<Uuid> topicIds) {
        Set<Uuid> rest = new HashSet<>(deleting);
        rest.removeAll(new HashSet<>(topicIds));
        return new StatePartitions(initializing, initialized, rest);
    }

    /** These topics are gone, and their states with them. */
    public StatePartitions forget(Collection<Uuid> topicIds) {
        return new StatePartitions(without(initializing, topicIds), without(initialized, topicIds), deleting)
                .deleted(topicIds);
    }

    private static Map<Uuid, OfTopic> union(Map<Uuid, OfTopic> some, Map<Uuid, OfTopic> more) {
        Map<Uuid, OfTopic> all = new HashMap<>(some);
        more.forEach((id, topic) -> all.merge(id, topic, OfTopic::with));
        return all;
    }

    private static Map<Uuid, OfTopic> difference(Map<Uuid, OfTopic> some, Map<Uuid, OfTopic> fewer) {
        Map<Uuid, OfTopic> rest = new HashMap<>(some);
        fewer.forEach((id, topic) -> rest.computeIfPresent(id, (same, present) -> {
            OfTopic left = present.without(topic.partitions());
            return left.partitions().isEmpty() ? null : left;
        }));
        return rest;
    }

    private static Map<Uuid, OfTopic> without(Map<Uuid, OfTopic> some, Collection<Uuid> ids) {
        Map<Uuid, OfTopic> rest = new HashMap<>(some);
        ids.forEach(rest::remove);
        return rest;
    }
}
