package dev.heddle.log;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.MetricNames;
import dev.heddle.common.Scheduler;
import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Time;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The broker's log directories. The start-up thread opens and closes them; any thread may read what they are.
 */
public final class LogDirectories implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LogDirectories.class);

    private final FileSystemCalls files;
    private final MetricRegistry metrics;
    private final Time time;
    private final ProducerStateConfig producerState;
    private final LogDirectory metadataDirectory;
    private final List<LogDirectory> all;

    /** All, and the one that holds only the metadata log, if there is one. */
    private final List<LogDirectory> opened;

    /** Held from {@link #open} to {@link #close}; only the start-up thread touches it. */
    private final List<DirectoryLock> locks = new ArrayList<>();

    /** The threads of the logs that were opened here; only the start-up thread touches it. */
    private final List<LogRuntime> runtimes = new ArrayList<>();

    /** Publishes the cluster's id; null before {@link #open}. */
    private volatile @Nullable String clusterId;

    public LogDirectories(LogManagerConfig config, Time time, MetricRegistry metrics) {
        this(config, time, metrics, FileSystemCalls.REAL);
    }

    /** @param files for tests that make disks fail */
    public LogDirectories(LogManagerConfig config, Time time, MetricRegistry metrics, FileSystemCalls files) {
        this.files = files;
        this.metrics = metrics;
        this.time = time;
        this.producerState = config.producerState();
        var byPath = new LinkedHashMap<Path, LogDirectory>();
        var limits = new FileCallGate.Limits(config.handlersInFileCalls(), config.directoryStallMs());
        for (Path path : config.logDirs())
            byPath.computeIfAbsent(absolute(path), it -> new LogDirectory(files, it, time, limits));
        this.all = List.copyOf(byPath.values());
        this.metadataDirectory = byPath.computeIfAbsent(
                absolute(config.metadataLogDir()), it -> new LogDirectory(files, it, time, limits));
        this.opened = List.copyOf(byPath.values());
    }

    private static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }

    /** What directories were found to belong to, before the new ones are formatted. */
    private record Found(Map<LogDirectory, MetaProperties> formatted, List<LogDirectory> unformatted) {}

    /**
     * Creates, locks and, if it is new, formats each directory. One that fails goes offline alone.
     *
     * @throws StopBrokerException if one is in use, belongs to another node or cluster, or holds logs but no {@code
     *     meta.properties}; or if none, or not the one of the metadata log, can be used
     */
    public void open(int nodeId) {
        try {
            var found = new Found(new LinkedHashMap<>(), new ArrayList<>());
            for (LogDirectory directory : opened) examine(directory, found);
            ensureUsable();
            String cluster = commonCluster(found.formatted, nodeId);
            clusterId = cluster;
            found.formatted.forEach(this::identify);
            for (LogDirectory directory : found.unformatted) {
                write(directory, new MetaProperties(cluster, nodeId, MetaProperties.newDirectoryId()));
            }
            ensureUsable();
        } catch (StopBrokerException e) {
            releaseLocks();
            throw e;
        }
        registerMetrics();
    }

    private void examine(LogDirectory directory, Found found) {
        Path path = directory.path();
        try {
            files.createDirectories(path);
            locks.add(DirectoryLock.take(files, path));
            MetaProperties properties = MetaProperties.read(files, path);
            if (properties != null) {
                found.formatted.put(directory, properties);
            } else {
                ensureHoldsNoLogs(path);
                syncAncestors(path);
                found.unformatted.add(directory);
            }
        } catch (CorruptFileException e) {
            throw new StopBrokerException(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            // Said once, in the one line that stops the start.
            if (directory == metadataDirectory) throw new StopBrokerException(cannotUse(directory, e), e);
            directory.failed("open it", e);
        }
    }

    /** To format a directory that holds logs would make them another cluster's. */
    private void ensureHoldsNoLogs(Path path) throws IOException {
        for (Path entry : files.list(path)) {
            TopicPartition partition = LogFileNames.partitionOf(entry);
            if (partition != null && files.isDirectory(entry)) {
                throw new StopBrokerException("Log directory " + path + " holds logs, such as " + entry.getFileName()
                        + ", but no " + MetaProperties.NAME + ": restore that file, or use an empty directory");
            }
        }
    }

    /** What is going to be in a new directory is lost in a power cut if the directory's own name, or a parent's, is. */
    private void syncAncestors(Path path) throws IOException {
        for (Path ancestor = path.getParent(); ancestor != null; ancestor = ancestor.getParent()) {
            try {
                files.syncDirectory(ancestor);
            } catch (AccessDeniedException e) {
                LOG.debug("Not ours to sync, so not ours to create: dir={}", ancestor);
            }
        }
    }

    private void ensureUsable() {
        if (!metadataDirectory.online()) {
            throw new StopBrokerException("Log directory " + metadataDirectory + " cannot be used, and the metadata log"
                    + " is there" + reason(metadataDirectory));
        }
        if (all.stream().noneMatch(LogDirectory::online)) {
            throw new StopBrokerException("None of the log directories " + all + " can be used");
        }
    }

    private static String reason(LogDirectory directory) {
        return directory.failure().map(e -> ": " + describe(e)).orElse("");
    }

    private String cannotUse(LogDirectory directory, IOException e) {
        String consequence = all.size() > 1 ? ", and the metadata log is there" : "";
        return "Log directory " + directory + " cannot be used: " + describe(e) + consequence;
    }

    /** The JDK's messages for some failures are only the path. */
    private static String describe(IOException e) {
        return switch (e) {
            case AccessDeniedException denied -> "no permission to write to " + denied.getFile();
            case FileAlreadyExistsException exists -> exists.getFile() + " is not a directory";
            case FileSystemException other when other.getReason() != null -> other.getFile() + ": " + other.getReason();
            default -> e.toString();
        };
    }

    /** The cluster that every directory belongs to; a new one if all are new. */
    private static String commonCluster(Map<LogDirectory, MetaProperties> formatted, int nodeId) {
        String cluster = null;
        var directoryIds = new LinkedHashMap<Uuid, LogDirectory>();
        for (Map.Entry<LogDirectory, MetaProperties> entry : formatted.entrySet()) {
            LogDirectory directory = entry.getKey();
            MetaProperties properties = entry.getValue();
            if (properties.nodeId() != nodeId) {
                throw new StopBrokerException("Log directory " + directory + " belongs to node " + properties.nodeId()
                        + ", but node.id is " + nodeId);
            }
            if (cluster != null && !cluster.equals(properties.clusterId())) {
                throw new StopBrokerException("Log directory " + directory + " belongs to cluster "
                        + properties.clusterId() + ", others to cluster " + cluster);
            }
            cluster = properties.clusterId();
            Uuid id = properties.directoryId();
            LogDirectory twin = id == null ? null : directoryIds.put(id, directory);
            if (twin != null) {
                throw new StopBrokerException(
                        "Log directories " + twin + " and " + directory + " have the same directory.id: one is a copy");
            }
        }
        return cluster != null ? cluster : Uuid.randomUuid().toString();
    }

    private void identify(LogDirectory directory, MetaProperties properties) {
        Uuid id = properties.directoryId();
        if (id != null) directory.setId(id);
        else write(directory, properties.withDirectoryId(MetaProperties.newDirectoryId()));
    }

    private void write(LogDirectory directory, MetaProperties properties) {
        try {
            properties.write(files, directory.path());
            directory.setId(Optional.ofNullable(properties.directoryId()).orElseThrow());
            LOG.info("Formatted log directory: dir={} properties={}", directory, properties);
        } catch (IOException e) {
            directory.failed("write " + MetaProperties.NAME, e);
        }
    }

    private void registerMetrics() {
        gauge(MetricNames.of("kafka.log", "LogManager", "OfflineLogDirectoryCount"), () ->
                (int) all.stream().filter(it -> !it.online()).count());
        for (LogDirectory directory : all) {
            gauge(
                    MetricNames.of(
                            "kafka.log",
                            "LogManager",
                            "LogDirectoryOffline",
                            "logDirectory",
                            directory.path().toString()),
                    () -> directory.online() ? 0 : 1);
        }
    }

    private void gauge(String name, Gauge<Integer> gauge) {
        metrics.gauge(name, () -> gauge);
    }

    /** The cluster's id, which every directory names. */
    public String clusterId() {
        String id = clusterId;
        if (id == null) throw new IllegalStateException("The log directories are not open");
        return id;
    }

    /** Those in {@code log.dirs}, in that order, offline ones too. */
    public List<LogDirectory> all() {
        return all;
    }

    /** Where {@code __cluster_metadata-0} is: in {@code metadata.log.dir} or the first of {@code log.dirs}. */
    public Path metadataDirectory() {
        return metadataDirectory.path();
    }

    /** The log directory of {@link #metadataDirectory()}; not in {@link #all()} if it holds only the metadata log. */
    LogDirectory metadataLogDirectory() {
        return metadataDirectory;
    }

    /** What is set aside on the volume of {@link #metadataDirectory()}. */
    public DiskReserve metadataReserve() {
        return new DiskReserve(metadataLogDirectory());
    }

    /** The files beside the logs in {@link #metadataDirectory()}. */
    public DirectoryFiles metadataFiles() {
        return new DirectoryFiles(metadataLogDirectory());
    }

    /**
     * Opens, or creates, a log in {@link #metadataDirectory()} that no {@link LogManager} looks after: that of {@code
     * __cluster_metadata}. It is recovered in full each time; the caller closes it.
     */
    public PartitionLog openLog(TopicPartition partition, Uuid topicId, LogConfig config, Scheduler scheduler) {
        var runtime = new LogRuntime(time, scheduler, metrics, producerState, lowered -> {});
        runtimes.add(runtime);
        PartitionLog log = new LogOpener(runtime).openOrCreate(metadataDirectory, partition, topicId, config, false);
        metadataDirectory.onOffline(failed -> log.directoryFailed());
        return log;
    }

    /** Unlocks the directories. */
    @Override
    public void close() {
        runtimes.forEach(LogRuntime::close);
        opened.forEach(LogDirectory::close);
        releaseLocks();
        metrics.removeMatching(
                (name, metric) -> name.startsWith("kafka.log:type=LogManager,name=OfflineLogDirectoryCount")
                        || name.startsWith("kafka.log:type=LogManager,name=LogDirectoryOffline"));
    }

    private void releaseLocks() {
        for (DirectoryLock lock : locks) {
            try {
                lock.close();
            } catch (IOException e) {
                LOG.warn("Could not release the lock of a log directory: problem={}", e.toString());
            }
        }
        locks.clear();
    }
}
