package dev.heddle.coordinator;

import dev.heddle.coordinator.TransactionDecision.Keep;
import dev.heddle.coordinator.TransactionDecision.Move;
import dev.heddle.coordinator.TransactionDecision.NeedProducerId;
import dev.heddle.coordinator.TransactionMetadata.Producer;
import java.util.OptionalLong;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.common.utils.ProducerIdAndEpoch;

/**
 * What EndTxn does in each state, and the coordinator's own aborts. Stateless; any thread may ask.
 *
 * <p>For maintainers: under version 1 a request that comes again has the same epoch, so the state alone tells whether it
 * is done already. Under version 2 the end of a transaction raises the epoch: the one before it marks a request that comes
 * again, the current one the end of the next transaction, of which the coordinator may not have heard. So aborting
 * "nothing" is allowed there, and raises the epoch too (KIP-890):
 *
 * <pre>
 *                      abort                  commit
 *                   again   current        again   current
 *  Empty            fenced  raised         fenced  invalid
 *  CompleteAbort    done    raised         invalid invalid
 *  CompleteCommit   invalid raised         done    invalid
 * </pre>
 */
final class EndTransactionRules {

    /**
     * What a client asks for.
     *
     * @param version the transaction version that the client speaks
     * @param newProducerId in reserve, should the epochs be used up
     */
    record Wish(
            ProducerIdAndEpoch producer,
            TransactionResult result,
            short version,
            OptionalLong newProducerId,
            long nowMs) {

        TransactionState prepared() {
            return result == TransactionResult.COMMIT
                    ? TransactionState.PREPARE_COMMIT
                    : TransactionState.PREPARE_ABORT;
        }
    }

    private EndTransactionRules() {}

    static TransactionDecision decide(TransactionMetadata current, Wish wish) {
        return wish.version() >= TransactionMetadata.EPOCH_PER_TRANSACTION
                ? decideV2(current, wish)
                : decideV1(current, wish);
    }

    // ---- version 1 ----

    private static TransactionDecision decideV1(TransactionMetadata current, Wish wish) {
        if (current.producer().id() != wish.producer().producerId) {
            return TransactionDecision.refuse(Errors.INVALID_PRODUCER_ID_MAPPING);
        }
        if (current.producer().epoch() != wish.producer().epoch) {
            return TransactionDecision.refuse(Errors.PRODUCER_FENCED);
        }
        return switch (current.state()) {
            case ONGOING -> {
                Producer producer = current.producer();
                yield prepare(current, wish.prepared(), producer.at(producer.epoch(), producer.lastEpoch()), wish);
            }
            case PREPARE_COMMIT, PREPARE_ABORT -> TransactionDecision.refuse(Errors.CONCURRENT_TRANSACTIONS);
            case COMPLETE_COMMIT -> doneIf(wish.result() == TransactionResult.COMMIT);
            case COMPLETE_ABORT -> doneIf(wish.result() == TransactionResult.ABORT);
            case EMPTY, DEAD, PREPARE_EPOCH_FENCE -> TransactionDecision.refuse(Errors.INVALID_TXN_STATE);
        };
    }

    private static TransactionDecision prepare(
            TransactionMetadata current, TransactionState end, Producer producer, Wish wish) {
        var ending = new Producer(
                producer.id(),
                producer.previousId(),
                RecordBatch.NO_PRODUCER_ID,
                producer.epoch(),
                producer.lastEpoch());
        return new Move(current.prepared(end, ending, wish.nowMs(), (short) 0));
    }

    private static TransactionDecision doneIf(boolean done) {
        return done ? new Keep() : TransactionDecision.refuse(Errors.INVALID_TXN_STATE);
    }

    // ---- version 2 ----

    private static TransactionDecision decideV2(TransactionMetadata current, Wish wish) {
        // First of all: the epoch and even the id that will count are not in force before the transaction is over.
        if (current.state().isPrepared()) return TransactionDecision.refuse(Errors.CONCURRENT_TRANSACTIONS);
        Producer producer = current.producer();
        boolean isCurrent = producer.epoch() == wish.producer().epoch;
        boolean missedRotation = wish.producer().producerId == producer.previousId()
                && wish.producer().epoch == Short.MAX_VALUE - 1
                && producer.epoch() == 0;
        boolean again = producer.epoch() == wish.producer().epoch + 1 || missedRotation;
        if (producer.id() != wish.producer().producerId && !missedRotation) {
            return TransactionDecision.refuse(Errors.INVALID_PRODUCER_ID_MAPPING);
        }
        boolean isOver = current.is(TransactionState.COMPLETE_COMMIT) || current.is(TransactionState.COMPLETE_ABORT);
        if (!isCurrent && !(isOver && again)) return TransactionDecision.refuse(Errors.PRODUCER_FENCED);
        if (current.is(TransactionState.ONGOING)) return raise(current, wish);
        boolean aborts = wish.result() == TransactionResult.ABORT;
        if (again && isOver) return doneIf(aborts == current.is(TransactionState.COMPLETE_ABORT));
        return aborts ? raise(current, wish) : TransactionDecision.refuse(Errors.INVALID_TXN_STATE);
    }

    private static TransactionDecision raise(TransactionMetadata current, Wish wish) {
        return raise(current, wish.prepared(), wish.version(), wish.newProducerId(), wish.nowMs());
    }

    private static TransactionDecision raise(
            TransactionMetadata current, TransactionState end, short version, OptionalLong newProducerId, long nowMs) {
        Producer producer = current.producer();
        if (producer.isExhausted() && newProducerId.isEmpty()) return new NeedProducerId();
        long nextId = producer.isExhausted() ? newProducerId.getAsLong() : RecordBatch.NO_PRODUCER_ID;
        short epoch = producer.epoch() == Short.MAX_VALUE ? producer.epoch() : (short) (producer.epoch() + 1);
        var ending = new Producer(producer.id(), producer.id(), nextId, epoch, producer.epoch());
        return new Move(current.prepared(end, ending, nowMs, version));
    }

    // ---- the coordinator's own ----

    /**
     * Aborts a transaction that nobody ends: it has timed out, or another producer begins. The epoch is raised, so that
     * its producer is fenced.
     *
     * @param serverVersion the transaction version in force
     */
    static TransactionDecision abort(
            TransactionMetadata current, OptionalLong newProducerId, short serverVersion, long nowMs) {
        TransactionState end = TransactionState.PREPARE_ABORT;
        if (serverVersion >= TransactionMetadata.EPOCH_PER_TRANSACTION) {
            return raise(current, end, serverVersion, newProducerId, nowMs);
        }
        Producer producer = current.producer();
        short epoch = producer.epoch() == Short.MAX_VALUE ? producer.epoch() : (short) (producer.epoch() + 1);
        var ending = new Producer(
                producer.id(), producer.id(), RecordBatch.NO_PRODUCER_ID, epoch, RecordBatch.NO_PRODUCER_EPOCH);
        return new Move(current.prepared(end, ending, nowMs, (short) 0));
    }
}
