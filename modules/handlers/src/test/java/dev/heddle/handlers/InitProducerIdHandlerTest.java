package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.heddle.common.Time;
import dev.heddle.coordinator.ProducerIdManager;
import dev.heddle.coordinator.TransactionConfig;
import dev.heddle.coordinator.TransactionCoordinator;
import dev.heddle.log.LogManagerConfig;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.InitProducerIdRequest;
import org.apache.kafka.common.requests.InitProducerIdResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class InitProducerIdHandlerTest {

    private static final short LATEST = ApiKeys.INIT_PRODUCER_ID.latestVersion(false);

    private final TestConnection connection = new TestConnection(table(), Time.SYSTEM);

    private static HandlerTable table() {
        var config = TransactionConfig.from(
                new AbstractConfig(TransactionConfig.define(LogManagerConfig.define(new ConfigDef())), Map.of()));
        var producerIds = new ProducerIdManager(1, new FakeController(new TestMetadata()));
        return new HandlerTable(List.of(new InitProducerIdHandler(new TransactionCoordinator(config, producerIds))));
    }

    private static InitProducerIdRequestData ask() {
        return new InitProducerIdRequestData().setTransactionalId(null).setTransactionTimeoutMs(1_000);
    }

    private InitProducerIdResponseData init(InitProducerIdRequestData data, int version) {
        InitProducerIdResponse response =
                connection.call(new InitProducerIdRequest.Builder(data).build((short) version));
        return response.data();
    }

    @Test
    void everyVersionGivesAnIdOfItsOwn() {
        long last = -1;
        for (int version = ApiKeys.INIT_PRODUCER_ID.oldestVersion(); version <= LATEST; version++) {
            InitProducerIdResponseData answer = init(ask(), version);
            assertEquals(Errors.NONE.code(), answer.errorCode());
            assertEquals(0, answer.producerEpoch());
            assertNotEquals(last, answer.producerId());
            last = answer.producerId();
        }
    }

    @Test
    void aProducerIdWithoutItsEpochIsInvalid() {
        InitProducerIdResponseData answer = init(ask().setProducerId(5), LATEST);
        assertEquals(Errors.INVALID_REQUEST.code(), answer.errorCode());
        assertEquals(-1, answer.producerId());
    }

    @Test
    void aTransactionalIdIsRefused() {
        InitProducerIdResponseData answer = init(ask().setTransactionalId("payments"), LATEST);
        assertNotEquals(Errors.NONE.code(), answer.errorCode());
        assertEquals(-1, answer.producerId());
    }
}
