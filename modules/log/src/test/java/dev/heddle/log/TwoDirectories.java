package dev.heddle.log;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;

/** A log manager with two directories, and one partition that can be moved between them. Used by one thread. */
final class TwoDirectories implements AutoCloseable {

    static final TopicPartition ORDERS = new TopicPartition("orders", 0);
    static final Uuid TOPIC_ID = new Uuid(1, 1);

    final Path root;
    final ManualTime time = new ManualTime(LogFixture.START_MS);
    Supplier<MetricRegistry> registries = MetricRegistry::new;
    MetricRegistry metrics;
    ManualScheduler scheduler;
    LogDirectories directories;
    LogManager manager;
    private boolean running;

    TwoDirectories(Path root) {
        this.root = root;
    }

    TwoDirectories start(FileSystemCalls files, Map<String, String> overrides) {
        metrics = registries.get();
        scheduler = new ManualScheduler(time);
        var config = new LogManagerConfig(
                List.of(path("a"), path("b")),
                path("a"),
                2,
                Long.MAX_VALUE,
                60_000,
                60_000,
                300_000,
                30_000,
                600_000,
                3_000,
                LogFixture.PRODUCERS,
                LogFixture.CLEANER);
        directories = new LogDirectories(config, time, metrics, files);
        directories.open(1);
        manager = new LogManager(config, directories, LogFixture.config(overrides), time, scheduler, metrics);
        running = true;
        manager.startup(topic -> Map.of());
        return this;
    }

    TwoDirectories start() {
        return start(FileSystemCalls.REAL, Map.of());
    }

    Path path(String name) {
        return root.resolve(name).toAbsolutePath();
    }

    LogDirectory directory(String name) {
        return manager.futures().directory(path(name).toString());
    }

    /** The log, created in directory {@code a}. */
    PartitionLog create() {
        return manager.getOrCreate(ORDERS, TOPIC_ID, true, directory("a").id());
    }

    PartitionLog current() {
        PartitionLog log = manager.log(ORDERS);
        if (log == null) throw new AssertionError("there is no log");
        return log;
    }

    /** Where the current log is. */
    String place() {
        return current().directory().path().getFileName().toString();
    }

    PartitionLog future() {
        PartitionLog log = manager.futures().get(ORDERS);
        if (log == null) throw new AssertionError("there is no future log");
        return log;
    }

    PartitionLog createFuture(String name) {
        return manager.futures().create(current(), directory(name));
    }

    /** Brings the future log to where the current one is. */
    void copy() {
        copy(current(), future());
    }

    private void copy(PartitionLog current, PartitionLog future) {
        while (future.logEndOffset() < current.logEndOffset()) {
            FutureLogs futures = manager.futures();
            futures.append(future, futures.read(current, future.logEndOffset(), 1 << 20));
        }
    }

    void replace() {
        PartitionLog current = current();
        PartitionLog future = future();
        try (LogReplacement replacement = manager.futures().beginReplacement(current, future)) {
            copy(current, future);
            replacement.replace();
        }
    }

    void move(String name) {
        PartitionLog current = current();
        PartitionLog future = createFuture(name);
        copy(current, future);
        try (LogReplacement replacement = manager.futures().beginReplacement(current, future)) {
            replacement.replace();
        }
    }

    /** The names in a directory that begin as the partition's do. */
    List<String> names(String name) {
        try (Stream<Path> entries = Files.list(path(name))) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(entry -> entry.startsWith("orders-0"))
                    .map(entry -> entry.replaceFirst("\\.[0-9a-f]{32}", ""))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    String content(String directory, String file) {
        try {
            return Files.readString(path(directory).resolve(file));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Leaves everything as a killed process does. */
    void kill() {
        if (!running) return;
        running = false;
        List<PartitionLog> all = new ArrayList<>(manager.logs());
        all.addAll(manager.futures().all());
        all.forEach(PartitionLog::abandon);
        // What its threads have begun is not done after the next start.
        all.forEach(log -> log.state().runtime().close());
        directories.close();
    }

    /** Stops it in order. */
    void stop() {
        if (!running) return;
        running = false;
        manager.close();
        directories.close();
    }

    @Override
    public void close() {
        kill();
    }
}
