package dev.heddle.log;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.MetricNames;
import dev.heddle.common.Time;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** The cleaner's gauges, under Kafka's names. Any thread may call it. */
final class CleanerMetrics {

    private static final String CLEANER = "LogCleaner";
    private static final String MANAGER = "LogCleanerManager";

    private final MetricRegistry registry;
    private final Time time;
    private final Supplier<List<CleanerWorker>> workers;
    private final Supplier<Collection<PartitionLog>> logs;
    private final List<String> names = new ArrayList<>();

    /** Publishes the ratio of the dirtiest log. */
    private volatile double dirtiestRatio;

    /** Publishes when a thread last looked for a log to clean. */
    private volatile long lastRunMs;

    CleanerMetrics(LogRuntime runtime, Supplier<List<CleanerWorker>> workers, Supplier<Collection<PartitionLog>> logs) {
        this.registry = runtime.metrics();
        this.time = runtime.time();
        this.workers = workers;
        this.logs = logs;
        this.lastRunMs = time.milliseconds();
    }

    /** A thread has looked for a log to clean. */
    void looked(double ratio) {
        dirtiestRatio = ratio;
        lastRunMs = time.milliseconds();
    }

    void register(Collection<LogDirectory> directories) {
        gauge(CLEANER, "max-buffer-utilization-percent", () -> (int) (100 * max(w -> w.lastStats().bufferUtilization)));
        gauge(CLEANER, "cleaner-recopy-percent", this::recopyPercent);
        gauge(CLEANER, "max-clean-time-secs", () -> (int) max(w -> w.lastStats().elapsedSeconds()));
        gauge(CLEANER, "max-compaction-delay-secs", () -> (int) (max(CleanerWorker::maxCompactionDelayMs) / 1000));
        gauge(CLEANER, "DeadThreadCount", () ->
                (int) workers.get().stream().filter(CleanerWorker::isDead).count());
        gauge(MANAGER, "max-dirty-percent", () -> (int) (100 * dirtiestRatio));
        gauge(MANAGER, "time-since-last-run-ms", () -> time.milliseconds() - lastRunMs);
        for (LogDirectory directory : directories) {
            String tag = directory.toString();
            gauge(
                    MANAGER,
                    "uncleanable-partitions-count",
                    () -> uncleanable(directory).size(),
                    "logDirectory",
                    tag);
            gauge(MANAGER, "uncleanable-bytes", () -> uncleanableBytes(directory), "logDirectory", tag);
        }
    }

    private double max(ToDoubleFunction<CleanerWorker> figure) {
        return workers.get().stream().mapToDouble(figure).max().orElse(0);
    }

    private int recopyPercent() {
        long read =
                workers.get().stream().mapToLong(w -> w.lastStats().bytesRead).sum();
        long written = workers.get().stream()
                .mapToLong(w -> w.lastStats().bytesWritten)
                .sum();
        return (int) (100.0 * written / Math.max(read, 1));
    }

    private List<PartitionLog> uncleanable(LogDirectory directory) {
        return logs.get().stream()
                .filter(log ->
                        log.directory() == directory && log.state().cleaning().isUncleanable())
                .toList();
    }

    /** What could be cleaned of those logs, if only they could; the segments' sizes tell, no file is read. */
    private long uncleanableBytes(LogDirectory directory) {
        return uncleanable(directory).stream()
                .mapToLong(log -> CleanableLog.dirtyBytes(log.state()))
                .sum();
    }

    private <T> void gauge(String type, String name, Supplier<T> value, String... tags) {
        String key = MetricNames.of("kafka.log", type, name, tags);
        registry.gauge(key, () -> (Gauge<T>) value::get);
        names.add(key);
    }

    void remove() {
        names.forEach(registry::remove);
        names.clear();
    }
}
