package dev.heddle.metadata;

import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.server.policy.AlterConfigPolicy;
import org.apache.kafka.server.policy.CreateTopicPolicy;
import org.jspecify.annotations.Nullable;

/**
 * How topics are made and how the metadata log is kept. Immutable: any thread may read it.
 *
 * @param createTopicPolicy may refuse new topics and partitions; null if none is configured
 * @param alterConfigPolicy may refuse configurations; null if none is configured
 */
public record ControllerConfig(
        TopicDefaults topics,
        MetadataLogConfig metadataLog,
        @Nullable CreateTopicPolicy createTopicPolicy,
        @Nullable AlterConfigPolicy alterConfigPolicy) {

    public static final String NUM_PARTITIONS = "num.partitions";
    public static final String DEFAULT_REPLICATION_FACTOR = "default.replication.factor";
    public static final String AUTO_CREATE_TOPICS_ENABLE = "auto.create.topics.enable";
    public static final String DELETE_TOPIC_ENABLE = "delete.topic.enable";
    public static final String CREATE_TOPIC_POLICY_CLASS = "create.topic.policy.class.name";
    public static final String ALTER_CONFIG_POLICY_CLASS = "alter.config.policy.class.name";
    public static final String SNAPSHOT_MAX_NEW_RECORD_BYTES = "metadata.log.max.record.bytes.between.snapshots";
    public static final String SNAPSHOT_MAX_INTERVAL_MS = "metadata.log.max.snapshot.interval.ms";
    public static final String SEGMENT_BYTES = "metadata.log.segment.bytes";
    public static final String SEGMENT_MS = "metadata.log.segment.ms";
    public static final String MAX_RETENTION_BYTES = "metadata.max.retention.bytes";
    public static final String MAX_RETENTION_MS = "metadata.max.retention.ms";

    /**
     * What a request to create a topic may leave open.
     *
     * @param numPartitions the number of partitions of a topic that asks for none
     * @param replicationFactor the replicas of a topic that asks for none
     * @param autoCreate whether asking for a topic that does not exist makes it
     * @param deletable whether topics can be deleted
     */
    public record TopicDefaults(int numPartitions, int replicationFactor, boolean autoCreate, boolean deletable) {}

    /**
     * When the metadata log rolls, is summed up in a snapshot, and is cut off before it.
     *
     * @param snapshotMaxNewRecordBytes bytes of records after which a snapshot is made
     * @param snapshotMaxIntervalMs milliseconds after which a snapshot is made if anything changed; 0 means never
     * @param maxRetentionBytes bytes of log and snapshots above which old ones go; negative means no limit
     * @param maxRetentionMs milliseconds after which old log and snapshots go; negative means never
     */
    public record MetadataLogConfig(
            long snapshotMaxNewRecordBytes,
            long snapshotMaxIntervalMs,
            int segmentBytes,
            long segmentMs,
            long maxRetentionBytes,
            long maxRetentionMs) {}

    /** Adds the keys of this module. */
    public static ConfigDef define(ConfigDef def) {
        return defineMetadataLog(defineTopics(def));
    }

    private static ConfigDef defineTopics(ConfigDef def) {
        return def.define(
                        NUM_PARTITIONS,
                        Type.INT,
                        1,
                        Range.atLeast(1),
                        Importance.MEDIUM,
                        "How many partitions a new topic gets that does not say so itself.")
                .define(
                        DEFAULT_REPLICATION_FACTOR,
                        Type.INT,
                        1,
                        Importance.MEDIUM,
                        "How many replicas a new topic gets that does not say so itself.")
                .define(
                        AUTO_CREATE_TOPICS_ENABLE,
                        Type.BOOLEAN,
                        true,
                        Importance.HIGH,
                        "Whether a topic that a client asks for, and that does not exist, is created.")
                .define(
                        DELETE_TOPIC_ENABLE,
                        Type.BOOLEAN,
                        true,
                        Importance.HIGH,
                        "Whether topics can be deleted. When false, a request to delete one is refused.")
                .define(
                        CREATE_TOPIC_POLICY_CLASS,
                        Type.CLASS,
                        null,
                        Importance.LOW,
                        "A class that implements org.apache.kafka.server.policy.CreateTopicPolicy and may refuse new"
                                + " topics.")
                .define(
                        ALTER_CONFIG_POLICY_CLASS,
                        Type.CLASS,
                        null,
                        Importance.LOW,
                        "A class that implements org.apache.kafka.server.policy.AlterConfigPolicy and may refuse"
                                + " changes of configurations.");
    }

    private static ConfigDef defineMetadataLog(ConfigDef def) {
        return def.define(
                        SNAPSHOT_MAX_NEW_RECORD_BYTES,
                        Type.LONG,
                        20L * 1024 * 1024,
                        Range.atLeast(1),
                        Importance.HIGH,
                        "How many bytes of records the metadata log gathers before a new snapshot sums it up.")
                .define(
                        SNAPSHOT_MAX_INTERVAL_MS,
                        Type.LONG,
                        3_600_000L,
                        Range.atLeast(0),
                        Importance.HIGH,
                        "After how many milliseconds a new snapshot sums the metadata log up, if it has grown. 0"
                                + " makes snapshots depend on size alone.")
                .define(
                        SEGMENT_BYTES,
                        Type.INT,
                        1024 * 1024 * 1024,
                        Range.atLeast(8 * 1024 * 1024),
                        Importance.HIGH,
                        "The largest size of one file of the metadata log.")
                .define(
                        SEGMENT_MS,
                        Type.LONG,
                        604_800_000L,
                        Importance.HIGH,
                        "After how many milliseconds the metadata log begins a new file.")
                .define(
                        MAX_RETENTION_BYTES,
                        Type.LONG,
                        104_857_600L,
                        Importance.HIGH,
                        "How many bytes the metadata log and its snapshots may take together before the oldest are"
                                + " deleted. What the newest snapshot does not cover is always kept.")
                .define(
                        MAX_RETENTION_MS,
                        Type.LONG,
                        604_800_000L,
                        Importance.HIGH,
                        "How many milliseconds a file of the metadata log or a snapshot is kept before it is deleted."
                                + " What the newest snapshot does not cover is always kept.");
    }

    /** Reads this module's keys. */
    public static ControllerConfig from(AbstractConfig parsed) {
        return new ControllerConfig(
                new TopicDefaults(
                        parsed.getInt(NUM_PARTITIONS),
                        parsed.getInt(DEFAULT_REPLICATION_FACTOR),
                        parsed.getBoolean(AUTO_CREATE_TOPICS_ENABLE),
                        parsed.getBoolean(DELETE_TOPIC_ENABLE)),
                new MetadataLogConfig(
                        parsed.getLong(SNAPSHOT_MAX_NEW_RECORD_BYTES),
                        parsed.getLong(SNAPSHOT_MAX_INTERVAL_MS),
                        parsed.getInt(SEGMENT_BYTES),
                        parsed.getLong(SEGMENT_MS),
                        parsed.getLong(MAX_RETENTION_BYTES),
                        parsed.getLong(MAX_RETENTION_MS)),
                policy(parsed, CREATE_TOPIC_POLICY_CLASS, CreateTopicPolicy.class),
                policy(parsed, ALTER_CONFIG_POLICY_CLASS, AlterConfigPolicy.class));
    }

    private static <T> @Nullable T policy(AbstractConfig parsed, String key, Class<T> type) {
        if (parsed.getClass(key) == null) return null;
        return parsed.getConfiguredInstance(key, type);
    }
}
