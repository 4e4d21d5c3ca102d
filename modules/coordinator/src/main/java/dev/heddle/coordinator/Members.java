package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.consumer.ConsumerGroupData;
import dev.heddle.coordinator.consumer.ConsumerGroupRecord;
import dev.heddle.coordinator.consumer.ConsumerMember;
import dev.heddle.coordinator.consumer.CurrentAssignment;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the members of consumer groups, whichever protocol they speak, and says what is wrong with them. Needs the
 * group's lock.
 */
final class Members {

    private static final Logger LOG = LoggerFactory.getLogger(Members.class);

    private Members() {}

    static AnswerException notAConsumerGroup(String groupId) {
        return new AnswerException(Errors.GROUP_ID_NOT_FOUND, "Group " + groupId + " is not a consumer group.");
    }

    static void requireRoom(ConsumerContext context, ConsumerGroupData data, String memberId) {
        int maxSize = context.config().consumer().maxSize();
        if (data.size() < maxSize || data.hasMember(memberId)) return;
        throw new AnswerException(
                Errors.GROUP_MAX_SIZE_REACHED,
                "The consumer group has reached its maximum capacity of " + maxSize + " members.");
    }

    static ConsumerMember require(ConsumerGroupData data, String groupId, String memberId) {
        ConsumerMember member = data.member(memberId);
        if (member != null) return member;
        throw new AnswerException(
                Errors.UNKNOWN_MEMBER_ID, "Member " + memberId + " is not a member of group " + groupId + ".");
    }

    static ConsumerMember requireStatic(ConsumerGroupData data, String memberId, String instanceId) {
        ConsumerMember member = staticMember(data, instanceId);
        if (member.id().equals(memberId)) return member;
        throw new AnswerException(
                Errors.FENCED_INSTANCE_ID,
                "Static member " + memberId + " with instance id " + instanceId + " was fenced by member " + member.id()
                        + ".");
    }

    static ConsumerMember staticMember(ConsumerGroupData data, String instanceId) {
        ConsumerMember member = data.staticMember(instanceId);
        if (member != null) return member;
        throw new AnswerException(Errors.UNKNOWN_MEMBER_ID, "Instance id " + instanceId + " is unknown.");
    }

    /** A static member comes; it takes the place of the one that had its instance, if there is one. */
    static ConsumerMember joinStatic(ConsumerTurn turn, String memberId, String instanceId, boolean usesClassic) {
        ConsumerGroupData data = turn.data();
        String groupId = turn.group().id();
        LOG.info("A member joins: group={}, member={}, instance={}", groupId, memberId, instanceId);
        ConsumerMember predecessor = data.staticMember(instanceId);
        if (predecessor == null) {
            ConsumerMember known = data.member(memberId);
            return known != null ? known : ConsumerMember.joining(memberId);
        }
        boolean isAway = predecessor.epoch() == CurrentAssignment.LEAVING_STATIC;
        if (!usesClassic && !predecessor.usesClassicProtocol() && !isAway) {
            throw new AnswerException(
                    Errors.UNRELEASED_INSTANCE_ID,
                    "Static member " + memberId + " with instance id " + instanceId
                            + " cannot join the group because the instance id is owned by " + predecessor.id()
                            + " member.");
        }
        var successor = new ConsumerMember(
                memberId, predecessor.profile(), predecessor.current().restarted());
        remove(turn, predecessor.id());
        turn.add(new ConsumerGroupRecord.Member(memberId, successor.profile()));
        turn.add(new ConsumerGroupRecord.Target(memberId, data.targets().of(predecessor.id())));
        turn.add(new ConsumerGroupRecord.Current(memberId, successor.current()));
        return successor;
    }

    static void remove(ConsumerTurn turn, String memberId) {
        turn.add(new ConsumerGroupRecord.Current(memberId, null));
        turn.add(new ConsumerGroupRecord.Target(memberId, null));
        turn.add(new ConsumerGroupRecord.Member(memberId, null));
    }

    /** The member has given a sign of life. */
    static void renewSession(ConsumerContext context, ConsumerTurn turn, String memberId, int timeoutMs) {
        renewSession(context, turn.group(), turn.consumer(), memberId, timeoutMs);
    }

    static void renewSession(
            ConsumerContext context, Group group, ConsumerGroup consumer, String memberId, int timeoutMs) {
        MemberDeadlines deadlines = consumer.deadlines(memberId);
        deadlines.session = context.time().deadlineAfterMs(timeoutMs);
        group.timers().visitBy(deadlines.session);
    }
}
