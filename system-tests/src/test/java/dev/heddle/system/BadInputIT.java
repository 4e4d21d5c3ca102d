package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.common.requests.ProduceResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What no well-behaved client sends. After each, the broker serves everyone else as before. */
class BadInputIT extends AgainstABroker {

    @AfterEach
    void everyoneElseIsServed() {
        String topic = newTopic();
        clients.createTopic(topic, 1);
        try (var producer = clients.producer(java.util.Map.of())) {
            assertEquals(
                    0,
                    Clients.get(producer.send(new ProducerRecord<>(topic, "fine")))
                            .offset());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 104_857_601, 0, 3})
    void aFrameOfAnImpossibleLengthClosesTheConnection(int length) {
        try (var connection = new RawConnection(broker.port())) {
            ByteBuffer frame = ByteBuffer.allocate(16).putInt(length);
            connection.sendBytes(frame.array());
            assertTrue(connection.isClosedByTheBroker());
        }
    }

    @Test
    void anUnknownApiClosesTheConnection() {
        assertClosedAfter(header((short) 999, (short) 0));
        assertClosedAfter(header((short) -1, (short) 0));
    }

    @Test
    void anUnsupportedVersionClosesTheConnection() {
        assertClosedAfter(header(ApiKeys.METADATA.id, (short) 99));
        assertClosedAfter(header(ApiKeys.METADATA.id, (short) -1));
        assertClosedAfter(header(ApiKeys.PRODUCE.id, (short) 2));
    }

    @Test
    void aBodyThatEndsTooEarlyClosesTheConnection() {
        ByteBuffer whole = RawConnection.encode(
                ApiKeys.METADATA,
                (short) 1,
                1,
                new MetadataRequestData().setTopics(List.of(new MetadataRequestTopic().setName("a-topic"))));
        assertClosedAfter(whole.slice(0, whole.remaining() - 3));
    }

    private static ByteBuffer header(short api, short version) {
        return ByteBuffer.allocate(10)
                .putShort(api)
                .putShort(version)
                .putInt(1)
                .putShort((short) -1)
                .flip();
    }

    private void assertClosedAfter(ByteBuffer frame) {
        try (var connection = new RawConnection(broker.port())) {
            connection.sendFrame(frame);
            assertTrue(connection.isClosedByTheBroker());
        }
    }

    @Test
    void recordsWithAWrongChecksumAreRefused() {
        MemoryRecords records = Scenarios.records("value");
        ByteBuffer damaged = records.buffer();
        damaged.put(damaged.limit() - 2, (byte) ~damaged.get(damaged.limit() - 2));
        assertEquals(Errors.CORRUPT_MESSAGE, produce(damaged));
    }

    @Test
    void compressedGarbageIsRefused() {
        MemoryRecords records = MemoryRecords.withRecords(
                org.apache.kafka.common.compress.Compression.gzip().build(),
                new org.apache.kafka.common.record.internal.SimpleRecord(
                        "a".repeat(500).getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        ByteBuffer damaged = records.buffer();
        for (int i = 70; i < damaged.limit(); i++) damaged.put(i, (byte) 0x55);
        repairChecksum(damaged);
        Errors error = produce(damaged);
        assertTrue(error == Errors.CORRUPT_MESSAGE || error == Errors.INVALID_RECORD, error::toString);
    }

    private static void repairChecksum(ByteBuffer batch) {
        long crc = org.apache.kafka.common.utils.Crc32C.compute(batch, 21, batch.limit() - 21);
        batch.putInt(17, (int) crc);
    }

    @Test
    void aBatchThatClaimsMoreThanItHoldsIsRefused() {
        MemoryRecords records = Scenarios.records("value");
        ByteBuffer damaged = records.buffer();
        damaged.putInt(57, 1_000_000);
        damaged.putInt(23, 999_999);
        repairChecksum(damaged);
        Errors error = produce(damaged);
        assertTrue(error == Errors.CORRUPT_MESSAGE || error == Errors.INVALID_RECORD, error::toString);
    }

    @Test
    void noRecordsAtAllAreRefused() {
        assertEquals(Errors.INVALID_RECORD, produce(ByteBuffer.allocate(0)));
    }

    private Errors produce(ByteBuffer records) {
        String topic = newTopic();
        clients.createTopic(topic, 1);
        var topics = new TopicProduceDataCollection();
        topics.add(new TopicProduceData()
                .setName(topic)
                .setPartitionData(List.of(
                        new PartitionProduceData().setIndex(0).setRecords(MemoryRecords.readableRecords(records)))));
        try (var connection = new RawConnection(broker.port())) {
            ProduceResponse answer = connection.ask(
                    ApiKeys.PRODUCE,
                    (short) 9,
                    new ProduceRequestData()
                            .setAcks((short) -1)
                            .setTimeoutMs(5000)
                            .setTopicData(topics));
            return Errors.forCode(answer.data()
                    .responses()
                    .iterator()
                    .next()
                    .partitionResponses()
                    .getFirst()
                    .errorCode());
        }
    }

    @Test
    void aTopicNameThatIsInvalidIsRefused() {
        try (var connection = new RawConnection(broker.port())) {
            for (String name : List.of("", ".", "..", "a b", "a/b", "x".repeat(250), "é")) {
                MetadataResponse answer = connection.ask(
                        ApiKeys.METADATA,
                        (short) 9,
                        new MetadataRequestData().setTopics(List.of(new MetadataRequestTopic().setName(name))));
                assertEquals(
                        Errors.INVALID_TOPIC_EXCEPTION.code(),
                        answer.data().topics().iterator().next().errorCode(),
                        name);
            }
        }
    }

    @Test
    void clientsThatVanishMidRequestAreForgotten() {
        try (var metrics = new BrokerMetrics(broker)) {
            long before = metrics.openFiles();
            for (int i = 0; i < 100; i++) {
                try (var connection = new RawConnection(broker.port())) {
                    connection.sendBytes(ByteBuffer.allocate(100).putInt(10_000).array());
                }
            }
            Await.that(() -> metrics.openFiles() <= before + 2, "the sockets are closed");
        }
    }

    @Test
    void clientsThatVanishWhileTheyWaitAreForgotten() {
        String topic = newTopic();
        clients.createTopic(topic, 1);
        try (var metrics = new BrokerMetrics(broker)) {
            long before = metrics.openFiles();
            for (int i = 0; i < 50; i++) {
                try (var connection = new RawConnection(broker.port())) {
                    connection.sendFrame(RawConnection.encode(ApiKeys.FETCH, (short) 12, 1, longPoll(topic)));
                }
            }
            Await.that(() -> metrics.openFiles() <= before + 2, "the sockets are closed");
        }
    }

    private static FetchRequestData longPoll(String topic) {
        return new FetchRequestData()
                .setMaxWaitMs(600_000)
                .setMinBytes(1)
                .setMaxBytes(1_000_000)
                .setTopics(List.of(new FetchTopic()
                        .setTopic(topic)
                        .setPartitions(List.of(new FetchPartition()
                                .setPartition(0)
                                .setFetchOffset(0)
                                .setPartitionMaxBytes(1_000_000)))));
    }

    @Test
    void clientsThatNeverReadHoldNobodyUp() {
        var silent = new ArrayList<RawConnection>();
        byte[] question = frames(200);
        try {
            for (int i = 0; i < 20; i++) {
                var connection = new RawConnection(broker.port());
                silent.add(connection);
                connection.sendBytes(question);
            }
            everyoneElseIsServed();
        } finally {
            silent.forEach(RawConnection::close);
        }
    }

    /** Many requests in a row, whose answers nobody will read. */
    private static byte[] frames(int count) {
        var request = RawConnection.encode(
                ApiKeys.API_VERSIONS,
                (short) 3,
                1,
                new ApiVersionsRequestData().setClientSoftwareName("raw").setClientSoftwareVersion("1"));
        ByteBuffer all = ByteBuffer.allocate(count * (4 + request.remaining()));
        for (int i = 0; i < count; i++) all.putInt(request.remaining()).put(request.duplicate());
        return all.array();
    }
}
