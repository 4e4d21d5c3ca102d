package dev.heddle.coordinator.streams;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heddle.common.AnswerException;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class TaskReconciliationTest {

    private static final String PROCESS = "process";

    private final StreamsData group = new StreamsData();

    /** A member of the group, of some process. */
    private CurrentTasks member(String id, String processId, CurrentTasks tasks) {
        StreamsProfile unknown = StreamsProfile.UNKNOWN;
        group.apply(new StreamsRecord.Member(
                id, new StreamsProfile(unknown.origin(), 1_000, 0, processId, null, Map.of())));
        group.apply(new StreamsRecord.Current(id, tasks));
        return tasks;
    }

    private static CurrentTasks stable(int epoch, AssignedTasks tasks) {
        return new CurrentTasks(epoch, epoch - 1, StreamsMemberState.STABLE, tasks, AssignedTasks.NONE);
    }

    private static AssignedTasks active(Map<String, Map<Integer, Integer>> active) {
        return new AssignedTasks(active, Map.of(), Map.of());
    }

    private static AssignedTasks standby(int... partitions) {
        return new AssignedTasks(Map.of(), Map.of("0", set(partitions)), Map.of());
    }

    private static Tasks tasks(Set<Integer> active, Set<Integer> standby) {
        return new Tasks(
                active.isEmpty() ? Map.of() : Map.of("0", active),
                standby.isEmpty() ? Map.of() : Map.of("0", standby),
                Map.of());
    }

    private static Set<Integer> set(int... values) {
        return Arrays.stream(values).boxed().collect(Collectors.toSet());
    }

    private CurrentTasks next(CurrentTasks current, int epoch, Tasks target, Tasks owned) {
        return TaskReconciliation.next(
                current, new TaskReconciliation.Goal(epoch, target, owned, PROCESS, group.owners()));
    }

    @Test
    void whatIsFreeIsTakenInTheTargetsEpoch() {
        var current = member("a", PROCESS, stable(3, active(Map.of("0", Map.of(0, 2)))));
        var next = next(current, 5, tasks(Set.of(0, 1), Set.of(2)), null);
        assertEquals(StreamsMemberState.STABLE, next.state());
        assertEquals(5, next.epoch());
        assertEquals(3, next.previousEpoch());
        assertEquals(Map.of("0", Map.of(0, 2, 1, 5)), next.assigned().active(), "what it keeps, it has had since then");
        assertEquals(Map.of("0", Set.of(2)), next.assigned().standby());
    }

    @Test
    void whatItIsNotToHaveItGivesUpFirst() {
        var current = member("a", PROCESS, stable(3, active(Map.of("0", Map.of(0, 2, 1, 3)))));
        var told = next(current, 5, tasks(Set.of(1, 2), Set.of()), null);
        assertEquals(StreamsMemberState.UNREVOKED_TASKS, told.state());
        assertEquals(3, told.epoch());
        assertEquals(Map.of("0", Map.of(1, 3)), told.assigned().active());
        assertEquals(Map.of("0", Map.of(0, 2)), told.revoking().active());

        member("a", PROCESS, told);
        Tasks target = tasks(Set.of(1, 2), Set.of());
        assertEquals(told, next(told, 5, target, null), "it has not said that it has given anything up");
        assertEquals(told, next(told, 5, target, tasks(Set.of(0, 1), Set.of())));
        var done = next(told, 5, target, tasks(Set.of(1), Set.of()));
        assertEquals(StreamsMemberState.STABLE, done.state());
        assertEquals(Map.of("0", Map.of(1, 3, 2, 5)), done.assigned().active());
        assertEquals(AssignedTasks.NONE, done.revoking());
    }

    @Test
    void itWaitsForWhatAnotherHas() {
        member("b", "other", stable(3, active(Map.of("0", Map.of(1, 3)))));
        var current = member("a", PROCESS, stable(3, AssignedTasks.NONE));
        Tasks target = tasks(Set.of(0, 1), Set.of());
        var waiting = next(current, 5, target, null);
        assertEquals(StreamsMemberState.UNRELEASED_TASKS, waiting.state());
        assertEquals(5, waiting.epoch());
        assertEquals(Map.of("0", Map.of(0, 5)), waiting.assigned().active());

        member("a", PROCESS, waiting);
        member("b", "other", stable(5, AssignedTasks.NONE));
        assertEquals(StreamsMemberState.STABLE, next(waiting, 5, target, null).state());
    }

    @Test
    void aProcessHasNoTaskTwice() {
        member("b", PROCESS, stable(3, standby(0)));
        var current = member("a", PROCESS, stable(3, AssignedTasks.NONE));
        assertEquals(
                StreamsMemberState.UNRELEASED_TASKS,
                next(current, 5, tasks(Set.of(0), Set.of()), null).state());
        member("b", PROCESS, stable(3, active(Map.of("0", Map.of(0, 3)))));
        assertEquals(
                StreamsMemberState.UNRELEASED_TASKS,
                next(current, 5, tasks(Set.of(), Set.of(0)), null).state());
    }

    @Test
    void aCopyDoesNotWaitForTheTaskInAnotherProcess() {
        member("b", "other", stable(3, active(Map.of("0", Map.of(0, 3)))));
        var current = member("a", PROCESS, stable(3, AssignedTasks.NONE));
        assertEquals(
                StreamsMemberState.STABLE,
                next(current, 5, tasks(Set.of(), Set.of(0)), null).state());
    }

    @Test
    void whoseStateIsNotKnownBeginsAnew() {
        var current = new CurrentTasks(
                3, 2, StreamsMemberState.UNKNOWN, active(Map.of("0", Map.of(0, 2))), AssignedTasks.NONE);
        Tasks target = tasks(Set.of(0), Set.of());
        var fenced = assertThrows(AnswerException.class, () -> next(current, 5, target, null));
        assertEquals(Errors.FENCED_MEMBER_EPOCH, fenced.error());
        assertThrows(AnswerException.class, () -> next(current, 5, target, tasks(Set.of(0), Set.of())));
        assertEquals(
                StreamsMemberState.STABLE, next(current, 5, target, Tasks.NONE).state());
    }
}
