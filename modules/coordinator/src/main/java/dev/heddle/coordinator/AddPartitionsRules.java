package dev.heddle.coordinator;

import dev.heddle.coordinator.TransactionDecision.Keep;
import dev.heddle.coordinator.TransactionDecision.Move;
import dev.heddle.coordinator.TransactionMetadata.Producer;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.ProducerIdAndEpoch;

/** What it takes for a partition to become part of a transaction, or to be one. Stateless; any thread may ask. */
final class AddPartitionsRules {

    private AddPartitionsRules() {}

    /** @param version the transaction version that the client speaks */
    static TransactionDecision add(
            TransactionMetadata current,
            ProducerIdAndEpoch producer,
            Set<TopicPartition> partitions,
            short version,
            long nowMs) {
        // First of all: the epoch and even the id that will count are not in force before the transaction is over.
        if (current.state().isPrepared()) return TransactionDecision.refuse(Errors.CONCURRENT_TRANSACTIONS);
        Errors refusal = refusal(current.producer(), producer);
        if (refusal != Errors.NONE) return TransactionDecision.refuse(refusal);
        if (current.is(TransactionState.ONGOING) && current.partitions().containsAll(partitions)) return new Keep();
        return new Move(current.withPartitions(partitions, nowMs, version));
    }

    /** Whether the producer has a transaction open, or could have; which partitions it has is another question. */
    static TransactionDecision verify(TransactionMetadata current, ProducerIdAndEpoch producer) {
        Errors refusal = refusal(current.producer(), producer);
        if (refusal != Errors.NONE) return TransactionDecision.refuse(refusal);
        return current.state().isPrepared() ? TransactionDecision.refuse(Errors.CONCURRENT_TRANSACTIONS) : new Keep();
    }

    private static Errors refusal(Producer current, ProducerIdAndEpoch producer) {
        if (current.id() != producer.producerId) return Errors.INVALID_PRODUCER_ID_MAPPING;
        return current.epoch() == producer.epoch ? Errors.NONE : Errors.PRODUCER_FENCED;
    }
}
