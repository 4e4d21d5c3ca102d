package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.common.Waiter;
import dev.heddle.log.AbortedTxn;
import dev.heddle.log.EpochEndOffset;
import dev.heddle.log.FetchIsolation;
import dev.heddle.log.LogSlice;
import dev.heddle.log.ReadResult;
import dev.heddle.replication.Partition;
import dev.heddle.replication.ReplicaManager;
import dev.heddle.replication.TopicMeter;
import dev.heddle.security.Access;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.FetchResponseData.AbortedTransaction;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;

/**
 * One Fetch request on its way through the partitions. Belongs to the request's thread.
 *
 * <p>For maintainers: partitions are read in the order of the request within one budget of bytes, and the first batch of
 * the first partition that has any is sent whatever its size. While the request waits, only a partition that has moved
 * on since its last read is read again, within what the others leave of the budget.
 */
final class FetchOperation {

    /** First version whose response says who leads (KIP-951). */
    private static final short FIRST_WITH_LEADER_HINTS = 16;

    /** Up to this version clients take KAFKA_STORAGE_ERROR for something that cannot pass. */
    private static final short LAST_WITHOUT_STORAGE_ERROR = 5;

    private final FetchTerms terms;
    private final List<FetchTarget> targets;
    private final ReplicaManager replicaManager;

    /** For each target: its partition, null if there is none. */
    private final @Nullable Partition[] partitions;

    /** For each target: its answer so far. */
    private final PartitionData[] answers;

    /** For each target: how far it reached when it was last read. */
    private final long[] seenEndOffsets;

    /** For each target: the size of its records in the answer. */
    private final int[] sizes;

    private int totalSize;
    private boolean mustAnswerNow;

    FetchOperation(FetchTerms terms, List<FetchTarget> targets, ReplicaManager replicaManager) {
        this.terms = terms;
        this.targets = targets;
        this.replicaManager = replicaManager;
        partitions = new Partition[targets.size()];
        answers = new PartitionData[targets.size()];
        seenEndOffsets = new long[targets.size()];
        sizes = new int[targets.size()];
    }

    FetchTerms terms() {
        return terms;
    }

    /** Reads every partition for the first time, as far as the sender may. */
    void readAll(Access access) {
        Predicate<FetchTarget> readable = readable(access);
        boolean anyKnown = false;
        boolean anyFailed = false;
        for (int i = 0; i < answers.length; i++) {
            Partition partition = find(i, readable);
            if (partition == null) {
                anyFailed |= answers[i].errorCode() == Errors.NOT_LEADER_OR_FOLLOWER.code();
                continue;
            }
            anyKnown = true;
            partition.meters().mark(TopicMeter.TOTAL_FETCH_REQUESTS);
            anyFailed |= !read(i, partition);
        }
        mustAnswerNow = !anyKnown || anyFailed || terms.maxWaitMs() <= 0;
    }

    /** Whether there is nothing to wait for. */
    boolean isSatisfied() {
        return mustAnswerNow || totalSize >= terms.minBytes();
    }

    /** Followers read whatever there is, or nothing; consumers need a permission for each topic. */
    private Predicate<FetchTarget> readable(Access access) {
        if (access.isUnrestricted()) return target -> true;
        if (terms.fromFollower()) {
            boolean allowed = access.allowsOnCluster(AclOperation.CLUSTER_ACTION);
            return target -> allowed;
        }
        List<String> topics = targets.stream()
                .map(FetchTarget::topic)
                .filter(Objects::nonNull)
                .toList();
        Predicate<String> allowed = access.allowed(AclOperation.READ, ResourceType.TOPIC, topics);
        return target -> target.topic() == null || allowed.test(target.topic());
    }

    private @Nullable Partition find(int i, Predicate<FetchTarget> readable) {
        FetchTarget target = targets.get(i);
        TopicPartition topicPartition = target.topicPartition();
        if (!readable.test(target)) {
            answers[i] = FetchResponse.partitionResponse(target.partition(), Errors.TOPIC_AUTHORIZATION_FAILED);
            return null;
        }
        if (topicPartition == null) {
            answers[i] = FetchResponse.partitionResponse(target.partition(), Errors.UNKNOWN_TOPIC_ID);
            return null;
        }
        try {
            return partitions[i] = replicaManager.replica(topicPartition);
        } catch (AnswerException e) {
            answers[i] = FetchResponse.partitionResponse(target.partition(), e.error());
            return null;
        }
    }

    /** @return whether the partition could be read and need not be answered for its own sake */
    private boolean read(int i, Partition partition) {
        FetchTarget target = targets.get(i);
        totalSize -= sizes[i];
        sizes[i] = 0;
        try {
            ensureReadable(target, partition);
            // Taken before the read: what comes in between is noticed as news, at worst once too often.
            seenEndOffsets[i] = partition.visibleEndOffset(terms.isolation());
            EpochEndOffset divergence = divergenceOf(target, partition);
            if (divergence != null) {
                answers[i] = diverging(target, partition, divergence);
                return false;
            }
            int budget = Math.max(0, Math.min(target.maxBytes(), terms.maxBytes() - totalSize));
            ReadResult result = partition.read(
                    target.fetchOffset(), budget, terms.isolation(), totalSize == 0, target.currentLeaderEpoch());
            sizes[i] = result.records().sizeInBytes();
            totalSize += sizes[i];
            answers[i] = answer(target, result);
            return true;
        } catch (RuntimeException e) {
            answers[i] = failed(target, partition, e);
            return false;
        }
    }

    private static PartitionData failed(FetchTarget target, @Nullable Partition partition, RuntimeException failure) {
        Errors error = partition == null
                ? Errors.UNKNOWN_SERVER_ERROR
                : PartitionErrors.of(partition.topicPartition(), failure);
        if (error == Errors.UNKNOWN_SERVER_ERROR && partition != null)
            partition.meters().mark(TopicMeter.FAILED_FETCH_REQUESTS);
        return FetchResponse.partitionResponse(target.partition(), error);
    }

    private void ensureReadable(FetchTarget target, Partition partition) {
        partition.ensureLeader(target.currentLeaderEpoch());
        if (!target.topicId().equals(Uuid.ZERO_UUID) && !target.topicId().equals(partition.topicId()))
            throw new AnswerException(Errors.INCONSISTENT_TOPIC_ID);
        if (terms.fromFollower()) {
            // A broker that is not known to hold the partition: it retries until both have the same metadata.
            boolean knowsEpoch = target.currentLeaderEpoch() != Partition.UNKNOWN_EPOCH;
            throw new AnswerException(knowsEpoch ? Errors.UNKNOWN_LEADER_EPOCH : Errors.NOT_LEADER_OR_FOLLOWER);
        }
    }

    private static @Nullable EpochEndOffset divergenceOf(FetchTarget target, Partition partition) {
        if (target.lastFetchedEpoch() < 0) return null;
        return partition.divergence(target.fetchOffset(), target.lastFetchedEpoch(), target.currentLeaderEpoch());
    }

    private static PartitionData diverging(FetchTarget target, Partition partition, EpochEndOffset divergence) {
        PartitionData answer = FetchResponse.partitionResponse(target.partition(), Errors.NONE)
                .setHighWatermark(partition.log().highWatermark())
                .setLastStableOffset(partition.log().lastStableOffset())
                .setLogStartOffset(partition.log().logStartOffset());
        answer.divergingEpoch().setEpoch(divergence.leaderEpoch()).setEndOffset(divergence.endOffset());
        return answer;
    }

    private PartitionData answer(FetchTarget target, ReadResult result) {
        return new PartitionData()
                .setPartitionIndex(target.partition())
                .setHighWatermark(result.highWatermark())
                .setLastStableOffset(result.lastStableOffset())
                .setLogStartOffset(result.logStartOffset())
                .setAbortedTransactions(aborted(result))
                .setRecords(result.records());
    }

    private @Nullable List<AbortedTransaction> aborted(ReadResult result) {
        if (terms.isolation() != FetchIsolation.TXN_COMMITTED) return null;
        List<AbortedTransaction> aborted =
                new ArrayList<>(result.abortedTransactions().size());
        for (AbortedTxn transaction : result.abortedTransactions()) {
            aborted.add(new AbortedTransaction()
                    .setProducerId(transaction.producerId())
                    .setFirstOffset(transaction.firstOffset()));
        }
        return aborted;
    }

    /**
     * Waits until there is enough to answer.
     *
     * @return WOKEN if there is, TIMED_OUT if the client must be content with less, CANCELLED if it has gone
     */
    Waiter.Outcome awaitMore(Waiter waiter, long deadlineNanos) {
        for (Partition partition : partitions) if (partition != null) partition.register(waiter);
        try {
            while (true) {
                readNews();
                if (isSatisfied()) return Waiter.Outcome.WOKEN;
                Waiter.Outcome outcome = waiter.await(deadlineNanos);
                if (outcome == Waiter.Outcome.WOKEN) continue;
                if (outcome == Waiter.Outcome.TIMED_OUT) readNews();
                return outcome;
            }
        } finally {
            for (Partition partition : partitions) if (partition != null) partition.deregister(waiter);
        }
    }

    private void readNews() {
        for (int i = 0; i < partitions.length; i++) {
            Partition partition = partitions[i];
            if (partition != null && hasNews(i, partition)) mustAnswerNow |= !read(i, partition);
        }
    }

    private boolean hasNews(int i, Partition partition) {
        if (partition.error() != Errors.NONE) return true;
        int epoch = targets.get(i).currentLeaderEpoch();
        if (epoch != Partition.UNKNOWN_EPOCH && epoch != partition.leaderEpoch()) return true;
        try {
            return partition.visibleEndOffset(terms.isolation()) != seenEndOffsets[i];
        } catch (AnswerException e) {
            return true;
        }
    }

    /** Waits until all that is to be sent is in memory, so that no Processor waits for a disk. */
    void load() {
        for (int i = 0; i < answers.length; i++) {
            if (sizes[i] > 0 && answers[i].records() instanceof LogSlice records) load(i, records);
        }
    }

    private void load(int i, LogSlice records) {
        try {
            records.load();
        } catch (RuntimeException e) {
            answers[i] = failed(targets.get(i), partitions[i], e);
            sizes[i] = 0;
        }
    }

    /** One answer for each target, as clients of that version understand it. */
    List<PartitionData> answers(short version, LeaderHints hints) {
        for (int i = 0; i < answers.length; i++) {
            Partition partition = partitions[i];
            if (partition != null && sizes[i] > 0) partition.meters().mark(TopicMeter.BYTES_OUT, sizes[i]);
            if (answers[i].errorCode() != Errors.NONE.code()) adapt(answers[i], targets.get(i), version, hints);
        }
        return Arrays.asList(answers);
    }

    private static void adapt(PartitionData answer, FetchTarget target, short version, LeaderHints hints) {
        Errors error = Errors.forCode(answer.errorCode());
        if (error == Errors.KAFKA_STORAGE_ERROR && version <= LAST_WITHOUT_STORAGE_ERROR)
            answer.setErrorCode(Errors.NOT_LEADER_OR_FOLLOWER.code());
        boolean elsewhere = error == Errors.NOT_LEADER_OR_FOLLOWER || error == Errors.FENCED_LEADER_EPOCH;
        if (version < FIRST_WITH_LEADER_HINTS || !elsewhere || target.topicPartition() == null) return;
        LeaderHints.Leader leader = hints.leaderOf(target.topicPartition());
        answer.currentLeader().setLeaderId(leader.id()).setLeaderEpoch(leader.epoch());
    }
}
