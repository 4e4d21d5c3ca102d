package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.heddle.system.GroupScript.Plan;
import dev.heddle.system.GroupScript.Step;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Apache Kafka and Heddle are told the same random story of a group, step by step, and must say the same at every step.
 *
 * <p>{@code -Dheddle.group.seeds=500} tells more stories, {@code -Dheddle.group.first.seed=17} begins with that one.
 */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class GroupDifferenceIT {

    private static final int SEEDS = Integer.getInteger("heddle.group.seeds", 30);
    private static final int FIRST_SEED = Integer.getInteger("heddle.group.first.seed", 1);
    private static final int STEPS = 120;

    @TempDir
    static Path directory;

    private static ApacheKafka kafka;
    private static BrokerProcess heddle;
    private static Side apache;
    private static Side ours;

    private record Side(Clients clients, RawConnection connection) implements AutoCloseable {

        static Side of(int port) {
            return new Side(new Clients("localhost:" + port), new RawConnection(port));
        }

        GroupScript begin(Plan plan) {
            Map<String, Uuid> ids = new HashMap<>();
            for (String topic : plan.topics()) {
                clients.createLedTopic(topic, GroupScript.partitions(), Map.of());
                ids.put(topic, clients.topicId(topic));
            }
            awaitCoordinator(plan.group());
            var script = new GroupScript(plan, connection, ids);
            var look = new Step(GroupScript.Kind.DESCRIBE, 0, 0);
            Await.that(() -> script.run(look).equals("GROUP_ID_NOT_FOUND"), "the coordinator answers");
            return script;
        }

        private void awaitCoordinator(String group) {
            var find = new FindCoordinatorRequestData().setCoordinatorKeys(List.of(group));
            Await.that(
                    () -> {
                        FindCoordinatorResponse answer = connection.ask(ApiKeys.FIND_COORDINATOR, (short) 4, find);
                        return answer.data().coordinators().getFirst().errorCode() == Errors.NONE.code();
                    },
                    "there is a coordinator");
        }

        StreamsScript beginStreams(String group, int copies) {
            clients.createLedTopic(StreamsScript.source(group), StreamsScript.PARTITIONS, Map.of());
            clients.createLedTopic(StreamsScript.table(group), StreamsScript.PARTITIONS - 1, Map.of());
            awaitCoordinator(group);
            var script = new StreamsScript(group, clients, connection);
            var look = new StreamsScript.Step(StreamsScript.Kind.DESCRIBE, 0, 0);
            Await.that(() -> script.run(look).startsWith("GROUP_ID_NOT_FOUND"), "the coordinator answers");
            script.begin(copies);
            return script;
        }

        @Override
        public void close() {
            connection.close();
            clients.close();
        }
    }

    @BeforeAll
    static void startBoth() {
        kafka = ApacheKafka.on(directory, List.of(directory.resolve("kafka")));
        append(kafka.config(), "group.consumer.assignment.interval.ms=0\ngroup.streams.assignment.interval.ms=0\n");
        kafka.format();
        kafka.start();
        heddle = BrokerProcess.start(
                directory.resolve("heddle"),
                "virtual",
                "group.initial.rebalance.delay.ms=0",
                "group.consumer.assignment.interval.ms=0",
                "group.streams.assignment.interval.ms=0",
                "group.streams.initial.rebalance.delay.ms=0",
                "offsets.topic.num.partitions=5");
        apache = Side.of(kafka.port());
        ours = Side.of(heddle.port());
    }

    private static void append(Path file, String text) {
        try {
            Files.writeString(file, text, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterAll
    static void stopBoth() {
        apache.close();
        ours.close();
        kafka.close();
        heddle.close();
    }

    @Test
    void bothSayTheSameAtEveryStep() {
        for (int seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) tell(seed);
    }

    private static void tell(int seed) {
        Plan plan = plan(seed);
        GroupScript atApache = apache.begin(plan);
        GroupScript atOurs = ours.begin(plan);
        var random = new Random(seed);
        var story = new ArrayList<String>();
        for (int i = 0; i < STEPS; i++) {
            Step step = Step.random(random);
            String expected = atApache.run(step);
            String actual = atOurs.run(step);
            if (!expected.isEmpty()) story.add(step + " -> " + expected);
            assertEquals(expected, actual, () -> "seed " + seed + ", " + step + " after\n" + String.join("\n", story));
        }
    }

    @Test
    void bothSayTheSameOfStreamsGroups() {
        for (int seed = FIRST_SEED; seed < FIRST_SEED + SEEDS / 3; seed++) tellOfStreams(seed);
    }

    private static void tellOfStreams(int seed) {
        String group = "streams-" + seed;
        StreamsScript atApache = apache.beginStreams(group, seed % 3);
        StreamsScript atOurs = ours.beginStreams(group, seed % 3);
        var random = new Random(seed);
        var story = new ArrayList<String>();
        for (int i = 0; i < STEPS; i++) {
            var step = StreamsScript.Step.random(random);
            String expected = atApache.run(step);
            String actual = atOurs.run(step);
            if (!expected.isEmpty()) story.add(step + " -> " + expected);
            assertEquals(expected, actual, () -> "seed " + seed + ", " + step + " after\n" + String.join("\n", story));
        }
    }

    /** Topics and members that a broker names itself stand in no order that both have in common; range needs none. */
    private static Plan plan(int seed) {
        String group = "seed-" + seed;
        return switch (seed % 3) {
            case 0 -> new Plan(group, "uniform", List.of(group + "-a"), null);
            case 1 -> new Plan(group, "range", List.of(group + "-a", group + "-b"), "instance-4");
            default -> new Plan(group, "range", List.of(group + "-a", group + "-b"), "instance-3");
        };
    }
}
