package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.HeddleException;
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

    private final OffsetsPartitions partitions;
    private final ShareContext context;

    ShareDescriptions(OffsetsPartitions partitions, ShareContext context) {
        this.partitions = partitions;
        this.context = context;
    }

    ShareGroupDescribeResponseData describe(CallContext ctx, Collection<String> groupIds) {
        var groups = new ArrayList<DescribedGroup>(groupIds.size());
        for (String groupId : groupIds) groups.add(describe(ctx, groupId));
        return new ShareGroupDescribeResponseData().setGroups(groups);
    }

    private record Found(DescribedGroup group, long endOffset) {}

    private DescribedGroup describe(CallContext ctx, @Nullable String groupId) {
        if (groupId == null || groupId.isEmpty()) return error("", Errors.INVALID_GROUP_ID);
        try {
            OffsetsPartition partition = partitions.of(groupId);
            Found found =
                    partition.withExisting(groupId, group -> new Found(describe(group), group.lastEndOffset()), () -> {
                        throw new AnswerException(Errors.GROUP_ID_NOT_FOUND, "Group " + groupId + " not found.");
                    });
            partition.awaitCommitted(found.endOffset(), ctx.waiter());
            return found.group();
        } catch (HeddleException e) {
            Errors error = CoordinatorErrors.of(e);
            DescribedGroup described = error(groupId, error);
            return error == Errors.GROUP_ID_NOT_FOUND ? described.setErrorMessage(e.getMessage()) : described;
        }
    }

    private static DescribedGroup error(String groupId, Errors error) {
        return new DescribedGroup().setGroupId(groupId).setErrorCode(error.code());
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
