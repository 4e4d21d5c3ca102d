package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same tests for every handler strategy, each class with a broker of its own per strategy. At the end that broker
 * must still be alive, stop cleanly on SIGTERM, and have printed nothing but its ready line.
 *
 * <p>{@code -Dheddle.strategies=virtual} narrows a run.
 */
@ParameterizedClass(name = "handlers={0}")
@MethodSource("strategies")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
abstract class AgainstABroker {

    private static final AtomicInteger TOPICS = new AtomicInteger();

    @Parameter
    String strategy;

    static BrokerProcess broker;
    static Clients clients;

    static Stream<String> strategies() {
        return Arrays.stream(System.getProperty("heddle.strategies", "virtual,platform,inline")
                .split(","));
    }

    @BeforeParameterizedClassInvocation
    static void startBroker(String strategy) {
        broker = BrokerProcess.start(
                newDirectory("data"),
                strategy,
                "group.initial.rebalance.delay.ms=0",
                "group.streams.initial.rebalance.delay.ms=0",
                "transaction.abort.timed.out.transaction.cleanup.interval.ms=200");
        clients = new Clients(broker.bootstrap());
    }

    @AfterParameterizedClassInvocation
    static void stopBroker() {
        clients.close();
        assertTrue(broker.isAlive(), () -> "the broker died: " + broker.printed());
        assertEquals(0, broker.stop(), broker::printed);
        List<String> complaints = broker.printed()
                .lines()
                .filter(line -> !line.startsWith("Heddle ready on "))
                .toList();
        assertEquals(List.of(), complaints);
        deleteRecursively(broker.data());
    }

    /** A topic name that no other test uses. */
    static String newTopic() {
        return "topic-" + TOPICS.incrementAndGet();
    }

    static Path newDirectory(String prefix) {
        try {
            Path parent = Files.createDirectories(Path.of(System.getProperty("heddle.tests.dir"), "brokers"));
            return Files.createTempDirectory(parent, prefix);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void deleteRecursively(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
