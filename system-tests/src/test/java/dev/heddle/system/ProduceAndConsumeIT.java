package dev.heddle.system;

import static dev.heddle.system.Clients.get;
import static dev.heddle.system.Clients.poll;
import static dev.heddle.system.Clients.values;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Apache's Java producer and consumer, without groups. */
class ProduceAndConsumeIT extends AgainstABroker {

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void everyCodecComesBackAsItWasSent(String codec) {
        String topic = newTopic();
        clients.createTopic(topic, 1);
        var producer = clients.producer(Map.of("compression.type", codec, "linger.ms", "5", "acks", "all"));
        List<String> sent = IntStream.range(0, 500).mapToObj(i -> "value-" + i).toList();
        List<Future<RecordMetadata>> answers = sent.stream()
                .map(value -> producer.send(new ProducerRecord<>(topic, "key", value)))
                .toList();
        for (int i = 0; i < answers.size(); i++)
            assertEquals(i, get(answers.get(i)).offset());

        var consumer = clients.consumer(Map.of());
        consumer.assign(List.of(new TopicPartition(topic, 0)));
        assertEquals(sent, values(poll(consumer, sent.size())));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "snappy", "lz4", "zstd"})
    void aTopicOfAnotherCodecIsRecompressed(String codec) {
        String topic = newTopic();
        clients.createTopic(topic, 1, Map.of("compression.type", codec));
        var producer = clients.producer(Map.of("compression.type", "none", "linger.ms", "5"));
        List<String> sent = IntStream.range(0, 200).mapToObj(i -> "value-" + i).toList();
        sent.stream()
                .map(value -> producer.send(new ProducerRecord<>(topic, value)))
                .toList()
                .forEach(Clients::get);
        var consumer = clients.consumer(Map.of());
        consumer.assign(List.of(new TopicPartition(topic, 0)));
        assertEquals(sent, values(poll(consumer, sent.size())));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "all"})
    void everyKindOfAcknowledgementDelivers(String acks) {
        String topic = newTopic();
        clients.createTopic(topic, 3);
        var producer = clients.producer(Map.of("acks", acks, "enable.idempotence", "false"));
        for (int i = 0; i < 300; i++) producer.send(new ProducerRecord<>(topic, i % 3, null, "value-" + i));
        producer.flush();
        var consumer = clients.consumer(Map.of());
        consumer.assign(IntStream.range(0, 3)
                .mapToObj(p -> new TopicPartition(topic, p))
                .toList());
        List<ConsumerRecord<String, String>> records = poll(consumer, 300);
        for (int partition = 0; partition < 3; partition++) {
            int of = partition;
            List<String> expected = IntStream.range(0, 300)
                    .filter(i -> i % 3 == of)
                    .mapToObj(i -> "value-" + i)
                    .toList();
            assertEquals(
                    expected,
                    values(records.stream().filter(r -> r.partition() == of).toList()));
        }
    }

    @Test
    void keysHeadersTimestampsAndNullValuesAreKept() {
        String topic = newTopic();
        clients.createTopic(topic, 1);
        var producer = clients.producer(Map.of());
        long timestamp = System.currentTimeMillis() - 60_000;
        var record = new ProducerRecord<>(topic, 0, timestamp, "key", (String) null);
        record.headers().add(new RecordHeader("trace", "abc".getBytes(StandardCharsets.UTF_8)));
        record.headers().add(new RecordHeader("empty", null));
        get(producer.send(record));

        var consumer = clients.consumer(Map.of());
        consumer.assign(List.of(new TopicPartition(topic, 0)));
        ConsumerRecord<String, String> back = poll(consumer, 1).getFirst();
        assertEquals("key", back.key());
        assertNull(back.value());
        assertEquals(timestamp, back.timestamp());
        Headers headers = back.headers();
        assertArrayEquals(
                "abc".getBytes(StandardCharsets.UTF_8),
                headers.lastHeader("trace").value());
        assertNull(headers.lastHeader("empty").value());
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "lz4"})
    void recordsOfAMegabyteComeBackWhole(String codec) {
        String topic = newTopic();
        clients.createTopic(topic, 1);
        var producer = clients.bytesProducer(Map.of("compression.type", codec, "max.request.size", "2000000"));
        var random = new Random(7);
        var sent = new ArrayList<byte[]>();
        for (int i = 0; i < 8; i++) {
            byte[] value = new byte[1_000_000];
            random.nextBytes(value);
            sent.add(value);
            get(producer.send(new ProducerRecord<>(topic, value)));
        }
        var consumer = clients.bytesConsumer(Map.of("max.partition.fetch.bytes", "1000"));
        consumer.assign(List.of(new TopicPartition(topic, 0)));
        List<ConsumerRecord<byte[], byte[]>> back = poll(consumer, sent.size());
        for (int i = 0; i < sent.size(); i++)
            assertArrayEquals(sent.get(i), back.get(i).value());
    }

    @Test
    void aRecordOverTheTopicsLimitIsRefusedAndTheNextOneGoesOn() {
        String topic = newTopic();
        clients.createTopic(topic, 1, Map.of("max.message.bytes", "10000"));
        var producer = clients.bytesProducer(Map.of("max.request.size", "5000000", "batch.size", "0"));
        assertThrows(
                RecordTooLargeException.class, () -> get(producer.send(new ProducerRecord<>(topic, new byte[20_000]))));
        assertEquals(
                0,
                get(producer.send(new ProducerRecord<>(topic, new byte[5_000]))).offset());
    }

    @Test
    void aTimestampFarInTheFutureIsRefused() {
        String topic = newTopic();
        clients.createTopic(topic, 1, Map.of("message.timestamp.after.max.ms", "3600000"));
        var producer = clients.producer(Map.of());
        long tomorrow = System.currentTimeMillis() + 86_400_000;
        assertThrows(
                InvalidTimestampException.class,
                () -> get(producer.send(new ProducerRecord<>(topic, 0, tomorrow, "k", "v"))));
    }

    @Test
    void logAppendTimeIsTheBrokersClock() {
        String topic = newTopic();
        clients.createTopic(topic, 1, Map.of("message.timestamp.type", "LogAppendTime"));
        long before = System.currentTimeMillis();
        RecordMetadata answer = get(clients.producer(Map.of()).send(new ProducerRecord<>(topic, 0, 1L, "k", "v")));
        assertTrue(answer.timestamp() >= before);
        var consumer = clients.consumer(Map.of());
        consumer.assign(List.of(new TopicPartition(topic, 0)));
        assertEquals(answer.timestamp(), poll(consumer, 1).getFirst().timestamp());
    }

    @Test
    void offsetsAreFoundByTimeAndByEnd() {
        String topic = newTopic();
        clients.createTopic(topic, 1);
        var producer = clients.producer(Map.of());
        long start = System.currentTimeMillis() - 100_000;
        for (int i = 0; i < 100; i++)
            get(producer.send(new ProducerRecord<>(topic, 0, start + i * 1000L, null, "v" + i)));

        var partition = new TopicPartition(topic, 0);
        var consumer = clients.consumer(Map.of());
        assertEquals(Map.of(partition, 0L), consumer.beginningOffsets(List.of(partition)));
        assertEquals(Map.of(partition, 100L), consumer.endOffsets(List.of(partition)));
        OffsetAndTimestamp found =
                consumer.offsetsForTimes(Map.of(partition, start + 41_500)).get(partition);
        assertEquals(42, found.offset());
        assertEquals(start + 42_000, found.timestamp());
        assertNull(
                consumer.offsetsForTimes(Map.of(partition, start + 100_000_000)).get(partition));
    }

    @Test
    void aConsumerThatWaitsIsWokenByTheNextRecord() {
        String topic = newTopic();
        clients.createTopic(topic, 1);
        var consumer = clients.consumer(Map.of("fetch.max.wait.ms", "30000"));
        consumer.assign(List.of(new TopicPartition(topic, 0)));
        assertTrue(consumer.poll(Duration.ofMillis(300)).isEmpty());
        get(clients.producer(Map.of()).send(new ProducerRecord<>(topic, "at last")));
        assertEquals(List.of("at last"), values(poll(consumer, 1)));
    }

    @Test
    void anUnknownTopicIsCreatedByItsFirstProducer() {
        String topic = newTopic();
        assertEquals(
                0,
                get(clients.producer(Map.of()).send(new ProducerRecord<>(topic, "first")))
                        .offset());
    }
}
