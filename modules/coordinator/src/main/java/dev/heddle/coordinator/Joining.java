package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.Time;
import dev.heddle.coordinator.Member.Identity;
import dev.heddle.coordinator.Member.Terms;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.JoinGroupRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What JoinGroup does to a group. Every method needs the group's lock; what the member is to be told goes into the
 * {@link Awaited} answer, at once or when the rebalance completes.
 */
final class Joining {

    private static final Logger LOG = LoggerFactory.getLogger(Joining.class);

    /** A JoinGroup that is being worked on. */
    record Attempt(
            CallContext ctx,
            JoinGroupRequestData request,
            List<MemberProtocol> protocols,
            Awaited<JoinGroupResponseData> answer) {

        Attempt(CallContext ctx, JoinGroupRequestData request, Awaited<JoinGroupResponseData> answer) {
            this(ctx, request, MemberProtocol.listOf(request.protocols()), answer);
        }

        Terms terms() {
            return new Terms(request.rebalanceTimeoutMs(), request.sessionTimeoutMs(), protocols);
        }

        List<String> protocolNames() {
            return protocols.stream().map(MemberProtocol::name).toList();
        }

        String why(String what) {
            return what + "; client reason: " + JoinGroupRequest.joinReason(request);
        }
    }

    /**
     * A static member has come back into a stable group and takes its predecessor's place: that has been written, and
     * it is told once that is committed.
     */
    record Return(Attempt attempt, Member member, @Nullable String leaderBefore, long endOffset) {}

    private final GroupCoordinatorConfig.ClassicGroups config;
    private final Rebalancing rebalancing;
    private final Time time;

    Joining(GroupCoordinatorConfig.ClassicGroups config, Rebalancing rebalancing, Time time) {
        this.config = config;
        this.rebalancing = rebalancing;
        this.time = time;
    }

    /**
     * Lets a member join.
     *
     * @return what is to be {@linkplain #conclude concluded} after its commit; null if nothing
     * @throws AnswerException if the member is turned away
     */
    @Nullable Return join(Group group, Attempt attempt) {
        JoinGroupRequestData request = attempt.request();
        String memberId = request.memberId();
        if (!hasRoomFor(group.classic(), memberId)) {
            group.classic().remove(memberId);
            attempt.answer().complete(JoinResponses.error("", Errors.GROUP_MAX_SIZE_REACHED));
            return null;
        }
        if (!group.classic().supports(request.protocolType(), attempt.protocolNames())) {
            throw new AnswerException(Errors.INCONSISTENT_GROUP_PROTOCOL);
        }
        if (memberId.isEmpty()) return joinNew(group, attempt);
        joinKnown(group, attempt, memberId);
        return null;
    }

    private boolean hasRoomFor(ClassicGroup group, String memberId) {
        return switch (group.state()) {
            case EMPTY, DEAD -> true;
            // Counts those who have joined: so, when the limit has been lowered, the last to come are turned away.
            case PREPARING_REBALANCE -> {
                Member member = group.member(memberId);
                yield member != null && member.isAwaitingJoin() || group.awaitingJoin() < config.maxSize();
            }
            case COMPLETING_REBALANCE, STABLE -> group.hasMember(memberId) || group.size() < config.maxSize();
        };
    }

    // ---- members without an id ----

    private @Nullable Return joinNew(Group group, Attempt attempt) {
        String instanceId = attempt.request().groupInstanceId();
        String clientId = attempt.ctx().clientId();
        String memberId = (instanceId != null ? instanceId : clientId) + "-" + UUID.randomUUID();
        if (instanceId != null) {
            String predecessorId = group.classic().memberIdOfInstance(instanceId);
            if (predecessorId != null) return takePlaceOf(group, attempt, predecessorId, memberId);
        } else if (JoinGroupRequest.requiresKnownMemberId(attempt.ctx().apiVersion())) {
            group.timers().startPending(memberId, attempt.request().sessionTimeoutMs());
            attempt.answer().complete(JoinResponses.error(memberId, Errors.MEMBER_ID_REQUIRED));
            return null;
        }
        add(group, attempt, memberId);
        return null;
    }

    private void add(Group group, Attempt attempt, String memberId) {
        JoinGroupRequestData request = attempt.request();
        ClassicGroup classic = group.classic();
        CallContext ctx = attempt.ctx();
        var identity = new Identity(memberId, request.groupInstanceId(), ctx.clientId(), ctx.clientHost());
        var member = new Member(identity, attempt.terms(), Member.NO_ASSIGNMENT);
        member.setNew(true);
        if (classic.is(GroupState.PREPARING_REBALANCE) && classic.previousState() == GroupState.EMPTY) {
            group.timers().setNewMemberAdded(true);
        }
        classic.add(member, request.protocolType(), attempt.answer());
        // It sends no heartbeats before its first answer, and its client may have given up: that wait has an end.
        group.timers().startSession(member, GroupCoordinatorConfig.NEW_MEMBER_JOIN_TIMEOUT_MS);
        rebalancing.beginOrComplete(group, attempt.why("new member " + memberId));
    }

    // ---- static members who come back ----

    private @Nullable Return takePlaceOf(Group group, Attempt attempt, String predecessorId, String memberId) {
        ClassicGroup classic = group.classic();
        Member predecessor = Objects.requireNonNull(classic.member(predecessorId));
        Member successor = predecessor.withId(memberId);
        successor.setTerms(attempt.terms());
        LOG.info(
                "A static member comes back: group={}, instance={}, member={}, before={}",
                group.id(),
                successor.instanceId(),
                memberId,
                predecessorId);
        boolean keepsProtocol = classic.is(GroupState.STABLE)
                && Objects.equals(classic.protocolName(), classic.selectProtocolIf(predecessor, attempt.protocols()));
        String leaderBefore = classic.leaderId();
        if (keepsProtocol) write(group, predecessor, successor);
        classic.replaceStatic(predecessor, successor);
        classic.awaitJoin(successor, attempt.answer());
        group.timers().renewSession(successor);
        if (keepsProtocol) return new Return(attempt, successor, leaderBefore, group.lastEndOffset());

        String reason = attempt.why("static member " + successor.instanceId() + " has come back");
        // The leader may already be assigning to the predecessor: that would give the successor nothing.
        if (classic.is(GroupState.PREPARING_REBALANCE)) rebalancing.completeIfAllJoined(group);
        else rebalancing.begin(group, reason);
        return null;
    }

    private void write(Group group, Member predecessor, Member successor) {
        var record = GroupRecords.groupWith(group.id(), group.classic(), predecessor, successor, time.milliseconds());
        group.partition().append(group, List.of(record));
    }

    /** The return is committed, or not: tell the member, unless a rebalance has begun that it takes part in. */
    void conclude(Group group, Return back, Errors outcome) {
        ClassicGroup classic = group.classic();
        Member member = back.member();
        if (member.awaitedJoin() != back.attempt().answer()) return;
        if (outcome != Errors.NONE) classic.answerJoin(member, JoinResponses.error("", outcome));
        else if (classic.is(GroupState.STABLE)) classic.answerJoin(member, welcome(classic, back));
    }

    private static JoinGroupResponseData welcome(ClassicGroup group, Return back) {
        JoinGroupResponseData response =
                JoinResponses.generation(group, back.member().id());
        if (JoinGroupRequest.supportsSkippingAssignment(back.attempt().ctx().apiVersion())) {
            return response.setSkipAssignment(group.isLeader(back.member().id()));
        }
        // An older client that reads that it is the leader would assign; it is told the leader's former id instead.
        return response.setMembers(List.of()).setLeader(back.leaderBefore() == null ? "" : back.leaderBefore());
    }

    // ---- members with an id ----

    private void joinKnown(Group group, Attempt attempt, String memberId) {
        ClassicGroup classic = group.classic();
        String instanceId = attempt.request().groupInstanceId();
        if (classic.isPending(memberId)) {
            // Only dynamic members are given an id to come back with.
            if (instanceId != null) throw new AnswerException(Errors.UNKNOWN_SERVER_ERROR);
            add(group, attempt, memberId);
            return;
        }
        classic.requireMember(memberId, instanceId);
        Member member = Objects.requireNonNull(classic.member(memberId));
        boolean isUnchanged = member.protocols().equals(attempt.protocols());
        switch (classic.state()) {
            case PREPARING_REBALANCE -> rejoin(group, member, attempt);
            case COMPLETING_REBALANCE -> {
                // With nothing new, it has probably missed the answer.
                if (isUnchanged) attempt.answer().complete(JoinResponses.generation(classic, memberId));
                else rejoin(group, member, attempt);
            }
            case STABLE -> {
                // The leader may see what its metadata does not show, new partitions for instance.
                if (isUnchanged && !classic.isLeader(memberId)) {
                    attempt.answer().complete(JoinResponses.generation(classic, memberId));
                } else {
                    rejoin(group, member, attempt);
                }
            }
            case EMPTY, DEAD -> throw new AnswerException(Errors.UNKNOWN_MEMBER_ID);
        }
    }

    private void rejoin(Group group, Member member, Attempt attempt) {
        group.classic().setTerms(member, attempt.terms());
        group.classic().awaitJoin(member, attempt.answer());
        rebalancing.beginOrComplete(group, attempt.why("member " + member.id() + " joins again"));
    }
}
