package dev.heddle.system;

import static dev.heddle.system.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ApiException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Apache's own test of compaction, against a broker that compacts all the time. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class CompactionIT {

    private static final String TESTER = "org.apache.kafka.tools.LogCompactionTester";
    private static final Pattern TOPICS = Pattern.compile("messages\\.\\.to topics (\\S+)");
    private static final Pattern REDUCTION = Pattern.compile("\\(([0-9.]+)% reduction\\)");

    private static final ConfigResource CLUSTER = new ConfigResource(ConfigResource.Type.BROKER, "");

    private static BrokerProcess broker;

    @BeforeAll
    static void start() {
        broker = BrokerProcess.start(
                AgainstABroker.newDirectory("compaction"),
                "virtual",
                "group.initial.rebalance.delay.ms=0",
                "log.segment.bytes=1048576",
                "log.roll.ms=1000",
                "log.segment.delete.delay.ms=1000",
                "log.cleaner.backoff.ms=200",
                "log.cleaner.min.cleanable.ratio=0.1",
                "log.cleaner.delete.retention.ms=2000",
                // Room for 41,000 keys: more than that makes several rounds.
                "log.cleaner.dedupe.buffer.size=1100000");
    }

    @AfterAll
    static void stop() {
        assertTrue(broker.isAlive(), () -> "the broker died: " + broker.printed());
        assertEquals(0, broker.stop(), broker::printed);
        AgainstABroker.deleteRecursively(broker.data());
    }

    @ParameterizedTest(name = "{0}, {1} messages, {2} of each key, {3}% deletes")
    @CsvSource({"none, 200000, 10, 10", "zstd, 150000, 2, 30"})
    void apachesTesterFindsTheLatestValueOfEachKey(String codec, int messages, int duplicates, int deletes) {
        String output = Tool.apache(
                        TESTER,
                        "--bootstrap-server",
                        broker.bootstrap(),
                        "--messages",
                        String.valueOf(messages),
                        "--compression-type",
                        codec,
                        "--duplicates",
                        String.valueOf(duplicates),
                        "--percent-deletes",
                        String.valueOf(deletes),
                        "--topics",
                        "2",
                        "--sleep",
                        "3")
                .succeeded();
        assertTrue(output.contains("Data verification is completed"), output);
        assertTrue(output.contains(", 0 mismatches"), output);
        // How much is cleaned until the tester looks depends on the machine.
        assertTrue(Double.parseDouble(group(REDUCTION, output)) > 0, output);
        for (String topic : group(TOPICS, output).split(",")) {
            Await.that(() -> isCheckpointed(topic), "progress is written down for " + topic);
            decode(broker.data().resolve(topic + "-0"));
        }
    }

    @Test
    void theCleanerIsReconfiguredWhileItRuns() {
        try (var clients = new Clients(broker.bootstrap())) {
            alter(clients, set("log.cleaner.threads", "2"), set("log.cleaner.dedupe.buffer.size", "2200000"));
            var config = get(clients.admin().describeConfigs(List.of(CLUSTER)).all());
            assertEquals("2", config.get(CLUSTER).get("log.cleaner.threads").value());
            assertThrows(ApiException.class, () -> alter(clients, set("log.cleaner.threads", "5")));
        }
    }

    private static void alter(Clients clients, AlterConfigOp... changes) {
        get(clients.admin()
                .incrementalAlterConfigs(Map.of(CLUSTER, List.of(changes)))
                .all());
    }

    private static AlterConfigOp set(String key, String value) {
        return new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET);
    }

    private static String group(Pattern pattern, String output) {
        Matcher matcher = pattern.matcher(output);
        assertTrue(matcher.find(), output);
        return matcher.group(1);
    }

    private static boolean isCheckpointed(String topic) {
        try {
            return Files.readAllLines(broker.data().resolve("cleaner-offset-checkpoint")).stream()
                    .anyMatch(line -> line.startsWith(topic + " 0 "));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The oldest segment, which was cleaned and which nobody writes to any more. */
    private static void decode(Path partition) {
        String segment = partition.resolve("00000000000000000000").toString();
        String records = SegmentDump.of(segment + ".log", "--deep-iteration");
        List<String> batches =
                records.lines().filter(line -> line.startsWith("baseOffset: ")).toList();
        assertTrue(batches.stream().anyMatch(line -> line.contains("deleteHorizonMs: OptionalLong[")), records);
        SegmentDump.of(segment + ".index", "--index-sanity-check");
        SegmentDump.of(segment + ".index", "--verify-index-only");
        SegmentDump.of(segment + ".timeindex", "--verify-index-only");
    }
}
