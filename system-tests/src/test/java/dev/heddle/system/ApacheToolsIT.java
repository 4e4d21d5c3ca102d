package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

/** Apache's own command-line tools, as an operator runs them. */
class ApacheToolsIT extends AgainstABroker {

    private static final String TOOLS = "org.apache.kafka.tools.";
    private static final String CONSOLE_PRODUCER = TOOLS + "ConsoleProducer";
    private static final String CONSOLE_CONSUMER = TOOLS + "consumer.ConsoleConsumer";
    private static final String TOPICS = TOOLS + "TopicCommand";
    private static final String GROUPS = TOOLS + "consumer.group.ConsumerGroupCommand";
    private static final String CONFIGS = "kafka.admin.ConfigCommand";
    private static final String OFFSETS = TOOLS + "GetOffsetShell";
    private static final String LOG_DIRS = TOOLS + "LogDirsCommand";
    private static final String API_VERSIONS = TOOLS + "BrokerApiVersionsCommand";

    @Test
    void theConsoleProducerFeedsTheConsoleConsumer() {
        String topic = newTopic();
        String lines = IntStream.range(0, 20).mapToObj(i -> "line " + i + "\n").collect(Collectors.joining());
        Tool.apacheWithInput(CONSOLE_PRODUCER, lines, "--bootstrap-server", broker.bootstrap(), "--topic", topic)
                .succeeded();
        String consumed = Tool.apache(
                        CONSOLE_CONSUMER,
                        "--bootstrap-server",
                        broker.bootstrap(),
                        "--topic",
                        topic,
                        "--from-beginning",
                        "--group",
                        "console-" + topic,
                        "--max-messages",
                        "20",
                        "--timeout-ms",
                        "30000")
                .succeeded();
        assertEquals(
                lines.lines().toList(),
                consumed.lines().filter(line -> line.startsWith("line ")).toList());
        String groups = Tool.apache(
                        GROUPS, "--bootstrap-server", broker.bootstrap(), "--describe", "--group", "console-" + topic)
                .succeeded();
        assertTrue(groups.contains(topic), groups);
        String offsets = Tool.apache(OFFSETS, "--bootstrap-server", broker.bootstrap(), "--topic", topic)
                .succeeded();
        assertTrue(offsets.contains(topic + ":0:20"), offsets);
    }

    @Test
    void topicsAndConfigsAreManaged() {
        String topic = newTopic();
        String bootstrap = broker.bootstrap();
        topics("--create", "--topic", topic, "--partitions", "3", "--config", "retention.ms=60000");
        assertTrue(topics("--list").contains(topic));
        String description = topics("--describe", "--topic", topic);
        assertTrue(description.contains("PartitionCount: 3"), description);
        assertTrue(description.contains("retention.ms=60000"), description);
        topics("--alter", "--topic", topic, "--partitions", "4");
        Tool.apache(
                        CONFIGS,
                        "--bootstrap-server",
                        bootstrap,
                        "--alter",
                        "--entity-type",
                        "topics",
                        "--entity-name",
                        topic,
                        "--add-config",
                        "segment.bytes=1048576")
                .succeeded();
        String configs = Tool.apache(
                        CONFIGS,
                        "--bootstrap-server",
                        bootstrap,
                        "--describe",
                        "--entity-type",
                        "topics",
                        "--entity-name",
                        topic)
                .succeeded();
        assertTrue(configs.contains("segment.bytes=1048576"), configs);
        String directories = Tool.apache(LOG_DIRS, "--bootstrap-server", bootstrap, "--describe", "--topic-list", topic)
                .succeeded();
        assertTrue(directories.contains("\"partition\":\"" + topic + "-3\""), directories);
        topics("--delete", "--topic", topic);
        assertFalse(topics("--list").lines().toList().contains(topic));
    }

    private static String topics(String... arguments) {
        var all = new java.util.ArrayList<>(List.of("--bootstrap-server", broker.bootstrap()));
        all.addAll(List.of(arguments));
        return Tool.apache(TOPICS, all.toArray(String[]::new)).succeeded();
    }

    @Test
    void theBrokerTellsItsApiVersions() {
        String versions = Tool.apache(API_VERSIONS, "--bootstrap-server", broker.bootstrap())
                .succeeded();
        assertTrue(versions.contains("Produce(0): 0 to 13"), versions);
        assertFalse(versions.contains("UNKNOWN"), versions);
    }

    @Test
    void theVerifiableProducerIsReadByTheVerifiableConsumer() throws Exception {
        String topic = newTopic();
        String produced = Tool.apache(
                        TOOLS + "VerifiableProducer",
                        "--bootstrap-server",
                        broker.bootstrap(),
                        "--topic",
                        topic,
                        "--max-messages",
                        "500",
                        "--acks",
                        "-1")
                .succeeded();
        assertTrue(produced.contains("\"acked\":500"), produced);
        Process consumer = Tool.startApache(
                TOOLS + "VerifiableConsumer",
                "--bootstrap-server",
                broker.bootstrap(),
                "--topic",
                topic,
                "--group-id",
                "verifiable-" + topic,
                "--reset-policy",
                "earliest",
                "--max-messages",
                "500");
        int consumed = 0;
        try (BufferedReader reader = consumer.inputReader()) {
            for (String line = reader.readLine(); line != null && consumed < 500; line = reader.readLine()) {
                if (line.contains("\"name\":\"records_consumed\"")) consumed += countOf(line);
            }
        } finally {
            consumer.destroy();
            assertTrue(consumer.waitFor(30, TimeUnit.SECONDS));
        }
        assertEquals(500, consumed);
    }

    private static int countOf(String line) {
        return Integer.parseInt(line.replaceFirst(".*?\"count\":(\\d+).*", "$1"));
    }

    @Test
    void apachesDecoderFindsNoFaultInTheFiles() throws IOException {
        String topic = newTopic();
        clients.createTopic(topic, 1, Map.of("segment.bytes", "1048576", "index.interval.bytes", "1000"));
        try (var producer = clients.producer(Map.of("linger.ms", "5", "compression.type", "lz4"))) {
            for (int i = 0; i < 20_000; i++)
                producer.send(new ProducerRecord<>(topic, "key-" + i, "value-" + "x".repeat(200) + i));
        }
        String group = "dump-" + topic;
        try (var consumer = clients.consumer(Map.of("group.id", group))) {
            consumer.subscribe(List.of(topic));
            Clients.poll(consumer, 100);
            consumer.commitSync();
        }
        Path partition = broker.data().resolve(topic + "-0");
        dumpAll(partition, ".log", "--deep-iteration");
        dumpAll(partition, ".index", "--index-sanity-check");
        dumpAll(partition, ".index", "--verify-index-only");
        dumpAll(partition, ".timeindex", "--verify-index-only");

        int coordinator = Utils.abs(group.hashCode()) % 50;
        String offsets =
                dumpAll(broker.data().resolve("__consumer_offsets-" + coordinator), ".log", "--offsets-decoder");
        assertTrue(offsets.contains(group) && offsets.contains(topic), offsets);
        String metadata = dumpAll(broker.data().resolve("__cluster_metadata-0"), ".log", "--cluster-metadata-decoder");
        assertTrue(metadata.contains("TOPIC_RECORD") && metadata.contains(topic), metadata);
    }

    private static String dumpAll(Path directory, String suffix, String flag) throws IOException {
        try (var files = java.nio.file.Files.list(directory)) {
            String all = files.map(Path::toString)
                    .filter(file -> file.endsWith(suffix))
                    .sorted()
                    .collect(Collectors.joining(","));
            return SegmentDump.of(all, flag);
        }
    }
}
