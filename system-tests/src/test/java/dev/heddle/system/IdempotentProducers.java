package dev.heddle.system;

import static dev.heddle.system.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.InitProducerIdResponse;
import org.apache.kafka.common.requests.ProduceResponse;

/** Idempotent producers that live longer than a broker: the next one knows where they are, and what it has of them. */
final class IdempotentProducers implements Cargo, AutoCloseable {

    private static final TopicPartition LASTING = new TopicPartition("lasting-producer", 0);
    private static final TopicPartition REPEATED = new TopicPartition("repeated", 0);
    private static final short PRODUCE_VERSION = 12;
    private static final int STEP = 30;

    /** The same one at every stop. */
    private KafkaProducer<String, String> lasting;

    private int records;

    private long producerId = -1;
    private int nextSequence;
    private long lastOffset = -1;

    @Override
    public void load(Stop stop) {
        if (lasting == null) {
            stop.clients().createLedTopic(LASTING.topic(), 1, Map.of());
            stop.clients().createLedTopic(REPEATED.topic(), 1, Map.of());
            lasting = stop.clients().lastingProducer(Map.of("enable.idempotence", "true", "batch.size", "200"));
        }
        for (int i = 0; i < STEP; i++) lasting.send(new ProducerRecord<>(LASTING.topic(), 0, null, "" + records++));
        lasting.flush();
        repeat(stop);
    }

    private void repeat(Stop stop) {
        try (var connection = new RawConnection(stop.port())) {
            if (producerId < 0) producerId = newProducerId(connection);
            else assertStateIsKnown(connection, stop);
            for (int i = 0; i < 3; i++) {
                PartitionProduceResponse answer = produce(connection, nextSequence);
                assertEquals(Errors.NONE, Errors.forCode(answer.errorCode()), stop.name());
                assertEquals(lastOffset + 1, answer.baseOffset());
                lastOffset = answer.baseOffset();
                nextSequence++;
            }
        }
    }

    private void assertStateIsKnown(RawConnection connection, Stop stop) {
        PartitionProduceResponse repetition = produce(connection, nextSequence - 1);
        assertEquals(Errors.NONE, Errors.forCode(repetition.errorCode()), stop.name());
        assertEquals(lastOffset, repetition.baseOffset(), stop.name());
        PartitionProduceResponse gap = produce(connection, nextSequence + 1);
        assertEquals(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, Errors.forCode(gap.errorCode()), stop.name());
    }

    private static long newProducerId(RawConnection connection) {
        var request = new InitProducerIdRequestData().setTransactionalId(null).setTransactionTimeoutMs(1000);
        InitProducerIdResponse response = connection.ask(ApiKeys.INIT_PRODUCER_ID, (short) 4, request);
        assertEquals(Errors.NONE, response.error());
        return response.data().producerId();
    }

    private PartitionProduceResponse produce(RawConnection connection, int sequence) {
        // Without a time, the producer would be taken for one that has not been heard of for long.
        var record = new SimpleRecord(
                System.currentTimeMillis(), String.valueOf(sequence).getBytes(StandardCharsets.UTF_8));
        MemoryRecords batch =
                MemoryRecords.withIdempotentRecords(Compression.NONE, producerId, (short) 0, sequence, record);
        var partition =
                new PartitionProduceData().setIndex(REPEATED.partition()).setRecords(batch);
        var topic = new TopicProduceData().setName(REPEATED.topic()).setPartitionData(List.of(partition));
        var request = new ProduceRequestData()
                .setAcks((short) -1)
                .setTimeoutMs(30_000)
                .setTopicData(new TopicProduceDataCollection(List.of(topic).iterator()));
        ProduceResponse response = connection.ask(ApiKeys.PRODUCE, PRODUCE_VERSION, request);
        return response.data()
                .responses()
                .iterator()
                .next()
                .partitionResponses()
                .getFirst();
    }

    @Override
    public void check(Stop stop) {
        if (lasting == null) return;
        assertEquals(numbers(records), Clients.values(stop.clients().readAll(LASTING, "read_uncommitted")));
        assertEquals(numbers(nextSequence), Clients.values(stop.clients().readAll(REPEATED, "read_uncommitted")));
        long idOfLasting = get(stop.clients()
                        .admin()
                        .describeProducers(List.of(REPEATED))
                        .partitionResult(REPEATED))
                .activeProducers()
                .getFirst()
                .producerId();
        assertEquals(producerId, idOfLasting, stop.name());
    }

    private static List<String> numbers(int count) {
        return IntStream.range(0, count).mapToObj(String::valueOf).toList();
    }

    @Override
    public void close() {
        if (lasting != null) lasting.close(Duration.ZERO);
    }
}
