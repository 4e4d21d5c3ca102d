package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
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

    private static Path directory;
    private static ApacheKafka kafka;
    private static BrokerProcess heddle;

    private final int steps = Integer.getInteger("heddle.differential.steps", 400);
    private final long seed = Long.getLong("heddle.differential.seed", 1);

    @BeforeAll
    static void start() {
        directory = AgainstABroker.newDirectory("differential");
        kafka = ApacheKafka.on(directory, List.of(directory.resolve("kafka")));
        kafka.format();
        kafka.start();
        heddle = BrokerProcess.start(
                directory.resolve("heddle"),
                "virtual",
                "offsets.topic.num.partitions=5",
                "transaction.state.log.num.partitions=5",
                "group.initial.rebalance.delay.ms=0");
    }

    @AfterAll
    static void stop() {
        kafka.stop();
        heddle.stop();
        AgainstABroker.deleteRecursively(directory);
    }

    @Test
    void transactionsGetTheSameAnswers() {
        compare(new TransactionScript(new Random(seed)));
    }

    private void compare(DifferentialScript script) {
        Deque<String> history = new ArrayDeque<>();
        try (var reference = new DifferentialSide("kafka", kafka.bootstrap(), kafka.port());
                var tested = new DifferentialSide("heddle", heddle.bootstrap(), heddle.port())) {
            script.prepare(reference);
            script.prepare(tested);
            for (int i = 0; i < steps; i++) {
                DifferentialScript.Step step = script.next();
                String expected = step.run().apply(reference);
                String actual = step.run().apply(tested);
                history.add(i + " " + step.name() + " -> " + expected);
                if (history.size() > CONTEXT) history.removeFirst();
                assertEquals(expected, actual, () -> "seed=" + seed + "\n" + String.join("\n", history));
            }
        }
    }
}
