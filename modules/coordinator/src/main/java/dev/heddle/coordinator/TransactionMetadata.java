package dev.heddle.coordinator;

import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * What is known of a transactional id at one moment: its producer, and its transaction. Immutable; a step makes another
 * one. Which steps are allowed is not decided here: see {@link InitProducerIdRules} and {@link EndTransactionRules}.
 *
 * @param partitions that belong to the transaction, and still lack its marker once its end is decided
 * @param startMs when the transaction began; -1 if there is none
 * @param lastUpdateMs when anything changed
 * @param timeoutMs how long a transaction may take
 * @param clientVersion the transaction version that the transaction runs under
 */
record TransactionMetadata(
        Producer producer,
        TransactionState state,
        Set<TopicPartition> partitions,
        long startMs,
        long lastUpdateMs,
        int timeoutMs,
        short clientVersion) {

    /** From this transaction version on every transaction has an epoch of its own (KIP-890). */
    static final short EPOCH_PER_TRANSACTION = 2;

    private static final long NO_TIME = -1;

    /**
     * Who may write.
     *
     * @param previousId the id before the last step
     * @param nextId what the id will be when the transaction is over; -1 if it stays
     * @param lastEpoch the epoch before the last one, which a client may still have that did not hear of the new one; -1
     *     if none. It is not written to the log
     */
    record Producer(long id, long previousId, long nextId, short epoch, short lastEpoch) {

        /** One epoch must always be left, to fence the producer with. */
        boolean isExhausted() {
            return isExhausted(epoch);
        }

        static boolean isExhausted(short epoch) {
            return epoch >= Short.MAX_VALUE - 1;
        }

        /** The same id with another epoch. */
        Producer at(short newEpoch, short newLastEpoch) {
            return new Producer(id, id, nextId, newEpoch, newLastEpoch);
        }
    }

    TransactionMetadata {
        partitions = Set.copyOf(partitions);
    }

    /** An id that nobody has used yet. */
    static TransactionMetadata created(long producerId, int timeoutMs, long nowMs) {
        var producer = new Producer(
                producerId,
                RecordBatch.NO_PRODUCER_ID,
                RecordBatch.NO_PRODUCER_ID,
                RecordBatch.NO_PRODUCER_EPOCH,
                RecordBatch.NO_PRODUCER_EPOCH);
        return new TransactionMetadata(
                producer, TransactionState.EMPTY, Set.of(), NO_TIME, nowMs, timeoutMs, (short) 0);
    }

    boolean is(TransactionState expected) {
        return state == expected;
    }

    /** Transactions under two-phase commit, which never time out. */
    boolean hasNoTimeout() {
        return timeoutMs == Integer.MAX_VALUE;
    }

    // ---- steps ----

    /** The producer is initialised. */
    TransactionMetadata initialized(Producer initialized, int newTimeoutMs, long nowMs) {
        return new TransactionMetadata(
                initialized, TransactionState.EMPTY, Set.of(), NO_TIME, nowMs, newTimeoutMs, clientVersion);
    }

    /** Partitions join the transaction, which begins if there is none. */
    TransactionMetadata withPartitions(Set<TopicPartition> added, long nowMs, short newClientVersion) {
        var all = new HashSet<>(partitions);
        all.addAll(added);
        return new TransactionMetadata(
                producer.at(producer.epoch(), producer.lastEpoch()),
                TransactionState.ONGOING,
                all,
                state.isIdle() ? nowMs : startMs,
                nowMs,
                timeoutMs,
                newClientVersion);
    }

    /** A partition has got its marker, or will never need one. Nothing is written for that. */
    TransactionMetadata withoutPartitions(Set<TopicPartition> done) {
        var left = new HashSet<>(partitions);
        left.removeAll(done);
        return new TransactionMetadata(producer, state, left, startMs, lastUpdateMs, timeoutMs, clientVersion);
    }

    /**
     * The end of the transaction is decided.
     *
     * @param ending the producer that the markers name
     */
    TransactionMetadata prepared(TransactionState end, Producer ending, long nowMs, short newClientVersion) {
        // From version 2 on there may be nothing to abort; a beginning it must have all the same.
        long start = state.isIdle() ? nowMs : startMs;
        return new TransactionMetadata(ending, end, partitions, start, nowMs, timeoutMs, newClientVersion);
    }

    /** Every partition has its marker. */
    TransactionMetadata completed(long nowMs) {
        boolean rotates = clientVersion >= EPOCH_PER_TRANSACTION && producer.nextId() != RecordBatch.NO_PRODUCER_ID;
        // To the client its last epoch is followed by the first of the next id: it never sees the one that fenced it.
        var after = new Producer(
                rotates ? producer.nextId() : producer.id(),
                producer.id(),
                RecordBatch.NO_PRODUCER_ID,
                rotates ? 0 : producer.epoch(),
                producer.lastEpoch());
        TransactionState end = state == TransactionState.PREPARE_COMMIT
                ? TransactionState.COMPLETE_COMMIT
                : TransactionState.COMPLETE_ABORT;
        return new TransactionMetadata(after, end, Set.of(), startMs, nowMs, timeoutMs, clientVersion);
    }
}
