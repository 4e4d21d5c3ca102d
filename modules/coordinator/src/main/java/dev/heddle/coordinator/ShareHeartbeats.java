package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.HeddleException;
import dev.heddle.coordinator.consumer.MetadataHash;
import dev.heddle.coordinator.consumer.SubscribedTopics;
import dev.heddle.coordinator.share.ShareGroupData;
import dev.heddle.coordinator.share.ShareGroupRecord;
import dev.heddle.coordinator.share.ShareMember;
import dev.heddle.coordinator.share.StatePartitions.OfTopic;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ShareGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ShareGroupHeartbeatResponseData;
import org.apache.kafka.common.message.ShareGroupHeartbeatResponseData.Assignment;
import org.apache.kafka.common.message.ShareGroupHeartbeatResponseData.TopicPartitions;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What ShareGroupHeartbeat does to a group (KIP-932): a member joins, is told what it is to have, and leaves. Every method
 * needs the group's lock.
 */
final class ShareHeartbeats {

    private static final Logger LOG = LoggerFactory.getLogger(ShareHeartbeats.class);

    /** When to try again to remove a member, after the log has refused. */
    private static final int RETRY_MS = 500;

    /**
     * What to answer, and what must be committed before.
     *
     * @param begun partitions whose state is to begin, by topic; perhaps none
     * @param epoch the group's, which is the first epoch of those states
     */
    record Outcome(ShareGroupHeartbeatResponseData response, long endOffset, Map<Uuid, OfTopic> begun, int epoch) {}

    private final ShareContext context;

    ShareHeartbeats(ShareContext context) {
        this.context = context;
    }

    // ---- a member that stays ----

    /** @throws AnswerException if the member is turned away */
    Outcome heartbeat(Group group, CallContext ctx, ShareGroupHeartbeatRequestData request) {
        boolean isJoining = request.memberEpoch() == 0;
        ShareTurn turn = isJoining ? ShareTurn.ofNew(group, context) : ShareTurn.of(group, context);
        requireRoom(turn.data(), request.memberId());
        ShareMember before = find(turn, request);
        var update = new ShareUpdate(context, turn, before, before.with(profile(before.profile(), ctx, request)));
        update.refreshEpoch();
        update.computeTarget();
        ShareMember after = update.reconcile();
        Map<Uuid, OfTopic> begun = update.beginStates();
        turn.afterwards(() -> renewSession(turn, after.id()));
        long endOffset = turn.write();
        return new Outcome(answer(group, request, before, after), endOffset, begun, update.groupEpoch());
    }

    private void requireRoom(ShareGroupData data, String memberId) {
        int maxSize = context.config().members().maxSize();
        if (data.size() < maxSize || data.member(memberId) != null) return;
        throw new AnswerException(
                Errors.GROUP_MAX_SIZE_REACHED,
                "The share group has reached its maximum capacity of " + maxSize + " members.");
    }

    private static ShareMember find(ShareTurn turn, ShareGroupHeartbeatRequestData request) {
        String memberId = request.memberId();
        ShareMember member = turn.data().member(memberId);
        if (request.memberEpoch() == 0) {
            LOG.info(
                    "A member joins: group={}, member={}, protocol=share",
                    turn.group().id(),
                    memberId);
            return member != null ? member : ShareMember.joining(memberId);
        }
        if (member == null) throw unknown(turn.group().id(), memberId);
        requireEpoch(member, request.memberEpoch());
        return member;
    }

    private static AnswerException unknown(String groupId, String memberId) {
        return new AnswerException(
                Errors.UNKNOWN_MEMBER_ID, "Member " + memberId + " is not a member of group " + groupId + ".");
    }

    /** The epoch before is good, too: just the answer may have been lost. */
    private static void requireEpoch(ShareMember member, int received) {
        int known = member.epoch();
        if (received == known || received == member.current().previousEpoch()) return;
        String what = received > known
                ? "The share group member has a greater member epoch (" + received
                        + ") than the one known by the group coordinator (" + known + ")"
                : "The share group member has a smaller member epoch (" + received
                        + ") than the one known by the group coordinator (" + known
                        + "), and it does not match the previous member epoch ("
                        + member.current().previousEpoch() + ")";
        throw new AnswerException(
                Errors.FENCED_MEMBER_EPOCH, what + ". The member must abandon all its partitions and rejoin.");
    }

    private static ShareMember.Profile profile(
            ShareMember.Profile before, CallContext ctx, ShareGroupHeartbeatRequestData request) {
        List<String> topics = request.subscribedTopicNames();
        return new ShareMember.Profile(
                request.rackId() != null ? request.rackId() : before.rackId(),
                ctx.clientId(),
                ctx.clientHost(),
                topics == null ? before.topics() : new HashSet<>(topics));
    }

    private void renewSession(ShareTurn turn, String memberId) {
        Group group = turn.group();
        long deadline = context.time().deadlineAfterMs(context.settings().sessionTimeoutMs(group.id()));
        turn.share().deadlines().of(memberId).session = deadline;
        group.timers().visitBy(deadline);
    }

    private ShareGroupHeartbeatResponseData answer(
            Group group, ShareGroupHeartbeatRequestData request, ShareMember before, ShareMember after) {
        var response = new ShareGroupHeartbeatResponseData()
                .setMemberId(after.id())
                .setMemberEpoch(after.epoch())
                .setHeartbeatIntervalMs(context.settings().heartbeatIntervalMs(group.id()));
        // It says everything when it joins, and when it has lost an answer.
        boolean saysEverything = request.memberEpoch() == 0 || request.subscribedTopicNames() != null;
        boolean changed = !before.current().assigned().equals(after.current().assigned());
        if (saysEverything || changed)
            response.setAssignment(assignment(after.current().assigned()));
        return response;
    }

    private static Assignment assignment(Map<Uuid, Set<Integer>> assigned) {
        var topics = new ArrayList<TopicPartitions>(assigned.size());
        assigned.forEach((topic, ids) ->
                topics.add(new TopicPartitions().setTopicId(topic).setPartitions(List.copyOf(ids))));
        return new Assignment().setTopicPartitions(topics);
    }

    // ---- a member that goes ----

    /** @throws AnswerException if there is no such member */
    Outcome leave(Group group, ShareGroupHeartbeatRequestData request) {
        ShareTurn turn = ShareTurn.of(group, context);
        ShareMember member = turn.data().member(request.memberId());
        if (member == null) throw unknown(group.id(), request.memberId());
        LOG.info("A member leaves: group={}, member={}, protocol=share", group.id(), member.id());
        var response = new ShareGroupHeartbeatResponseData()
                .setMemberId(request.memberId())
                .setMemberEpoch(request.memberEpoch());
        return new Outcome(response, fence(turn, member), Map.of(), 0);
    }

    private static long fence(ShareTurn turn, ShareMember member) {
        turn.add(new ShareGroupRecord.Current(member.id(), null));
        turn.add(new ShareGroupRecord.Target(member.id(), null));
        turn.add(new ShareGroupRecord.Member(member.id(), null));
        SubscribedTopics left = turn.data().subscriptions().copy();
        left.replace(ShareGroupData.subscription(member.profile()), null);
        int epoch = turn.data().epoch() + 1;
        turn.add(new ShareGroupRecord.Epoch(epoch, MetadataHash.of(left.topics(), turn.catalog())));
        return turn.write();
    }

    /** Removes every member whose session is over. */
    void fenceDue(Group group, ShareGroup share) {
        share.deadlines().takeMissed(context.time().nanoseconds(), (memberId, missed) -> {
            ShareMember member = share.data().member(memberId);
            if (member == null) return;
            LOG.info("A member is fenced: group={}, member={}, reason={}", group.id(), memberId, missed.reason());
            try {
                fence(ShareTurn.of(group, share, context), member);
            } catch (HeddleException e) {
                LOG.error("A member could not be fenced: group={}, member={}", group.id(), memberId, e);
                share.deadlines().of(memberId).session = context.time().deadlineAfterMs(RETRY_MS);
            }
        });
    }
}
