package dev.heddle.log;

import com.codahale.metrics.Timer;
import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.MetricNames;
import dev.heddle.common.Waiter;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a log to the disk. Any thread may call it; the work is done on the {@code log-io} threads of its directory.
 *
 * <p>For maintainers. There are two degrees. A <em>commit</em> syncs the records and the directory's new entries: enough
 * to acknowledge them, since recovery rebuilds everything else from them; it moves the {@linkplain #durableOffset()
 * durable offset}. A <em>flush</em> syncs the indexes and leader epochs as well and moves the {@linkplain
 * #recoveryPoint() recovery point}: nothing below it is looked at after a crash. A new log's own directory and topic id
 * are synced by whichever comes first: nothing in the log was promised to anyone before.
 *
 * <p>Commits are shared. At most one is queued or running for a log; whoever asks while one runs is served by the next,
 * together with all others who asked meanwhile. After a sync has failed nothing is tried again: the kernel may have
 * dropped the pages, so a second sync that succeeds would prove nothing. The directory is offline then, even if what the
 * sync lacked was room. Only what is <em>written</em> by a flush, index entries and leader epochs, may find no room and
 * be left for the next one: then the records are durable, and the recovery point stays.
 */
final class LogFlusher {

    private static final Logger LOG = LoggerFactory.getLogger(LogFlusher.class);

    /** Whether a commit is on its way. */
    private enum Commit {
        NONE,
        QUEUED,
        RUNNING,
        /** Running, and another is wanted after it. */
        RUNNING_AND_WANTED
    }

    /** Somebody waits until everything below {@code endOffset} is on disk. */
    private static final class Pending {
        final long endOffset;
        final Waiter waiter;

        /** Set by the waiting thread when it has given up. */
        volatile boolean abandoned;

        Pending(long endOffset, Waiter waiter) {
            this.endOffset = endOffset;
            this.waiter = waiter;
        }
    }

    private final LogState state;
    private final LogIoLane lane;
    private final Timer flushTimer;
    private final AtomicReference<Commit> commit = new AtomicReference<>(Commit.NONE);
    private final ConcurrentLinkedQueue<Pending> pending = new ConcurrentLinkedQueue<>();

    /** Only one sync of a log at a time; guards the changes of the offsets below. Held over syncs. */
    private final ReentrantLock syncLock = new ReentrantLock();

    /** Publishes below which offset the records are on disk. */
    private volatile long durableOffset;

    /** Publishes below which offset everything is on disk. */
    private volatile long recoveryPoint;

    /** Publishes when the last flush was, in wall-clock milliseconds. */
    private volatile long lastFlushMs;

    /**
     * From which offset on segments were cut off or completed after they were last flushed; at the next flush they are
     * flushed again, wherever the recovery point is.
     */
    private final AtomicLong retouchedFrom = new AtomicLong(Long.MAX_VALUE);

    /** Whether files were created or cut off since the directory was last synced. */
    private volatile boolean directoryDirty;

    /** Whether the log's own directory and the topic id in it may not be on disk yet. Guarded by {@link #syncLock}. */
    private boolean birthUnsynced;

    LogFlusher(LogState state, long recoveryPoint, boolean directoryDirty) {
        this.state = state;
        this.lane = state.directory().commits();
        this.flushTimer =
                state.runtime().metrics().timer(MetricNames.of("kafka.log", "LogFlushStats", "LogFlushRateAndTimeMs"));
        this.recoveryPoint = recoveryPoint;
        this.durableOffset = recoveryPoint;
        this.directoryDirty = directoryDirty;
        this.birthUnsynced = directoryDirty;
        this.lastFlushMs = state.runtime().time().milliseconds();
    }

    long durableOffset() {
        return durableOffset;
    }

    long recoveryPoint() {
        return recoveryPoint;
    }

    long lastFlushMs() {
        return lastFlushMs;
    }

    /** A file was created in the partition's directory. */
    void directoryChanged() {
        directoryDirty = true;
    }

    /** The segment with this base offset was cut off or completed. Never blocks. */
    void retouched(long baseOffset) {
        retouchedFrom.accumulateAndGet(baseOffset, Math::min);
    }

    /** The topic id was written into the partition's directory. Called under the log's lock. */
    void identified() {
        syncLock.lock();
        try {
            birthUnsynced = true;
            directoryDirty = true;
        } finally {
            syncLock.unlock();
        }
    }

    /** Asks for a commit and does not wait for it. */
    void request(long endOffset) {
        if (durableOffset >= endOffset) return;
        while (true) {
            Commit now = commit.get();
            Commit next = switch (now) {
                case NONE -> Commit.QUEUED;
                case RUNNING -> Commit.RUNNING_AND_WANTED;
                case QUEUED, RUNNING_AND_WANTED -> now;
            };
            if (commit.compareAndSet(now, next)) {
                if (now == Commit.NONE) lane.submit(this::commit);
                return;
            }
        }
    }

    /** Waits for a commit; see {@link PartitionLog#awaitDurable}. */
    boolean await(long endOffset, Waiter waiter, long deadlineNanos) {
        if (durableOffset >= endOffset) return true;
        var mine = new Pending(endOffset, waiter);
        pending.add(mine);
        try {
            request(endOffset);
            while (durableOffset < endOffset) {
                state.ensureOpen();
                if (waiter.await(deadlineNanos) != Waiter.Outcome.WOKEN) return durableOffset >= endOffset;
            }
            return true;
        } finally {
            mine.abandoned = true;
        }
    }

    private void commit() {
        commit.set(Commit.RUNNING);
        boolean synced = false;
        try {
            syncRecords();
            synced = true;
        } catch (DirectoryOfflineException | AnswerException e) {
            LOG.debug("Nothing was committed: partition={} reason={}", state.partition(), e.getMessage());
        } finally {
            if (!synced) {
                // Whoever waits finds the directory offline, or the log gone, and says so to its client.
                commit.set(Commit.NONE);
                wakeAll();
            }
        }
        if (synced) afterCommit();
    }

    private void afterCommit() {
        wakeServed();
        if (commit.compareAndSet(Commit.RUNNING, Commit.NONE)) return;
        commit.set(Commit.QUEUED);
        lane.submit(this::commit);
    }

    private void syncRecords() {
        syncLock.lock();
        try {
            state.ensureOpen();
            long end = state.end().offset();
            if (durableOffset >= end) return;
            timed("commit", () -> {
                long from = Math.min(durableOffset, retouchedFrom.get());
                for (LogSegment segment : state.segments().between(from, end)) syncRecords(segment);
                syncDirectory();
                return true;
            });
            // Where the files were closed meanwhile, because the directory has failed, nothing was synced.
            state.ensureOpen();
            durableOffset = end;
        } finally {
            syncLock.unlock();
        }
    }

    private void wakeServed() {
        long durable = durableOffset;
        for (Iterator<Pending> all = pending.iterator(); all.hasNext(); ) {
            Pending next = all.next();
            if (!next.abandoned && next.endOffset > durable) continue;
            all.remove();
            next.waiter.wake();
        }
    }

    /** The directory has failed or the log is closed: everyone who waits must look. Any thread may call it. */
    void wakeAll() {
        for (Pending one : pending) one.waiter.wake();
    }

    /** Flushes everything below {@code endOffset} and returns when that is done. The recovery point follows. */
    void flush(long endOffset) {
        if (endOffset > recoveryPoint) lane.run(() -> flushNow(endOffset, false));
    }

    /**
     * As {@link #flush}, and also makes sure that the files themselves are there after a power cut, even if empty.
     *
     * @return false if there was no room for all of it
     */
    boolean flushAll(long endOffset) {
        if (endOffset > recoveryPoint || directoryDirty) lane.run(() -> flushNow(endOffset, true));
        else if (!state.epochs().isFlushed()) lane.run(this::flushEpochs);
        return endOffset <= recoveryPoint && state.epochs().isFlushed();
    }

    /** Nothing was appended, but a leader epoch may have begun. */
    private void flushEpochs() {
        state.ensureOpen();
        state.io("flush", this::writeEpochs);
    }

    private boolean writeEpochs() throws IOException {
        return state.directory().ifRoom("write the leader epochs of " + state.partition(), state.epochs()::flush);
    }

    /** Flushes everything below {@code endOffset} some time soon. */
    void flushSoon(long endOffset) {
        lane.submit(() -> {
            try {
                flushNow(endOffset, false);
            } catch (DirectoryOfflineException | AnswerException e) {
                LOG.debug("Nothing was flushed: partition={} reason={}", state.partition(), e.getMessage());
                wakeAll();
            }
        });
    }

    private void flushNow(long endOffset, boolean evenIfEmpty) {
        syncLock.lock();
        try {
            state.ensureOpen();
            if (endOffset <= recoveryPoint && retouchedFrom.get() > recoveryPoint && !evenIfEmpty) return;
            // One more than the end: an active segment that is still empty belongs to it.
            long to = evenIfEmpty ? endOffset + 1 : endOffset;
            boolean whole = timed("flush", () -> syncAll(to));
            state.ensureOpen();
            if (whole) recoveryPoint = Math.max(recoveryPoint, endOffset);
            durableOffset = Math.max(durableOffset, endOffset);
            lastFlushMs = state.runtime().time().milliseconds();
        } finally {
            syncLock.unlock();
        }
        wakeServed();
    }

    private boolean timed(String doing, LogState.IoCall<Boolean> work) {
        try (var ignored = flushTimer.time()) {
            return state.io(doing, work);
        }
    }

    /** False if there was no room for the indexes or the leader epochs. */
    private boolean syncAll(long to) throws IOException {
        boolean whole = true;
        long from = Math.min(recoveryPoint, retouchedFrom.getAndSet(Long.MAX_VALUE));
        for (LogSegment segment : state.segments().between(from, to)) whole &= syncAll(segment);
        directoryDirty = true;
        syncDirectory();
        return writeEpochs() && whole;
    }

    private boolean syncAll(LogSegment segment) throws IOException {
        try {
            segment.syncFile();
            boolean whole =
                    state.directory().ifRoom("write the indexes of " + state.partition(), segment.indexes()::flush);
            syncSnapshot(segment.baseOffset());
            return whole;
        } catch (ClosedChannelException | NoSuchFileException e) {
            if (!segment.isDeleted() && !state.isClosed()) throw e;
            return true;
        }
    }

    private void syncRecords(LogSegment segment) throws IOException {
        try {
            segment.syncRecords();
        } catch (ClosedChannelException e) {
            if (!segment.isDeleted() && !state.isClosed()) throw e;
        }
    }

    /** The producer snapshot that was taken, without a sync, when the segment was begun. */
    private void syncSnapshot(long baseOffset) throws IOException {
        var snapshot = state.producers().snapshots().file(baseOffset);
        if (snapshot == null) return;
        try (var channel = state.files().open(snapshot, StandardOpenOption.WRITE)) {
            FileIo.force(channel, true);
        } catch (NoSuchFileException e) {
            // Deleted meanwhile, together with its segment or as one that is no longer needed.
            return;
        }
    }

    /** Does something while nothing is synced. Called under the log's lock. */
    <T> T betweenSyncs(LogState.IoCall<T> work) throws IOException {
        syncLock.lock();
        try {
            return work.run();
        } finally {
            syncLock.unlock();
        }
    }

    private void syncDirectory() throws IOException {
        if (!directoryDirty) return;
        directoryDirty = false;
        try {
            if (birthUnsynced) PartitionMetadataFile.sync(state.files(), state.path());
            FileIo.syncDirectory(state.files(), state.path());
            if (birthUnsynced)
                FileIo.syncDirectory(state.files(), state.directory().path());
            birthUnsynced = false;
        } catch (NoSuchFileException e) {
            if (!state.isClosed()) throw e;
        }
    }

    /** The log was truncated: what comes at these offsets is neither on disk nor clean. Called under the log's lock. */
    void truncated(long offset) {
        // Even if nothing is appended from here on, a clean shutdown must not leave what was cut off to come back.
        directoryDirty = true;
        retouched(state.segments().last().baseOffset());
        boolean wasCleaned = state.cleaning().truncatedTo(offset);
        syncLock.lock();
        try {
            if (recoveryPoint <= offset && durableOffset <= offset && !wasCleaned) return;
            recoveryPoint = Math.min(recoveryPoint, offset);
            durableOffset = Math.min(durableOffset, offset);
        } finally {
            syncLock.unlock();
        }
        state.runtime().checkpointsOutdated(state.directory());
    }
}
