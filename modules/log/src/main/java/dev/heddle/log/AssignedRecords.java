package dev.heddle.log;

import dev.heddle.common.AnswerException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * Batches that have their offsets and epochs already: what a follower appends, and the writer of the metadata log. Used
 * by the appending thread only.
 *
 * @param records whole batches only
 * @param firstOffset base offset of the first batch, -1 if there is none
 * @param lastOffset offset of the last record, -1 if there is none
 * @param recordCount how many records the batches say they hold
 */
record AssignedRecords(MemoryRecords records, long firstOffset, long lastOffset, long maxTimestampMs, int recordCount) {

    boolean isEmpty() {
        return lastOffset < 0;
    }

    /**
     * Checks CRCs and that offsets ascend.
     *
     * @param leaderEpoch a follower takes no batch of a later epoch: it was fetched under this one (KAFKA-18723); the
     *     metadata log's writer must have written exactly this one
     */
    static AssignedRecords check(
            MemoryRecords records,
            AppendOrigin origin,
            int leaderEpoch,
            TopicPartition partition,
            ValidationMetrics metrics) {
        long first = -1;
        long last = -1;
        long maxTimestamp = RecordBatch.NO_TIMESTAMP;
        int count = 0;
        int validBytes = 0;
        for (MutableRecordBatch batch : records.batches()) {
            if (origin == AppendOrigin.RAFT_LEADER && batch.partitionLeaderEpoch() != leaderEpoch) {
                throw new AnswerException(
                        Errors.INVALID_RECORD,
                        "The batch has epoch " + batch.partitionLeaderEpoch() + ", not " + leaderEpoch);
            }
            if (origin == AppendOrigin.REPLICATION && batch.partitionLeaderEpoch() > leaderEpoch) break;
            checkBatch(batch, last, partition, metrics);
            if (validBytes == 0) first = batch.baseOffset();
            last = batch.lastOffset();
            maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp());
            Integer inBatch = batch.countOrNull();
            count += inBatch == null ? 1 : inBatch;
            validBytes += batch.sizeInBytes();
        }
        return new AssignedRecords(trim(records, validBytes), first, last, maxTimestamp, count);
    }

    private static void checkBatch(
            MutableRecordBatch batch, long lastOffset, TopicPartition partition, ValidationMetrics metrics) {
        if (batch.magic() == RecordBatch.CURRENT_MAGIC_VALUE && batch.sizeInBytes() < RecordBatchLayout.RECORDS
                || !batch.isValid()) {
            metrics.invalidCrc();
            throw new AnswerException(
                    Errors.CORRUPT_MESSAGE,
                    "Record is corrupt in topic partition " + partition + " behind offset " + lastOffset);
        }
        if (batch.lastOffset() <= lastOffset) {
            throw new AnswerException(
                    Errors.UNKNOWN_SERVER_ERROR,
                    "Out of order offsets found in append to " + partition + ": " + batch.lastOffset() + " follows "
                            + lastOffset);
        }
    }

    private static MemoryRecords trim(MemoryRecords records, int validBytes) {
        if (validBytes == records.sizeInBytes()) return records;
        ByteBuffer valid = records.buffer().duplicate().limit(validBytes);
        return MemoryRecords.readableRecords(valid);
    }
}
