package dev.heddle.log;

import dev.heddle.common.AnswerException;
import java.io.IOException;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a fetch asks for. Any thread may call it; it takes no lock: it works with one state of the list of segments
 * and with offsets that were published after the bytes they stand for.
 */
final class LogReader {

    private final LogState state;

    LogReader(LogState state) {
        this.state = state;
    }

    ReadResult read(long offset, int maxBytes, FetchIsolation isolation, boolean minOneMessage) {
        state.ensureOpen();
        // In this order: none of them passes the next while they are read.
        LogPosition highWatermark = state.highWatermark();
        long stable = state.lastStableOffset(highWatermark.offset());
        LogPosition end = state.end();
        long start = state.logStartOffset();
        if (offset < start || offset > end.offset()) throw outOfRange(offset, start, end.offset());
        LogPosition limit = switch (isolation) {
            case LOG_END -> end;
            case HIGH_WATERMARK -> highWatermark;
            case TXN_COMMITTED -> stable == highWatermark.offset() ? highWatermark : LogPosition.offsetOnly(stable);
        };
        boolean aborted = isolation == FetchIsolation.TXN_COMMITTED;
        Found found = Found.NOTHING;
        if (offset < limit.offset()) {
            state.directory().ensureResponsive();
            found = state.io("read", () -> find(offset, maxBytes, limit, minOneMessage, aborted));
        }
        return new ReadResult(
                found.records, offset, start, highWatermark.offset(), stable, end.offset(), found.aborted);
    }

    private record Found(LogSlice records, List<AbortedTxn> aborted) {
        static final Found NOTHING = new Found(LogSlice.EMPTY, List.of());
    }

    private AnswerException outOfRange(long offset, long start, long end) {
        return new AnswerException(
                Errors.OFFSET_OUT_OF_RANGE,
                "Received request for offset " + offset + " for partition " + state.partition()
                        + ", but we only have log segments from offset " + start + " up to " + end + ".");
    }

    private Found find(long offset, int maxBytes, LogPosition limit, boolean minOneMessage, boolean withAborted)
            throws IOException {
        LogSegment[] segments = state.segments().snapshot();
        LogPosition bound = limit.isKnown() ? limit : locate(limit.offset(), segments);
        if (!bound.isKnown()) return Found.NOTHING;
        for (int i = Math.max(0, SegmentList.floorIndex(segments, offset)); i < segments.length; i++) {
            LogSegment segment = segments[i];
            if (segment.baseOffset() > bound.segmentBaseOffset()) return Found.NOTHING;
            BatchPosition batch = batchAt(segment, offset);
            if (batch == null) continue;
            // The cleaner may have put a smaller segment in the place of the one that the bound refers to.
            int maxPosition = segment.baseOffset() < bound.segmentBaseOffset()
                    ? segment.sizeInBytes()
                    : Math.min(bound.position(), segment.sizeInBytes());
            int wanted = minOneMessage ? Math.max(maxBytes, batch.sizeInBytes()) : maxBytes;
            int size = Math.min(maxPosition - batch.position(), wanted);
            // A part of a batch is of no use to anyone.
            if (size <= 0 || wanted < batch.sizeInBytes()) return Found.NOTHING;
            LogSlice records = segment.slice(batch.position(), size, isHot(segment, batch) ? null : state);
            return new Found(records, withAborted ? aborted(offset, segments, i, batch, size) : List.of());
        }
        return Found.NOTHING;
    }

    /** The batch that holds the offset, or the first one behind it in that segment. */
    private @Nullable BatchPosition batchAt(LogSegment segment, long offset) throws IOException {
        LogState.LastBatch last = state.lastBatch();
        boolean isLast = last != null && last.baseOffset() == offset && last.segment() == segment;
        return isLast ? last.place() : segment.find(offset);
    }

    private boolean isHot(LogSegment segment, BatchPosition from) {
        long now = state.runtime().time().milliseconds();
        return state.hotTail().covers(segment.baseOffset(), from.position(), now);
    }

    /** Where an offset's batch begins; the offset alone, if that cannot be told. */
    private static LogPosition locate(long offset, LogSegment[] segments) throws IOException {
        for (int i = Math.max(0, SegmentList.floorIndex(segments, offset)); i < segments.length; i++) {
            BatchPosition batch = segments[i].find(offset);
            if (batch != null) return new LogPosition(offset, segments[i].baseOffset(), batch.position());
        }
        if (segments.length == 0) return LogPosition.offsetOnly(offset);
        LogSegment last = segments[segments.length - 1];
        return new LogPosition(offset, last.baseOffset(), last.sizeInBytes());
    }

    /** The aborted transactions that a reader of the slice must know of. */
    private List<AbortedTxn> aborted(long fetchOffset, LogSegment[] segments, int at, BatchPosition batch, int size)
            throws IOException {
        LogSegment segment = segments[at];
        var from = new OffsetPosition(fetchOffset, batch.position());
        OffsetPosition upper = segment.indexes().offset().fetchUpperBound(from, size);
        long upperBound = upper != null
                ? upper.offset()
                : at + 1 < segments.length
                        ? segments[at + 1].baseOffset()
                        : state.end().offset();
        return SegmentList.abortedTransactions(segments, at, fetchOffset, upperBound);
    }
}
