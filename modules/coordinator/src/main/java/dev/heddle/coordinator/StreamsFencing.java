package dev.heddle.coordinator;

import dev.heddle.common.HeddleException;
import dev.heddle.coordinator.MemberDeadlines.Missed;
import dev.heddle.coordinator.streams.StreamsData;
import dev.heddle.coordinator.streams.StreamsMember;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What time does to a streams group: members go who have not done in time what they had to, and the first assignment is
 * computed when further members have been waited for. Every method needs the group's lock.
 */
final class StreamsFencing {

    private static final Logger LOG = LoggerFactory.getLogger(StreamsFencing.class);

    /** When to try again, after the log has refused. */
    private static final int RETRY_MS = 500;

    private final StreamsContext context;

    StreamsFencing(StreamsContext context) {
        this.context = context;
    }

    /**
     * Removes a member.
     *
     * @return up to where the log must be committed for that
     */
    long fence(Group group, StreamsGroup streams, StreamsMember member) {
        StreamsTurn turn = context.turn(group, streams);
        StreamsData.removal(member.id()).forEach(turn::add);
        turn.add(turn.data().nextEpoch());
        return turn.write();
    }

    /** Does what is due. */
    void actOnAllDue(Group group, StreamsGroup streams) {
        long now = context.time().nanoseconds();
        streams.deadlines().takeMissed(now, (memberId, missed) -> missed(group, streams, memberId, missed));
        if (!Deadlines.isDue(streams.firstAssignment(), now)) return;
        streams.setFirstAssignment(Deadlines.NEVER);
        if (!streams.isEmpty()) assign(group, streams);
    }

    private void assign(Group group, StreamsGroup streams) {
        StreamsTurn turn = context.turn(group, streams);
        try {
            var assignment = new StreamsAssignment(context, turn, null);
            assignment.compute(turn.data().epoch(), turn.data().assignmentConfigs(), streams.topology());
            turn.write();
        } catch (HeddleException e) {
            // The next heartbeat computes it.
            LOG.error("A group's first assignment could not be written: group={}", group.id(), e);
        }
    }

    private void missed(Group group, StreamsGroup streams, String memberId, Missed missed) {
        StreamsMember member = streams.data().member(memberId);
        if (member == null) return;
        MemberDeadlines deadlines = streams.deadlines().of(memberId);
        if (missed == Missed.REVOCATION && member.epoch() != deadlines.revocationEpoch) return;
        LOG.info("A member is fenced: group={}, member={}, reason={}", group.id(), memberId, missed.reason());
        try {
            fence(group, streams, member);
        } catch (HeddleException e) {
            LOG.error("A member could not be fenced: group={}, member={}", group.id(), memberId, e);
            deadlines.session = context.time().deadlineAfterMs(RETRY_MS);
        }
    }
}
