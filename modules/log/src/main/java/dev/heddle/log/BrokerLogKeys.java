package dev.heddle.log;

import static java.util.Map.entry;
import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Range.between;
import static org.apache.kafka.common.config.ConfigDef.Type.BOOLEAN;
import static org.apache.kafka.common.config.ConfigDef.Type.DOUBLE;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.LIST;
import static org.apache.kafka.common.config.ConfigDef.Type.LONG;
import static org.apache.kafka.common.config.ConfigDef.Type.STRING;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ValidList;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.record.internal.CompressionType;

/**
 * The broker-level keys from which topics take their defaults, and which of them stands for which topic-level key. Any
 * thread may call it.
 */
final class BrokerLogKeys {

    static final String SEGMENT_BYTES = "log.segment.bytes";
    static final String ROLL_MS = "log.roll.ms";
    static final String ROLL_HOURS = "log.roll.hours";
    static final String ROLL_JITTER_MS = "log.roll.jitter.ms";
    static final String ROLL_JITTER_HOURS = "log.roll.jitter.hours";
    static final String INDEX_SIZE_MAX_BYTES = "log.index.size.max.bytes";
    static final String INDEX_INTERVAL_BYTES = "log.index.interval.bytes";
    static final String FLUSH_INTERVAL_MESSAGES = "log.flush.interval.messages";
    static final String FLUSH_INTERVAL_MS = "log.flush.interval.ms";
    static final String FLUSH_SCHEDULER_INTERVAL_MS = "log.flush.scheduler.interval.ms";
    static final String RETENTION_BYTES = "log.retention.bytes";
    static final String RETENTION_MS = "log.retention.ms";
    static final String RETENTION_MINUTES = "log.retention.minutes";
    static final String RETENTION_HOURS = "log.retention.hours";
    static final String MESSAGE_MAX_BYTES = "message.max.bytes";
    static final String CLEANER_DELETE_RETENTION_MS = "log.cleaner.delete.retention.ms";
    static final String CLEANER_MIN_COMPACTION_LAG_MS = "log.cleaner.min.compaction.lag.ms";
    static final String CLEANER_MAX_COMPACTION_LAG_MS = "log.cleaner.max.compaction.lag.ms";
    static final String CLEANER_MIN_CLEANABLE_RATIO = "log.cleaner.min.cleanable.ratio";
    static final String SEGMENT_DELETE_DELAY_MS = "log.segment.delete.delay.ms";
    static final String CLEANUP_POLICY = "log.cleanup.policy";
    static final String PREALLOCATE = "log.preallocate";
    static final String MESSAGE_TIMESTAMP_TYPE = "log.message.timestamp.type";
    static final String MESSAGE_TIMESTAMP_BEFORE_MAX_MS = "log.message.timestamp.before.max.ms";
    static final String MESSAGE_TIMESTAMP_AFTER_MAX_MS = "log.message.timestamp.after.max.ms";
    static final String LOCAL_RETENTION_MS = "log.local.retention.ms";
    static final String LOCAL_RETENTION_BYTES = "log.local.retention.bytes";

    private static final long HOUR_MS = 60L * 60 * 1000;
    private static final long MINUTE_MS = 60L * 1000;

    private static final UnaryOperator<String> AS_IT_IS = UnaryOperator.identity();
    private static final UnaryOperator<String> HOURS = value -> times(value, HOUR_MS);
    private static final UnaryOperator<String> MINUTES = value -> times(value, MINUTE_MS);

    /** Most important first, as in Kafka. */
    private static final Map<String, List<ConfigSynonym>> SYNONYMS = Map.ofEntries(
            one(TopicConfig.SEGMENT_BYTES_CONFIG, SEGMENT_BYTES),
            entry(TopicConfig.SEGMENT_MS_CONFIG, List.of(same(ROLL_MS), new ConfigSynonym(ROLL_HOURS, HOURS))),
            entry(
                    TopicConfig.SEGMENT_JITTER_MS_CONFIG,
                    List.of(same(ROLL_JITTER_MS), new ConfigSynonym(ROLL_JITTER_HOURS, HOURS))),
            one(TopicConfig.SEGMENT_INDEX_BYTES_CONFIG, INDEX_SIZE_MAX_BYTES),
            one(TopicConfig.INDEX_INTERVAL_BYTES_CONFIG, INDEX_INTERVAL_BYTES),
            one(TopicConfig.FLUSH_MESSAGES_INTERVAL_CONFIG, FLUSH_INTERVAL_MESSAGES),
            entry(TopicConfig.FLUSH_MS_CONFIG, List.of(same(FLUSH_INTERVAL_MS), same(FLUSH_SCHEDULER_INTERVAL_MS))),
            one(TopicConfig.RETENTION_BYTES_CONFIG, RETENTION_BYTES),
            entry(
                    TopicConfig.RETENTION_MS_CONFIG,
                    List.of(
                            same(RETENTION_MS),
                            new ConfigSynonym(RETENTION_MINUTES, MINUTES),
                            new ConfigSynonym(RETENTION_HOURS, HOURS))),
            one(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, MESSAGE_MAX_BYTES),
            one(TopicConfig.DELETE_RETENTION_MS_CONFIG, CLEANER_DELETE_RETENTION_MS),
            one(TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG, CLEANER_MIN_COMPACTION_LAG_MS),
            one(TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG, CLEANER_MAX_COMPACTION_LAG_MS),
            one(TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG, CLEANER_MIN_CLEANABLE_RATIO),
            one(TopicConfig.FILE_DELETE_DELAY_MS_CONFIG, SEGMENT_DELETE_DELAY_MS),
            one(TopicConfig.CLEANUP_POLICY_CONFIG, CLEANUP_POLICY),
            sameName(TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG),
            sameName(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG),
            sameName(TopicConfig.COMPRESSION_TYPE_CONFIG),
            sameName(TopicConfig.COMPRESSION_GZIP_LEVEL_CONFIG),
            sameName(TopicConfig.COMPRESSION_LZ4_LEVEL_CONFIG),
            sameName(TopicConfig.COMPRESSION_ZSTD_LEVEL_CONFIG),
            one(TopicConfig.PREALLOCATE_CONFIG, PREALLOCATE),
            one(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, MESSAGE_TIMESTAMP_TYPE),
            one(TopicConfig.MESSAGE_TIMESTAMP_BEFORE_MAX_MS_CONFIG, MESSAGE_TIMESTAMP_BEFORE_MAX_MS),
            one(TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG, MESSAGE_TIMESTAMP_AFTER_MAX_MS),
            one(TopicConfig.LOCAL_LOG_RETENTION_MS_CONFIG, LOCAL_RETENTION_MS),
            one(TopicConfig.LOCAL_LOG_RETENTION_BYTES_CONFIG, LOCAL_RETENTION_BYTES),
            sameName(TopicConfigKeys.DURABILITY));

    private BrokerLogKeys() {}

    static Map<String, List<ConfigSynonym>> synonyms() {
        return SYNONYMS;
    }

    private static Map.Entry<String, List<ConfigSynonym>> one(String topicKey, String brokerKey) {
        return entry(topicKey, List.of(same(brokerKey)));
    }

    private static Map.Entry<String, List<ConfigSynonym>> sameName(String key) {
        return one(key, key);
    }

    private static ConfigSynonym same(String brokerKey) {
        return new ConfigSynonym(brokerKey, AS_IT_IS);
    }

    private static String times(String value, long unitMs) {
        return Long.toString(Integer.parseInt(value.trim()) * unitMs);
    }

    /** Adds the keys, except {@link #FLUSH_SCHEDULER_INTERVAL_MS}, which is {@link LogManagerConfig}'s. */
    static ConfigDef define(ConfigDef def) {
        defineSegments(def);
        defineRetention(def);
        defineCompaction(def);
        defineRecords(def);
        return def.define(
                TopicConfigKeys.DURABILITY,
                STRING,
                null,
                TopicConfigKeys.DURABILITY_VALUES,
                HIGH,
                TopicConfigKeys.DURABILITY_DOC);
    }

    private static void defineSegments(ConfigDef def) {
        def.define(
                        SEGMENT_BYTES,
                        INT,
                        TopicConfigKeys.SEGMENT_BYTES_DEFAULT,
                        atLeast(TopicConfigKeys.MIN_SEGMENT_BYTES),
                        HIGH,
                        "The largest size of a segment file, in bytes.")
                .define(
                        ROLL_MS,
                        LONG,
                        null,
                        HIGH,
                        "After this time a new segment begins, in milliseconds; if not set, " + ROLL_HOURS + " holds.")
                .define(
                        ROLL_HOURS,
                        INT,
                        168,
                        atLeast(1),
                        HIGH,
                        "After this time a new segment begins, in hours; " + ROLL_MS + " comes before it.")
                .define(
                        ROLL_JITTER_MS,
                        LONG,
                        null,
                        HIGH,
                        "At most so much earlier, at random, a new segment begins, in" + " milliseconds; if not set, "
                                + ROLL_JITTER_HOURS + " holds.")
                .define(
                        ROLL_JITTER_HOURS,
                        INT,
                        0,
                        atLeast(0),
                        HIGH,
                        "At most so much earlier, at random, a new segment" + " begins, in hours; " + ROLL_JITTER_MS
                                + " comes before it.")
                .define(
                        INDEX_SIZE_MAX_BYTES,
                        INT,
                        TopicConfigKeys.INDEX_BYTES_DEFAULT,
                        atLeast(4),
                        MEDIUM,
                        "The largest size of an index file, in bytes; a segment whose index is full is the last to grow.")
                .define(
                        INDEX_INTERVAL_BYTES,
                        INT,
                        TopicConfigKeys.INDEX_INTERVAL_BYTES_DEFAULT,
                        atLeast(0),
                        MEDIUM,
                        "For about so many bytes of records the index has one entry.")
                .define(PREALLOCATE, BOOLEAN, false, MEDIUM, "Whether a new segment's file has its full size at once.")
                .define(
                        FLUSH_INTERVAL_MESSAGES,
                        LONG,
                        Long.MAX_VALUE,
                        atLeast(1),
                        HIGH,
                        "After so many records a partition is synced to the disk, whoever waits for it or not.")
                .define(
                        FLUSH_INTERVAL_MS,
                        LONG,
                        null,
                        HIGH,
                        "After this time a partition is synced to the disk, in" + " milliseconds; if not set, "
                                + FLUSH_SCHEDULER_INTERVAL_MS + " holds.");
    }

    private static void defineRetention(ConfigDef def) {
        def.define(
                        RETENTION_BYTES,
                        LONG,
                        -1L,
                        HIGH,
                        "The size beyond which a partition's oldest segments are deleted, in"
                                + " bytes; -1 is no limit.")
                .define(
                        RETENTION_MS,
                        LONG,
                        null,
                        HIGH,
                        "How long records are kept, in milliseconds; -1 is for ever; if" + " not set, "
                                + RETENTION_MINUTES + " holds.")
                .define(
                        RETENTION_MINUTES,
                        INT,
                        null,
                        HIGH,
                        "How long records are kept, in minutes; " + RETENTION_MS + " comes before it; if not set, "
                                + RETENTION_HOURS + " holds.")
                .define(
                        RETENTION_HOURS,
                        INT,
                        168,
                        HIGH,
                        "How long records are kept, in hours; " + RETENTION_MS + " and " + RETENTION_MINUTES
                                + " come before it.")
                .define(
                        CLEANUP_POLICY,
                        LIST,
                        TopicConfig.CLEANUP_POLICY_DELETE,
                        ValidList.in(TopicConfig.CLEANUP_POLICY_COMPACT, TopicConfig.CLEANUP_POLICY_DELETE),
                        MEDIUM,
                        TopicConfig.CLEANUP_POLICY_DOC)
                .define(
                        SEGMENT_DELETE_DELAY_MS,
                        LONG,
                        TopicConfigKeys.FILE_DELETE_DELAY_MS_DEFAULT,
                        atLeast(0),
                        HIGH,
                        "How long the files of a deleted segment stay, in milliseconds, for those who still read them.")
                .define(
                        LOCAL_RETENTION_MS,
                        LONG,
                        TopicConfigKeys.LOCAL_RETENTION_AS_RETENTION,
                        atLeast(-2),
                        MEDIUM,
                        "How long records that are also in remote storage are kept here, in milliseconds; -2 is as long"
                                + " as all.")
                .define(
                        LOCAL_RETENTION_BYTES,
                        LONG,
                        TopicConfigKeys.LOCAL_RETENTION_AS_RETENTION,
                        atLeast(-2),
                        MEDIUM,
                        "The size beyond which segments that are also in remote storage are deleted here, in bytes; -2 is"
                                + " the limit of all.");
    }

    private static void defineCompaction(ConfigDef def) {
        def.define(
                        CLEANER_DELETE_RETENTION_MS,
                        LONG,
                        TopicConfigKeys.DAY_MS,
                        atLeast(0),
                        MEDIUM,
                        "How long compaction keeps tombstones and transaction markers, in milliseconds; a consumer that"
                                + " reads from the beginning within that time misses no deletion.")
                .define(
                        CLEANER_MIN_COMPACTION_LAG_MS,
                        LONG,
                        0L,
                        atLeast(0),
                        MEDIUM,
                        "So old, in milliseconds, a record must be before compaction may remove it.")
                .define(
                        CLEANER_MAX_COMPACTION_LAG_MS,
                        LONG,
                        Long.MAX_VALUE,
                        atLeast(1),
                        MEDIUM,
                        "So old, in milliseconds, a record may become before its partition is compacted.")
                .define(
                        CLEANER_MIN_CLEANABLE_RATIO,
                        DOUBLE,
                        TopicConfigKeys.MIN_CLEANABLE_DIRTY_RATIO_DEFAULT,
                        between(0, 1),
                        MEDIUM,
                        "The share of a partition's bytes that must be new since its last compaction for the next one.");
    }

    private static void defineRecords(ConfigDef def) {
        def.define(
                        MESSAGE_MAX_BYTES,
                        INT,
                        TopicConfigKeys.MAX_MESSAGE_BYTES_DEFAULT,
                        atLeast(0),
                        HIGH,
                        TopicConfig.MAX_MESSAGE_BYTES_DOC)
                .define(
                        TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG,
                        BOOLEAN,
                        false,
                        HIGH,
                        TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_DOC)
                .define(
                        TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG,
                        INT,
                        1,
                        atLeast(1),
                        HIGH,
                        TopicConfig.MIN_IN_SYNC_REPLICAS_DOC)
                .define(
                        TopicConfig.COMPRESSION_TYPE_CONFIG,
                        STRING,
                        TopicConfigKeys.COMPRESSION_TYPE_PRODUCER,
                        TopicConfigKeys.compressionTypes(),
                        HIGH,
                        TopicConfig.COMPRESSION_TYPE_DOC);
        level(def, TopicConfig.COMPRESSION_GZIP_LEVEL_CONFIG, CompressionType.GZIP);
        level(def, TopicConfig.COMPRESSION_LZ4_LEVEL_CONFIG, CompressionType.LZ4);
        level(def, TopicConfig.COMPRESSION_ZSTD_LEVEL_CONFIG, CompressionType.ZSTD);
        def.define(
                        MESSAGE_TIMESTAMP_TYPE,
                        STRING,
                        TopicConfigKeys.CREATE_TIME,
                        ValidString.in(TopicConfigKeys.CREATE_TIME, TopicConfigKeys.LOG_APPEND_TIME),
                        MEDIUM,
                        TopicConfig.MESSAGE_TIMESTAMP_TYPE_DOC)
                .define(
                        MESSAGE_TIMESTAMP_BEFORE_MAX_MS,
                        LONG,
                        Long.MAX_VALUE,
                        atLeast(0),
                        MEDIUM,
                        TopicConfig.MESSAGE_TIMESTAMP_BEFORE_MAX_MS_DOC)
                .define(
                        MESSAGE_TIMESTAMP_AFTER_MAX_MS,
                        LONG,
                        TopicConfigKeys.HOUR_MS,
                        atLeast(0),
                        MEDIUM,
                        TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_DOC);
    }

    private static void level(ConfigDef def, String key, CompressionType type) {
        def.define(
                key,
                INT,
                type.defaultLevel(),
                type.levelValidator(),
                MEDIUM,
                "The level to compress with where " + TopicConfig.COMPRESSION_TYPE_CONFIG + " is " + type.name + ".");
    }
}
