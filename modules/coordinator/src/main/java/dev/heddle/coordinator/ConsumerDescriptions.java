package dev.heddle.coordinator;

import dev.heddle.common.HeddleException;
import dev.heddle.coordinator.consumer.ConsumerGroupData;
import dev.heddle.coordinator.consumer.ConsumerMember;
import dev.heddle.coordinator.consumer.MemberProfile;
import dev.heddle.coordinator.consumer.TopicCatalog;
import dev.heddle.coordinator.consumer.TopicCatalog.Topic;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.Assignment;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.TopicPartitions;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** ConsumerGroupDescribe. Any thread may call it, without a lock; it waits until what it shows is committed. */
final class ConsumerDescriptions {

    private static final byte CLASSIC_MEMBER = 0;
    private static final byte CONSUMER_MEMBER = 1;

    private final OffsetsPartitions partitions;
    private final ConsumerContext context;

    ConsumerDescriptions(OffsetsPartitions partitions, ConsumerContext context) {
        this.partitions = partitions;
        this.context = context;
    }

    ConsumerGroupDescribeResponseData describe(CallContext ctx, Collection<String> groupIds) {
        var groups = new ArrayList<DescribedGroup>(groupIds.size());
        for (String groupId : groupIds) groups.add(describe(ctx, groupId));
        return new ConsumerGroupDescribeResponseData().setGroups(groups);
    }

    private record Found(DescribedGroup group, long endOffset) {}

    private DescribedGroup describe(CallContext ctx, @Nullable String groupId) {
        if (groupId == null) return error("", Errors.INVALID_GROUP_ID, null);
        try {
            OffsetsPartition partition = partitions.of(groupId);
            Found found = partition.withExisting(
                    groupId,
                    group -> new Found(describe(group), group.lastEndOffset()),
                    () -> new Found(error(groupId, Errors.GROUP_ID_NOT_FOUND, "Group " + groupId + " not found."), 0));
            partition.awaitCommitted(found.endOffset(), ctx.waiter());
            return found.group();
        } catch (HeddleException e) {
            return error(groupId, CoordinatorErrors.of(e), null);
        }
    }

    private static DescribedGroup error(String groupId, Errors error, @Nullable String message) {
        return new DescribedGroup()
                .setGroupId(groupId)
                .setErrorCode(error.code())
                .setErrorMessage(message);
    }

    private DescribedGroup describe(Group group) {
        return switch (group.membership()) {
            case ConsumerGroup consumer -> describe(group, consumer);
            case ClassicGroup other ->
                error(group.id(), Errors.GROUP_ID_NOT_FOUND, "Group " + group.id() + " is not a consumer group.");
            case ShareGroup other ->
                error(group.id(), Errors.GROUP_ID_NOT_FOUND, "Group " + group.id() + " is not a consumer group.");
            case StreamsGroup other ->
                error(group.id(), Errors.GROUP_ID_NOT_FOUND, "Group " + group.id() + " is not a consumer group.");
        };
    }

    private DescribedGroup describe(Group group, ConsumerGroup consumer) {
        ConsumerGroupData data = consumer.data();
        TopicCatalog catalog = context.topics().catalog();
        String preferred = data.preferredAssignor();
        String byDefault = context.config().consumer().assignors().byDefault().name();
        var described = new DescribedGroup()
                .setGroupId(group.id())
                .setGroupState(consumer.stateLabel())
                .setGroupEpoch(data.epoch())
                .setAssignmentEpoch(data.assignmentEpoch())
                .setAssignorName(preferred != null ? preferred : byDefault);
        for (ConsumerMember member : data.members()) {
            described.members().add(describe(member, data.targets().of(member.id()), catalog));
        }
        return described;
    }

    private static ConsumerGroupDescribeResponseData.Member describe(
            ConsumerMember member, Map<Uuid, Set<Integer>> target, TopicCatalog catalog) {
        MemberProfile profile = member.profile();
        MemberProfile.Origin origin = profile.origin();
        // It answers for partitions until it has given them up.
        Map<Uuid, Set<Integer>> has = new HashMap<>();
        member.current().assigned().forEach((topic, epochs) -> has.put(topic, new HashSet<>(epochs.keySet())));
        member.current()
                .revoking()
                .forEach((topic, epochs) ->
                        has.computeIfAbsent(topic, id -> new HashSet<>()).addAll(epochs.keySet()));
        return new ConsumerGroupDescribeResponseData.Member()
                .setMemberId(member.id())
                .setMemberEpoch(member.epoch())
                .setInstanceId(origin.instanceId())
                .setRackId(origin.rackId())
                .setClientId(origin.clientId())
                .setClientHost(origin.clientHost())
                .setSubscribedTopicNames(List.copyOf(profile.subscription().topics()))
                .setSubscribedTopicRegex(profile.subscription().regex())
                .setAssignment(assignment(has, catalog))
                .setTargetAssignment(assignment(target, catalog))
                .setMemberType(member.usesClassicProtocol() ? CLASSIC_MEMBER : CONSUMER_MEMBER);
    }

    private static Assignment assignment(Map<Uuid, Set<Integer>> partitions, TopicCatalog catalog) {
        var topics = new ArrayList<TopicPartitions>(partitions.size());
        partitions.forEach((id, ids) -> {
            Topic topic = catalog.topic(id);
            if (topic == null) return;
            topics.add(new TopicPartitions()
                    .setTopicId(id)
                    .setTopicName(topic.name())
                    .setPartitions(new ArrayList<>(ids)));
        });
        return new Assignment().setTopicPartitions(topics);
    }
}
