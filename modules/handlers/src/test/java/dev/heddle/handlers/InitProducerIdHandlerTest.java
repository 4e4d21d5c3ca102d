package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.heddle.common.Time;
import java.nio.file.Path;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.InitProducerIdRequest;
import org.apache.kafka.common.requests.InitProducerIdResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class InitProducerIdHandlerTest {

    private static final short LATEST = ApiKeys.INIT_PRODUCER_ID.latestVersion(false);

    @TempDir
    Path directory;

    private DataBroker broker;
    private TestConnection connection;

    @BeforeEach
    void start() {
        broker = DataBroker.start(directory, Time.SYSTEM);
        connection = new TestConnection(broker.table, Time.SYSTEM);
    }

    @AfterEach
    void close() {
        broker.close();
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
    void aTransactionalIdThatLivesElsewhereIsSentThere() {
        InitProducerIdResponseData answer = init(ask().setTransactionalId("payments"), LATEST);
        assertEquals(Errors.NOT_COORDINATOR.code(), answer.errorCode());
        assertEquals(-1, answer.producerId());
    }
}
