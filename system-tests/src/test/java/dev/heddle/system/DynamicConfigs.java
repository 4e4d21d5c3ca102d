package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.ConfigResource.Type;

/** What was altered while a broker ran: of a topic, of all brokers, of one broker, of a group. */
final class DynamicConfigs implements Cargo {

    private static final ConfigResource TOPIC = new ConfigResource(Type.TOPIC, "configured");
    private static final ConfigResource ALL_BROKERS = new ConfigResource(Type.BROKER, "");
    private static final ConfigResource BROKER = new ConfigResource(Type.BROKER, "1");
    private static final ConfigResource GROUP = new ConfigResource(Type.GROUP, "configured-group");

    private final Map<ConfigResource, Map<String, String>> known = new HashMap<>();
    private int round;

    @Override
    public void load(Stop stop) {
        if (round++ == 0) stop.clients().createLedTopic(TOPIC.name(), 1, Map.of("max.message.bytes", "123456"));
        set(stop, TOPIC, "retention.ms", String.valueOf(1_000_000_000L + round));
        set(stop, TOPIC, "flush.messages", round % 2 == 0 ? "" : "7777");
        set(stop, ALL_BROKERS, "log.retention.ms", String.valueOf(2_000_000_000L + round));
        set(stop, ALL_BROKERS, "log.cleaner.io.buffer.size", String.valueOf(400_000 + round));
        set(stop, ALL_BROKERS, "group.consumer.assignment.interval.ms", String.valueOf(1_000 + round));
        set(stop, BROKER, "log.cleaner.io.buffer.size", String.valueOf(500_000 + round));
        set(stop, BROKER, "producer.id.expiration.ms", String.valueOf(80_000_000 + round));
        set(stop, BROKER, "transaction.partition.verification.enable", String.valueOf(round % 2 == 0));
        set(stop, BROKER, "message.max.bytes", String.valueOf(2_000_000 + round));
        set(stop, GROUP, "consumer.session.timeout.ms", String.valueOf(50_000 + round));
    }

    /** Sets a value, or takes it away if it is empty. */
    private void set(Stop stop, ConfigResource resource, String key, String value) {
        var operation = value.isEmpty() ? AlterConfigOp.OpType.DELETE : AlterConfigOp.OpType.SET;
        Clients.get(stop.clients()
                .admin()
                .incrementalAlterConfigs(
                        Map.of(resource, List.of(new AlterConfigOp(new ConfigEntry(key, value), operation))))
                .all());
        Map<String, String> values = known.computeIfAbsent(resource, any -> new HashMap<>());
        if (value.isEmpty()) values.remove(key);
        else values.put(key, value);
    }

    @Override
    public void check(Stop stop) {
        if (known.isEmpty()) return;
        known.get(TOPIC).put("max.message.bytes", "123456");
        var found = Clients.get(
                stop.clients().admin().describeConfigs(known.keySet()).all());
        known.forEach((resource, values) -> {
            Map<String, String> altered = found.get(resource).entries().stream()
                    .filter(entry -> values.containsKey(entry.name()) || isDynamicFor(resource, entry))
                    // Apache Kafka sets it by itself when it formats, for eligible leader replicas (KIP-966).
                    .filter(entry -> !entry.name().equals("min.insync.replicas"))
                    .collect(Collectors.toMap(ConfigEntry::name, ConfigEntry::value));
            assertEquals(values, altered, resource + " at " + stop.name());
        });
    }

    /** Set for this very resource, and not for those that it gets its defaults from. */
    private static boolean isDynamicFor(ConfigResource resource, ConfigEntry entry) {
        return entry.source()
                == switch (resource.type()) {
                    case TOPIC -> ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG;
                    case GROUP -> ConfigEntry.ConfigSource.DYNAMIC_GROUP_CONFIG;
                    case BROKER ->
                        resource.isDefault()
                                ? ConfigEntry.ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG
                                : ConfigEntry.ConfigSource.DYNAMIC_BROKER_CONFIG;
                    case BROKER_LOGGER, CLIENT_METRICS, UNKNOWN -> throw new AssertionError(resource);
                };
    }
}
