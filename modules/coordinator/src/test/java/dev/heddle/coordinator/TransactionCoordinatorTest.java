package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.metadata.ProducerIdsBlock;
import java.nio.file.Path;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

class TransactionCoordinatorTest {

    private final TransactionConfig config = new TransactionConfig(900_000, false, 50, (short) 1, 1, 1);
    private final TransactionCoordinator coordinator =
            new TransactionCoordinator(config, new ProducerIdManager(() -> new ProducerIdsBlock(500, 1_000)));

    private static InitProducerIdRequestData idempotent() {
        return new InitProducerIdRequestData().setTransactionalId(null).setTransactionTimeoutMs(60_000);
    }

    private Errors errorOf(InitProducerIdRequestData request) {
        return Errors.forCode(coordinator.initProducerId(request).errorCode());
    }

    @Test
    void anIdempotentProducerIsGivenAnIdOfItsOwn() {
        var first = coordinator.initProducerId(idempotent());
        Rig.expect(Errors.NONE, first.errorCode());
        assertEquals(500, first.producerId());
        assertEquals(0, first.producerEpoch());
        assertEquals(501, coordinator.initProducerId(idempotent()).producerId());
    }

    @Test
    void aProducerThatHasAnIdIsGivenANewOne() {
        var request = idempotent().setProducerId(3).setProducerEpoch((short) 4);
        assertEquals(500, coordinator.initProducerId(request).producerId());
    }

    @Test
    void anIdWithoutAnEpochIsInvalidAndSoIsAnEpochWithoutAnId() {
        assertEquals(Errors.INVALID_REQUEST, errorOf(idempotent().setProducerId(3)));
        assertEquals(Errors.INVALID_REQUEST, errorOf(idempotent().setProducerEpoch((short) 3)));
    }

    @Test
    void transactionalIdsAreRefused() {
        var response = coordinator.initProducerId(idempotent().setTransactionalId("t"));
        Rig.expect(Errors.UNSUPPORTED_VERSION, response.errorCode());
        assertEquals(-1, response.producerId());
        assertEquals(-1, response.producerEpoch());
        assertEquals(Errors.INVALID_REQUEST, errorOf(idempotent().setTransactionalId("")));
    }

    @Test
    void theTransactionTimeoutIsLimited() {
        var request = idempotent().setTransactionalId("t");
        assertEquals(Errors.INVALID_TRANSACTION_TIMEOUT, errorOf(request.setTransactionTimeoutMs(900_001)));
        assertEquals(Errors.INVALID_TRANSACTION_TIMEOUT, errorOf(request.setTransactionTimeoutMs(0)));
    }

    @Test
    void twoPhaseCommitNeedsToBeEnabled() {
        var request = idempotent().setTransactionalId("t").setEnable2Pc(true);
        assertEquals(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, errorOf(request));
    }

    @Test
    void whenNoBlockIsGivenTheReasonIsAnswered() {
        var refused = new TransactionCoordinator(config, new ProducerIdManager(() -> {
            throw new AnswerException(Errors.BROKER_ID_NOT_REGISTERED);
        }));
        Rig.expect(
                Errors.BROKER_ID_NOT_REGISTERED,
                refused.initProducerId(idempotent()).errorCode());
        var failed = new TransactionCoordinator(config, new ProducerIdManager(() -> {
            throw new DirectoryOfflineException(Path.of("data"), "gone", null);
        }));
        Rig.expect(
                Errors.COORDINATOR_LOAD_IN_PROGRESS,
                failed.initProducerId(idempotent()).errorCode());
    }
}
