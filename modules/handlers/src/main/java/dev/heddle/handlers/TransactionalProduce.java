package dev.heddle.handlers;

import dev.heddle.common.Waiter;
import dev.heddle.coordinator.TransactionVerifier;
import dev.heddle.coordinator.TransactionVerifier.Answer;
import dev.heddle.coordinator.TransactionVerifier.Question;
import dev.heddle.coordinator.TransactionVerifier.Support;
import dev.heddle.log.VerificationGuard;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.utils.ProducerIdAndEpoch;
import org.jspecify.annotations.Nullable;

/**
 * The transactional records of one Produce request: whether they may be appended (KIP-890). Belongs to the request's
 * thread.
 */
final class TransactionalProduce {

    /** Why records of a partition are refused. */
    record Refusal(Errors error, @Nullable String detail) {}

    private final ProduceRequest request;
    private final Support support;
    private final Map<TopicPartition, MutableRecordBatch> batches = new LinkedHashMap<>();

    /** What came of it; nothing before {@link #verify}. */
    private final Map<TopicPartition, Refusal> refusals = new HashMap<>();

    private final Map<TopicPartition, VerificationGuard> guards = new HashMap<>();

    TransactionalProduce(ProduceRequest request, short version) {
        this.request = request;
        this.support = Support.ofProduce(version);
    }

    static boolean isTransactional(MemoryRecords records) {
        return records.batches().iterator().next().isTransactional();
    }

    /** Records for a partition, which belong to a transaction. */
    void add(TopicPartition partition, MemoryRecords records) {
        batches.put(partition, records.batches().iterator().next());
    }

    /** Asks the transaction's coordinator, as far as there are no records of the transaction yet. */
    void verify(TransactionVerifier verifier, Waiter waiter) {
        if (request.transactionalId() == null) {
            refuseAll(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
            return;
        }
        ProducerIdAndEpoch producer = producer();
        if (producer == null) {
            refuseAll(Errors.INVALID_PRODUCER_ID_MAPPING);
            return;
        }
        var sequences = new HashMap<TopicPartition, Integer>();
        batches.forEach((partition, batch) -> sequences.put(partition, batch.baseSequence()));
        Answer answer =
                verifier.verifyPatiently(new Question(request.transactionalId(), producer, sequences, support), waiter);
        guards.putAll(answer.guards());
        answer.errors().forEach((partition, error) -> refusals.put(partition, refusal(error)));
    }

    /** The one producer of all records; null if there are several. */
    private @Nullable ProducerIdAndEpoch producer() {
        RecordBatch first = batches.values().iterator().next();
        boolean isTheOnly = batches.values().stream()
                .allMatch(batch ->
                        batch.producerId() == first.producerId() && batch.producerEpoch() == first.producerEpoch());
        return isTheOnly ? new ProducerIdAndEpoch(first.producerId(), first.producerEpoch()) : null;
    }

    private void refuseAll(Errors error) {
        batches.keySet().forEach(partition -> refusals.put(partition, new Refusal(error, null)));
    }

    /** Errors that producers do not expect here become one that they retry without asking for metadata. */
    private Refusal refusal(Errors error) {
        return switch (error) {
            case INVALID_TXN_STATE -> new Refusal(error, "The partition was not added to the transaction");
            case NETWORK_EXCEPTION, COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR ->
                notVerified(error);
            case CONCURRENT_TRANSACTIONS -> support == Support.ADD ? new Refusal(error, null) : notVerified(error);
            default -> new Refusal(error, null);
        };
    }

    private static Refusal notVerified(Errors reason) {
        return new Refusal(
                Errors.NOT_ENOUGH_REPLICAS,
                "It cannot be verified that the partition is part of the transaction: " + reason);
    }

    /** Why the records of the partition must not be appended; null if they may be. */
    @Nullable Refusal refusal(TopicPartition partition) {
        return refusals.get(partition);
    }

    /** What is to be shown to the log with the records; null if nothing. */
    @Nullable VerificationGuard guard(TopicPartition partition) {
        return guards.get(partition);
    }
}
