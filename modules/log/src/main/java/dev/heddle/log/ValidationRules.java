package dev.heddle.log;

import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * What a topic asks of the records that a leader appends.
 *
 * @param maxMessageBytes {@code max.message.bytes}: the largest batch, as it comes and as it is written
 * @param compacted whether every record needs a key
 * @param timestampType whose time the records carry
 * @param timestampBeforeMaxMs how far a record's time may lie in the past
 * @param timestampAfterMaxMs how far a record's time may lie in the future
 * @param compression the codec that batches are stored with, null to keep the producer's
 */
record ValidationRules(
        int maxMessageBytes,
        boolean compacted,
        TimestampType timestampType,
        long timestampBeforeMaxMs,
        long timestampAfterMaxMs,
        @Nullable Compression compression) {

    boolean isLogAppendTime() {
        return timestampType == TimestampType.LOG_APPEND_TIME;
    }
}
