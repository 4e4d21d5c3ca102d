package dev.heddle.coordinator;

import dev.heddle.common.HeddleException;
import dev.heddle.common.Scheduler;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.coordinator.TransactionDecision.Keep;
import dev.heddle.coordinator.TransactionDecision.Move;
import dev.heddle.coordinator.TransactionMetadata.Producer;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.TransactionResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees transactions through whose end is decided: waits until the decision is committed, writes the markers, waits until
 * they are committed, and writes down that the transaction is over. Any thread may start one; each has a virtual thread
 * of its own, {@code complete-transaction}, which goes on until the transaction is over or its partition has gone.
 */
final class TransactionCompletion {

    private static final Logger LOG = LoggerFactory.getLogger(TransactionCompletion.class);

    private static final long RETRY_MS = 100;

    private final MarkerWriter markers;
    private final MarkerTargets targets;
    private final Scheduler scheduler;
    private final Time time;
    private final TransactionMetrics metrics;

    TransactionCompletion(
            MarkerWriter markers, MarkerTargets targets, Scheduler scheduler, Time time, TransactionMetrics metrics) {
        this.markers = markers;
        this.targets = targets;
        this.scheduler = scheduler;
        this.time = time;
        this.metrics = metrics;
    }

    /** The end of the id's transaction is in the log. */
    void start(TransactionPartition partition, TransactionalId id) {
        scheduler.once("complete-transaction", 0, () -> complete(partition, id));
    }

    private void complete(TransactionPartition partition, TransactionalId id) {
        Waiter waiter = partition.beginCompletion();
        try {
            if (awaitDecision(partition, id, waiter) && writeMarkers(partition, id, waiter)) {
                writeCompletion(partition, id, waiter);
            }
        } finally {
            partition.endCompletion(waiter);
        }
    }

    /**
     * Until it is on disk and replicated, the decision may be lost, and markers cannot be taken back.
     *
     * @return false if the partition has gone: whoever leads it next completes its transactions
     */
    private boolean awaitDecision(TransactionPartition partition, TransactionalId id, Waiter waiter) {
        long endOffset = endOffset(id);
        while (true) {
            try {
                partition.awaitCommitted(endOffset, waiter);
                return true;
            } catch (HeddleException e) {
                LOG.debug("A transaction's end is not committed yet: transactionalId={}", id.name(), e);
                if (!pause(waiter)) return false;
            }
        }
    }

    private static long endOffset(TransactionalId id) {
        id.lock().lock();
        try {
            return id.endOffset();
        } finally {
            id.lock().unlock();
        }
    }

    private boolean writeMarkers(TransactionPartition partition, TransactionalId id, Waiter waiter) {
        while (true) {
            TransactionMetadata metadata = id.metadata();
            Set<TopicPartition> left = metadata.partitions();
            if (left.isEmpty()) return true;
            if (waiter.isCancelled()) return false;
            TransactionMarker marker = marker(metadata, partition.log().leaderEpoch());
            Map<TopicPartition, Errors> results = markers.write(marker, left, waiter);
            if (results.containsValue(Errors.TRANSACTION_COORDINATOR_FENCED)) {
                LOG.warn("Another broker has ended this transaction: transactionalId={}", id.name());
                return false;
            }
            take(id, done(id, results));
            if (!id.metadata().partitions().isEmpty() && !pause(id.metadata().partitions(), waiter)) return false;
        }
    }

    /** Waits before the next attempt to write markers to these partitions. */
    private boolean pause(Set<TopicPartition> late, Waiter waiter) {
        long withoutLeader = late.stream().filter(each -> !targets.isLed(each)).count();
        metrics.markersWithoutLeader(withoutLeader);
        try {
            return pause(waiter);
        } finally {
            metrics.markersWithoutLeader(-withoutLeader);
        }
    }

    private static TransactionMarker marker(TransactionMetadata metadata, int coordinatorEpoch) {
        Producer producer = metadata.producer();
        TransactionResult result =
                metadata.is(TransactionState.PREPARE_COMMIT) ? TransactionResult.COMMIT : TransactionResult.ABORT;
        return new TransactionMarker(
                producer.id(), producer.epoch(), coordinatorEpoch, result, metadata.clientVersion());
    }

    /** The partitions that need no marker any more. */
    private Set<TopicPartition> done(TransactionalId id, Map<TopicPartition, Errors> results) {
        var done = new HashSet<TopicPartition>();
        results.forEach((topicPartition, error) -> {
            if (isDone(topicPartition, error)) done.add(topicPartition);
            else
                LOG.debug(
                        "A marker is late: transactionalId={} partition={} error={}", id.name(), topicPartition, error);
        });
        return done;
    }

    private boolean isDone(TopicPartition topicPartition, Errors error) {
        return switch (error) {
            case NONE -> true;
            // A later epoch has written there: nothing of this transaction is open.
            case INVALID_PRODUCER_EPOCH -> true;
            case UNKNOWN_TOPIC_OR_PARTITION -> !targets.exists(topicPartition);
            default -> false;
        };
    }

    private static void take(TransactionalId id, Set<TopicPartition> done) {
        id.lock().lock();
        try {
            if (id.metadata().state().isPrepared()) {
                id.become(id.metadata().withoutPartitions(done));
            }
        } finally {
            id.lock().unlock();
        }
    }

    private void writeCompletion(TransactionPartition partition, TransactionalId id, Waiter waiter) {
        while (true) {
            try {
                partition.step(
                        id,
                        current -> current.state().isPrepared()
                                ? new Move(current.completed(time.milliseconds()))
                                : new Keep());
                return;
            } catch (HeddleException e) {
                LOG.debug("A transaction's completion cannot be written: transactionalId={}", id.name(), e);
                metrics.completionDelayed();
                try {
                    if (!pause(waiter)) return;
                } finally {
                    metrics.completionResumed();
                }
            }
        }
    }

    /** Waits before the next attempt; false if there is to be none. */
    private boolean pause(Waiter waiter) {
        return waiter.await(time.deadlineAfterMs(RETRY_MS)) != Waiter.Outcome.CANCELLED;
    }
}
