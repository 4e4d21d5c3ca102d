package dev.heddle.replication;

import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.Waiter;
import dev.heddle.log.AppendOrigin;
import dev.heddle.log.AppendResult;
import dev.heddle.log.AppendTerms;
import dev.heddle.log.EpochEndOffset;
import dev.heddle.log.FetchIsolation;
import dev.heddle.log.LogConfig;
import dev.heddle.log.LogDirectory;
import dev.heddle.log.PartitionLog;
import dev.heddle.log.ReadResult;
import dev.heddle.log.TimestampOffset;
import dev.heddle.log.TransactionStart;
import dev.heddle.log.VerificationGuard;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.DeleteRecordsRequest;
import org.jspecify.annotations.Nullable;

/**
 * A partition that this broker holds a replica of. Any thread may call it; partitions share nothing that they could
 * contend for.
 *
 * <p>What a client cannot have is thrown as an {@link AnswerException}: NOT_LEADER_OR_FOLLOWER, KAFKA_STORAGE_ERROR or
 * UNKNOWN_TOPIC_OR_PARTITION by the partition's state, FENCED_LEADER_EPOCH or UNKNOWN_LEADER_EPOCH by the epoch that
 * the client believes in.
 *
 * <p>For maintainers: a record is <em>committed</em> when every in-sync replica has it; the high watermark is the first
 * offset that is not. Alone in sync, the leader commits by appending, so the log raises the high watermark in the same
 * step, and {@link #awaitCommitted} adds what a single replica needs on top: the disk. Appends hold the role's lock for
 * reading, so that no append ends up in the log under an epoch that is over.
 */
public final class Partition {

    /** For parameters that hold a leader epoch: the client does not know it. */
    public static final int UNKNOWN_EPOCH = RecordBatch.NO_PARTITION_LEADER_EPOCH;

    /** In place of a broker id: nobody leads, or nobody knows who does. */
    public static final int NO_LEADER = -1;

    private final int brokerId;
    private final TopicPartition topicPartition;
    private final Uuid topicId;
    private final PartitionWaiters waiters = new PartitionWaiters();
    private final TopicMeters meters;

    private final RoleHolder holder = new RoleHolder();

    /** One at a time decides where the partition is moved to; held over calls on both directories. */
    private final ReentrantLock moveLock = new ReentrantLock();

    Partition(int brokerId, TopicPartition topicPartition, Uuid topicId, TopicMeters meters) {
        this.brokerId = brokerId;
        this.topicPartition = topicPartition;
        this.topicId = topicId;
        this.meters = meters;
    }

    public TopicPartition topicPartition() {
        return topicPartition;
    }

    public Uuid topicId() {
        return topicId;
    }

    /** The meters of the partition's topic. */
    public TopicMeters meters() {
        return meters;
    }

    Role role() {
        return holder.current();
    }

    private Role.Leader leader() {
        Role current = role();
        if (current instanceof Role.Leader leader && leader.log().directory().online()) return leader;
        throw new AnswerException(current instanceof Role.Leader ? Errors.KAFKA_STORAGE_ERROR : current.error());
    }

    private Role.Leader leader(int currentLeaderEpoch) {
        Role current = role();
        if (currentLeaderEpoch != UNKNOWN_EPOCH && current.leaderEpoch() != UNKNOWN_EPOCH) {
            if (currentLeaderEpoch < current.leaderEpoch()) throw new AnswerException(Errors.FENCED_LEADER_EPOCH);
            if (currentLeaderEpoch > current.leaderEpoch()) throw new AnswerException(Errors.UNKNOWN_LEADER_EPOCH);
        }
        return leader();
    }

    /** Why this broker cannot lead the partition now; NONE if it does. */
    public Errors error() {
        Role current = role();
        if (current instanceof Role.Leader leader && !leader.log().directory().online())
            return Errors.KAFKA_STORAGE_ERROR;
        return current.error();
    }

    /** Throws unless this broker leads the partition, in the epoch that the client believes in. */
    public void ensureLeader(int currentLeaderEpoch) {
        leader(currentLeaderEpoch);
    }

    /** The log of the leader. */
    public PartitionLog log() {
        return leader().log();
    }

    /** Who leads the partition, or {@link #NO_LEADER}: as of the metadata change that was heard of last. */
    public int leaderId() {
        return switch (role()) {
            case Role.Leader ignored -> brokerId;
            case Role.NotLeader other -> other.leaderId();
            case Role.Offline ignored -> NO_LEADER;
            case Role.Deleted ignored -> NO_LEADER;
        };
    }

    /** The current leader epoch. */
    public int leaderEpoch() {
        return role().leaderEpoch();
    }

    /** First offset that is not committed. */
    public long highWatermark() {
        return log().highWatermark();
    }

    /** Ids of the brokers that are in sync; empty unless this broker leads. */
    public Set<Integer> isr() {
        return role() instanceof Role.Leader leader ? leader.isr() : Set.of();
    }

    /**
     * Appends records, raises the high watermark as far as that commits them, and wakes whoever waits.
     *
     * @param requiredAcks -1 asks that enough replicas are in sync: NOT_ENOUGH_REPLICAS otherwise. To wait until the
     *     records are committed is the caller's affair: {@link #awaitCommitted}.
     */
    public AppendResult append(MemoryRecords records, AppendTerms terms, short requiredAcks) {
        meters.mark(TopicMeter.TOTAL_PRODUCE_REQUESTS);
        AppendResult result;
        try {
            result = appendToLog(records, terms, requiredAcks);
        } catch (RuntimeException e) {
            meters.markFailure(e);
            throw e;
        }
        meters.mark(TopicMeter.BYTES_IN, records.sizeInBytes());
        meters.mark(TopicMeter.MESSAGES_IN, result.recordCount());
        waiters.wakeAll();
        return result;
    }

    private AppendResult appendToLog(MemoryRecords records, AppendTerms terms, short requiredAcks) {
        return holder.whileUnchanged(() -> {
            Role.Leader leader = leader();
            if (requiredAcks == -1 && leader.isUnderMinIsr()) throw notEnoughReplicas(leader);
            return leader.log().appendAsLeader(records, leader.leaderEpoch(), terms);
        });
    }

    /** As {@link #append(MemoryRecords, AppendTerms, short)}, without terms beyond the origin. */
    public AppendResult append(MemoryRecords records, AppendOrigin origin, short requiredAcks) {
        return append(records, AppendTerms.of(origin), requiredAcks);
    }

    /**
     * Begins to verify a transaction that is about to write here (KIP-890).
     *
     * @return null if the transaction has records here already: then there is nothing to verify
     * @throws AnswerException also with INVALID_PRODUCER_EPOCH
     */
    public @Nullable VerificationGuard startVerification(TransactionStart transaction) {
        return ask(UNKNOWN_EPOCH, leader -> leader.log().startVerification(transaction));
    }

    private AnswerException notEnoughReplicas(Role.Leader leader) {
        return new AnswerException(
                Errors.NOT_ENOUGH_REPLICAS,
                "The size of the current ISR " + leader.isr()
                        + " is insufficient to satisfy the min.isr requirement of " + leader.effectiveMinIsr()
                        + " for partition " + topicPartition);
    }

    /**
     * Asks that everything below {@code endOffset} be committed soon, without waiting: whoever is going to
     * {@linkplain #awaitCommitted await} several partitions asks all of them first, so that they share the disk's time.
     */
    public void requestCommit(long endOffset) {
        Role.Leader leader = leader();
        if (mustBeDurable(leader)) leader.log().requestDurable(endOffset);
    }

    /**
     * Waits until everything below {@code endOffset} is committed: every in-sync replica has it, and if there is but one,
     * its disk has it.
     *
     * @param deadlineNanos a value of {@link dev.heddle.common.Time#nanoseconds()}
     * @return false if the deadline passed or the waiter was cancelled
     * @throws AnswerException also with NOT_ENOUGH_REPLICAS_AFTER_APPEND, if replicas went out of sync meanwhile
     */
    public boolean awaitCommitted(long endOffset, Waiter waiter, long deadlineNanos) {
        if (!awaitHighWatermark(endOffset, waiter, deadlineNanos)) return false;
        if (!ask(UNKNOWN_EPOCH, leader -> isDurable(leader, endOffset, waiter, deadlineNanos))) return false;
        if (leader().isUnderMinIsr()) throw new AnswerException(Errors.NOT_ENOUGH_REPLICAS_AFTER_APPEND);
        return true;
    }

    private static boolean isDurable(Role.Leader leader, long endOffset, Waiter waiter, long deadlineNanos) {
        return !mustBeDurable(leader) || leader.log().awaitDurable(endOffset, waiter, deadlineNanos);
    }

    private static boolean mustBeDurable(Role.Leader leader) {
        return leader.log().config().acknowledgeFromDisk(leader.isr().size());
    }

    private boolean awaitHighWatermark(long endOffset, Waiter waiter, long deadlineNanos) {
        if (highWatermark() >= endOffset) return true;
        register(waiter);
        try {
            while (highWatermark() < endOffset) {
                if (waiter.await(deadlineNanos) != Waiter.Outcome.WOKEN) return highWatermark() >= endOffset;
            }
            return true;
        } finally {
            deregister(waiter);
        }
    }

    /** From now on wakes {@code waiter} at each append, rise of the high watermark and change of leadership. */
    public void register(Waiter waiter) {
        waiters.add(waiter);
    }

    /** Ends what {@link #register} began. */
    public void deregister(Waiter waiter) {
        waiters.remove(waiter);
    }

    /** How many waiters are registered. */
    public int waiting() {
        return waiters.size();
    }

    /**
     * Reads whole batches.
     *
     * @param minOneMessage return the first batch even if it is larger than {@code maxBytes}
     * @param currentLeaderEpoch what the reader believes, or {@link #UNKNOWN_EPOCH}
     * @throws AnswerException also with OFFSET_OUT_OF_RANGE
     */
    public ReadResult read(
            long offset, int maxBytes, FetchIsolation isolation, boolean minOneMessage, int currentLeaderEpoch) {
        return ask(currentLeaderEpoch, leader -> leader.log().read(offset, maxBytes, isolation, minOneMessage));
    }

    /**
     * Where a reader's history parts from the leader's (KIP-595): the end of the largest epoch that both know.
     *
     * @param fetchOffset the reader's next offset
     * @param lastFetchedEpoch the epoch of the record before it
     * @return null if the reader's history is the leader's
     * @throws AnswerException also with OFFSET_OUT_OF_RANGE, if the epoch is not known here or the offset is gone
     */
    public @Nullable EpochEndOffset divergence(long fetchOffset, int lastFetchedEpoch, int currentLeaderEpoch) {
        PartitionLog log = leader(currentLeaderEpoch).log();
        EpochEndOffset end = log.endOffsetForEpoch(lastFetchedEpoch);
        if (end.leaderEpoch() < 0 || end.endOffset() < 0 || fetchOffset < log.logStartOffset())
            throw new AnswerException(Errors.OFFSET_OUT_OF_RANGE);
        return end.leaderEpoch() < lastFetchedEpoch || end.endOffset() < fetchOffset ? end : null;
    }

    /** The offset up to which a reader of that isolation may see. */
    public long visibleEndOffset(FetchIsolation isolation) {
        return OffsetLookup.visibleEndOffset(leader().log(), isolation);
    }

    /**
     * Looks up an offset by timestamp, or by one of the special values of {@link ListOffsetsRequest}.
     *
     * @param isolation {@link FetchIsolation#LOG_END} for anyone who is not a consumer
     * @throws AnswerException also with OFFSET_NOT_AVAILABLE, while a new leader does not know the high watermark yet
     */
    public TimestampOffset offsetForTimestamp(long timestamp, FetchIsolation isolation, int currentLeaderEpoch) {
        return ask(currentLeaderEpoch, leader -> OffsetLookup.find(leader, timestamp, isolation));
    }

    /** The end of the largest epoch up to {@code leaderEpoch} in the leader's log. */
    public EpochEndOffset endOffsetForEpoch(int leaderEpoch, int currentLeaderEpoch) {
        return ask(currentLeaderEpoch, leader -> leader.log().endOffsetForEpoch(leaderEpoch));
    }

    /**
     * Raises the log start offset, so that the records before it are gone.
     *
     * @param offset {@link DeleteRecordsRequest#HIGH_WATERMARK} for all that is committed
     * @return the low watermark: the lowest log start offset of all replicas
     * @throws AnswerException also with POLICY_VIOLATION where the topic is compacted only, or OFFSET_OUT_OF_RANGE
     */
    public long deleteRecords(long offset) {
        long logStartOffset = holder.whileUnchanged(() -> {
            PartitionLog log = leader().log();
            ensureDeletable(log.config());
            long before = offset == DeleteRecordsRequest.HIGH_WATERMARK ? log.highWatermark() : offset;
            if (before < 0) throw new AnswerException(Errors.OFFSET_OUT_OF_RANGE);
            return log.deleteRecordsBefore(before);
        });
        waiters.wakeAll();
        return logStartOffset;
    }

    private void ensureDeletable(LogConfig config) {
        if (!config.compact() || config.delete()) return;
        throw new AnswerException(
                Errors.POLICY_VIOLATION,
                "Records of partition " + topicPartition + " can not be deleted due to the configured policy");
    }

    /** Leads the partition from now on, unless something newer is known already. Called with metadata changes only. */
    void becomeLeader(
            PartitionLog log, int leaderEpoch, int partitionEpoch, List<Integer> replicas, List<Integer> isr) {
        holder.becomeLeader(log, leaderEpoch, partitionEpoch, replicas, isr);
        waiters.wakeAll();
    }

    /** Another broker leads the partition, or none. Called with metadata changes only. */
    void resign(int leaderId, int leaderEpoch, int partitionEpoch) {
        become(before -> new Role.NotLeader(leaderId, leaderEpoch, partitionEpoch));
    }

    /** A directory has failed; it need not be the partition's. */
    void goOffline(LogDirectory failed) {
        become(before -> before instanceof Role.Leader leader && leader.log().directory() != failed
                ? before
                : new Role.Offline(before.leaderEpoch(), before.partitionEpoch()));
    }

    /** The partition's log cannot be used. */
    void goOffline() {
        become(before -> new Role.Offline(before.leaderEpoch(), before.partitionEpoch()));
    }

    /** The partition was deleted. Called with metadata changes only. */
    void delete() {
        become(before -> new Role.Deleted(before.leaderEpoch(), before.partitionEpoch()));
    }

    private void become(UnaryOperator<Role> change) {
        if (holder.change(change)) waiters.wakeAll();
    }

    /**
     * The leader's records go on in another log. While that is decided nobody appends, and the role stays what it is.
     *
     * @param replacement gives the other log, which has the same records; null if it is not to be now
     * @return whether the partition was led with {@code replaced}, and is led with the other log now
     */
    boolean replaceLog(PartitionLog replaced, Supplier<@Nullable PartitionLog> replacement) {
        boolean done = holder.replaceLog(replaced, replacement);
        if (done) waiters.wakeAll();
        return done;
    }

    /** Whether this broker leads the partition with its records in that log. */
    boolean isLedWith(PartitionLog log) {
        return role() instanceof Role.Leader leader && leader.log() == log;
    }

    ReentrantLock moveLock() {
        return moveLock;
    }

    /** Waits until no change of the role, and no replacement of the log, is under way. */
    void awaitSettled() {
        holder.settled();
    }

    /** Asks the leader's log; if that has just been replaced by another one, asks that one. */
    private <T extends @Nullable Object> T ask(int currentLeaderEpoch, Function<Role.Leader, T> question) {
        Role.Leader leader = leader(currentLeaderEpoch);
        try {
            return question.apply(leader);
        } catch (AnswerException | DirectoryOfflineException e) {
            if (!leader.log().isGone() || !(holder.settled() instanceof Role.Leader now) || now.log() == leader.log())
                throw e;
            return question.apply(now);
        }
    }
}
