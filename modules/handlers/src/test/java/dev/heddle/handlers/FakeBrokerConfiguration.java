package dev.heddle.handlers;

import dev.heddle.log.LogConfig;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigResource;

/** A broker's configuration with a key of every kind that matters. */
final class FakeBrokerConfiguration implements BrokerConfiguration {

    private static final Set<String> DYNAMIC = Set.of("log.retention.ms", "message.max.bytes", "num.io.threads");

    private static final ConfigDef DEFINITION = new ConfigDef()
            .define("num.io.threads", Type.INT, 8, Importance.HIGH, "How many threads.")
            .define("log.retention.ms", Type.LONG, null, Importance.HIGH, "")
            .define("log.retention.minutes", Type.INT, null, Importance.HIGH, "")
            .define("log.retention.hours", Type.INT, 168, Importance.HIGH, "")
            .define("log.dirs", Type.LIST, null, Importance.HIGH, "")
            .define("log.cleanup.policy", Type.LIST, "delete", Importance.MEDIUM, "")
            .define("message.max.bytes", Type.INT, 1_048_588, Importance.HIGH, "")
            .define("ssl.key.password", Type.PASSWORD, null, Importance.HIGH, "")
            .define("auto.create.topics.enable", Type.BOOLEAN, true, Importance.HIGH, "")
            .define("log.cleaner.min.cleanable.ratio", Type.DOUBLE, 0.5, Importance.MEDIUM, "")
            .define("offsets.topic.replication.factor", Type.SHORT, (short) 3, Importance.HIGH, "")
            .define("group.consumer.session.timeout.ms", Type.INT, 45_000, Importance.MEDIUM, "")
            .define("principal.builder.class", Type.CLASS, String.class, Importance.LOW, "")
            .defineInternal("a.secret.switch", Type.INT, 1, Importance.LOW);

    final Map<String, String> fixed = new HashMap<>();

    @Override
    public ConfigDef of(ConfigResource.Type type) {
        return switch (type) {
            case BROKER -> DEFINITION;
            case GROUP -> GroupConfigKeys.definition();
            case CLIENT_METRICS -> ClientMetricsConfigKeys.definition();
            default -> new ConfigDef();
        };
    }

    @Override
    public LogConfig topicDefaults() {
        ConfigDef known = LogConfig.define(new ConfigDef());
        Map<String, String> ofTopics = new HashMap<>(fixed);
        ofTopics.keySet().retainAll(known.names());
        return LogConfig.defaults(new AbstractConfig(known, ofTopics, false));
    }

    @Override
    public Map<String, String> staticBrokerConfigs() {
        return fixed;
    }

    @Override
    public Map<String, Object> values() {
        return new HashMap<>(new AbstractConfig(DEFINITION, fixed, false).nonInternalValues());
    }

    @Override
    public boolean isDynamic(String key) {
        return DYNAMIC.contains(key);
    }

    @Override
    public void validate(ConfigResource resource, Map<String, String> proposed, Map<String, String> existing) {
        throw new AssertionError("the controller validates");
    }
}
