package dev.heddle.handlers;

import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Type.BOOLEAN;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.STRING;

import dev.heddle.common.AnswerException;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.protocol.Errors;

/**
 * The keys of the GROUP resource: what can be set for one group of the consumer, share or streams protocol. Constants
 * and functions, so any thread may call it.
 *
 * <p>Most keys take their default from a broker key, {@code group.} in front: {@code consumer.session.timeout.ms} from
 * {@code group.consumer.session.timeout.ms}. Most of these have bounds in {@code group.consumer.min.session.timeout.ms}
 * and {@code …max…}, too.
 */
public final class GroupConfigKeys {

    private static final String OFFSET_RESET = "share.auto.offset.reset";
    private static final String BY_DURATION = "by_duration:";

    /** A whole number that has its default in a broker key. */
    private record IntKey(String name, int defaultValue, int min, String doc) {}

    private static final List<IntKey> WITH_BROKER_DEFAULT = List.of(
            new IntKey("consumer.session.timeout.ms", 45_000, 1, "After how long without a heartbeat a member is out."),
            new IntKey("consumer.heartbeat.interval.ms", 5_000, 1, "How often members are told to send heartbeats."),
            new IntKey("consumer.assignment.interval.ms", 1_000, 0, "The time between two assignments of the group."),
            new IntKey("share.session.timeout.ms", 45_000, 1, "After how long without a heartbeat a member is out."),
            new IntKey("share.heartbeat.interval.ms", 5_000, 1, "How often members are told to send heartbeats."),
            new IntKey("share.record.lock.duration.ms", 30_000, 1_000, "How long a record is acquired for."),
            new IntKey("share.delivery.count.limit", 5, 2, "How often a record is delivered at most."),
            new IntKey(
                    "share.partition.max.record.locks",
                    2_000,
                    100,
                    "How many records of a partition are acquired at once."),
            new IntKey("share.assignment.interval.ms", 1_000, 0, "The time between two assignments of the group."),
            new IntKey("streams.session.timeout.ms", 45_000, 1, "After how long without a heartbeat a member is out."),
            new IntKey("streams.heartbeat.interval.ms", 5_000, 1, "How often members are told to send heartbeats."),
            new IntKey("streams.num.standby.replicas", 0, 0, "How many standby replicas each task has."),
            new IntKey(
                    "streams.initial.rebalance.delay.ms", 3_000, 0, "How long the first rebalance waits for members."),
            new IntKey("streams.assignment.interval.ms", 1_000, 0, "The time between two assignments of the group."));

    /** Keys that the broker bounds from below and above. */
    private static final List<String> BOUNDED = List.of(
            "consumer.heartbeat.interval.ms",
            "consumer.session.timeout.ms",
            "consumer.assignment.interval.ms",
            "share.heartbeat.interval.ms",
            "share.session.timeout.ms",
            "share.record.lock.duration.ms",
            "share.delivery.count.limit",
            "share.partition.max.record.locks",
            "share.assignment.interval.ms",
            "streams.heartbeat.interval.ms",
            "streams.session.timeout.ms",
            "streams.assignment.interval.ms");

    private static final ConfigDef DEFINITION = define();

    private GroupConfigKeys() {}

    /** Every key, with type, default and documentation. */
    public static ConfigDef definition() {
        return new ConfigDef(DEFINITION);
    }

    /** The broker key that a group key takes its default from; empty if there is none. */
    static Optional<String> brokerSynonym(String key) {
        return WITH_BROKER_DEFAULT.stream().anyMatch(known -> known.name().equals(key))
                ? Optional.of("group." + key)
                : Optional.empty();
    }

    private static ConfigDef define() {
        var def = new ConfigDef();
        WITH_BROKER_DEFAULT.forEach(
                key -> def.define(key.name(), INT, key.defaultValue(), atLeast(key.min()), MEDIUM, key.doc()));
        return def.define(
                        OFFSET_RESET,
                        STRING,
                        "latest",
                        GroupConfigKeys::validateOffsetReset,
                        MEDIUM,
                        "Where a share group starts in a partition: 'earliest', 'latest', or 'by_duration:' and an ISO "
                                + "8601 duration that says how far before now.")
                .define(
                        "share.isolation.level",
                        STRING,
                        "read_uncommitted",
                        ValidString.in("read_committed", "read_uncommitted"),
                        MEDIUM,
                        "Whether a share group is given transactional records before their transaction has committed.")
                .define(
                        "share.renew.acknowledge.enable",
                        BOOLEAN,
                        true,
                        MEDIUM,
                        "Whether members of a share group may extend the time that they hold a record for.");
    }

    private static void validateOffsetReset(String name, Object value) {
        String strategy = (String) value;
        if (strategy.equals("earliest") || strategy.equals("latest")) return;
        if (!strategy.startsWith(BY_DURATION) || !isDuration(strategy.substring(BY_DURATION.length()))) {
            throw new ConfigException(
                    name, value, "must be 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'");
        }
    }

    private static boolean isDuration(String iso8601) {
        try {
            return !Duration.parse(iso8601).isNegative();
        } catch (DateTimeParseException e) {
            return false;
        }
    }

    /**
     * Refuses what cannot be set for a group.
     *
     * @param configs everything that would be set for the group
     * @param brokerValues the broker's own values in force, parsed, for defaults and bounds
     * @throws AnswerException {@code INVALID_CONFIG}
     */
    public static void validate(String group, Map<String, String> configs, Map<String, Object> brokerValues) {
        if (group.isEmpty())
            throw new AnswerException(Errors.INVALID_REQUEST, "Default group resources are not allowed.");
        for (String key : configs.keySet()) {
            if (!DEFINITION.names().contains(key)) throw invalid("Unknown group config name: " + key);
        }
        Map<String, Object> values = parse(configs, brokerValues);
        for (String key : BOUNDED) {
            // An assignment interval is compared with its bounds only where the group has one of its own.
            if (!key.endsWith(".assignment.interval.ms") || configs.containsKey(key)) {
                requireBounds(key, (Integer) values.get(key), brokerValues);
            }
        }
        requireAtMost(
                "streams.num.standby.replicas",
                (Integer) values.get("streams.num.standby.replicas"),
                "group.streams.max.standby.replicas",
                brokerValues);
        for (String protocol : List.of("consumer", "share", "streams")) requireSessionAboveHeartbeat(protocol, values);
    }

    private static Map<String, Object> parse(Map<String, String> configs, Map<String, Object> brokerValues) {
        Map<String, Object> combined = new HashMap<>();
        for (IntKey key : WITH_BROKER_DEFAULT) {
            Object byBroker = brokerValues.get("group." + key.name());
            if (byBroker != null) combined.put(key.name(), byBroker);
        }
        combined.putAll(configs);
        try {
            return DEFINITION.parse(combined);
        } catch (ConfigException e) {
            throw invalid(e.getMessage());
        }
    }

    private static void requireBounds(String key, int value, Map<String, Object> brokerValues) {
        int dot = key.indexOf('.');
        String protocol = "group." + key.substring(0, dot);
        String minKey = protocol + ".min" + key.substring(dot);
        Object min = brokerValues.get(minKey);
        if (min != null && value < (Integer) min) throw invalid(key + " must be greater than or equal to " + minKey);
        requireAtMost(key, value, protocol + ".max" + key.substring(dot), brokerValues);
    }

    private static void requireAtMost(String key, int value, String maxKey, Map<String, Object> brokerValues) {
        Object max = brokerValues.get(maxKey);
        if (max != null && value > (Integer) max) throw invalid(key + " must be less than or equal to " + maxKey);
    }

    private static void requireSessionAboveHeartbeat(String protocol, Map<String, Object> values) {
        String session = protocol + ".session.timeout.ms";
        String heartbeat = protocol + ".heartbeat.interval.ms";
        if ((Integer) values.get(session) <= (Integer) values.get(heartbeat)) {
            throw invalid(session + " must be greater than " + heartbeat);
        }
    }

    private static AnswerException invalid(String message) {
        return new AnswerException(Errors.INVALID_CONFIG, message);
    }
}
