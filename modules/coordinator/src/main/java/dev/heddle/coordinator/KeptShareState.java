package dev.heddle.coordinator;

import dev.heddle.coordinator.ShareState.State;
import java.util.List;

/**
 * A share group's state in a partition as the share coordinator keeps it. Immutable.
 *
 * @param snapshotEpoch counts how often it was written whole
 * @param createdMs when it was last written whole because of a change
 * @param writtenMs when it was last written whole at all
 */
record KeptShareState(int snapshotEpoch, State state, long createdMs, long writtenMs) {

    private static final int NO_EPOCH_YET = 0;

    /** A state that begins, or begins anew. */
    static KeptShareState initial(int snapshotEpoch, int stateEpoch, long startOffset, long nowMs) {
        int complete = startOffset == ShareState.UNINITIALIZED_START_OFFSET
                ? ShareState.UNINITIALIZED_DELIVERY_COMPLETE_COUNT
                : 0;
        var state = new State(stateEpoch, NO_EPOCH_YET, startOffset, complete, List.of());
        return new KeptShareState(snapshotEpoch, state, nowMs, nowMs);
    }

    /** What an update makes of it. */
    KeptShareState after(State change) {
        return new KeptShareState(snapshotEpoch, merged(change), createdMs, writtenMs);
    }

    /** As {@link #after}, written whole. */
    KeptShareState snapshotAfter(State change, long nowMs) {
        return new KeptShareState(snapshotEpoch + 1, merged(change), nowMs, nowMs);
    }

    /** The same, written whole without a change. */
    KeptShareState coldSnapshot(long nowMs) {
        return new KeptShareState(snapshotEpoch + 1, state, createdMs, nowMs);
    }

    /** Whether it was written whole without a change since its last one. */
    boolean isCold() {
        return createdMs != writtenMs;
    }

    private State merged(State change) {
        boolean keepsStart = change.startOffset() == ShareState.UNINITIALIZED_START_OFFSET;
        long startOffset = keepsStart ? state.startOffset() : change.startOffset();
        boolean keepsLeader = change.leaderEpoch() == ShareState.NO_LEADER_EPOCH;
        return new State(
                state.stateEpoch(),
                keepsLeader ? state.leaderEpoch() : change.leaderEpoch(),
                startOffset,
                change.deliveryCompleteCount(),
                StateBatches.merge(state.batches(), change.batches(), startOffset));
    }
}
