package dev.heddle.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Begins new segments. The log's lock guards it. */
final class LogRoller {

    private static final Logger LOG = LoggerFactory.getLogger(LogRoller.class);

    private final LogState state;
    private final LogFlusher flusher;

    LogRoller(LogState state, LogFlusher flusher) {
        this.state = state;
        this.flusher = flusher;
    }

    /** The segment to append these batches to: the active one, or a new one if that is full or old enough. */
    LogSegment segmentFor(int sizeInBytes, long firstOffset, long lastOffset, long maxTimestamp) throws IOException {
        LogSegment active = state.segments().last();
        return mustRoll(active, sizeInBytes, lastOffset, maxTimestamp) ? roll(firstOffset) : active;
    }

    private boolean mustRoll(LogSegment active, int sizeInBytes, long lastOffset, long maxTimestamp)
            throws IOException {
        LogConfig config = state.config();
        int size = active.sizeInBytes();
        if (size > config.segmentBytes() - sizeInBytes) return true;
        if (!active.canHold(lastOffset)) return true;
        if (size == 0) return false;
        if (active.indexes().isFull()) return true;
        long now = state.runtime().time().milliseconds();
        return active.timeWaitedForRollMs(now, maxTimestamp) > config.maxSegmentMs() - active.rollJitterMs();
    }

    /**
     * Begins a segment at {@code expectedOffset} or the log end offset, whichever is larger. Where there is no room for
     * one the active segment stays what it is. That the one before lacks room for its indexes, or the producers for a
     * snapshot, is no hindrance: the recovery point does not rise past them.
     */
    LogSegment roll(long expectedOffset) throws IOException {
        long baseOffset = Math.max(expectedOffset, state.end().offset());
        LogSegment active = state.segments().last();
        // An empty segment that begins there already is as good as a new one.
        if (active.baseOffset() == baseOffset && active.sizeInBytes() == 0) return active;
        LogDirectory directory = state.directory();
        directory.ifRoom("write the indexes of " + state.partition(), active::becomeInactive);
        flusher.retouched(active.baseOffset());
        LogSegment segment = create(baseOffset);
        state.segments().add(segment);
        state.publishEnd(state.end().offset());
        // A snapshot at each segment's start: recovery of a segment can begin with it. It is synced with the flush.
        state.producers().updateMapEndOffset(baseOffset);
        directory.ifRoom(
                "snapshot the producers of " + state.partition(),
                () -> state.producers().takeSnapshot(false));
        flusher.flushSoon(baseOffset);
        LOG.debug("Rolled a segment: partition={} baseOffset={}", state.partition(), baseOffset);
        return segment;
    }

    /** Creates a segment's files; what was left of one by that name is deleted. */
    LogSegment create(long baseOffset) throws IOException {
        for (Path file : filesOf(state.path(), baseOffset)) {
            if (state.files().deleteIfExists(file)) {
                LOG.warn("Deleted a leftover file in the place of a new segment: file={}", file);
            }
        }
        var settings = LogSegment.Settings.of(state.config());
        long now = state.runtime().time().milliseconds();
        LogSegment segment = LogSegment.create(state.files(), state.path(), baseOffset, settings, now);
        flusher.directoryChanged();
        return segment;
    }

    static List<Path> filesOf(Path directory, long baseOffset) {
        return List.of(
                LogFileNames.logFile(directory, baseOffset),
                LogFileNames.offsetIndexFile(directory, baseOffset),
                LogFileNames.timeIndexFile(directory, baseOffset),
                LogFileNames.transactionIndexFile(directory, baseOffset));
    }
}
