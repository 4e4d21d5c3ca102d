package dev.heddle.coordinator;

import org.jspecify.annotations.Nullable;

/** Until when a member of a consumer group must have done what it has to. Needs the group's lock. */
final class MemberDeadlines {

    /** What a member has failed to do. */
    enum Missed {
        SESSION("its session has ended"),
        REVOCATION("it has not given its partitions up in time"),
        JOIN("it has not joined again in time"),
        SYNC("it has not asked for its assignment in time");

        private final String reason;

        Missed(String reason) {
            this.reason = reason;
        }

        String reason() {
            return reason;
        }
    }

    /** When a heartbeat must have come. */
    long session = Deadlines.NEVER;

    /** When it must have given partitions up, if it is then still in {@link #revocationEpoch}. */
    long revocation = Deadlines.NEVER;

    int revocationEpoch;

    /** When a member of the classic protocol must have joined again. */
    long join = Deadlines.NEVER;

    /** When a member of the classic protocol must have asked for its assignment. */
    long sync = Deadlines.NEVER;

    long earliest() {
        return Deadlines.earlier(Deadlines.earlier(session, revocation), Deadlines.earlier(join, sync));
    }

    /** Something that it has missed, which is then forgotten; null if nothing. */
    @Nullable Missed takeMissed(long nowNanos) {
        if (Deadlines.isDue(session, nowNanos)) {
            session = Deadlines.NEVER;
            return Missed.SESSION;
        }
        if (Deadlines.isDue(revocation, nowNanos)) {
            revocation = Deadlines.NEVER;
            return Missed.REVOCATION;
        }
        if (Deadlines.isDue(join, nowNanos)) {
            join = Deadlines.NEVER;
            return Missed.JOIN;
        }
        if (Deadlines.isDue(sync, nowNanos)) {
            sync = Deadlines.NEVER;
            return Missed.SYNC;
        }
        return null;
    }
}
