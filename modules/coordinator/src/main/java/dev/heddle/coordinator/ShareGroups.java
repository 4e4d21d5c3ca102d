package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.HeddleException;
import dev.heddle.common.Scheduler;
import dev.heddle.coordinator.ShareHeartbeats.Outcome;
import dev.heddle.replication.ReplicaManager;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.AlterShareGroupOffsetsResponseData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResult;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsResponseData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData.DescribeShareGroupOffsetsRequestGroup;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsResponseData.DescribeShareGroupOffsetsResponseGroup;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData;
import org.apache.kafka.common.message.ShareGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ShareGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;

/**
 * The share groups of the {@link GroupCoordinator} (KIP-932): their members, and where they are in their partitions. Any
 * thread may call it; every call that writes waits until its records are committed. No call throws for what a client sent:
 * errors stand in the responses.
 *
 * <p>Who may ask is not decided here: callers authorize, and hand in what is allowed.
 */
public final class ShareGroups implements AutoCloseable {

    private final GroupCoordinator groups;
    private final ShareInitialization initialization;
    private final ShareOffsets offsets;
    private final ShareOffsetChanges changes;
    private final ShareDescriptions descriptions;

    /** @param states where the groups' progress is kept */
    public ShareGroups(GroupCoordinator groups, ShareState states, ReplicaManager replicas, Scheduler scheduler) {
        this(groups, states, partition -> replicas.partition(partition).highWatermark(), scheduler);
    }

    ShareGroups(
            GroupCoordinator groups,
            ShareState states,
            ToLongFunction<TopicPartition> endOffsets,
            Scheduler scheduler) {
        ShareContext context = groups.shareContext();
        var work = new ShareStateWork(states);
        this.groups = groups;
        this.initialization = new ShareInitialization(context, work, scheduler);
        this.offsets = new ShareOffsets(groups.partitions(), context, states, endOffsets);
        this.changes = new ShareOffsetChanges(groups.partitions(), context, work, initialization);
        this.descriptions = new ShareDescriptions(groups.partitions(), context);
    }

    // ---- members ----

    /** Answers ShareGroupHeartbeat, when what it has changed is committed. */
    public ShareGroupHeartbeatResponseData heartbeat(CallContext ctx, ShareGroupHeartbeatRequestData request) {
        try {
            groups.partitions().requireStarted();
            requireValid(request);
            OffsetsPartition partition = groups.partitions().of(request.groupId());
            Outcome outcome = decide(partition, ctx, request);
            partition.awaitCommitted(outcome.endOffset(), ctx.waiter());
            initialization.start(partition, request.groupId(), outcome);
            return outcome.response();
        } catch (HeddleException e) {
            Errors error = CoordinatorErrors.of(e);
            String message = e instanceof AnswerException answer && answer.error() == error ? e.getMessage() : null;
            return new ShareGroupHeartbeatResponseData()
                    .setErrorCode(error.code())
                    .setErrorMessage(message != null ? message : error.message());
        }
    }

    private Outcome decide(OffsetsPartition partition, CallContext ctx, ShareGroupHeartbeatRequestData request) {
        String groupId = request.groupId();
        ShareHeartbeats heartbeats = groups.shareHeartbeats();
        if (request.memberEpoch() == 0) {
            return partition.withGroup(groupId, group -> heartbeats.heartbeat(group, ctx, request));
        }
        boolean isLeaving = request.memberEpoch() < 0;
        return partition.withExisting(
                groupId,
                group -> isLeaving ? heartbeats.leave(group, request) : heartbeats.heartbeat(group, ctx, request),
                () -> {
                    String who = isLeaving ? "Group " : "Share group ";
                    throw new AnswerException(Errors.GROUP_ID_NOT_FOUND, who + groupId + " not found.");
                });
    }

    private static void requireValid(ShareGroupHeartbeatRequestData request) {
        if (request.memberId().isBlank()) throw invalid("MemberId can't be empty.");
        if (request.groupId().isBlank()) throw invalid("GroupId can't be empty.");
        if (request.rackId() != null && request.rackId().isBlank()) throw invalid("RackId can't be empty.");
        List<String> topics = request.subscribedTopicNames();
        if (request.memberEpoch() == 0 && (topics == null || topics.isEmpty())) {
            throw invalid("SubscribedTopicNames must be set in first request.");
        }
        if (request.memberEpoch() < -1) throw invalid("MemberEpoch is invalid.");
    }

    private static AnswerException invalid(String message) {
        return new AnswerException(Errors.INVALID_REQUEST, message);
    }

    /** Answers ShareGroupDescribe, in this order. Authorized operations are the caller's to add. */
    public ShareGroupDescribeResponseData describe(CallContext ctx, Collection<String> groupIds) {
        return descriptions.describe(ctx, groupIds);
    }

    // ---- offsets ----

    /**
     * Answers DescribeShareGroupOffsets for one group.
     *
     * @param request with the topics asked for; null are all whose state is kept
     */
    public DescribeShareGroupOffsetsResponseGroup describeOffsets(
            CallContext ctx, DescribeShareGroupOffsetsRequestGroup request) {
        return offsets.describe(ctx, request);
    }

    /** Answers AlterShareGroupOffsets; topics are looked up here. */
    public AlterShareGroupOffsetsResponseData alterOffsets(CallContext ctx, AlterShareGroupOffsetsRequestData request) {
        return changes.alter(ctx, request);
    }

    /** Answers DeleteShareGroupOffsets; topics are looked up here. */
    public DeleteShareGroupOffsetsResponseData deleteOffsets(
            CallContext ctx, DeleteShareGroupOffsetsRequestData request) {
        return changes.delete(ctx, request);
    }

    /** Answers DeleteGroups, of groups of every protocol: of a share group, its states are deleted first. */
    public DeleteGroupsResponseData deleteGroups(CallContext ctx, DeleteGroupsRequestData request) {
        List<String> deletable = new ArrayList<>();
        List<DeletableGroupResult> refused = new ArrayList<>();
        for (String groupId : request.groupsNames()) {
            Errors error = groupId == null ? Errors.NONE : changes.deleteAll(ctx, groupId);
            if (error == Errors.NONE) deletable.add(groupId);
            else refused.add(new DeletableGroupResult().setGroupId(groupId).setErrorCode(error.code()));
        }
        DeleteGroupsResponseData response =
                groups.deleteGroups(ctx, new DeleteGroupsRequestData().setGroupsNames(deletable));
        refused.forEach(response.results()::add);
        return response;
    }

    /** Lets go of every thread that waits in here for a state. */
    @Override
    public void close() {
        initialization.close();
    }
}
