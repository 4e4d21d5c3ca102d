package dev.heddle.coordinator.delivery;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.ShareState.StateBatch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one request, or the end of some acquisition locks, changes in a share partition, on its way to the coordinator.
 * Compared by identity. It is filled under the lock of {@link SharePartition}; from then on it belongs to
 * {@link StateWriter}, under whose lock its outcome is written and read.
 */
final class Change {

    private final List<StateBatch> batches = new ArrayList<>();
    private boolean written;
    private @Nullable AnswerException failure;

    /** Adds what becomes of a run; joins it with the one before where the two are alike. */
    void add(Run run, DeliveryState target) {
        var batch = new StateBatch(run.first(), run.last(), target.id(), (short) run.deliveryCount());
        StateBatch before = batches.isEmpty() ? null : batches.getLast();
        if (before != null && isContinued(before, batch)) {
            batches.removeLast();
            batch = new StateBatch(
                    before.firstOffset(), batch.lastOffset(), batch.deliveryState(), batch.deliveryCount());
        }
        batches.add(batch);
    }

    private static boolean isContinued(StateBatch before, StateBatch after) {
        return before.lastOffset() + 1 == after.firstOffset()
                && before.deliveryState() == after.deliveryState()
                && before.deliveryCount() == after.deliveryCount();
    }

    /** What is to be written; no offset is in it twice. */
    List<StateBatch> batches() {
        return Collections.unmodifiableList(batches);
    }

    /** Whether there is nothing to write. */
    boolean isEmpty() {
        return batches.isEmpty();
    }

    /** How many records change. */
    long records() {
        return batches.stream()
                .mapToLong(batch -> batch.lastOffset() - batch.firstOffset() + 1)
                .sum();
    }

    /** Whether it is decided whether it was written. */
    boolean isOver() {
        return written || failure != null;
    }

    /** Why it was not written; null if it was. */
    @Nullable AnswerException failure() {
        return failure;
    }

    void written() {
        written = true;
    }

    void failed(AnswerException why) {
        failure = why;
    }
}
