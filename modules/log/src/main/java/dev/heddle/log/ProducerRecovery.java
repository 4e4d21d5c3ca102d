package dev.heddle.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * Rebuilds what is known of the producers, from the last snapshot and the records behind it. Stateless; whoever calls it
 * is the only one that works on the log.
 */
final class ProducerRecovery {

    private ProducerRecovery() {}

    /** Brings {@code producers} to the state at {@code endOffset}, and snapshots it there. */
    static void rebuild(
            ProducerStateManager producers, SegmentList segments, long logStartOffset, long endOffset, long nowMs)
            throws IOException {
        // Where nobody was known before a truncation nobody is after it, and there is nothing to look for.
        boolean nobody = producers.isEmpty() && producers.mapEndOffset() >= endOffset;
        producers.truncateAndReload(logStartOffset, endOffset, nowMs);
        if (endOffset > producers.mapEndOffset() && !nobody) replay(producers, segments, logStartOffset, endOffset);
        producers.updateMapEndOffset(endOffset);
        producers.takeSnapshotIfRoom(true);
    }

    /**
     * After a clean shutdown without any snapshot there never were producers to remember (a log of a very old version):
     * empty snapshots save the search for them.
     */
    static void startEmpty(ProducerStateManager producers, SegmentList segments, long endOffset) throws IOException {
        for (long offset : snapshotOffsets(segments, endOffset)) {
            producers.updateMapEndOffset(offset);
            producers.takeSnapshotIfRoom(true);
        }
    }

    private static List<Long> snapshotOffsets(SegmentList segments, long endOffset) {
        List<Long> offsets = new ArrayList<>();
        LogSegment[] all = segments.snapshot();
        for (int i = Math.max(0, all.length - 2); i < all.length; i++) offsets.add(all[i].baseOffset());
        if (!offsets.contains(endOffset)) offsets.add(endOffset);
        return offsets;
    }

    private static void replay(
            ProducerStateManager producers, SegmentList segments, long logStartOffset, long endOffset)
            throws IOException {
        Set<Long> snapshotAt = new HashSet<>(snapshotOffsets(segments, endOffset));
        for (LogSegment segment : segments.between(producers.mapEndOffset(), endOffset)) {
            long start = Math.max(Math.max(segment.baseOffset(), producers.mapEndOffset()), logStartOffset);
            producers.updateMapEndOffset(start);
            if (snapshotAt.contains(segment.baseOffset())) producers.takeSnapshotIfRoom(true);
            replay(producers, segment, start, endOffset);
        }
    }

    private static void replay(ProducerStateManager producers, LogSegment segment, long start, long endOffset)
            throws IOException {
        BatchPosition from = segment.find(start);
        if (from == null) return;
        BatchCursor cursor = segment.bulkCursor(from.position(), segment.sizeInBytes());
        while (cursor.next()) {
            if (cursor.lastOffset() >= endOffset) return;
            RecordBatch header = cursor.header();
            // Of a control batch the record itself is needed: it says how the transaction ended.
            apply(producers, null, header.isControlBatch() ? cursor.batch() : header);
        }
    }

    /**
     * Takes one batch into account.
     *
     * @param index where an aborted transaction is written down; null if it is there already
     */
    static void apply(ProducerStateManager producers, @Nullable TransactionIndex index, RecordBatch batch)
            throws IOException {
        if (!batch.hasProducerId()) return;
        var append = producers.prepareUpdate(batch.producerId(), AppendOrigin.REPLICATION);
        CompletedTxn completed = append.append(batch, ProducerAppend.TV_UNKNOWN);
        producers.update(append);
        if (completed == null) return;
        if (index != null && completed.aborted()) {
            index.append(new AbortedTxn(
                    completed.producerId(),
                    completed.firstOffset(),
                    completed.lastOffset(),
                    producers.lastStableOffset(completed)));
        }
        producers.completeTxn(completed);
    }
}
