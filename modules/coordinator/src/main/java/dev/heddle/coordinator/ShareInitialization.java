package dev.heddle.coordinator;

import dev.heddle.common.HeddleException;
import dev.heddle.common.Scheduler;
import dev.heddle.common.Waiter;
import dev.heddle.coordinator.ShareStateWork.Failures;
import dev.heddle.coordinator.share.StatePartitions;
import dev.heddle.coordinator.share.StatePartitions.OfTopic;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.Uuid;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the states of share groups begun that members have just subscribed to, on a background thread: no heartbeat waits for
 * it. Any thread may call it, without a lock. What does not succeed is tried again at a later heartbeat.
 */
final class ShareInitialization implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ShareInitialization.class);

    private final ShareContext context;
    private final ShareStateWork work;
    private final Scheduler scheduler;

    /** Of the threads at work: they have nothing to wait for once the broker stops. */
    private final Set<Waiter> waiters = ConcurrentHashMap.newKeySet();

    /** Publishes that the broker stops. */
    private volatile boolean closed;

    ShareInitialization(ShareContext context, ShareStateWork work, Scheduler scheduler) {
        this.context = context;
        this.work = work;
        this.scheduler = scheduler;
    }

    /** Begins what the heartbeat has noted as about to begin. */
    void start(OffsetsPartition partition, String groupId, ShareHeartbeats.Outcome outcome) {
        if (outcome.begun().isEmpty()) return;
        scheduler.once("initialize-share-states", 0, () -> initialize(partition, groupId, outcome));
    }

    private void initialize(OffsetsPartition partition, String groupId, ShareHeartbeats.Outcome outcome) {
        var waiter = new Waiter(context.time());
        waiters.add(waiter);
        if (closed) waiter.cancel();
        try {
            partition.awaitCommitted(outcome.endOffset(), waiter);
            Failures failures = work.initialize(groupId, outcome.epoch(), unknownOffsets(outcome.begun()), waiter);
            if (failures.isEmpty()) {
                complete(partition, groupId, outcome.begun());
            } else {
                LOG.warn(
                        "States of a share group could not be begun: group={}, reason={}",
                        groupId,
                        failures.any().getMessage());
                change(partition, groupId, states -> states.giveUp(outcome.begun()));
            }
        } catch (HeddleException e) {
            LOG.warn("States of a share group could not be begun: group={}, reason={}", groupId, e.getMessage());
        } finally {
            waiters.remove(waiter);
        }
    }

    private static Map<Uuid, Map<Integer, Long>> unknownOffsets(Map<Uuid, OfTopic> begun) {
        Map<Uuid, Map<Integer, Long>> offsets = new HashMap<>();
        begun.forEach((id, topic) -> {
            Map<Integer, Long> partitions = new HashMap<>();
            for (int partition : topic.partitions()) partitions.put(partition, ShareState.UNINITIALIZED_START_OFFSET);
            offsets.put(id, partitions);
        });
        return offsets;
    }

    /** Writes down that these have begun, so that they may be assigned; returns up to where that must be committed. */
    long complete(OffsetsPartition partition, String groupId, Map<Uuid, OfTopic> begun) {
        return change(partition, groupId, states -> states.complete(begun));
    }

    private long change(OffsetsPartition partition, String groupId, UnaryOperator<StatePartitions> change) {
        return partition.withExisting(
                groupId,
                group -> {
                    if (!(group.membership() instanceof ShareGroup share)) return 0L;
                    ShareTurn turn = ShareTurn.of(group, share, context);
                    turn.addStates(change.apply(share.data().states()));
                    return turn.write();
                },
                () -> 0L);
    }

    /** Lets go of every thread that waits in here. */
    @Override
    public void close() {
        closed = true;
        waiters.forEach(Waiter::cancel);
    }
}
