package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Kills the broker under load, at random moments, also while it recovers, and looks at what is left: every acknowledged
 * record exactly once and in order, every acknowledged commit, the latest value of every key. Meanwhile it rolls, compacts,
 * retains and deletes. {@code -Dheddle.crash.kills=…} makes a longer run and tells how far it is, {@code
 * -Dheddle.crash.seed=…} another one; {@code ./build crash KILLS} is the command for it.
 */
@Timeout(value = 12, unit = TimeUnit.HOURS)
class CrashIT {

    private static final TopicPartition PLAIN = new TopicPartition("kept", 0);
    private static final TopicPartition COMPRESSED = new TopicPartition("kept", 1);
    private static final TopicPartition RETAINED = new TopicPartition("retained", 0);
    private static final TopicPartition SHORTENED = new TopicPartition("shortened", 0);
    private static final TopicPartition COMPACTED = new TopicPartition("compacted", 0);

    private static final int SHARES = 52;
    private static final int TOLD_EVERY = 50;

    private final Integer longRun = Integer.getInteger("heddle.crash.kills");
    private final long seed = Long.getLong("heddle.crash.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @BeforeAll
    static void makeStartsCheap() {
        BrokerProcess.prepare();
    }

    @ParameterizedTest(name = "handlers={0}, {1} of " + SHARES + " kills")
    @CsvSource({"virtual, 32", "platform, 10", "inline, 10"})
    void everythingAcknowledgedIsStillThere(String strategy, int share) {
        int kills = longRun == null ? share : Math.ceilDiv(longRun * share, SHARES);
        Path data = AgainstABroker.newDirectory("crash");
        // Small segments and short intervals, so that kills fall into rolls, retention and rounds of the cleaner too.
        try (var broker = BrokerProcess.start(
                        data,
                        strategy,
                        "log.segment.bytes=1048576",
                        "log.initial.task.delay.ms=20",
                        "log.retention.check.interval.ms=50",
                        "log.flush.start.offset.checkpoint.interval.ms=50",
                        "log.flush.offset.checkpoint.interval.ms=200",
                        "log.segment.delete.delay.ms=50",
                        "log.cleaner.backoff.ms=20",
                        "log.cleaner.dedupe.buffer.size=2097152");
                var clients = new Clients(broker.bootstrap())) {
            clients.createTopic(PLAIN.topic(), 2);
            clients.createTopic(RETAINED.topic(), 1, Map.of("retention.bytes", "1048576"));
            clients.createTopic(SHORTENED.topic(), 1);
            clients.createTopic(
                    COMPACTED.topic(),
                    1,
                    Map.of("cleanup.policy", "compact", "segment.ms", "50", "min.cleanable.dirty.ratio", "0.01"));
            var load = load(clients);
            load.forEach(CrashWorker::begin);
            for (int kill = 1; kill <= kills; kill++) {
                killOnce(broker);
                if (longRun != null && (kill % TOLD_EVERY == 0 || kill == kills)) tell(strategy, kill, kills);
            }
            load.forEach(CrashWorker::finish);
            for (CrashWorker each : load) each.verify("seed=" + seed + " directory=" + data);
            assertEquals(0, broker.stop(), broker::printed);
        }
        AgainstABroker.deleteRecursively(data);
    }

    private static List<CrashWorker> load(Clients clients) {
        var shortened = new CrashWriter(clients, SHORTENED, "lz4");
        return List.of(
                new CrashWriter(clients, PLAIN, "none"),
                new CrashWriter(clients, COMPRESSED, "zstd"),
                new CrashWriter(clients, RETAINED, "none"),
                shortened,
                new CrashDeleter(clients, SHORTENED, shortened),
                new CrashUpdater(clients, COMPACTED),
                new CrashCommitter(clients, PLAIN));
    }

    /** Kills it at work or, one time in five, on its way up. */
    private void killOnce(BrokerProcess broker) {
        if (random.nextInt(5) > 0) {
            park(50 + random.nextInt(300));
            broker.kill();
        } else {
            broker.kill();
            broker.startWithoutWaiting();
            park(random.nextInt(500));
            broker.kill();
        }
        broker.start();
    }

    private static void park(int millis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    private void tell(String strategy, int kill, int kills) {
        System.out.println("handlers=" + strategy + " kill " + kill + " of " + kills + " seed=" + seed);
    }
}
