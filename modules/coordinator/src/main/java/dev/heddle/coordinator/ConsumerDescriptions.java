package dev.heddle.coordinator;

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

    private final GroupDescriptions<DescribedGroup> groups;
    private final ConsumerContext context;

    ConsumerDescriptions(OffsetsPartitions partitions, ConsumerContext context) {
        this.groups = new GroupDescriptions<>(partitions, this::describe, ConsumerDescriptions::error);
        this.context = context;
    }

    ConsumerGroupDescribeResponseData describe(CallContext ctx, Collection<String> groupIds) {
        return new ConsumerGroupDescribeResponseData().setGroups(groups.of(ctx, groupIds));
    }

    private static DescribedGroup error(String groupId, Errors error, @Nullable String message) {
        return new DescribedGroup()
                .setGroupId(groupId)
                .setErrorCode(error.code())
                .setErrorMessage(message);
    }

    private DescribedGroup describe(Group group) {
        if (group.membership() instanceof ConsumerGroup consumer) return describe(group, consumer);
        throw Members.notAConsumerGroup(group.id());
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
