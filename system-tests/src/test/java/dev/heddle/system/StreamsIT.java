package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An application of Kafka Streams counts and joins exactly once, whatever dies: its processes are killed and started again
 * on the state that they had, and so is the broker. What it has written at the end is exactly what it must be.
 *
 * <p>{@code -Dheddle.streams.seconds=…} makes a longer run and tells how far it is, {@code -Dheddle.streams.seed=…} another
 * one; {@code ./build streams SECONDS SEED} is the command for it.
 */
@Timeout(value = 12, unit = TimeUnit.HOURS)
class StreamsIT {

    private final Integer longRun = Integer.getInteger("heddle.streams.seconds");
    private final long seed = Long.getLong("heddle.streams.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @BeforeAll
    static void makeStartsCheap() {
        BrokerProcess.prepare();
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "streams"})
    void whatAnApplicationComputesIsExact(String protocol) {
        Path data = AgainstABroker.newDirectory("streams");
        try (var broker = BrokerProcess.start(
                        data.resolve("broker"),
                        "virtual",
                        "offsets.topic.num.partitions=3",
                        "transaction.state.log.num.partitions=3",
                        "transaction.abort.timed.out.transaction.cleanup.interval.ms=200",
                        "group.initial.rebalance.delay.ms=0",
                        "group.min.session.timeout.ms=1000",
                        "group.streams.initial.rebalance.delay.ms=0",
                        "group.streams.num.standby.replicas=1",
                        "group.streams.min.session.timeout.ms=1000",
                        "group.streams.session.timeout.ms=2000",
                        "group.streams.min.heartbeat.interval.ms=100",
                        "group.streams.heartbeat.interval.ms=200",
                        "group.streams.assignment.interval.ms=100");
                var clients = new Clients(broker.bootstrap());
                var first = process(broker, protocol, data, 1);
                var second = process(broker, protocol, data, 2)) {
            // Two take their time to start.
            List<StreamsProcess> processes = longRun == null ? List.of(first) : List.of(first, second);
            run(broker, clients, processes, "protocol=" + protocol + " seed=" + seed + " directory=" + data);
            assertEquals(0, broker.stop(), broker::printed);
        }
        AgainstABroker.deleteRecursively(data);
    }

    private static StreamsProcess process(BrokerProcess broker, String protocol, Path data, int number) {
        Path state = data.resolve("state-" + number);
        try {
            Files.createDirectories(state);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new StreamsProcess(broker.bootstrap(), "application", protocol, state);
    }

    private void run(BrokerProcess broker, Clients clients, List<StreamsProcess> processes, String context) {
        StreamsFeed.createTopics(clients);
        var feed = new StreamsFeed(clients, random.nextLong());
        feed.begin();
        processes.forEach(StreamsProcess::start);
        if (longRun == null) killEverythingOnce(broker, processes.getFirst(), feed);
        else killAtRandom(broker, processes);
        feed.finish();
        feed.awaitResults();
        processes.forEach(process -> assertTrue(process.isAlive(), process::printed));
        processes.forEach(StreamsProcess::stop);
        feed.verify(context);
        if (longRun != null) System.out.println(feed.size() + " results, each once: " + context);
    }

    /** Each in the middle of its work. */
    private void killEverythingOnce(BrokerProcess broker, StreamsProcess process, StreamsFeed feed) {
        feed.awaitProgress();
        park(random.nextInt(300));
        process.kill();
        process.start();
        feed.awaitProgress();
        park(random.nextInt(300));
        broker.kill();
        broker.start();
        feed.awaitProgress();
    }

    private void killAtRandom(BrokerProcess broker, List<StreamsProcess> processes) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(longRun);
        for (int kill = 1; System.nanoTime() < end; kill++) {
            park(3_000 + random.nextInt(4_000));
            int which = random.nextInt(processes.size() + 1);
            if (which == processes.size()) {
                broker.kill();
                broker.start();
            } else {
                processes.get(which).kill();
                park(random.nextInt(3_000));
                processes.get(which).start();
            }
            System.out.println("kill " + kill + " seed=" + seed);
        }
    }

    private static void park(int millis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }
}
