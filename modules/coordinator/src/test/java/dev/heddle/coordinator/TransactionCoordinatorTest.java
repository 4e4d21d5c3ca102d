package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.metadata.ProducerIdsBlock;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TransactionCoordinatorTest {

    private final TransactionRig rig = new TransactionRig();

    @AfterEach
    void close() {
        rig.close();
    }

    private static InitProducerIdRequestData idempotent() {
        return TransactionRig.request().setTransactionalId(null);
    }

    private Errors errorOf(InitProducerIdRequestData request) {
        return Errors.forCode(rig.init(request).errorCode());
    }

    @Test
    void anIdempotentProducerIsGivenAnIdOfItsOwn() {
        var first = rig.init(idempotent());
        Rig.expect(Errors.NONE, first.errorCode());
        assertEquals(1_000, first.producerId());
        assertEquals(0, first.producerEpoch());
        assertEquals(1_001, rig.init(idempotent()).producerId());
    }

    @Test
    void aProducerThatHasAnIdIsGivenANewOne() {
        var request = idempotent().setProducerId(3).setProducerEpoch((short) 4);
        assertEquals(1_000, rig.init(request).producerId());
    }

    @Test
    void anIdWithoutAnEpochIsInvalidAndSoIsAnEpochWithoutAnId() {
        assertEquals(Errors.INVALID_REQUEST, errorOf(idempotent().setProducerId(3)));
        assertEquals(Errors.INVALID_REQUEST, errorOf(idempotent().setProducerEpoch((short) 3)));
    }

    @Test
    void anEmptyTransactionalIdIsInvalid() {
        assertEquals(Errors.INVALID_REQUEST, errorOf(idempotent().setTransactionalId("")));
    }

    @Test
    void theTransactionTimeoutIsLimited() {
        var request = TransactionRig.request();
        assertEquals(Errors.INVALID_TRANSACTION_TIMEOUT, errorOf(request.setTransactionTimeoutMs(900_001)));
        assertEquals(Errors.INVALID_TRANSACTION_TIMEOUT, errorOf(request.setTransactionTimeoutMs(0)));
        assertEquals(Errors.NONE, errorOf(request.setTransactionTimeoutMs(900_000)));
    }

    @Test
    void twoPhaseCommitNeedsToBeEnabled() {
        var request = TransactionRig.request().setEnable2Pc(true);
        assertEquals(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, errorOf(request));
    }

    @Test
    void preparedTransactionsCannotBeKept() {
        assertEquals(
                Errors.UNSUPPORTED_VERSION, errorOf(TransactionRig.request().setKeepPreparedTxn(true)));
    }

    @Test
    void whenNoBlockIsGivenTheReasonIsAnswered() {
        assertRefused(Errors.BROKER_ID_NOT_REGISTERED, () -> {
            throw new AnswerException(Errors.BROKER_ID_NOT_REGISTERED);
        });
        assertRefused(Errors.COORDINATOR_LOAD_IN_PROGRESS, () -> {
            throw new DirectoryOfflineException(Path.of("data"), "gone", null);
        });
    }

    private void assertRefused(Errors expected, Supplier<ProducerIdsBlock> blocks) {
        var surroundings = new TransactionCoordinator.Surroundings(
                partition -> rig.log(),
                new TransactionRig.FakeTargets(rig.topics, rig.withoutLeader),
                rig.markers,
                new ProducerIdManager(blocks),
                () -> (short) 2);
        try (var refused = new TransactionCoordinator(
                rig.config,
                surroundings,
                new TransactionCoordinator.Tools(rig.time, rig.scheduler, new MetricRegistry()))) {
            Rig.expect(
                    expected, refused.initProducerId(idempotent(), rig.waiter()).errorCode());
        }
    }
}
