package dev.heddle.coordinator;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Range.between;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.SHORT;

import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.record.internal.CompressionType;

/**
 * How the state of share groups is kept: Kafka's {@code share.coordinator.*} keys. Immutable.
 *
 * @param updatesPerSnapshot after how many updates a state is written whole again
 * @param writeTimeoutMs how long a write may take to be committed
 * @param loadBufferBytes how much of the topic is read at once when it is loaded
 */
public record ShareCoordinatorConfig(
        StateTopic topic, Upkeep upkeep, int updatesPerSnapshot, int writeTimeoutMs, int loadBufferBytes) {

    /**
     * What {@code __share_group_state} is created with, and how it is written.
     *
     * @param isReplicationSet whether somebody has set the number of replicas
     * @param isMinIsrSet whether somebody has set {@code min.insync.replicas}
     */
    public record StateTopic(
            int partitions,
            short replicationFactor,
            boolean isReplicationSet,
            short minInSyncReplicas,
            boolean isMinIsrSet,
            int segmentBytes,
            CompressionType compression) {}

    /**
     * What keeps the topic short.
     *
     * @param pruneIntervalMs how often records are deleted that are no longer needed
     * @param coldSnapshotIntervalMs after how long without a snapshot a state is written whole again
     */
    public record Upkeep(int pruneIntervalMs, int coldSnapshotIntervalMs) {}

    static final String TOPIC_NUM_PARTITIONS = "share.coordinator.state.topic.num.partitions";
    static final String TOPIC_REPLICATION_FACTOR = "share.coordinator.state.topic.replication.factor";
    static final String TOPIC_MIN_ISR = "share.coordinator.state.topic.min.isr";
    static final String TOPIC_SEGMENT_BYTES = "share.coordinator.state.topic.segment.bytes";
    static final String TOPIC_COMPRESSION_CODEC = "share.coordinator.state.topic.compression.codec";
    static final String TOPIC_PRUNE_INTERVAL_MS = "share.coordinator.state.topic.prune.interval.ms";
    static final String COLD_SNAPSHOT_INTERVAL_MS = "share.coordinator.cold.partition.snapshot.interval.ms";
    static final String UPDATES_PER_SNAPSHOT = "share.coordinator.snapshot.update.records.per.snapshot";
    static final String WRITE_TIMEOUT_MS = "share.coordinator.write.timeout.ms";
    static final String LOAD_BUFFER_SIZE = "share.coordinator.load.buffer.size";

    /** Adds the keys to {@code def}, with Kafka's names, types, defaults and limits, and returns it. */
    public static ConfigDef define(ConfigDef def) {
        defineTopic(def);
        defineUpkeep(def);
        return def.define(
                        WRITE_TIMEOUT_MS,
                        INT,
                        5_000,
                        atLeast(1),
                        HIGH,
                        "How long a write of a share group's state may take until all in-sync replicas have it.")
                .define(
                        LOAD_BUFFER_SIZE,
                        INT,
                        5 * 1024 * 1024,
                        atLeast(1),
                        HIGH,
                        "How many bytes of the share-group state topic are read at once when states are loaded; a larger"
                                + " batch is still read whole.")
                .define(
                        "share.coordinator.threads",
                        INT,
                        1,
                        atLeast(1),
                        MEDIUM,
                        "Accepted and without effect: each request has a thread of its own.")
                .define(
                        "share.coordinator.append.linger.ms",
                        INT,
                        -1,
                        atLeast(-1),
                        MEDIUM,
                        "Accepted and without effect: records are appended at once, and flushed together.")
                .define(
                        "share.coordinator.cached.buffer.max.bytes",
                        INT,
                        1_048_588,
                        atLeast(512 * 1024),
                        MEDIUM,
                        "Accepted and without effect: no buffers are kept.");
    }

    private static void defineTopic(ConfigDef def) {
        def.define(
                        TOPIC_NUM_PARTITIONS,
                        INT,
                        50,
                        atLeast(1),
                        HIGH,
                        "The number of partitions that the share-group state topic is created with. It decides where a"
                                + " state is kept, so it should never change afterwards.")
                .define(
                        TOPIC_REPLICATION_FACTOR,
                        SHORT,
                        (short) 3,
                        atLeast(1),
                        HIGH,
                        "The number of replicas that the share-group state topic is created with; creation fails until"
                                + " there are as many brokers.")
                .define(
                        TOPIC_MIN_ISR,
                        SHORT,
                        (short) 2,
                        atLeast(1),
                        HIGH,
                        "How many replicas must have a write to the share-group state topic for it to count.")
                .define(
                        TOPIC_SEGMENT_BYTES,
                        INT,
                        100 * 1024 * 1024,
                        atLeast(1),
                        HIGH,
                        "The segment size of the share-group state topic.")
                .define(
                        TOPIC_COMPRESSION_CODEC,
                        INT,
                        (int) CompressionType.NONE.id,
                        HIGH,
                        "The id of the codec for batches in the share-group state topic: 0 none, 1 gzip, 2 snappy, 3 lz4,"
                                + " 4 zstd.");
    }

    private static void defineUpkeep(ConfigDef def) {
        def.define(
                        UPDATES_PER_SNAPSHOT,
                        INT,
                        500,
                        between(0, 500),
                        MEDIUM,
                        "After how many updates the state of a share group in a partition is written whole again.")
                .defineInternal(
                        TOPIC_PRUNE_INTERVAL_MS,
                        INT,
                        300_000,
                        atLeast(1),
                        LOW,
                        "How often records of the share-group state topic are deleted that are no longer needed.")
                .defineInternal(
                        COLD_SNAPSHOT_INTERVAL_MS,
                        INT,
                        300_000,
                        atLeast(1),
                        LOW,
                        "After how long without a snapshot a share group's state is written whole again.");
    }

    /** Reads the values. */
    public static ShareCoordinatorConfig from(AbstractConfig parsed) {
        var topic = new StateTopic(
                parsed.getInt(TOPIC_NUM_PARTITIONS),
                parsed.getShort(TOPIC_REPLICATION_FACTOR),
                parsed.originals().containsKey(TOPIC_REPLICATION_FACTOR),
                parsed.getShort(TOPIC_MIN_ISR),
                parsed.originals().containsKey(TOPIC_MIN_ISR),
                parsed.getInt(TOPIC_SEGMENT_BYTES),
                GroupCoordinatorConfig.compression(TOPIC_COMPRESSION_CODEC, parsed.getInt(TOPIC_COMPRESSION_CODEC)));
        return new ShareCoordinatorConfig(
                topic,
                new Upkeep(parsed.getInt(TOPIC_PRUNE_INTERVAL_MS), parsed.getInt(COLD_SNAPSHOT_INTERVAL_MS)),
                parsed.getInt(UPDATES_PER_SNAPSHOT),
                parsed.getInt(WRITE_TIMEOUT_MS),
                parsed.getInt(LOAD_BUFFER_SIZE));
    }
}
