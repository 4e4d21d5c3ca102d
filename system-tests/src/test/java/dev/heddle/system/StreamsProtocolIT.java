package dev.heddle.system;

import static dev.heddle.system.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListStreamsGroupOffsetsSpec;
import org.apache.kafka.clients.admin.StreamsGroupDescription;
import org.apache.kafka.clients.admin.StreamsGroupMemberAssignment.TaskIds;
import org.apache.kafka.clients.admin.StreamsGroupMemberDescription;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KafkaStreams.State;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Groups of the streams protocol (KIP-1071), with Kafka Streams, the admin client and Apache's tools. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class StreamsProtocolIT {

    private static final String COMMAND = "org.apache.kafka.tools.streams.StreamsGroupCommand";
    private static final String APPLICATION = "application";

    /** Three subtopologies, which read sentences, count words, and join; each with as many tasks as its topics have partitions. */
    private static final int TASKS = 3 * StreamsFeed.PARTITIONS;

    @TempDir
    static Path state;

    private static BrokerProcess broker;
    private static Clients clients;

    @BeforeAll
    static void startBroker() {
        broker = BrokerProcess.start(
                AgainstABroker.newDirectory("data"),
                "virtual",
                "offsets.topic.num.partitions=1",
                "transaction.state.log.num.partitions=1",
                "group.streams.initial.rebalance.delay.ms=500",
                "group.streams.min.heartbeat.interval.ms=100",
                "group.streams.heartbeat.interval.ms=100",
                "group.streams.assignment.interval.ms=0");
        clients = new Clients(broker.bootstrap());
        StreamsFeed.createTopics(clients);
    }

    @AfterAll
    static void stopBroker() throws IOException {
        clients.close();
        assertTrue(broker.isAlive(), () -> "the broker died: " + broker.printed());
        assertEquals(0, broker.stop(), broker::printed);
        assertApacheDecodes();
        AgainstABroker.deleteRecursively(broker.data());
    }

    /** What the group has left behind is what Apache Kafka would have written. */
    private static void assertApacheDecodes() throws IOException {
        String dump = SegmentDump.of(
                broker.data()
                        .resolve("__consumer_offsets-0/00000000000000000000.log")
                        .toString(),
                "--offsets-decoder");
        // The kinds of records by the numbers of their keys.
        for (int type : List.of(17, 19, 20, 21, 22, 23)) {
            assertTrue(dump.contains("\"type\":\"" + type + "\""), () -> "no record of type " + type + " in\n" + dump);
        }
    }

    private static KafkaStreams start(int number) {
        var settings = StreamsApplication.settings(
                broker.bootstrap(),
                APPLICATION,
                "streams",
                state.resolve("" + number).toString());
        settings.put("num.stream.threads", "1");
        settings.put("client.id", "client-" + number);
        settings.put("application.server", "localhost:" + number);
        var streams = new KafkaStreams(StreamsApplication.topology(), settings);
        streams.start();
        return streams;
    }

    private static StreamsGroupDescription describe() {
        return get(clients.admin().describeStreamsGroups(List.of(APPLICATION)).all())
                .get(APPLICATION);
    }

    private static boolean isStableWith(int members) {
        StreamsGroupDescription group = describe();
        return group.groupState() == GroupState.STABLE && group.members().size() == members;
    }

    private static int count(List<TaskIds> tasks) {
        return tasks.stream().mapToInt(each -> each.partitions().size()).sum();
    }

    private static List<Integer> activeTasks() {
        return describe().members().stream()
                .map(member -> count(member.assignment().activeTasks()))
                .sorted()
                .toList();
    }

    private static int standbyTasks() {
        return describe().members().stream()
                .mapToInt(member -> count(member.assignment().standbyTasks()))
                .sum();
    }

    @Test
    void instancesShareTheTasksAndAreSeenByApachesTools() {
        try (KafkaStreams first = start(1);
                KafkaStreams second = start(2)) {
            Await.that(() -> first.state() == State.RUNNING && second.state() == State.RUNNING, "both run");
            Await.that(() -> isStableWith(2), "two members are stable");
            assertEquals(List.of(TASKS / 2, TASKS / 2), activeTasks());
            assertTopicsOfTheApplication();
            copyOnce();
            assertEndpointsAreTold(first);
            produce(0, 20);
            awaitCommitted(20);
            assertTools();
            second.close(Duration.ofSeconds(10));
            Await.that(() -> isStableWith(1) && activeTasks().equals(List.of(TASKS)), "the first takes all over");
        }
        Await.that(() -> describe().groupState() == GroupState.EMPTY, "all have left");
        resetAndDelete();
    }

    private static void assertTopicsOfTheApplication() {
        Set<String> topics = get(clients.admin().listTopics().names());
        String prefix = APPLICATION + "-";
        Set<String> own =
                topics.stream().filter(topic -> topic.startsWith(prefix)).collect(Collectors.toSet());
        assertTrue(own.contains(prefix + "words-repartition"), own::toString);
        assertEquals(4, own.size(), own::toString);
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, prefix + "words-repartition");
        var configs =
                get(clients.admin().describeConfigs(List.of(resource)).all()).get(resource);
        assertEquals("delete", configs.get("cleanup.policy").value());
        assertEquals("-1", configs.get("retention.ms").value());
    }

    private static void copyOnce() {
        var group = new ConfigResource(ConfigResource.Type.GROUP, APPLICATION);
        var copies = new AlterConfigOp(new ConfigEntry("streams.num.standby.replicas", "1"), AlterConfigOp.OpType.SET);
        get(clients.admin()
                .incrementalAlterConfigs(Map.of(group, List.of(copies)))
                .all());
        Await.that(() -> isStableWith(2) && standbyTasks() == 2 * StreamsFeed.PARTITIONS, "all state is copied");
    }

    private static void assertEndpointsAreTold(KafkaStreams streams) {
        Await.that(
                () -> {
                    var hosts = streams.metadataForAllStreamsClients();
                    return hosts.size() == 2
                            && hosts.stream()
                                    .allMatch(host -> !host.topicPartitions().isEmpty());
                },
                "instances know each other's endpoints");
    }

    private static void produce(int from, int to) {
        try (var producer = clients.producer(Map.of())) {
            IntStream.range(from, to)
                    .forEach(i -> producer.send(
                            new ProducerRecord<>(StreamsApplication.SENTENCES, "key-" + i, "a sentence of words")));
        }
    }

    private static void awaitCommitted(int records) {
        Await.that(
                () -> get(clients.admin()
                                        .listStreamsGroupOffsets(Map.of(APPLICATION, new ListStreamsGroupOffsetsSpec()))
                                        .partitionsToOffsetAndMetadata(APPLICATION))
                                .entrySet()
                                .stream()
                                .filter(entry -> entry.getKey().topic().equals(StreamsApplication.SENTENCES))
                                .filter(entry -> entry.getValue() != null)
                                // The markers of the transactions stand in other topics.
                                .mapToLong(entry -> entry.getValue().offset())
                                .sum()
                        == records,
                "all is processed");
    }

    private static void assertTools() {
        assertTrue(command("--list", "--state").contains("Stable"));
        String members = command("--describe", "--group", APPLICATION, "--members", "--verbose");
        for (StreamsGroupMemberDescription member : describe().members()) {
            assertTrue(members.contains(member.memberId()), members);
            assertTrue(members.contains(member.processId()), members);
        }
        String offsets = command("--describe", "--group", APPLICATION, "--offsets", "--verbose");
        assertTrue(offsets.contains(StreamsApplication.SENTENCES) && offsets.contains("LEADER-EPOCH"), offsets);
        String groupState = command("--describe", "--group", APPLICATION, "--state", "--verbose");
        assertTrue(groupState.contains("Stable") && groupState.contains("GROUP-EPOCH"), groupState);
        String refused = fail("--delete", "--group", APPLICATION);
        assertTrue(refused.contains("could not be deleted"), refused);
    }

    private static void resetAndDelete() {
        var partition = new TopicPartition(StreamsApplication.SENTENCES, 0);
        String reset = command(
                "--reset-offsets",
                "--group",
                APPLICATION,
                "--input-topic",
                partition.topic(),
                "--to-earliest",
                "--execute");
        assertTrue(reset.contains(partition.topic()), reset);
        assertEquals(0, clients.committed(APPLICATION, partition));
        String deleted = command("--delete", "--group", APPLICATION);
        assertTrue(deleted.contains("successful"), deleted);
        assertFalse(command("--list").contains(APPLICATION));
    }

    private static String command(String... arguments) {
        return tool(arguments).succeeded();
    }

    private static String fail(String... arguments) {
        return tool(arguments).output();
    }

    private static Tool tool(String... arguments) {
        var all = new ArrayList<>(List.of("--bootstrap-server", broker.bootstrap()));
        all.addAll(List.of(arguments));
        return Tool.apache(COMMAND, all.toArray(String[]::new));
    }
}
