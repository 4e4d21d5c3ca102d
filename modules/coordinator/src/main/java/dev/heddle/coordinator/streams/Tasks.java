package dev.heddle.coordinator.streams;

import java.util.Collections;
import java.util.Map;
import java.util.Set;

/**
 * Tasks of each kind: the partitions, by subtopology. Immutable; the maps are not to be changed.
 *
 * @param active tasks that process
 * @param standby tasks that keep a copy of the state
 * @param warmup tasks that catch up with the state, to become active later
 */
public record Tasks(
        Map<String, Set<Integer>> active, Map<String, Set<Integer>> standby, Map<String, Set<Integer>> warmup) {

    public static final Tasks NONE = new Tasks(Map.of(), Map.of(), Map.of());

    public boolean isEmpty() {
        return active.isEmpty() && standby.isEmpty() && warmup.isEmpty();
    }

    /** Whether any task is among the others, in the same kind. */
    boolean hasAnyOf(AssignedTasks others) {
        return hasAny(active, others.activePartitions())
                || hasAny(standby, others.standby())
                || hasAny(warmup, others.warmup());
    }

    private static boolean hasAny(Map<String, Set<Integer>> some, Map<String, Set<Integer>> others) {
        return some.entrySet().stream()
                .anyMatch(entry ->
                        !Collections.disjoint(entry.getValue(), others.getOrDefault(entry.getKey(), Set.of())));
    }

    /** Whether all tasks are among the others, in the same kind. */
    public boolean areAllOf(AssignedTasks others) {
        return areAllOf(active, others.activePartitions())
                && areAllOf(standby, others.standby())
                && areAllOf(warmup, others.warmup());
    }

    private static boolean areAllOf(Map<String, Set<Integer>> some, Map<String, Set<Integer>> others) {
        return some.entrySet().stream().allMatch(entry -> {
            Set<Integer> partitions = others.get(entry.getKey());
            return partitions != null && partitions.containsAll(entry.getValue());
        });
    }
}
