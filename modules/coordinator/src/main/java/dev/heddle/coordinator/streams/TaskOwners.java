package dev.heddle.coordinator.streams;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * In which processes tasks are, or have still to be given up: no process may have a task twice. Used under the group's
 * lock.
 */
public final class TaskOwners {

    private final Map<TaskId, String> active = new HashMap<>();
    private final Map<TaskId, Set<String>> standby = new HashMap<>();
    private final Map<TaskId, Set<String>> warmup = new HashMap<>();

    /** The process that has the task as active; null if none has. */
    @Nullable String activeProcess(TaskId task) {
        return active.get(task);
    }

    /** Whether the process has the task, to keep a copy or to catch up. */
    boolean hasCopy(TaskId task, String processId) {
        return standby.getOrDefault(task, Set.of()).contains(processId)
                || warmup.getOrDefault(task, Set.of()).contains(processId);
    }

    void add(StreamsMember member) {
        add(member.current().assigned(), member.profile().processId());
        add(member.current().revoking(), member.profile().processId());
    }

    private void add(AssignedTasks tasks, String processId) {
        forEach(tasks.activePartitions(), task -> active.put(task, processId));
        forEach(
                tasks.standby(),
                task -> standby.computeIfAbsent(task, id -> new HashSet<>()).add(processId));
        forEach(
                tasks.warmup(),
                task -> warmup.computeIfAbsent(task, id -> new HashSet<>()).add(processId));
    }

    void remove(StreamsMember member) {
        remove(member.current().assigned(), member.profile().processId());
        remove(member.current().revoking(), member.profile().processId());
    }

    private void remove(AssignedTasks tasks, String processId) {
        // One that has meanwhile gone to another process is that one's.
        forEach(tasks.activePartitions(), task -> active.remove(task, processId));
        forEach(tasks.standby(), task -> remove(standby, task, processId));
        forEach(tasks.warmup(), task -> remove(warmup, task, processId));
    }

    private static void remove(Map<TaskId, Set<String>> owners, TaskId task, String processId) {
        owners.computeIfPresent(task, (id, processes) -> {
            processes.remove(processId);
            return processes.isEmpty() ? null : processes;
        });
    }

    private static void forEach(Map<String, Set<Integer>> tasks, Consumer<TaskId> action) {
        tasks.forEach((subtopology, partitions) ->
                partitions.forEach(partition -> action.accept(new TaskId(subtopology, partition))));
    }
}
