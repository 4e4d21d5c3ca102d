package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The same script, of raw requests drawn by a seed, against Apache Kafka and against Heddle: every answer must be the
 * same. {@code -Dheddle.differential.steps=…} makes a longer run, {@code -Dheddle.differential.seed=…} another one; {@code
 * ./build differential STEPS SEED} is the command for it.
 */
@Timeout(value = 12, unit = TimeUnit.HOURS)
class DifferentialIT {

    private static final int CONTEXT = 12;
    private static final int STEPS_OF_A_STORY = 120;
    private static final List<String> SETTINGS = List.of(
            "num.network.threads=1",
            "num.io.threads=1",
            "group.initial.rebalance.delay.ms=0",
            "group.consumer.assignment.interval.ms=0",
            "group.share.assignment.interval.ms=0",
            "group.streams.assignment.interval.ms=0",
            "group.streams.initial.rebalance.delay.ms=0",
            "group.min.session.timeout.ms=1000",
            "group.max.size=5",
            "offsets.topic.num.partitions=5",
            "transaction.state.log.num.partitions=5");

    private static Path directory;
    private static ApacheKafka kafka;
    private static BrokerProcess heddle;
    private static DifferentialSide reference;
    private static DifferentialSide tested;

    private final int steps = Integer.getInteger("heddle.differential.steps", 400);
    private final long seed = Long.getLong("heddle.differential.seed", 1);

    @BeforeAll
    static void start() {
        directory = AgainstABroker.newDirectory("differential");
        kafka = ApacheKafka.on(directory, List.of(directory.resolve("kafka")));
        append(kafka.config(), SETTINGS);
        kafka.format();
        kafka.start();
        heddle = BrokerProcess.start(directory.resolve("heddle"), "platform", SETTINGS.toArray(String[]::new));
        reference = new DifferentialSide("kafka", kafka.bootstrap(), kafka.port());
        tested = new DifferentialSide("heddle", heddle.bootstrap(), heddle.port());
    }

    private static void append(Path file, List<String> lines) {
        try {
            Files.write(file, lines, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterAll
    static void stop() {
        reference.close();
        tested.close();
        kafka.stop();
        heddle.stop();
        AgainstABroker.deleteRecursively(directory);
    }

    @Test
    void transactionsGetTheSameAnswers() {
        var script = new TransactionScript(new Random(seed));
        script.prepare(reference);
        script.prepare(tested);
        Deque<String> history = new ArrayDeque<>();
        for (int i = 0; i < steps; i++) {
            DifferentialScript.Step step = script.next();
            String expected = step.run().apply(reference);
            String actual = step.run().apply(tested);
            history.add(i + " " + step.name() + " -> " + expected);
            if (history.size() > CONTEXT) history.removeFirst();
            assertEquals(expected, actual, () -> "seed=" + seed + "\n" + String.join("\n", history));
        }
    }

    @Test
    void consumerGroupsGetTheSameAnswers() {
        var stories = new ConsumerStories(reference, tested);
        for (int told = 0; told < steps; told += STEPS_OF_A_STORY) {
            stories.tell(seed + told / STEPS_OF_A_STORY, STEPS_OF_A_STORY);
        }
    }

    @Test
    void membersOfShareGroupsGetTheSameRecords() {
        for (int told = 0; told < steps; told += STEPS_OF_A_STORY) {
            ShareScript.tell(seed + told / STEPS_OF_A_STORY, STEPS_OF_A_STORY, reference, tested);
        }
    }

    @Test
    void streamsGroupsGetTheSameAnswers() {
        var stories = new StreamsStories(reference, tested);
        for (int told = 0; told < 2 * steps; told += STEPS_OF_A_STORY) {
            stories.tell(seed + told / STEPS_OF_A_STORY, STEPS_OF_A_STORY);
        }
    }

    @Test
    void classicGroupsGetTheSameAnswers() {
        var stories = new ClassicStories(reference, tested);
        long story = seed;
        for (int told = 0; told < steps; story++) told += stories.tell(story, STEPS_OF_A_STORY);
    }

    @Test
    void classicGroupsWhoseMembersStayAwayComeToTheSame() {
        var stories = new ClassicStories(reference, tested);
        for (int story = 0; story < Math.max(1, steps / 400); story++) stories.tellWithTimeouts(seed + story);
    }
}
