package dev.heddle.coordinator.delivery;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive offsets of which the same is to be said. Immutable.
 *
 * @param batch the records that were first delivered together; null of offsets that were never looked at, and of those
 *     that turned out to be a gap in the log
 * @param deliveryCount how often they were given to a member
 * @param hold who has them, and until when; null unless they are {@link DeliveryState#ACQUIRED}
 * @param decision what becomes of them as soon as it is written down; null while nothing is being written
 */
record Run(
        long first,
        long last,
        @Nullable Batch batch,
        DeliveryState state,
        int deliveryCount,
        @Nullable Hold hold,
        @Nullable Decision decision) {

    /** The borders of what was first delivered together: it is delivered together again. */
    record Batch(long first, long last) {
        long size() {
            return last - first + 1;
        }
    }

    /** @param deadlineNanos when the records are taken away from the member again */
    record Hold(String memberId, long deadlineNanos) {}

    /** @param change the write that is under way */
    record Decision(Change change, DeliveryState target) {}

    /** Offsets of which nothing is known. */
    static Run unknown(long first, long last) {
        return new Run(first, last, null, DeliveryState.AVAILABLE, 0, null, null);
    }

    /** Offsets at which the log has no records. */
    static Run gap(long first, long last) {
        return new Run(first, last, null, DeliveryState.ARCHIVED, 0, null, null);
    }

    static Run acquired(long first, long last, Batch batch, Hold hold) {
        return new Run(first, last, batch, DeliveryState.ACQUIRED, 1, hold, null);
    }

    static Run of(long first, long last, Batch batch, DeliveryState state, int deliveryCount) {
        return new Run(first, last, batch, state, deliveryCount, null, null);
    }

    long size() {
        return last - first + 1;
    }

    boolean isAvailable() {
        return state == DeliveryState.AVAILABLE;
    }

    /** Whether nothing is known of it. */
    boolean isUnknown() {
        return batch == null && isAvailable();
    }

    /** Whether the log has no records here. */
    boolean isGap() {
        return batch == null && state == DeliveryState.ARCHIVED;
    }

    /** Whether a member has it, and has not said yet what has become of it. */
    boolean isHeld() {
        return state == DeliveryState.ACQUIRED && decision == null;
    }

    boolean isHeldBy(String memberId) {
        return isHeld() && hold != null && hold.memberId().equals(memberId);
    }

    /** Whether the group is done with it, counting what is being written as written. */
    boolean isDone() {
        return (decision == null ? state : decision.target()).isTerminal();
    }

    Run between(long from, long to) {
        return new Run(from, to, batch, state, deliveryCount, hold, decision);
    }

    Run acquiredAgain(Hold by) {
        return new Run(first, last, batch, DeliveryState.ACQUIRED, deliveryCount + 1, by, null);
    }

    Run heldUntil(long deadlineNanos) {
        String memberId = Objects.requireNonNull(hold).memberId();
        return new Run(first, last, batch, state, deliveryCount, new Hold(memberId, deadlineNanos), null);
    }

    Run deciding(Decision what) {
        return new Run(first, last, batch, state, deliveryCount, hold, what);
    }

    Run undecided() {
        return new Run(first, last, batch, state, deliveryCount, hold, null);
    }

    Run become(DeliveryState target) {
        return new Run(first, last, batch, target, deliveryCount, null, null);
    }

    /** What becomes of it when its member gives it back. */
    DeliveryState released(int maxDeliveryCount) {
        return deliveryCount >= maxDeliveryCount ? DeliveryState.ARCHIVED : DeliveryState.AVAILABLE;
    }

    /** Whether the same is to be said of {@code other}, which follows. */
    boolean isContinuedBy(Run other) {
        return last + 1 == other.first
                && state == other.state
                && deliveryCount == other.deliveryCount
                && Objects.equals(batch, other.batch)
                && Objects.equals(hold, other.hold)
                && Objects.equals(decision, other.decision);
    }
}
