package dev.heddle.replication;

import dev.heddle.common.AnswerException;
import dev.heddle.log.FetchIsolation;
import dev.heddle.log.PartitionLog;
import dev.heddle.log.TimestampOffset;
import java.util.OptionalInt;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.ListOffsetsRequest;

/** What ListOffsets asks of a leader. Stateless; any thread may call it. */
final class OffsetLookup {

    private OffsetLookup() {}

    /** The offset up to which a reader of that isolation may see. */
    static long visibleEndOffset(PartitionLog log, FetchIsolation isolation) {
        return switch (isolation) {
            case LOG_END -> log.logEndOffset();
            case HIGH_WATERMARK -> log.highWatermark();
            case TXN_COMMITTED -> log.lastStableOffset();
        };
    }

    /** See {@link Partition#offsetForTimestamp}. */
    static TimestampOffset find(Role.Leader leader, long timestamp, FetchIsolation isolation) {
        PartitionLog log = leader.log();
        long visibleEnd = visibleEndOffset(log, isolation);
        boolean lagging = isolation != FetchIsolation.LOG_END && leader.epochStartOffset() > log.highWatermark();

        if (timestamp == ListOffsetsRequest.LATEST_TIMESTAMP) {
            if (lagging) throw notAvailable(leader);
            return new TimestampOffset(visibleEnd, RecordBatch.NO_TIMESTAMP, OptionalInt.of(leader.leaderEpoch()));
        }
        TimestampOffset found = log.offsetForTimestamp(timestamp);
        if (timestamp == ListOffsetsRequest.EARLIEST_TIMESTAMP
                || timestamp == ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP) {
            return found;
        }
        if (found.offset() >= 0 && found.offset() < visibleEnd) return found;
        if (lagging && found.offset() != TimestampOffset.NONE.offset()) throw notAvailable(leader);
        return found.offset() >= visibleEnd ? TimestampOffset.NONE : found;
    }

    private static AnswerException notAvailable(Role.Leader leader) {
        return new AnswerException(
                Errors.OFFSET_NOT_AVAILABLE,
                "The high watermark of " + leader.log().topicPartition() + " has not reached the start of leader epoch "
                        + leader.leaderEpoch() + " yet");
    }
}
