package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.HeddleException;
import dev.heddle.common.Time;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What SyncGroup does to a group. Every method needs the group's lock; the member's assignment goes into the
 * {@link Awaited} answer, at once or when the leader has decided.
 */
final class Syncing {

    private static final Logger LOG = LoggerFactory.getLogger(Syncing.class);

    /** The leader's assignment has been written, and counts once that is committed. */
    record Decision(int generationId, Map<String, byte[]> assignments, long endOffset) {}

    private final Rebalancing rebalancing;
    private final GroupMetrics metrics;
    private final Time time;

    Syncing(Rebalancing rebalancing, GroupMetrics metrics, Time time) {
        this.rebalancing = rebalancing;
        this.metrics = metrics;
        this.time = time;
    }

    /**
     * Lets a member ask for its assignment, and the leader bring it.
     *
     * @return what is to be {@linkplain #conclude concluded} after its commit; null if nothing
     * @throws AnswerException if the member is turned away
     */
    @Nullable Decision sync(Group group, SyncGroupRequestData request, Awaited<SyncGroupResponseData> answer) {
        ClassicGroup classic = group.classic();
        if (classic.is(GroupState.EMPTY)) throw new AnswerException(Errors.UNKNOWN_MEMBER_ID);
        Member member = validate(classic, request);
        return switch (classic.state()) {
            case PREPARING_REBALANCE -> throw new AnswerException(Errors.REBALANCE_IN_PROGRESS);
            case COMPLETING_REBALANCE -> {
                classic.awaitSync(member, answer);
                hasSynced(group, member);
                yield classic.isLeader(member.id()) ? decide(group, request) : null;
            }
            case STABLE -> {
                hasSynced(group, member);
                answer.complete(SyncResponses.assignment(classic, member));
                yield null;
            }
            case EMPTY, DEAD -> throw new AnswerException(Errors.COORDINATOR_NOT_AVAILABLE);
        };
    }

    private static Member validate(ClassicGroup group, SyncGroupRequestData request) {
        group.requireMember(request.memberId(), request.groupInstanceId());
        if (request.generationId() != group.generationId()) throw new AnswerException(Errors.ILLEGAL_GENERATION);
        if (differs(request.protocolType(), group.protocolType())
                || differs(request.protocolName(), group.protocolName())) {
            throw new AnswerException(Errors.INCONSISTENT_GROUP_PROTOCOL);
        }
        return Objects.requireNonNull(group.member(request.memberId()));
    }

    /** Clients before version 5 do not say. */
    private static boolean differs(@Nullable String requested, @Nullable String agreed) {
        return requested != null && agreed != null && !requested.equals(agreed);
    }

    private static void hasSynced(Group group, Member member) {
        group.classic().notSynced().remove(member.id());
        if (group.classic().notSynced().isEmpty()) group.timers().stopSync();
    }

    private @Nullable Decision decide(Group group, SyncGroupRequestData request) {
        ClassicGroup classic = group.classic();
        Map<String, byte[]> assignments = new HashMap<>();
        request.assignments().forEach(each -> assignments.put(each.memberId(), each.assignment()));
        if (!assignments
                .keySet()
                .containsAll(classic.members().stream().map(Member::id).toList())) {
            LOG.debug("The leader has left out members: group={}, leader={}", group.id(), request.memberId());
        }
        var record = GroupRecords.group(group.id(), classic, assignments, time.milliseconds());
        try {
            group.partition().append(group, List.of(record));
            return new Decision(classic.generationId(), assignments, group.lastEndOffset());
        } catch (HeddleException e) {
            fail(group, CoordinatorErrors.of(e));
            return null;
        }
    }

    /** The decision is committed, or not: tell the members, unless another rebalance has begun. */
    void conclude(Group group, Decision decision, Errors outcome) {
        ClassicGroup classic = group.classic();
        boolean isCurrent =
                classic.is(GroupState.COMPLETING_REBALANCE) && classic.generationId() == decision.generationId();
        if (!isCurrent) return;
        if (outcome == Errors.NONE) {
            rebalancing.assign(group, decision.assignments());
            metrics.rebalanceCompleted();
        } else {
            fail(group, outcome);
        }
    }

    private void fail(Group group, Errors error) {
        LOG.error("An assignment could not be written: group={}, error={}", group.id(), error);
        rebalancing.withdrawAssignments(group, error);
        rebalancing.beginOrComplete(group, "the assignment could not be written: " + error);
    }
}
