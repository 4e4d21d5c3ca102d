package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.handlers.ConfigEntries.Entry;
import dev.heddle.log.ConfigSynonym;
import dev.heddle.log.LogConfig;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.MetadataImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.ConfigResource.Type;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsSynonym;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;

/**
 * Describes the configuration of a resource: every key, its value, and where that comes from. Any thread may call it.
 */
final class ConfigDescriptions {

    private static final boolean READ_ONLY = true;

    private final int brokerId;
    private final MetadataCache metadata;
    private final BrokerConfiguration configuration;
    private final LoggerLevels loggers;

    ConfigDescriptions(int brokerId, MetadataCache metadata, BrokerConfiguration configuration, LoggerLevels loggers) {
        this.brokerId = brokerId;
        this.metadata = metadata;
        this.configuration = configuration;
        this.loggers = loggers;
    }

    /** @throws AnswerException or Kafka's {@code ApiException} if there is no such resource */
    List<DescribeConfigsResourceResult> describe(DescribeConfigsResource resource, ConfigEntries entries) {
        MetadataImage image = metadata.image();
        Type type = Type.forId(resource.resourceType());
        return switch (type) {
            case TOPIC -> topic(resource, entries, image);
            case BROKER -> broker(resource, entries, image);
            case BROKER_LOGGER -> loggers(resource);
            case GROUP -> group(resource, entries, image);
            case CLIENT_METRICS -> clientMetrics(resource, entries, image);
            case UNKNOWN -> throw invalid("Unsupported resource type: " + type);
        };
    }

    private List<DescribeConfigsResourceResult> topic(
            DescribeConfigsResource resource, ConfigEntries entries, MetadataImage image) {
        String topic = resource.resourceName();
        Topic.validate(topic);
        if (image.topics().topic(topic) == null) throw new AnswerException(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        Map<String, String> own = image.configs().ofTopic(topic);
        LogConfig effective = configuration.topicDefaults().withOverrides(own);
        BrokerConfigSynonyms broker = synonyms(image);
        Map<String, List<ConfigSynonym>> brokerKeys = LogConfig.brokerSynonyms();
        ConfigDef definition = LogConfig.topicDef();
        List<DescribeConfigsResourceResult> results = new ArrayList<>();
        for (Entry entry : asked(resource, definition, effective.values())) {
            List<ConfigSynonym> brokerKey = brokerKeys.getOrDefault(entry.name(), List.of());
            List<DescribeConfigsSynonym> inherited =
                    brokerKey.isEmpty() ? List.of() : broker.of(brokerKey.get(0).name(), entry.isSensitive());
            results.add(entries.result(entry, withOwn(entry, own, ConfigSource.TOPIC_CONFIG, inherited), !READ_ONLY));
        }
        return results;
    }

    private List<DescribeConfigsResourceResult> group(
            DescribeConfigsResource resource, ConfigEntries entries, MetadataImage image) {
        requireName(resource, "Group name must not be empty");
        ConfigDef definition = GroupConfigKeys.definition();
        Map<String, String> own = image.configs().of(new ConfigResource(Type.GROUP, resource.resourceName()));
        BrokerConfigSynonyms broker = synonyms(image);
        Map<String, String> defaults = BrokerConfigSynonyms.defaultsOf(definition);
        Map<String, Object> byBroker = new HashMap<>();
        for (String key : definition.names()) {
            Object value = configuration
                    .values()
                    .get(GroupConfigKeys.brokerSynonym(key).orElse(""));
            if (value != null) byBroker.put(key, value);
        }
        List<DescribeConfigsResourceResult> results = new ArrayList<>();
        for (Entry entry : asked(resource, definition, parsed(definition, byBroker, own))) {
            List<DescribeConfigsSynonym> inherited = GroupConfigKeys.brokerSynonym(entry.name())
                    .map(key -> broker.of(key, entry.isSensitive()))
                    .orElseGet(() ->
                            List.of(synonym(entry.name(), defaults.get(entry.name()), ConfigSource.DEFAULT_CONFIG)));
            results.add(entries.result(entry, withOwn(entry, own, ConfigSource.GROUP_CONFIG, inherited), !READ_ONLY));
        }
        return results;
    }

    private static List<DescribeConfigsResourceResult> clientMetrics(
            DescribeConfigsResource resource, ConfigEntries entries, MetadataImage image) {
        requireName(resource, "Client metrics subscription name must not be empty");
        ConfigDef definition = ClientMetricsConfigKeys.definition();
        Map<String, String> own = image.configs().of(new ConfigResource(Type.CLIENT_METRICS, resource.resourceName()));
        List<DescribeConfigsResourceResult> results = new ArrayList<>();
        for (Entry entry : asked(resource, definition, parsed(definition, Map.of(), own))) {
            results.add(entries.result(
                    entry, withOwn(entry, own, ConfigSource.CLIENT_METRICS_CONFIG, List.of()), !READ_ONLY));
        }
        return results;
    }

    private List<DescribeConfigsResourceResult> broker(
            DescribeConfigsResource resource, ConfigEntries entries, MetadataImage image) {
        boolean allBrokers = resource.resourceName().isEmpty();
        if (!allBrokers) requireThisBroker(resource.resourceName(), "or empty string, ");
        ConfigDef definition = configuration.of(Type.BROKER);
        BrokerConfigSynonyms synonyms = synonyms(image);
        Map<String, Object> values = new HashMap<>();
        if (allBrokers) {
            values.putAll(synonyms.dynamicDefault());
        } else {
            values.putAll(synonyms.fixed()); // among them keys that nobody knows
            values.putAll(configuration.values());
        }
        List<DescribeConfigsResourceResult> results = new ArrayList<>();
        for (Entry entry : asked(resource, definition, values)) {
            List<DescribeConfigsSynonym> places = synonyms.of(entry.name(), entry.isSensitive());
            if (allBrokers) {
                places = places.stream()
                        .filter(place -> place.source() == ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG.id())
                        .toList();
            }
            results.add(entries.result(entry, places, !configuration.isDynamic(entry.name())));
        }
        return results;
    }

    private List<DescribeConfigsResourceResult> loggers(DescribeConfigsResource resource) {
        requireName(resource, "Broker id must not be empty");
        requireThisBroker(resource.resourceName(), "");
        List<DescribeConfigsResourceResult> results = new ArrayList<>();
        new TreeMap<>(loggers.levels()).forEach((logger, level) -> {
            if (!ConfigEntries.isAsked(resource, logger)) return;
            results.add(new DescribeConfigsResourceResult()
                    .setName(logger)
                    .setValue(level)
                    .setConfigSource(ConfigSource.DYNAMIC_BROKER_LOGGER_CONFIG.id()));
        });
        return results;
    }

    private BrokerConfigSynonyms synonyms(MetadataImage image) {
        return new BrokerConfigSynonyms(
                image.configs().of(new ConfigResource(Type.BROKER, Integer.toString(brokerId))),
                image.configs().of(new ConfigResource(Type.BROKER, "")),
                configuration.staticBrokerConfigs(),
                BrokerConfigSynonyms.defaultsOf(configuration.of(Type.BROKER)));
    }

    /** Parses what the resource sets on top of its defaults; keys that nobody knows are left out. */
    private static Map<String, Object> parsed(
            ConfigDef definition, Map<String, Object> defaults, Map<String, String> own) {
        Map<String, Object> values = new HashMap<>(defaults);
        values.putAll(own);
        return definition.parse(values);
    }

    /** The keys that the request asks for and that are not internal, in order. */
    private static List<Entry> asked(DescribeConfigsResource resource, ConfigDef definition, Map<String, ?> values) {
        List<Entry> entries = new ArrayList<>();
        new TreeMap<>(values).forEach((key, value) -> {
            if (!ConfigEntries.isAsked(resource, key) || ConfigEntries.isInternal(definition, key)) return;
            entries.add(new Entry(key, definitionOf(definition, key), value));
        });
        return entries;
    }

    /** A key that is set for one listener is defined like its base. */
    private static ConfigDef.ConfigKey definitionOf(ConfigDef definition, String key) {
        ConfigDef.ConfigKey known = definition.configKeys().get(key);
        if (known != null) return known;
        return BrokerConfigSynonyms.baseName(key)
                .map(base -> definition.configKeys().get(base))
                .orElse(null);
    }

    private static List<DescribeConfigsSynonym> withOwn(
            Entry entry, Map<String, String> own, ConfigSource source, List<DescribeConfigsSynonym> inherited) {
        if (!own.containsKey(entry.name())) return inherited;
        List<DescribeConfigsSynonym> all = new ArrayList<>(inherited.size() + 1);
        all.add(synonym(entry.name(), entry.shownValue(), source));
        all.addAll(inherited);
        return all;
    }

    private static DescribeConfigsSynonym synonym(String name, String value, ConfigSource source) {
        return new DescribeConfigsSynonym().setName(name).setValue(value).setSource(source.id());
    }

    private static void requireName(DescribeConfigsResource resource, String message) {
        if (resource.resourceName().isEmpty()) throw invalid(message);
    }

    private void requireThisBroker(String name, String orElse) {
        int id;
        try {
            id = Integer.parseInt(name);
        } catch (NumberFormatException e) {
            throw invalid("Broker id must be an integer, but it is: " + name);
        }
        if (id != brokerId) {
            throw invalid("Unexpected broker id, expected " + brokerId + " " + orElse + "but received " + name);
        }
    }

    private static AnswerException invalid(String message) {
        return new AnswerException(Errors.INVALID_REQUEST, message);
    }
}
