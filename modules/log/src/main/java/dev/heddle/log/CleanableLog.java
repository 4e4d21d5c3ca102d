package dev.heddle.log;

import java.io.IOException;
import java.util.List;

/**
 * What of a log may be cleaned, and how urgent that is. Immutable.
 *
 * <pre>
 *        clean          │       dirty, cleanable      │  not cleanable: active segment,
 *                       │                             │  undecided transactions, min.compaction.lag.ms
 *  ─────────────────────┼─────────────────────────────┼──────────────────────────────────►
 *                firstDirtyOffset           firstUncleanableOffset
 * </pre>
 *
 * @param overdueMs by how much {@code max.compaction.lag.ms} is exceeded; 0 if it is not
 * @param cleanBytes of segments that begin before the first dirty offset
 * @param cleanableBytes of segments that hold something dirty and cleanable
 */
record CleanableLog(
        long firstDirtyOffset, long firstUncleanableOffset, long overdueMs, long cleanBytes, long cleanableBytes) {

    /** Looks at a log. It needs no lock, but what it finds may be gone a moment later. */
    static CleanableLog of(LogState log, long nowMs) throws IOException {
        long firstDirty = firstDirtyOffset(log);
        long bound = Math.max(firstDirty, firstUncleanableOffset(log, firstDirty, nowMs));
        LogSegment uncleanable = log.segments().floor(bound);
        // Segments are cleaned as a whole.
        long firstUncleanable = uncleanable == null ? bound : uncleanable.baseOffset();
        long from = Math.min(firstDirty, firstUncleanable);
        return new CleanableLog(
                from,
                firstUncleanable,
                overdueMs(log, firstDirty, nowMs),
                bytes(log.segments().between(0, firstDirty)),
                bytes(log.segments().between(from, firstUncleanable)));
    }

    /** How many bytes there are between what is clean and the active segment. Reads no file. */
    static long dirtyBytes(LogState log) {
        return bytes(log.segments()
                .between(firstDirtyOffset(log), log.segments().last().baseOffset()));
    }

    /** What was noted, if the log still has such an offset; else all of it is dirty. */
    private static long firstDirtyOffset(LogState log) {
        long start = log.logStartOffset();
        long noted = log.cleaning().cleanedOffset();
        return noted < start || noted > log.end().offset() ? start : noted;
    }

    private static long firstUncleanableOffset(LogState log, long firstDirty, long nowMs) throws IOException {
        long stable = log.lastStableOffset(log.highWatermark().offset());
        long active = log.segments().last().baseOffset();
        return Math.min(Math.min(stable, active), tooYoung(log, firstDirty, active, nowMs));
    }

    /** The first segment with a record that is younger than {@code min.compaction.lag.ms}. */
    private static long tooYoung(LogState log, long firstDirty, long active, long nowMs) throws IOException {
        long minLagMs = log.config().minCompactionLagMs();
        if (minLagMs <= 0) return Long.MAX_VALUE;
        for (LogSegment segment : log.segments().between(firstDirty, active)) {
            if (segment.largestTimestampMs() > nowMs - minLagMs) return segment.baseOffset();
        }
        return Long.MAX_VALUE;
    }

    private static long overdueMs(LogState log, long firstDirty, long nowMs) throws IOException {
        long cleanUntilMs = nowMs - Math.max(0, log.config().maxCompactionLagMs());
        long earliest = Long.MAX_VALUE;
        for (LogSegment segment :
                log.segments().between(firstDirty, log.segments().last().baseOffset())) {
            long timestamp = segment.firstBatchTimestampMs();
            if (timestamp > 0) earliest = Math.min(earliest, timestamp);
        }
        return earliest < cleanUntilMs ? cleanUntilMs - earliest : 0;
    }

    private static long bytes(List<LogSegment> segments) {
        return segments.stream().mapToLong(LogSegment::sizeInBytes).sum();
    }

    /** Which part of the log is dirty, from 0 to 1; of an empty one nothing is. */
    double dirtyRatio() {
        long total = cleanBytes + cleanableBytes;
        return total == 0 ? 0 : (double) cleanableBytes / total;
    }

    /** Whether it is time to clean the log. */
    boolean isDue(double minCleanableDirtyRatio) {
        return (overdueMs > 0 && cleanableBytes > 0) || dirtyRatio() > minCleanableDirtyRatio;
    }
}
