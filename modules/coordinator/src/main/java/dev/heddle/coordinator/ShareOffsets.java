package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.HeddleException;
import dev.heddle.coordinator.ShareState.SharePartitionKey;
import dev.heddle.coordinator.ShareState.Summary;
import dev.heddle.coordinator.consumer.TopicCatalog;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData.DescribeShareGroupOffsetsRequestGroup;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData.DescribeShareGroupOffsetsRequestTopic;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsResponseData.DescribeShareGroupOffsetsResponseGroup;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsResponseData.DescribeShareGroupOffsetsResponsePartition;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsResponseData.DescribeShareGroupOffsetsResponseTopic;
import org.apache.kafka.common.protocol.Errors;

/**
 * DescribeShareGroupOffsets: where a share group is in its partitions, and how far behind. Any thread may call it, without
 * a lock.
 *
 * <p>What is not known is no error, as it is none of OffsetFetch: such a partition has start offset -1.
 */
final class ShareOffsets {

    private static final long UNKNOWN = -1;

    private final OffsetsPartitions partitions;
    private final ShareContext context;
    private final ShareState states;
    private final ToLongFunction<TopicPartition> endOffsets;

    /** @param endOffsets where consumers have read all of a partition; throws an {@link AnswerException} if it is not known */
    ShareOffsets(
            OffsetsPartitions partitions,
            ShareContext context,
            ShareState states,
            ToLongFunction<TopicPartition> endOffsets) {
        this.partitions = partitions;
        this.context = context;
        this.states = states;
        this.endOffsets = endOffsets;
    }

    /** @param request with the topics asked for; null are all whose state is kept */
    DescribeShareGroupOffsetsResponseGroup describe(CallContext ctx, DescribeShareGroupOffsetsRequestGroup request) {
        var response = new DescribeShareGroupOffsetsResponseGroup().setGroupId(request.groupId());
        try {
            partitions.requireStarted();
            return response.setTopics(request.topics() == null ? all(ctx, request.groupId()) : some(ctx, request));
        } catch (HeddleException e) {
            Errors error = CoordinatorErrors.of(e);
            return response.setErrorCode(error.code()).setErrorMessage(error.message());
        }
    }

    private List<DescribeShareGroupOffsetsResponseTopic> all(CallContext ctx, String groupId) {
        var topics = new ArrayList<DescribeShareGroupOffsetsResponseTopic>();
        TopicCatalog catalog = context.topics().catalog();
        initialized(groupId).forEach((id, ids) -> {
            TopicCatalog.Topic topic = catalog.topic(id);
            if (topic != null) topics.add(describe(ctx, groupId, topic, ids));
        });
        return topics;
    }

    private Map<Uuid, Set<Integer>> initialized(String groupId) {
        Map<Uuid, Set<Integer>> found = new HashMap<>();
        partitions
                .of(groupId)
                .withExisting(
                        groupId,
                        group -> {
                            if (!(group.membership() instanceof ShareGroup share)) return false;
                            share.data()
                                    .states()
                                    .initialized()
                                    .forEach((id, topic) -> found.put(id, topic.partitions()));
                            return true;
                        },
                        () -> false);
        return found;
    }

    private List<DescribeShareGroupOffsetsResponseTopic> some(
            CallContext ctx, DescribeShareGroupOffsetsRequestGroup request) {
        var topics = new ArrayList<DescribeShareGroupOffsetsResponseTopic>();
        var missing = new ArrayList<DescribeShareGroupOffsetsResponseTopic>();
        TopicCatalog catalog = context.topics().catalog();
        for (DescribeShareGroupOffsetsRequestTopic asked : request.topics()) {
            TopicCatalog.Topic topic = catalog.topic(asked.topicName());
            if (topic != null) topics.add(describe(ctx, request.groupId(), topic, asked.partitions()));
            else missing.add(missing(asked));
        }
        topics.addAll(missing);
        return topics;
    }

    private static DescribeShareGroupOffsetsResponseTopic missing(DescribeShareGroupOffsetsRequestTopic asked) {
        return new DescribeShareGroupOffsetsResponseTopic()
                .setTopicName(asked.topicName())
                .setTopicId(Uuid.ZERO_UUID)
                .setPartitions(asked.partitions().stream()
                        .map(partition -> new DescribeShareGroupOffsetsResponsePartition()
                                .setPartitionIndex(partition)
                                .setStartOffset(UNKNOWN))
                        .toList());
    }

    private DescribeShareGroupOffsetsResponseTopic describe(
            CallContext ctx, String groupId, TopicCatalog.Topic topic, Collection<Integer> ids) {
        return new DescribeShareGroupOffsetsResponseTopic()
                .setTopicName(topic.name())
                .setTopicId(topic.id())
                .setPartitions(ids.stream()
                        .map(id -> describe(ctx, new SharePartitionKey(groupId, topic.id(), id), topic.name()))
                        .toList());
    }

    private DescribeShareGroupOffsetsResponsePartition describe(CallContext ctx, SharePartitionKey key, String topic) {
        var response = new DescribeShareGroupOffsetsResponsePartition()
                .setPartitionIndex(key.partition())
                .setStartOffset(UNKNOWN)
                .setLag(UNKNOWN);
        Summary summary;
        try {
            summary = states.summary(key, ShareState.NO_LEADER_EPOCH, ctx.waiter());
        } catch (AnswerException e) {
            return response;
        }
        response.setStartOffset(summary.startOffset()).setLeaderEpoch(summary.leaderEpoch());
        boolean isCounted = summary.startOffset() != ShareState.UNINITIALIZED_START_OFFSET
                && summary.deliveryCompleteCount() != ShareState.UNINITIALIZED_DELIVERY_COMPLETE_COUNT;
        if (!isCounted) return response;
        try {
            long end = endOffsets.applyAsLong(new TopicPartition(topic, key.partition()));
            return response.setLag(end - summary.startOffset() - summary.deliveryCompleteCount());
        } catch (AnswerException e) {
            return new DescribeShareGroupOffsetsResponsePartition()
                    .setPartitionIndex(key.partition())
                    .setErrorCode(e.error().code())
                    .setErrorMessage(e.error().message());
        }
    }
}
