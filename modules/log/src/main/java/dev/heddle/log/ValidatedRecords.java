package dev.heddle.log;

import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * One batch that passed validation and waits for its offset. Used by the appending thread only.
 *
 * @param records the batch, in the buffer it came in or, if it had to be rebuilt, in one of its own
 * @param batch its header, a view into that buffer
 * @param recordCount how many records it holds
 * @param maxTimestampMs their largest timestamp
 * @param logAppendTime whether {@link #stamp} writes the broker's time
 */
record ValidatedRecords(
        MemoryRecords records, MutableRecordBatch batch, int recordCount, long maxTimestampMs, boolean logAppendTime) {

    /**
     * Writes into the buffer what the leader decides: offsets, epoch, and its own time where the topic wants that.
     *
     * @return the timestamp written, -1 where the records keep their own
     */
    long stamp(long baseOffset, int leaderEpoch, long nowMs) {
        batch.setLastOffset(baseOffset + recordCount - 1);
        batch.setPartitionLeaderEpoch(leaderEpoch);
        if (!logAppendTime) return RecordBatch.NO_TIMESTAMP;
        batch.setMaxTimestamp(TimestampType.LOG_APPEND_TIME, nowMs);
        return nowMs;
    }
}
