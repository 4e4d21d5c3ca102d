package dev.heddle.system;

import static dev.heddle.system.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/** Records of every codec, with keys, headers and times of their own, and topics that come at each stop. */
final class CodecTopics implements Cargo {

    private static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");
    private static final int BATCH = 300;
    private static final int PARTITIONS = 2;
    private static final long FIRST_TIMESTAMP = System.currentTimeMillis() - 3_600_000;

    private static final class Known {
        private final Uuid id;
        private int records;

        Known(Uuid id) {
            this.id = id;
        }
    }

    private final Map<String, Known> topics = new TreeMap<>();

    @Override
    public void load(Stop stop) {
        for (String codec : CODECS) grow(stop.clients(), "codec-" + codec, codec);
        grow(stop.clients(), "made-in-" + stop.name(), "none");
    }

    private void grow(Clients clients, String topic, String codec) {
        Known known = topics.get(topic);
        if (known == null) {
            clients.createLedTopic(topic, PARTITIONS, Map.of("index.interval.bytes", "500"));
            known = new Known(clients.topicId(topic));
            topics.put(topic, known);
        }
        var settings = Map.of("compression.type", codec, "linger.ms", "5", "batch.size", "2000");
        try (KafkaProducer<String, String> producer = clients.producer(settings)) {
            var sent = new ArrayList<Future<RecordMetadata>>();
            for (int i = known.records; i < known.records + BATCH; i++) {
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    sent.add(producer.send(record(topic, partition, i)));
                }
            }
            producer.flush();
            sent.forEach(Clients::get);
        }
        known.records += BATCH;
    }

    private static ProducerRecord<String, String> record(String topic, int partition, int i) {
        return new ProducerRecord<>(topic, partition, timestamp(i), "key-" + i, "value-" + i, List.of(header(i)));
    }

    private static Header header(int i) {
        return new RecordHeader("number", String.valueOf(i).getBytes(StandardCharsets.UTF_8));
    }

    private static long timestamp(int i) {
        return FIRST_TIMESTAMP + i * 1_000L;
    }

    @Override
    public void check(Stop stop) {
        topics.forEach((topic, known) -> {
            String where = topic + " at " + stop.name();
            assertEquals(known.id, stop.clients().topicId(topic), where);
            for (int partition = 0; partition < PARTITIONS; partition++) {
                check(stop.clients(), new TopicPartition(topic, partition), known.records, where);
            }
        });
    }

    private static void check(Clients clients, TopicPartition partition, int count, String where) {
        var expected = new ArrayList<String>();
        for (int i = 0; i < count; i++)
            expected.add(i + " key-" + i + " value-" + i + " " + timestamp(i) + " " + header(i));
        assertEquals(
                expected,
                clients.readAll(partition, "read_uncommitted").stream()
                        .map(CodecTopics::describe)
                        .toList(),
                where);
        int middle = count / 2;
        assertEquals(
                middle,
                get(clients.admin()
                                .listOffsets(Map.of(partition, OffsetSpec.forTimestamp(timestamp(middle))))
                                .partitionResult(partition))
                        .offset(),
                where);
    }

    private static String describe(ConsumerRecord<String, String> record) {
        return record.offset() + " " + record.key() + " " + record.value() + " " + record.timestamp() + " "
                + record.headers().lastHeader("number");
    }
}
