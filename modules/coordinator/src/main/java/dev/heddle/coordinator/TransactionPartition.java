package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.coordinator.TransactionDecision.Move;
import dev.heddle.coordinator.TransactionalId.Outcome;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;

/**
 * The transactional ids of one partition of {@code __transaction_state}, for as long as this broker leads it once. Any
 * thread may call it; there is no lock that ids share.
 */
final class TransactionPartition implements LedPartition {

    private final int id;
    private final CoordinatorLog log;
    private final TransactionContext context;
    private final CommittedEnd committed;
    private final PartitionLife life = new PartitionLife();
    private final ConcurrentHashMap<String, TransactionalId> ids = new ConcurrentHashMap<>();

    /** Of the threads that complete transactions: they have nothing to wait for once the partition is closed. */
    private final Set<Waiter> completions = ConcurrentHashMap.newKeySet();

    TransactionPartition(int id, CoordinatorLog log, TransactionContext context) {
        this.id = id;
        this.log = log;
        this.context = context;
        this.committed = new CommittedEnd(log);
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public CoordinatorLog log() {
        return log;
    }

    @Override
    public int size() {
        return ids.size();
    }

    @Override
    public PartitionLife life() {
        return life;
    }

    @Override
    public void close() {
        life.close();
        ids.values().forEach(each -> {
            each.lock().lock();
            try {
                each.markRemoved();
            } finally {
                each.lock().unlock();
            }
        });
        completions.forEach(Waiter::cancel);
    }

    /** A waiter for a thread that completes a transaction; it is cancelled with the partition. */
    Waiter beginCompletion() {
        var waiter = new Waiter(context.time());
        completions.add(waiter);
        if (!life.isActive()) waiter.cancel();
        return waiter;
    }

    void endCompletion(Waiter waiter) {
        completions.remove(waiter);
    }

    // ---- ids ----

    /** The ids at this moment. */
    Collection<TransactionalId> ids() {
        return ids.values();
    }

    /** The id, not locked; null if there is none. */
    @Nullable TransactionalId find(String transactionalId) {
        return ids.get(transactionalId);
    }

    /** A record of the log says so; only the loader may call it. */
    void load(String transactionalId, @Nullable TransactionMetadata metadata, long endOffset) {
        if (metadata == null) {
            ids.remove(transactionalId);
            return;
        }
        var loaded = new TransactionalId(transactionalId, metadata);
        loaded.become(metadata, endOffset);
        ids.put(transactionalId, loaded);
    }

    // ---- steps ----

    /**
     * Decides what becomes of the id, and takes the step.
     *
     * @throws AnswerException INVALID_PRODUCER_ID_MAPPING if there is no such id
     */
    Outcome step(String transactionalId, Function<TransactionMetadata, TransactionDecision> rule) {
        while (true) {
            life.requireActive();
            TransactionalId found = ids.get(transactionalId);
            if (found == null) throw new AnswerException(Errors.INVALID_PRODUCER_ID_MAPPING);
            Outcome outcome = step(found, rule);
            if (outcome != null) return outcome;
        }
    }

    /**
     * As {@link #step}, of an id that is made if there is none, and forgotten if that was for nothing.
     *
     * @param made what it begins with; null where that would need a producer id
     */
    Outcome stepOrCreate(
            String transactionalId,
            @Nullable TransactionMetadata made,
            Function<TransactionMetadata, TransactionDecision> rule) {
        while (true) {
            life.requireActive();
            TransactionalId found = made == null
                    ? ids.get(transactionalId)
                    : ids.computeIfAbsent(transactionalId, name -> new TransactionalId(name, made));
            if (found == null) return Outcome.needsProducerId();
            Outcome outcome = step(found, rule);
            if (outcome != null) return outcome;
        }
    }

    /** @return null if the id has gone meanwhile */
    @Nullable Outcome step(TransactionalId found, Function<TransactionMetadata, TransactionDecision> rule) {
        Outcome outcome;
        found.lock().lock();
        try {
            life.requireActive();
            if (found.isRemoved()) return null;
            try {
                TransactionDecision decision = rule.apply(found.metadata());
                if (decision instanceof Move move) append(found, move.next());
                outcome = new Outcome(decision, found.metadata(), found.endOffset());
            } finally {
                if (found.endOffset() == 0) remove(found);
            }
        } finally {
            found.lock().unlock();
        }
        boolean isDecided =
                outcome.decision() instanceof Move move && move.next().state().isPrepared();
        if (isDecided) context.completion().start(this, found);
        return outcome;
    }

    private void append(TransactionalId found, TransactionMetadata next) {
        short version = context.features().transactionVersion();
        long now = context.time().milliseconds();
        found.become(next, append(TransactionRecords.transaction(found.name(), next, version, now)));
    }

    private long append(SimpleRecord record) {
        return log.append(MemoryRecords.withRecords(Compression.NONE, record)) + 1;
    }

    /** Removes an id from the log and from here, if it still is what the caller thinks. */
    boolean expire(TransactionalId found, Function<TransactionMetadata, Boolean> isExpired) {
        found.lock().lock();
        try {
            life.requireActive();
            if (found.isRemoved() || !isExpired.apply(found.metadata())) return false;
            append(TransactionRecords.tombstone(found.name(), context.time().milliseconds()));
            remove(found);
            return true;
        } finally {
            found.lock().unlock();
        }
    }

    private void remove(TransactionalId found) {
        found.markRemoved();
        ids.remove(found.name(), found);
    }

    /**
     * Waits until everything below {@code endOffset} is committed. No lock is held.
     *
     * @throws AnswerException if that takes too long, or the waiter is cancelled
     */
    void awaitCommitted(long endOffset, Waiter waiter) {
        Time time = context.time();
        committed.await(endOffset, waiter, time.deadlineAfterMs(TransactionConfig.REQUEST_TIMEOUT_MS));
    }
}
