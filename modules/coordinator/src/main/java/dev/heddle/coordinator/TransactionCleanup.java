package dev.heddle.coordinator;

import dev.heddle.common.HeddleException;
import dev.heddle.common.Scheduler;
import dev.heddle.coordinator.TransactionDecision.Keep;
import dev.heddle.coordinator.TransactionDecision.NeedProducerId;
import dev.heddle.coordinator.TransactionalId.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Aborts transactions that have timed out, and forgets ids that nobody uses. Two background tasks call it, {@code
 * transaction-abort} and {@code transactional-id-expiration}.
 */
final class TransactionCleanup {

    private static final Logger LOG = LoggerFactory.getLogger(TransactionCleanup.class);

    private final LedPartitions<TransactionPartition> partitions;
    private final TransactionContext context;
    private final ProducerIdManager producerIds;

    /** What {@link #start} began, for {@link #close}; both are called by the broker's own thread. */
    private final List<Scheduler.Task> tasks = new ArrayList<>();

    TransactionCleanup(
            LedPartitions<TransactionPartition> partitions, TransactionContext context, ProducerIdManager producerIds) {
        this.partitions = partitions;
        this.context = context;
        this.producerIds = producerIds;
    }

    void start(Scheduler scheduler) {
        TransactionConfig.Cleanup config = context.config().cleanup();
        int abort = config.abortIntervalMs();
        int remove = config.removeIntervalMs();
        tasks.add(scheduler.repeat("transaction-abort", abort, abort, this::abortTimedOut));
        tasks.add(scheduler.repeat("transactional-id-expiration", remove, remove, this::removeExpired));
    }

    void close() {
        tasks.forEach(Scheduler.Task::cancel);
    }

    private void forEachId(BiConsumer<TransactionPartition, TransactionalId> work) {
        for (TransactionPartition partition : partitions.all()) {
            if (!partition.life().isActive()) continue;
            try {
                for (TransactionalId id : partition.ids()) work.accept(partition, id);
            } catch (HeddleException e) {
                // The partition has gone to another broker, or its disk has failed; the next round sees.
                LOG.debug("Transactions cannot be cleaned up: partition={}", partition.id(), e);
            }
        }
    }

    // ---- time-outs ----

    void abortTimedOut() {
        forEachId(this::abortIfTimedOut);
    }

    private void abortIfTimedOut(TransactionPartition partition, TransactionalId id) {
        long now = context.time().milliseconds();
        if (!hasTimedOut(id.metadata(), now)) return;
        Outcome outcome = abort(partition, id, OptionalLong.empty());
        while (outcome != null && outcome.decision() instanceof NeedProducerId) {
            outcome = abort(partition, id, OptionalLong.of(producerIds.next()));
        }
        if (outcome != null && outcome.decision() instanceof TransactionDecision.Move) {
            LOG.info("A transaction has timed out and is aborted: transactionalId={}", id.name());
        }
    }

    private @Nullable Outcome abort(TransactionPartition partition, TransactionalId id, OptionalLong reserve) {
        long now = context.time().milliseconds();
        short version = context.features().transactionVersion();
        return partition.step(
                id,
                current -> hasTimedOut(current, now)
                        ? EndTransactionRules.abort(current, reserve, version, now)
                        : new Keep());
    }

    private static boolean hasTimedOut(TransactionMetadata metadata, long nowMs) {
        return metadata.is(TransactionState.ONGOING)
                && !metadata.hasNoTimeout()
                && metadata.startMs() + metadata.timeoutMs() < nowMs;
    }

    // ---- expiration ----

    void removeExpired() {
        forEachId((partition, id) -> {
            if (isExpired(id.metadata()) && partition.expire(id, this::isExpired)) {
                LOG.info("A transactional id has expired: transactionalId={}", id.name());
            }
        });
    }

    private boolean isExpired(TransactionMetadata metadata) {
        return metadata.state().isIdle()
                && metadata.lastUpdateMs()
                        <= context.time().milliseconds()
                                - context.config().cleanup().idExpirationMs();
    }
}
