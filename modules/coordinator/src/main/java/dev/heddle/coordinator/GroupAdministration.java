package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.HeddleException;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResult;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResultCollection;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * DescribeGroups, ListGroups and DeleteGroups. Any thread may call it, without a lock.
 */
final class GroupAdministration {

    private static final Logger LOG = LoggerFactory.getLogger(GroupAdministration.class);

    /** From this version on, a group that is not there is an error (KIP-1043); before, it was a dead group. */
    private static final short DESCRIBE_REPORTS_NOT_FOUND = 6;

    private final OffsetsPartitions partitions;
    private final Time time;

    GroupAdministration(OffsetsPartitions partitions) {
        this.partitions = partitions;
        this.time = partitions.context().time();
    }

    // ---- DescribeGroups ----

    DescribeGroupsResponseData describe(CallContext ctx, DescribeGroupsRequestData request) {
        var groups = new ArrayList<DescribedGroup>(request.groups().size());
        for (String groupId : request.groups()) groups.add(describe(groupId, ctx.apiVersion()));
        return new DescribeGroupsResponseData().setGroups(groups);
    }

    private DescribedGroup describe(@Nullable String groupId, short apiVersion) {
        if (groupId == null) return describeError("", Errors.INVALID_GROUP_ID);
        try {
            return partitions
                    .of(groupId)
                    .withExisting(
                            groupId,
                            group -> describe(group, apiVersion),
                            () -> describeMissing(groupId, apiVersion, "Group " + groupId + " not found."));
        } catch (HeddleException e) {
            return describeError(groupId, CoordinatorErrors.of(e));
        }
    }

    private static DescribedGroup describe(Group group, short apiVersion) {
        return switch (group.membership()) {
            case ClassicGroup classic -> describe(group, classic);
            case ConsumerGroup other ->
                describeMissing(group.id(), apiVersion, "Group " + group.id() + " is not a classic group.");
            case ShareGroup other ->
                describeMissing(group.id(), apiVersion, "Group " + group.id() + " is not a classic group.");
            case StreamsGroup other ->
                describeMissing(group.id(), apiVersion, "Group " + group.id() + " is not a classic group.");
        };
    }

    private static DescribedGroup describe(Group group, ClassicGroup classic) {
        String protocolType = classic.protocolType();
        var described = new DescribedGroup()
                .setGroupId(group.id())
                .setGroupState(classic.state().label())
                .setProtocolType(protocolType == null ? "" : protocolType);
        boolean isStable = classic.is(GroupState.STABLE);
        if (isStable) described.setProtocolData(classic.protocolName() == null ? "" : classic.protocolName());
        for (Member member : classic.members()) {
            var each = member.describe();
            if (isStable) each.setMemberMetadata(classic.metadataOf(member));
            described.members().add(each);
        }
        return described;
    }

    private static DescribedGroup describeMissing(String groupId, short apiVersion, String message) {
        var described = new DescribedGroup().setGroupId(groupId).setGroupState(GroupState.DEAD.label());
        if (apiVersion < DESCRIBE_REPORTS_NOT_FOUND) return described;
        return described.setErrorCode(Errors.GROUP_ID_NOT_FOUND.code()).setErrorMessage(message);
    }

    private static DescribedGroup describeError(String groupId, Errors error) {
        return new DescribedGroup().setGroupId(groupId).setErrorCode(error.code());
    }

    // ---- ListGroups ----

    /** Lists what is coordinated here; takes no group's lock. */
    ListGroupsResponseData list(ListGroupsRequestData request) {
        List<String> states = normalized(request.statesFilter());
        List<String> types = normalized(request.typesFilter());
        var response = new ListGroupsResponseData();
        for (OffsetsPartition partition : partitions.all()) {
            switch (partition.life().state()) {
                case LOADING -> {
                    return new ListGroupsResponseData().setErrorCode(Errors.COORDINATOR_LOAD_IN_PROGRESS.code());
                }
                case ACTIVE -> {
                    for (Group group : partition.groups()) {
                        if (isWanted(group, states, types)) response.groups().add(list(group));
                    }
                }
                case FAILED, CLOSED -> {}
            }
        }
        return response;
    }

    private static List<String> normalized(List<String> filter) {
        return filter.stream().map(each -> each.trim().toLowerCase(Locale.ROOT)).toList();
    }

    private static boolean isWanted(Group group, List<String> states, List<String> types) {
        Membership membership = group.membership();
        return (states.isEmpty() || states.contains(membership.stateLabel().toLowerCase(Locale.ROOT)))
                && (types.isEmpty() || types.contains(membership.type()));
    }

    private static ListedGroup list(Group group) {
        Membership membership = group.membership();
        String protocolType = membership.protocolType();
        return new ListedGroup()
                .setGroupId(group.id())
                .setProtocolType(protocolType == null ? "" : protocolType)
                .setGroupState(membership.stateLabel())
                .setGroupType(membership.type());
    }

    // ---- DeleteGroups ----

    DeleteGroupsResponseData delete(CallContext ctx, DeleteGroupsRequestData request) {
        var results = new DeletableGroupResultCollection();
        for (String groupId : request.groupsNames()) {
            Errors error = delete(groupId, ctx.waiter());
            results.add(new DeletableGroupResult().setGroupId(groupId).setErrorCode(error.code()));
        }
        return new DeleteGroupsResponseData().setResults(results);
    }

    private Errors delete(@Nullable String groupId, Waiter waiter) {
        try {
            if (groupId == null) return Errors.INVALID_GROUP_ID;
            OffsetsPartition partition = partitions.of(groupId);
            long endOffset = partition.withExisting(groupId, this::delete, () -> {
                throw new AnswerException(Errors.GROUP_ID_NOT_FOUND);
            });
            partition.awaitCommitted(endOffset, waiter);
            return Errors.NONE;
        } catch (HeddleException e) {
            return CoordinatorErrors.of(e);
        }
    }

    private long delete(Group group) {
        if (!group.membership().isEmpty()) throw new AnswerException(Errors.NON_EMPTY_GROUP);
        long now = time.milliseconds();
        var doomed = new GroupOffsets.Tombstones(group, now);
        doomed.addAll();
        doomed.write();
        LOG.info("A group is deleted: group={}, offsets={}", group.id(), doomed.size());
        remove(group, now);
        return group.lastEndOffset();
    }

    /** Removes a group without members and offsets. Its lock is held. */
    static void remove(Group group, long nowMs) {
        group.partition().append(group, group.membership().toTombstones(group.id(), nowMs));
        group.membership().markDead(nowMs);
        group.partition().remove(group);
    }
}
