package dev.heddle.log;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.internals.Topic;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads every log of one directory at start-up, with {@code num.recovery.threads.per.data.dir} threads. The start-up
 * thread calls it.
 */
final class LogLoading {

    private static final Logger LOG = LoggerFactory.getLogger(LogLoading.class);

    /** Hears what was found; called by the loading threads. */
    interface Listener {
        /** A log is ready. */
        void loaded(PartitionLog log);

        /** A log cannot be opened: it stays offline until somebody has repaired it. */
        void unusable(TopicPartition partition, LogDirectory directory);

        /** What logs there are in the directory cannot be told. */
        void unknown(LogDirectory directory);

        /** A directory of a partition that was being deleted. */
        void toBeDeleted(LogDirectory directory, Path path);
    }

    private final LogCheckpoints checkpoints;
    private final LogDirectory directory;
    private final LogOpener opener;
    private final Function<String, LogConfig> configs;
    private final Time time;
    private final MetricRegistry metrics;
    private final Listener listener;
    private final String threadName;

    /** Null as long as it is not known what there is to load; then the loading threads begin. */
    private @Nullable LoadingProgress progress;

    private boolean clean;

    LogLoading(
            LogCheckpoints checkpoints,
            LogOpener opener,
            Function<String, LogConfig> configs,
            Time time,
            MetricRegistry metrics,
            Listener listener) {
        this.checkpoints = checkpoints;
        this.directory = checkpoints.directory();
        this.opener = opener;
        this.configs = configs;
        this.time = time;
        this.metrics = metrics;
        this.listener = listener;
        this.threadName = "log-recovery-" + directory;
    }

    /** Whether the directory was shut down cleanly. */
    boolean wasClean() {
        return clean;
    }

    /** Begins to load; {@link ExecutorService#close()} on the result waits until all is loaded. */
    ExecutorService begin(int threads) {
        ExecutorService pool = Executors.newFixedThreadPool(threads, Threads.platformFactory(threadName));
        try {
            begin(pool, threads);
        } catch (IOException e) {
            listener.unknown(directory);
            directory.failed("list its logs", e);
        } catch (DirectoryOfflineException e) {
            listener.unknown(directory);
            LOG.debug("Not loaded: dir={} reason={}", directory, e.getMessage());
        }
        return pool;
    }

    private void begin(ExecutorService pool, int threads) throws IOException {
        FileSystemCalls files = directory.files();
        clean = CleanShutdownFile.exists(files, directory.path());
        List<Path> paths = partitionDirectories();
        Map<TopicPartition, Long> recoveryPoints = checkpoints.readRecoveryPoints();
        Map<TopicPartition, Long> startOffsets = checkpoints.readStartOffsets();
        checkpoints.readCleanedOffsets();
        // From here on a crash is a crash, whatever has been loaded by then.
        if (clean) CleanShutdownFile.delete(files, directory.path());
        LOG.info("Loading logs: dir={} logs={} clean={}", directory, paths.size(), clean);
        var begun = new LoadingProgress(directory, paths.size(), threads, time, metrics);
        begun.registerMetrics();
        progress = begun;
        for (Path path : paths) {
            TopicPartition partition = LogFileNames.partitionOf(path);
            if (partition == null) continue;
            LogConfig config = configs.apply(partition.topic());
            var request = new LogLoader.Request(
                    partition,
                    directory,
                    path,
                    config,
                    clean,
                    startOffsets.getOrDefault(partition, 0L),
                    recoveryPoints.getOrDefault(partition, 0L),
                    config.compact() || checkpoints.wasCleaned(partition));
            pool.execute(() -> load(request, begun));
        }
    }

    private List<Path> partitionDirectories() throws IOException {
        List<Path> paths = new ArrayList<>();
        for (Path path : directory.files().list(directory.path())) {
            if (!directory.files().isDirectory(path)) continue;
            TopicPartition partition = LogFileNames.partitionOf(path);
            if (LogFileNames.isDeletedDirectory(path)) {
                listener.toBeDeleted(directory, path);
            } else if (partition == null || LogFileNames.isStrayDirectory(path)) {
                LOG.warn("Leaving a directory alone that is no partition's: path={}", path);
            } else if (!partition.topic().equals(Topic.CLUSTER_METADATA_TOPIC_NAME)) {
                paths.add(path);
            }
        }
        return paths;
    }

    private void load(LogLoader.Request request, LoadingProgress progress) {
        try {
            directory.ensureOnline();
            if (!forgetUnborn(request)) listener.loaded(opener.open(request, left -> segmentsLeft(progress, left)));
        } catch (CorruptFileException e) {
            if (LogFileNames.isFutureDirectory(request.path())) forgetFuture(request, e);
            else reportUnusable(request, e);
        } catch (IOException e) {
            var refused = directory.refuse("load " + request.partition(), e);
            if (refused instanceof NoRoomException) reportUnusable(request, e);
            else reportUnusable(request);
        } catch (DirectoryOfflineException e) {
            reportUnusable(request);
        } catch (RuntimeException e) {
            reportUnusable(request, e);
        } finally {
            progress.logDone();
            LOG.debug("Loaded a log: partition={}", request.partition());
            report(progress);
        }
    }

    private void reportUnusable(LogLoader.Request request) {
        // Without its future log a partition is as good as with it.
        if (!LogFileNames.isFutureDirectory(request.path())) listener.unusable(request.partition(), directory);
    }

    private void reportUnusable(LogLoader.Request request, Exception e) {
        LOG.error("A log cannot be opened and stays offline: partition={}", request.partition(), e);
        reportUnusable(request);
    }

    private void forgetFuture(LogLoader.Request request, CorruptFileException e) {
        LOG.warn("A future log cannot be opened and is deleted: path={} reason={}", request.path(), e.getMessage());
        listener.toBeDeleted(directory, request.path());
    }

    /** Deletes a log that a crash has left half made: whoever knows the partition creates it again. */
    private boolean forgetUnborn(LogLoader.Request request) throws IOException {
        var log = new UnbornLog(directory.files(), request);
        if (!log.isUnborn()) return false;
        log.delete();
        LOG.warn("Forgetting a log that a crash has left half made: partition={}", request.partition());
        return true;
    }

    private void segmentsLeft(LoadingProgress progress, int left) {
        progress.segments(threadNumber(), left);
        report(progress);
    }

    private static void report(LoadingProgress progress) {
        String report = progress.reportIfDue();
        if (report != null) LOG.info("Still loading logs: {}", report);
    }

    /** Of the loading thread that calls it. */
    private int threadNumber() {
        return Integer.parseInt(Thread.currentThread().getName().substring(threadName.length() + 1));
    }

    /** Loading is over. */
    void removeMetrics() {
        if (progress != null) progress.removeMetrics();
    }
}
