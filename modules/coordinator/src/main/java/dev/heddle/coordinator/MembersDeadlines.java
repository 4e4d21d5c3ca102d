package dev.heddle.coordinator;

import dev.heddle.coordinator.MemberDeadlines.Missed;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/** Until when each member of a group must have done what it has to. Needs the group's lock. */
final class MembersDeadlines {

    private final Map<String, MemberDeadlines> byMember = new HashMap<>();

    MemberDeadlines of(String memberId) {
        return byMember.computeIfAbsent(memberId, id -> new MemberDeadlines());
    }

    /** Forgets the deadlines of those who are members no more. */
    void keepOnly(int members, Predicate<String> isMember) {
        if (byMember.size() > members) byMember.keySet().removeIf(isMember.negate());
    }

    /** Tells of everything that a member should have done by now and has not, once. */
    void takeMissed(long nowNanos, BiConsumer<String, Missed> action) {
        Map.copyOf(byMember).forEach((memberId, deadlines) -> {
            Missed missed;
            while ((missed = deadlines.takeMissed(nowNanos)) != null) action.accept(memberId, missed);
        });
    }

    long earliest() {
        long earliest = Deadlines.NEVER;
        for (MemberDeadlines each : byMember.values()) earliest = Deadlines.earlier(earliest, each.earliest());
        return earliest;
    }
}
