package dev.heddle.log;

import dev.heddle.common.AnswerException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one producer is about to append: checked batch by batch before anything is written, then taken over by
 * {@link ProducerStateManager#update}. The log's lock guards it.
 *
 * <p>What a producer sends is checked in full. A coordinator's own records have no sequences. What comes from the leader,
 * or from the log itself in recovery, has been checked before: an epoch that does not follow is only logged.
 */
final class ProducerAppend {

    /** No transaction version is known: the batch is data, or comes from replication or recovery. */
    static final short TV_UNKNOWN = -1;

    /** From this transaction version on every transaction has an epoch of its own (KIP-890). */
    private static final short TV_2 = 2;

    private static final Logger LOG = LoggerFactory.getLogger(ProducerAppend.class);

    private final TopicPartition partition;
    private final AppendOrigin origin;
    private final ProducerStateEntry current;
    private final ProducerStateEntry updated;
    private final TransactionVerifications.@Nullable Entry verification;

    /** First offsets of the transactions that the append begins; several when it is a follower's or recovery's. */
    private final List<Long> startedTransactions = new ArrayList<>(1);

    /**
     * @param current what the log knows of the producer; not changed by this append
     * @param verification of the producer's transaction, if one is under way
     */
    ProducerAppend(
            TopicPartition partition,
            ProducerStateEntry current,
            AppendOrigin origin,
            TransactionVerifications.@Nullable Entry verification) {
        this.partition = partition;
        this.origin = origin;
        this.current = current;
        this.verification = verification;
        this.updated = current.withoutBatches();
    }

    long producerId() {
        return updated.producerId();
    }

    /** What the producer's entry becomes. */
    ProducerStateEntry updated() {
        return updated;
    }

    /** First offsets of the transactions that the append begins, whether or not it ends them too. */
    List<Long> startedTransactions() {
        return startedTransactions;
    }

    /**
     * Checks a batch of data or a control batch.
     *
     * @param transactionVersion of a transaction marker; may be {@link #TV_UNKNOWN} for data, and in replication or
     *     recovery, where the leader has checked it
     * @return the transaction that the batch ends; null if none, or if it was empty
     * @throws AnswerException when the epoch or the sequence does not follow
     */
    @Nullable CompletedTxn append(RecordBatch batch, short transactionVersion) {
        if (!batch.isControlBatch()) {
            appendData(
                    batch.producerEpoch(),
                    batch.baseSequence(),
                    batch.lastSequence(),
                    batch.maxTimestamp(),
                    batch.baseOffset(),
                    batch.lastOffset(),
                    batch.isTransactional());
            return null;
        }
        Iterator<Record> records = batch.iterator();
        if (!records.hasNext()) return null; // the cleaner has removed the transaction and left the empty batch
        Record marker = records.next();
        return appendMarker(
                EndTransactionMarker.deserialize(marker),
                batch.producerEpoch(),
                batch.baseOffset(),
                marker.timestamp(),
                transactionVersion);
    }

    /** Checks a batch of data. More than six parameters: the batch's header, without an object for it. */
    void appendData(
            short epoch,
            int firstSequence,
            int lastSequence,
            long lastTimestamp,
            long firstOffset,
            long lastOffset,
            boolean transactional) {
        checkEpoch(epoch, firstOffset, TV_UNKNOWN);
        if (origin == AppendOrigin.CLIENT) checkSequence(epoch, firstSequence, firstOffset);
        updated.addBatch(epoch, lastSequence, firstOffset, lastOffset, lastTimestamp);
        if (updated.currentTxnFirstOffset().isPresent()) {
            if (!transactional) throw notTransactional(firstOffset);
        } else if (transactional) {
            updated.beginTransaction(firstOffset);
            startedTransactions.add(firstOffset);
        }
    }

    private AnswerException notTransactional(long offset) {
        return new AnswerException(
                Errors.INVALID_TXN_STATE,
                "Producer " + producerId() + " has an open transaction in " + partition
                        + " but wrote outside of it at offset " + offset);
    }

    /** Checks a transaction marker; see {@link #append}. */
    @Nullable CompletedTxn appendMarker(
            EndTransactionMarker marker, short epoch, long offset, long timestamp, short transactionVersion) {
        if (transactionVersion == TV_UNKNOWN && origin != AppendOrigin.REPLICATION) {
            throw new IllegalArgumentException("A marker from " + origin + " must tell its transaction version");
        }
        checkEpoch(epoch, offset, transactionVersion == TV_UNKNOWN ? 0 : transactionVersion);
        checkCoordinatorEpoch(marker, offset);
        OptionalLong firstOffset = updated.currentTxnFirstOffset();
        updated.endTransaction(epoch, marker.coordinatorEpoch(), timestamp);
        if (firstOffset.isEmpty()) return null;
        boolean aborted = marker.controlType() == ControlRecordType.ABORT;
        return new CompletedTxn(producerId(), firstOffset.getAsLong(), offset, aborted);
    }

    private void checkEpoch(short epoch, long offset, short transactionVersion) {
        short known = updated.producerEpoch();
        if (transactionVersion >= TV_2 ? epoch > known : epoch >= known) return;
        if (transactionVersion >= TV_2 && epoch == known && isRepeatedMarker(epoch)) {
            LOG.info(
                    "A transaction marker comes again: partition={} producerId={} epoch={}",
                    partition,
                    producerId(),
                    epoch);
            return;
        }
        String message = "Epoch " + epoch + " of producer " + producerId() + " at offset " + offset + " in " + partition
                + " is behind the last seen epoch " + known
                + (transactionVersion >= TV_2 ? ", which a marker of transaction version 2 must be above" : "");
        if (origin != AppendOrigin.REPLICATION) throw new AnswerException(Errors.INVALID_PRODUCER_EPOCH, message);
        LOG.warn(message);
    }

    /**
     * The coordinator may write a marker again, when it has been reloaded or has not heard of its success: the transaction
     * is over by then. At the last epoch there is none above it, so there a marker is always let through.
     */
    private boolean isRepeatedMarker(short epoch) {
        return updated.currentTxnFirstOffset().isEmpty() || epoch == Short.MAX_VALUE;
    }

    private void checkCoordinatorEpoch(EndTransactionMarker marker, long offset) {
        if (marker.coordinatorEpoch() >= updated.coordinatorEpoch()) return;
        String message = "Coordinator epoch " + marker.coordinatorEpoch() + " of a marker for producer " + producerId()
                + " at offset " + offset + " in " + partition + " is behind the last seen one "
                + updated.coordinatorEpoch();
        if (origin != AppendOrigin.REPLICATION) {
            throw new AnswerException(Errors.TRANSACTION_COORDINATOR_FENCED, message);
        }
        LOG.info(message);
    }

    private void checkSequence(short epoch, int firstSequence, long offset) {
        if (verification != null) checkVerifiedSequence(verification, firstSequence, offset);
        if (epoch != updated.producerEpoch()) {
            boolean known = updated.producerEpoch() != RecordBatch.NO_PRODUCER_EPOCH;
            if (known && firstSequence != 0) {
                throw outOfOrder(offset, firstSequence, "0, since epoch " + epoch + " is new");
            }
            return;
        }
        // A producer that is not known, for instance because retention took its records, may begin anywhere.
        if (current.producerEpoch() == RecordBatch.NO_PRODUCER_EPOCH) return;
        int last = lastSequence(epoch);
        if (!follows(last, firstSequence)) throw outOfOrder(offset, firstSequence, "the one after " + last);
    }

    private void checkVerifiedSequence(TransactionVerifications.Entry verified, int firstSequence, long offset) {
        boolean isUnknown = current.producerEpoch() == RecordBatch.NO_PRODUCER_EPOCH;
        if (verified.bumpsEpochs() && isUnknown && firstSequence != 0) {
            throw outOfOrder(offset, firstSequence, "0, since the producer has not written here");
        }
        // Were the later appended first, the one before it could never be.
        if (firstSequence > verified.lowestSequence()) {
            throw outOfOrder(offset, firstSequence, "at most " + verified.lowestSequence() + ", which came first");
        }
    }

    private int lastSequence(short epoch) {
        if (!updated.hasNoBatch()) return updated.lastSequence();
        return epoch == current.producerEpoch() ? current.lastSequence() : RecordBatch.NO_SEQUENCE;
    }

    private static boolean follows(int last, int next) {
        return next == last + 1L || (next == 0 && last == Integer.MAX_VALUE);
    }

    private AnswerException outOfOrder(long offset, int sequence, String expected) {
        return new AnswerException(
                Errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
                "Sequence " + sequence + " of producer " + producerId() + " at offset " + offset + " in " + partition
                        + " is out of order: expected " + expected);
    }
}
