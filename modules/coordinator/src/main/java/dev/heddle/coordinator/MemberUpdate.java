package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.consumer.ConsumerGroupData;
import dev.heddle.coordinator.consumer.ConsumerGroupRecord;
import dev.heddle.coordinator.consumer.ConsumerMember;
import dev.heddle.coordinator.consumer.CurrentAssignment;
import dev.heddle.coordinator.consumer.MemberProfile;
import dev.heddle.coordinator.consumer.MemberState;
import dev.heddle.coordinator.consumer.MetadataHash;
import dev.heddle.coordinator.consumer.Reconciliation;
import dev.heddle.coordinator.consumer.ResolvedRegex;
import dev.heddle.coordinator.consumer.SubscribedTopics;
import dev.heddle.coordinator.consumer.TargetComputation;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.coordinator.group.api.assignor.ConsumerGroupPartitionAssignor;
import org.apache.kafka.coordinator.group.api.assignor.SubscriptionType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What it does to a consumer group that a member speaks: its profile is written down if it is new, the group's epoch
 * rises if the group is to be assigned anew, the target assignment is computed if it is behind the epoch, and the member
 * takes its next step towards it. One thread calls the methods in this order, under the group's lock.
 */
final class MemberUpdate {

    private static final Logger LOG = LoggerFactory.getLogger(MemberUpdate.class);

    private final ConsumerContext context;
    private final ConsumerTurn turn;
    private final ConsumerGroupData data;
    private final ConsumerMember before;
    private final ConsumerMember after;
    private int groupEpoch;
    private SubscriptionType subscriptionType;
    private int targetEpoch;
    private Map<Uuid, Set<Integer>> target;

    /** @param before the member as the group knows it, {@code after} as it says it is */
    MemberUpdate(ConsumerContext context, ConsumerTurn turn, ConsumerMember before, ConsumerMember after) {
        this.context = context;
        this.turn = turn;
        this.data = turn.data();
        this.before = before;
        this.after = after;
        this.groupEpoch = data.epoch();
        this.subscriptionType = data.subscriptions().type(data.size());
        this.targetEpoch = data.assignmentEpoch();
        this.target = lastTarget();
    }

    private Map<Uuid, Set<Integer>> lastTarget() {
        if (after.instanceId() == null) return data.targets().of(after.id());
        ConsumerMember known = data.staticMember(after.instanceId());
        return known == null ? Map.of() : data.targets().of(known.id());
    }

    ConsumerTurn turn() {
        return turn;
    }

    ConsumerMember before() {
        return before;
    }

    ConsumerMember after() {
        return after;
    }

    // ---- who it is ----

    /** @return whether it subscribes to other topics by name than before */
    boolean recordProfile() {
        if (after.equals(before)) return false;
        turn.add(new ConsumerGroupRecord.Member(after.id(), after.profile()));
        return !after.subscription().topics().equals(before.subscription().topics());
    }

    // ---- the group's epoch ----

    /** Raises the epoch if {@code subscriptionChanged}, or if the topics are not what they were. */
    void refreshEpoch(boolean subscriptionChanged) {
        long version = turn.catalog().version();
        boolean topicsChanged =
                turn.consumer().topicsVersion() < context.changes().lastChange();
        if (!subscriptionChanged && !topicsChanged) return;
        SubscribedTopics subscriptions = subscriptionsAfterwards();
        subscriptionType = subscriptions.type(sizeAfterwards());
        long hash = MetadataHash.of(subscriptions.topics(), turn.catalog());
        if (subscriptionChanged || hash != data.metadataHash()) {
            groupEpoch++;
            turn.add(new ConsumerGroupRecord.Epoch(groupEpoch, hash));
            turn.afterwards(context.metrics()::consumerGroupRebalanced);
            LOG.info(
                    "A group is to be assigned anew: group={}, epoch={}",
                    turn.group().id(),
                    groupEpoch);
        }
        if (data.hasPartitionMetadata()) turn.add(new ConsumerGroupRecord.PartitionMetadata(false));
        turn.afterwards(() -> turn.consumer().lookedAtTopics(version));
    }

    private SubscribedTopics subscriptionsAfterwards() {
        SubscribedTopics subscriptions = data.subscriptions().copy();
        subscriptions.replace(before.subscription(), after.subscription());
        String regexBefore = before.subscription().regex();
        boolean isLastSubscriber = before.subscription().hasRegex()
                && !regexBefore.equals(after.subscription().regex())
                && data.subscriptions().subscribersOf(regexBefore) == 1;
        ResolvedRegex resolved = data.resolvedRegexes().get(regexBefore);
        if (isLastSubscriber && resolved != null) subscriptions.replaceResolved(resolved.topics(), List.of());
        return subscriptions;
    }

    private int sizeAfterwards() {
        boolean isNew = !data.hasMember(after.id()) && data.staticMember(after.instanceId()) == null;
        return isNew ? data.size() + 1 : data.size();
    }

    int groupEpoch() {
        return groupEpoch;
    }

    // ---- the target assignment ----

    /** Computes the target assignment if it is behind the group's epoch, and the last one was long enough ago. */
    void computeTarget() {
        if (targetEpoch >= groupEpoch || !mayCompute()) return;
        String preferred = data.preferredAssignor(before.subscription(), after.subscription());
        ConsumerGroupPartitionAssignor assignor =
                context.config().consumer().assignors().orDefault(preferred);
        List<ConsumerGroupRecord> changes = compute(assignor);
        changes.forEach(turn::add);
        turn.add(new ConsumerGroupRecord.TargetEpoch(groupEpoch, context.time().milliseconds()));
        targetEpoch = groupEpoch;
        for (ConsumerGroupRecord change : changes) {
            if (change instanceof ConsumerGroupRecord.Target of
                    && of.memberId().equals(after.id())
                    && of.partitions() != null) {
                target = of.partitions();
            }
        }
    }

    private List<ConsumerGroupRecord> compute(ConsumerGroupPartitionAssignor assignor) {
        try {
            return new TargetComputation(data, turn.catalog()).compute(after, subscriptionType, assignor);
        } catch (RuntimeException e) {
            // An assignor may be anyone's code, and throws what it likes.
            LOG.error(
                    "An assignment could not be computed: group={}, epoch={}, assignor={}",
                    turn.group().id(),
                    groupEpoch,
                    assignor.name(),
                    e);
            throw new AnswerException(
                    Errors.UNKNOWN_SERVER_ERROR,
                    "Failed to compute a new target assignment for epoch " + groupEpoch + ": " + e.getMessage());
        }
    }

    private boolean mayCompute() {
        long lastMs = data.assignmentTimestampMs();
        int intervalMs = context.settings().assignmentIntervalMs(turn.group().id());
        return lastMs == 0 || intervalMs == 0 || turn.nowMs() >= lastMs + intervalMs;
    }

    // ---- the member's own assignment ----

    /**
     * Takes the member's next step.
     *
     * @param owned partitions that it says it has; null if it has not said
     * @return the member as it is then
     */
    ConsumerMember reconcile(boolean subscriptionChanged, @Nullable Map<Uuid, Set<Integer>> owned) {
        CurrentAssignment current = after.current();
        if (!subscriptionChanged && current.isReconciledTo(targetEpoch)) return after;
        Set<String> names = TargetComputation.subscribedNames(after.subscription(), data.resolvedRegexes());
        Set<Uuid> subscribed = TargetComputation.ids(names, turn.catalog());
        var goal = new Reconciliation.Goal(targetEpoch, target, subscribed, owned, data::isOwned);
        CurrentAssignment next = Reconciliation.next(current, goal, subscriptionChanged);
        if (next.equals(current)) return after;
        turn.add(new ConsumerGroupRecord.Current(after.id(), next));
        if (!after.usesClassicProtocol()) turn.afterwards(() -> watchRevocation(next));
        return after.with(next);
    }

    private void watchRevocation(CurrentAssignment current) {
        MemberDeadlines deadlines = turn.consumer().deadlines(after.id());
        if (current.state() == MemberState.UNREVOKED_PARTITIONS) {
            MemberProfile profile = after.profile();
            deadlines.revocationEpoch = current.epoch();
            deadlines.revocation = context.time().deadlineAfterMs(profile.rebalanceTimeoutMs());
            turn.group().timers().visitBy(deadlines.revocation);
        } else {
            deadlines.revocation = Deadlines.NEVER;
        }
    }
}
