package dev.heddle.coordinator;

import dev.heddle.common.HeddleException;
import dev.heddle.common.Time;
import dev.heddle.coordinator.GroupTimers.Due;
import dev.heddle.coordinator.GroupTimers.JoinTimer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The course of a rebalance: it is prepared, members join until all have or the time is over, and a new generation
 * begins. Every method needs the group's lock.
 */
final class Rebalancing {

    private static final Logger LOG = LoggerFactory.getLogger(Rebalancing.class);

    /** A client may ask for a rebalance time-out of nothing at all, which must not keep us busy. */
    private static final int MIN_WAIT_FOR_ANYONE_MS = 1_000;

    private final GroupCoordinatorConfig.ClassicGroups config;
    private final Time time;

    Rebalancing(GroupCoordinatorConfig.ClassicGroups config, Time time) {
        this.config = config;
        this.time = time;
    }

    // ---- how it begins ----

    /** Something has changed: a rebalance begins, or the one that is under way may now be complete. */
    void beginOrComplete(Group group, String reason) {
        if (group.classic().state().canRebalance()) begin(group, reason);
        else completeIfAllJoined(group);
    }

    /** Calls all members to join anew. */
    void begin(Group group, String reason) {
        ClassicGroup classic = group.classic();
        if (classic.is(GroupState.COMPLETING_REBALANCE)) withdrawAssignments(group, Errors.REBALANCE_IN_PROGRESS);
        classic.notSynced().clear();
        group.timers().stopSync();
        boolean isFirst = classic.is(GroupState.EMPTY);
        classic.moveTo(GroupState.PREPARING_REBALANCE, time.milliseconds());
        LOG.info(
                "A rebalance begins: group={}, generation={}, members={}, reason={}",
                group.id(),
                classic.generationId(),
                classic.size(),
                reason);
        if (isFirst) awaitFurtherMembers(group);
        else if (classic.haveAllJoined()) complete(group);
        else awaitMembers(group);
    }

    private void awaitMembers(Group group) {
        group.timers().startJoin(new JoinTimer.Rebalance(), group.classic().rebalanceTimeoutMs());
    }

    private void awaitFurtherMembers(Group group) {
        group.timers().setNewMemberAdded(false);
        int delayMs = config.initialRebalanceDelayMs();
        int remainingMs = Math.max(group.classic().rebalanceTimeoutMs() - delayMs, 0);
        group.timers().startJoin(new JoinTimer.Initial(delayMs, remainingMs), delayMs);
    }

    // ---- how it is completed ----

    /** Completes the rebalance if nobody is missing; the first one of a group always takes its time. */
    void completeIfAllJoined(Group group) {
        ClassicGroup classic = group.classic();
        if (classic.is(GroupState.PREPARING_REBALANCE)
                && classic.previousState() != GroupState.EMPTY
                && classic.haveAllJoined()) {
            complete(group);
        }
    }

    /** Goes on to the next generation without dynamic members who are missing; static ones stay. */
    private void complete(Group group) {
        ClassicGroup classic = group.classic();
        group.timers().stopJoin();
        removeMissing(group);
        if (!classic.electJoinedLeader() && classic.size() > 0) {
            // Static members alone, and none of them here: wait until one comes or their sessions end.
            LOG.info("A rebalance waits on, for nobody has joined: group={}", group.id());
            int waitMs = Math.max(classic.rebalanceTimeoutMs(), MIN_WAIT_FOR_ANYONE_MS);
            group.timers().startJoin(new JoinTimer.Rebalance(), waitMs);
            return;
        }
        classic.beginGeneration(time.milliseconds());
        if (classic.is(GroupState.EMPTY)) rememberEmpty(group);
        else answerJoins(group);
    }

    private void removeMissing(Group group) {
        List<Member> missing = group.classic().members().stream()
                .filter(member -> !member.isAwaitingJoin() && !member.isStatic())
                .toList();
        for (Member member : missing) {
            LOG.info("A member has not joined in time and is removed: group={}, member={}", group.id(), member.id());
            group.classic().remove(member.id());
        }
    }

    private void rememberEmpty(Group group) {
        LOG.info(
                "The group is empty: group={}, generation={}",
                group.id(),
                group.classic().generationId());
        var record = GroupRecords.group(group.id(), group.classic(), Map.of(), time.milliseconds());
        group.partition().append(group, List.of(record));
    }

    private void answerJoins(Group group) {
        ClassicGroup classic = group.classic();
        LOG.info(
                "A generation begins: group={}, generation={}, members={}, protocol={}, leader={}",
                group.id(),
                classic.generationId(),
                classic.size(),
                classic.protocolName(),
                classic.leaderId());
        for (Member member : classic.members()) {
            classic.answerJoin(member, JoinResponses.generation(classic, member.id()));
            group.timers().renewSession(member);
            member.setNew(false);
            classic.notSynced().add(member.id());
        }
        group.timers().startSync(classic.rebalanceTimeoutMs());
    }

    // ---- assignments ----

    /** Gives every member its assignment; the generation is stable. */
    void assign(Group group, Map<String, byte[]> assignments) {
        ClassicGroup classic = group.classic();
        for (Member member : classic.members()) {
            member.setAssignment(assignments.getOrDefault(member.id(), Member.NO_ASSIGNMENT));
            answerSync(group, member, SyncResponses.assignment(classic, member));
        }
        classic.moveTo(GroupState.STABLE, time.milliseconds());
    }

    /** Sends every member that waits for its assignment away with {@code error}. */
    void withdrawAssignments(Group group, Errors error) {
        for (Member member : group.classic().members()) {
            member.setAssignment(Member.NO_ASSIGNMENT);
            answerSync(group, member, SyncResponses.error(error));
        }
    }

    private void answerSync(Group group, Member member, SyncGroupResponseData response) {
        // Its session may have ended while it waited in here, which was overlooked: it begins anew.
        if (group.classic().answerSync(member, response)) group.timers().renewSession(member);
    }

    // ---- who goes ----

    /** Removes a member whose JoinGroup may be waiting. */
    void remove(Group group, Member member) {
        group.classic().answerJoin(member, JoinResponses.error("", Errors.UNKNOWN_MEMBER_ID));
        group.classic().answerSync(member, SyncResponses.error(Errors.UNKNOWN_MEMBER_ID));
        group.classic().remove(member.id());
    }

    // ---- what time brings ----

    /** Does everything that is due. */
    void actOnAllDue(Group group) {
        long now = time.nanoseconds();
        Due due;
        while ((due = group.timers().takeDue(now)) != null) act(group, due);
    }

    private void act(Group group, Due due) {
        try {
            switch (due) {
                case Due.Join join -> joinTimeIsOver(group, join.timer());
                case Due.Sync sync -> syncTimeIsOver(group);
                case Due.Session session -> sessionEnds(group, session.member());
                case Due.Pending pending -> pendingMemberStaysAway(group, pending.memberId());
            }
        } catch (HeddleException e) {
            // The generation has begun all the same: should the broker fail now, the one before it comes back, empty
            // of live members, and expires again.
            LOG.error("A group's new generation could not be written: group={}", group.id(), e);
        }
    }

    private void joinTimeIsOver(Group group, JoinTimer timer) {
        switch (timer) {
            case JoinTimer.Rebalance rebalance -> complete(group);
            case JoinTimer.Initial initial -> {
                if (group.timers().newMemberAdded() && initial.remainingMs() != 0) waitOn(group, initial);
                else complete(group);
            }
        }
    }

    private void waitOn(Group group, JoinTimer.Initial before) {
        group.timers().setNewMemberAdded(false);
        int delayMs = Math.min(config.initialRebalanceDelayMs(), before.remainingMs());
        int remainingMs = Math.max(before.remainingMs() - before.delayMs(), 0);
        group.timers().startJoin(new JoinTimer.Initial(delayMs, remainingMs), delayMs);
    }

    private void syncTimeIsOver(Group group) {
        var missing = new ArrayList<>(group.classic().notSynced());
        if (missing.isEmpty()) return;
        for (String memberId : missing) group.classic().remove(memberId);
        begin(group, "members have not asked for their assignment: " + missing);
    }

    private void sessionEnds(Group group, Member member) {
        if (member.isExcusedFromHeartbeats()) return;
        LOG.info("A member's session has ended: group={}, member={}", group.id(), member.id());
        remove(group, member);
        switch (group.classic().state()) {
            case STABLE, COMPLETING_REBALANCE -> begin(group, "the session of " + member.id() + " has ended");
            case PREPARING_REBALANCE -> completeWithoutThoseGone(group);
            case EMPTY, DEAD -> {}
        }
    }

    private void pendingMemberStaysAway(Group group, String memberId) {
        group.classic().remove(memberId);
        if (group.classic().is(GroupState.PREPARING_REBALANCE)) completeWithoutThoseGone(group);
    }

    private void completeWithoutThoseGone(Group group) {
        if (group.classic().haveAllJoined()) complete(group);
    }
}
