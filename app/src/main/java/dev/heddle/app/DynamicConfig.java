package dev.heddle.app;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.GroupCoordinatorConfig;
import dev.heddle.handlers.BrokerConfiguration;
import dev.heddle.handlers.ClientMetricsConfigKeys;
import dev.heddle.handlers.GroupConfigKeys;
import dev.heddle.log.ConfigSynonym;
import dev.heddle.log.LogCleanerConfig;
import dev.heddle.log.LogConfig;
import dev.heddle.log.LogManager;
import dev.heddle.log.ProducerStateConfig;
import dev.heddle.metadata.MetadataDelta;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.metadata.MetadataListener;
import dev.heddle.replication.ReplicationConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.Reconfigurable;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.ConfigResource.Type;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The broker's configuration while it runs (KIP-226): what was set at start, and over it what was altered for all brokers,
 * and over that what was altered for this one. Any thread may read it; the metadata's writer changes it.
 *
 * <p>The keys that can be altered are those that give topics their defaults, the log cleaner's, those of producers, the
 * times between assignments of groups, the rate at which replicas are moved, and what plugins say can. A change of any
 * other is refused, instead of being stored and not taking effect.
 */
final class DynamicConfig implements BrokerConfiguration, MetadataListener {

    private static final Logger LOG = LoggerFactory.getLogger(DynamicConfig.class);

    private static final Set<String> DYNAMIC = Stream.of(
                    LogConfig.brokerSynonyms().values().stream()
                            .filter(synonyms -> !synonyms.isEmpty())
                            .map(List::getFirst)
                            .map(ConfigSynonym::name),
                    LogCleanerConfig.DYNAMIC_KEYS.stream(),
                    ProducerStateConfig.DYNAMIC_KEYS.stream(),
                    GroupCoordinatorConfig.DYNAMIC_KEYS.stream(),
                    Stream.of(ReplicationConfig.MOVE_BYTES_PER_SECOND))
            .flatMap(keys -> keys)
            .collect(Collectors.toUnmodifiableSet());

    private final HeddleConfig fixed;
    private final int brokerId;
    private final LogManager logs;

    /** Told of the values in force, when they have changed. */
    private final List<Consumer<AbstractConfig>> listeners = new CopyOnWriteArrayList<>();

    /** Plugins that want to hear of changes, and the keys that may be altered because of them. */
    private final List<PluginReconfiguration> plugins = new CopyOnWriteArrayList<>();

    /** Publishes the values in force. */
    private volatile AbstractConfig current;

    /** @param logs is told of new defaults for topics, on the metadata writer's thread */
    DynamicConfig(HeddleConfig fixed, int brokerId, LogManager logs) {
        this.fixed = fixed;
        this.brokerId = brokerId;
        this.logs = logs;
        this.current = fixed.parsed();
    }

    /** Calls {@code listener} with the values in force whenever they have changed, on the metadata writer's thread. */
    void whenChanged(Consumer<AbstractConfig> listener) {
        listeners.add(listener);
    }

    /**
     * Tells a plugin of what was altered before, and from now on of changes, on the metadata writer's thread. Called before
     * there are clients that could alter anything.
     *
     * @param image what was altered before
     * @throws dev.heddle.common.StopBrokerException if it wants to hear of keys that cannot be altered
     */
    void reconfigure(Reconfigurable plugin, MetadataImage image) {
        var added = new PluginReconfiguration(plugin);
        added.requireAlterable(fixed.keys(), DYNAMIC);
        plugins.add(added);
        AbstractConfig altered = over(alteredIn(image));
        added.apply(current, altered);
        current = altered;
    }

    @Override
    public ConfigDef of(Type type) {
        return switch (type) {
            case BROKER -> fixed.keys();
            case GROUP -> GroupConfigKeys.definition();
            case CLIENT_METRICS -> ClientMetricsConfigKeys.definition();
            case TOPIC, BROKER_LOGGER, UNKNOWN -> new ConfigDef();
        };
    }

    @Override
    public LogConfig topicDefaults() {
        return logs.defaultConfig();
    }

    @Override
    public Map<String, String> staticBrokerConfigs() {
        return fixed.given();
    }

    @Override
    public Map<String, Object> values() {
        var values = new HashMap<String, Object>(current.values());
        fixed.keys().configKeys().forEach((name, key) -> {
            if (key.internalConfig) values.remove(name);
        });
        return values;
    }

    @Override
    public boolean isDynamic(String key) {
        return DYNAMIC.contains(key)
                || plugins.stream().anyMatch(plugin -> plugin.keys().contains(key));
    }

    @Override
    public void validate(ConfigResource resource, Map<String, String> proposed, Map<String, String> existing) {
        switch (resource.type()) {
            case BROKER -> validateBroker(proposed, existing);
            case GROUP -> GroupConfigKeys.validate(resource.name(), proposed, values());
            case CLIENT_METRICS -> ClientMetricsConfigKeys.validate(resource.name(), proposed);
            case TOPIC, BROKER_LOGGER, UNKNOWN ->
                throw new AnswerException(
                        Errors.INVALID_REQUEST, "There are no dynamic configurations of " + resource.type());
        }
    }

    private void validateBroker(Map<String, String> proposed, Map<String, String> existing) {
        var refused = new TreeSet<String>();
        proposed.forEach((key, value) -> {
            if (!isDynamic(key) && !value.equals(existing.get(key))) refused.add(key);
        });
        if (!refused.isEmpty()) {
            throw new AnswerException(
                    Errors.INVALID_REQUEST,
                    "Cannot update these configs dynamically: " + refused + ". Set them in the broker's file.");
        }
        AbstractConfig changed = over(proposed);
        LogConfig.defaults(changed);
        GroupCoordinatorConfig.validate(changed);
        LogCleanerConfig.from(current).validateChange(LogCleanerConfig.from(changed));
        plugins.forEach(plugin -> plugin.validate(current, changed));
    }

    private AbstractConfig over(Map<String, String> changes) {
        var values = new HashMap<>(fixed.parsed().originals());
        changes.forEach((key, value) -> {
            if (isDynamic(key)) values.put(key, value);
        });
        return new AbstractConfig(fixed.keys(), values, false);
    }

    private Map<String, String> alteredIn(MetadataImage image) {
        var altered = new HashMap<>(image.configs().of(new ConfigResource(Type.BROKER, "")));
        altered.putAll(image.configs().of(new ConfigResource(Type.BROKER, String.valueOf(brokerId))));
        return altered;
    }

    @Override
    public void onUpdate(MetadataDelta delta, MetadataImage image) {
        if (delta.changedConfigs().stream().noneMatch(resource -> resource.type() == Type.BROKER)) return;
        try {
            AbstractConfig changed = over(alteredIn(image));
            LogCleanerConfig cleaner = LogCleanerConfig.from(changed);
            logs.updateDefaultConfig(LogConfig.defaults(changed));
            logs.updateCleanerConfig(cleaner);
            logs.updateProducerStateConfig(ProducerStateConfig.from(changed));
            plugins.forEach(plugin -> plugin.apply(current, changed));
            current = changed;
            listeners.forEach(listener -> listener.accept(changed));
        } catch (ConfigException e) {
            // Validated when it was made; only another version's metadata can hold such a value.
            LOG.error("A dynamic configuration is not allowed and has no effect: {}", e.getMessage());
        }
    }
}
