package dev.heddle.log;

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
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ValidList;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.Records;
import org.jspecify.annotations.Nullable;

/**
 * The topic-level keys: Kafka's, with its types, defaults and limits, and our own. Any thread may call it. Where Kafka
 * tells its keys' documentation in {@link TopicConfig}, that is it.
 */
final class TopicConfigKeys {

    static final String LEADER_THROTTLED_REPLICAS = "leader.replication.throttled.replicas";
    static final String FOLLOWER_THROTTLED_REPLICAS = "follower.replication.throttled.replicas";

    /** Lets tests have segments smaller than {@code segment.bytes} allows; not described to clients unless it is set. */
    static final String INTERNAL_SEGMENT_BYTES = "internal.segment.bytes";

    /** Ours; the broker-level key has the same name. Not described to clients unless it is set. */
    static final String DURABILITY = "heddle.durability";

    static final String DURABILITY_DOC = "When records written with acks=all are acknowledged: `disk`, after they have"
            + " been synced to the disk; `page-cache`, as soon as every in-sync replica has them, as Kafka does. If it is"
            + " not set, a partition with one in-sync replica uses `disk`, and one with more uses `page-cache`.";

    static final int MIN_SEGMENT_BYTES = 1024 * 1024;
    static final int SEGMENT_BYTES_DEFAULT = 1024 * 1024 * 1024;
    static final long WEEK_MS = 7L * 24 * 60 * 60 * 1000;
    static final long DAY_MS = 24L * 60 * 60 * 1000;
    static final long HOUR_MS = 60L * 60 * 1000;
    static final int INDEX_BYTES_DEFAULT = 10 * 1024 * 1024;
    static final int MAX_MESSAGE_BYTES_DEFAULT = 1024 * 1024 + Records.LOG_OVERHEAD;
    static final int INDEX_INTERVAL_BYTES_DEFAULT = 4096;
    static final long FILE_DELETE_DELAY_MS_DEFAULT = 60_000;
    static final double MIN_CLEANABLE_DIRTY_RATIO_DEFAULT = 0.5;
    static final String COMPRESSION_TYPE_PRODUCER = "producer";
    static final String CREATE_TIME = "CreateTime";
    static final String LOG_APPEND_TIME = "LogAppendTime";

    /** The limit is the one that holds for all of the log, not only for what is kept locally. */
    static final long LOCAL_RETENTION_AS_RETENTION = -2;

    /** Nothing, {@code disk}, or {@code page-cache}. */
    static final ConfigDef.Validator DURABILITY_VALUES = new OptionalValue(Durability.DISK, Durability.PAGE_CACHE);

    private static final ConfigDef DEF = retention(segments(new ConfigDef()))
            .define(
                    TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                    INT,
                    MAX_MESSAGE_BYTES_DEFAULT,
                    atLeast(0),
                    MEDIUM,
                    TopicConfig.MAX_MESSAGE_BYTES_DOC)
            .define(
                    TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG,
                    BOOLEAN,
                    false,
                    MEDIUM,
                    TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_DOC)
            .define(
                    TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG,
                    INT,
                    1,
                    atLeast(1),
                    MEDIUM,
                    TopicConfig.MIN_IN_SYNC_REPLICAS_DOC)
            .define(
                    LEADER_THROTTLED_REPLICAS,
                    LIST,
                    List.of(),
                    ThrottledReplicas.VALIDATOR,
                    MEDIUM,
                    "The replicas whose leaders send to followers no faster than the replication quota allows:"
                            + " partition:broker pairs, or `*` for all of the topic.")
            .define(
                    FOLLOWER_THROTTLED_REPLICAS,
                    LIST,
                    List.of(),
                    ThrottledReplicas.VALIDATOR,
                    MEDIUM,
                    "The replicas which, as followers, fetch no faster than the replication quota allows:"
                            + " partition:broker pairs, or `*` for all of the topic.")
            .defineInternal(DURABILITY, STRING, null, DURABILITY_VALUES, MEDIUM, DURABILITY_DOC);

    static {
        compressionAndTime(DEF);
        remoteStorage(DEF);
    }

    private TopicConfigKeys() {}

    /** The keys; not to be changed. */
    static ConfigDef def() {
        return DEF;
    }

    /** The values that {@code compression.type} may have. */
    static ValidString compressionTypes() {
        return ValidString.in("uncompressed", "zstd", "lz4", "snappy", "gzip", COMPRESSION_TYPE_PRODUCER);
    }

    private static ConfigDef segments(ConfigDef def) {
        return def.define(
                        TopicConfig.SEGMENT_BYTES_CONFIG,
                        INT,
                        SEGMENT_BYTES_DEFAULT,
                        atLeast(MIN_SEGMENT_BYTES),
                        MEDIUM,
                        TopicConfig.SEGMENT_BYTES_DOC)
                .define(TopicConfig.SEGMENT_MS_CONFIG, LONG, WEEK_MS, atLeast(1), MEDIUM, TopicConfig.SEGMENT_MS_DOC)
                .define(
                        TopicConfig.SEGMENT_JITTER_MS_CONFIG,
                        LONG,
                        0L,
                        atLeast(0),
                        MEDIUM,
                        TopicConfig.SEGMENT_JITTER_MS_DOC)
                .define(
                        TopicConfig.SEGMENT_INDEX_BYTES_CONFIG,
                        INT,
                        INDEX_BYTES_DEFAULT,
                        atLeast(4),
                        MEDIUM,
                        TopicConfig.SEGMENT_INDEX_BYTES_DOC)
                .define(
                        TopicConfig.INDEX_INTERVAL_BYTES_CONFIG,
                        INT,
                        INDEX_INTERVAL_BYTES_DEFAULT,
                        atLeast(0),
                        MEDIUM,
                        TopicConfig.INDEX_INTERVAL_BYTES_DOC)
                .define(TopicConfig.PREALLOCATE_CONFIG, BOOLEAN, false, MEDIUM, TopicConfig.PREALLOCATE_DOC)
                .define(
                        TopicConfig.FLUSH_MESSAGES_INTERVAL_CONFIG,
                        LONG,
                        Long.MAX_VALUE,
                        atLeast(1),
                        MEDIUM,
                        TopicConfig.FLUSH_MESSAGES_INTERVAL_DOC)
                .define(TopicConfig.FLUSH_MS_CONFIG, LONG, Long.MAX_VALUE, atLeast(0), MEDIUM, TopicConfig.FLUSH_MS_DOC)
                .defineInternal(
                        INTERNAL_SEGMENT_BYTES,
                        INT,
                        null,
                        null,
                        MEDIUM,
                        "The largest size of a segment file, instead of segment.bytes and without its lower limit; for"
                                + " tests.");
    }

    private static ConfigDef retention(ConfigDef def) {
        return def.define(TopicConfig.RETENTION_BYTES_CONFIG, LONG, -1L, MEDIUM, TopicConfig.RETENTION_BYTES_DOC)
                .define(
                        TopicConfig.RETENTION_MS_CONFIG,
                        LONG,
                        WEEK_MS,
                        atLeast(-1),
                        MEDIUM,
                        TopicConfig.RETENTION_MS_DOC)
                .define(
                        TopicConfig.FILE_DELETE_DELAY_MS_CONFIG,
                        LONG,
                        FILE_DELETE_DELAY_MS_DEFAULT,
                        atLeast(0),
                        MEDIUM,
                        TopicConfig.FILE_DELETE_DELAY_MS_DOC)
                .define(
                        TopicConfig.CLEANUP_POLICY_CONFIG,
                        LIST,
                        TopicConfig.CLEANUP_POLICY_DELETE,
                        ValidList.in(TopicConfig.CLEANUP_POLICY_COMPACT, TopicConfig.CLEANUP_POLICY_DELETE),
                        MEDIUM,
                        TopicConfig.CLEANUP_POLICY_DOC)
                .define(
                        TopicConfig.DELETE_RETENTION_MS_CONFIG,
                        LONG,
                        DAY_MS,
                        atLeast(0),
                        MEDIUM,
                        TopicConfig.DELETE_RETENTION_MS_DOC)
                .define(
                        TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG,
                        LONG,
                        0L,
                        atLeast(0),
                        MEDIUM,
                        TopicConfig.MIN_COMPACTION_LAG_MS_DOC)
                .define(
                        TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG,
                        LONG,
                        Long.MAX_VALUE,
                        atLeast(1),
                        MEDIUM,
                        TopicConfig.MAX_COMPACTION_LAG_MS_DOC)
                .define(
                        TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG,
                        DOUBLE,
                        MIN_CLEANABLE_DIRTY_RATIO_DEFAULT,
                        between(0, 1),
                        MEDIUM,
                        TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_DOC);
    }

    private static void compressionAndTime(ConfigDef def) {
        def.define(
                        TopicConfig.COMPRESSION_TYPE_CONFIG,
                        STRING,
                        COMPRESSION_TYPE_PRODUCER,
                        compressionTypes(),
                        MEDIUM,
                        TopicConfig.COMPRESSION_TYPE_DOC)
                .define(
                        TopicConfig.COMPRESSION_GZIP_LEVEL_CONFIG,
                        INT,
                        CompressionType.GZIP.defaultLevel(),
                        CompressionType.GZIP.levelValidator(),
                        MEDIUM,
                        TopicConfig.COMPRESSION_GZIP_LEVEL_DOC)
                .define(
                        TopicConfig.COMPRESSION_LZ4_LEVEL_CONFIG,
                        INT,
                        CompressionType.LZ4.defaultLevel(),
                        CompressionType.LZ4.levelValidator(),
                        MEDIUM,
                        TopicConfig.COMPRESSION_LZ4_LEVEL_DOC)
                .define(
                        TopicConfig.COMPRESSION_ZSTD_LEVEL_CONFIG,
                        INT,
                        CompressionType.ZSTD.defaultLevel(),
                        CompressionType.ZSTD.levelValidator(),
                        MEDIUM,
                        TopicConfig.COMPRESSION_ZSTD_LEVEL_DOC)
                .define(
                        TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
                        STRING,
                        CREATE_TIME,
                        ValidString.in(CREATE_TIME, LOG_APPEND_TIME),
                        MEDIUM,
                        TopicConfig.MESSAGE_TIMESTAMP_TYPE_DOC)
                .define(
                        TopicConfig.MESSAGE_TIMESTAMP_BEFORE_MAX_MS_CONFIG,
                        LONG,
                        Long.MAX_VALUE,
                        atLeast(0),
                        MEDIUM,
                        TopicConfig.MESSAGE_TIMESTAMP_BEFORE_MAX_MS_DOC)
                .define(
                        TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG,
                        LONG,
                        HOUR_MS,
                        atLeast(0),
                        MEDIUM,
                        TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_DOC);
    }

    /** This broker has no remote storage; the keys exist so that clients and tools find Kafka's set of them. */
    private static void remoteStorage(ConfigDef def) {
        def.define(
                        TopicConfig.REMOTE_LOG_STORAGE_ENABLE_CONFIG,
                        BOOLEAN,
                        false,
                        MEDIUM,
                        TopicConfig.REMOTE_LOG_STORAGE_ENABLE_DOC)
                .define(
                        TopicConfig.LOCAL_LOG_RETENTION_MS_CONFIG,
                        LONG,
                        LOCAL_RETENTION_AS_RETENTION,
                        atLeast(-2),
                        MEDIUM,
                        TopicConfig.LOCAL_LOG_RETENTION_MS_DOC)
                .define(
                        TopicConfig.LOCAL_LOG_RETENTION_BYTES_CONFIG,
                        LONG,
                        LOCAL_RETENTION_AS_RETENTION,
                        atLeast(-2),
                        MEDIUM,
                        TopicConfig.LOCAL_LOG_RETENTION_BYTES_DOC)
                .define(
                        TopicConfig.REMOTE_LOG_COPY_DISABLE_CONFIG,
                        BOOLEAN,
                        false,
                        MEDIUM,
                        TopicConfig.REMOTE_LOG_COPY_DISABLE_DOC)
                .define(
                        TopicConfig.REMOTE_LOG_DELETE_ON_DISABLE_CONFIG,
                        BOOLEAN,
                        false,
                        MEDIUM,
                        TopicConfig.REMOTE_LOG_DELETE_ON_DISABLE_DOC);
    }

    /** One of the values, or none. */
    private record OptionalValue(Durability... values) implements ConfigDef.Validator {

        @Override
        public void ensureValid(String name, @Nullable Object value) {
            if (value == null) return;
            for (Durability allowed : values) {
                if (allowed.value().equals(value)) return;
            }
            throw new ConfigException(name, value, "Value must be one of: " + this);
        }

        @Override
        public String toString() {
            return List.of(values).stream().map(Durability::value).toList().toString();
        }
    }
}
