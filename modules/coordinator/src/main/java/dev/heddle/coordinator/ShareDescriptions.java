package dev.heddle.coordinator;

import dev.heddle.coordinator.consumer.TopicCatalog;
import dev.heddle.coordinator.share.ShareGroupData;
import dev.heddle.coordinator.share.ShareMember;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData.Assignment;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData.TopicPartitions;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** ShareGroupDescribe. Any thread may call it, without a lock; it waits until what it shows is committed. */
final class ShareDescriptions {

    private final GroupDescriptions<DescribedGroup> descriptions;
    private final ShareContext context;

    ShareDescriptions(OffsetsPartitions partitions, ShareContext context) {
        this.descriptions = new GroupDescriptions<>(partitions, this::describe, ShareDescriptions::error);
        this.context = context;
    }

    ShareGroupDescribeResponseData describe(CallContext ctx, Collection<String> groupIds) {
        var groups = new ArrayList<DescribedGroup>(groupIds.size());
        for (String groupId : groupIds) {
            if (groupId.isEmpty()) groups.add(error(groupId, Errors.INVALID_GROUP_ID, null));
            else groups.addAll(descriptions.of(ctx, List.of(groupId)));
        }
        return new ShareGroupDescribeResponseData().setGroups(groups);
    }

    private static DescribedGroup error(String groupId, Errors error, @Nullable String message) {
        return new DescribedGroup()
                .setGroupId(groupId)
                .setErrorCode(error.code())
                .setErrorMessage(message);
    }

    private DescribedGroup describe(Group group) {
        ShareGroup share = ShareTurn.require(group);
        ShareGroupData data = share.data();
        TopicCatalog catalog = context.topics().catalog();
        var described = new DescribedGroup()
                .setGroupId(group.id())
                .setGroupState(share.stateLabel())
                .setGroupEpoch(data.epoch())
                .setAssignmentEpoch(data.assignmentEpoch())
                .setAssignorName(context.config().assignor().name());
        for (ShareMember member : data.members()) described.members().add(describe(member, catalog));
        return described;
    }

    private static ShareGroupDescribeResponseData.Member describe(ShareMember member, TopicCatalog catalog) {
        ShareMember.Profile profile = member.profile();
        return new ShareGroupDescribeResponseData.Member()
                .setMemberId(member.id())
                .setMemberEpoch(member.epoch())
                .setRackId(profile.rackId())
                .setClientId(profile.clientId())
                .setClientHost(profile.clientHost())
                .setSubscribedTopicNames(List.copyOf(profile.topics()))
                .setAssignment(assignment(member.current().assigned(), catalog));
    }

    private static Assignment assignment(Map<Uuid, Set<Integer>> partitions, TopicCatalog catalog) {
        var topics = new ArrayList<TopicPartitions>(partitions.size());
        partitions.forEach((id, ids) -> {
            TopicCatalog.Topic topic = catalog.topic(id);
            if (topic == null) return;
            topics.add(new TopicPartitions()
                    .setTopicId(id)
                    .setTopicName(topic.name())
                    .setPartitions(new ArrayList<>(ids)));
        });
        return new Assignment().setTopicPartitions(topics);
    }
}
