package dev.heddle.handlers;

import dev.heddle.coordinator.CallContext;
import dev.heddle.coordinator.ShareGroups;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData.DescribeShareGroupOffsetsRequestGroup;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData.DescribeShareGroupOffsetsRequestTopic;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsResponseData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsResponseData.DescribeShareGroupOffsetsResponseGroup;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsResponseData.DescribeShareGroupOffsetsResponsePartition;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsResponseData.DescribeShareGroupOffsetsResponseTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeShareGroupOffsetsRequest;
import org.apache.kafka.common.requests.DescribeShareGroupOffsetsResponse;
import org.apache.kafka.common.resource.ResourceType;

/** DescribeShareGroupOffsets (KIP-932). Any thread may call it; it waits until what it shows is committed. */
final class DescribeShareGroupOffsetsHandler implements ApiHandler {

    private final ShareGroups groups;
    private final MetadataCache metadata;

    DescribeShareGroupOffsetsHandler(ShareGroups groups, MetadataCache metadata) {
        this.groups = groups;
        this.metadata = metadata;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.DESCRIBE_SHARE_GROUP_OFFSETS;
    }

    @Override
    public DescribeShareGroupOffsetsResponse handle(Request request, Access access) {
        DescribeShareGroupOffsetsRequest body = request.body();
        CallContext ctx = GroupCalls.context(request);
        var response = new DescribeShareGroupOffsetsResponseData();
        body.groups().forEach(group -> response.groups().add(describe(ctx, group, access)));
        return new DescribeShareGroupOffsetsResponse(response);
    }

    private DescribeShareGroupOffsetsResponseGroup describe(
            CallContext ctx, DescribeShareGroupOffsetsRequestGroup asked, Access access) {
        var refused = new DescribeShareGroupOffsetsResponseGroup().setGroupId(asked.groupId());
        if (!ShareHandlers.hasShareGroups(metadata)) return refused.setErrorCode(Errors.UNSUPPORTED_VERSION.code());
        if (!access.allows(AclOperation.DESCRIBE, ResourceType.GROUP, asked.groupId())) {
            return refused.setErrorCode(Errors.GROUP_AUTHORIZATION_FAILED.code());
        }
        return asked.topics() == null ? all(ctx, asked, access) : some(ctx, asked, asked.topics(), access);
    }

    private DescribeShareGroupOffsetsResponseGroup all(
            CallContext ctx, DescribeShareGroupOffsetsRequestGroup asked, Access access) {
        DescribeShareGroupOffsetsResponseGroup described = groups.describeOffsets(ctx, asked);
        List<DescribeShareGroupOffsetsResponseTopic> topics = described.topics();
        Predicate<String> visible = access.allowed(
                AclOperation.DESCRIBE, ResourceType.TOPIC, topics, DescribeShareGroupOffsetsResponseTopic::topicName);
        return described.setTopics(
                topics.stream().filter(topic -> visible.test(topic.topicName())).toList());
    }

    private DescribeShareGroupOffsetsResponseGroup some(
            CallContext ctx,
            DescribeShareGroupOffsetsRequestGroup asked,
            List<DescribeShareGroupOffsetsRequestTopic> topics,
            Access access) {
        if (topics.isEmpty()) return new DescribeShareGroupOffsetsResponseGroup().setGroupId(asked.groupId());
        Predicate<String> isVisible = access.allowed(
                AclOperation.DESCRIBE, ResourceType.TOPIC, topics, DescribeShareGroupOffsetsRequestTopic::topicName);
        Predicate<DescribeShareGroupOffsetsRequestTopic> visible = topic -> isVisible.test(topic.topicName());
        DescribeShareGroupOffsetsResponseGroup described = groups.describeOffsets(
                ctx,
                new DescribeShareGroupOffsetsRequestGroup()
                        .setGroupId(asked.groupId())
                        .setTopics(topics.stream().filter(visible).toList()));
        if (described.errorCode() != Errors.NONE.code()) return described;
        var all = new ArrayList<>(described.topics());
        topics.stream().filter(visible.negate()).forEach(topic -> all.add(denied(topic)));
        return described.setTopics(all);
    }

    private static DescribeShareGroupOffsetsResponseTopic denied(DescribeShareGroupOffsetsRequestTopic topic) {
        Errors error = Errors.TOPIC_AUTHORIZATION_FAILED;
        return new DescribeShareGroupOffsetsResponseTopic()
                .setTopicName(topic.topicName())
                .setTopicId(Uuid.ZERO_UUID)
                .setPartitions(topic.partitions().stream()
                        .map(partition -> new DescribeShareGroupOffsetsResponsePartition()
                                .setPartitionIndex(partition)
                                .setStartOffset(-1)
                                .setLag(-1)
                                .setErrorCode(error.code())
                                .setErrorMessage(error.message()))
                        .toList());
    }
}
