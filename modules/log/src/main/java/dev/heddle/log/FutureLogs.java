package dev.heddle.log;

import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import java.util.Collection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The copies, in other directories, that are to take the place of partitions' logs (KIP-113). Any thread may call it; for
 * one partition, one thread at a time creates, drops and replaces.
 */
public final class FutureLogs {

    private static final Logger LOG = LoggerFactory.getLogger(FutureLogs.class);

    private final LogTable table;
    private final DirectoryCheckpoints checkpoints;
    private final LogOpener opener;
    private final LogDeletion deletion;
    private final LogPlacement placement;

    FutureLogs(
            LogTable table,
            DirectoryCheckpoints checkpoints,
            LogOpener opener,
            LogDeletion deletion,
            LogPlacement placement) {
        this.table = table;
        this.checkpoints = checkpoints;
        this.opener = opener;
        this.deletion = deletion;
        this.placement = placement;
    }

    /** How many log directories there are, online or not. */
    public int directoryCount() {
        return checkpoints.directories().size();
    }

    /** The partition's future log, null if there is none. */
    public @Nullable PartitionLog get(TopicPartition partition) {
        return table.future(partition);
    }

    /** Every future log there is, at this moment. */
    public Collection<PartitionLog> all() {
        return table.futures();
    }

    /**
     * The log directory of that path.
     *
     * @throws AnswerException LOG_DIR_NOT_FOUND if there is none; KAFKA_STORAGE_ERROR if it is offline
     */
    public LogDirectory directory(String path) {
        for (LogDirectory directory : checkpoints.directories()) {
            if (!directory.path().toString().equals(path)) continue;
            if (directory.online()) return directory;
            throw new AnswerException(Errors.KAFKA_STORAGE_ERROR, "Log directory " + path + " is offline");
        }
        throw new AnswerException(Errors.LOG_DIR_NOT_FOUND, "Log dir " + path + " is not found in the config.");
    }

    /** @throws AnswerException INVALID_TOPIC_EXCEPTION if the topic's name is too long for its partitions to be moved */
    public static void ensureMovable(TopicPartition partition) {
        if (!LogFileNames.fitsFutureDirectory(partition)) {
            throw new AnswerException(Errors.INVALID_TOPIC_EXCEPTION, "The topic name is too long.");
        }
    }

    /** If the partition has no log yet, it shall be created in that directory. */
    public void prefer(TopicPartition partition, LogDirectory directory) {
        PartitionLog current = table.current(partition);
        PartitionLog future = table.future(partition);
        if (current != null && current.directory() == directory) return;
        if (future != null && future.directory() == directory) return;
        placement.wish(partition, directory);
    }

    /**
     * Creates an empty future log; the current one is not compacted before it is {@linkplain #drop dropped}.
     *
     * @throws AnswerException KAFKA_STORAGE_ERROR if any directory is offline: it may hold a future log already
     * @throws DirectoryOfflineException if the disk fails
     */
    public PartitionLog create(PartitionLog current, LogDirectory target) {
        TopicPartition partition = current.topicPartition();
        if (!checkpoints.directories().stream().allMatch(LogDirectory::online)) {
            throw new AnswerException(
                    Errors.KAFKA_STORAGE_ERROR,
                    "Cannot move the log of " + partition + " while a log directory is offline");
        }
        current.state().cleaning().holdCompaction();
        table.lock().lock();
        try {
            if (table.current(partition) != current) throw new AnswerException(Errors.UNKNOWN_TOPIC_OR_PARTITION);
            PartitionLog future = createIn(target, current);
            table.put(future);
            placement.forget(partition);
            return future;
        } catch (RuntimeException e) {
            current.state().cleaning().releaseCompaction();
            throw e;
        } finally {
            table.lock().unlock();
        }
    }

    private PartitionLog createIn(LogDirectory target, PartitionLog current) {
        LogCheckpoints written = checkpoints.of(target);
        // What is written there about an earlier log of that partition must not be taken for this one's.
        if (written.names(current.topicPartition())) written.writeForNewLog(table.in(target));
        PartitionLog future = opener.createFuture(target, current);
        future.state().cleaning().cleanedTo(current.state().cleaning().cleanedOffset());
        return future;
    }

    /**
     * Empties a future log that was found at the start if the current one was compacted since it was made: a copy of two
     * states of a log could hold a value whose tombstone it has missed.
     */
    public void validate(PartitionLog future, PartitionLog current) {
        long cleaned = current.state().cleaning().cleanedOffset();
        if (future.state().cleaning().cleanedOffset() == cleaned) return;
        LOG.info("A copy is made anew, the log was compacted: partition={}", current.topicPartition());
        future.truncateFullyAndStartAt(current.logStartOffset());
        future.state().cleaning().cleanedTo(cleaned);
    }

    /**
     * Reads whole batches of the current log, committed or not, to copy them.
     *
     * @return at least one, unless the log ends at {@code offset}
     * @throws AnswerException OFFSET_OUT_OF_RANGE
     */
    public MemoryRecords read(PartitionLog current, long offset, int maxBytes) {
        LogSlice slice =
                current.read(offset, maxBytes, FetchIsolation.LOG_END, true).records();
        return current.state().io("read", slice::records);
    }

    /** Appends what was read of the current log. */
    public void append(PartitionLog future, MemoryRecords records) {
        try {
            future.appendAsFollower(records);
        } catch (UnexpectedAppendOffsetException e) {
            // The current log starts in the middle of its first batch, and the future one with nothing.
            if (future.logEndOffset() > future.logStartOffset() || e.lastOffset() < future.logEndOffset()) throw e;
            future.truncateFullyAndStartAt(e.firstOffset());
            future.appendAsFollower(records);
        }
    }

    /** Removes the partition's future log, if there is one: it is gone at once, its files go later. */
    public void drop(TopicPartition partition) {
        table.lock().lock();
        try {
            PartitionLog future = table.removeFuture(partition);
            PartitionLog current = table.current(partition);
            if (current != null) current.state().cleaning().releaseCompaction();
            if (future != null) discard(future);
        } finally {
            table.lock().unlock();
        }
    }

    private void discard(PartitionLog future) {
        try {
            deletion.remove(future);
            LOG.info("Dropped a future log: partition={}", future.topicPartition());
        } catch (DirectoryOfflineException | AnswerException e) {
            LOG.warn("A future log stays where it is: partition={} reason={}", future.topicPartition(), e.getMessage());
        }
    }

    /**
     * Makes a future log the current one where there is no current one: the controller believes it to be the replica
     * (KAFKA-16082).
     */
    public void promote(PartitionLog future) {
        table.lock().lock();
        try {
            if (table.current(future.topicPartition()) != null) return;
            future.becomeCurrent();
            table.promote(future);
            future.start();
            LOG.warn("A future log has become the current one, which is gone: {}", future);
        } finally {
            table.lock().unlock();
        }
    }

    /**
     * Begins to put the future log in the current one's place, once it has nearly caught up. To be closed.
     *
     * @throws DirectoryOfflineException if a disk fails
     */
    public LogReplacement beginReplacement(PartitionLog current, PartitionLog future) {
        var replacement = new LogReplacement(table, checkpoints, deletion, current, future);
        replacement.prepare();
        return replacement;
    }
}
