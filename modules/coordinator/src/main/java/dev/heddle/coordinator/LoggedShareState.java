package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.ShareState.State;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A state and where it is in the log. Immutable.
 *
 * @param updates how many there were, until so many made a snapshot necessary
 * @param leaderEpoch the latest epoch of a leader that was heard of
 * @param stateEpoch the latest epoch of the state that was heard of
 * @param snapshotOffset of the record from which on the log is needed
 * @param endOffset up to where the log must be committed for this state to be
 */
record LoggedShareState(
        KeptShareState kept, int updates, int leaderEpoch, int stateEpoch, long snapshotOffset, long endOffset) {

    private static final Logger LOG = LoggerFactory.getLogger(LoggedShareState.class);

    static LoggedShareState first(KeptShareState kept, long offset) {
        State state = kept.state();
        return new LoggedShareState(kept, 0, state.leaderEpoch(), state.stateEpoch(), offset, offset + 1);
    }

    /** @param limit how many updates make a snapshot necessary */
    LoggedShareState withSnapshot(KeptShareState snapshot, long offset, int limit) {
        State state = snapshot.state();
        return new LoggedShareState(
                snapshot,
                updates >= limit ? 0 : updates,
                Math.max(leaderEpoch, state.leaderEpoch()),
                Math.max(stateEpoch, state.stateEpoch()),
                offset,
                offset + 1);
    }

    LoggedShareState withUpdate(State change, long offset) {
        return new LoggedShareState(
                kept.after(change),
                updates + 1,
                Math.max(leaderEpoch, change.leaderEpoch()),
                stateEpoch,
                snapshotOffset,
                offset + 1);
    }

    /** @throws AnswerException if someone with a later epoch has been here */
    void requireLeaderEpoch(int asked) {
        if (asked == ShareState.NO_LEADER_EPOCH || asked >= leaderEpoch) return;
        LOG.debug("A leader of an earlier epoch is fenced: epoch={}, known={}", asked, leaderEpoch);
        throw new AnswerException(Errors.FENCED_LEADER_EPOCH);
    }

    /** @throws AnswerException if the state has a later epoch */
    void requireStateEpoch(int asked) {
        if (asked == -1 || asked >= stateEpoch) return;
        LOG.debug("A request of an earlier state epoch is fenced: epoch={}, known={}", asked, stateEpoch);
        throw new AnswerException(Errors.FENCED_STATE_EPOCH);
    }
}
