package dev.heddle.log;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.Scheduler;
import dev.heddle.common.Time;
import java.util.function.Consumer;

/** What all logs share: the clock, threads, buffers, metrics. Any thread may call it. */
final class LogRuntime implements AutoCloseable {

    private final Time time;
    private final Scheduler scheduler;
    private final MetricRegistry metrics;
    private final DecompressionBuffers decompressionBuffers;
    private final CpuPool cpuPool;
    private final Consumer<LogDirectory> checkpointsOutdated;

    /** Publishes what holds for producers now. */
    private volatile ProducerStateConfig producerState;

    /** @param checkpointsOutdated told when a truncation has made a directory's checkpoints wrong; writes new ones */
    LogRuntime(
            Time time,
            Scheduler scheduler,
            MetricRegistry metrics,
            ProducerStateConfig producerState,
            Consumer<LogDirectory> checkpointsOutdated) {
        int processors = Runtime.getRuntime().availableProcessors();
        this.time = time;
        this.scheduler = scheduler;
        this.metrics = metrics;
        this.decompressionBuffers = new DecompressionBuffers(2 * processors);
        this.cpuPool = new CpuPool(processors, time);
        this.checkpointsOutdated = checkpointsOutdated;
        this.producerState = producerState;
    }

    Time time() {
        return time;
    }

    Scheduler scheduler() {
        return scheduler;
    }

    MetricRegistry metrics() {
        return metrics;
    }

    /** What holds for producers now; it may be another one the next time. */
    ProducerStateConfig producerState() {
        return producerState;
    }

    void updateProducerState(ProducerStateConfig changed) {
        producerState = changed;
    }

    DecompressionBuffers decompressionBuffers() {
        return decompressionBuffers;
    }

    CpuPool cpuPool() {
        return cpuPool;
    }

    /** A log in the directory was truncated below what is noted of it: nothing may be appended before that is changed. */
    void checkpointsOutdated(LogDirectory directory) {
        checkpointsOutdated.accept(directory);
    }

    /** Ends the threads, once what they were given is done. */
    @Override
    public void close() {
        cpuPool.close();
    }
}
