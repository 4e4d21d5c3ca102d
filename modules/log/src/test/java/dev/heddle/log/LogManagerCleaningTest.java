package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.ManualTime;
import dev.heddle.common.MetricNames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The cleaner as a part of the log manager, with threads of its own. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LogManagerCleaningTest {

    private static final TopicPartition ORDERS = new TopicPartition("orders", 0);
    private static final Uuid ID = new Uuid(7, 9);
    private static final LogCleanerConfig ENABLED =
            new LogCleanerConfig(true, 1, 2 << 20, 0.9, 512 << 10, Double.MAX_VALUE, 15_000);

    @TempDir
    Path root;

    private final ManualTime time = new ManualTime(LogFixture.START_MS);
    private MetricRegistry metrics;
    private ManualScheduler scheduler;
    private LogDirectories directories;
    private LogManager manager;

    @BeforeEach
    void start() {
        start(ENABLED);
    }

    private void start(LogCleanerConfig cleaner) {
        metrics = new MetricRegistry();
        scheduler = new ManualScheduler(time);
        var config = new LogManagerConfig(
                List.of(root.resolve("d1")),
                root.resolve("d1"),
                2,
                Long.MAX_VALUE,
                60_000,
                60_000,
                300_000,
                30_000,
                600_000,
                3_000,
                LogFixture.PRODUCERS,
                cleaner);
        directories = new LogDirectories(config, time, metrics);
        directories.open(1);
        var defaults = LogFixture.config(Map.of("cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0.1"));
        manager = new LogManager(config, directories, defaults, time, scheduler, metrics);
        manager.startup(topic -> Map.of());
    }

    @AfterEach
    void stop() {
        manager.close();
        directories.close();
    }

    private PartitionLog log() {
        PartitionLog log = manager.getOrCreate(ORDERS, ID);
        log.commitOnAppend(true);
        return log;
    }

    private static void append(PartitionLog log, String key, String value) {
        var record = new SimpleRecord(LogFixture.START_MS, CleanerFixture.utf8(key), CleanerFixture.utf8(value));
        log.appendAsLeader(MemoryRecords.withRecords(Compression.NONE, record), 3, AppendOrigin.CLIENT);
    }

    /** Lets the threads look, and look again, until they have done it. */
    private void until(BooleanSupplier done) {
        CleanerFixture.until(() -> {
            if (time.parkedThreads() > 0) time.advance(15_000);
            return done.getAsBoolean();
        });
    }

    private static long cleanedOffset(PartitionLog log) {
        return log.state().cleaning().cleanedOffset();
    }

    private PartitionLog cleaned() {
        PartitionLog log = log();
        append(log, "a", "1");
        append(log, "a", "2");
        log.roll();
        until(() -> checkpoint().contains("orders 0 2"));
        return log;
    }

    private List<String> checkpoint() {
        try {
            Path file = root.resolve("d1").resolve("cleaner-offset-checkpoint");
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Object gauge(String name) {
        Gauge<?> gauge = metrics.getGauges().get(name);
        assertNotNull(gauge, name);
        return gauge.getValue();
    }

    @Test
    void progressIsWrittenDown() {
        PartitionLog log = cleaned();
        assertEquals(List.of("0", "1", "orders 0 2"), checkpoint());
        assertEquals(List.of("1=2"), LogFixture.contents(log));
    }

    @Test
    void progressIsKnownAfterARestart() {
        cleaned();
        stop();
        start();
        PartitionLog log = log();
        assertEquals(2, cleanedOffset(log));
        append(log, "b", "1");
        log.roll();
        until(() -> checkpoint().contains("orders 0 3"));
    }

    @Test
    void progressThatIsAheadOfTheLogIsForgotten() throws Exception {
        cleaned();
        stop();
        Files.write(root.resolve("d1").resolve("cleaner-offset-checkpoint"), List.of("0", "1", "orders 0 99"));
        start();
        assertEquals(CleaningState.UNKNOWN, cleanedOffset(log()));
    }

    @Test
    void truncationIsWrittenDownBeforeAnythingIsAppended() {
        cleaned().truncateTo(1);
        assertEquals(List.of("0", "1", "orders 0 1"), checkpoint());
    }

    @Test
    void aNewLogOfTheSameNameBeginsDirty() {
        cleaned();
        manager.delete(ORDERS);
        assertEquals(CleaningState.UNKNOWN, cleanedOffset(log()));
        assertEquals(List.of("0", "0"), checkpoint());
    }

    @Test
    void metricsHaveKafkasNames() {
        cleaned();
        String directory = ",logDirectory="
                + org.apache.kafka.common.utils.Sanitizer.jmxSanitize(
                        root.resolve("d1").toAbsolutePath().toString());
        Set<String> expected = new TreeSet<>(Set.of(
                "kafka.log:type=LogCleaner,name=max-buffer-utilization-percent",
                "kafka.log:type=LogCleaner,name=cleaner-recopy-percent",
                "kafka.log:type=LogCleaner,name=max-clean-time-secs",
                "kafka.log:type=LogCleaner,name=max-compaction-delay-secs",
                "kafka.log:type=LogCleaner,name=DeadThreadCount",
                "kafka.log:type=LogCleanerManager,name=max-dirty-percent",
                "kafka.log:type=LogCleanerManager,name=time-since-last-run-ms",
                ofDirectory("uncleanable-partitions-count"),
                ofDirectory("uncleanable-bytes")));
        assertEquals(expected, cleanerMetrics());
        assertEquals(0, gauge("kafka.log:type=LogCleaner,name=DeadThreadCount"));
        assertEquals(50, gauge("kafka.log:type=LogCleaner,name=cleaner-recopy-percent"));
        manager.close();
        assertEquals(Set.of(), cleanerMetrics());
    }

    private Set<String> cleanerMetrics() {
        return metrics.getNames().stream()
                .filter(name -> name.contains("LogCleaner"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void aDamagedLogIsCounted() throws Exception {
        PartitionLog log = log();
        append(log, "a", "1");
        Path file = LogFileNames.logFile(log.state().path(), 0);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {99}), Files.size(file) - 1);
        }
        log.roll(); // from now on the cleaner may come
        String name = ofDirectory("uncleanable-partitions-count");
        until(() -> Integer.valueOf(1).equals(gauge(name)));
        assertEquals(Files.size(file), gauge(ofDirectory("uncleanable-bytes")));
        manager.delete(ORDERS);
        assertEquals(0, gauge(name));
    }

    private String ofDirectory(String name) {
        String directory = root.resolve("d1").toAbsolutePath().toString();
        return MetricNames.of("kafka.log", "LogCleanerManager", name, "logDirectory", directory);
    }

    @Test
    void threadsHaveTheirName() {
        assertTrue(threads().contains("log-cleaner-0"));
        manager.close();
        assertFalse(threads().contains("log-cleaner-0"));
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(Thread::isAlive)
                .map(Thread::getName)
                .filter(name -> name.startsWith("log-cleaner-"))
                .collect(Collectors.toSet());
    }

    @Test
    void moreThreadsCanBeHadWhileItRuns() {
        manager.updateCleanerConfig(new LogCleanerConfig(true, 2, 4 << 20, 0.9, 512 << 10, Double.MAX_VALUE, 15_000));
        scheduler.runDue();
        assertEquals(Set.of("log-cleaner-0", "log-cleaner-1"), threads());
        assertEquals(List.of("1=2"), LogFixture.contents(cleaned()));
    }

    @Test
    void aDisabledCleanerDoesNothing() {
        stop();
        start(LogFixture.CLEANER);
        assertEquals(Set.of(), threads());
        assertEquals(Set.of(), cleanerMetrics());
        manager.updateCleanerConfig(ENABLED);
        scheduler.runDue();
        assertEquals(Set.of(), threads());
    }
}
