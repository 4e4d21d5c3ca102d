package dev.heddle.log;

import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the log manager does in the background. The start-up thread starts and stops it. */
final class LogTasks {

    private static final Logger LOG = LoggerFactory.getLogger(LogTasks.class);

    private final LogManager manager;
    private final LogManagerConfig config;
    private final LogRuntime runtime;
    private final List<Scheduler.Task> tasks = new ArrayList<>();

    LogTasks(LogManager manager, LogManagerConfig config, LogRuntime runtime) {
        this.manager = manager;
        this.config = config;
        this.runtime = runtime;
    }

    void start() {
        repeat("kafka-log-retention", config.retentionCheckIntervalMs(), () -> each(PartitionLog::deleteOldSegments));
        repeat("kafka-log-flusher", config.flushCheckIntervalMs(), () -> each(this::flushIfDue));
        repeat(
                "kafka-recovery-point-checkpoint",
                config.recoveryPointCheckpointIntervalMs(),
                manager::checkpointRecoveryPoints);
        repeat(
                "kafka-log-start-offset-checkpoint",
                config.startOffsetCheckpointIntervalMs(),
                manager::checkpointStartOffsets);
        repeat(
                "producer-id-expiration",
                config.producerIdExpirationCheckIntervalMs(),
                () -> each(PartitionLog::removeExpiredProducers));
    }

    private void repeat(String name, long periodMs, Runnable work) {
        if (periodMs == Long.MAX_VALUE) return; // never, in the words of Kafka's defaults
        tasks.add(runtime.scheduler().repeat(name, config.initialTaskDelayMs(), periodMs, work));
    }

    private void flushIfDue(PartitionLog log) {
        long sinceLastMs = runtime.time().milliseconds() - log.lastFlushMs();
        if (sinceLastMs >= log.config().flushMs()) log.flush();
    }

    /** Does something with every log; one that fails or goes away meanwhile does not stop the others. */
    private void each(Consumer<PartitionLog> work) {
        for (PartitionLog log : manager.logs()) {
            try {
                work.accept(log);
            } catch (DirectoryOfflineException | AnswerException e) {
                LOG.debug("Skipped a log: partition={} reason={}", log.topicPartition(), e.getMessage());
            }
        }
    }

    void stop() {
        tasks.forEach(Scheduler.Task::cancel);
        tasks.clear();
    }
}
