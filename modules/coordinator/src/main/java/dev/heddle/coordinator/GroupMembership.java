package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.HeddleException;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupResponseData.MemberResponse;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * JoinGroup, SyncGroup, Heartbeat and LeaveGroup: finds the group, lets the group change, waits for what must be waited
 * for, and answers. Any thread may call it, without a lock.
 */
final class GroupMembership {

    private final OffsetsPartitions partitions;
    private final GroupCoordinatorConfig.ClassicGroups config;
    private final Time time;
    private final Joining joining;
    private final Syncing syncing;
    private final Leaving leaving;
    private final Conversion conversion;
    private final ClassicMembers classicMembers;

    /** @param classicMembers for members of the classic protocol in consumer groups */
    GroupMembership(
            OffsetsPartitions partitions,
            Rebalancing rebalancing,
            Conversion conversion,
            ClassicMembers classicMembers) {
        CoordinatorContext context = partitions.context();
        this.partitions = partitions;
        this.config = context.config().classic();
        this.time = context.time();
        this.joining = new Joining(config, rebalancing, time);
        this.syncing = new Syncing(rebalancing, context.metrics(), time);
        this.leaving = new Leaving(rebalancing);
        this.conversion = conversion;
        this.classicMembers = classicMembers;
    }

    // ---- JoinGroup ----

    JoinGroupResponseData join(CallContext ctx, JoinGroupRequestData request) {
        try {
            requireGroupId(request.groupId());
            requireSessionTimeout(request.sessionTimeoutMs());
            var answer = new Awaited<JoinGroupResponseData>(ctx.waiter(), time);
            var attempt = new Joining.Attempt(ctx, request, answer);
            OffsetsPartition partition = partitions.of(request.groupId());
            Entered entered = join(partition, attempt);
            if (entered.back() != null) awaitReturn(partition, entered.back());
            if (entered.joined() != null) {
                partition.awaitCommitted(entered.joined().endOffset(), ctx.waiter());
                return entered.joined().response();
            }
            JoinGroupResponseData response = answer.await();
            return response != null ? response : gone(request.memberId());
        } catch (HeddleException e) {
            return JoinResponses.error(request.memberId(), CoordinatorErrors.of(e));
        }
    }

    /** What a join has led to: in a classic group perhaps a return to be concluded, in a consumer group the answer. */
    private record Entered(Joining.@Nullable Return back, ClassicMembers.@Nullable Joined joined) {}

    private Entered join(OffsetsPartition partition, Joining.Attempt attempt) {
        JoinGroupRequestData request = attempt.request();
        String groupId = request.groupId();
        if (request.memberId().isEmpty()) return partition.withGroup(groupId, group -> enter(group, attempt));
        return Objects.requireNonNull(partition.withExisting(groupId, group -> enter(group, attempt), () -> {
            throw new AnswerException(Errors.UNKNOWN_MEMBER_ID);
        }));
    }

    private Entered enter(Group group, Joining.Attempt attempt) {
        JoinGroupRequestData request = attempt.request();
        boolean isNew = request.memberId().isEmpty();
        Membership membership = group.membership();
        if (membership instanceof ConsumerGroup consumer && !consumer.isEmpty()) {
            return new Entered(null, classicMembers.join(group, consumer, attempt.ctx(), request));
        }
        if (!(membership instanceof ClassicGroup)) {
            if (!membership.isEmpty() || membership instanceof ShareGroup) {
                var refused = JoinResponses.error("", Errors.INCONSISTENT_GROUP_PROTOCOL);
                return new Entered(null, new ClassicMembers.Joined(refused, 0));
            }
            if (!isNew) throw new AnswerException(Errors.UNKNOWN_MEMBER_ID);
            conversion.replaceEmpty(group, membership);
        }
        if (isNew) writeIfNew(group);
        return new Entered(joining.join(group, attempt), null);
    }

    private void writeIfNew(Group group) {
        if (group.isPersisted() || !group.offsets().isEmpty()) return;
        var record = GroupRecords.newGroup(group.id(), group.classic(), time.milliseconds());
        group.partition().append(group, List.of(record));
    }

    private void awaitReturn(OffsetsPartition partition, Joining.Return back) {
        Errors outcome = awaitCommitted(partition, back.endOffset());
        String groupId = back.attempt().request().groupId();
        inGroup(partition, groupId, group -> joining.conclude(group, back, outcome));
    }

    /** Nobody reads this answer: the client has gone, or the broker stops. The member stays, until its session ends. */
    private static JoinGroupResponseData gone(String memberId) {
        return JoinResponses.error(memberId, Errors.COORDINATOR_NOT_AVAILABLE);
    }

    // ---- SyncGroup ----

    SyncGroupResponseData sync(CallContext ctx, SyncGroupRequestData request) {
        try {
            requireProtocol(ctx, request);
            requireGroupId(request.groupId());
            var answer = new Awaited<SyncGroupResponseData>(ctx.waiter(), time);
            OffsetsPartition partition = partitions.of(request.groupId());
            Syncing.Decision decision =
                    partition.withExisting(request.groupId(), group -> sync(group, request, answer), () -> {
                        throw new AnswerException(Errors.UNKNOWN_MEMBER_ID);
                    });
            if (decision != null) awaitDecision(partition, request.groupId(), decision);
            SyncGroupResponseData response = answer.await();
            return response != null ? response : SyncResponses.error(Errors.COORDINATOR_NOT_AVAILABLE);
        } catch (HeddleException e) {
            return SyncResponses.error(CoordinatorErrors.of(e));
        }
    }

    private Syncing.@Nullable Decision sync(
            Group group, SyncGroupRequestData request, Awaited<SyncGroupResponseData> answer) {
        return switch (group.membership()) {
            case ClassicGroup classic -> syncing.sync(group, request, answer);
            case ConsumerGroup consumer -> {
                answer.complete(classicMembers.sync(group, consumer, request));
                yield null;
            }
            case ShareGroup share -> throw new AnswerException(Errors.UNKNOWN_MEMBER_ID);
            case StreamsGroup streams -> throw new AnswerException(Errors.UNKNOWN_MEMBER_ID);
        };
    }

    /** From version 5 on the member says which protocol it takes part in (KIP-559). */
    private static void requireProtocol(CallContext ctx, SyncGroupRequestData request) {
        boolean saysIt = request.protocolType() != null && request.protocolName() != null;
        if (ctx.apiVersion() >= 5 && !saysIt) throw new AnswerException(Errors.INCONSISTENT_GROUP_PROTOCOL);
    }

    private void awaitDecision(OffsetsPartition partition, String groupId, Syncing.Decision decision) {
        Errors outcome = awaitCommitted(partition, decision.endOffset());
        inGroup(partition, groupId, group -> syncing.conclude(group, decision, outcome));
    }

    /** Waits on a waiter of its own: others depend on it, even when this client has gone. */
    private Errors awaitCommitted(OffsetsPartition partition, long endOffset) {
        try {
            partition.awaitCommitted(endOffset, new Waiter(time));
            return Errors.NONE;
        } catch (HeddleException e) {
            return CoordinatorErrors.of(e);
        }
    }

    private static void inGroup(OffsetsPartition partition, String groupId, Consumer<Group> work) {
        partition.withExisting(
                groupId,
                group -> {
                    // What was to be concluded has been answered if it has become a consumer group since.
                    if (group.membership() instanceof ClassicGroup) work.accept(group);
                    return true;
                },
                () -> false);
    }

    // ---- Heartbeat ----

    HeartbeatResponseData heartbeat(HeartbeatRequestData request) {
        var response = new HeartbeatResponseData();
        try {
            requireGroupId(request.groupId());
            Errors error = partitions
                    .of(request.groupId())
                    .withExisting(
                            request.groupId(), group -> heartbeat(group, request), () -> Errors.UNKNOWN_MEMBER_ID);
            return response.setErrorCode(Objects.requireNonNull(error).code());
        } catch (HeddleException e) {
            Errors error = CoordinatorErrors.of(e);
            // The group is still being read: its members are to carry on.
            return response.setErrorCode(
                    error == Errors.COORDINATOR_LOAD_IN_PROGRESS ? Errors.NONE.code() : error.code());
        }
    }

    private Errors heartbeat(Group group, HeartbeatRequestData request) {
        return switch (group.membership()) {
            case ClassicGroup classic -> heartbeat(group, classic, request);
            case ConsumerGroup consumer -> classicMembers.heartbeat(group, consumer, request);
            case ShareGroup share -> Errors.UNKNOWN_MEMBER_ID;
            case StreamsGroup streams -> Errors.UNKNOWN_MEMBER_ID;
        };
    }

    private static Errors heartbeat(Group group, ClassicGroup classic, HeartbeatRequestData request) {
        classic.requireMember(request.memberId(), request.groupInstanceId());
        if (request.generationId() != classic.generationId()) return Errors.ILLEGAL_GENERATION;
        group.timers().renewSession(Objects.requireNonNull(classic.member(request.memberId())));
        return classic.is(GroupState.PREPARING_REBALANCE) ? Errors.REBALANCE_IN_PROGRESS : Errors.NONE;
    }

    // ---- LeaveGroup ----

    LeaveGroupResponseData leave(CallContext ctx, LeaveGroupRequestData request) {
        try {
            requireGroupId(request.groupId());
            OffsetsPartition partition = partitions.of(request.groupId());
            Left left = partition.withExisting(
                    request.groupId(), group -> leave(group, request), () -> new Left(allUnknown(request), 0));
            partition.awaitCommitted(Objects.requireNonNull(left).endOffset(), ctx.waiter());
            return new LeaveGroupResponseData().setMembers(left.members());
        } catch (HeddleException e) {
            return new LeaveGroupResponseData()
                    .setErrorCode(CoordinatorErrors.of(e).code());
        }
    }

    /** Who has left, and what must be committed for that. */
    private record Left(List<MemberResponse> members, long endOffset) {}

    private Left leave(Group group, LeaveGroupRequestData request) {
        List<MemberResponse> members = switch (group.membership()) {
            case ClassicGroup classic -> leaving.leave(group, request);
            case ConsumerGroup consumer -> classicMembers.leave(group, consumer, request);
            case ShareGroup share -> throw new AnswerException(Errors.UNKNOWN_MEMBER_ID);
            case StreamsGroup streams -> throw new AnswerException(Errors.UNKNOWN_MEMBER_ID);
        };
        return new Left(members, group.lastEndOffset());
    }

    private static List<MemberResponse> allUnknown(LeaveGroupRequestData request) {
        return request.members().stream()
                .map(member -> Leaving.response(member, Errors.UNKNOWN_MEMBER_ID))
                .toList();
    }

    // ---- what is asked of every request ----

    private static void requireGroupId(@Nullable String groupId) {
        if (groupId == null || groupId.isEmpty()) throw new AnswerException(Errors.INVALID_GROUP_ID);
    }

    private void requireSessionTimeout(int sessionTimeoutMs) {
        if (sessionTimeoutMs < config.minSessionTimeoutMs() || sessionTimeoutMs > config.maxSessionTimeoutMs()) {
            throw new AnswerException(Errors.INVALID_SESSION_TIMEOUT);
        }
    }
}
