package dev.heddle.log;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * Checks the records of one batch as a walk comes by them, and gathers what the batch's header must say. Used by one
 * thread; one object for a whole batch.
 */
final class RecordChecks {

    private static final int ERRORS_SHOWN = 3;

    private final TopicPartition topicPartition;
    private final ValidationRules rules;
    private final ValidationMetrics metrics;
    private final RecordBatch batch;
    private final long nowMs;
    private final boolean batchIsLogAppendTime;

    private long maxTimestamp = RecordBatch.NO_TIMESTAMP;
    private boolean offsetsConsecutive = true;
    private long uncompressedBytes = RecordBatchLayout.RECORDS;
    private boolean timestampRefused;
    private @Nullable List<RecordError> errors;

    RecordChecks(
            TopicPartition topicPartition,
            ValidationRules rules,
            ValidationMetrics metrics,
            RecordBatch batch,
            long nowMs) {
        this.topicPartition = topicPartition;
        this.rules = rules;
        this.metrics = metrics;
        this.batch = batch;
        this.nowMs = nowMs;
        this.batchIsLogAppendTime = batch.timestampType() == TimestampType.LOG_APPEND_TIME;
    }

    /**
     * The walk came by a record.
     *
     * @param walkedTimestamp its own timestamp, which does not count where the batch has the broker's for all
     */
    void record(int index, int sizeInBytes, long walkedTimestamp, int offsetDelta, int keySize) {
        long timestamp = batchIsLogAppendTime ? batch.maxTimestamp() : walkedTimestamp;
        uncompressedBytes += sizeInBytes;
        if (offsetDelta != index) offsetsConsecutive = false;
        if (rules.compacted() && keySize < 0) {
            metrics.noKey();
            refuse(index, "Compacted topic cannot accept message without key in topic partition " + topicPartition);
            return;
        }
        checkTimestamp(index, timestamp);
        if (timestamp > maxTimestamp) maxTimestamp = timestamp;
    }

    private void checkTimestamp(int index, long timestamp) {
        if (!rules.isLogAppendTime() && timestamp != RecordBatch.NO_TIMESTAMP) {
            long age = nowMs - timestamp;
            if (age > rules.timestampBeforeMaxMs() || -age > rules.timestampAfterMaxMs()) {
                timestampRefused = true;
                refuse(index, outOfRange(index, timestamp));
            }
        } else if (batchIsLogAppendTime) {
            timestampRefused = true;
            refuse(
                    index,
                    "Invalid timestamp type in message. Producer should not set timestamp type to LogAppendTime.");
        }
    }

    private String outOfRange(int index, long timestamp) {
        return "Timestamp " + timestamp + " of message with offset " + (batch.baseOffset() + index)
                + " is out of range. The timestamp should be within [" + (nowMs - rules.timestampBeforeMaxMs()) + ", "
                + (nowMs + rules.timestampAfterMaxMs()) + "]";
    }

    private void refuse(int index, String message) {
        if (errors == null) errors = new ArrayList<>(1);
        errors.add(new RecordError(index, message));
    }

    /** Throws if any record was refused: then the whole batch is. */
    void finish() {
        if (errors == null) return;
        if (timestampRefused) {
            throw new InvalidRecordsException(
                    Errors.INVALID_TIMESTAMP,
                    "One or more records have been rejected due to invalid timestamp",
                    errors);
        }
        var shown = errors.subList(0, Math.min(errors.size(), ERRORS_SHOWN));
        throw new InvalidRecordsException(
                Errors.INVALID_RECORD,
                "One or more records have been rejected due to " + errors.size()
                        + " record errors in total, and only showing the first three errors at most: " + shown,
                errors);
    }

    long maxTimestamp() {
        return maxTimestamp;
    }

    /** Whether the records' offset deltas are 0, 1, 2 and so on. */
    boolean offsetsConsecutive() {
        return offsetsConsecutive;
    }

    /** What the batch would take without compression. */
    long uncompressedBytes() {
        return uncompressedBytes;
    }
}
