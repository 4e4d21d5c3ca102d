package dev.heddle.handlers;

import dev.heddle.metadata.ConfigDefinitions;
import java.util.Map;

/**
 * What the broker was configured with, as DescribeConfigs shows it; {@code app}, which composes the configuration,
 * implements it. Any thread may call it; the maps it gives away do not change.
 */
public interface BrokerConfiguration extends ConfigDefinitions {

    /**
     * What was set at start (configuration file, flags), by key, in the words it was set with. Keys that nobody knows
     * are in it too, and passwords in clear: only the keys of either are shown to clients.
     */
    @Override
    Map<String, String> staticBrokerConfigs();

    /**
     * The values in force by key: parsed, as {@link org.apache.kafka.common.config.AbstractConfig#values()} has them,
     * without the keys that Kafka calls internal. What was altered while the broker runs is in it.
     */
    Map<String, Object> values();

    /** Whether the key can be altered while the broker runs; DescribeConfigs calls the others read-only. */
    boolean isDynamic(String key);
}
