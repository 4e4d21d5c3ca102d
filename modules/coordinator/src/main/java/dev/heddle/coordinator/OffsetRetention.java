package dev.heddle.coordinator;

import dev.heddle.common.HeddleException;
import dev.heddle.common.Time;
import dev.heddle.coordinator.share.StatePartitions;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes offsets that nobody needs any more, and groups that have nothing left (KIP-211). Background threads call it,
 * without a lock.
 */
final class OffsetRetention {

    private static final Logger LOG = LoggerFactory.getLogger(OffsetRetention.class);

    private final OffsetsPartitions partitions;
    private final ShareContext shares;
    private final GroupMetrics metrics;
    private final long retentionMs;
    private final Time time;

    OffsetRetention(OffsetsPartitions partitions, ShareContext shares) {
        this.shares = shares;
        this.partitions = partitions;
        this.metrics = partitions.context().metrics();
        this.retentionMs = partitions.context().config().offsets().retentionMs();
        this.time = partitions.context().time();
    }

    // ---- by age ----

    /** Looks at every group. */
    void expire() {
        inEveryGroup(this::expire);
    }

    private void expire(Group group) {
        // What a share group has done is kept until somebody deletes it.
        if (group.membership() instanceof ShareGroup) return;
        if (removeExpired(group)
                && !group.offsets().hasOpenTransactions()
                && group.membership().isEmpty()
                && !(group.membership() instanceof ClassicGroup classic && classic.hasPending())) {
            LOG.info("A group without members and offsets is removed: group={}", group.id());
            GroupAdministration.remove(group, time.milliseconds());
        }
    }

    /** @return whether no committed offset is left */
    private boolean removeExpired(Group group) {
        if (group.offsets().hasNoCommitted()) return true;
        ToLongFunction<CommittedOffset> beginOfRetention = beginOfRetention(group.membership());
        if (beginOfRetention == null) return false;
        long now = time.milliseconds();
        var doomed = new GroupOffsets.Tombstones(group, now);
        group.offsets().committed().forEach((topic, offsets) -> {
            if (group.membership().isSubscribedTo(topic)) return;
            offsets.forEach((partition, offset) -> {
                boolean isExpired = isExpired(offset, beginOfRetention, now);
                if (isExpired && !group.offsets().hasPending(topic, partition)) doomed.add(topic, partition);
            });
        });
        doomed.write();
        metrics.offsetsExpired(doomed.size());
        return group.offsets().hasNoCommitted();
    }

    private boolean isExpired(CommittedOffset offset, ToLongFunction<CommittedOffset> beginOfRetention, long nowMs) {
        if (offset.expireTimestampMs() != CommittedOffset.NONE) return nowMs >= offset.expireTimestampMs();
        return nowMs - beginOfRetention.applyAsLong(offset) >= retentionMs;
    }

    private static @Nullable ToLongFunction<CommittedOffset> beginOfRetention(Membership membership) {
        return switch (membership) {
            case ClassicGroup classic -> beginOfRetention(classic);
            case ConsumerGroup consumer -> CommittedOffset::commitTimestampMs;
            case ShareGroup share -> null;
            case StreamsGroup streams -> CommittedOffset::commitTimestampMs;
        };
    }

    /** From when on an offset of the group ages; null while all are in use. */
    private static @Nullable ToLongFunction<CommittedOffset> beginOfRetention(ClassicGroup group) {
        boolean isOfConsumerOnItsOwn = group.protocolType() == null;
        if (isOfConsumerOnItsOwn) return CommittedOffset::commitTimestampMs;
        if (group.is(GroupState.EMPTY)) {
            long emptySinceMs = group.stateTimestampMs();
            // Groups written by brokers before 2.1 do not say since when they are empty.
            return emptySinceMs == -1 ? CommittedOffset::commitTimestampMs : offset -> emptySinceMs;
        }
        boolean knowsItsTopics = group.usesConsumerProtocol() && group.subscribedTopics() != null;
        return knowsItsTopics && group.is(GroupState.STABLE) ? CommittedOffset::commitTimestampMs : null;
    }

    // ---- by deletion of a topic ----

    /** Removes the offsets of a topic that was deleted. */
    void removeTopic(String topic, Uuid topicId) {
        inEveryGroup(group -> {
            var doomed = new GroupOffsets.Tombstones(group, time.milliseconds());
            var offsets = group.offsets().committed().get(topic);
            if (offsets != null) {
                offsets.forEach((partition, offset) -> {
                    if (!offset.isOfAnotherTopicThan(topicId)) doomed.add(topic, partition);
                });
            }
            group.offsets().pendingPartitions().stream()
                    .filter(pending -> pending.topic().equals(topic))
                    .filter(pending -> group.offsets().get(topic, pending.partition()) == null)
                    .forEach(pending -> doomed.add(topic, pending.partition()));
            doomed.write();
            if (group.membership() instanceof ShareGroup share) forgetStates(group, share, topicId);
        });
    }

    /** The share coordinator deletes the states themselves. */
    private void forgetStates(Group group, ShareGroup share, Uuid topicId) {
        StatePartitions states = share.data().states();
        StatePartitions rest = states.forget(List.of(topicId));
        if (rest.equals(states)) return;
        ShareTurn turn = ShareTurn.of(group, share, shares);
        turn.addStates(rest);
        turn.write();
    }

    private void inEveryGroup(Consumer<Group> work) {
        for (OffsetsPartition partition : partitions.all()) {
            if (!partition.life().isActive()) continue;
            for (Group group : partition.groups()) inGroup(partition, group.id(), work);
        }
    }

    private static void inGroup(OffsetsPartition partition, String groupId, Consumer<Group> work) {
        try {
            partition.withExisting(
                    groupId,
                    group -> {
                        work.accept(group);
                        return true;
                    },
                    () -> false);
        } catch (HeddleException e) {
            // The partition has gone to another broker, or its disk has failed; the next round sees.
            LOG.debug("A group's offsets cannot be removed: group={}", groupId, e);
        }
    }
}
