package dev.heddle.coordinator;

import dev.heddle.common.Waiter;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * A transactional id: who produces under it, and what its transaction is at. Any thread may lock it, and holds the lock
 * for no I/O but the id's own append; what is read without the lock is a moment's truth.
 *
 * <p>For maintainers: a step is appended and taken under one hold of the lock, in this order: what the log refuses does
 * not happen. Waiting for the commit comes after the lock has been let go, and nobody is told of a step before {@link
 * #endOffset} is committed.
 */
final class TransactionalId {

    private final String name;

    /** Guards the steps. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Those who wait for the transaction's end, while it is being completed. */
    private final Set<Waiter> waiting = ConcurrentHashMap.newKeySet();

    /** Publishes what is known; changed under the lock. */
    private volatile TransactionMetadata metadata;

    private long endOffset;
    private boolean removed;

    TransactionalId(String name, TransactionMetadata metadata) {
        this.name = name;
        this.metadata = metadata;
    }

    String name() {
        return name;
    }

    ReentrantLock lock() {
        return lock;
    }

    TransactionMetadata metadata() {
        return metadata;
    }

    /** Where its last record ends; 0 if it has none. The lock is held. */
    long endOffset() {
        return endOffset;
    }

    /** The next step is in the log, which ends behind it. The lock is held. */
    void become(TransactionMetadata next, long nextEndOffset) {
        endOffset = Math.max(endOffset, nextEndOffset);
        become(next);
    }

    /** A step that nothing is written for. The lock is held. */
    void become(TransactionMetadata next) {
        boolean settled = metadata.state().isPrepared() && !next.state().isPrepared();
        metadata = next;
        if (settled) waiting.forEach(Waiter::wake);
    }

    /** Whether it has left its partition: whoever locked it looks it up again. The lock is held. */
    boolean isRemoved() {
        return removed;
    }

    /** The lock is held. */
    void markRemoved() {
        removed = true;
        waiting.forEach(Waiter::wake);
    }

    /** Wakes the waiter when the transaction that is being completed is over. */
    void register(Waiter waiter) {
        waiting.add(waiter);
    }

    void deregister(Waiter waiter) {
        waiting.remove(waiter);
    }

    /**
     * What a step has led to.
     *
     * @param metadata what is known after it
     * @param endOffset what must be committed before anybody is told
     */
    record Outcome(TransactionDecision decision, @Nullable TransactionMetadata metadata, long endOffset) {

        static Outcome needsProducerId() {
            return new Outcome(new TransactionDecision.NeedProducerId(), null, 0);
        }

        /** Why nothing was done; null if something was, or need not be. */
        @Nullable Errors refusal() {
            return decision instanceof TransactionDecision.Refuse refuse ? refuse.error() : null;
        }
    }
}
