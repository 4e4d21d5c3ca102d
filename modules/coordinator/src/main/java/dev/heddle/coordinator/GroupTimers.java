package dev.heddle.coordinator;

import dev.heddle.common.Time;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The deadlines of a group: when its rebalance goes on without those who are missing, and when its members' sessions
 * end. Every method needs the group's lock.
 *
 * <p>For maintainers: the shared {@link Expiry} knows one moment per group, at which it looks at the group again, and
 * hears of it only when a deadline is set that lies before that moment. A heartbeat moves a deadline away, so it never
 * touches anything shared; the look at the old moment finds nothing due and moves on.
 */
final class GroupTimers {

    /** What is to happen when the time to join is over. */
    sealed interface JoinTimer {
        /** The members' rebalance time-out: go on with those who have joined. */
        record Rebalance() implements JoinTimer {}

        /**
         * The first rebalance of a group waits for further members, as long as there are new ones.
         *
         * @param delayMs how long this wait was
         * @param remainingMs how much of the rebalance time-out was left beyond it
         */
        record Initial(int delayMs, int remainingMs) implements JoinTimer {}
    }

    /** Something whose time has come. */
    sealed interface Due {
        record Join(JoinTimer timer) implements Due {}

        record Sync() implements Due {}

        record Session(Member member) implements Due {}

        record Pending(String memberId) implements Due {}
    }

    private final Group group;
    private final Expiry expiry;
    private final Time time;

    private @Nullable JoinTimer joinTimer;
    private long joinDeadlineNanos = Deadlines.NEVER;
    private long syncDeadlineNanos = Deadlines.NEVER;
    private long visitNanos = Deadlines.NEVER;
    private boolean newMemberAdded;

    GroupTimers(Group group, Expiry expiry, Time time) {
        this.group = group;
        this.expiry = expiry;
        this.time = time;
    }

    void startJoin(JoinTimer timer, int delayMs) {
        joinTimer = timer;
        joinDeadlineNanos = time.deadlineAfterMs(delayMs);
        visitBy(joinDeadlineNanos);
    }

    void stopJoin() {
        joinTimer = null;
        joinDeadlineNanos = Deadlines.NEVER;
    }

    void startSync(int delayMs) {
        syncDeadlineNanos = time.deadlineAfterMs(delayMs);
        visitBy(syncDeadlineNanos);
    }

    void stopSync() {
        syncDeadlineNanos = Deadlines.NEVER;
    }

    /** The member has given a sign of life. */
    void renewSession(Member member) {
        startSession(member, member.sessionTimeoutMs());
    }

    void startSession(Member member, int timeoutMs) {
        member.setSessionDeadlineNanos(time.deadlineAfterMs(timeoutMs));
        visitBy(member.sessionDeadlineNanos());
    }

    void startPending(String memberId, int timeoutMs) {
        long deadlineNanos = time.deadlineAfterMs(timeoutMs);
        group.classic().addPending(memberId, deadlineNanos);
        visitBy(deadlineNanos);
    }

    /** Whether a member joined since the last look: the first rebalance waits on for more. */
    boolean newMemberAdded() {
        return newMemberAdded;
    }

    void setNewMemberAdded(boolean added) {
        newMemberAdded = added;
    }

    /** Sees to it that the group is looked at by that moment. */
    void visitBy(long deadlineNanos) {
        if (!Deadlines.isEarlier(deadlineNanos, visitNanos)) return;
        visitNanos = deadlineNanos;
        expiry.schedule(group, deadlineNanos);
    }

    /** The moment has come that {@link Expiry} was told. False when another moment has taken its place since. */
    boolean beginVisit(long plannedNanos) {
        if (visitNanos != plannedNanos) return false;
        visitNanos = Deadlines.NEVER;
        return true;
    }

    /** Plans the next visit. */
    void endVisit() {
        visitBy(group.membership().earliestDeadline(this));
    }

    /** The earliest of what is kept here for groups of the classic protocol. */
    long earliestDeadline(ClassicGroup classic) {
        long next = Deadlines.earlier(joinDeadlineNanos, syncDeadlineNanos);
        for (Member member : classic.members()) next = Deadlines.earlier(next, member.sessionDeadlineNanos());
        for (long pending : classic.pendingDeadlines().values()) next = Deadlines.earlier(next, pending);
        return next;
    }

    /** Takes something away that is due at {@code now}; null when nothing is. */
    @Nullable Due takeDue(long now) {
        JoinTimer timer = joinTimer;
        if (timer != null && Deadlines.isDue(joinDeadlineNanos, now)) {
            stopJoin();
            return new Due.Join(timer);
        }
        if (Deadlines.isDue(syncDeadlineNanos, now)) {
            stopSync();
            return new Due.Sync();
        }
        for (Map.Entry<String, Long> pending :
                group.classic().pendingDeadlines().entrySet()) {
            if (Deadlines.isDue(pending.getValue(), now)) return new Due.Pending(pending.getKey());
        }
        for (Member member : group.classic().members()) {
            if (Deadlines.isDue(member.sessionDeadlineNanos(), now)) {
                member.setSessionDeadlineNanos(Deadlines.NEVER);
                return new Due.Session(member);
            }
        }
        return null;
    }
}
