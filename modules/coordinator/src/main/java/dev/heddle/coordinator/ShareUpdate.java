package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.consumer.MetadataHash;
import dev.heddle.coordinator.consumer.SubscribedTopics;
import dev.heddle.coordinator.consumer.TargetComputation;
import dev.heddle.coordinator.consumer.TopicCatalog;
import dev.heddle.coordinator.share.ShareGroupData;
import dev.heddle.coordinator.share.ShareGroupRecord;
import dev.heddle.coordinator.share.ShareMember;
import dev.heddle.coordinator.share.ShareTargets;
import dev.heddle.coordinator.share.StatePartitions.OfTopic;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What it does to a share group that a member speaks: its profile is written down if it is new, the group's epoch rises if
 * the group is to be assigned anew, the target assignment is computed if it is behind the epoch, and the member gets it.
 * One thread calls the methods in this order, under the group's lock.
 */
final class ShareUpdate {

    private static final Logger LOG = LoggerFactory.getLogger(ShareUpdate.class);

    private final ShareContext context;
    private final ShareTurn turn;
    private final ShareGroupData data;
    private final ShareMember before;
    private final ShareMember after;
    private SubscribedTopics subscriptions;
    private int size;
    private int groupEpoch;
    private boolean isBumped;
    private int targetEpoch;
    private Map<Uuid, Set<Integer>> target;

    /** @param before the member as the group knows it, {@code after} as it says it is */
    ShareUpdate(ShareContext context, ShareTurn turn, ShareMember before, ShareMember after) {
        this.context = context;
        this.turn = turn;
        this.data = turn.data();
        this.before = before;
        this.after = after;
        this.subscriptions = data.subscriptions();
        this.size = data.size();
        this.groupEpoch = data.epoch();
        this.targetEpoch = data.assignmentEpoch();
        this.target = data.targetOf(after.id());
    }

    /** Writes down who the member is, and raises the epoch if the group is to be assigned anew. */
    void refreshEpoch() {
        if (!after.profile().equals(before.profile()))
            turn.add(new ShareGroupRecord.Member(after.id(), after.profile()));
        boolean topicsChanged = turn.share().topicsVersion() < context.changes().lastChange();
        isBumped = !after.profile().topics().equals(before.profile().topics())
                || (targetEpoch >= groupEpoch && hasUnassigned());
        if (!isBumped && !topicsChanged) return;
        subscriptions = data.subscriptions().copy();
        if (data.member(before.id()) == null) size++;
        else subscriptions.replace(ShareGroupData.subscription(before.profile()), null);
        subscriptions.replace(null, ShareGroupData.subscription(after.profile()));
        long hash = MetadataHash.of(subscriptions.topics(), turn.catalog());
        if (hash != data.metadataHash()) isBumped = true;
        if (isBumped) {
            groupEpoch++;
            turn.add(new ShareGroupRecord.Epoch(groupEpoch, hash));
            turn.afterwards(context.metrics()::shareGroupRebalanced);
            LOG.info(
                    "A group is to be assigned anew: group={}, epoch={}",
                    turn.group().id(),
                    groupEpoch);
        }
        long version = turn.catalog().version();
        turn.afterwards(() -> turn.share().lookedAtTopics(version));
    }

    /** Whether there are partitions whose state has begun since the last assignment. */
    private boolean hasUnassigned() {
        if (data.size() == 0) return false;
        Map<Uuid, Set<Integer>> assigned = new HashMap<>();
        for (Map<Uuid, Set<Integer>> each : data.targets().values()) {
            each.forEach((topic, ids) ->
                    assigned.computeIfAbsent(topic, id -> new HashSet<>()).addAll(ids));
        }
        return data.states().initialized().entrySet().stream()
                .filter(topic ->
                        data.subscriptions().topics().contains(topic.getValue().name()))
                .anyMatch(topic -> !topic.getValue().partitions().equals(assigned.get(topic.getKey())));
    }

    // ---- the target assignment ----

    /** Computes the target assignment if it is behind the group's epoch, and the last one was long enough ago. */
    void computeTarget() {
        if (targetEpoch >= groupEpoch || !mayCompute()) return;
        for (ShareGroupRecord.Target change : compute()) {
            turn.add(change);
            if (change.memberId().equals(after.id()) && change.partitions() != null) target = change.partitions();
        }
        turn.add(new ShareGroupRecord.TargetEpoch(groupEpoch, turn.nowMs()));
        targetEpoch = groupEpoch;
    }

    private boolean mayCompute() {
        long lastMs = data.assignmentTimestampMs();
        int intervalMs = context.settings().assignmentIntervalMs(turn.group().id());
        return lastMs == 0 || intervalMs == 0 || turn.nowMs() >= lastMs + intervalMs;
    }

    private List<ShareGroupRecord.Target> compute() {
        try {
            return new ShareTargets(data, turn.catalog())
                    .compute(after, subscriptions.type(size), context.config().assignor());
        } catch (RuntimeException e) {
            // An assignor may be anyone's code, and throws what it likes.
            LOG.error(
                    "An assignment could not be computed: group={}, epoch={}",
                    turn.group().id(),
                    groupEpoch,
                    e);
            throw new AnswerException(
                    Errors.UNKNOWN_SERVER_ERROR,
                    "Failed to compute a new target assignment for epoch " + groupEpoch + ": " + e.getMessage());
        }
    }

    // ---- the member's own assignment ----

    /** Gives the member what it is to have; it is returned as it is then. */
    ShareMember reconcile() {
        ShareMember.Current current = after.current();
        if (!isBumped && current.epoch() == targetEpoch) return after;
        Set<Uuid> subscribed = TargetComputation.ids(after.profile().topics(), turn.catalog());
        Map<Uuid, Set<Integer>> wanted = new HashMap<>(target);
        wanted.keySet().retainAll(subscribed);
        ShareMember.Current next = current.next(targetEpoch, wanted);
        if (next.equals(current)) return after;
        turn.add(new ShareGroupRecord.Current(after.id(), next));
        return after.with(next);
    }

    // ---- states ----

    /**
     * Notes partitions of subscribed topics whose state has not begun, as about to begin.
     *
     * @return those; empty if all have
     */
    Map<Uuid, OfTopic> beginStates() {
        long retryAfter = turn.nowMs() - context.config().members().initializeRetryIntervalMs();
        Map<Uuid, OfTopic> begun = new HashMap<>();
        for (String name : subscriptions.topics()) {
            TopicCatalog.Topic topic = turn.catalog().topic(name);
            if (topic == null) continue;
            Set<Integer> missing = new HashSet<>();
            for (int partition = 0; partition < topic.partitions(); partition++) missing.add(partition);
            missing.removeAll(data.states().known(topic.id(), retryAfter));
            if (!missing.isEmpty()) begun.put(topic.id(), new OfTopic(name, missing, turn.nowMs()));
        }
        if (!begun.isEmpty()) turn.addStates(data.states().begin(begun));
        return begun;
    }

    /** The group's epoch, as it will be. */
    int groupEpoch() {
        return groupEpoch;
    }
}
