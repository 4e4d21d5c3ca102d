package dev.heddle.replication;

import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.Waiter;
import dev.heddle.log.EpochEndOffset;
import dev.heddle.log.LogReplacement;
import dev.heddle.log.NoRoomException;
import dev.heddle.log.PartitionLog;
import java.util.Comparator;
import java.util.OptionalInt;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition's log is copied to another directory, while it is in use, until the copy can take its place. A {@code
 * ReplicaAlterLogDirsThread} runs it; any thread may cancel it and ask how far it is.
 */
final class Move implements Runnable, Comparable<Move> {

    private static final Logger LOG = LoggerFactory.getLogger(Move.class);

    /** So much is copied at once, at most; less where less than that is allowed in a second. */
    private static final int CHUNK_BYTES = 1 << 20;

    /** So many chunks are copied, at most, while appends wait. */
    private static final int LAST_CHUNKS = 2;

    /** How long to wait for room in the target directory, before the next attempt. */
    private static final long RETRY_MS = 1000;

    private static final Comparator<TopicPartition> ORDER =
            Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

    private final Partition partition;
    private final PartitionLog current;
    private final PartitionLog future;
    private final ReplicaMover mover;
    private final Waiter waiter;

    Move(Partition partition, PartitionLog current, PartitionLog future, ReplicaMover mover) {
        this.partition = partition;
        this.current = current;
        this.future = future;
        this.mover = mover;
        this.waiter = new Waiter(mover.time());
    }

    /** Partitions are moved in the order of their names (as Kafka does), so that some are done early. */
    @Override
    public int compareTo(Move other) {
        return ORDER.compare(partition.topicPartition(), other.partition.topicPartition());
    }

    boolean isBetween(PartitionLog from, PartitionLog to) {
        return current == from && future == to;
    }

    Partition partition() {
        return partition;
    }

    PartitionLog current() {
        return current;
    }

    PartitionLog future() {
        return future;
    }

    boolean isCancelled() {
        return waiter.isCancelled();
    }

    /** How many offsets the copy is behind. */
    long lag() {
        return Math.max(0, current.logEndOffset() - future.logEndOffset());
    }

    /** It ends soon, and does not take the log's place unless it is doing that at this moment. */
    void cancel() {
        waiter.cancel();
    }

    @Override
    public void run() {
        try {
            if (isWanted()) move();
            mover.ended(this);
        } catch (DirectoryOfflineException | AnswerException e) {
            mover.ended(this, e);
        } catch (RuntimeException e) {
            LOG.error("A replica cannot be moved: log={} to={}", current, future.directory(), e);
            mover.failed(this);
        }
    }

    /** Whether the copy may still take the log's place. */
    private boolean isWanted() {
        return !waiter.isCancelled() && partition.isLedWith(current);
    }

    private void move() {
        LOG.info("Moving a replica: log={} to={} from offset={}", current, future.directory(), future.logEndOffset());
        mover.futures().validate(future, current);
        truncateToCommonHistory();
        boolean done = false;
        while (!done && isWanted()) {
            try {
                done = !copyChunk(true) && replace();
            } catch (NoRoomException e) {
                LOG.debug("Waiting for room: log={} reason={}", future, e.getMessage());
                waiter.await(mover.time().deadlineAfterMs(RETRY_MS));
            }
        }
    }

    /** A crash may have taken from the current log what the copy has kept. */
    private void truncateToCommonHistory() {
        for (long end = future.logEndOffset(); ; end = future.logEndOffset()) {
            long common = Math.min(commonEnd(end), current.logEndOffset());
            if (common >= end) return;
            LOG.info("The copy has what the log does not have: log={} truncating to offset={}", future, common);
            if (common > future.logStartOffset()) future.truncateTo(common);
            else future.truncateFullyAndStartAt(current.logStartOffset());
        }
    }

    /** Where the two histories part, as far as one look at the leader epochs can tell (KIP-101). */
    private long commonEnd(long end) {
        OptionalInt latest = future.latestEpoch();
        if (latest.isEmpty()) return end;
        EpochEndOffset theirs = current.endOffsetForEpoch(latest.getAsInt());
        if (theirs.leaderEpoch() < 0) return future.logStartOffset();
        if (theirs.leaderEpoch() == latest.getAsInt()) return Math.min(end, theirs.endOffset());
        long own = future.endOffsetForEpoch(theirs.leaderEpoch()).endOffset();
        return Math.min(own < 0 ? future.logStartOffset() : own, theirs.endOffset());
    }

    /** Copies the next batches; false if there are none. */
    private boolean copyChunk(boolean throttled) {
        followLogStart();
        long from = future.logEndOffset();
        int maxBytes = throttled ? chunkBytes() : CHUNK_BYTES;
        MemoryRecords records = read(from, maxBytes);
        if (records == null) return true; // the log start has passed that offset
        if (records.sizeInBytes() == 0) return false;
        mover.futures().append(future, records);
        future.updateHighWatermark(current.highWatermark());
        long paidNanos = mover.throttle().used(records.sizeInBytes());
        while (throttled && paidNanos > mover.time().nanoseconds() && !waiter.isCancelled()) waiter.await(paidNanos);
        return true;
    }

    private int chunkBytes() {
        return (int) Math.max(1, Math.min(CHUNK_BYTES, mover.throttle().bytesPerSecond()));
    }

    private @Nullable MemoryRecords read(long offset, int maxBytes) {
        try {
            return mover.futures().read(current, offset, maxBytes);
        } catch (AnswerException e) {
            if (e.error() == Errors.OFFSET_OUT_OF_RANGE && offset < current.logStartOffset()) return null;
            throw e;
        }
    }

    /** What is deleted from the beginning of the log is not copied, or deleted from the copy too. */
    private void followLogStart() {
        long start = current.logStartOffset();
        if (start > future.logEndOffset()) {
            future.truncateFullyAndStartAt(start);
        } else if (start > future.logStartOffset()) {
            future.updateHighWatermark(current.highWatermark());
            future.deleteRecordsBefore(start);
            future.deleteOldSegments();
        }
    }

    /** Lets the copy, which has nearly caught up, take the log's place; false if it falls behind again. */
    private boolean replace() {
        try (LogReplacement replacement = mover.futures().beginReplacement(current, future)) {
            return partition.replaceLog(current, () -> {
                for (int i = 0; i < LAST_CHUNKS && isWanted(); i++) {
                    if (!copyChunk(false)) return replacement.replace();
                }
                return null;
            });
        }
    }

    @Override
    public String toString() {
        return "Move(" + current + " to " + future.directory() + ")";
    }
}
