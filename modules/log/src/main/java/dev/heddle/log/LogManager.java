package dev.heddle.log;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.Scheduler;
import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Time;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
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
    private final LogTable table = new LogTable();
    private final LogPlacement placement;
    private final LogsFound found;
    private final FutureLogs futures;

    /** Overrides as they were last changed; before that, the function given at start-up knows them. */
    private final Map<String, Map<String, String>> changedOverrides = new ConcurrentHashMap<>();

    /** Publishes the configuration of topics that override nothing. */
    private volatile LogConfig defaults;

    /** Publishes where a topic's overrides come from. */
    private volatile Function<String, Map<String, String>> topicOverrides = topic -> Map.of();

    /** Publishes the broker's epoch, which the marker of a clean shutdown names (KIP-966). */
    private volatile long brokerEpoch = -1;

    /** Publishes the broker's epoch before the last shutdown, if that was a clean one; else -1. */
    private volatile long previousBrokerEpoch = -1;

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
        this.checkpoints = new DirectoryCheckpoints(directories.all(), table::in);
        this.placement = new LogPlacement(checkpoints.directories(), table::currents);
        this.runtime = new LogRuntime(time, scheduler, metrics, config.producerState(), checkpoints::writeOutdated);
        this.opener = new LogOpener(runtime);
        this.deletion = new LogDeletion(runtime);
        this.found = new LogsFound(table, checkpoints, deletion, defaults.fileDeleteDelayMs());
        this.futures = new FutureLogs(table, checkpoints, opener, deletion, placement);
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
            if (!directory.online()) table.markContentsUnknown();
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
        LOG.info("Loaded all logs: logs={} offline={} millis={}", table.all().size(), table.offlineCount(), millis);
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
        for (LogCheckpoints each : checkpoints.all()) {
            if (!each.directory().online()) continue;
            var loading = new LogLoading(each, opener, this::configOf, runtime.time(), metrics, found);
            loadings.add(loading);
            pools.add(loading.begin(config.recoveryThreadsPerDataDir()));
        }
        pools.forEach(ExecutorService::close);
        loadings.forEach(LogLoading::removeMetrics);
        found.settle();
    }

    /** The log of a partition, null if there is none (or its directory is offline). */
    public @Nullable PartitionLog log(TopicPartition partition) {
        return table.current(partition);
    }

    /** The copies that are to take the place of logs, in other directories. */
    public FutureLogs futures() {
        return futures;
    }

    /** As {@link #getOrCreate(TopicPartition, Uuid, boolean, Uuid)}, of one that may have existed before, anywhere. */
    public PartitionLog getOrCreate(TopicPartition partition, Uuid topicId) {
        return getOrCreate(partition, topicId, false, Uuid.ZERO_UUID);
    }

    /**
     * The log of a partition. If there is none it is created: in the directory that was {@linkplain FutureLogs#prefer
     * wished for}, or else that of the id {@code assigned}, or else the one that has the fewest.
     *
     * @param isNew whether the partition cannot have existed before; otherwise it may lie in a directory that was
     *     offline from the start, and is not created again
     * @param assigned the directory's id by the metadata; one that is not known means any
     * @throws AnswerException KAFKA_STORAGE_ERROR if it lies, or may lie, in a directory that is offline, or no directory
     *     is online, or, as {@link NoRoomException}, those that are have no room; INCONSISTENT_TOPIC_ID if the log there belongs to another topic
     */
    public PartitionLog getOrCreate(TopicPartition partition, Uuid topicId, boolean isNew, Uuid assigned) {
        PartitionLog known = table.current(partition);
        if (known != null) return ofTopic(known, topicId);
        table.lock().lock();
        try {
            known = table.current(partition);
            if (known != null) return ofTopic(known, topicId);
            if (table.isKnownOffline(partition) || (table.isOffline(partition) && !isNew)) {
                throw new AnswerException(Errors.KAFKA_STORAGE_ERROR, "The log of " + partition + " is offline");
            }
            PartitionLog created = create(partition, topicId, assigned);
            table.put(created);
            placement.forget(partition);
            return created;
        } finally {
            table.lock().unlock();
        }
    }

    private static PartitionLog ofTopic(PartitionLog log, Uuid topicId) {
        if (topicId.equals(Uuid.ZERO_UUID)) return log;
        if (log.topicId().equals(Uuid.ZERO_UUID)) log.identify(topicId);
        if (!log.topicId().equals(topicId)) {
            throw new AnswerException(
                    Errors.INCONSISTENT_TOPIC_ID,
                    "The log of " + log.topicPartition() + " belongs to topic id " + log.topicId() + ", not "
                            + topicId);
        }
        return log;
    }

    private PartitionLog create(TopicPartition partition, Uuid topicId, Uuid assigned) {
        NoRoomException full = null;
        for (LogDirectory directory : placement.candidates(partition, assigned)) {
            try {
                // What is written there about an earlier partition of that name must not be taken for this one's.
                LogCheckpoints written = checkpoints.of(directory);
                if (written.names(partition)) written.writeForNewLog(table.in(directory));
                return opener.create(directory, partition, topicId, configOf(partition.topic()));
            } catch (DirectoryOfflineException e) {
                LOG.warn("Trying another directory: partition={} reason={}", partition, e.getMessage());
            } catch (NoRoomException e) {
                full = e;
            }
        }
        if (full != null) throw full;
        throw new AnswerException(Errors.KAFKA_STORAGE_ERROR, "No log directory is online");
    }

    private LogConfig configOf(String topic) {
        Map<String, String> overrides = changedOverrides.get(topic);
        if (overrides == null) overrides = topicOverrides.apply(topic);
        return overrides.isEmpty() ? defaults : defaults.withOverrides(overrides);
    }

    /** Removes a partition's log: it is gone at once, its files go after {@code file.delete.delay.ms}. */
    public void delete(TopicPartition partition) {
        remove(partition, log -> {
            deletion.remove(log);
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
        PartitionLog known = table.current(partition);
        if (known != null) known.stopCleaning();
        table.lock().lock();
        try {
            table.forgetOffline(partition);
            placement.forget(partition);
            checkpoints.all().forEach(written -> written.forget(partition));
            PartitionLog log = table.removeCurrent(partition);
            if (log != null) {
                futures.drop(partition);
            } else {
                log = table.removeFuture(partition);
            }
            if (log != null) {
                retire.accept(log);
                LOG.info("Removed a log: partition={}", partition);
            }
            if (table.hasNone(partition.topic())) changedOverrides.remove(partition.topic());
        } catch (DirectoryOfflineException | NoRoomException e) {
            LOG.warn("A log stays where it is: partition={} reason={}", partition, e.getMessage());
        } finally {
            table.lock().unlock();
        }
    }

    /** The log of each partition, at this moment. */
    public Collection<PartitionLog> logs() {
        return table.currents();
    }

    /** A topic's overrides have changed: they replace the former ones. */
    public void updateTopicConfig(String topic, Map<String, String> overrides) {
        changedOverrides.put(topic, Map.copyOf(overrides));
        LogConfig changed = configOf(topic);
        for (PartitionLog log : table.all()) {
            if (log.topicPartition().topic().equals(topic)) log.updateConfig(changed);
        }
    }

    /** The configuration of topics that override nothing has changed, for those that are there too. */
    public void updateDefaultConfig(LogConfig changed) {
        defaults = changed;
        for (PartitionLog log : table.all())
            log.updateConfig(configOf(log.topicPartition().topic()));
    }

    /** The log cleaner's configuration has changed; it goes on with the new one soon. */
    public void updateCleanerConfig(LogCleanerConfig changed) {
        cleaner.reconfigure(changed);
    }

    /** What holds for producers has changed, from now on. */
    public void updateProducerStateConfig(ProducerStateConfig changed) {
        runtime.updateProducerState(changed);
    }

    /** The configuration of topics that override nothing. */
    public LogConfig defaultConfig() {
        return defaults;
    }

    /** Whether the partition's log lies, or may lie, in a directory that has failed, or could not be loaded. */
    public boolean isOffline(TopicPartition partition) {
        return table.isOffline(partition);
    }

    /** The id of the directory that holds the partition's log; {@link Uuid#ZERO_UUID} if there is none. */
    public Uuid directoryIdOf(TopicPartition partition) {
        LogDirectory directory = table.directoryOf(partition);
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
        List<PartitionLog> failed = table.fail(directory);
        failed.forEach(PartitionLog::directoryFailed);
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
            shutdowns.put(directory, new LogShutdown(checkpoints.of(directory), table.in(directory), threads));
        }
        shutdowns.values().forEach(LogShutdown::begin);
        shutdowns.forEach(
                (directory, shutdown) -> shutdown.finish(loaded && !found.isIncomplete(directory), brokerEpoch));
        table.failed().forEach(LogShutdown::abandon);
        table.all().forEach(LogShutdown::abandon); // those whose directory has failed only now
        table.clear();
        runtime.close();
    }
}
