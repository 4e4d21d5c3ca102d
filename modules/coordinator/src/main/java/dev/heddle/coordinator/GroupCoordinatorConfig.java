package dev.heddle.coordinator;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.LIST;
import static org.apache.kafka.common.config.ConfigDef.Type.LONG;
import static org.apache.kafka.common.config.ConfigDef.Type.SHORT;

import dev.heddle.coordinator.assignor.Assignors;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.record.internal.CompressionType;

/**
 * How groups and their offsets are kept: Kafka's {@code group.*} and {@code offsets.*} keys. Immutable.
 *
 * @param classic the limits of groups of the classic protocol
 * @param consumer what holds for groups of the consumer protocol
 * @param share what holds for share groups
 * @param streams what holds for groups of the streams protocol
 * @param offsets how long offsets live and how they are written
 * @param topic how {@code __consumer_offsets} is laid out
 */
public record GroupCoordinatorConfig(
        ClassicGroups classic,
        ConsumerGroups consumer,
        ShareGroupConfig share,
        StreamsGroupConfig streams,
        Offsets offsets,
        OffsetsTopic topic) {

    static final String MIN_SESSION_TIMEOUT_MS = "group.min.session.timeout.ms";
    static final String MAX_SESSION_TIMEOUT_MS = "group.max.session.timeout.ms";
    static final String INITIAL_REBALANCE_DELAY_MS = "group.initial.rebalance.delay.ms";
    static final String MAX_SIZE = "group.max.size";
    static final String REBALANCE_PROTOCOLS = "group.coordinator.rebalance.protocols";
    static final String COORDINATOR_THREADS = "group.coordinator.threads";
    static final String COORDINATOR_BACKGROUND_THREADS = "group.coordinator.background.threads";
    static final String COORDINATOR_APPEND_LINGER_MS = "group.coordinator.append.linger.ms";
    static final String CONSUMER_ASSIGNMENT_INTERVAL_MS = "group.consumer.assignment.interval.ms";
    static final String SHARE_ASSIGNMENT_INTERVAL_MS = "group.share.assignment.interval.ms";
    static final String STREAMS_ASSIGNMENT_INTERVAL_MS = "group.streams.assignment.interval.ms";
    static final String COORDINATOR_CACHED_BUFFER_MAX_BYTES = "group.coordinator.cached.buffer.max.bytes";
    static final String OFFSET_METADATA_MAX_BYTES = "offset.metadata.max.bytes";
    static final String OFFSETS_RETENTION_MINUTES = "offsets.retention.minutes";
    static final String OFFSETS_RETENTION_CHECK_INTERVAL_MS = "offsets.retention.check.interval.ms";
    static final String OFFSETS_COMMIT_TIMEOUT_MS = "offsets.commit.timeout.ms";
    static final String OFFSETS_LOAD_BUFFER_SIZE = "offsets.load.buffer.size";
    static final String OFFSETS_TOPIC_NUM_PARTITIONS = "offsets.topic.num.partitions";
    static final String OFFSETS_TOPIC_REPLICATION_FACTOR = "offsets.topic.replication.factor";
    static final String OFFSETS_TOPIC_SEGMENT_BYTES = "offsets.topic.segment.bytes";
    static final String OFFSETS_TOPIC_COMPRESSION_CODEC = "offsets.topic.compression.codec";

    /** A member that joins for the first time may wait this long for its first rebalance; Kafka has no key for it. */
    static final int NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60 * 1000;

    /**
     * Limits of the classic protocol.
     *
     * @param minSessionTimeoutMs the shortest session time-out a member may ask for
     * @param maxSessionTimeoutMs the longest
     * @param initialRebalanceDelayMs how long the first rebalance of an empty group waits for more members
     * @param maxSize members in a group, at most
     */
    public record ClassicGroups(
            int minSessionTimeoutMs, int maxSessionTimeoutMs, int initialRebalanceDelayMs, int maxSize) {}

    /**
     * What holds for groups of the consumer protocol.
     *
     * @param enabled whether there may be any
     * @param sessionTimeoutMs how long a member may be silent, unless its group says otherwise
     * @param heartbeatIntervalMs how often members are to send heartbeats, unless their group says otherwise
     * @param assignmentIntervalMs the time between two assignments, unless the group says otherwise
     * @param maxSize members in a group, at most
     * @param assignors the server-side assignors
     * @param migrationPolicy which way groups with members may change their protocol
     * @param regexRefreshIntervalMs how often topics of regular expressions are looked up again
     */
    public record ConsumerGroups(
            boolean enabled,
            int sessionTimeoutMs,
            int heartbeatIntervalMs,
            int assignmentIntervalMs,
            int maxSize,
            Assignors assignors,
            MigrationPolicy migrationPolicy,
            int regexRefreshIntervalMs) {}

    /**
     * How offsets are kept.
     *
     * @param metadataMaxBytes the longest metadata string of a committed offset
     * @param retentionMs how long an offset is kept that nobody needs
     * @param retentionCheckIntervalMs how often to look for such offsets
     * @param commitTimeoutMs how long a write of the coordinator may take to be committed
     * @param loadBufferBytes how much of the log is read at once when groups are loaded
     */
    public record Offsets(
            int metadataMaxBytes,
            long retentionMs,
            long retentionCheckIntervalMs,
            int commitTimeoutMs,
            int loadBufferBytes) {}

    /**
     * The topic {@code __consumer_offsets}.
     *
     * @param partitions how many partitions it is created with
     * @param replicationFactor how many replicas it is created with
     * @param segmentBytes its segments' size
     * @param compression the codec of the coordinator's batches
     */
    public record OffsetsTopic(
            int partitions, short replicationFactor, int segmentBytes, CompressionType compression) {}

    /** What may be altered while the broker runs, as in Kafka. */
    public static final Set<String> DYNAMIC_KEYS = Set.of(
            COORDINATOR_CACHED_BUFFER_MAX_BYTES,
            CONSUMER_ASSIGNMENT_INTERVAL_MS,
            SHARE_ASSIGNMENT_INTERVAL_MS,
            STREAMS_ASSIGNMENT_INTERVAL_MS);

    /** Adds the keys to {@code def}, with Kafka's names, types, defaults and limits, and returns it. */
    public static ConfigDef define(ConfigDef def) {
        defineClassicGroups(def);
        defineCoordinator(def);
        defineOffsets(def);
        defineOffsetsTopic(def);
        return NewProtocolGroupKeys.define(def);
    }

    private static void defineClassicGroups(ConfigDef def) {
        def.define(
                        MIN_SESSION_TIMEOUT_MS,
                        INT,
                        6_000,
                        MEDIUM,
                        "The shortest session time-out that a member of a classic group may ask for. A short one finds"
                                + " dead members sooner and costs more heartbeats.")
                .define(
                        MAX_SESSION_TIMEOUT_MS,
                        INT,
                        1_800_000,
                        MEDIUM,
                        "The longest session time-out that a member of a classic group may ask for. A long one gives"
                                + " members time between heartbeats and finds dead ones later.")
                .define(
                        INITIAL_REBALANCE_DELAY_MS,
                        INT,
                        3_000,
                        MEDIUM,
                        "How long the first rebalance of an empty classic group waits for further members. Longer means"
                                + " fewer rebalances at start and a later first record.")
                .define(
                        MAX_SIZE,
                        INT,
                        Integer.MAX_VALUE,
                        atLeast(1),
                        MEDIUM,
                        "The largest number of members in a classic group.");
    }

    private static void defineCoordinator(ConfigDef def) {
        def.define(
                        REBALANCE_PROTOCOLS,
                        LIST,
                        List.of("classic", "consumer", "streams"),
                        ConfigDef.ValidList.in(false, "consumer", "classic", "share", "streams"),
                        MEDIUM,
                        "Deprecated in Kafka: the rebalance protocols to enable. Which ones work is decided by the"
                                + " features group.version, streams.version and share.version.")
                .define(
                        COORDINATOR_THREADS,
                        INT,
                        4,
                        atLeast(1),
                        HIGH,
                        "Accepted for compatibility: each request to the coordinator runs on its handler's own thread.")
                .define(
                        COORDINATOR_BACKGROUND_THREADS,
                        INT,
                        2,
                        atLeast(1),
                        HIGH,
                        "Accepted for compatibility: the coordinator's background work runs on virtual threads.")
                .define(
                        COORDINATOR_APPEND_LINGER_MS,
                        INT,
                        -1,
                        atLeast(-1),
                        MEDIUM,
                        "Accepted for compatibility: writes are not held back to gather more of them, because waiting"
                                + " for the disk is shared by all writers anyway.")
                .define(
                        COORDINATOR_CACHED_BUFFER_MAX_BYTES,
                        INT,
                        1024 * 1024 + 12,
                        atLeast(512 * 1024),
                        MEDIUM,
                        "Accepted for compatibility: the coordinator keeps no write buffers for reuse.");
    }

    private static void defineOffsets(ConfigDef def) {
        def.define(
                        OFFSETS_COMMIT_TIMEOUT_MS,
                        INT,
                        5_000,
                        atLeast(1),
                        HIGH,
                        "How long a write of the group coordinator, a commit of offsets for instance, may take until"
                                + " all in-sync replicas have it.")
                .define(
                        OFFSETS_LOAD_BUFFER_SIZE,
                        INT,
                        5 * 1024 * 1024,
                        atLeast(1),
                        HIGH,
                        "How many bytes of an offsets partition are read at once when its groups are loaded; a larger"
                                + " batch is still read whole.")
                .define(
                        OFFSET_METADATA_MAX_BYTES,
                        INT,
                        4_096,
                        HIGH,
                        "The longest metadata string that may go with a committed offset.")
                .define(
                        OFFSETS_RETENTION_MINUTES,
                        INT,
                        7 * 24 * 60,
                        atLeast(1),
                        HIGH,
                        "How long a committed offset is kept: in a group with members, after the last commit for a topic"
                                + " that the group no longer subscribes to; otherwise, from the moment the group became"
                                + " empty; of a consumer outside of group management, after its last commit. Deleting a"
                                + " group or a topic deletes its offsets at once.")
                .define(
                        OFFSETS_RETENTION_CHECK_INTERVAL_MS,
                        LONG,
                        600_000L,
                        atLeast(1),
                        HIGH,
                        "How often to look for offsets that have outlived their retention.");
    }

    private static void defineOffsetsTopic(ConfigDef def) {
        def.define(
                        OFFSETS_TOPIC_NUM_PARTITIONS,
                        INT,
                        50,
                        atLeast(1),
                        HIGH,
                        "The number of partitions that the offsets topic is created with. It decides which partition a"
                                + " group lives in, so it should never change afterwards.")
                .define(
                        OFFSETS_TOPIC_REPLICATION_FACTOR,
                        SHORT,
                        (short) 3,
                        atLeast(1),
                        HIGH,
                        "The number of replicas that the offsets topic is created with; creation fails until there are"
                                + " as many brokers.")
                .define(
                        OFFSETS_TOPIC_SEGMENT_BYTES,
                        INT,
                        100 * 1024 * 1024,
                        atLeast(1),
                        HIGH,
                        "The segment size of the offsets topic: rather small, so that compaction is quick and loading"
                                + " groups reads little.")
                .define(
                        OFFSETS_TOPIC_COMPRESSION_CODEC,
                        INT,
                        (int) CompressionType.NONE.id,
                        HIGH,
                        "The id of the codec for batches in the offsets topic: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.");
    }

    /** Refuses values that contradict each other with a {@link ConfigException}. */
    public static void validate(AbstractConfig parsed) {
        NewProtocolGroupKeys.validate(parsed);
    }

    /** Reads the values; a value that contradicts another is refused with a {@link ConfigException}. */
    public static GroupCoordinatorConfig from(AbstractConfig parsed) {
        NewProtocolGroupKeys.validate(parsed);
        return new GroupCoordinatorConfig(
                new ClassicGroups(
                        parsed.getInt(MIN_SESSION_TIMEOUT_MS),
                        parsed.getInt(MAX_SESSION_TIMEOUT_MS),
                        parsed.getInt(INITIAL_REBALANCE_DELAY_MS),
                        parsed.getInt(MAX_SIZE)),
                new ConsumerGroups(
                        parsed.getList(REBALANCE_PROTOCOLS).contains("consumer"),
                        parsed.getInt("group.consumer.session.timeout.ms"),
                        parsed.getInt("group.consumer.heartbeat.interval.ms"),
                        parsed.getInt(CONSUMER_ASSIGNMENT_INTERVAL_MS),
                        parsed.getInt("group.consumer.max.size"),
                        Assignors.of(parsed.getList("group.consumer.assignors"), parsed.originals()),
                        MigrationPolicy.of(parsed.getString("group.consumer.migration.policy")),
                        parsed.getInt("group.consumer.regex.refresh.interval.ms")),
                ShareGroupConfig.from(parsed),
                StreamsGroupConfig.from(parsed),
                new Offsets(
                        parsed.getInt(OFFSET_METADATA_MAX_BYTES),
                        parsed.getInt(OFFSETS_RETENTION_MINUTES) * 60_000L,
                        parsed.getLong(OFFSETS_RETENTION_CHECK_INTERVAL_MS),
                        parsed.getInt(OFFSETS_COMMIT_TIMEOUT_MS),
                        parsed.getInt(OFFSETS_LOAD_BUFFER_SIZE)),
                new OffsetsTopic(
                        parsed.getInt(OFFSETS_TOPIC_NUM_PARTITIONS),
                        parsed.getShort(OFFSETS_TOPIC_REPLICATION_FACTOR),
                        parsed.getInt(OFFSETS_TOPIC_SEGMENT_BYTES),
                        compression(OFFSETS_TOPIC_COMPRESSION_CODEC, parsed.getInt(OFFSETS_TOPIC_COMPRESSION_CODEC))));
    }

    static CompressionType compression(String key, int id) {
        try {
            return CompressionType.forId(id);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(key, id, "must be 0 (none), 1 (gzip), 2 (snappy), 3 (lz4) or 4 (zstd)");
        }
    }
}
