package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.HeddleException;
import dev.heddle.common.Waiter;
import dev.heddle.coordinator.TransactionDecision.NeedProducerId;
import dev.heddle.coordinator.TransactionalId.Outcome;
import java.util.Objects;
import java.util.OptionalLong;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.ProducerIdAndEpoch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * InitProducerId: gives idempotent producers an id, and transactional ones theirs with the next epoch. Any thread may call
 * it; a call may wait for the controller, and for the log.
 */
final class ProducerInitialization {

    private static final Logger LOG = LoggerFactory.getLogger(ProducerInitialization.class);

    private final LedPartitions<TransactionPartition> partitions;
    private final TransactionContext context;
    private final ProducerIdManager producerIds;

    ProducerInitialization(
            LedPartitions<TransactionPartition> partitions, TransactionContext context, ProducerIdManager producerIds) {
        this.partitions = partitions;
        this.context = context;
        this.producerIds = producerIds;
    }

    InitProducerIdResponseData initialize(InitProducerIdRequestData request, Waiter waiter) {
        Errors refusal = refusal(request);
        if (refusal != Errors.NONE) return refused(refusal);
        try {
            return request.transactionalId() == null
                    ? answer(nextProducerId(), (short) 0)
                    : initialize(request.transactionalId(), request, waiter);
        } catch (HeddleException e) {
            return refused(CoordinatorErrors.of(e));
        }
    }

    private Errors refusal(InitProducerIdRequestData request) {
        boolean hasId = request.producerId() != RecordBatch.NO_PRODUCER_ID;
        boolean hasEpoch = request.producerEpoch() != RecordBatch.NO_PRODUCER_EPOCH;
        if (hasId != hasEpoch) return Errors.INVALID_REQUEST;
        String transactionalId = request.transactionalId();
        if (transactionalId == null) return Errors.NONE;
        if (transactionalId.isEmpty()) return Errors.INVALID_REQUEST;
        if (request.enable2Pc() && !context.config().twoPhaseCommitEnabled()) {
            return Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
        }
        if (request.keepPreparedTxn()) return Errors.UNSUPPORTED_VERSION;
        if (!request.enable2Pc() && !isTimeoutAllowed(request.transactionTimeoutMs())) {
            return Errors.INVALID_TRANSACTION_TIMEOUT;
        }
        return Errors.NONE;
    }

    private boolean isTimeoutAllowed(int timeoutMs) {
        return timeoutMs > 0 && timeoutMs <= context.config().maxTimeoutMs();
    }

    private InitProducerIdResponseData initialize(
            String transactionalId, InitProducerIdRequestData request, Waiter waiter) {
        TransactionPartition partition = partitions.of(transactionalId);
        OptionalLong reserve = OptionalLong.empty();
        Outcome outcome = step(partition, transactionalId, request, reserve);
        while (outcome.decision() instanceof NeedProducerId) {
            // Not under the id's lock: the controller may take its time.
            reserve = OptionalLong.of(nextProducerId());
            outcome = step(partition, transactionalId, request, reserve);
        }
        Errors refusal = outcome.refusal();
        if (refusal != null) return refused(refusal);
        partition.awaitCommitted(outcome.endOffset(), waiter);
        TransactionMetadata metadata = Objects.requireNonNull(outcome.metadata());
        // A transaction was in the way and is being aborted; the epoch that fenced its producer is never given away.
        if (metadata.state().isPrepared()) return refused(Errors.CONCURRENT_TRANSACTIONS);
        return answer(metadata.producer().id(), metadata.producer().epoch());
    }

    private Outcome step(
            TransactionPartition partition,
            String transactionalId,
            InitProducerIdRequestData request,
            OptionalLong reserve) {
        long now = context.time().milliseconds();
        int timeoutMs = request.enable2Pc() ? Integer.MAX_VALUE : request.transactionTimeoutMs();
        boolean goesOn = request.producerId() != RecordBatch.NO_PRODUCER_ID;
        var wish = new InitProducerIdRules.Wish(
                timeoutMs,
                goesOn ? new ProducerIdAndEpoch(request.producerId(), request.producerEpoch()) : null,
                reserve,
                context.features().transactionVersion(),
                now);
        TransactionMetadata made =
                reserve.isEmpty() ? null : TransactionMetadata.created(reserve.getAsLong(), timeoutMs, now);
        return partition.stepOrCreate(transactionalId, made, current -> InitProducerIdRules.decide(current, wish));
    }

    private long nextProducerId() {
        try {
            return producerIds.next();
        } catch (DirectoryOfflineException e) {
            LOG.error("A block of producer ids cannot be allocated", e);
            // Clients take this one to mean that they should try again, where others would be the end of the producer.
            throw new AnswerException(Errors.COORDINATOR_LOAD_IN_PROGRESS);
        }
    }

    private static InitProducerIdResponseData answer(long producerId, short epoch) {
        return new InitProducerIdResponseData().setProducerId(producerId).setProducerEpoch(epoch);
    }

    private static InitProducerIdResponseData refused(Errors error) {
        return answer(RecordBatch.NO_PRODUCER_ID, RecordBatch.NO_PRODUCER_EPOCH).setErrorCode(error.code());
    }
}
