package dev.heddle.log;

import org.jspecify.annotations.Nullable;

/**
 * Knows which end of a log was written so recently that it must still be in the page cache: the kernel does not drop
 * what it has not written, and begins to write after 30 s. One thread at a time, which holds the log's lock, tells of
 * appends; any thread may ask.
 *
 * <p>For maintainers: two marks, the later one moved up every {@link #MARK_INTERVAL_MS}, so that there is always one
 * that is at least that old and not much older, as long as appends come.
 */
final class HotTail {

    /** How long after the append a region counts as cached. */
    static final long HOT_MS = 20_000;

    private static final long MARK_INTERVAL_MS = HOT_MS / 2;

    /** From here on everything was written at {@code sinceMs} or later. */
    private record Mark(long segmentBaseOffset, int position, long sinceMs) {

        boolean covers(long baseOffset, int from, long nowMs) {
            if (nowMs - sinceMs > HOT_MS) return false;
            return baseOffset > segmentBaseOffset || baseOffset == segmentBaseOffset && from >= position;
        }
    }

    /** Publishes the marks, the earlier one first. */
    private volatile @Nullable Mark earlier;

    private volatile @Nullable Mark later;

    /** Bytes were written to a segment from {@code position} on. */
    void appended(long segmentBaseOffset, int position, long nowMs) {
        Mark last = later;
        if (last != null && nowMs - last.sinceMs < MARK_INTERVAL_MS) return;
        earlier = last;
        later = new Mark(segmentBaseOffset, position, nowMs);
    }

    /** Whether a segment's bytes from {@code position} on are surely cached. */
    boolean covers(long segmentBaseOffset, int position, long nowMs) {
        Mark first = earlier;
        if (first != null && first.covers(segmentBaseOffset, position, nowMs)) return true;
        Mark second = later;
        return second != null && second.covers(segmentBaseOffset, position, nowMs);
    }
}
