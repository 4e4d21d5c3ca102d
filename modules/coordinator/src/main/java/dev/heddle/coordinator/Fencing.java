package dev.heddle.coordinator;

import dev.heddle.common.HeddleException;
import dev.heddle.coordinator.MemberDeadlines.Missed;
import dev.heddle.coordinator.consumer.ConsumerGroupData;
import dev.heddle.coordinator.consumer.ConsumerGroupRecord;
import dev.heddle.coordinator.consumer.ConsumerMember;
import dev.heddle.coordinator.consumer.MemberProfile.Subscription;
import dev.heddle.coordinator.consumer.MetadataHash;
import dev.heddle.coordinator.consumer.ResolvedRegex;
import dev.heddle.coordinator.consumer.SubscribedTopics;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes members from consumer groups: those who leave, and those whose time is over. Every method needs the group's
 * lock.
 */
final class Fencing {

    private static final Logger LOG = LoggerFactory.getLogger(Fencing.class);

    /** When to try again to remove a member, after the log has refused. */
    private static final int RETRY_MS = 500;

    private final ConsumerContext context;
    private final Conversion conversion;

    Fencing(ConsumerContext context, Conversion conversion) {
        this.context = context;
        this.conversion = conversion;
    }

    /**
     * Removes members; if only members of the classic protocol are left, the group becomes one.
     *
     * @return up to where the log must be committed for that
     */
    long fence(Group group, ConsumerGroup consumer, Collection<ConsumerMember> members) {
        if (members.isEmpty()) return group.lastEndOffset();
        if (conversion.becomesClassicWithout(group, consumer.data(), members)) {
            return conversion.downgradeWithout(group, consumer, members);
        }
        var turn = new ConsumerTurn(
                group, consumer, context.topics().catalog(), context.time().milliseconds());
        for (ConsumerMember member : members) Members.remove(turn, member.id());
        SubscribedTopics left = subscriptionsWithout(turn, members);
        int epoch = consumer.data().epoch() + 1;
        turn.add(new ConsumerGroupRecord.Epoch(epoch, MetadataHash.of(left.topics(), turn.catalog())));
        return turn.write();
    }

    private static SubscribedTopics subscriptionsWithout(ConsumerTurn turn, Collection<ConsumerMember> members) {
        ConsumerGroupData data = turn.data();
        SubscribedTopics left = data.subscriptions().copy();
        Map<String, Integer> regexes = new HashMap<>();
        for (ConsumerMember member : members) {
            Subscription subscription = member.subscription();
            left.replace(subscription, null);
            if (subscription.hasRegex()) regexes.merge(subscription.regex(), 1, Integer::sum);
        }
        regexes.forEach((regex, count) -> {
            if (data.subscriptions().subscribersOf(regex) != count) return;
            turn.add(new ConsumerGroupRecord.Regex(regex, null));
            ResolvedRegex resolved = data.resolvedRegexes().get(regex);
            if (resolved != null) left.replaceResolved(resolved.topics(), List.of());
        });
        return left;
    }

    // ---- what time brings ----

    /** Removes every member that has not done in time what it had to. */
    void fenceDue(Group group, ConsumerGroup consumer) {
        consumer.deadlines().takeMissed(context.time().nanoseconds(), (memberId, missed) -> {
            if (group.membership() == consumer) missed(group, consumer, memberId, missed);
        });
    }

    private void missed(Group group, ConsumerGroup consumer, String memberId, Missed missed) {
        ConsumerMember member = consumer.data().member(memberId);
        if (member == null) return;
        MemberDeadlines deadlines = consumer.deadlines(memberId);
        if (missed == Missed.REVOCATION && member.epoch() != deadlines.revocationEpoch) return;
        LOG.info("A member is fenced: group={}, member={}, reason={}", group.id(), memberId, missed.reason());
        try {
            fence(group, consumer, List.of(member));
        } catch (HeddleException e) {
            LOG.error("A member could not be fenced: group={}, member={}", group.id(), memberId, e);
            deadlines.session = context.time().deadlineAfterMs(RETRY_MS);
        }
    }
}
