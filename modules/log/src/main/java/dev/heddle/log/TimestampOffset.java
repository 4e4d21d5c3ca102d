package dev.heddle.log;

import java.util.OptionalInt;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * The answer to a lookup by timestamp.
 *
 * @param offset the record's offset, -1 if there is none
 * @param timestamp the record's timestamp in milliseconds, -1 where none is meant
 * @param leaderEpoch the epoch that the offset belongs to, where known
 */
public record TimestampOffset(long offset, long timestamp, OptionalInt leaderEpoch) {

    /** No record matches. */
    public static final TimestampOffset NONE = new TimestampOffset(-1, RecordBatch.NO_TIMESTAMP, OptionalInt.empty());
}
