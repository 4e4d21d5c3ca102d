package dev.heddle.log;

import java.io.IOException;
import java.util.OptionalInt;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.ListOffsetsRequest;

/** Finds offsets by time, for ListOffsets. Any thread may call it; it takes no lock. */
final class TimestampLookup {

    private final LogState state;

    TimestampLookup(LogState state) {
        this.state = state;
    }

    TimestampOffset find(long timestamp) {
        state.ensureOpen();
        if (timestamp == ListOffsetsRequest.EARLIEST_TIMESTAMP
                || timestamp == ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP) {
            return earliest();
        }
        if (timestamp == ListOffsetsRequest.LATEST_TIMESTAMP) {
            return new TimestampOffset(
                    state.end().offset(),
                    RecordBatch.NO_TIMESTAMP,
                    state.epochs().latestEpoch());
        }
        if (timestamp == ListOffsetsRequest.LATEST_TIERED_TIMESTAMP
                || timestamp == ListOffsetsRequest.EARLIEST_PENDING_UPLOAD_TIMESTAMP) {
            // There is no remote storage: Kafka answers so too.
            return new TimestampOffset(-1, RecordBatch.NO_TIMESTAMP, OptionalInt.of(-1));
        }
        state.directory().ensureResponsive();
        if (timestamp == ListOffsetsRequest.MAX_TIMESTAMP) return state.io("search", this::max);
        return state.io("search", () -> firstFrom(timestamp));
    }

    private TimestampOffset earliest() {
        long start = state.logStartOffset();
        EpochEntry first = state.epochs().earliestEntry();
        OptionalInt epoch =
                first != null && first.startOffset() <= start ? OptionalInt.of(first.epoch()) : OptionalInt.empty();
        return new TimestampOffset(start, RecordBatch.NO_TIMESTAMP, epoch);
    }

    /** The record with the largest timestamp; the first such one. */
    private TimestampOffset max() throws IOException {
        LogSegment newest = null;
        for (LogSegment segment : state.segments().snapshot()) {
            if (newest == null
                    || segment.maxTimestamp().timestamp()
                            > newest.maxTimestamp().timestamp()) newest = segment;
        }
        if (newest == null) return TimestampOffset.NONE;
        TimeIndexEntry max = newest.maxTimestamp();
        if (max.timestamp() < 0) return TimestampOffset.NONE;
        BatchCursor cursor =
                newest.cursor(newest.indexes().offset().lookup(max.offset()).position());
        while (cursor.next()) {
            if (cursor.header().maxTimestamp() != max.timestamp()) continue;
            return recordOf(cursor.batch(), max.timestamp(), 0);
        }
        return TimestampOffset.NONE;
    }

    private TimestampOffset firstFrom(long timestamp) throws IOException {
        for (LogSegment segment : state.segments().snapshot()) {
            if (segment.largestTimestampMs() < timestamp) continue;
            TimestampOffset found = firstFrom(timestamp, segment);
            // In a compacted log the batch that had the timestamp may be empty.
            if (found.offset() >= 0) return found;
        }
        return TimestampOffset.NONE;
    }

    private TimestampOffset firstFrom(long timestamp, LogSegment segment) throws IOException {
        long start = state.logStartOffset();
        long from = Math.max(segment.indexes().time().lookup(timestamp).offset(), start);
        BatchCursor cursor =
                segment.cursor(segment.indexes().offset().lookup(from).position());
        while (cursor.next()) {
            if (cursor.header().maxTimestamp() < timestamp) continue;
            TimestampOffset found = recordOf(cursor.batch(), timestamp, start);
            if (found.offset() >= 0) return found;
        }
        return TimestampOffset.NONE;
    }

    private static TimestampOffset recordOf(RecordBatch batch, long timestamp, long startOffset) {
        for (Record record : batch) {
            if (record.timestamp() >= timestamp && record.offset() >= startOffset) {
                return new TimestampOffset(record.offset(), record.timestamp(), epochOf(batch));
            }
        }
        return TimestampOffset.NONE;
    }

    private static OptionalInt epochOf(RecordBatch batch) {
        int epoch = batch.partitionLeaderEpoch();
        return epoch == RecordBatch.NO_PARTITION_LEADER_EPOCH ? OptionalInt.empty() : OptionalInt.of(epoch);
    }
}
