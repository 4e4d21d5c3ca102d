package dev.heddle.log;

import dev.heddle.common.AnswerException;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configuration of a topic's logs: the broker's defaults with the topic's overrides. Immutable: any thread may read
 * it.
 */
public final class LogConfig {

    private static final Logger LOG = LoggerFactory.getLogger(LogConfig.class);

    private final Map<String, Object> values;
    private final Set<String> overriddenKeys;

    // What every append and read asks for.
    private final int segmentBytes;
    private final long segmentMs;
    private final int indexIntervalBytes;
    private final int maxMessageBytes;
    private final long flushMessages;
    private final Optional<Compression> compression;
    private final TimestampType messageTimestampType;
    private final long messageTimestampBeforeMaxMs;
    private final long messageTimestampAfterMaxMs;
    private final boolean compact;
    private final boolean delete;
    private final @Nullable Durability durability;

    private LogConfig(Map<String, Object> values, Set<String> overriddenKeys) {
        this.values = Collections.unmodifiableMap(values);
        this.overriddenKeys = Set.copyOf(overriddenKeys);
        Object internalSegmentBytes = values.get(TopicConfigKeys.INTERNAL_SEGMENT_BYTES);
        segmentBytes =
                internalSegmentBytes != null ? (int) internalSegmentBytes : intValue(TopicConfig.SEGMENT_BYTES_CONFIG);
        segmentMs = longValue(TopicConfig.SEGMENT_MS_CONFIG);
        indexIntervalBytes = intValue(TopicConfig.INDEX_INTERVAL_BYTES_CONFIG);
        maxMessageBytes = intValue(TopicConfig.MAX_MESSAGE_BYTES_CONFIG);
        flushMessages = longValue(TopicConfig.FLUSH_MESSAGES_INTERVAL_CONFIG);
        compression = compressionOf((String) value(TopicConfig.COMPRESSION_TYPE_CONFIG));
        messageTimestampType = TimestampType.forName((String) value(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG));
        messageTimestampBeforeMaxMs = longValue(TopicConfig.MESSAGE_TIMESTAMP_BEFORE_MAX_MS_CONFIG);
        messageTimestampAfterMaxMs = longValue(TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG);
        List<?> cleanupPolicy = (List<?>) value(TopicConfig.CLEANUP_POLICY_CONFIG);
        compact = cleanupPolicy.contains(TopicConfig.CLEANUP_POLICY_COMPACT);
        delete = cleanupPolicy.contains(TopicConfig.CLEANUP_POLICY_DELETE);
        Object durabilityValue = values.get(TopicConfigKeys.DURABILITY);
        durability = durabilityValue == null ? null : Durability.of((String) durabilityValue);
    }

    /**
     * Every topic-level key of Kafka 4.3.1, and our own. Those that are internal are shown to clients only where a topic
     * overrides them.
     */
    public static ConfigDef topicDef() {
        return new ConfigDef(TopicConfigKeys.def());
    }

    /**
     * Adds the broker-level keys that give topics their defaults ({@code log.segment.bytes} and so on); together with
     * {@link LogManagerConfig#define} they are all that the log has.
     */
    public static ConfigDef define(ConfigDef def) {
        return BrokerLogKeys.define(def);
    }

    /** The broker-level keys that each topic-level key takes its default from, most important first. */
    public static Map<String, List<ConfigSynonym>> brokerSynonyms() {
        return BrokerLogKeys.synonyms();
    }

    /**
     * The defaults of every topic, out of the broker's configuration.
     *
     * @param parsed has the keys of {@link #define} and {@link LogManagerConfig#define}
     * @throws ConfigException when values that are allowed one by one do not go together
     */
    public static LogConfig defaults(AbstractConfig parsed) {
        var values = new HashMap<String, Object>();
        BrokerLogKeys.synonyms().forEach((topicKey, brokerKeys) -> {
            Object value = firstSet(parsed, brokerKeys);
            if (value != null) values.put(topicKey, value);
        });
        // Any negative time means "for ever" in the broker's configuration, but only -1 in a topic's.
        values.computeIfPresent(
                TopicConfig.RETENTION_MS_CONFIG, (key, value) -> Math.max(-1, Long.parseLong(value.toString())));
        if (Long.valueOf(0).equals(values.get(TopicConfig.RETENTION_MS_CONFIG))) {
            throw new ConfigException(BrokerLogKeys.RETENTION_MS, 0, "Value must be -1 (for ever) or at least 1");
        }
        var config = new LogConfig(TopicConfigKeys.def().parse(values), Set.of());
        checkTogether(config.values);
        return config;
    }

    private static @Nullable Object firstSet(AbstractConfig parsed, List<ConfigSynonym> brokerKeys) {
        for (ConfigSynonym brokerKey : brokerKeys) {
            Object value = parsed.values().get(brokerKey.name());
            if (value instanceof List<?>) return value;
            if (value != null) return brokerKey.toTopicValue().apply(value.toString());
        }
        return null;
    }

    /** Checks a topic's overrides together with Kafka's own defaults; see {@link #validateOverrides}. */
    public static void validate(Map<String, String> overrides) {
        check(overrides, overrides);
    }

    /**
     * Checks a topic's overrides, one by one and together with these defaults.
     *
     * @throws AnswerException {@code INVALID_CONFIG}, with a message for the client
     */
    public void validateOverrides(Map<String, String> overrides) {
        check(overrides, merged(overrides));
    }

    private static void check(Map<String, String> overrides, Map<String, ?> all) {
        for (String name : overrides.keySet()) {
            if (!TopicConfigKeys.def().configKeys().containsKey(name)) {
                throw new AnswerException(Errors.INVALID_CONFIG, "Unknown topic config name: " + name);
            }
        }
        try {
            checkTogether(TopicConfigKeys.def().parse(all));
        } catch (ConfigException e) {
            throw new AnswerException(Errors.INVALID_CONFIG, String.valueOf(e.getMessage()));
        }
    }

    private static void checkTogether(Map<String, Object> parsed) {
        Long minLag = (Long) parsed.get(TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG);
        Long maxLag = (Long) parsed.get(TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG);
        if (minLag.compareTo(maxLag) > 0) {
            throw new ConfigException("conflict topic config setting " + TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG + " ("
                    + minLag + ") > " + TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG + " (" + maxLag + ")");
        }
        if (Boolean.TRUE.equals(parsed.get(TopicConfig.REMOTE_LOG_STORAGE_ENABLE_CONFIG))) {
            throw new ConfigException("Tiered Storage functionality is disabled in the broker. "
                    + "Topic cannot be configured with remote log storage.");
        }
    }

    /**
     * These defaults with a topic's overrides. Overrides have been validated when they were made; one that this version
     * does not know, or does not allow, is logged and has no effect.
     */
    public LogConfig withOverrides(Map<String, String> overrides) {
        var allowed = new TreeMap<String, String>();
        overrides.forEach((key, value) -> {
            if (isAllowed(key, value)) allowed.put(key, value);
        });
        return new LogConfig(TopicConfigKeys.def().parse(merged(allowed)), allowed.keySet());
    }

    private static boolean isAllowed(String key, String value) {
        try {
            if (TopicConfigKeys.def().configKeys().containsKey(key)) {
                TopicConfigKeys.def().parse(Map.of(key, value));
                return true;
            }
            LOG.warn("A topic has a config that is not known: key={}", key);
        } catch (ConfigException e) {
            LOG.error(
                    "A topic has a config that is not allowed: key={} value={} problem={}", key, value, e.getMessage());
        }
        return false;
    }

    private Map<String, Object> merged(Map<String, String> overrides) {
        var all = new HashMap<>(values);
        all.putAll(overrides);
        return all;
    }

    /** The keys that the topic overrides. */
    public Set<String> overriddenKeys() {
        return overriddenKeys;
    }

    /** Every topic-level key with its effective value, parsed; the internal ones have null where they are not set. */
    public Map<String, Object> values() {
        return values;
    }

    private Object value(String key) {
        Object value = values.get(key);
        if (value == null) throw new IllegalStateException("No value for " + key);
        return value;
    }

    private int intValue(String key) {
        return (int) value(key);
    }

    private long longValue(String key) {
        return (long) value(key);
    }

    private Optional<Compression> compressionOf(String type) {
        return switch (type) {
            case TopicConfigKeys.COMPRESSION_TYPE_PRODUCER -> Optional.empty();
            case "uncompressed" -> Optional.of(Compression.NONE);
            case "snappy" -> Optional.of(Compression.snappy().build());
            case "gzip" ->
                Optional.of(Compression.gzip()
                        .level(intValue(TopicConfig.COMPRESSION_GZIP_LEVEL_CONFIG))
                        .build());
            case "lz4" ->
                Optional.of(Compression.lz4()
                        .level(intValue(TopicConfig.COMPRESSION_LZ4_LEVEL_CONFIG))
                        .build());
            case "zstd" ->
                Optional.of(Compression.zstd()
                        .level(intValue(TopicConfig.COMPRESSION_ZSTD_LEVEL_CONFIG))
                        .build());
            default -> throw new ConfigException(TopicConfig.COMPRESSION_TYPE_CONFIG, type);
        };
    }

    /** {@code segment.bytes}, unless a test has set {@code internal.segment.bytes}. */
    public int segmentBytes() {
        return segmentBytes;
    }

    public long segmentMs() {
        return segmentMs;
    }

    public long segmentJitterMs() {
        return longValue(TopicConfig.SEGMENT_JITTER_MS_CONFIG);
    }

    public int segmentIndexBytes() {
        return intValue(TopicConfig.SEGMENT_INDEX_BYTES_CONFIG);
    }

    public int indexIntervalBytes() {
        return indexIntervalBytes;
    }

    public int maxMessageBytes() {
        return maxMessageBytes;
    }

    public long flushMessages() {
        return flushMessages;
    }

    public long flushMs() {
        return longValue(TopicConfig.FLUSH_MS_CONFIG);
    }

    public long retentionBytes() {
        return longValue(TopicConfig.RETENTION_BYTES_CONFIG);
    }

    public long retentionMs() {
        return longValue(TopicConfig.RETENTION_MS_CONFIG);
    }

    public long fileDeleteDelayMs() {
        return longValue(TopicConfig.FILE_DELETE_DELAY_MS_CONFIG);
    }

    public long deleteRetentionMs() {
        return longValue(TopicConfig.DELETE_RETENTION_MS_CONFIG);
    }

    public long minCompactionLagMs() {
        return longValue(TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG);
    }

    public long maxCompactionLagMs() {
        return longValue(TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG);
    }

    public double minCleanableDirtyRatio() {
        return (double) value(TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG);
    }

    /** Whether {@code cleanup.policy} says {@code compact}. */
    public boolean compact() {
        return compact;
    }

    /** Whether {@code cleanup.policy} says {@code delete}. */
    public boolean delete() {
        return delete;
    }

    public boolean uncleanLeaderElectionEnable() {
        return (boolean) value(TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG);
    }

    public int minInSyncReplicas() {
        return intValue(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG);
    }

    /** What batches are stored as; empty: as the producer sent them. */
    public Optional<Compression> compression() {
        return compression;
    }

    public boolean preallocate() {
        return (boolean) value(TopicConfig.PREALLOCATE_CONFIG);
    }

    public TimestampType messageTimestampType() {
        return messageTimestampType;
    }

    public long messageTimestampBeforeMaxMs() {
        return messageTimestampBeforeMaxMs;
    }

    public long messageTimestampAfterMaxMs() {
        return messageTimestampAfterMaxMs;
    }

    /** After which time a new segment begins: {@code segment.ms}, or less if compaction must not be held up. */
    public long maxSegmentMs() {
        return compact && maxCompactionLagMs() > 0 ? Math.min(maxCompactionLagMs(), segmentMs) : segmentMs;
    }

    /** A random time, below {@code segment.jitter.ms}, to take off {@link #maxSegmentMs()}. */
    public long randomSegmentJitterMs() {
        long bound = Math.min(segmentJitterMs(), segmentMs);
        return bound == 0 ? 0 : ThreadLocalRandom.current().nextLong(bound);
    }

    /** Whether {@code acks=all} waits for the disk, with this many in-sync replicas. */
    public boolean acknowledgeFromDisk(int inSyncReplicas) {
        return durability == null ? inSyncReplicas <= 1 : durability == Durability.DISK;
    }
}
