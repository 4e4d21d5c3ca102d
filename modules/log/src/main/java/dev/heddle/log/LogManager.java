package dev.heddle.log;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.Scheduler;
import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Time;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All partitions' logs. Any thread may call it, once {@link #startup} has returned; creation and deletion share one
 * lock, lookups take none.
 */
public final class LogManager implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LogManager.class);

    private final LogManagerConfig config;
    private final MetricRegistry metrics;
    private final LogRuntime runtime;
    private final LogOpener opener;
    private final LogDeletion deletion;
    private final LogTasks tasks;
    private final LogCleaner cleaner;
    private final DirectoryCheckpoints checkpoints;
    private final Map<TopicPartition, PartitionLog> logs = new ConcurrentHashMap<>();

    /** The partitions that cannot be used, with the directory they are in. */
    private final Map<TopicPartition, LogDirectory> offline = new ConcurrentHashMap<>();

    /** Directories whose marker must not be written: not all of their logs could be opened. */
    private final Set<LogDirectory> incomplete = ConcurrentHashMap.newKeySet();

    /** Overrides as they were last changed; before that, the function given at start-up knows them. */
    private final Map<String, Map<String, String>> changedOverrides = new ConcurrentHashMap<>();

    /** Guards creation and deletion of logs. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Publishes the configuration of topics that override nothing. */
    private volatile LogConfig defaults;

    /** Publishes where a topic's overrides come from. */
    private volatile Function<String, Map<String, String>> topicOverrides = topic -> Map.of();

    /** Publishes the broker's epoch, which the marker of a clean shutdown names (KIP-966). */
    private volatile long brokerEpoch = -1;

    /** Publishes the broker's epoch before the last shutdown, if that was a clean one; else -1. */
    private volatile long previousBrokerEpoch = -1;

    /** Whether a directory was offline before its logs were listed: then nobody knows what is in it. */
    private volatile boolean contentsUnknown;

    /** Whether everything was loaded: only then is a shutdown a clean one. */
    private volatile boolean loaded;

    public LogManager(
            LogManagerConfig config,
            LogDirectories directories,
            LogConfig defaults,
            Time time,
            Scheduler scheduler,
            MetricRegistry metrics) {
        this.config = config;
        this.defaults = defaults;
        this.metrics = metrics;
        this.checkpoints = new DirectoryCheckpoints(directories.all(), this::logsIn);
        this.runtime = new LogRuntime(time, scheduler, metrics, config.producerState(), checkpoints::writeOutdated);
        this.opener = new LogOpener(runtime);
        this.deletion = new LogDeletion(runtime);
        this.tasks = new LogTasks(this, config, runtime);
        this.cleaner = new LogCleaner(config.cleaner(), this::logs, checkpoints::writeCleanedOffsets, runtime);
    }

    /**
     * Loads every log, in parallel, recovering those of a directory that was not shut down cleanly; then starts the
     * retention, flush and checkpoint work.
     *
     * @param overrides gives the configuration overrides of a topic, empty if it has none or is unknown
     * @throws StopBrokerException if a partition's log is found in two directories, or every directory has failed
     */
    public void startup(Function<String, Map<String, String>> overrides) {
        topicOverrides = overrides;
        for (LogDirectory directory : checkpoints.directories()) {
            if (!directory.online()) contentsUnknown = true;
            directory.onOffline(this::directoryFailed);
        }
        long start = runtime.time().nanoseconds();
        previousBrokerEpoch = readPreviousBrokerEpoch();
        loadAll();
        if (checkpoints.directories().stream().noneMatch(LogDirectory::online)) {
            throw new StopBrokerException("None of the log directories " + checkpoints.directories() + " can be used");
        }
        loaded = true;
        long millis = (runtime.time().nanoseconds() - start) / 1_000_000;
        LOG.info("Loaded all logs: logs={} offline={} millis={}", logs.size(), offline.size(), millis);
        tasks.start();
        cleaner.start(checkpoints.directories());
    }

    private long readPreviousBrokerEpoch() {
        List<Long> epochs = checkpoints.directories().stream()
                .map(directory -> directory.online()
                        ? CleanShutdownFile.brokerEpoch(directory.files(), directory.path())
                                .orElse(-1)
                        : -1)
                .distinct()
                .toList();
        return epochs.size() == 1 ? epochs.getFirst() : -1;
    }

    private void loadAll() {
        List<LogLoading> loadings = new ArrayList<>();
        List<ExecutorService> pools = new ArrayList<>();
        var found = new Found();
        for (LogCheckpoints each : checkpoints.all()) {
            if (!each.directory().online()) continue;
            var loading = new LogLoading(each, opener, this::configOf, metrics, found);
            loadings.add(loading);
            pools.add(loading.begin(config.recoveryThreadsPerDataDir()));
        }
        pools.forEach(ExecutorService::close);
        loadings.forEach(LogLoading::removeMetrics);
        if (found.twin != null) throw new StopBrokerException(found.twin);
    }

    /** What the loading threads report. */
    private final class Found implements LogLoading.Listener {

        /** Publishes the complaint about a partition that is there twice. */
        private volatile @Nullable String twin;

        @Override
        public void loaded(PartitionLog log) {
            checkpoints.of(log.directory()).restoreCleanedOffset(log);
            PartitionLog other = logs.putIfAbsent(log.topicPartition(), log);
            if (other == null) return;
            twin = "The log of " + log.topicPartition() + " is in both " + other.directory() + " and " + log.directory()
                    + ": move one of the two away";
            log.abandon();
        }

        @Override
        public void unusable(TopicPartition partition, LogDirectory directory) {
            offline.put(partition, directory);
            incomplete.add(directory);
            checkpoints.of(directory).keep(partition);
        }

        @Override
        public void toBeDeleted(LogDirectory directory, Path path) {
            deletion.later(directory, path, defaults.fileDeleteDelayMs());
        }
    }

    /** The log of a partition, null if there is none (or its directory is offline). */
    public @Nullable PartitionLog log(TopicPartition partition) {
        return logs.get(partition);
    }

    /** As {@link #getOrCreate(TopicPartition, Uuid, boolean)}, for a partition that may have existed before. */
    public PartitionLog getOrCreate(TopicPartition partition, Uuid topicId) {
        return getOrCreate(partition, topicId, false);
    }

    /**
     * The log of a partition, created in the online directory that has the fewest if there is none.
     *
     * @param isNew whether the partition cannot have existed before; otherwise it may lie in a directory that was
     *     offline from the start, and is not created again
     * @throws AnswerException KAFKA_STORAGE_ERROR if it lies, or may lie, in a directory that is offline, or no directory
     *     is online; INCONSISTENT_TOPIC_ID if the log there belongs to another topic
     */
    public PartitionLog getOrCreate(TopicPartition partition, Uuid topicId, boolean isNew) {
        PartitionLog known = logs.get(partition);
        if (known != null) return ofTopic(known, topicId);
        lock.lock();
        try {
            known = logs.get(partition);
            if (known != null) return ofTopic(known, topicId);
            if (offline.containsKey(partition) || (contentsUnknown && !isNew)) {
                throw new AnswerException(Errors.KAFKA_STORAGE_ERROR, "The log of " + partition + " is offline");
            }
            PartitionLog created = create(partition, topicId);
            logs.put(partition, created);
            return created;
        } finally {
            lock.unlock();
        }
    }

    private static PartitionLog ofTopic(PartitionLog log, Uuid topicId) {
        if (!topicId.equals(Uuid.ZERO_UUID)
                && !log.topicId().equals(Uuid.ZERO_UUID)
                && !log.topicId().equals(topicId)) {
            throw new AnswerException(
                    Errors.INCONSISTENT_TOPIC_ID,
                    "The log of " + log.topicPartition() + " belongs to topic id " + log.topicId() + ", not "
                            + topicId);
        }
        return log;
    }

    private PartitionLog create(TopicPartition partition, Uuid topicId) {
        for (LogDirectory directory : byLoad()) {
            try {
                // What is written there about an earlier partition of that name must not be taken for this one's.
                LogCheckpoints written = checkpoints.of(directory);
                if (written.names(partition)) written.write(logsIn(directory));
                return opener.create(directory, partition, topicId, configOf(partition.topic()));
            } catch (DirectoryOfflineException e) {
                LOG.warn("Trying another directory: partition={} reason={}", partition, e.getMessage());
            }
        }
        throw new AnswerException(Errors.KAFKA_STORAGE_ERROR, "No log directory is online");
    }

    /** The directories that are online, the one with the fewest logs first. */
    private List<LogDirectory> byLoad() {
        Map<LogDirectory, Integer> counts = new LinkedHashMap<>();
        for (LogDirectory directory : checkpoints.directories()) if (directory.online()) counts.put(directory, 0);
        if (counts.size() < 2) return List.copyOf(counts.keySet());
        for (PartitionLog log : logs.values()) counts.computeIfPresent(log.directory(), (d, count) -> count + 1);
        return counts.entrySet().stream()
                .sorted(Comparator.comparingInt(Map.Entry::getValue))
                .map(Map.Entry::getKey)
                .toList();
    }

    private LogConfig configOf(String topic) {
        Map<String, String> overrides = changedOverrides.get(topic);
        if (overrides == null) overrides = topicOverrides.apply(topic);
        return overrides.isEmpty() ? defaults : defaults.withOverrides(overrides);
    }

    /** Removes a partition's log: it is gone at once, its files go after {@code file.delete.delay.ms}. */
    public void delete(TopicPartition partition) {
        remove(partition, log -> {
            log.renameForDeletion();
            deletion.later(log);
        });
    }

    /** Removes a log that no topic knows: it is gone at once, its files stay, under a name that says so. */
    public void setAside(TopicPartition partition) {
        remove(partition, log -> {
            log.renameAsStray();
            LOG.warn("Set a log aside that no topic knows: partition={} path={}", partition, log.closeForDeletion());
        });
    }

    private void remove(TopicPartition partition, Consumer<PartitionLog> retire) {
        PartitionLog known = logs.get(partition);
        if (known != null) known.stopCleaning();
        lock.lock();
        try {
            offline.remove(partition);
            checkpoints.all().forEach(written -> written.forget(partition));
            PartitionLog log = logs.remove(partition);
            if (log != null) {
                retire.accept(log);
                LOG.info("Removed a log: partition={}", partition);
            }
            boolean last =
                    logs.keySet().stream().noneMatch(other -> other.topic().equals(partition.topic()));
            if (last) changedOverrides.remove(partition.topic());
        } catch (DirectoryOfflineException e) {
            LOG.warn("A log stays where it is: partition={} reason={}", partition, e.getMessage());
        } finally {
            lock.unlock();
        }
    }

    /** Every log there is, at this moment. */
    public Collection<PartitionLog> logs() {
        return List.copyOf(logs.values());
    }

    private List<PartitionLog> logsIn(LogDirectory directory) {
        return logs.values().stream()
                .filter(log -> log.directory() == directory)
                .toList();
    }

    /** A topic's overrides have changed: they replace the former ones. */
    public void updateTopicConfig(String topic, Map<String, String> overrides) {
        changedOverrides.put(topic, Map.copyOf(overrides));
        LogConfig changed = configOf(topic);
        for (PartitionLog log : logs.values()) {
            if (log.topicPartition().topic().equals(topic)) log.updateConfig(changed);
        }
    }

    /** The configuration of topics that override nothing has changed, for those that are there too. */
    public void updateDefaultConfig(LogConfig changed) {
        defaults = changed;
        for (PartitionLog log : logs.values())
            log.updateConfig(configOf(log.topicPartition().topic()));
    }

    /** The log cleaner's configuration has changed; it goes on with the new one soon. */
    public void updateCleanerConfig(LogCleanerConfig changed) {
        cleaner.reconfigure(changed);
    }

    /** The configuration of topics that override nothing. */
    public LogConfig defaultConfig() {
        return defaults;
    }

    /** Whether the partition's log lies, or may lie, in a directory that has failed, or could not be loaded. */
    public boolean isOffline(TopicPartition partition) {
        return !logs.containsKey(partition) && (contentsUnknown || offline.containsKey(partition));
    }

    /** The id of the directory that holds the partition's log; {@link Uuid#ZERO_UUID} if there is none. */
    public Uuid directoryIdOf(TopicPartition partition) {
        PartitionLog log = logs.get(partition);
        LogDirectory directory = log != null ? log.directory() : offline.get(partition);
        return directory == null ? Uuid.ZERO_UUID : directory.id();
    }

    /** Sets the broker's epoch, for the marker of a clean shutdown. */
    public void brokerEpoch(long epoch) {
        brokerEpoch = epoch;
    }

    /**
     * The broker's epoch before the last shutdown, as every directory's marker of a clean one says; -1 if one has no marker,
     * or they disagree (KIP-966). Known once {@link #startup} has returned.
     */
    public long previousBrokerEpoch() {
        return previousBrokerEpoch;
    }

    private void directoryFailed(LogDirectory directory) {
        List<PartitionLog> failed = logsIn(directory);
        for (PartitionLog log : failed) {
            offline.put(log.topicPartition(), directory);
            logs.remove(log.topicPartition(), log);
            log.directoryFailed();
        }
        runtime.scheduler().once("abandon-offline-logs", 0, () -> failed.forEach(PartitionLog::abandon));
    }

    /** Writes every recovery point down; the background work does so from time to time. */
    public void checkpointRecoveryPoints() {
        checkpoints.writeRecoveryPoints();
    }

    /** Writes every log start offset down that its segments do not tell. */
    void checkpointStartOffsets() {
        checkpoints.writeStartOffsets();
    }

    /** Shuts down cleanly: flushes and closes every log, writes the checkpoints and the marker. */
    @Override
    public void close() {
        tasks.stop();
        cleaner.close();
        Map<LogDirectory, LogShutdown> shutdowns = new LinkedHashMap<>();
        for (LogDirectory directory : checkpoints.directories()) {
            if (!directory.online()) continue;
            int threads = config.recoveryThreadsPerDataDir();
            shutdowns.put(directory, new LogShutdown(checkpoints.of(directory), logsIn(directory), threads));
        }
        shutdowns.values().forEach(LogShutdown::begin);
        shutdowns.forEach(
                (directory, shutdown) -> shutdown.finish(loaded && !incomplete.contains(directory), brokerEpoch));
        logs.clear();
        runtime.close();
    }
}
