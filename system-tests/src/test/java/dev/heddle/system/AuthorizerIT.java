package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.InitProducerIdResponse;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.network.RequestConvertToJson;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An authorizer that Apache Kafka and Heddle both load as it is, from a jar: they ask it the same, and answer the same. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class AuthorizerIT {

    /** What two brokers cannot have in common, or what is not a matter of permissions. */
    private static final Set<String> IGNORED = Set.of(
            "throttleTimeMs",
            "clusterId",
            "host",
            "port",
            "nodeEndpoints",
            "brokers",
            "configs",
            "topicId",
            "errorMessage",
            "producerId",
            "producerEpoch",
            "logAppendTimeMs",
            "baseOffset",
            "highWatermark",
            "lastStableOffset",
            "records",
            "apiKeys",
            "supportedFeatures",
            "finalizedFeatures",
            "finalizedFeaturesEpoch",
            "configResources",
            "responsePartitions",
            "lowWatermark",
            "nodeId",
            "offset",
            "endOffset",
            "leaderEpoch",
            "logStartOffset",
            "timestamp",
            "activeProducers",
            "sessionId",
            "partitionMaxBytes",
            "currentLeader",
            "divergingEpoch",
            "cordonedLogDirs",
            "eligibleLeaderReplicas",
            "lastKnownElr",
            "controllerId");

    private static final int HELD = 40;

    private final List<AutoCloseable> open = new ArrayList<>();
    private Path directory;

    /** What happened at each step. */
    private record Outcome(List<String> asked, JsonNode answer) {}

    @BeforeEach
    void makeDirectory() {
        directory = AgainstABroker.newDirectory("authorizer");
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open.reversed()) each.close();
        AgainstABroker.deleteRecursively(directory);
    }

    @Test
    void isAskedTheSameByApacheKafkaAndByHeddle() throws Exception {
        Path theirs = Files.createDirectories(directory.resolve("kafka"));
        ApacheKafka kafka = configured(theirs);
        kafka.format();
        open.add(kafka);
        kafka.start();
        Path ours = Files.createDirectories(directory.resolve("heddle"));
        BrokerProcess heddle = startHeddle(ours, "virtual");
        Map<String, Outcome> expected = run(kafka.port(), theirs);
        Map<String, Outcome> actual = run(heddle.port(), ours);
        List<String> differences = new ArrayList<>();
        expected.forEach((step, outcome) -> differences.addAll(differences(step, outcome, actual.get(step))));
        assertEquals("", String.join("\n", differences));
        assertTrue(expected.size() > 150, "steps: " + expected.size());
        assertEquals(0, heddle.stop(), heddle::printed);
    }

    private static List<String> differences(String step, Outcome expected, Outcome actual) {
        List<String> found = new ArrayList<>();
        if (!expected.asked().equals(actual.asked()))
            found.add(step + "\n  Kafka asks  " + expected.asked() + "\n  Heddle asks " + actual.asked());
        if (!expected.answer().equals(actual.answer()))
            found.add(step + "\n  Kafka answers  " + expected.answer() + "\n  Heddle answers " + actual.answer());
        return found;
    }

    private Map<String, Outcome> run(int port, Path recordings) throws Exception {
        Map<String, Uuid> ids = prepare(port);
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        int number = 0;
        for (AuthorizerScript.Step step : AuthorizerScript.steps()) {
            String clientId = "step-" + number++ + "/deny " + step.deny();
            try (var connection =
                    new RawConnection(port, step.deny().isEmpty() ? clientId.replace("/deny ", "") : clientId)) {
                AbstractResponse response = connection.ask(
                        step.api(), step.version(), step.request().apply(ids));
                JsonNode answer = RequestConvertToJson.response(response, step.version());
                outcomes.put(
                        clientId.replace("/", " " + step.api() + " v" + step.version() + " "),
                        new Outcome(recorded(recordings, step.api(), clientId.split("/")[0]), comparable(answer)));
            }
        }
        return outcomes;
    }

    /** The same topics and offsets on each broker. */
    private static Map<String, Uuid> prepare(int port) throws Exception {
        awaitProducerIds(port);
        try (var admin = Admin.create(Map.of("bootstrap.servers", "localhost:" + port))) {
            admin.createTopics(List.of(new NewTopic("a", 2, (short) 1), new NewTopic("b", 1, (short) 1)))
                    .all()
                    .get();
            for (String group : List.of("g", "h"))
                admin.alterConsumerGroupOffsets(
                                group,
                                Map.of(
                                        new TopicPartition("a", 0), new OffsetAndMetadata(1),
                                        new TopicPartition("b", 0), new OffsetAndMetadata(2)))
                        .all()
                        .get();
            Map<String, Uuid> ids = new TreeMap<>();
            admin.describeTopics(List.of("a", "b"))
                    .allTopicNames()
                    .get()
                    .forEach((name, topic) -> ids.put(name, topic.topicId()));
            // Apache Kafka looks for it again after one, two, four … seconds.
            try (var connection = new RawConnection(port)) {
                ShareGroupScenarios.awaitShareCoordinator(connection, ShareAuthorizerScript.GROUP, ids.get("a"));
            }
            return ids;
        }
    }

    /** Apache Kafka asks its controller for a block of ids when the first client wants one, which has to come again. */
    private static void awaitProducerIds(int port) {
        var request = new InitProducerIdRequestData().setTransactionalId(null).setTransactionTimeoutMs(1000);
        try (var connection = new RawConnection(port)) {
            InitProducerIdResponse response;
            do response = connection.ask(ApiKeys.INIT_PRODUCER_ID, (short) 5, request);
            while (response.error() == Errors.COORDINATOR_LOAD_IN_PROGRESS);
            assertEquals(Errors.NONE, response.error());
        }
    }

    /** What was asked about one request; without what Kafka's broker asks again as its own controller's client. */
    private static List<String> recorded(Path recordings, ApiKeys api, String step) {
        try (Stream<String> lines = Files.lines(recordings.resolve("asked.txt"))) {
            return lines.filter(
                            line -> line.startsWith(api + "|" + step + "/") || line.startsWith(api + "|" + step + "|"))
                    .map(line -> line.substring(line.indexOf('|', line.indexOf('|') + 1)))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Without what differs anyway, and with everything in one order. */
    private static JsonNode comparable(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.remove(IGNORED);
            object.forEach(AuthorizerIT::comparable);
        } else if (node instanceof ArrayNode array) {
            array.forEach(AuthorizerIT::comparable);
            List<JsonNode> sorted = new ArrayList<>();
            array.forEach(sorted::add);
            sorted.sort(Comparator.comparing(JsonNode::toString));
            array.removeAll();
            array.addAll(sorted);
        }
        return node;
    }

    @ParameterizedTest
    @ValueSource(strings = {"virtual", "platform", "inline"})
    void whoeverWaitsInItWaitsAlone(String strategy) throws Exception {
        BrokerProcess heddle = startHeddle(directory, strategy);
        List<RawConnection> held = new ArrayList<>();
        for (int i = 0; i < HELD; i++) {
            var connection = new RawConnection(heddle.port(), "held-" + i);
            open.add(connection);
            held.add(connection);
            connection.send(ApiKeys.METADATA, (short) 12, aboutOneTopic());
        }
        try (var gone = new RawConnection(heddle.port(), "held-and-gone")) {
            gone.send(ApiKeys.METADATA, (short) 12, aboutOneTopic());
        }
        try (var other = new RawConnection(heddle.port(), "other")) {
            for (int i = 0; i < 200; i++) {
                MetadataResponse answer = other.ask(ApiKeys.METADATA, (short) 12, aboutOneTopic());
                assertEquals(Map.of("t", Errors.UNKNOWN_TOPIC_OR_PARTITION), answer.errors());
            }
        }
        assertFalse(Files.readString(directory.resolve("asked.txt")).contains("held"), "they did not wait");
        // Two requests on one connection are answered in their order, whatever the first waits for.
        held.getFirst()
                .send(
                        ApiKeys.HEARTBEAT,
                        (short) 4,
                        new HeartbeatRequestData().setGroupId("g").setMemberId("m"));
        Files.createFile(directory.resolve("asked.txt.release"));
        for (RawConnection connection : held) connection.readFrame();
        held.getFirst().readFrame();
        assertEquals(0, heddle.stop(), heddle::printed);
    }

    private static MetadataRequestData aboutOneTopic() {
        var request = new MetadataRequestData().setAllowAutoTopicCreation(false);
        request.topics().add(new MetadataRequestData.MetadataRequestTopic().setName("t"));
        return request;
    }

    @Test
    void aClassThatIsNotThereStopsTheStartInOneLine() throws Exception {
        ApacheKafka config = configured(directory);
        Process process =
                BrokerProcess.launch(List.of("--config", config.config().toString()));
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(1, process.waitFor(), printed);
        assertTrue(printed.contains("authorizer.class.name=" + RecordingAuthorizer.class.getName()), printed);
        assertTrue(printed.contains("HEDDLE_CLASSPATH"), printed);
    }

    @Test
    void withoutOneItsRulesAreDisabled() {
        BrokerProcess heddle = BrokerProcess.start(directory, "virtual");
        open.add(heddle);
        try (var connection = new RawConnection(heddle.port())) {
            for (AuthorizerScript.Step step : AuthorizerScript.steps()) {
                if (!step.api().name().endsWith("_ACLS")) continue;
                AbstractResponse answer = connection.ask(
                        step.api(), step.version(), step.request().apply(Map.of()));
                assertEquals(
                        Set.of(Errors.SECURITY_DISABLED), answer.errorCounts().keySet());
            }
        }
    }

    private ApacheKafka configured(Path in) throws IOException {
        ApacheKafka kafka = ApacheKafka.on(in, List.of(in.resolve("data")));
        Files.writeString(
                kafka.config(),
                "authorizer.class.name=" + RecordingAuthorizer.class.getName() + "\n" + RecordingAuthorizer.FILE + "="
                        + in.resolve("asked.txt") + "\nauto.create.topics.enable=true\n"
                        + "share.coordinator.state.topic.num.partitions=1\n",
                StandardOpenOption.APPEND);
        return kafka;
    }

    private BrokerProcess startHeddle(Path in, String strategy) throws IOException {
        BrokerProcess heddle = BrokerProcess.startWithConfig(
                configured(in).config(),
                List.of("--handler-strategy", strategy),
                Map.of("HEDDLE_CLASSPATH", jarOfThePlugin().toString()));
        open.add(heddle);
        return heddle;
    }

    /** A jar as somebody's plugin comes in. */
    private Path jarOfThePlugin() throws IOException {
        Path jar = directory.resolve("plugin.jar");
        try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
            String name = RecordingAuthorizer.class.getName().replace('.', '/') + ".class";
            out.putNextEntry(new JarEntry(name));
            try (InputStream in = RecordingAuthorizer.class.getClassLoader().getResourceAsStream(name)) {
                in.transferTo(out);
            }
        }
        return jar;
    }
}
