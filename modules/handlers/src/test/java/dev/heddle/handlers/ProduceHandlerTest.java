package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.Time;
import dev.heddle.requestchannel.Response;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ProduceHandlerTest {

    private static final short FIRST_REAL = 3;
    private static final short LATEST = ApiKeys.PRODUCE.latestVersion();
    private static final short BY_NAME = 12;

    /** Within a batch: the checksum of all that follows it, and the byte that names the codec. */
    private static final int CRC = 17;

    private static final int ATTRIBUTES_LOW_BYTE = 22;

    @TempDir
    Path directory;

    private DataBroker broker;
    private TestConnection connection;
    private Uuid orders;

    @BeforeEach
    void start() {
        broker = DataBroker.start(directory, Time.SYSTEM);
        connection = new TestConnection(broker.table, Time.SYSTEM);
        orders = broker.createTopic("orders", 3);
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private static ProduceRequestData ask(int acks) {
        return new ProduceRequestData().setAcks((short) acks).setTimeoutMs(30_000);
    }

    private static TopicProduceData topic(String name, int partition, BaseRecords records) {
        return new TopicProduceData()
                .setName(name)
                .setPartitionData(
                        List.of(new PartitionProduceData().setIndex(partition).setRecords(records)));
    }

    private ProduceRequest request(int acks, int version, String topic, int partition, BaseRecords records) {
        ProduceRequestData data = ask(acks);
        TopicProduceData asked = topic(topic, partition, records);
        if (version >= 13) asked.setTopicId(topic.equals("orders") ? orders : new Uuid(4, 4));
        data.topicData().add(asked);
        return new ProduceRequest(data, (short) version);
    }

    private PartitionProduceResponse produce(int acks, int version, String topic, int partition, BaseRecords records) {
        ProduceResponse response = connection.call(request(acks, version, topic, partition, records));
        return only(response.data());
    }

    private static PartitionProduceResponse only(ProduceResponseData data) {
        assertEquals(1, data.responses().size());
        return data.responses().iterator().next().partitionResponses().get(0);
    }

    private PartitionProduceResponse produce(BaseRecords records) {
        return produce(-1, BY_NAME, "orders", 0, records);
    }

    private static void assertError(Errors error, PartitionProduceResponse answer) {
        assertEquals(error, Errors.forCode(answer.errorCode()));
        if (error != Errors.NONE) assertEquals(-1, answer.baseOffset());
    }

    @Test
    void everyVersionAppendsAndTellsTheOffset() {
        for (int version = FIRST_REAL; version <= LATEST; version++) {
            PartitionProduceResponse answer = produce(-1, version, "orders", 0, DataBroker.records("a", "b"));
            assertError(Errors.NONE, answer);
            assertEquals(2L * (version - FIRST_REAL), answer.baseOffset(), "version " + version);
            assertEquals(-1, answer.logAppendTimeMs());
            assertEquals(version >= 5 ? 0 : -1, answer.logStartOffset());
        }
    }

    @Test
    void acksAllAnswersWhatIsOnDisk() {
        produce(DataBroker.records("a", "b"));
        assertTrue(broker.partition("orders", 0).log().durableOffset() >= 2);
    }

    @Test
    void acksAllToManyPartitionsAnswersWhatIsOnDisk() {
        ProduceRequestData data = ask(-1);
        for (int i = 0; i < 3; i++) data.topicData().add(topic("orders", i, DataBroker.records("a")));
        ProduceResponse response = connection.call(new ProduceRequest(data, BY_NAME));
        response.data()
                .responses()
                .forEach(topic -> topic.partitionResponses().forEach(answer -> assertError(Errors.NONE, answer)));
        for (int i = 0; i < 3; i++) {
            assertEquals(1, broker.partition("orders", i).log().durableOffset());
        }
    }

    @Test
    void acksOneAnswersToo() {
        assertEquals(
                0, produce(1, BY_NAME, "orders", 1, DataBroker.records("a")).baseOffset());
        assertEquals(1, broker.partition("orders", 1).highWatermark());
    }

    @Test
    void acksZeroIsNotAnswered() {
        var exchange = connection.send(request(0, BY_NAME, "orders", 0, DataBroker.records("a")));
        assertInstanceOf(Response.Nothing.class, exchange.await());
        assertEquals(1, broker.partition("orders", 0).highWatermark());
    }

    @Test
    void acksZeroThatFailsClosesTheConnection() {
        var exchange = connection.send(request(0, BY_NAME, "nowhere", 0, DataBroker.records("a")));
        assertInstanceOf(Response.CloseConnection.class, exchange.await());
    }

    @Test
    void otherAcksAreInvalid() {
        for (int acks : new int[] {2, -2, 100}) {
            assertError(Errors.INVALID_REQUIRED_ACKS, produce(acks, BY_NAME, "orders", 0, DataBroker.records("a")));
        }
        assertEquals(0, broker.partition("orders", 0).log().logEndOffset());
    }

    @Test
    void whatDoesNotExistIsUnknown() {
        MemoryRecords records = DataBroker.records("a");
        assertError(Errors.UNKNOWN_TOPIC_OR_PARTITION, produce(-1, BY_NAME, "nowhere", 0, records));
        assertError(Errors.UNKNOWN_TOPIC_OR_PARTITION, produce(-1, BY_NAME, "orders", 3, records));
        assertError(Errors.UNKNOWN_TOPIC_OR_PARTITION, produce(-1, LATEST, "orders", 3, records));
        assertError(Errors.UNKNOWN_TOPIC_ID, produce(-1, LATEST, "nowhere", 0, records));
    }

    @Test
    void aTopicOfTheSameNameIsNotTheSameTopic() {
        broker.deleteTopic(orders);
        broker.createTopic("orders", 1);
        assertError(Errors.UNKNOWN_TOPIC_ID, produce(-1, LATEST, "orders", 0, DataBroker.records("a")));
    }

    @Test
    void internalTopicsAreForKafkasOwnTools() {
        broker.createTopic("__consumer_offsets", 1);
        ProduceRequest request = request(-1, BY_NAME, "__consumer_offsets", 0, DataBroker.records("a"));
        ProduceResponse refused = connection.call(request);
        assertError(Errors.INVALID_TOPIC_EXCEPTION, only(refused.data()));
        ProduceResponse accepted = connection.send(request, "__admin_client").response();
        assertError(Errors.NONE, only(accepted.data()));
    }

    @Test
    void onePartitionsFailureIsNotTheOthers() {
        ProduceRequestData data = ask(-1);
        data.topicData().add(topic("orders", 0, DataBroker.records("a")));
        data.topicData().add(topic("nowhere", 0, DataBroker.records("b")));
        data.topicData().add(topic("orders", 2, DataBroker.records("c")));
        ProduceResponse response = connection.call(new ProduceRequest(data, BY_NAME));
        List<Errors> errors = new ArrayList<>();
        response.data()
                .responses()
                .forEach(topic ->
                        topic.partitionResponses().forEach(answer -> errors.add(Errors.forCode(answer.errorCode()))));
        assertEquals(List.of(Errors.NONE, Errors.UNKNOWN_TOPIC_OR_PARTITION, Errors.NONE), errors);
    }

    @Test
    void recordsThatAreTooLargeAreRefused() {
        broker.configure("orders", "max.message.bytes", "100");
        assertError(Errors.MESSAGE_TOO_LARGE, produce(DataBroker.records("x".repeat(200))));
    }

    @Test
    void aWrongChecksumIsRefused() {
        MemoryRecords records = DataBroker.records("a");
        int last = records.buffer().limit() - 1;
        records.buffer().put(last, (byte) (records.buffer().get(last) ^ 1));
        assertError(Errors.CORRUPT_MESSAGE, produce(records));
    }

    @Test
    void aPartitionNeedsExactlyOneBatchOfTheCurrentFormat() {
        assertError(Errors.INVALID_RECORD, produce(MemoryRecords.EMPTY));

        MemoryRecords one = DataBroker.records("a");
        ByteBuffer two = ByteBuffer.allocate(2 * one.sizeInBytes());
        two.put(one.buffer().duplicate()).put(one.buffer().duplicate()).flip();
        assertError(Errors.INVALID_RECORD, produce(MemoryRecords.readableRecords(two)));

        assertError(
                Errors.INVALID_RECORD,
                produce(MemoryRecords.withRecords(
                        RecordBatch.MAGIC_VALUE_V1, Compression.NONE, new SimpleRecord("a".getBytes()))));
        assertError(Errors.INVALID_RECORD, produce(null));
        assertEquals(0, broker.partition("orders", 0).log().logEndOffset());
    }

    @Test
    void zstdIsNotForOldVersions() {
        MemoryRecords records = MemoryRecords.withRecords(Compression.zstd().build(), DataBroker.simple("a", "b"));
        assertError(Errors.UNSUPPORTED_COMPRESSION_TYPE, produce(-1, 6, "orders", 0, records));
        assertError(Errors.NONE, produce(-1, 7, "orders", 0, records));
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 6, 7})
    void aCodecThatNobodyKnowsIsRefused(int codec) {
        MemoryRecords records = DataBroker.records("a");
        ByteBuffer batch = records.buffer();
        batch.put(ATTRIBUTES_LOW_BYTE, (byte) codec);
        var crc = new CRC32C();
        crc.update(batch.duplicate().position(CRC + Integer.BYTES));
        batch.putInt(CRC, (int) crc.getValue());
        for (int version = FIRST_REAL; version <= LATEST; version++) {
            PartitionProduceResponse answer = produce(-1, version, "orders", 0, records);
            assertError(Errors.UNSUPPORTED_COMPRESSION_TYPE, answer);
        }
        assertEquals(0, broker.partition("orders", 0).log().logEndOffset());
        assertError(Errors.NONE, produce(DataBroker.records("a")));
    }

    @Test
    void theRefusedRecordsAreNamed() {
        broker.configure("orders", "cleanup.policy", "compact");
        MemoryRecords records = MemoryRecords.withRecords(
                Compression.NONE,
                new SimpleRecord(1, "key".getBytes(StandardCharsets.UTF_8), "a".getBytes(StandardCharsets.UTF_8)),
                new SimpleRecord(2, null, "b".getBytes(StandardCharsets.UTF_8)));
        PartitionProduceResponse answer = produce(records);
        assertError(Errors.INVALID_RECORD, answer);
        assertEquals(1, answer.recordErrors().size());
        assertEquals(1, answer.recordErrors().get(0).batchIndex());
        assertNotNull(answer.recordErrors().get(0).batchIndexErrorMessage());
        assertNotNull(answer.errorMessage());
        // Clients of old versions know neither.
        assertError(Errors.INVALID_RECORD, produce(-1, 7, "orders", 0, records));
    }

    @Test
    void theBrokersTimeIsToldWhereItIsWritten() {
        broker.configure("orders", "message.timestamp.type", TimestampType.LOG_APPEND_TIME.name);
        assertTrue(produce(DataBroker.records("a")).logAppendTimeMs() > 1_600_000_000_000L);
    }

    private static MemoryRecords idempotent(long producerId, int epoch, int sequence, String... values) {
        return MemoryRecords.withIdempotentRecords(
                Compression.NONE, producerId, (short) epoch, sequence, DataBroker.simple(values));
    }

    @Test
    void aBatchSentTwiceIsAppendedOnce() {
        assertEquals(0, produce(idempotent(7, 0, 0, "a", "b")).baseOffset());
        assertEquals(2, produce(idempotent(7, 0, 2, "c")).baseOffset());
        assertEquals(0, produce(idempotent(7, 0, 0, "a", "b")).baseOffset());
        assertEquals(3, broker.partition("orders", 0).log().logEndOffset());
    }

    @Test
    void aGapInTheSequenceIsRefused() {
        produce(idempotent(7, 0, 0, "a"));
        assertError(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, produce(idempotent(7, 0, 5, "b")));
    }

    @Test
    void anOldProducerEpochIsRefused() {
        produce(idempotent(7, 3, 0, "a"));
        assertError(Errors.INVALID_PRODUCER_EPOCH, produce(idempotent(7, 2, 0, "b")));
    }

    @Test
    void transactionalRecordsNeedATransaction() {
        MemoryRecords records =
                MemoryRecords.withTransactionalRecords(Compression.NONE, 7, (short) 0, 0, DataBroker.simple("a"));
        assertError(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, produce(records));
        ProduceRequestData data = ask(-1).setTransactionalId("payments");
        data.topicData().add(topic("orders", 0, records));
        ProduceResponse response = connection.call(new ProduceRequest(data, BY_NAME));
        // Nobody here can say whether there is such a transaction.
        assertError(Errors.NOT_ENOUGH_REPLICAS, only(response.data()));
        assertEquals(0, broker.partition("orders", 0).log().logEndOffset());
    }

    @Test
    void tooFewReplicasInSyncRefuseAcksAll() {
        broker.createTopic("shared", 1, List.of(DataBroker.ID, DataBroker.OTHER), DataBroker.ID);
        broker.configure("shared", "min.insync.replicas", "2");
        broker.update(delta -> delta.replay(new org.apache.kafka.common.metadata.PartitionChangeRecord()
                .setTopicId(broker.partition("shared", 0).topicId())
                .setPartitionId(0)
                .setIsr(List.of(DataBroker.ID))));
        PartitionProduceResponse answer = produce(-1, BY_NAME, "shared", 0, DataBroker.records("a"));
        assertError(Errors.NOT_ENOUGH_REPLICAS, answer);
        assertNotNull(answer.errorMessage());
    }

    @Test
    void whatIsNotCommittedInTimeTimesOut() {
        broker.createTopic("shared", 1, List.of(DataBroker.ID, DataBroker.OTHER), DataBroker.ID);
        ProduceRequestData data = ask(-1).setTimeoutMs(0);
        data.topicData().add(topic("shared", 0, DataBroker.records("a")));
        data.topicData().add(topic("orders", 0, DataBroker.records("b")));
        ProduceResponse response = connection.call(new ProduceRequest(data, BY_NAME));
        PartitionProduceResponse late = response.data()
                .responses()
                .find("shared", Uuid.ZERO_UUID)
                .partitionResponses()
                .get(0);
        assertEquals(Errors.REQUEST_TIMED_OUT, Errors.forCode(late.errorCode()));
        assertEquals(0, late.baseOffset(), "it is in the log all the same");
        assertEquals(
                1,
                broker.metrics
                                        .meter("kafka.server:type=DelayedProduceMetrics,name=ExpiresPerSec")
                                        .getCount()
                                > 0
                        ? 1
                        : 0);
    }

    @Test
    void whoAsksTheWrongBrokerIsToldTheLeader() {
        broker.createTopic("elsewhere", 1, List.of(DataBroker.OTHER), DataBroker.OTHER);
        ProduceRequest request = request(-1, BY_NAME, "elsewhere", 0, DataBroker.records("a"));
        ProduceResponse response = connection.call(request);
        PartitionProduceResponse answer = only(response.data());
        assertError(Errors.NOT_LEADER_OR_FOLLOWER, answer);
        assertEquals(DataBroker.OTHER, answer.currentLeader().leaderId());
        assertEquals(0, answer.currentLeader().leaderEpoch());
        assertEquals(
                "broker-2",
                response.data().nodeEndpoints().find(DataBroker.OTHER).host());

        ProduceResponse old = connection.call(request(-1, 9, "elsewhere", 0, DataBroker.records("a")));
        assertEquals(-1, only(old.data()).currentLeader().leaderId());
    }

    @Test
    void aProduceThatWaitsDoesNotHoldUpTheNext() {
        broker.createTopic("shared", 1, List.of(DataBroker.ID, DataBroker.OTHER), DataBroker.ID);
        var waiting = connection.send(request(-1, BY_NAME, "shared", 0, DataBroker.records("a")));
        ProduceResponse next = connection.call(request(1, BY_NAME, "shared", 0, DataBroker.records("b")));
        assertEquals(1, only(next.data()).baseOffset());
        assertFalse(waiting.answer().isDone());
        waiting.request().waiter().cancel();
        assertInstanceOf(Response.Nothing.class, waiting.await());
        assertEquals(0, broker.partition("shared", 0).waiting());
    }
}
