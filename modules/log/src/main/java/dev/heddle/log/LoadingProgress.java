package dev.heddle.log;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.MetricNames;
import dev.heddle.common.Time;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How far the loading of one directory is, for the metrics and, while it takes long, for the log. The loading threads report
 * to it; any thread may read.
 */
final class LoadingProgress {

    private static final long REPORT_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final LogDirectory directory;
    private final Time time;
    private final MetricRegistry metrics;
    private final int logs;
    private final AtomicInteger remainingLogs;

    /** How many segments each thread still has to recover in the log it is at. */
    private final List<AtomicInteger> remainingSegments;

    private final AtomicLong lastReportNanos;

    /** @param logs so many are to be loaded */
    LoadingProgress(LogDirectory directory, int logs, int threads, Time time, MetricRegistry metrics) {
        this.directory = directory;
        this.time = time;
        this.metrics = metrics;
        this.logs = logs;
        this.remainingLogs = new AtomicInteger(logs);
        this.remainingSegments =
                Stream.generate(AtomicInteger::new).limit(threads).toList();
        this.lastReportNanos = new AtomicLong(time.nanoseconds());
    }

    /** A log is done, whatever has become of it. */
    void logDone() {
        remainingLogs.decrementAndGet();
    }

    /** One of the threads has still so many segments to recover in the log it is at. */
    void segments(int thread, int remaining) {
        remainingSegments.get(thread).set(remaining);
    }

    /** Where things stand, if that was not told for some time; null if it was. */
    @Nullable String reportIfDue() {
        long last = lastReportNanos.get();
        long now = time.nanoseconds();
        if (now - last < REPORT_NANOS || !lastReportNanos.compareAndSet(last, now)) return null;
        int left = remainingLogs.get();
        int segments = remainingSegments.stream().mapToInt(AtomicInteger::get).sum();
        return "dir=" + directory + " done=" + (logs - left) + " of=" + logs + " remainingLogs=" + left
                + " remainingSegmentsOfLogsInRecovery=" + segments;
    }

    void registerMetrics() {
        gauge(logsMetric(), remainingLogs);
        for (int i = 0; i < remainingSegments.size(); i++) gauge(segmentsMetric(i), remainingSegments.get(i));
    }

    private void gauge(String name, AtomicInteger value) {
        metrics.gauge(name, () -> (Gauge<Integer>) value::get);
    }

    void removeMetrics() {
        metrics.remove(logsMetric());
        for (int i = 0; i < remainingSegments.size(); i++) metrics.remove(segmentsMetric(i));
    }

    private String logsMetric() {
        return MetricNames.of("kafka.log", "LogManager", "remainingLogsToRecover", "dir", directory.toString());
    }

    private String segmentsMetric(int thread) {
        return MetricNames.of(
                "kafka.log",
                "LogManager",
                "remainingSegmentsToRecover",
                "dir",
                directory.toString(),
                "threadNum",
                Integer.toString(thread));
    }
}
