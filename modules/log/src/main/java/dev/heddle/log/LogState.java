package dev.heddle.log;

import dev.heddle.common.AnswerException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * What the parts of one log share. Any thread may read it; whoever changes it holds {@link #lock()}, unless a method
 * says otherwise.
 */
final class LogState {

    /** A call on files. */
    interface IoCall<T> {
        T run() throws IOException;
    }

    /**
     * Which log it is.
     *
     * @param topicId {@link Uuid#ZERO_UUID} for a log without one
     * @param path the partition's directory
     */
    record Identity(TopicPartition partition, Uuid topicId, LogDirectory directory, Path path) {}

    /** A batch that was just appended: it is found without an index. */
    record LastBatch(long baseOffset, LogSegment segment, BatchPosition place) {}

    private static final long NONE = -1;

    private final Identity identity;
    private final LogRuntime runtime;
    private final SegmentList segments;
    private final ProducerStateManager producers;
    private final LeaderEpochCache epochs;
    private final HotTail hotTail = new HotTail();
    private final CleaningState cleaning;

    /** Guards every change of the log; held over writes to its files, never over flushes. */
    private final LogLock lock;

    /** Publishes the topic's configuration as it is now. */
    private volatile LogConfig config;

    /** Publishes what of the configuration every append needs. */
    private volatile ValidationRules rules;

    /** Publishes the topic's id; {@link Uuid#ZERO_UUID} while none is known. */
    private volatile Uuid topicId;

    /** Publishes where the directory is, which deletion renames. */
    private volatile Path path;

    /** Publishes the log end offset, with the place of the next batch. */
    private volatile LogPosition end;

    /** Publishes the high watermark, with its place where that is known. */
    private volatile LogPosition highWatermark;

    /** Publishes whether what is appended is committed thereby. */
    private volatile boolean commitsOnAppend;

    /** Publishes the first offset there is. */
    private volatile long logStartOffset;

    /** Publishes the first offset of the first undecided transaction, -1 if there is none. */
    private volatile long firstUnstableOffset = NONE;

    /** Publishes where the batch appended last lies: what a consumer at the end of the log asks for next. */
    private volatile @Nullable LastBatch lastBatch;

    /** Set once: nothing is appended or flushed any more, and failing reads are no fault of the disk. */
    private volatile boolean closed;

    LogState(Identity identity, LogRuntime runtime, LogConfig config, LoadedLog loaded) {
        this.identity = identity;
        this.runtime = runtime;
        this.lock = new LogLock(identity.directory);
        this.config = config;
        this.rules = rulesOf(config);
        this.topicId = identity.topicId;
        this.path = identity.path;
        this.segments = loaded.segments();
        this.producers = loaded.producers();
        this.epochs = loaded.epochs();
        this.cleaning = new CleaningState(runtime.time());
        this.logStartOffset = loaded.logStartOffset();
        this.end = new LogPosition(
                loaded.endOffset(),
                segments.last().baseOffset(),
                segments.last().sizeInBytes());
        this.highWatermark = LogPosition.offsetOnly(loaded.logStartOffset());
    }

    private static ValidationRules rulesOf(LogConfig config) {
        return new ValidationRules(
                config.maxMessageBytes(),
                config.compact(),
                config.messageTimestampType(),
                config.messageTimestampBeforeMaxMs(),
                config.messageTimestampAfterMaxMs(),
                config.compression().orElse(null));
    }

    TopicPartition partition() {
        return identity.partition;
    }

    Uuid topicId() {
        return topicId;
    }

    /** The topic's id has become known, and is in the directory. */
    void topicId(Uuid id) {
        topicId = id;
    }

    LogDirectory directory() {
        return identity.directory;
    }

    FileSystemCalls files() {
        return identity.directory.files();
    }

    LogRuntime runtime() {
        return runtime;
    }

    LogLock lock() {
        return lock;
    }

    SegmentList segments() {
        return segments;
    }

    ProducerStateManager producers() {
        return producers;
    }

    LeaderEpochCache epochs() {
        return epochs;
    }

    /** Who may work on old segments. Any thread may call it. */
    CleaningState cleaning() {
        return cleaning;
    }

    HotTail hotTail() {
        return hotTail;
    }

    LogConfig config() {
        return config;
    }

    ValidationRules rules() {
        return rules;
    }

    /** Any thread may call it. */
    void updateConfig(LogConfig newConfig) {
        rules = rulesOf(newConfig);
        config = newConfig;
    }

    Path path() {
        return path;
    }

    /** Whether the log is a copy that will take the place of the partition's current one. */
    boolean isFuture() {
        return LogFileNames.isFutureDirectory(path);
    }

    /** The directory has been renamed. */
    void directoryMoved(Path newPath) {
        path = newPath;
        for (LogSegment segment : segments.snapshot()) segment.directoryMoved(newPath);
        producers.snapshots().directoryMoved(newPath);
        epochs.directoryMoved(newPath);
    }

    LogPosition end() {
        return end;
    }

    /** The log ends at {@code offset}, behind what the active segment holds. */
    void publishEnd(long offset) {
        LogSegment active = segments.last();
        end = new LogPosition(offset, active.baseOffset(), active.sizeInBytes());
        // Where the high watermark is at the end, it must point to where the next batch really goes.
        if (highWatermark.offset() >= offset) publishHighWatermark(end);
    }

    @Nullable LastBatch lastBatch() {
        return lastBatch;
    }

    void publishLastBatch(@Nullable LastBatch batch) {
        lastBatch = batch;
    }

    LogPosition highWatermark() {
        return highWatermark;
    }

    boolean commitsOnAppend() {
        return commitsOnAppend;
    }

    void publishCommitsOnAppend(boolean commits) {
        commitsOnAppend = commits;
        if (commits) publishHighWatermark(end);
    }

    void publishHighWatermark(LogPosition position) {
        // In this order: a reader that sees the new high watermark must see what holds the last stable offset back.
        producers.onHighWatermarkUpdated(position.offset());
        refreshFirstUnstableOffset();
        highWatermark = position;
    }

    long logStartOffset() {
        return logStartOffset;
    }

    void publishLogStartOffset(long offset) {
        logStartOffset = offset;
        if (highWatermark.offset() < offset) publishHighWatermark(LogPosition.offsetOnly(offset));
    }

    /** The producers' transactions have changed. */
    void refreshFirstUnstableOffset() {
        OptionalLong first = producers.firstUnstableOffset();
        firstUnstableOffset = first.isPresent() ? Math.max(first.getAsLong(), logStartOffset) : NONE;
    }

    /** The last stable offset that belongs to this high watermark. Any thread may call it. */
    long lastStableOffset(long highWatermarkOffset) {
        long first = firstUnstableOffset;
        return first == NONE ? highWatermarkOffset : Math.min(first, highWatermarkOffset);
    }

    boolean isClosed() {
        return closed;
    }

    void close() {
        closed = true;
    }

    /** Throws if nothing can be done with this log any more. Any thread may call it. */
    void ensureOpen() {
        identity.directory.ensureOnline();
        if (closed)
            throw new AnswerException(Errors.UNKNOWN_TOPIC_OR_PARTITION, "The log of " + partition() + " is gone");
    }

    /**
     * Makes calls on the log's files. A failure of the disk takes its directory offline; a file whose content is wrong,
     * or a disk that is full, is an error of this request alone. Any thread may call it.
     *
     * @param doing what, for the message: "append", "read"
     */
    <T> T io(String doing, IoCall<T> call) {
        try {
            return call.run();
        } catch (CorruptFileException e) {
            throw new AnswerException(Errors.CORRUPT_MESSAGE, e.getMessage());
        } catch (ClosedChannelException e) {
            ensureOpen();
            throw new AnswerException(Errors.KAFKA_STORAGE_ERROR, "A segment of " + partition() + " is gone");
        } catch (IOException e) {
            if (closed) throw new AnswerException(Errors.UNKNOWN_TOPIC_OR_PARTITION);
            throw identity.directory.refuse(doing + " " + partition(), e);
        }
    }
}
