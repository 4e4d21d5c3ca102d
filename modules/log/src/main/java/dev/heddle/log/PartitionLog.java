package dev.heddle.log;

import dev.heddle.common.AnswerException;
import dev.heddle.common.Waiter;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.DeleteRecordsRequest;
import org.jspecify.annotations.Nullable;

/**
 * The log of one partition. Any thread may call it: writers share one lock, readers take none.
 *
 * <p>Whatever it does may throw {@link dev.heddle.common.DirectoryOfflineException} when its disk fails, {@link
 * NoRoomException} when that is full, in which case nothing has changed, and {@link AnswerException} with
 * UNKNOWN_TOPIC_OR_PARTITION once it is deleted or closed. The parts that do the work are classes of their own; what they
 * share is a {@code LogState}.
 */
public final class PartitionLog implements AutoCloseable {

    private final LogState state;
    private final LogFlusher flusher;
    private final LogRoller roller;
    private final LogAppender appender;
    private final LogReader reader;
    private final TimestampLookup timestamps;
    private final LogStart logStart;
    private final Retention retention;
    private final LogTruncator truncator;
    private final LogLifecycle lifecycle;

    PartitionLog(LogState state, LogFlusher flusher) {
        var remover = new SegmentRemover(state);
        this.state = state;
        this.flusher = flusher;
        this.roller = new LogRoller(state, flusher);
        this.appender = new LogAppender(
                state,
                roller,
                flusher,
                new ValidationMetrics(
                        state.runtime().metrics(), state.partition().topic()));
        this.reader = new LogReader(state);
        this.timestamps = new TimestampLookup(state);
        this.logStart = new LogStart(state);
        this.retention = new Retention(state, roller, remover, logStart);
        this.truncator = new LogTruncator(state, roller, flusher, remover);
        this.lifecycle = new LogLifecycle(state, flusher);
    }

    /** The log as it was loaded becomes a part of the broker. */
    void start() {
        lifecycle.start();
    }

    public TopicPartition topicPartition() {
        return state.partition();
    }

    /** The topic's id; {@link Uuid#ZERO_UUID} for a log of a version that had none. */
    public Uuid topicId() {
        return state.topicId();
    }

    public LogDirectory directory() {
        return state.directory();
    }

    /** Whether this is a copy that is to take the place of the partition's current log (KIP-113). */
    public boolean isFuture() {
        return state.isFuture();
    }

    /** Whether it cannot be used any more: it was deleted, replaced or closed, or its directory has failed. */
    public boolean isGone() {
        return state.isClosed() || !state.directory().online();
    }

    public LogConfig config() {
        return state.config();
    }

    /** The topic's id, if none was known. */
    void identify(Uuid topicId) {
        lifecycle.identify(topicId);
    }

    void updateConfig(LogConfig config) {
        state.updateConfig(config);
    }

    /**
     * Validates one batch, gives it offsets and {@code leaderEpoch}, and appends it. Offsets, epoch and timestamps are
     * written into the buffer that {@code records} came in, which may be a direct one; it is not referenced after the
     * return. A batch that an idempotent producer sent before is not appended again.
     *
     * @throws AnswerException CORRUPT_MESSAGE, INVALID_RECORD, INVALID_TIMESTAMP, MESSAGE_TOO_LARGE,
     *     RECORD_LIST_TOO_LARGE, UNSUPPORTED_COMPRESSION_TYPE, OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH,
     *     INVALID_TXN_STATE …; an {@link InvalidRecordsException} where single records are to blame
     */
    public AppendResult appendAsLeader(MemoryRecords records, int leaderEpoch, AppendTerms terms) {
        return appender.asLeader(records, leaderEpoch, terms);
    }

    /** As {@link #appendAsLeader(MemoryRecords, int, AppendTerms)}, without terms beyond the origin. */
    public AppendResult appendAsLeader(MemoryRecords records, int leaderEpoch, AppendOrigin origin) {
        return appendAsLeader(records, leaderEpoch, AppendTerms.of(origin));
    }

    /**
     * Begins to verify a transaction that is about to write here (KIP-890): its coordinator is asked next, and then the
     * records are appended with the guard.
     *
     * @return null if the transaction has records here already: then there is nothing to verify
     * @throws AnswerException INVALID_PRODUCER_EPOCH
     */
    public @Nullable VerificationGuard startVerification(TransactionStart transaction) {
        return appender.startVerification(transaction);
    }

    /**
     * Appends records that have their offsets and epochs already.
     *
     * @throws UnexpectedAppendOffsetException if they begin before the log end offset
     */
    public AppendResult appendAsFollower(MemoryRecords records) {
        return appendAsFollower(records, Integer.MAX_VALUE);
    }

    /** As {@link #appendAsFollower(MemoryRecords)}, up to the first batch of a later epoch than {@code leaderEpoch}. */
    public AppendResult appendAsFollower(MemoryRecords records, int leaderEpoch) {
        return appender.assigned(records, leaderEpoch, AppendOrigin.REPLICATION);
    }

    /**
     * Finds the records from {@code offset} on.
     *
     * @param maxBytes how many bytes, at most
     * @param minOneMessage whether the first batch comes even if it alone is larger
     * @throws AnswerException OFFSET_OUT_OF_RANGE
     */
    public ReadResult read(long offset, int maxBytes, FetchIsolation isolation, boolean minOneMessage) {
        return reader.read(offset, maxBytes, isolation, minOneMessage);
    }

    public long logStartOffset() {
        return state.logStartOffset();
    }

    public long logEndOffset() {
        return state.end().offset();
    }

    public long highWatermark() {
        return state.highWatermark().offset();
    }

    public long lastStableOffset() {
        return state.lastStableOffset(state.highWatermark().offset());
    }

    public long sizeInBytes() {
        return state.segments().sizeInBytes();
    }

    /** Whether the log starts behind the first record that its first segment holds. */
    boolean startsWithinSegment() {
        return state.logStartOffset() > state.segments().first().baseOffset();
    }

    /** How many segments there are. */
    public int segmentCount() {
        return state.segments().count();
    }

    /** Everything below this offset is on disk, with its indexes: recovery does not look at it. */
    public long recoveryPoint() {
        return flusher.recoveryPoint();
    }

    /** Everything below this offset is on disk. */
    public long durableOffset() {
        return flusher.durableOffset();
    }

    /**
     * Whether each append raises the high watermark to the log end offset in the same step: so it is while the leader is
     * alone in sync. At first it is not.
     */
    public void commitOnAppend(boolean commit) {
        state.lock().lock();
        try {
            state.publishCommitsOnAppend(commit);
        } finally {
            state.lock().unlock();
        }
    }

    /** Sets the high watermark, kept between the log start offset and the log end offset. */
    public void updateHighWatermark(long offset) {
        state.lock().lock();
        try {
            LogPosition end = state.end();
            long bounded = Math.max(state.logStartOffset(), Math.min(offset, end.offset()));
            state.publishHighWatermark(bounded == end.offset() ? end : LogPosition.offsetOnly(bounded));
        } finally {
            state.lock().unlock();
        }
    }

    /**
     * Raises the log start offset; records before it are no longer read, and deleted later.
     *
     * @param offset -1 means the high watermark
     * @return the log start offset, which may have been higher before
     * @throws AnswerException OFFSET_OUT_OF_RANGE if the offset is negative or beyond the high watermark
     */
    public long deleteRecordsBefore(long offset) {
        state.lock().lockWhileResponsive();
        try {
            state.ensureOpen();
            boolean all = offset == DeleteRecordsRequest.HIGH_WATERMARK;
            if (offset < 0 && !all) throw new AnswerException(Errors.OFFSET_OUT_OF_RANGE);
            logStart.raise(all ? state.highWatermark().offset() : offset);
            return state.logStartOffset();
        } finally {
            state.lock().unlock();
        }
    }

    /**
     * Finds the first record whose timestamp is at least {@code timestamp}. The special values of ListOffsets are
     * understood here: earliest and earliest local (the log start offset), latest (the log end offset: the caller bounds
     * it by its isolation), max timestamp; latest tiered and earliest pending upload are answered with -1.
     */
    public TimestampOffset offsetForTimestamp(long timestamp) {
        return timestamps.find(timestamp);
    }

    /** Where a leader epoch ends here; see KIP-101. */
    public EpochEndOffset endOffsetForEpoch(int leaderEpoch) {
        return state.epochs().endOffsetFor(leaderEpoch, state.end().offset());
    }

    /** The latest leader epoch that wrote here, or began to lead. */
    public OptionalInt latestEpoch() {
        return state.epochs().latestEpoch();
    }

    /** A new leader epoch begins at the log end offset; that is durable with the next flush or clean shutdown. */
    public void assignEpoch(int leaderEpoch) {
        state.lock().lock();
        try {
            state.ensureOpen();
            state.epochs().assign(leaderEpoch, state.end().offset());
        } finally {
            state.lock().unlock();
        }
    }

    public List<ActiveProducer> activeProducers() {
        state.lock().lockWhileResponsive();
        try {
            return state.producers().activeProducers();
        } finally {
            state.lock().unlock();
        }
    }

    /** How many producers are remembered. */
    public int producerIdCount() {
        return state.producers().producerIdCount();
    }

    /** Whether a transaction has been open for longer than {@code transaction.max.timeout.ms} and some. */
    public boolean hasLateTransaction() {
        return state.producers().hasLateTransaction(state.runtime().time().milliseconds());
    }

    void removeExpiredProducers() {
        state.lock().lock();
        try {
            state.producers().removeExpiredProducers(state.runtime().time().milliseconds());
        } finally {
            state.lock().unlock();
        }
    }

    /** Flushes everything, indexes too, and moves the recovery point to the log end offset. */
    public void flush() {
        state.ensureOpen();
        flusher.flush(state.end().offset());
    }

    /** When the last flush was, in wall-clock milliseconds; at first, when the log was opened. */
    long lastFlushMs() {
        return flusher.lastFlushMs();
    }

    /** Begins a new segment, unless the active one is empty. */
    public void roll() {
        state.lock().lock();
        try {
            state.ensureOpen();
            state.io("roll", () -> roller.roll(state.end().offset()));
        } finally {
            state.lock().unlock();
        }
    }

    /**
     * Deletes the segments that retention allows to go; returns how many. While the log is being cleaned, none; of a
     * future log those that its log start offset has passed.
     */
    public int deleteOldSegments() {
        CleaningState cleaning = state.cleaning();
        if (!cleaning.tryBegin(new Waiter(state.runtime().time()))) return 0;
        try {
            return isFuture() ? retention.belowLogStart() : retention.deleteOldSegments();
        } finally {
            cleaning.end();
        }
    }

    /** The log is about to be removed: waits until a cleaning that is going on has stopped, and lets none begin. */
    void stopCleaning() {
        state.cleaning().pause();
    }

    /** What the cleaner works on. */
    LogState state() {
        return state;
    }

    /** Removes every record from {@code offset} on; waits until a cleaning that is going on has stopped. */
    public void truncateTo(long offset) {
        state.cleaning().whilePaused(() -> truncator.truncateTo(offset));
    }

    /** Removes everything and starts anew at {@code offset}; waits until a cleaning that is going on has stopped. */
    public void truncateFullyAndStartAt(long offset) {
        state.cleaning().whilePaused(() -> truncator.truncateFullyAndStartAt(offset, offset));
    }

    /**
     * Asks that everything below {@code endOffset} be on disk soon, and does not wait: whoever is going to wait for
     * several logs asks for all of them first, so that their flushes overlap.
     */
    public void requestDurable(long endOffset) {
        flusher.request(endOffset);
    }

    /**
     * Waits until everything below {@code endOffset} is on disk. One flush serves all who wait for it; it runs on a
     * {@code log-io} thread of the directory.
     *
     * @param deadlineNanos a value of {@link dev.heddle.common.Time#nanoseconds()}
     * @return false if the deadline passed or the waiter was cancelled
     */
    public boolean awaitDurable(long endOffset, Waiter waiter, long deadlineNanos) {
        return flusher.await(endOffset, waiter, deadlineNanos);
    }

    /** The directory has failed: wakes whoever waits for it. Never blocks. */
    void directoryFailed() {
        flusher.wakeAll();
    }

    /** Closes the files without writing anything; for a log whose directory has failed. */
    void abandon() {
        lifecycle.abandon();
    }

    /** The log's directory gets a name that says it will be deleted; from here on nobody can use the log. */
    void renameForDeletion() {
        lifecycle.rename(LogFileNames.deletedDirectory(state.partition()));
    }

    /** The log's directory gets a name that says that no topic knows it; from here on nobody can use the log. */
    void renameAsStray() {
        lifecycle.rename(LogFileNames.strayDirectory(state.partition()));
    }

    /** The future log is the partition's log from here on, and has its name; returns when that is durable. */
    void becomeCurrent() {
        lifecycle.becomeCurrent();
    }

    LogFlusher flusher() {
        return flusher;
    }

    /** Closes the files of a log that was renamed and cannot be used any more; returns where they are. */
    Path closeForDeletion() {
        return lifecycle.closeForDeletion();
    }

    /** Flushes and closes the files, so that nothing needs recovery. */
    @Override
    public void close() {
        closeWhole();
    }

    /** As {@link #close()}; false if the disk is full, and the log has to be recovered by the next start. */
    boolean closeWhole() {
        return lifecycle.close();
    }

    @Override
    public String toString() {
        return "PartitionLog(" + state.partition() + ", start=" + logStartOffset() + ", end=" + logEndOffset() + ")";
    }
}
