package dev.heddle.coordinator.delivery;

import dev.heddle.common.AnswerException;
import dev.heddle.common.ManagedWait;
import dev.heddle.common.Scheduler;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.coordinator.ShareGroupSettings;
import dev.heddle.coordinator.ShareState;
import dev.heddle.coordinator.ShareState.SharePartitionKey;
import dev.heddle.coordinator.ShareState.StateBatch;
import dev.heddle.log.FetchIsolation;
import dev.heddle.log.LogSlice;
import dev.heddle.log.ReadResult;
import dev.heddle.log.SlicedBatch;
import dev.heddle.replication.Partition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.message.ShareFetchResponseData.AcquiredRecords;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One share group's part in one partition that this broker leads. Any thread may call it; who changes something waits
 * until that is written down.
 *
 * <p>For maintainers: {@link #lock} is held for moments, over no file and no call to anyone. The fetch lock makes those
 * who want records come one after another, so that each reads what the others left; it is held over the reading of the
 * log. {@link StateWriter} writes with neither of them held. A share partition stands for one leader epoch: what belongs to
 * another one, or was {@linkplain #close() closed}, gives nothing out and takes nothing in any more.
 */
public final class SharePartition {

    private static final Logger LOG = LoggerFactory.getLogger(SharePartition.class);

    /** What it works with. */
    record Context(ShareState store, ShareGroupSettings settings, Time time, Scheduler scheduler) {}

    private final SharePartitionKey key;
    private final Partition partition;
    private final int leaderEpoch;
    private final int stateEpoch;
    private final InFlight inFlight;
    private final Context context;
    private final SharePartitionMetrics metrics;
    private final Consumer<SharePartition> whenFenced;
    private final StateWriter writer = new StateWriter(new Writing());
    private final FetchWaiters waiters = new FetchWaiters();
    private final LockExpiry expiry;

    /** Guards {@link #inFlight}, {@link #expiry} and the order in which changes come to the writer. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Held by who is acquiring records. */
    private final ReentrantLock fetchLock = new ReentrantLock();

    /** Whether it is out of use; set once. */
    private volatile boolean closed;

    /** What was read of a share partition when its leader began. */
    record Loaded(SharePartitionKey key, Partition partition, int leaderEpoch, int stateEpoch, InFlight inFlight) {}

    /** @param whenFenced is told, without any lock held, that somebody else has the say now */
    SharePartition(Loaded loaded, Context context, SharePartitionMetrics metrics, Consumer<SharePartition> whenFenced) {
        key = loaded.key;
        partition = loaded.partition;
        leaderEpoch = loaded.leaderEpoch;
        stateEpoch = loaded.stateEpoch;
        inFlight = loaded.inFlight;
        this.context = context;
        this.metrics = metrics;
        this.whenFenced = whenFenced;
        expiry = new LockExpiry(context.time, context.scheduler, this::expireLocks);
    }

    void start() {
        metrics.show(() -> locked(() -> inFlight.runs().size()), () -> (long) locked(inFlight::batchCount));
    }

    SharePartitionKey key() {
        return key;
    }

    /** The partition. */
    public Partition partition() {
        return partition;
    }

    /** First offset that the group is not done with. */
    public long startOffset() {
        return locked(() -> inFlight.runs().start());
    }

    /** Whether it still has the say: its leader epoch is the partition's, and nobody has closed it. */
    public boolean isCurrent() {
        return !closed && partition.error() == Errors.NONE && partition.leaderEpoch() == leaderEpoch;
    }

    /** It is out of use: who waits is woken, and finds it so. */
    void close() {
        closed = true;
        metrics.hide();
        waiters.wakeAll();
    }

    /** From now on wakes {@code waiter} when there may be records to acquire. */
    public void register(Waiter waiter) {
        partition.register(waiter);
        waiters.add(waiter);
    }

    /** Ends what {@link #register} began. */
    public void deregister(Waiter waiter) {
        waiters.remove(waiter);
        partition.deregister(waiter);
    }

    /**
     * How many bytes a member could have now, about.
     *
     * @param maxBytes more are not looked for, unless the first batch alone is larger
     * @throws AnswerException if the partition cannot be read
     */
    public int availableBytes(int maxBytes) {
        long offset = fetchOffset();
        if (offset < 0) return 0;
        ReadResult read = read(offset, maxBytes, true);
        return read == null ? 0 : read.records().sizeInBytes();
    }

    /** @return -1 if there is nothing to be had */
    private long fetchOffset() {
        if (!isCurrent()) return -1;
        int maxInFlight = context.settings.partitionMaxRecordLocks(key.groupId());
        long offset = locked(() -> inFlight.hasRoom(maxInFlight) ? inFlight.nextFetchOffset() : -1);
        return offset < partition.visibleEndOffset(isolation()) ? offset : -1;
    }

    private FetchIsolation isolation() {
        return context.settings.readCommitted(key.groupId())
                ? FetchIsolation.TXN_COMMITTED
                : FetchIsolation.HIGH_WATERMARK;
    }

    /** @return null if the log begins behind the offset now, and start has moved there */
    private @Nullable ReadResult read(long offset, int maxBytes, boolean minOneBatch) {
        try {
            return partition.read(offset, maxBytes, isolation(), minOneBatch, leaderEpoch);
        } catch (AnswerException e) {
            if (e.error() != Errors.OFFSET_OUT_OF_RANGE) throw e;
            moveStart(partition.log().logStartOffset());
            return null;
        }
    }

    private void moveStart(long logStartOffset) {
        locked(() -> {
            inFlight.moveStart(logStartOffset);
            return true;
        });
        waiters.wakeAll();
    }

    /**
     * Gives records to a member. They are its own until it {@linkplain #acknowledge says} what became of them, or until
     * its time is over.
     *
     * @param maxBytes of the batches that hold them
     * @param minOneBatch give the first batch even if it alone is larger
     * @throws AnswerException if the partition cannot be read
     */
    public Delivery acquire(ShareReader reader, int maxBytes, int maxRecords, boolean minOneBatch) {
        ManagedWait.lock(fetchLock);
        metrics.fetchLockTaken();
        try {
            long offset = fetchOffset();
            if (offset < 0 || maxRecords <= 0) return Delivery.NOTHING;
            ReadResult read = read(offset, maxBytes, minOneBatch);
            return read == null ? Delivery.TRY_AGAIN : acquire(reader, maxRecords, read);
        } finally {
            metrics.fetchLockGivenBack();
            fetchLock.unlock();
        }
    }

    private Delivery acquire(ShareReader reader, int maxRecords, ReadResult read) {
        long next = locked(() -> inFlight.runs().next());
        List<SlicedBatch> batches = batchesOf(read, Math.max(next, read.fetchOffset()) + maxRecords);
        if (batches.isEmpty()) return Delivery.NOTHING;
        List<AcquiredRecords> acquired = locked(() -> acquire(reader, maxRecords, read, batches));
        if (!acquired.isEmpty()) {
            return new Delivery(covering(read, batches, acquired), acquired, false);
        }
        boolean moved = locked(inFlight::nextFetchOffset) != read.fetchOffset();
        return moved ? Delivery.TRY_AGAIN : Delivery.NOTHING;
    }

    private List<SlicedBatch> batchesOf(ReadResult read, long untilOffset) {
        try {
            return read.records().batches(untilOffset);
        } catch (IOException e) {
            LOG.error("The records of a share group cannot be read: partition={}", partition.topicPartition(), e);
            throw new AnswerException(Errors.KAFKA_STORAGE_ERROR);
        }
    }

    private List<AcquiredRecords> acquire(
            ShareReader reader, int maxRecords, ReadResult read, List<SlicedBatch> batches) {
        if (closed) return List.of();
        var acquisition = new Acquisition(inFlight.runs(), terms(reader, maxRecords), batches);
        List<AcquiredRecords> acquired = acquisition.acquire(read.fetchOffset(), read.abortedTransactions());
        acquisition.newBatchSizes().forEach(metrics::batchInFlight);
        planExpiry();
        return acquired;
    }

    private Acquisition.Terms terms(ShareReader reader, int maxRecords) {
        ShareGroupSettings settings = context.settings;
        return new Acquisition.Terms(
                new Run.Hold(reader.memberId(), holdUntilNanos()),
                reader.recordLimit(),
                reader.batchSize(),
                maxRecords,
                settings.deliveryCountLimit(key.groupId()),
                settings.partitionMaxRecordLocks(key.groupId()));
    }

    private long holdUntilNanos() {
        return context.time.deadlineAfterMs(context.settings.recordLockDurationMs(key.groupId()));
    }

    private void planExpiry() {
        expiry.plan(inFlight.nextDeadlineNanos(context.time.nanoseconds()));
    }

    /** The batches from the first that holds an acquired record to the last. */
    private static LogSlice covering(ReadResult read, List<SlicedBatch> batches, List<AcquiredRecords> acquired) {
        long first = acquired.getFirst().firstOffset();
        long last = acquired.getLast().lastOffset();
        int from = -1;
        int to = 0;
        for (SlicedBatch batch : batches) {
            if (batch.lastOffset() < first) continue;
            if (batch.baseOffset() > last) break;
            if (from < 0) from = batch.position();
            to = batch.position() + batch.sizeInBytes();
        }
        return from < 0 ? LogSlice.EMPTY : read.records().part(from, to - from);
    }

    /**
     * A member says what became of its records: all of it holds, or nothing. Waits until it is written down.
     *
     * @throws AnswerException INVALID_RECORD_STATE, INVALID_REQUEST, or what the coordinator says
     */
    void acknowledge(String memberId, List<Acknowledgement> acknowledgements) {
        boolean mayRenew = context.settings.renewAcknowledgeEnabled(key.groupId());
        Long renewedUntil = mayRenew ? holdUntilNanos() : null;
        change(maxDeliveryCount -> inFlight.acknowledge(memberId, acknowledgements, maxDeliveryCount, renewedUntil));
    }

    /** A member gives back all that it has. Waits until that is written down. */
    void release(String memberId) {
        change(maxDeliveryCount -> inFlight.release(memberId, maxDeliveryCount));
    }

    private interface Decider {
        Change decide(int maxDeliveryCount);
    }

    private void change(Decider decider) {
        Change change = locked(() -> {
            if (closed) throw new AnswerException(Errors.NOT_LEADER_OR_FOLLOWER);
            Change decided = decider.decide(maxDeliveryCount());
            writer.add(decided);
            return decided;
        });
        writer.await(change);
    }

    private int maxDeliveryCount() {
        return context.settings.deliveryCountLimit(key.groupId());
    }

    /** Takes away what members have had for too long. */
    void expireLocks() {
        Change expired = locked(() -> {
            expiry.looked();
            Change change = closed ? new Change() : inFlight.expire(context.time.nanoseconds(), maxDeliveryCount());
            writer.add(change);
            if (!closed) planExpiry();
            return change;
        });
        if (expired.isEmpty()) return;
        metrics.locksTimedOut(expired.records());
        waiters.wakeAll();
        try {
            writer.await(expired);
        } catch (AnswerException e) {
            LOG.debug("The end of acquisition locks is not written down: partition={} error={}", key, e.error());
        }
    }

    private <T> T locked(Supplier<T> work) {
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String toString() {
        return key.groupId() + ":" + partition.topicPartition();
    }

    /** Writes to the coordinator, and tells the partition what came of it. */
    private final class Writing implements StateWriter.Target {

        /** Whether somebody else has the say now; belongs to who is writing. */
        private boolean fenced;

        @Override
        public void write(List<Change> changes) {
            List<StateBatch> batches = new ArrayList<>();
            changes.forEach(change -> batches.addAll(change.batches()));
            ShareState.State state = locked(() -> new ShareState.State(
                    stateEpoch, leaderEpoch, inFlight.runs().start(), inFlight.deliveryCompleteCount(), batches));
            try {
                // Nobody's own waiter: what was decided is written down though the one who said so has gone.
                context.store.write(key, state, new Waiter(context.time));
            } catch (AnswerException e) {
                fenced = StateErrors.isFenced(e);
                throw StateErrors.translated(e);
            }
        }

        @Override
        public void conclude(List<Change> changes, @Nullable AnswerException failure) {
            int maxInFlight = context.settings.partitionMaxRecordLocks(key.groupId());
            boolean news = locked(() -> {
                boolean hadRoom = inFlight.hasRoom(maxInFlight);
                for (Change change : changes) {
                    if (failure == null) inFlight.commit(change);
                    else inFlight.rollBack(change, context.time.nanoseconds(), maxDeliveryCount());
                }
                planExpiry();
                boolean cameBack = inFlight.nextFetchOffset() < inFlight.runs().next();
                return cameBack || (!hadRoom && inFlight.hasRoom(maxInFlight));
            });
            if (news) waiters.wakeAll();
            if (fenced) whenFenced.accept(SharePartition.this);
        }
    }
}
