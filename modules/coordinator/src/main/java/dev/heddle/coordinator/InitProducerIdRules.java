package dev.heddle.coordinator;

import dev.heddle.coordinator.TransactionDecision.Move;
import dev.heddle.coordinator.TransactionDecision.NeedProducerId;
import dev.heddle.coordinator.TransactionMetadata.Producer;
import java.util.OptionalLong;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.ProducerIdAndEpoch;
import org.jspecify.annotations.Nullable;

/**
 * What InitProducerId does in each state: a producer that begins fences those before it; one that names its id and epoch
 * goes on after an error (KIP-360), and must not be fenced itself. Stateless; any thread may ask.
 */
final class InitProducerIdRules {

    /**
     * What is asked for.
     *
     * @param expected what the producer believes to be; null if it begins
     * @param newProducerId in reserve, should the epochs be used up
     * @param serverVersion the transaction version in force, under which a transaction in the way is aborted
     */
    record Wish(
            int timeoutMs,
            @Nullable ProducerIdAndEpoch expected,
            OptionalLong newProducerId,
            short serverVersion,
            long nowMs) {}

    private InitProducerIdRules() {}

    /**
     * A step into {@link TransactionState#PREPARE_ABORT} means that a transaction is in the way: the client has to ask
     * again when it is over.
     */
    static TransactionDecision decide(TransactionMetadata current, Wish wish) {
        if (current.state().isPrepared()) return TransactionDecision.refuse(Errors.CONCURRENT_TRANSACTIONS);
        if (!mayBe(current.producer(), wish.expected())) return TransactionDecision.refuse(Errors.PRODUCER_FENCED);
        return switch (current.state()) {
            case EMPTY, COMPLETE_COMMIT, COMPLETE_ABORT -> initialize(current, wish);
            case ONGOING ->
                EndTransactionRules.abort(current, wish.newProducerId(), wish.serverVersion(), wish.nowMs());
            case PREPARE_COMMIT, PREPARE_ABORT, DEAD, PREPARE_EPOCH_FENCE ->
                TransactionDecision.refuse(Errors.CONCURRENT_TRANSACTIONS);
        };
    }

    /** Whether the producer may be who it says it is; its epoch is looked at later. */
    private static boolean mayBe(Producer current, @Nullable ProducerIdAndEpoch expected) {
        if (expected == null || current.epoch() == RecordBatch.NO_PRODUCER_EPOCH) return true;
        // With the id before this one it may have missed the answer that gave it the new one.
        return expected.producerId == current.id()
                || (expected.producerId == current.previousId() && Producer.isExhausted(expected.epoch));
    }

    private static TransactionDecision initialize(TransactionMetadata current, Wish wish) {
        Producer producer = current.producer();
        ProducerIdAndEpoch expected = wish.expected();
        if (producer.isExhausted() && (expected == null || expected.epoch == producer.epoch())) {
            if (wish.newProducerId().isEmpty()) return new NeedProducerId();
            short last = expected == null ? RecordBatch.NO_PRODUCER_EPOCH : producer.epoch();
            long id = wish.newProducerId().getAsLong();
            return moved(current, new Producer(id, producer.id(), producer.nextId(), (short) 0, last), wish);
        }
        short next = (short) (producer.epoch() + 1);
        if (expected == null) return moved(current, producer.at(next, RecordBatch.NO_PRODUCER_EPOCH), wish);
        boolean isNew = producer.epoch() == RecordBatch.NO_PRODUCER_EPOCH;
        if (isNew || expected.epoch == producer.epoch()) {
            return moved(current, producer.at(next, producer.epoch()), wish);
        }
        // It asks again, having missed the answer: nobody else can have come in between, for that forgets the last
        // epoch.
        if (expected.epoch == producer.lastEpoch()) {
            return moved(current, producer.at(producer.epoch(), producer.lastEpoch()), wish);
        }
        return TransactionDecision.refuse(Errors.PRODUCER_FENCED);
    }

    private static TransactionDecision moved(TransactionMetadata current, Producer initialized, Wish wish) {
        return new Move(current.initialized(initialized, wish.timeoutMs(), wish.nowMs()));
    }
}
