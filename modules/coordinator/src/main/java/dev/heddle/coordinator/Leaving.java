package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData.MemberResponse;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What LeaveGroup does to a group. Every method needs the group's lock. */
final class Leaving {

    private static final Logger LOG = LoggerFactory.getLogger(Leaving.class);

    private final Rebalancing rebalancing;

    Leaving(Rebalancing rebalancing) {
        this.rebalancing = rebalancing;
    }

    /** Removes members, and lets the others rebalance. What went wrong stands with each. */
    List<MemberResponse> leave(Group group, LeaveGroupRequestData request) {
        var responses = new ArrayList<MemberResponse>(request.members().size());
        boolean anyLeft = false;
        for (MemberIdentity member : request.members()) {
            Errors error = leave(group, member);
            anyLeft |= error == Errors.NONE;
            responses.add(response(member, error));
        }
        if (anyLeft) rebalance(group);
        return responses;
    }

    private Errors leave(Group group, MemberIdentity leaving) {
        ClassicGroup classic = group.classic();
        String memberId = leaving.memberId();
        try {
            if (classic.isPending(memberId)) {
                classic.remove(memberId);
            } else {
                Member member = find(classic, leaving);
                rebalancing.remove(group, member);
                memberId = member.id();
            }
        } catch (AnswerException e) {
            return e.error();
        }
        LOG.info("A member leaves: group={}, member={}, reason={}", group.id(), memberId, leaving.reason());
        return Errors.NONE;
    }

    private static Member find(ClassicGroup group, MemberIdentity leaving) {
        String memberId = leaving.memberId();
        String instanceId = leaving.groupInstanceId();
        if (memberId.isEmpty()) {
            // An administrator names a static member by its instance alone (KIP-345).
            memberId = instanceId == null ? null : group.memberIdOfInstance(instanceId);
            if (memberId == null) throw new AnswerException(Errors.UNKNOWN_MEMBER_ID);
        } else {
            group.requireMember(memberId, instanceId);
        }
        return Objects.requireNonNull(group.member(memberId));
    }

    private void rebalance(Group group) {
        switch (group.classic().state()) {
            case STABLE, COMPLETING_REBALANCE -> rebalancing.begin(group, "members have left");
            case PREPARING_REBALANCE -> rebalancing.completeIfAllJoined(group);
            case EMPTY, DEAD -> {}
        }
    }

    static MemberResponse response(MemberIdentity member, Errors error) {
        return new MemberResponse()
                .setMemberId(member.memberId())
                .setGroupInstanceId(member.groupInstanceId())
                .setErrorCode(error.code());
    }
}
