package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives idempotent producers their ids. Any thread may call it; a call may wait for the controller.
 *
 * <p>Transactions are not coordinated by this version: a producer with a transactional id is refused, with an error
 * that its client does not retry.
 */
public final class TransactionCoordinator {

    private static final Logger LOG = LoggerFactory.getLogger(TransactionCoordinator.class);

    private final TransactionConfig config;
    private final ProducerIdManager producerIds;

    public TransactionCoordinator(TransactionConfig config, ProducerIdManager producerIds) {
        this.config = config;
        this.producerIds = producerIds;
    }

    /** Answers InitProducerId. */
    public InitProducerIdResponseData initProducerId(InitProducerIdRequestData request) {
        Errors refusal = refusal(request);
        if (refusal != Errors.NONE) return refused(refusal);
        try {
            return new InitProducerIdResponseData()
                    .setProducerId(producerIds.next())
                    .setProducerEpoch((short) 0);
        } catch (AnswerException e) {
            return refused(e.error());
        } catch (DirectoryOfflineException e) {
            LOG.error("A block of producer ids cannot be allocated", e);
            // Clients take this one to mean that they should try again, where others would be the end of the producer.
            return refused(Errors.COORDINATOR_LOAD_IN_PROGRESS);
        }
    }

    private Errors refusal(InitProducerIdRequestData request) {
        boolean hasId = request.producerId() != RecordBatch.NO_PRODUCER_ID;
        boolean hasEpoch = request.producerEpoch() != RecordBatch.NO_PRODUCER_EPOCH;
        if (hasId != hasEpoch) return Errors.INVALID_REQUEST;
        String transactionalId = request.transactionalId();
        if (transactionalId == null) return Errors.NONE;
        if (transactionalId.isEmpty()) return Errors.INVALID_REQUEST;
        if (request.enable2Pc() && !config.twoPhaseCommitEnabled()) {
            return Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
        }
        if (request.keepPreparedTxn()) return Errors.UNSUPPORTED_VERSION;
        if (!request.enable2Pc() && !isTimeoutAllowed(request.transactionTimeoutMs())) {
            return Errors.INVALID_TRANSACTION_TIMEOUT;
        }
        return Errors.UNSUPPORTED_VERSION;
    }

    private boolean isTimeoutAllowed(int timeoutMs) {
        return timeoutMs > 0 && timeoutMs <= config.maxTimeoutMs();
    }

    private static InitProducerIdResponseData refused(Errors error) {
        return new InitProducerIdResponseData()
                .setProducerId(RecordBatch.NO_PRODUCER_ID)
                .setProducerEpoch(RecordBatch.NO_PRODUCER_EPOCH)
                .setErrorCode(error.code());
    }
}
