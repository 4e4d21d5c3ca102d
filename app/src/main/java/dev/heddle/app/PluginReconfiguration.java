package dev.heddle.app;

import dev.heddle.common.AnswerException;
import dev.heddle.common.StopBrokerException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.Reconfigurable;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A plugin that wants to hear of changes of the configuration while it runs (KIP-226). Used by the metadata's writer, which
 * the plugin holds up as long as it thinks about a change.
 */
final class PluginReconfiguration {

    private static final Logger LOG = LoggerFactory.getLogger(PluginReconfiguration.class);

    private final Reconfigurable plugin;
    private final Set<String> keys;

    PluginReconfiguration(Reconfigurable plugin) {
        this.plugin = plugin;
        this.keys = Set.copyOf(plugin.reconfigurableConfigs());
    }

    /** The keys that may be altered because of it. */
    Set<String> keys() {
        return keys;
    }

    /** @throws StopBrokerException if it wants keys of the broker that cannot be altered */
    void requireAlterable(ConfigDef broker, Set<String> dynamic) {
        var fixed = new TreeSet<>(keys);
        fixed.retainAll(broker.names());
        fixed.removeAll(dynamic);
        if (fixed.isEmpty()) return;
        throw new StopBrokerException(plugin.getClass().getName()
                + " wants to be told of changes of keys that cannot change while the broker runs: " + fixed);
    }

    /** @throws AnswerException if the plugin refuses the change */
    void validate(AbstractConfig current, AbstractConfig changed) {
        if (!concernedBy(current, changed)) return;
        try {
            plugin.validateReconfiguration(configs(changed));
        } catch (ConfigException e) {
            throw new AnswerException(Errors.INVALID_REQUEST, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            throw new AnswerException(
                    Errors.INVALID_REQUEST,
                    "Validation of dynamic config update of " + keys + " failed with " + plugin.getClass());
        }
    }

    void apply(AbstractConfig current, AbstractConfig changed) {
        if (!concernedBy(current, changed)) return;
        try {
            plugin.reconfigure(configs(changed));
        } catch (RuntimeException e) {
            LOG.error("A plugin refused a change that it had found valid: plugin={}", plugin.getClass(), e);
        }
    }

    private boolean concernedBy(AbstractConfig current, AbstractConfig changed) {
        return keys.stream()
                .anyMatch(key -> !Objects.equals(
                        current.originals().get(key), changed.originals().get(key)));
    }

    /** The parsed values of the broker's keys, and beside them whatever else was set. */
    private static Map<String, Object> configs(AbstractConfig config) {
        var configs = new HashMap<String, Object>(config.originals());
        configs.putAll(config.values());
        return configs;
    }
}
