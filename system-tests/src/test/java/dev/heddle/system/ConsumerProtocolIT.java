package dev.heddle.system;

import static dev.heddle.system.Clients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Groups of the consumer protocol (KIP-848), with Apache's Java consumer and tools. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ConsumerProtocolIT {

    private static final String COMMAND = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand";
    private static final int OFFSETS_PARTITIONS = 5;

    private static BrokerProcess broker;
    private static Clients clients;

    @BeforeAll
    static void startBroker() {
        broker = BrokerProcess.start(
                AgainstABroker.newDirectory("data"),
                "virtual",
                "offsets.topic.num.partitions=" + OFFSETS_PARTITIONS,
                "group.initial.rebalance.delay.ms=0",
                "group.consumer.min.heartbeat.interval.ms=200",
                "group.consumer.heartbeat.interval.ms=200",
                "group.consumer.assignment.interval.ms=0");
        clients = new Clients(broker.bootstrap());
    }

    @AfterAll
    static void stopBroker() throws IOException {
        clients.close();
        assertTrue(broker.isAlive(), () -> "the broker died: " + broker.printed());
        assertEquals(0, broker.stop(), broker::printed);
        assertApacheDecodes();
        AgainstABroker.deleteRecursively(broker.data());
    }

    /** What all of these groups have left behind is what Apache Kafka would have written. */
    private static void assertApacheDecodes() throws IOException {
        var all = new StringBuilder();
        for (int i = 0; i < OFFSETS_PARTITIONS; i++) {
            Path partition = broker.data().resolve("__consumer_offsets-" + i);
            try (var files = Files.list(partition)) {
                String logs = files.map(Path::toString)
                        .filter(file -> file.endsWith(".log"))
                        .sorted()
                        .collect(Collectors.joining(","));
                all.append(SegmentDump.of(logs, "--offsets-decoder"));
            }
        }
        // The kinds of records by the numbers of their keys.
        for (int type : List.of(3, 5, 6, 7, 8, 16)) {
            assertTrue(all.indexOf("\"type\":\"" + type + "\"") > 0, () -> "no record of type " + type + " in\n" + all);
        }
    }

    private static Map<String, Object> settings(String group) {
        return Map.of("group.id", group, "group.protocol", "consumer");
    }

    private static PollingMember member(Map<String, ?> settings, String topic, Set<String> seen) {
        return new PollingMember(
                clients, settings, seen, (consumer, listener) -> consumer.subscribe(List.of(topic), listener));
    }

    private static void produce(String topic, int from, int to) {
        try (var producer = clients.producer(Map.of("linger.ms", "5"))) {
            for (int i = from; i < to; i++) producer.send(new ProducerRecord<>(topic, "key-" + i, topic + "-" + i));
        }
    }

    private static ConsumerGroupDescription describe(String group) {
        return get(clients.admin().describeConsumerGroups(List.of(group)).all()).get(group);
    }

    @Test
    void membersComeAndGoAndEveryRecordIsConsumed() {
        String topic = AgainstABroker.newTopic();
        String group = "group-" + topic;
        clients.createTopic(topic, 6);
        var seen = ConcurrentHashMap.<String>newKeySet();
        try (var first = member(settings(group), topic, seen);
                var second = member(settings(group), topic, seen)) {
            Await.that(() -> first.count() == 3 && second.count() == 3, "two share six");
            produce(topic, 0, 300);
            Await.that(() -> seen.size() == 300, "the first records are consumed");
            try (var third = member(settings(group), topic, seen)) {
                Await.that(() -> first.count() == 2 && second.count() == 2 && third.count() == 2, "three share six");
                produce(topic, 300, 600);
                Await.that(() -> seen.size() == 600, "the second batch is consumed");
            }
            Await.that(() -> first.count() + second.count() == 6, "the leaver's are taken over");
            get(clients.admin()
                    .createPartitions(Map.of(topic, NewPartitions.increaseTo(8)))
                    .all());
            Await.that(() -> first.count() == 4 && second.count() == 4, "two share eight");
            produce(topic, 600, 900);
            Await.that(() -> seen.size() == 900, "the last records are consumed");
            assertEquals(GroupState.STABLE, describe(group).groupState());
            assertEquals(GroupType.CONSUMER, describe(group).type());
        }
        Map<TopicPartition, OffsetAndMetadata> committed =
                get(clients.admin().listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        assertEquals(
                900,
                committed.values().stream().mapToLong(OffsetAndMetadata::offset).sum());
        assertEquals(GroupState.EMPTY, describe(group).groupState());
    }

    @Test
    void aStaticMemberComesBackToItsPartitions() {
        String topic = AgainstABroker.newTopic();
        String group = "group-" + topic;
        clients.createTopic(topic, 4);
        Map<String, ?> isStatic =
                Map.of("group.id", group, "group.protocol", "consumer", "group.instance.id", "machine-1");
        var seen = ConcurrentHashMap.<String>newKeySet();
        try (var other = member(settings(group), topic, seen)) {
            Set<TopicPartition> before;
            try (var first = member(isStatic, topic, seen)) {
                Await.that(() -> first.count() == 2 && other.count() == 2, "two share four");
                before = first.assigned();
            }
            int epoch = describe(group).groupEpoch().orElseThrow();
            try (var again = member(isStatic, topic, seen)) {
                Await.that(() -> again.count() == 2, "it is back");
                assertEquals(before, again.assigned());
                assertEquals(epoch, describe(group).groupEpoch().orElseThrow());
                assertEquals(2, other.count());
            }
        }
    }

    @Test
    void aPatternFindsNewTopics() {
        String prefix = AgainstABroker.newTopic() + "-";
        String group = "group-" + prefix;
        clients.createTopic(prefix + "a", 2);
        var seen = ConcurrentHashMap.<String>newKeySet();
        try (var member = new PollingMember(
                clients,
                settings(group),
                seen,
                (consumer, listener) -> consumer.subscribe(new SubscriptionPattern(prefix + "[a-z]"), listener))) {
            Await.that(() -> member.count() == 2, "it has found the topic");
            // Looked for at most every ten seconds.
            clients.createTopic(prefix + "b", 3);
            clients.createTopic(prefix + "1", 1);
            Await.that(() -> member.count() == 5, "it has found the new topic, and not the other");
            produce(prefix + "b", 0, 10);
            Await.that(() -> seen.size() == 10, "it reads the new topic");
        }
    }

    @Test
    void groupsMoveToTheConsumerProtocolAndBackWhileTheyConsume() {
        String topic = AgainstABroker.newTopic();
        String group = "group-" + topic;
        clients.createTopic(topic, 4);
        var seen = ConcurrentHashMap.<String>newKeySet();
        Map<String, ?> classic = Map.of(
                "group.id",
                group,
                "group.protocol",
                "classic",
                "heartbeat.interval.ms",
                "200",
                "partition.assignment.strategy",
                "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");
        try (var first = member(classic, topic, seen);
                var second = member(classic, topic, seen)) {
            Await.that(() -> first.count() == 2 && second.count() == 2, "two classic members share four");
            produce(topic, 0, 100);
            try (var third = member(settings(group), topic, seen)) {
                Await.that(
                        () -> third.count() > 0 && first.count() + second.count() + third.count() == 4,
                        "members of both protocols share four");
                assertEquals(GroupType.CONSUMER, describe(group).type());
                produce(topic, 100, 200);
                Await.that(() -> seen.size() == 200, "everything is consumed by members of both protocols");
            }
            Await.that(() -> first.count() == 2 && second.count() == 2, "the classic members share four again");
            assertEquals(GroupType.CLASSIC, describe(group).type());
            produce(topic, 200, 300);
            Await.that(() -> seen.size() == 300, "everything is consumed");
        }
    }

    @Test
    void apachesToolsSeeResetAndDeleteGroups() {
        String topic = AgainstABroker.newTopic();
        String group = "group-" + topic;
        clients.createTopic(topic, 2);
        produce(topic, 0, 50);
        var seen = ConcurrentHashMap.<String>newKeySet();
        try (var member = member(settings(group), topic, seen)) {
            Await.that(() -> seen.size() == 50, "everything is consumed");
            String members = command("--describe", "--group", group, "--members", "--verbose");
            assertTrue(members.contains(topic + ":0,1"), members);
            String state = command("--describe", "--group", group, "--state", "--verbose");
            assertTrue(state.contains("uniform") && state.contains("Stable"), state);
            String listed = command("--list", "--type", "consumer", "--state");
            assertTrue(listed.contains(group), listed);
            assertEquals(2, member.count());
        }
        String reset = command("--reset-offsets", "--group", group, "--topic", topic, "--to-offset", "1", "--execute");
        assertTrue(reset.contains(topic), reset);
        assertEquals(1, clients.committed(group, new TopicPartition(topic, 0)));
        String deleted = command("--delete", "--group", group);
        assertTrue(deleted.contains("was successful"), deleted);
        assertTrue(!command("--list").contains(group));
    }

    private static String command(String... arguments) {
        var all = new ArrayList<>(List.of("--bootstrap-server", broker.bootstrap()));
        all.addAll(List.of(arguments));
        return Tool.apache(COMMAND, all.toArray(String[]::new)).succeeded();
    }

    @Test
    void theVerifiableConsumerUsesTheProtocol() throws Exception {
        String topic = AgainstABroker.newTopic();
        String group = "verifiable-" + topic;
        clients.createTopic(topic, 2);
        produce(topic, 0, 200);
        Process consumer = Tool.startApache(
                "org.apache.kafka.tools.VerifiableConsumer",
                "--bootstrap-server",
                broker.bootstrap(),
                "--topic",
                topic,
                "--group-id",
                group,
                "--group-protocol",
                "consumer",
                "--group-remote-assignor",
                "range",
                "--reset-policy",
                "earliest",
                "--max-messages",
                "200");
        int consumed = 0;
        try (BufferedReader reader = consumer.inputReader()) {
            for (String line = reader.readLine(); line != null && consumed < 200; line = reader.readLine()) {
                if (line.contains("\"name\":\"records_consumed\"")) {
                    consumed += Integer.parseInt(line.replaceFirst(".*?\"count\":(\\d+).*", "$1"));
                }
            }
        } finally {
            consumer.destroy();
            assertTrue(consumer.waitFor(30, TimeUnit.SECONDS));
        }
        assertEquals(200, consumed);
        assertEquals(GroupType.CONSUMER, describe(group).type());
    }

    @Test
    void membersGoOnAfterThePowerHasFailed() {
        String topic = AgainstABroker.newTopic();
        String group = "group-" + topic;
        var directory = AgainstABroker.newDirectory("data");
        try (var crashing = BrokerProcess.start(
                        directory,
                        "virtual",
                        "offsets.topic.num.partitions=1",
                        "group.consumer.assignment.interval.ms=0",
                        "group.consumer.min.heartbeat.interval.ms=200",
                        "group.consumer.heartbeat.interval.ms=200");
                var itsClients = new Clients(crashing.bootstrap())) {
            itsClients.createTopic(topic, 4);
            var seen = ConcurrentHashMap.<String>newKeySet();
            try (var first = new PollingMember(
                            itsClients,
                            settings(group),
                            seen,
                            (consumer, listener) -> consumer.subscribe(List.of(topic), listener));
                    var second = new PollingMember(
                            itsClients,
                            settings(group),
                            seen,
                            (consumer, listener) -> consumer.subscribe(List.of(topic), listener))) {
                Await.that(() -> first.count() == 2 && second.count() == 2, "two share four");
                var before = first.assigned();
                int epoch = epochOf(itsClients, group);
                crashing.kill();
                crashing.start();
                try (var producer = itsClients.producer(Map.of())) {
                    for (int i = 0; i < 100; i++) producer.send(new ProducerRecord<>(topic, "key-" + i, "value-" + i));
                }
                Await.that(() -> seen.size() == 100, "everything is consumed after the crash");
                assertEquals(before, first.assigned());
                assertEquals(epoch, epochOf(itsClients, group), "nobody has noticed");
            }
            int hash = Utils.abs(group.hashCode()) % 1;
            assertEquals(0, crashing.stop());
            assertTrue(SegmentDump.of(
                            directory
                                    .resolve("__consumer_offsets-" + hash + "/00000000000000000000.log")
                                    .toString(),
                            "--offsets-decoder")
                    .contains(group));
        }
        AgainstABroker.deleteRecursively(directory);
    }

    private static int epochOf(Clients of, String group) {
        return get(of.admin().describeConsumerGroups(List.of(group)).all())
                .get(group)
                .groupEpoch()
                .orElseThrow();
    }
}
