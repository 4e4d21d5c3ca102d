package dev.heddle.coordinator;

import dev.heddle.common.HeddleException;
import dev.heddle.common.Waiter;
import dev.heddle.coordinator.TransactionDecision.Move;
import dev.heddle.coordinator.TransactionDecision.NeedProducerId;
import dev.heddle.coordinator.TransactionMetadata.Producer;
import dev.heddle.coordinator.TransactionalId.Outcome;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.common.utils.ProducerIdAndEpoch;
import org.jspecify.annotations.Nullable;

/**
 * AddPartitionsToTxn and EndTxn: what clients do with their transactions, and what is asked about them. Any thread may
 * call it, and waits until what it did is committed.
 */
final class OngoingTransactions {

    private final LedPartitions<TransactionPartition> partitions;
    private final TransactionContext context;
    private final ProducerIdManager producerIds;

    OngoingTransactions(
            LedPartitions<TransactionPartition> partitions, TransactionContext context, ProducerIdManager producerIds) {
        this.partitions = partitions;
        this.context = context;
        this.producerIds = producerIds;
    }

    // ---- partitions ----

    Errors addPartitions(
            @Nullable String transactionalId,
            ProducerIdAndEpoch producer,
            Set<TopicPartition> added,
            short clientVersion,
            Waiter waiter) {
        if (transactionalId == null || transactionalId.isEmpty()) return Errors.INVALID_REQUEST;
        try {
            long now = context.time().milliseconds();
            TransactionPartition partition = partitions.of(transactionalId);
            Outcome outcome = partition.step(
                    transactionalId, current -> AddPartitionsRules.add(current, producer, added, clientVersion, now));
            Errors refusal = outcome.refusal();
            if (refusal != null) return refusal;
            partition.awaitCommitted(outcome.endOffset(), waiter);
            return Errors.NONE;
        } catch (HeddleException e) {
            return CoordinatorErrors.of(e);
        }
    }

    Map<TopicPartition, Errors> verifyPartitions(
            @Nullable String transactionalId, ProducerIdAndEpoch producer, Set<TopicPartition> asked, Waiter waiter) {
        if (transactionalId == null || transactionalId.isEmpty()) return allTo(asked, Errors.INVALID_REQUEST);
        try {
            TransactionPartition partition = partitions.of(transactionalId);
            Outcome outcome = partition.step(transactionalId, current -> AddPartitionsRules.verify(current, producer));
            Errors refusal = outcome.refusal();
            if (refusal != null) return allTo(asked, refusal);
            // Records of a partition that the coordinator forgets in a crash would never see their marker.
            partition.awaitCommitted(outcome.endOffset(), waiter);
            Set<TopicPartition> known =
                    Objects.requireNonNull(outcome.metadata()).partitions();
            var answers = new HashMap<TopicPartition, Errors>();
            for (TopicPartition each : asked) {
                answers.put(each, known.contains(each) ? Errors.NONE : Errors.TRANSACTION_ABORTABLE);
            }
            return answers;
        } catch (HeddleException e) {
            return allTo(asked, CoordinatorErrors.of(e));
        }
    }

    private static Map<TopicPartition, Errors> allTo(Set<TopicPartition> asked, Errors error) {
        var answers = new HashMap<TopicPartition, Errors>();
        for (TopicPartition each : asked) answers.put(each, error);
        return answers;
    }

    /** Waits until the transaction that is being completed is over, or the deadline has passed. */
    void awaitCompletion(String transactionalId, Waiter waiter, long deadlineNanos) {
        TransactionPartition partition = partitions.find(partitions.partitionFor(transactionalId));
        TransactionalId id = partition == null ? null : partition.find(transactionalId);
        if (partition == null || id == null) return;
        id.register(waiter);
        try {
            while (id.metadata().state().isPrepared() && partition.life().isActive()) {
                if (waiter.await(deadlineNanos) != Waiter.Outcome.WOKEN) return;
            }
        } finally {
            id.deregister(waiter);
        }
    }

    // ---- the end ----

    /** @param clientVersion the transaction version that the client speaks */
    EndTxnResponseData end(EndTxnRequestData request, short clientVersion, Waiter waiter) {
        String transactionalId = request.transactionalId();
        if (transactionalId == null || transactionalId.isEmpty()) return refused(Errors.INVALID_REQUEST);
        try {
            TransactionPartition partition = partitions.of(transactionalId);
            OptionalLong reserve = OptionalLong.empty();
            Outcome outcome = end(partition, request, clientVersion, reserve);
            while (outcome.decision() instanceof NeedProducerId) {
                reserve = OptionalLong.of(producerIds.next());
                outcome = end(partition, request, clientVersion, reserve);
            }
            Errors refusal = outcome.refusal();
            if (refusal != null) return refused(refusal);
            partition.awaitCommitted(outcome.endOffset(), waiter);
            return ended(outcome, clientVersion);
        } catch (HeddleException e) {
            return refused(CoordinatorErrors.of(e));
        }
    }

    private Outcome end(
            TransactionPartition partition, EndTxnRequestData request, short clientVersion, OptionalLong reserve) {
        var wish = new EndTransactionRules.Wish(
                new ProducerIdAndEpoch(request.producerId(), request.producerEpoch()),
                TransactionResult.forId(request.committed()),
                clientVersion,
                reserve,
                context.time().milliseconds());
        return partition.step(request.transactionalId(), current -> EndTransactionRules.decide(current, wish));
    }

    /** From version 2 on the client is told whom it writes its next transaction as. */
    private EndTxnResponseData ended(Outcome outcome, short clientVersion) {
        if (clientVersion < TransactionMetadata.EPOCH_PER_TRANSACTION) return answer(Errors.NONE, -1, (short) -1);
        // What the step has led to, not what is now: the transaction may be complete already.
        TransactionMetadata metadata = outcome.decision() instanceof Move move
                ? move.next().completed(context.time().milliseconds())
                : Objects.requireNonNull(outcome.metadata());
        Producer producer = metadata.producer();
        return answer(Errors.NONE, producer.id(), producer.epoch());
    }

    private static EndTxnResponseData refused(Errors error) {
        return answer(error, RecordBatch.NO_PRODUCER_ID, RecordBatch.NO_PRODUCER_EPOCH);
    }

    private static EndTxnResponseData answer(Errors error, long producerId, short epoch) {
        return new EndTxnResponseData()
                .setErrorCode(error.code())
                .setProducerId(producerId)
                .setProducerEpoch(epoch);
    }
}
