package dev.heddle.coordinator;

import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Range.between;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.LIST;
import static org.apache.kafka.common.config.ConfigDef.Type.STRING;

import java.util.List;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;

/**
 * Kafka's keys of the group protocols of KIP-848 (consumer), KIP-932 (share) and KIP-1071 (streams). Called while the
 * configuration is read, by one thread.
 *
 * <p>They are declared and checked as Kafka does, so that a {@code server.properties} that sets them is understood.
 */
final class NewProtocolGroupKeys {

    private static final int MAX = Integer.MAX_VALUE;

    /** A whole number with its limits. */
    private record IntKey(String name, int defaultValue, int min, int max, String doc) {
        void define(ConfigDef def) {
            def.define(name, INT, defaultValue, max == MAX ? atLeast(min) : between(min, max), MEDIUM, doc);
        }
    }

    private static final List<IntKey> CONSUMER = List.of(
            key("group.consumer.session.timeout.ms", 45_000, 1, "Session time-out of consumer groups."),
            key("group.consumer.min.session.timeout.ms", 45_000, 1, "Shortest session time-out of a consumer group."),
            key("group.consumer.max.session.timeout.ms", 60_000, 1, "Longest session time-out of a consumer group."),
            key(
                    "group.consumer.heartbeat.interval.ms",
                    5_000,
                    1,
                    "Heartbeat interval given to consumer group members."),
            key(
                    "group.consumer.min.heartbeat.interval.ms",
                    5_000,
                    1,
                    "Shortest heartbeat interval of a consumer group."),
            key(
                    "group.consumer.max.heartbeat.interval.ms",
                    15_000,
                    1,
                    "Longest heartbeat interval of a consumer group."),
            key(
                    "group.consumer.max.size",
                    MAX,
                    1,
                    "The largest number of members in a consumer group; group.max.size is that of classic groups."),
            key("group.consumer.assignment.interval.ms", 1_000, 0, "Time between two assignments of a consumer group."),
            key("group.consumer.min.assignment.interval.ms", 0, 0, "Shortest time between two such assignments."),
            key("group.consumer.max.assignment.interval.ms", 15_000, 0, "Longest time between two such assignments."));

    private static final List<IntKey> SHARE = List.of(
            key("group.share.session.timeout.ms", 45_000, 1, "Session time-out of share groups."),
            key("group.share.min.session.timeout.ms", 45_000, 1, "Shortest session time-out of a share group."),
            key("group.share.max.session.timeout.ms", 60_000, 1, "Longest session time-out of a share group."),
            key("group.share.heartbeat.interval.ms", 5_000, 1, "Heartbeat interval given to share group members."),
            key("group.share.min.heartbeat.interval.ms", 5_000, 1, "Shortest heartbeat interval of a share group."),
            key("group.share.max.heartbeat.interval.ms", 15_000, 1, "Longest heartbeat interval of a share group."),
            new IntKey("group.share.max.size", 200, 1, 1_000, "The largest number of members in a share group."),
            key("group.share.assignment.interval.ms", 1_000, 0, "Time between two assignments of a share group."),
            key("group.share.min.assignment.interval.ms", 0, 0, "Shortest time between two such assignments."),
            key("group.share.max.assignment.interval.ms", 15_000, 0, "Longest time between two such assignments."),
            new IntKey("group.share.delivery.count.limit", 5, 2, 10, "How often a record is delivered at most."),
            new IntKey("group.share.max.delivery.count.limit", 10, 5, 25, "Highest delivery limit of a share group."),
            new IntKey("group.share.min.delivery.count.limit", 2, 2, 5, "Lowest delivery limit of a share group."),
            new IntKey(
                    "group.share.record.lock.duration.ms",
                    30_000,
                    1_000,
                    3_600_000,
                    "How long a record is acquired for."),
            new IntKey(
                    "group.share.min.record.lock.duration.ms", 15_000, 1_000, 30_000, "Shortest time to acquire for."),
            new IntKey(
                    "group.share.max.record.lock.duration.ms",
                    60_000,
                    30_000,
                    3_600_000,
                    "Longest time to acquire for."),
            new IntKey(
                    "group.share.partition.max.record.locks",
                    2_000,
                    100,
                    10_000,
                    "Records acquired at once, a partition."),
            new IntKey("group.share.max.partition.max.record.locks", 4_000, 2_000, 10_000, "Highest such limit."),
            new IntKey("group.share.min.partition.max.record.locks", 100, 100, 2_000, "Lowest such limit."),
            key("group.share.max.share.sessions", 2_000, 1, "The largest number of share sessions of a broker."));

    private static final List<IntKey> STREAMS = List.of(
            key("group.streams.session.timeout.ms", 45_000, 1, "Session time-out of streams groups."),
            key("group.streams.min.session.timeout.ms", 45_000, 1, "Shortest session time-out of a streams group."),
            key("group.streams.max.session.timeout.ms", 60_000, 1, "Longest session time-out of a streams group."),
            key("group.streams.heartbeat.interval.ms", 5_000, 1, "Heartbeat interval given to streams group members."),
            key("group.streams.min.heartbeat.interval.ms", 5_000, 1, "Shortest heartbeat interval of a streams group."),
            key("group.streams.max.heartbeat.interval.ms", 15_000, 1, "Longest heartbeat interval of a streams group."),
            key("group.streams.max.size", MAX, 1, "The largest number of clients in a streams group."),
            key("group.streams.num.standby.replicas", 0, 0, "Standby replicas of each task."),
            key("group.streams.max.standby.replicas", 2, 0, "The most standby replicas a streams group may ask for."),
            key(
                    "group.streams.initial.rebalance.delay.ms",
                    3_000,
                    0,
                    "How long the first rebalance of a streams group waits for further clients."),
            key("group.streams.assignment.interval.ms", 1_000, 0, "Time between two assignments of a streams group."),
            key("group.streams.min.assignment.interval.ms", 0, 0, "Shortest time between two such assignments."),
            key("group.streams.max.assignment.interval.ms", 15_000, 0, "Longest time between two such assignments."));

    private NewProtocolGroupKeys() {}

    private static IntKey key(String name, int defaultValue, int min, String doc) {
        return new IntKey(name, defaultValue, min, MAX, doc);
    }

    static ConfigDef define(ConfigDef def) {
        CONSUMER.forEach(key -> key.define(def));
        SHARE.forEach(key -> key.define(def));
        STREAMS.forEach(key -> key.define(def));
        return def.define(
                        "group.consumer.assignors",
                        LIST,
                        List.of("uniform", "range"),
                        ConfigDef.ValidList.anyNonDuplicateValues(false, false),
                        MEDIUM,
                        "Server-side assignors of consumer groups: uniform, range, or names of classes. The first is"
                                + " used where a member names none.")
                .define(
                        "group.consumer.migration.policy",
                        STRING,
                        "bidirectional",
                        ConfigDef.CaseInsensitiveValidString.in("BIDIRECTIONAL", "UPGRADE", "DOWNGRADE", "DISABLED"),
                        MEDIUM,
                        "Whether a group with members may move between the classic and the consumer protocol:"
                                + " bidirectional, upgrade, downgrade or disabled. An empty group always may.")
                .defineInternal(
                        "group.consumer.regex.refresh.interval.ms",
                        INT,
                        600_000,
                        atLeast(10_000),
                        MEDIUM,
                        "How often the topics that match a consumer group's regular expressions are looked up again.")
                .define(
                        "group.share.assignors",
                        LIST,
                        "simple",
                        ConfigDef.ValidList.anyNonDuplicateValues(false, false),
                        MEDIUM,
                        "The server-side assignor of share groups: simple, or the name of a class.")
                .define(
                        "share.fetch.purgatory.purge.interval.requests",
                        INT,
                        1_000,
                        MEDIUM,
                        "Accepted for compatibility: there is no purgatory.")
                .defineInternal(
                        "group.share.initialize.retry.interval.ms",
                        INT,
                        30_000,
                        atLeast(1),
                        LOW,
                        "How long to wait before a share group's state is initialised again.")
                .defineInternal(
                        "group.share.persister.class.name",
                        STRING,
                        "org.apache.kafka.server.share.persister.DefaultStatePersister",
                        null,
                        MEDIUM,
                        "Accepted for compatibility: share groups keep their state in the broker's own topic.");
    }

    /** Refuses values that contradict each other, as Kafka does. */
    static void validate(AbstractConfig parsed) {
        for (String protocol : List.of("consumer", "share", "streams")) {
            String prefix = "group." + protocol + ".";
            requireBetween(parsed, prefix, "heartbeat.interval.ms");
            requireBetween(parsed, prefix, "session.timeout.ms");
            requireBetween(parsed, prefix, "assignment.interval.ms");
            requireLess(parsed, prefix + "heartbeat.interval.ms", prefix + "session.timeout.ms");
        }
        requireBetween(parsed, "group.share.", "delivery.count.limit");
        requireBetween(parsed, "group.share.", "record.lock.duration.ms");
        requireBetween(parsed, "group.share.", "partition.max.record.locks");
        requireAtMost(parsed, "group.share.max.size", "group.share.max.share.sessions");
        requireAtMost(parsed, "group.streams.num.standby.replicas", "group.streams.max.standby.replicas");
        if (parsed.getList("group.share.assignors").size() != 1) {
            throw new ConfigException(
                    "group.share.assignors", parsed.getList("group.share.assignors"), "must name exactly one assignor");
        }
    }

    private static void requireBetween(AbstractConfig parsed, String prefix, String name) {
        requireAtMost(parsed, prefix + "min." + name, prefix + "max." + name);
        requireAtMost(parsed, prefix + "min." + name, prefix + name);
        requireAtMost(parsed, prefix + name, prefix + "max." + name);
    }

    private static void requireAtMost(AbstractConfig parsed, String lower, String upper) {
        if (parsed.getInt(lower) > parsed.getInt(upper)) {
            throw new ConfigException(
                    lower, parsed.getInt(lower), "must be at most " + upper + " (" + parsed.getInt(upper) + ")");
        }
    }

    private static void requireLess(AbstractConfig parsed, String lower, String upper) {
        if (parsed.getInt(lower) >= parsed.getInt(upper)) {
            throw new ConfigException(
                    lower, parsed.getInt(lower), "must be less than " + upper + " (" + parsed.getInt(upper) + ")");
        }
    }
}
