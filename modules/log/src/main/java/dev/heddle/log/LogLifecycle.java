package dev.heddle.log;

import dev.heddle.common.DirectoryOfflineException;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.kafka.common.Uuid;

/** How a log begins and ends. Any thread may call it; it takes the log's lock. */
final class LogLifecycle {

    private final LogState state;
    private final LogFlusher flusher;
    private final LogMetrics metrics;

    LogLifecycle(LogState state, LogFlusher flusher) {
        this.state = state;
        this.flusher = flusher;
        this.metrics = new LogMetrics(state);
    }

    /** The log as it was loaded becomes a part of the broker. */
    void start() {
        state.refreshFirstUnstableOffset();
        metrics.register();
    }

    /** Writes down to which topic the log belongs, where a crash has left nothing that says so. */
    void identify(Uuid topicId) {
        state.lock().lock();
        try {
            state.ensureOpen();
            if (!state.topicId().equals(Uuid.ZERO_UUID)) return;
            state.io("identify", () -> {
                PartitionMetadataFile.write(state.files(), state.path(), topicId);
                return true;
            });
            state.topicId(topicId);
            flusher.identified();
        } finally {
            state.lock().unlock();
        }
    }

    /** Closes the files without writing anything; for a log whose directory has failed. */
    void abandon() {
        state.lock().lock();
        try {
            state.close();
            closeQuietly();
            metrics.remove();
        } finally {
            state.lock().unlock();
        }
        flusher.wakeAll();
    }

    private void closeQuietly() {
        for (LogSegment segment : state.segments().snapshot()) segment.closeQuietly();
    }

    /** The log's directory gets another name; from here on nobody can use the log. */
    void rename(String directoryName) {
        state.lock().lock();
        try {
            state.ensureOpen();
            // First closed, then renamed: to miss a file that moved is then no failure of the disk.
            state.close();
            metrics.remove();
            rename(state.path().resolveSibling(directoryName));
        } catch (IOException e) {
            closeQuietly();
            throw state.directory().refuse("rename " + state.path(), e);
        } finally {
            state.lock().unlock();
            flusher.wakeAll();
        }
    }

    /** The future log gets the current one's name and is the partition's log from here on; returns when that is durable. */
    void becomeCurrent() {
        state.lock().lock();
        try {
            state.ensureOpen();
            Path target = state.directory().path().resolve(LogFileNames.partitionDirectory(state.partition()));
            // A sync that comes between would miss the directory.
            state.io("rename", () -> flusher.betweenSyncs(() -> rename(target)));
            metrics.remove();
        } finally {
            state.lock().unlock();
        }
    }

    private boolean rename(Path target) throws IOException {
        state.files().rename(state.path(), target);
        state.directoryMoved(target);
        FileIo.syncDirectory(state.files(), state.directory().path());
        return true;
    }

    /** Closes the files, after {@link #rename}; returns where they are. */
    Path closeForDeletion() {
        closeQuietly();
        return state.path();
    }

    /**
     * Flushes and closes the files, so that nothing needs recovery.
     *
     * @return false if there was no room for all that has to be written: then the log is closed, and the next start has to
     *     recover it
     */
    boolean close() {
        if (state.isClosed()) return true;
        try {
            return flushAndClose();
        } catch (DirectoryOfflineException e) {
            abandon();
            throw e;
        }
    }

    private boolean flushAndClose() {
        boolean prepared = locked(() -> ifRoom(() -> state.segments().last().becomeInactive())
                & ifRoom(() -> state.producers().takeSnapshot(true)));
        boolean flushed = flusher.flushAll(state.end().offset());
        boolean closed = locked(this::closeSegments);
        flusher.wakeAll();
        return prepared && flushed && closed;
    }

    private boolean closeSegments() throws IOException {
        boolean whole = true;
        for (LogSegment segment : state.segments().snapshot()) whole &= ifRoom(segment::close);
        state.close();
        metrics.remove();
        return whole;
    }

    private boolean ifRoom(IoWork work) throws IOException {
        return state.directory().ifRoom("close the log of " + state.partition(), work);
    }

    private boolean locked(LogState.IoCall<Boolean> work) {
        state.lock().lock();
        try {
            state.ensureOpen();
            return state.io("close", work);
        } finally {
            state.lock().unlock();
        }
    }
}
