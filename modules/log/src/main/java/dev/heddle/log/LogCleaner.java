package dev.heddle.log;

import dev.heddle.common.MetricNames;
import dev.heddle.common.Threads;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes from compacted logs what a later record with the same key has made obsolete. Any thread may call it; the work
 * is done by {@code log-cleaner-<n>} threads.
 *
 * <p>For maintainers.
 * <pre>
 *   CleanerWorker ── looks for the dirtiest log, one at a time
 *     └─ CleaningRound ─── one log, once
 *          ├─ OffsetMapBuilder ─► OffsetMap        the last offset of each key in the dirty part
 *          ├─ SegmentGroups                        what may become one segment
 *          ├─ SegmentCleaner ◄─ RecordRetention ◄─ CleanedTransactions     writes it
 *          └─ SegmentReplacer                      and puts it in the place of the old ones
 * </pre>
 * A log's {@link CleaningState} keeps the cleaner, retention, truncation and deletion apart.
 */
final class LogCleaner implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LogCleaner.class);

    private final Supplier<Collection<PartitionLog>> logs;
    private final Consumer<LogDirectory> progressed;
    private final LogRuntime runtime;
    private final CleanerMetrics metrics;
    private final IoThrottle throttle;

    /** Guards the fields below; held while threads end. */
    private final ReentrantLock lock = new ReentrantLock();

    private LogCleanerConfig config;
    private @Nullable ExecutorService pool;
    private boolean started;

    /** Publishes what the threads run. */
    private volatile List<CleanerWorker> workers = List.of();

    /** @param progressed told that logs of a directory are cleaner now; writes that down */
    LogCleaner(
            LogCleanerConfig config,
            Supplier<Collection<PartitionLog>> logs,
            Consumer<LogDirectory> progressed,
            LogRuntime runtime) {
        this.config = config;
        this.logs = logs;
        this.progressed = progressed;
        this.runtime = runtime;
        this.metrics = new CleanerMetrics(runtime, () -> workers, logs);
        this.throttle = new IoThrottle(
                runtime.time(),
                runtime.metrics().meter(MetricNames.of("kafka.utils", "Throttler", "cleaner-io")),
                config.maxIoBytesPerSecond());
    }

    /** Starts the threads, unless the cleaner is disabled. */
    void start(Collection<LogDirectory> directories) {
        lock.lock();
        try {
            if (!config.enabled()) {
                LOG.warn(
                        "The log cleaner is disabled: compacted topics, committed offsets among them, grow without end");
                return;
            }
            started = true;
            metrics.register(directories);
            startWorkers();
        } finally {
            lock.unlock();
        }
    }

    private void startWorkers() {
        if (config.threads() == 0) {
            LOG.warn("No logs are compacted: log.cleaner.threads=0");
            return;
        }
        LogCleanerConfig fitting = config.within(Runtime.getRuntime().maxMemory());
        var shared = new CleanerWorker.Shared(fitting, logs, progressed, throttle, metrics::looked, runtime.time());
        List<CleanerWorker> fresh = Stream.generate(() -> new CleanerWorker(shared))
                .limit(config.threads())
                .toList();
        ExecutorService threads =
                Executors.newFixedThreadPool(config.threads(), Threads.platformFactory("log-cleaner"));
        fresh.forEach(threads::execute);
        workers = fresh;
        pool = threads;
    }

    private void stopWorkers() {
        workers.forEach(CleanerWorker::stop);
        if (pool != null) pool.close();
        pool = null;
    }

    /**
     * Goes on with another configuration: soon, since the threads have to stop first. Whether there is a cleaner at all
     * does not change.
     */
    void reconfigure(LogCleanerConfig changed) {
        runtime.scheduler().once("log-cleaner-reconfiguration", 0, () -> {
            lock.lock();
            try {
                if (!started || changed.equals(config)) return;
                LOG.info("The log cleaner is reconfigured: from={} to={}", config, changed);
                throttle.updateRate(changed.maxIoBytesPerSecond());
                config = changed;
                stopWorkers();
                startWorkers();
            } finally {
                lock.unlock();
            }
        });
    }

    /** Stops the threads; what is being cleaned is left as it was. */
    @Override
    public void close() {
        lock.lock();
        try {
            started = false;
            stopWorkers();
            metrics.remove();
        } finally {
            lock.unlock();
        }
    }
}
