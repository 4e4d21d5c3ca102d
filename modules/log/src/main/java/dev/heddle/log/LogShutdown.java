package dev.heddle.log;

import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.Threads;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closes every log of one directory and leaves the marker of a clean shutdown. The thread that shuts down calls it. */
final class LogShutdown {

    private static final Logger LOG = LoggerFactory.getLogger(LogShutdown.class);

    private final LogCheckpoints checkpoints;
    private final LogDirectory directory;
    private final List<PartitionLog> logs;
    private final ExecutorService pool;

    /** Publishes that a log could not be closed, or not be written whole: the next start has to recover. */
    private volatile boolean failed;

    LogShutdown(LogCheckpoints checkpoints, List<PartitionLog> logs, int threads) {
        this.checkpoints = checkpoints;
        this.directory = checkpoints.directory();
        this.logs = logs;
        this.pool = Executors.newFixedThreadPool(threads, Threads.platformFactory("log-closing-" + directory));
    }

    /** Closes the files of a log that is not closed, unless somebody is stuck in a call on them. */
    static void abandon(PartitionLog log) {
        LogLock lock = log.state().lock();
        if (!lock.tryLock()) return;
        try {
            if (!log.state().isClosed()) log.abandon();
        } finally {
            lock.unlock();
        }
    }

    /** Begins to flush and close the logs. */
    void begin() {
        for (PartitionLog log : logs) pool.execute(() -> close(log));
    }

    private void close(PartitionLog log) {
        try {
            if (!log.closeWhole()) failed = true;
        } catch (DirectoryOfflineException | AnswerException e) {
            failed = true;
            LOG.error("A log was not closed: partition={}", log.topicPartition(), e);
        }
    }

    /**
     * Waits for that, and writes the checkpoints.
     *
     * @param markClean whether all logs of the directory are known to be sound, so that the next start may skip recovery
     */
    void finish(boolean markClean, long brokerEpoch) {
        pool.close();
        if (!directory.online()) return;
        boolean written = checkpoints.write(logs);
        if (failed || !written || !markClean || !directory.online()) {
            LOG.warn("Not shut down cleanly, the next start recovers what needs it: dir={}", directory);
            return;
        }
        try {
            directory.ifRoom(
                    "write " + CleanShutdownFile.NAME,
                    () -> CleanShutdownFile.write(directory.files(), directory.path(), brokerEpoch));
        } catch (IOException e) {
            directory.failed("write " + CleanShutdownFile.NAME, e);
        }
    }
}
