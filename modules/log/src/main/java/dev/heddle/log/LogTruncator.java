package dev.heddle.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Cuts off the end of a log. Any thread may call it; it takes the log's lock. */
final class LogTruncator {

    private static final Logger LOG = LoggerFactory.getLogger(LogTruncator.class);

    private final LogState state;
    private final LogRoller roller;
    private final LogFlusher flusher;
    private final SegmentRemover remover;

    LogTruncator(LogState state, LogRoller roller, LogFlusher flusher, SegmentRemover remover) {
        this.state = state;
        this.roller = roller;
        this.flusher = flusher;
        this.remover = remover;
    }

    /** Removes every record from {@code offset} on. */
    void truncateTo(long offset) {
        if (offset < 0) throw new IllegalArgumentException("Cannot truncate to " + offset);
        locked(() -> {
            if (offset >= state.end().offset()) {
                // There may be an epoch that began here under another leader and never wrote anything.
                state.epochs().truncateFromEnd(state.end().offset());
            } else if (offset < state.segments().first().baseOffset()) {
                startAnew(offset, offset);
            } else {
                cutOff(offset);
            }
            flushEpochs();
        });
    }

    /** Where there is no room, the next flush tries again; until then recovery lets the batches decide. */
    private void flushEpochs() throws IOException {
        state.directory().ifRoom("write the leader epochs of " + state.partition(), state.epochs()::flush);
    }

    /** Removes every record, and starts anew. */
    void truncateFullyAndStartAt(long offset, long logStartOffset) {
        locked(() -> {
            startAnew(offset, logStartOffset);
            flushEpochs();
        });
    }

    private void locked(IoWork work) {
        state.lock().lock();
        try {
            state.ensureOpen();
            state.io("truncate", () -> {
                work.run();
                return true;
            });
        } finally {
            state.lock().unlock();
        }
    }

    private void cutOff(long offset) throws IOException {
        LOG.info(
                "Truncating: partition={} from={} to={}",
                state.partition(),
                state.end().offset(),
                offset);
        state.publishLastBatch(null);
        List<LogSegment> gone = Arrays.stream(state.segments().snapshot())
                .filter(segment -> segment.baseOffset() > offset)
                .toList();
        remover.remove(gone, "truncation");
        state.segments().last().truncateTo(offset, state.runtime().time().milliseconds());
        flusher.truncated(offset);
        state.publishEnd(offset);
        state.epochs().truncateFromEnd(offset);
        if (offset < state.logStartOffset()) state.publishLogStartOffset(offset);
        ProducerRecovery.rebuild(
                state.producers(),
                state.segments(),
                state.logStartOffset(),
                offset,
                state.runtime().time().milliseconds());
        state.refreshFirstUnstableOffset();
    }

    /** Creates the first segment; if that fails, and another was out of its way, the log has none to append to. */
    private LogSegment create(long offset, boolean othersLeft) throws IOException {
        try {
            return roller.create(offset);
        } catch (IOException e) {
            if (othersLeft) throw e;
            throw new LostWriteException("The segment at offset " + offset + " is gone, and there is no new one", e);
        }
    }

    private void startAnew(long offset, long logStartOffset) throws IOException {
        LOG.info("Starting anew: partition={} offset={}", state.partition(), offset);
        state.publishLastBatch(null);
        List<LogSegment> gone = new ArrayList<>(state.segments().all());
        // The new one must be there before the last one goes; one of the same name must be out of its way.
        List<LogSegment> first =
                gone.stream().filter(segment -> segment.baseOffset() == offset).toList();
        remover.removeFiles(first);
        LogSegment fresh = create(offset, first.isEmpty());
        gone.removeAll(first);
        state.segments().add(fresh);
        remover.remove(gone, "starting anew at " + offset);
        flusher.truncated(offset);
        state.epochs().clear();
        state.producers().truncateFullyAndStartAt(offset);
        state.publishLogStartOffset(logStartOffset);
        state.publishEnd(offset);
        state.publishHighWatermark(state.end());
    }
}
