package dev.heddle.system;

import static dev.heddle.system.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A data directory goes from Apache Kafka to Heddle and back, or the other way round, and grows at every stop. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class RoundTripIT {

    private static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");
    private static final int BATCH = 300;

    @TempDir
    Path directory;

    /** What must be found at the next stop. */
    private final Map<String, Integer> records = new HashMap<>();

    private final Map<String, Uuid> topicIds = new HashMap<>();
    private final Map<String, Long> committed = new HashMap<>();
    private String retention;

    @Test
    void fromApacheKafkaAndBack() {
        ApacheKafka kafka = ApacheKafka.on(directory, directory.resolve("data"));
        kafka.format();
        inKafka(kafka, "kafka-1");
        inHeddle(kafka.config(), "heddle-1");
        inKafka(kafka, "kafka-2");
        inHeddle(kafka.config(), "heddle-2");
    }

    @Test
    void fromHeddleAndBack() {
        ApacheKafka kafka = ApacheKafka.on(directory, directory.resolve("data"));
        inHeddle(kafka.config(), "heddle-1");
        inKafka(kafka, "kafka-1");
        inHeddle(kafka.config(), "heddle-2");
    }

    private void inKafka(ApacheKafka kafka, String stop) {
        try (kafka) {
            kafka.start();
            visit(kafka.bootstrap(), stop);
            kafka.stop();
        }
    }

    private void inHeddle(Path config, String stop) {
        try (var broker = BrokerProcess.startWithConfig(config)) {
            visit(broker.bootstrap(), stop);
            assertEquals(0, broker.stop(), broker::printed);
        }
    }

    /** Finds everything that was there, and adds to all of it. */
    private void visit(String bootstrap, String stop) {
        try (var clients = new Clients(bootstrap)) {
            verify(clients, stop);
            for (String codec : CODECS) grow(clients, "codec-" + codec, codec);
            grow(clients, "made-in-" + stop, "none");
            commit(clients, "group-of-all");
            commit(clients, "group-of-" + stop);
            changeConfig(clients, stop);
            verify(clients, stop);
        }
    }

    private void grow(Clients clients, String topic, String codec) {
        if (!records.containsKey(topic)) {
            clients.createTopic(topic, 2);
            topicIds.put(topic, describe(clients, topic));
        }
        int from = records.getOrDefault(topic, 0);
        try (var producer =
                clients.producer(Map.of("compression.type", codec, "linger.ms", "5", "enable.idempotence", "true"))) {
            for (int i = from; i < from + BATCH; i++) {
                producer.send(new ProducerRecord<>(topic, 0, null, "key-" + i, "value-" + i));
            }
        }
        records.put(topic, from + BATCH);
    }

    private void commit(Clients clients, String group) {
        long offset = committed.getOrDefault(group, 0L) + 7;
        get(clients.admin()
                .alterConsumerGroupOffsets(
                        group, Map.of(new TopicPartition("codec-none", 0), new OffsetAndMetadata(offset)))
                .all());
        committed.put(group, offset);
    }

    private void changeConfig(Clients clients, String stop) {
        retention = String.valueOf(1_000_000_000L + Math.floorMod(stop.hashCode(), 1_000_000));
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, "codec-none");
        get(clients.admin()
                .incrementalAlterConfigs(Map.of(
                        resource,
                        List.of(new AlterConfigOp(
                                new ConfigEntry("retention.ms", retention), AlterConfigOp.OpType.SET))))
                .all());
    }

    private void verify(Clients clients, String stop) {
        records.forEach((topic, count) -> {
            assertEquals(topicIds.get(topic), describe(clients, topic), "id of " + topic + " at " + stop);
            try (var consumer = clients.consumer(Map.of())) {
                consumer.assign(List.of(new TopicPartition(topic, 0)));
                var expected = new ArrayList<String>();
                for (int i = 0; i < count; i++) expected.add("value-" + i);
                assertEquals(expected, Clients.values(Clients.poll(consumer, count)), topic + " at " + stop);
            }
        });
        committed.forEach((group, offset) -> assertEquals(
                offset,
                get(clients.admin().listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
                        .get(new TopicPartition("codec-none", 0))
                        .offset(),
                group + " at " + stop));
        if (retention != null) {
            var resource = new ConfigResource(ConfigResource.Type.TOPIC, "codec-none");
            assertEquals(
                    retention,
                    get(clients.admin().describeConfigs(List.of(resource)).all())
                            .get(resource)
                            .get("retention.ms")
                            .value());
        }
    }

    private static Uuid describe(Clients clients, String topic) {
        return get(clients.admin().describeTopics(List.of(topic)).allTopicNames())
                .get(topic)
                .topicId();
    }
}
