package dev.heddle.log;

import dev.heddle.common.AnswerException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * The transactions whose first records may come once their coordinator has said that they are open (KIP-890). The log's
 * lock guards it.
 *
 * <p>For maintainers: a guard is made before the coordinator is asked, and goes with the first records of the
 * transaction, or with the marker that ends it. Without it, an answer that was true when it was given could let records
 * in behind the marker, and nobody would ever end that transaction again.
 */
final class TransactionVerifications {

    /** The verification of one producer. */
    static final class Entry {
        private final VerificationGuard guard = new VerificationGuard();
        private final long timestampMs;
        private final boolean bumpsEpochs;
        private short epoch;
        private int lowestSequence;

        Entry(long timestampMs, short epoch, int sequence, boolean bumpsEpochs) {
            this.timestampMs = timestampMs;
            this.epoch = epoch;
            this.lowestSequence = sequence;
            this.bumpsEpochs = bumpsEpochs;
        }

        /** The same is verified again, or the next transaction is. */
        private void see(short nextEpoch, int sequence) {
            if (nextEpoch == epoch) lowestSequence = Math.min(lowestSequence, sequence);
            if (nextEpoch <= epoch) return;
            epoch = nextEpoch;
            lowestSequence = sequence;
        }

        /** Whether the producer has an epoch for each transaction, so that its sequences begin anew with each. */
        boolean bumpsEpochs() {
            return bumpsEpochs;
        }

        /** What comes first: later sequences must not be appended before it. */
        int lowestSequence() {
            return lowestSequence;
        }
    }

    private final Map<Long, Entry> entries = new HashMap<>();
    private final BooleanSupplier required;

    /** @param required whether records without a verification are refused at the moment */
    TransactionVerifications(BooleanSupplier required) {
        this.required = required;
    }

    /**
     * Begins or goes on with a verification.
     *
     * @param known what the log knows of the producer
     * @return null if the transaction has records here already: then there is nothing to verify
     * @throws AnswerException INVALID_PRODUCER_EPOCH if there has been a later epoch
     */
    @Nullable VerificationGuard start(
            TopicPartition partition, @Nullable ProducerStateEntry known, TransactionStart transaction, long nowMs) {
        checkEpoch(partition, known, transaction.producerId(), transaction.producerEpoch());
        if (isOpen(known, transaction.producerEpoch())) return null;
        Entry entry = entries.computeIfAbsent(
                transaction.producerId(),
                id -> new Entry(
                        nowMs, transaction.producerEpoch(), transaction.firstSequence(), transaction.bumpsEpochs()));
        entry.see(transaction.producerEpoch(), transaction.firstSequence());
        return entry.guard;
    }

    /**
     * Makes sure that a transactional batch of data belongs to a transaction that is open, or verified to be.
     *
     * @throws AnswerException INVALID_PRODUCER_EPOCH or INVALID_TXN_STATE
     */
    void check(
            TopicPartition partition,
            @Nullable ProducerStateEntry known,
            RecordBatch batch,
            @Nullable VerificationGuard shown) {
        if (isOpen(known, batch.producerEpoch())) return;
        checkEpoch(partition, known, batch.producerId(), batch.producerEpoch());
        if (!required.getAsBoolean()) return;
        Entry entry = entries.get(batch.producerId());
        if (shown == null || entry == null || entry.guard != shown) {
            throw new AnswerException(
                    Errors.INVALID_TXN_STATE,
                    "Records of producer " + batch.producerId() + " in " + partition
                            + " are not part of an ongoing transaction");
        }
    }

    private static boolean isOpen(@Nullable ProducerStateEntry known, short epoch) {
        return known != null && known.currentTxnFirstOffset().isPresent() && known.producerEpoch() == epoch;
    }

    private static void checkEpoch(
            TopicPartition partition, @Nullable ProducerStateEntry known, long producerId, short epoch) {
        if (known == null || epoch >= known.producerEpoch()) return;
        throw new AnswerException(
                Errors.INVALID_PRODUCER_EPOCH,
                "Epoch " + epoch + " of producer " + producerId + " in " + partition + " is behind the last seen epoch "
                        + known.producerEpoch());
    }

    /** The verification of the producer that is under way; null if there is none. */
    @Nullable Entry find(long producerId) {
        return entries.get(producerId);
    }

    /** A transactional batch or a marker of the producer was appended: its verification has served its turn. */
    void appended(RecordBatch batch) {
        if (!batch.isTransactional()) return;
        Entry entry = entries.get(batch.producerId());
        if (entry == null) return;
        // The marker has the epoch of the transaction that comes after it, and that is what is being verified.
        boolean isOfTheNext = entry.bumpsEpochs() && batch.isControlBatch() && batch.producerEpoch() == entry.epoch;
        if (!isOfTheNext) entries.remove(batch.producerId());
    }

    /** Forgets what has led to no records for too long. */
    void removeExpired(long nowMs, int expirationMs) {
        entries.values().removeIf(entry -> nowMs - entry.timestampMs >= expirationMs);
    }

    /** Takes over the verifications of another log of the same records; its lock is held too. */
    void takeOver(TransactionVerifications other) {
        entries.putAll(other.entries);
    }
}
