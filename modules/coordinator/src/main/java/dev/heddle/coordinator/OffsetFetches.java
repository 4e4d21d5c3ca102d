package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.HeddleException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetFetchRequest;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.jspecify.annotations.Nullable;

/**
 * OffsetFetch. Any thread may call it, without a lock.
 *
 * <p>For maintainers: an offset is in the group's state as soon as it is in the log, and may not be committed yet. So an
 * answer waits, where it must, until all is committed that the group had written when it was looked at. That is what
 * {@code require_stable} asks for; of open transactions it wants to hear besides.
 */
final class OffsetFetches {

    private static final long NO_OFFSET = OffsetFetchResponse.INVALID_OFFSET;

    private final OffsetsPartitions partitions;
    private final Topics topics;

    OffsetFetches(OffsetsPartitions partitions, Topics topics) {
        this.partitions = partitions;
        this.topics = topics;
    }

    OffsetFetchResponseData fetch(CallContext ctx, OffsetFetchRequestData request) {
        var groups = new ArrayList<OffsetFetchResponseGroup>(request.groups().size());
        for (OffsetFetchRequestGroup group : request.groups()) {
            groups.add(fetch(ctx, group, request.requireStable()));
        }
        return new OffsetFetchResponseData().setGroups(groups);
    }

    private OffsetFetchResponseGroup fetch(CallContext ctx, OffsetFetchRequestGroup request, boolean requireStable) {
        try {
            if (request.groupId() == null) throw new AnswerException(Errors.INVALID_GROUP_ID);
            boolean byId = OffsetFetchRequest.useTopicIds(ctx.apiVersion());
            OffsetsPartition partition = partitions.of(request.groupId());
            Found found = partition.withExisting(
                    request.groupId(),
                    group -> {
                        OffsetValidation.requireMayFetch(group, request);
                        return new Found(fetch(group, request, byId, requireStable), group.lastEndOffset());
                    },
                    () -> new Found(fetch(null, request, byId, requireStable), 0));
            partition.awaitCommitted(found.endOffset(), ctx.waiter());
            return new OffsetFetchResponseGroup().setGroupId(request.groupId()).setTopics(found.topics());
        } catch (HeddleException e) {
            return OffsetFetchResponse.groupError(request, errorOf(e), ctx.apiVersion());
        }
    }

    private record Found(List<OffsetFetchResponseTopics> topics, long endOffset) {}

    /** Consumers before 3.9 know only this one to mean that they should try again. */
    private static Errors errorOf(HeddleException failure) {
        Errors error = CoordinatorErrors.of(failure);
        return error == Errors.COORDINATOR_NOT_AVAILABLE ? Errors.NOT_COORDINATOR : error;
    }

    private List<OffsetFetchResponseTopics> fetch(
            @Nullable Group group, OffsetFetchRequestGroup request, boolean byId, boolean requireStable) {
        if (request.topics() == null) return group == null ? List.of() : fetchAll(group, byId, requireStable);
        return request.topics().stream()
                .map(topic -> fetchTopic(group, topic, byId, requireStable))
                .toList();
    }

    private OffsetFetchResponseTopics fetchTopic(
            @Nullable Group group, OffsetFetchRequestTopics topic, boolean byId, boolean requireStable) {
        String name = byId ? topics.nameOf(topic.topicId()) : topic.name();
        var response =
                new OffsetFetchResponseTopics().setTopicId(topic.topicId()).setName(name == null ? topic.name() : name);
        for (int partition : topic.partitionIndexes()) {
            response.partitions()
                    .add(
                            name == null
                                    ? none(partition, Errors.UNKNOWN_TOPIC_ID)
                                    : fetchPartition(group, name, topic.topicId(), partition, requireStable));
        }
        return response;
    }

    private static OffsetFetchResponsePartitions fetchPartition(
            @Nullable Group group, String topic, Uuid topicId, int partition, boolean requireStable) {
        if (group == null) return none(partition, Errors.NONE);
        OffsetStore offsets = group.offsets();
        if (requireStable && offsets.hasPending(topic, partition)) {
            return none(partition, Errors.UNSTABLE_OFFSET_COMMIT);
        }
        CommittedOffset offset = offsets.get(topic, partition);
        if (offset == null || offset.isOfAnotherTopicThan(topicId)) return none(partition, Errors.NONE);
        return new OffsetFetchResponsePartitions()
                .setPartitionIndex(partition)
                .setCommittedOffset(offset.offset())
                .setCommittedLeaderEpoch(offset.leaderEpoch())
                .setMetadata(offset.metadata());
    }

    private List<OffsetFetchResponseTopics> fetchAll(Group group, boolean byId, boolean requireStable) {
        var found = new ArrayList<OffsetFetchResponseTopics>();
        for (Map.Entry<String, Map<Integer, CommittedOffset>> entry :
                group.offsets().committed().entrySet()) {
            String topic = entry.getKey();
            var response = new OffsetFetchResponseTopics().setName(topic);
            if (byId) {
                response.setTopicId(topics.idOf(topic));
                // A topic that is gone has no id to be named by.
                if (response.topicId().equals(Uuid.ZERO_UUID)) continue;
            }
            for (int partition : entry.getValue().keySet()) {
                response.partitions().add(fetchPartition(group, topic, Uuid.ZERO_UUID, partition, requireStable));
            }
            found.add(response);
        }
        return found;
    }

    private static OffsetFetchResponsePartitions none(int partition, Errors error) {
        return new OffsetFetchResponsePartitions()
                .setPartitionIndex(partition)
                .setErrorCode(error.code())
                .setCommittedOffset(NO_OFFSET)
                .setCommittedLeaderEpoch(CommittedOffset.NONE)
                .setMetadata("");
    }
}
