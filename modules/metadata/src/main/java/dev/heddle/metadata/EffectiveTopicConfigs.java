package dev.heddle.metadata;

import dev.heddle.log.ConfigSynonym;
import dev.heddle.log.LogConfig;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicConfigs;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.jspecify.annotations.Nullable;

/**
 * What configuration a topic ends up with, and where each value comes from: the topic itself, this broker's dynamic
 * configuration, the cluster's default, the configuration file, or Kafka's default. Stateless: any thread may call it.
 */
final class EffectiveTopicConfigs {

    private static final ConfigResource CLUSTER_DEFAULT = new ConfigResource(ConfigResource.Type.BROKER, "");

    /** Where a value comes from. */
    record Resolved(@Nullable String value, ConfigSource source) {}

    private final ConfigDef definition = LogConfig.topicDef();
    private final Map<String, List<ConfigSynonym>> synonyms = LogConfig.brokerSynonyms();
    private final Map<String, String> staticConfigs;
    private final ConfigResource node;

    EffectiveTopicConfigs(int nodeId, Map<String, String> staticConfigs) {
        this.staticConfigs = staticConfigs;
        node = new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(nodeId));
    }

    /** Every configuration of a topic with these overrides, by name in order, as CreateTopics answers it. */
    List<CreatableTopicConfigs> describe(ConfigsImage configs, Map<String, String> overrides) {
        return definition.configKeys().values().stream()
                .filter(key -> !key.internalConfig || overrides.containsKey(key.name))
                .sorted((a, b) -> a.name.compareTo(b.name))
                .map(key -> describe(key, resolve(configs, overrides, key)))
                .toList();
    }

    private static CreatableTopicConfigs describe(ConfigDef.ConfigKey key, Resolved resolved) {
        boolean sensitive = key.type.isSensitive();
        return new CreatableTopicConfigs()
                .setName(key.name)
                .setValue(sensitive ? null : resolved.value())
                .setReadOnly(false)
                .setConfigSource(resolved.source().id())
                .setIsSensitive(sensitive);
    }

    /** The value of one configuration of an existing topic. */
    @Nullable String value(ConfigsImage configs, String topic, String name) {
        ConfigDef.ConfigKey key = definition.configKeys().get(name);
        return key == null
                ? null
                : resolve(configs, configs.ofTopic(topic), key).value();
    }

    private Resolved resolve(ConfigsImage configs, Map<String, String> overrides, ConfigDef.ConfigKey key) {
        if (overrides.containsKey(key.name)) {
            return new Resolved(overrides.get(key.name), ConfigSource.TOPIC_CONFIG);
        }
        Resolved found = first(key, configs.of(node), ConfigSource.DYNAMIC_BROKER_CONFIG);
        if (found == null) found = first(key, configs.of(CLUSTER_DEFAULT), ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG);
        if (found == null) found = first(key, staticConfigs, ConfigSource.STATIC_BROKER_CONFIG);
        if (found != null) return found;
        String value = key.hasDefault() ? ConfigDef.convertToString(key.defaultValue, key.type) : null;
        return new Resolved(value, ConfigSource.DEFAULT_CONFIG);
    }

    private @Nullable Resolved first(ConfigDef.ConfigKey key, Map<String, String> set, ConfigSource source) {
        for (ConfigSynonym synonym : synonyms.getOrDefault(key.name, List.of())) {
            String value = set.get(synonym.name());
            if (value != null) return new Resolved(synonym.toTopicValue().apply(value), source);
        }
        return null;
    }
}
