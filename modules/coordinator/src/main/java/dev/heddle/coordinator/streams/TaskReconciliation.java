package dev.heddle.coordinator.streams;

import dev.heddle.common.AnswerException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * A member's next step towards its target assignment: give up what it is not to have, then take what it is to have, as
 * soon as others have given that up and its own process has not the same task in another kind. A function; any thread may
 * call it.
 *
 * <pre>
 *                    nothing to give up, all of it free
 *    STABLE ──────────────────────────────────────────────────► STABLE, in the target's epoch
 *      │  │                                                        ▲ ▲
 *      │  └─ not all of it free ──► UNRELEASED_TASKS ──────────────┘ │
 *      │                            in the target's epoch            │
 *      └─ something to give up ───► UNREVOKED_TASKS ─────────────────┘
 *                                   in the epoch before, until the member says it has
 * </pre>
 */
public final class TaskReconciliation {

    /**
     * Where the member is to come to, and what is known of it.
     *
     * @param epoch the epoch of the target assignment
     * @param target what the member is to have
     * @param owned tasks that it says it has; null if it has not said
     * @param processId the process that the member is a part of
     */
    public record Goal(int epoch, Tasks target, @Nullable Tasks owned, String processId, TaskOwners owners) {}

    /** Tasks of one kind: what stays, what goes, what comes, and whether something has to be waited for. */
    private record Division(
            Map<String, Set<Integer>> kept,
            Map<String, Set<Integer>> revoking,
            Map<String, Set<Integer>> free,
            boolean hasUnreleased) {}

    private final CurrentTasks current;
    private final Goal goal;

    private TaskReconciliation(CurrentTasks current, Goal goal) {
        this.current = current;
        this.goal = goal;
    }

    /**
     * Finds the next step of a member that is not {@linkplain CurrentTasks#isReconciledTo there} yet.
     *
     * @return {@code current} if there is none
     * @throws AnswerException FENCED_MEMBER_EPOCH if its state is not known and it does not say that it has nothing
     */
    public static CurrentTasks next(CurrentTasks current, Goal goal) {
        var step = new TaskReconciliation(current, goal);
        return switch (current.state()) {
            case STABLE, UNRELEASED_TASKS -> step.towardsTarget(current.epoch());
            case UNREVOKED_TASKS ->
                step.stillHas(current.revoking()) ? current : step.towardsTarget(current.epoch() + 1);
            case UNKNOWN -> {
                if (goal.owned() == null || !goal.owned().isEmpty()) {
                    throw new AnswerException(
                            Errors.FENCED_MEMBER_EPOCH,
                            "The streams group member is in a unknown state. The member must abandon all its tasks and"
                                    + " rejoin.");
                }
                yield step.towardsTarget(goal.epoch());
            }
        };
    }

    /** Whether the member has not said that it has given all of these up. */
    private boolean stillHas(AssignedTasks tasks) {
        return goal.owned() == null || goal.owned().hasAnyOf(tasks);
    }

    private CurrentTasks towardsTarget(int epoch) {
        AssignedTasks has = current.assigned();
        Tasks target = goal.target();
        Division active = divide(has.activePartitions(), target.active(), this::isActiveElsewhere);
        Division standby = divide(has.standby(), target.standby(), this::isInOwnProcess);
        Division warmup = divide(has.warmup(), target.warmup(), this::isInOwnProcess);

        var revoking = new AssignedTasks(sinceBefore(active.revoking()), standby.revoking(), warmup.revoking());
        var kept = new AssignedTasks(sinceBefore(active.kept()), standby.kept(), warmup.kept());
        if (!revoking.isEmpty() && stillHas(revoking)) {
            return moved(StreamsMemberState.UNREVOKED_TASKS, epoch, kept, revoking);
        }
        var free = new AssignedTasks(sinceNow(active.free()), standby.free(), warmup.free());
        boolean hasUnreleased = active.hasUnreleased() || standby.hasUnreleased() || warmup.hasUnreleased();
        StreamsMemberState state = hasUnreleased ? StreamsMemberState.UNRELEASED_TASKS : StreamsMemberState.STABLE;
        return moved(state, goal.epoch(), kept.plus(free), AssignedTasks.NONE);
    }

    private static Division divide(
            Map<String, Set<Integer>> has, Map<String, Set<Integer>> target, Predicate<TaskId> isUnreleased) {
        var division = new Division(new HashMap<>(), new HashMap<>(), new HashMap<>(), false);
        boolean hasUnreleased = false;
        Set<String> subtopologies = new HashSet<>(target.keySet());
        subtopologies.addAll(has.keySet());
        for (String subtopology : subtopologies) {
            Set<Integer> owned = has.getOrDefault(subtopology, Set.of());
            Set<Integer> wanted = target.getOrDefault(subtopology, Set.of());
            for (int partition : owned) {
                add(wanted.contains(partition) ? division.kept : division.revoking, subtopology, partition);
            }
            for (int partition : wanted) {
                if (owned.contains(partition)) continue;
                if (isUnreleased.test(new TaskId(subtopology, partition))) hasUnreleased = true;
                else add(division.free, subtopology, partition);
            }
        }
        return new Division(division.kept, division.revoking, division.free, hasUnreleased);
    }

    private static void add(Map<String, Set<Integer>> tasks, String subtopology, int partition) {
        tasks.computeIfAbsent(subtopology, id -> new HashSet<>()).add(partition);
    }

    private boolean isActiveElsewhere(TaskId task) {
        return goal.owners().activeProcess(task) != null || goal.owners().hasCopy(task, goal.processId());
    }

    private boolean isInOwnProcess(TaskId task) {
        return Objects.equals(goal.owners().activeProcess(task), goal.processId())
                || goal.owners().hasCopy(task, goal.processId());
    }

    private Map<String, Map<Integer, Integer>> sinceBefore(Map<String, Set<Integer>> tasks) {
        Map<String, Map<Integer, Integer>> epochs = new HashMap<>();
        tasks.forEach((subtopology, partitions) -> {
            Map<Integer, Integer> known = current.assigned().active().getOrDefault(subtopology, Map.of());
            Map<Integer, Integer> same = new HashMap<>(known);
            same.keySet().retainAll(partitions);
            epochs.put(subtopology, same);
        });
        return epochs;
    }

    private Map<String, Map<Integer, Integer>> sinceNow(Map<String, Set<Integer>> tasks) {
        Map<String, Map<Integer, Integer>> epochs = new HashMap<>();
        tasks.forEach((subtopology, partitions) -> {
            Map<Integer, Integer> all = new HashMap<>();
            partitions.forEach(partition -> all.put(partition, goal.epoch()));
            epochs.put(subtopology, all);
        });
        return epochs;
    }

    private CurrentTasks moved(StreamsMemberState state, int epoch, AssignedTasks assigned, AssignedTasks revoking) {
        return new CurrentTasks(epoch, current.epoch(), state, assigned, revoking);
    }
}
