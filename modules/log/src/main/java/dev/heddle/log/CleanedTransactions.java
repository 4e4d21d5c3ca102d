package dev.heddle.log;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * Follows the transactions while their batches are read in the order of the log, and tells what of them may go. Used by
 * one thread.
 *
 * <p>For maintainers. Records of an aborted transaction go at once. A marker stays as long as any batch of its transaction
 * does, and then until its delete horizon; an abort marker that stays needs its entry in the transaction index.
 */
final class CleanedTransactions {

    /** An aborted transaction that has begun. */
    private static final class Aborted {
        final AbortedTxn transaction;
        boolean hasBatches;

        Aborted(AbortedTxn transaction) {
            this.transaction = transaction;
        }
    }

    /** The aborted transactions that have not begun yet. */
    private final PriorityQueue<AbortedTxn> coming =
            new PriorityQueue<>(Comparator.comparingLong(AbortedTxn::firstOffset));

    private final Map<Long, Aborted> ongoingAborted = new HashMap<>();
    private final Set<Long> ongoingCommitted = new HashSet<>();
    private List<AbortedTxn> retained = new ArrayList<>();

    /** Tells of aborted transactions that overlap with what is read next; some may have been told before. */
    void expect(Collection<AbortedTxn> aborted) {
        coming.addAll(aborted);
    }

    /** The next batch. Returns whether its records, or the marker, are of no use to any reader that begins now. */
    boolean canDiscard(RecordBatch batch) {
        beginUpTo(batch.lastOffset());
        return batch.isControlBatch() ? canDiscardMarker(batch) : canDiscardData(batch);
    }

    private void beginUpTo(long offset) {
        while (!coming.isEmpty() && coming.element().firstOffset() <= offset) {
            AbortedTxn next = coming.remove();
            ongoingAborted.computeIfAbsent(next.producerId(), id -> new Aborted(next));
        }
    }

    private boolean canDiscardData(RecordBatch batch) {
        if (!batch.isTransactional()) return false;
        Aborted aborted = ongoingAborted.get(batch.producerId());
        if (aborted != null) {
            aborted.hasBatches = true;
            return true;
        }
        ongoingCommitted.add(batch.producerId());
        return false;
    }

    private boolean canDiscardMarker(RecordBatch batch) {
        Iterator<Record> records = batch.iterator();
        // An empty one was cleaned before.
        if (!records.hasNext()) return true;
        ControlRecordType type = ControlRecordType.parse(records.next().key());
        if (type == ControlRecordType.COMMIT) return !ongoingCommitted.remove(batch.producerId());
        if (type != ControlRecordType.ABORT) return false;
        Aborted aborted = ongoingAborted.remove(batch.producerId());
        if (aborted == null || !aborted.hasBatches) return true;
        retained.add(aborted.transaction);
        return false;
    }

    /** The aborted transactions whose markers were found, and are still needed, since this was last called. */
    List<AbortedTxn> takeRetained() {
        List<AbortedTxn> taken = retained;
        retained = new ArrayList<>();
        return taken;
    }
}
