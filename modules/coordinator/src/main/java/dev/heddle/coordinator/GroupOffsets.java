package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.HeddleException;
import dev.heddle.common.Time;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponsePartition;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponsePartitionCollection;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.OffsetCommitRequest;

/**
 * OffsetCommit and OffsetDelete. Any thread may call it, without a lock; a call returns when what it wrote is committed.
 */
final class GroupOffsets {

    private final OffsetsPartitions partitions;
    private final Topics topics;
    private final GroupMetrics metrics;
    private final int metadataMaxBytes;
    private final Time time;

    GroupOffsets(OffsetsPartitions partitions, Topics topics) {
        this.partitions = partitions;
        this.topics = topics;
        this.metrics = partitions.context().metrics();
        this.metadataMaxBytes = partitions.context().config().offsets().metadataMaxBytes();
        this.time = partitions.context().time();
    }

    // ---- OffsetCommit ----

    OffsetCommitResponseData commit(CallContext ctx, OffsetCommitRequestData request) {
        if (request.groupId() == null) return OffsetCommitRequest.getErrorResponse(request, Errors.INVALID_GROUP_ID);
        var commit = new CommitRequest(request, topics, metadataMaxBytes, time.milliseconds());
        commit.resolve(ctx.apiVersion());
        if (commit.isVain()) return commit.response();
        try {
            OffsetsPartition partition = partitions.of(request.groupId());
            long endOffset = isOutsideOfGroupManagement(request)
                    ? partition.withGroup(request.groupId(), group -> commit(group, commit, ctx.apiVersion()))
                    : partition.withExisting(
                            request.groupId(), group -> commit(group, commit, ctx.apiVersion()), () -> {
                                throw new AnswerException(noSuchGroup(ctx.apiVersion()));
                            });
            partition.awaitCommitted(endOffset, ctx.waiter());
            metrics.offsetsCommitted(commit.entries().size());
            return commit.response();
        } catch (HeddleException e) {
            return commit.refused(CoordinatorErrors.of(e));
        }
    }

    private static boolean isOutsideOfGroupManagement(OffsetCommitRequestData request) {
        return request.generationIdOrMemberEpoch() < 0;
    }

    private static Errors noSuchGroup(short apiVersion) {
        return apiVersion >= 9 ? Errors.GROUP_ID_NOT_FOUND : Errors.ILLEGAL_GENERATION;
    }

    private long commit(Group group, CommitRequest commit, short apiVersion) {
        List<CommitRequest.Entry> entries = commit.entries();
        OffsetValidation.requireMayCommit(group, commit.request(), apiVersion, entries);
        if (entries.isEmpty()) return 0;
        List<SimpleRecord> records = commit.records(time.milliseconds());
        long recordOffset = group.partition().append(group, records);
        for (CommitRequest.Entry entry : entries) {
            group.offsets().put(entry.topic(), entry.partition(), entry.offset().at(recordOffset++));
        }
        return group.lastEndOffset();
    }

    // ---- OffsetDelete ----

    OffsetDeleteResponseData delete(CallContext ctx, OffsetDeleteRequestData request) {
        var response = new OffsetDeleteResponseData();
        try {
            if (request.groupId() == null || request.groupId().isEmpty()) {
                throw new AnswerException(Errors.INVALID_GROUP_ID);
            }
            OffsetsPartition partition = partitions.of(request.groupId());
            long endOffset =
                    partition.withExisting(request.groupId(), group -> delete(group, request, response), () -> {
                        throw new AnswerException(Errors.GROUP_ID_NOT_FOUND);
                    });
            partition.awaitCommitted(endOffset, ctx.waiter());
            return response;
        } catch (HeddleException e) {
            return new OffsetDeleteResponseData()
                    .setErrorCode(CoordinatorErrors.of(e).code());
        }
    }

    private long delete(Group group, OffsetDeleteRequestData request, OffsetDeleteResponseData response) {
        if (group.membership() instanceof ShareGroup) throw new AnswerException(Errors.GROUP_ID_NOT_FOUND);
        // Of other protocol types nobody knows which topics are in use.
        boolean knowsTopics = !(group.membership() instanceof ClassicGroup classic) || classic.usesConsumerProtocol();
        if (!group.membership().isEmpty() && !knowsTopics) throw new AnswerException(Errors.NON_EMPTY_GROUP);
        var doomed = new Tombstones(group, time.milliseconds());
        for (OffsetDeleteRequestTopic topic : request.topics()) {
            var answers = new OffsetDeleteResponsePartitionCollection();
            for (OffsetDeleteRequestPartition partition : topic.partitions()) {
                Errors error = delete(group, topic.name(), partition.partitionIndex(), doomed);
                answers.add(new OffsetDeleteResponsePartition()
                        .setPartitionIndex(partition.partitionIndex())
                        .setErrorCode(error.code()));
            }
            response.topics()
                    .add(new OffsetDeleteResponseTopic().setName(topic.name()).setPartitions(answers));
        }
        doomed.write();
        metrics.offsetsDeleted(doomed.size());
        return group.lastEndOffset();
    }

    private Errors delete(Group group, String topic, int partition, Tombstones doomed) {
        if (!topics.hasPartition(topic, partition)) return Errors.UNKNOWN_TOPIC_OR_PARTITION;
        if (group.membership().isSubscribedTo(topic)) return Errors.GROUP_SUBSCRIBED_TO_TOPIC;
        doomed.addIfPresent(topic, partition);
        return Errors.NONE;
    }

    /** Offsets that are to go: first from the log, then from the group, whose lock is held. */
    static final class Tombstones {

        private record Key(String topic, int partition) {}

        private final Group group;
        private final long nowMs;
        private final List<Key> keys = new ArrayList<>();

        Tombstones(Group group, long nowMs) {
            this.group = group;
            this.nowMs = nowMs;
        }

        void add(String topic, int partition) {
            keys.add(new Key(topic, partition));
        }

        void addIfPresent(String topic, int partition) {
            OffsetStore offsets = group.offsets();
            if (offsets.get(topic, partition) != null || offsets.hasPending(topic, partition)) add(topic, partition);
        }

        void addAll() {
            group.offsets()
                    .committed()
                    .forEach((topic, partitions) -> partitions.keySet().forEach(partition -> add(topic, partition)));
            group.offsets().pendingPartitions().forEach(pending -> {
                if (group.offsets().get(pending.topic(), pending.partition()) == null) {
                    add(pending.topic(), pending.partition());
                }
            });
        }

        int size() {
            return keys.size();
        }

        void write() {
            if (keys.isEmpty()) return;
            List<SimpleRecord> records = keys.stream()
                    .map(key -> GroupRecords.offsetTombstone(group.id(), key.topic(), key.partition(), nowMs))
                    .toList();
            group.partition().appendInBatches(group, records);
            keys.forEach(key -> group.offsets().remove(key.topic(), key.partition()));
        }
    }
}
