package dev.heddle.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A log's segments in the order of their offsets. The log's lock guards every change; any thread may read, and sees one
 * state of the list as long as it works with one {@link #snapshot()}.
 */
final class SegmentList {

    /** Replaced as a whole at each change, never changed itself. */
    private volatile LogSegment[] segments = {};

    /** The segments, oldest first; the caller must not change the array. */
    LogSegment[] snapshot() {
        return segments;
    }

    List<LogSegment> all() {
        return List.of(segments);
    }

    boolean isEmpty() {
        return segments.length == 0;
    }

    int count() {
        return segments.length;
    }

    LogSegment first() {
        return segments[0];
    }

    /** The active segment: the one that is appended to. */
    LogSegment last() {
        LogSegment[] now = segments;
        return now[now.length - 1];
    }

    /** Adds a segment; one with the same base offset is replaced. */
    void add(LogSegment segment) {
        LogSegment[] now = segments;
        int at = indexOf(now, segment.baseOffset());
        LogSegment[] next;
        if (at >= 0) {
            next = now.clone();
            next[at] = segment;
        } else {
            next = Arrays.copyOf(now, now.length + 1);
            next[now.length] = segment;
            Arrays.sort(next, Comparator.comparingLong(LogSegment::baseOffset));
        }
        segments = next;
    }

    void remove(List<LogSegment> gone) {
        segments = Arrays.stream(segments)
                .filter(segment -> !gone.contains(segment))
                .toArray(LogSegment[]::new);
    }

    /** Puts one in the place of several, in one step: no reader sees both, or neither. */
    void replace(List<LogSegment> old, LogSegment fresh) {
        segments = Stream.concat(Arrays.stream(segments).filter(segment -> !old.contains(segment)), Stream.of(fresh))
                .sorted(Comparator.comparingLong(LogSegment::baseOffset))
                .toArray(LogSegment[]::new);
    }

    void clear() {
        segments = new LogSegment[0];
    }

    boolean contains(long baseOffset) {
        return indexOf(segments, baseOffset) >= 0;
    }

    /** The segment that would hold the offset: the last one that begins at or before it. */
    @Nullable LogSegment floor(long offset) {
        LogSegment[] now = segments;
        int at = floorIndex(now, offset);
        return at < 0 ? null : now[at];
    }

    /** The segment after the one with this base offset. */
    @Nullable LogSegment higher(long baseOffset) {
        LogSegment[] now = segments;
        int at = floorIndex(now, baseOffset) + 1;
        return at < now.length ? now[at] : null;
    }

    /** The segments that may hold offsets from {@code from} (inclusive) to {@code to} (exclusive). */
    List<LogSegment> between(long from, long to) {
        LogSegment[] now = segments;
        int first = Math.max(0, floorIndex(now, from));
        int end = first;
        while (end < now.length && now[end].baseOffset() < to) end++;
        return List.of(Arrays.copyOfRange(now, first, end));
    }

    long sizeInBytes() {
        long total = 0;
        for (LogSegment segment : segments) total += segment.sizeInBytes();
        return total;
    }

    List<Long> baseOffsets() {
        return Arrays.stream(segments).map(LogSegment::baseOffset).toList();
    }

    /** The place of the last segment that begins at or before the offset, -1 if there is none. */
    static int floorIndex(LogSegment[] segments, long offset) {
        int low = 0;
        int high = segments.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (segments[middle].baseOffset() <= offset) low = middle + 1;
            else high = middle - 1;
        }
        return high;
    }

    private static int indexOf(LogSegment[] segments, long baseOffset) {
        int at = floorIndex(segments, baseOffset);
        return at >= 0 && segments[at].baseOffset() == baseOffset ? at : -1;
    }

    /** The aborted transactions that overlap with a range of offsets, which begins in the segment at {@code first}. */
    static List<AbortedTxn> abortedTransactions(LogSegment[] segments, int first, long from, long to)
            throws IOException {
        List<AbortedTxn> all = new ArrayList<>();
        for (int i = first; i < segments.length; i++) {
            var found = segments[i].indexes().transactions().collectAbortedTxns(from, to);
            all.addAll(found.abortedTransactions());
            if (found.complete()) break;
        }
        return all;
    }
}
