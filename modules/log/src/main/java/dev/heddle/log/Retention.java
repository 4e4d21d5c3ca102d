package dev.heddle.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Deletes old segments: those below the log start offset, those over the size and those over the age that the topic
 * allows. Background threads call it; it takes the log's lock.
 */
final class Retention {

    /** Whether a segment may go; asked from the oldest on, until one may not. */
    private interface Rule {
        boolean expired(LogSegment segment, @Nullable LogSegment next) throws IOException;
    }

    /**
     * What may go.
     *
     * @param rolled whether a segment was begun so that all others may go
     */
    private record Expired(List<LogSegment> segments, boolean rolled) {}

    private final LogState state;
    private final LogRoller roller;
    private final SegmentRemover remover;
    private final LogStart logStart;

    Retention(LogState state, LogRoller roller, SegmentRemover remover, LogStart logStart) {
        this.state = state;
        this.roller = roller;
        this.remover = remover;
        this.logStart = logStart;
    }

    /** Deletes what has expired; returns how many segments went. */
    int deleteOldSegments() {
        state.ensureOpen();
        int deleted = belowLogStart();
        if (!state.config().delete()) return deleted;
        return deleted + overSize() + overAge();
    }

    /** Deletes what the log start offset has passed; returns how many segments went. */
    int belowLogStart() {
        return delete(
                "log start offset", (segment, next) -> next != null && next.baseOffset() <= state.logStartOffset());
    }

    private int overSize() {
        long limit = state.config().retentionBytes();
        long excess = state.segments().sizeInBytes() - limit;
        if (limit < 0 || excess < 0) return 0;
        long[] left = {excess};
        return delete("retention.bytes", (segment, next) -> {
            if (left[0] < segment.sizeInBytes()) return false;
            left[0] -= segment.sizeInBytes();
            return true;
        });
    }

    private int overAge() {
        long limit = state.config().retentionMs();
        if (limit < 0) return 0;
        long now = state.runtime().time().milliseconds();
        return delete("retention.ms", (segment, next) -> now - segment.largestTimestampMs() > limit);
    }

    /**
     * One after the other, the oldest first, each durable before the next: whatever a power cut brings back belongs to what
     * has stayed, and the last segment is not gone before the one is there that says where the log ends.
     */
    private int delete(String reason, Rule rule) {
        Expired expired = locked(() -> prepare(rule));
        if (expired.rolled) syncDirectory();
        for (LogSegment segment : expired.segments) {
            locked(() -> {
                remover.remove(List.of(segment), reason);
                return true;
            });
            syncDirectory();
        }
        return expired.segments.size();
    }

    private <T> T locked(LogState.IoCall<T> work) {
        state.lock().lock();
        try {
            state.ensureOpen();
            return state.io("delete old segments of", work);
        } finally {
            state.lock().unlock();
        }
    }

    /** Raises the log start offset above what has expired. */
    private Expired prepare(Rule rule) throws IOException {
        List<LogSegment> expired = expired(rule);
        // A log has at least one segment: if all go, there must be a new one first, or the last one has to stay.
        boolean all = expired.size() == state.segments().count();
        boolean rolled = all && rollIfRoom();
        if (all && !rolled) expired.removeLast();
        if (expired.isEmpty()) return new Expired(expired, false);
        LogSegment next = state.segments().higher(expired.getLast().baseOffset());
        if (next == null) throw new IOException("No segment follows " + expired.getLast());
        logStart.raise(next.baseOffset());
        return new Expired(expired, rolled);
    }

    private void syncDirectory() {
        state.io("delete old segments of", () -> {
            FileIo.syncDirectory(state.files(), state.path());
            return true;
        });
    }

    private boolean rollIfRoom() throws IOException {
        return state.directory()
                .ifRoom(
                        "begin a segment of " + state.partition(),
                        () -> roller.roll(state.end().offset()));
    }

    /** What has expired, from the oldest on; never beyond the high watermark, and never an empty active segment. */
    private List<LogSegment> expired(Rule rule) throws IOException {
        List<LogSegment> expired = new ArrayList<>();
        LogSegment[] segments = state.segments().snapshot();
        long highWatermark = state.highWatermark().offset();
        for (int i = 0; i < segments.length; i++) {
            LogSegment next = i + 1 < segments.length ? segments[i + 1] : null;
            if (next == null && segments[i].sizeInBytes() == 0) break;
            long end = next == null ? state.end().offset() : next.baseOffset();
            if (highWatermark < end || !rule.expired(segments[i], next)) break;
            expired.add(segments[i]);
        }
        return expired;
    }
}
