package dev.heddle.coordinator.streams;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that a member has, or is to give up. Immutable; the maps are not to be changed.
 *
 * @param active partitions by subtopology, each with the epoch in which the member got the task
 */
public record AssignedTasks(
        Map<String, Map<Integer, Integer>> active,
        Map<String, Set<Integer>> standby,
        Map<String, Set<Integer>> warmup) {

    public static final AssignedTasks NONE = new AssignedTasks(Map.of(), Map.of(), Map.of());

    boolean isEmpty() {
        return active.isEmpty() && standby.isEmpty() && warmup.isEmpty();
    }

    /** The active tasks, without epochs. */
    public Map<String, Set<Integer>> activePartitions() {
        Map<String, Set<Integer>> partitions = HashMap.newHashMap(active.size());
        active.forEach((subtopology, epochs) -> partitions.put(subtopology, epochs.keySet()));
        return partitions;
    }

    /** The epoch in which the member got the active task; null if it has not got it. */
    public @Nullable Integer epochOf(String subtopology, int partition) {
        return active.getOrDefault(subtopology, Map.of()).get(partition);
    }

    /** These and the others. */
    AssignedTasks plus(AssignedTasks others) {
        Map<String, Map<Integer, Integer>> allActive = new HashMap<>();
        active.forEach((subtopology, epochs) -> allActive.put(subtopology, new HashMap<>(epochs)));
        others.active.forEach((subtopology, epochs) ->
                allActive.computeIfAbsent(subtopology, id -> new HashMap<>()).putAll(epochs));
        return new AssignedTasks(allActive, union(standby, others.standby), union(warmup, others.warmup));
    }

    private static Map<String, Set<Integer>> union(Map<String, Set<Integer>> some, Map<String, Set<Integer>> others) {
        Map<String, Set<Integer>> all = new HashMap<>();
        some.forEach((subtopology, partitions) -> all.put(subtopology, new HashSet<>(partitions)));
        others.forEach((subtopology, partitions) ->
                all.computeIfAbsent(subtopology, id -> new HashSet<>()).addAll(partitions));
        return all;
    }
}
