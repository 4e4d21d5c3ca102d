package dev.heddle.log;

import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * What an append came to.
 *
 * @param firstOffset offset of the first record; of the batch appended before, if this is a duplicate; -1 if there was
 *     nothing to append
 * @param lastOffset offset of the last record, -1 if there was nothing to append
 * @param logAppendTimeMs the broker's time written into the records, or -1 where they keep their producer's time; for a
 *     duplicate, the time of the batch appended before
 * @param logStartOffset the log start offset at that moment
 * @param maxTimestampMs the largest timestamp of the records
 * @param sizeInBytes how many bytes went into the file
 * @param recordCount how many records there were
 * @param duplicate whether an idempotent producer had sent these records before; nothing was written then
 */
public record AppendResult(
        long firstOffset,
        long lastOffset,
        long logAppendTimeMs,
        long logStartOffset,
        long maxTimestampMs,
        int sizeInBytes,
        int recordCount,
        boolean duplicate) {

    /** There was no batch in the records. */
    static AppendResult nothing(long logStartOffset) {
        return new AppendResult(
                -1, -1, RecordBatch.NO_TIMESTAMP, logStartOffset, RecordBatch.NO_TIMESTAMP, 0, 0, false);
    }

    /** The offset after the last record: what must be durable or replicated before the append is. */
    public long endOffset() {
        return lastOffset + 1;
    }
}
