package dev.heddle.coordinator.streams;

/**
 * Where a member is: what its current-assignment record holds. Immutable.
 *
 * @param previousEpoch its epoch before, which it may still name when an answer was lost
 * @param assigned tasks that it has
 * @param revoking tasks that it is to give up
 */
public record CurrentTasks(
        int epoch, int previousEpoch, StreamsMemberState state, AssignedTasks assigned, AssignedTasks revoking) {

    /** A member that has just joined. */
    static final CurrentTasks JOINING =
            new CurrentTasks(0, 0, StreamsMemberState.STABLE, AssignedTasks.NONE, AssignedTasks.NONE);

    /** A member that has gone. */
    static final CurrentTasks GONE =
            new CurrentTasks(-1, -1, StreamsMemberState.STABLE, AssignedTasks.NONE, AssignedTasks.NONE);

    public boolean isReconciledTo(int targetEpoch) {
        return state == StreamsMemberState.STABLE && epoch == targetEpoch;
    }
}
