package dev.heddle.log;

import java.io.IOException;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a segment from its first byte to its last: keeps what is whole, cuts off the rest, and builds its indexes anew.
 * The loading thread calls it, before anyone else knows the log.
 */
final class SegmentRecovery {

    private static final Logger LOG = LoggerFactory.getLogger(SegmentRecovery.class);

    /**
     * What was found.
     *
     * @param endOffset the offset after the last good record
     * @param truncatedBytes what was cut off
     */
    record Result(long endOffset, int truncatedBytes) {}

    private final LogSegment segment;
    private final ProducerStateManager producers;
    private final LeaderEpochCache epochs;

    private long endOffset;
    private int validBytes;
    private int lastIndexedAt;
    private TimeIndexEntry max;

    SegmentRecovery(LogSegment segment, ProducerStateManager producers, LeaderEpochCache epochs) {
        this.segment = segment;
        this.producers = producers;
        this.epochs = epochs;
        this.endOffset = segment.baseOffset();
        this.max = new TimeIndexEntry(RecordBatch.NO_TIMESTAMP, segment.baseOffset());
    }

    /**
     * Does it.
     *
     * @param durableEnd everything below this offset was synced
     * @throws CorruptFileException if that is not whole; then the file is left as it is
     */
    Result run(long durableEnd) throws IOException {
        segment.indexes().reset();
        int before = segment.sizeInBytes();
        BatchCursor cursor = segment.bulkCursor(0, before);
        try {
            while (cursor.next()) {
                MutableRecordBatch batch = cursor.batch();
                checkBatch(batch, cursor);
                take(batch, cursor);
            }
        } catch (CorruptFileException e) {
            LOG.warn("Found an invalid batch: {} validBytes={}", e.getMessage(), validBytes);
        }
        if (validBytes < before && endOffset < durableEnd) {
            throw new CorruptFileException(
                    segment.file(),
                    "of its " + before + " bytes only the first " + validBytes + " are whole, up to offset " + endOffset
                            + ", though more was synced to the disk");
        }
        segment.recovered(validBytes, max);
        return new Result(endOffset, before - validBytes);
    }

    private void checkBatch(RecordBatch batch, BatchCursor cursor) throws IOException {
        try {
            batch.ensureValid();
        } catch (CorruptRecordException e) {
            throw corrupt("CRC does not match", cursor);
        }
        if (batch.lastOffset() < endOffset) throw corrupt("offset " + batch.lastOffset() + " comes again", cursor);
        if (!segment.canHold(batch.lastOffset())) {
            throw corrupt("offset " + batch.lastOffset() + " is out of the segment's range", cursor);
        }
    }

    private CorruptFileException corrupt(String what, BatchCursor cursor) {
        return new CorruptFileException(segment.file(), what + " at byte " + cursor.position());
    }

    private void take(RecordBatch batch, BatchCursor cursor) throws IOException {
        long lastOffset = batch.lastOffset();
        if (batch.maxTimestamp() > max.timestamp()) max = new TimeIndexEntry(batch.maxTimestamp(), lastOffset);
        if (validBytes - lastIndexedAt > segment.indexIntervalBytes()) {
            if (segment.indexes().append(lastOffset, validBytes, max)) lastIndexedAt = validBytes;
        }
        noteEpoch(epochs, batch);
        ProducerRecovery.apply(producers, segment.indexes().transactions(), batch);
        producers.updateMapEndOffset(lastOffset + 1);
        endOffset = lastOffset + 1;
        validBytes = cursor.endPosition();
    }

    private static void noteEpoch(LeaderEpochCache epochs, RecordBatch batch) {
        int epoch = batch.partitionLeaderEpoch();
        if (batch.magic() >= RecordBatch.MAGIC_VALUE_V2 && epoch >= 0) epochs.found(epoch, batch.baseOffset());
    }

    /** Finds the epochs of a log whose checkpoint is lost. */
    static void rebuildEpochs(LeaderEpochCache epochs, SegmentList segments) throws IOException {
        for (LogSegment segment : segments.snapshot()) {
            BatchCursor cursor = segment.cursor(0);
            while (cursor.next()) noteEpoch(epochs, cursor.header());
        }
    }
}
