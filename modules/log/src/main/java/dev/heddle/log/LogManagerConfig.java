package dev.heddle.log;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.LIST;
import static org.apache.kafka.common.config.ConfigDef.Type.LONG;
import static org.apache.kafka.common.config.ConfigDef.Type.STRING;

import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ValidList;

/**
 * The log's configuration that no topic overrides. Immutable: any thread may read it.
 *
 * <p>It has more than six parts because it mirrors as many keys.
 *
 * @param logDirs {@code log.dirs}, or else {@code log.dir}
 * @param metadataLogDir {@code metadata.log.dir}, or else the first of the log directories
 * @param recoveryThreadsPerDataDir {@code num.recovery.threads.per.data.dir}
 * @param flushCheckIntervalMs {@code log.flush.scheduler.interval.ms}
 * @param recoveryPointCheckpointIntervalMs {@code log.flush.offset.checkpoint.interval.ms}
 * @param startOffsetCheckpointIntervalMs {@code log.flush.start.offset.checkpoint.interval.ms}
 * @param retentionCheckIntervalMs {@code log.retention.check.interval.ms}
 * @param initialTaskDelayMs {@code log.initial.task.delay.ms}
 * @param producerIdExpirationCheckIntervalMs {@code producer.id.expiration.check.interval.ms}
 * @param directoryStallMs {@code heddle.directory.stall.ms}
 * @param producerState of what is remembered of producers, as it is at the start
 * @param cleaner of the log cleaner
 */
public record LogManagerConfig(
        List<Path> logDirs,
        Path metadataLogDir,
        int recoveryThreadsPerDataDir,
        long flushCheckIntervalMs,
        int recoveryPointCheckpointIntervalMs,
        int startOffsetCheckpointIntervalMs,
        long retentionCheckIntervalMs,
        long initialTaskDelayMs,
        int producerIdExpirationCheckIntervalMs,
        long directoryStallMs,
        ProducerStateConfig producerState,
        LogCleanerConfig cleaner) {

    public static final String LOG_DIR = "log.dir";
    public static final String LOG_DIRS = "log.dirs";
    public static final String METADATA_LOG_DIR = "metadata.log.dir";

    /** Our own: how long a directory's disk may be silent. */
    public static final String DIRECTORY_STALL_MS = "heddle.directory.stall.ms";

    private static final String RECOVERY_THREADS = "num.recovery.threads.per.data.dir";
    private static final String RECOVERY_POINT_INTERVAL_MS = "log.flush.offset.checkpoint.interval.ms";
    private static final String START_OFFSET_INTERVAL_MS = "log.flush.start.offset.checkpoint.interval.ms";
    private static final String RETENTION_CHECK_INTERVAL_MS = "log.retention.check.interval.ms";
    private static final String INITIAL_TASK_DELAY_MS = "log.initial.task.delay.ms";
    private static final String PRODUCER_ID_EXPIRATION_CHECK_MS = "producer.id.expiration.check.interval.ms";

    public LogManagerConfig {
        logDirs = List.copyOf(logDirs);
    }

    /** Adds the keys to {@code def}. */
    public static ConfigDef define(ConfigDef def) {
        defineDirectories(def);
        defineIntervals(def);
        LogCleanerConfig.define(def);
        return ProducerStateConfig.define(def);
    }

    private static void defineDirectories(ConfigDef def) {
        def.define(
                        LOG_DIR,
                        LIST,
                        "/tmp/kafka-logs",
                        ValidList.anyNonDuplicateValues(false, false),
                        HIGH,
                        "The directories that hold the data, separated by commas; " + LOG_DIRS + " comes before it.")
                .define(
                        LOG_DIRS,
                        LIST,
                        null,
                        ValidList.anyNonDuplicateValues(false, true),
                        HIGH,
                        "The directories that hold the data, separated by commas; if not set, " + LOG_DIR + " holds.")
                .define(
                        METADATA_LOG_DIR,
                        STRING,
                        null,
                        HIGH,
                        "The directory that holds the metadata log; if not set, the first of " + LOG_DIRS + ".")
                .define(
                        RECOVERY_THREADS,
                        INT,
                        2,
                        atLeast(1),
                        HIGH,
                        "How many threads open, recover and close the logs of a directory at start and at shutdown.")
                .define(
                        DIRECTORY_STALL_MS,
                        LONG,
                        3_000L,
                        atLeast(1),
                        LOW,
                        "How long a call on a directory's files may take, in milliseconds, before requests that would"
                                + " have to queue behind it are answered with KAFKA_STORAGE_ERROR, which clients repeat."
                                + " The directory stays online.");
    }

    private static void defineIntervals(ConfigDef def) {
        def.define(
                        BrokerLogKeys.FLUSH_SCHEDULER_INTERVAL_MS,
                        LONG,
                        Long.MAX_VALUE,
                        HIGH,
                        "How often the broker looks for logs whose flush.ms has passed, in milliseconds.")
                .define(
                        RECOVERY_POINT_INTERVAL_MS,
                        INT,
                        60_000,
                        atLeast(0),
                        HIGH,
                        "How often the offsets below which everything is on the disk are written down, in milliseconds.")
                .define(
                        START_OFFSET_INTERVAL_MS,
                        INT,
                        60_000,
                        atLeast(0),
                        HIGH,
                        "How often the log start offsets are written down, in milliseconds.")
                .define(
                        RETENTION_CHECK_INTERVAL_MS,
                        LONG,
                        300_000L,
                        atLeast(1),
                        MEDIUM,
                        "How often the broker looks for segments that retention lets go, in milliseconds.")
                .defineInternal(
                        PRODUCER_ID_EXPIRATION_CHECK_MS,
                        INT,
                        600_000,
                        atLeast(1),
                        LOW,
                        "How often the broker looks for producers to forget, in milliseconds.")
                .defineInternal(
                        INITIAL_TASK_DELAY_MS,
                        LONG,
                        30_000L,
                        atLeast(0),
                        LOW,
                        "How long after the start the log's background work begins, in milliseconds.");
    }

    /** Reads the keys. */
    public static LogManagerConfig from(AbstractConfig parsed) {
        List<String> logDirs = parsed.getList(LOG_DIRS);
        if (logDirs == null) logDirs = parsed.getList(LOG_DIR);
        String metadataLogDir = parsed.getString(METADATA_LOG_DIR);
        return new LogManagerConfig(
                logDirs.stream().map(Path::of).toList(),
                Path.of(metadataLogDir == null ? logDirs.getFirst() : metadataLogDir),
                parsed.getInt(RECOVERY_THREADS),
                parsed.getLong(BrokerLogKeys.FLUSH_SCHEDULER_INTERVAL_MS),
                parsed.getInt(RECOVERY_POINT_INTERVAL_MS),
                parsed.getInt(START_OFFSET_INTERVAL_MS),
                parsed.getLong(RETENTION_CHECK_INTERVAL_MS),
                parsed.getLong(INITIAL_TASK_DELAY_MS),
                parsed.getInt(PRODUCER_ID_EXPIRATION_CHECK_MS),
                parsed.getLong(DIRECTORY_STALL_MS),
                ProducerStateConfig.from(parsed),
                LogCleanerConfig.from(parsed));
    }

    /**
     * How many handlers may be inside the file calls of one directory, each holding its carrier or a thread of the pool:
     * together about as many as there are processors, and at least one for each directory.
     */
    int handlersInFileCalls() {
        int processors = Runtime.getRuntime().availableProcessors();
        return Math.ceilDiv(processors, directoryCount());
    }

    /** How many carriers all directories together can hold at worst, if each of them stalls. */
    public int carriersHeldAtWorst() {
        return directoryCount() * handlersInFileCalls();
    }

    private int directoryCount() {
        return logDirs.contains(metadataLogDir) ? logDirs.size() : logDirs.size() + 1;
    }
}
