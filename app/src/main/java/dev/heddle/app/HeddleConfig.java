package dev.heddle.app;

import dev.heddle.common.StopBrokerException;
import dev.heddle.security.SecurityConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a broker: every key checked, whatever is odd about them noted. Immutable, any thread may call
 * it.
 */
public final class HeddleConfig {

    /** Plugins that are given the whole configuration, and may find keys of their own in it. */
    private static final Set<String> PLUGINS =
            Set.of(SecurityConfig.AUTHORIZER_CLASS_NAME, SecurityConfig.PRINCIPAL_BUILDER_CLASS);

    private final ConfigDef keys;
    private final Map<String, String> given;
    private final AbstractConfig parsed;
    private final List<String> warnings;

    private HeddleConfig(ConfigDef keys, Map<String, String> given, AbstractConfig parsed, List<String> warnings) {
        this.keys = keys;
        this.given = Map.copyOf(given);
        this.parsed = parsed;
        this.warnings = List.copyOf(warnings);
    }

    /**
     * Checks {@code properties}, which are the keys of a Kafka {@code server.properties}.
     *
     * @throws StopBrokerException names every wrong key, its value, and what is allowed
     */
    public static HeddleConfig of(Map<String, String> properties) {
        ConfigDef def = ConfigKeys.all();
        Map<String, String> given = aloneInOneProcess(properties);
        Map<String, String> resolved = resolveProviders(given);
        rejectWrongValues(def, resolved);
        try {
            return new HeddleConfig(
                    def, given, new AbstractConfig(def, resolved, false), warnings(def, given.keySet()));
        } catch (ConfigException e) {
            throw wrong(e);
        }
    }

    /** What a module says about values that are allowed one by one, and wrong together. */
    static StopBrokerException wrong(ConfigException e) {
        return new StopBrokerException(String.valueOf(e.getMessage()).strip().replaceAll("\\s*\\R\\s*", " "), e);
    }

    /** Every key there is; not to be changed. */
    ConfigDef keys() {
        return keys;
    }

    /** The parsed values, from which each module makes its own record. */
    AbstractConfig parsed() {
        return parsed;
    }

    /** The keys that were set, as they were set. */
    Map<String, String> given() {
        return given;
    }

    /** What is odd but not wrong, a line each. */
    List<String> warnings() {
        return warnings;
    }

    /** The controller is in this process, so a listener for it, as KRaft's combined mode wants one, is not opened. */
    private static Map<String, String> aloneInOneProcess(Map<String, String> properties) {
        var reduced = new HashMap<>(properties);
        String names = properties.get(BrokerConfig.CONTROLLER_LISTENERS);
        for (String key : List.of("listeners", "advertised.listeners")) {
            reduced.computeIfPresent(
                    key, (same, listeners) -> BrokerConfig.withoutControllerListeners(listeners, names));
        }
        return reduced;
    }

    private static Map<String, String> resolveProviders(Map<String, String> given) {
        try {
            var resolved = new HashMap<String, String>();
            new AbstractConfig(new ConfigDef(), given, false)
                    .originals()
                    .forEach((key, value) -> resolved.put(key, String.valueOf(value)));
            return resolved;
        } catch (ConfigException e) {
            throw new StopBrokerException(BrokerConfig.CONFIG_PROVIDERS + ": " + StepSequence.oneLine(e), e);
        }
    }

    private static void rejectWrongValues(ConfigDef def, Map<String, String> values) {
        var wrong = new TreeMap<String, String>();
        for (ConfigValue value : def.validate(values)) {
            if (value.errorMessages().isEmpty()) continue;
            ConfigDef.ConfigKey key = def.configKeys().get(value.name());
            String error = value.errorMessages().getFirst();
            wrong.put(value.name(), describe(value.name(), values.get(value.name()), key, error));
        }
        if (!wrong.isEmpty()) throw new StopBrokerException(String.join("; ", wrong.values()));
    }

    private static String describe(
            String name, @Nullable String value, ConfigDef.@Nullable ConfigKey key, String error) {
        if (key == null || value == null) return error;
        String shown = key.type == ConfigDef.Type.PASSWORD ? "(hidden)" : value;
        String allowed =
                key.type.toString().toLowerCase(Locale.ROOT) + (key.validator == null ? "" : ", " + key.validator);
        int colon = error.indexOf("for configuration " + name + ": ");
        String why = colon < 0 ? "" : " (" + error.substring(colon + name.length() + 20) + ")";
        return name + "=" + shown + " is not allowed" + why + ": allowed is " + allowed;
    }

    private static List<String> warnings(ConfigDef def, Set<String> given) {
        Set<String> kafkas = ConfigKeys.ofKafka();
        var known = new TreeSet<>(kafkas);
        known.addAll(def.names());
        var unused = new ArrayList<String>();
        var warnings = new ArrayList<String>();
        boolean plugins = PLUGINS.stream().anyMatch(given::contains);
        for (String key : new TreeSet<>(given)) {
            if (def.names().contains(key) || belongsToPlugin(key)) continue;
            String plain = withoutListenerPrefix(key);
            if (kafkas.contains(plain)) {
                unused.add(key);
            } else if (!def.names().contains(plain)) {
                Optional<String> nearest = NearestName.of(plain, known);
                if (nearest.isEmpty() && plugins) continue; // one of theirs
                warnings.add("Unknown configuration key, ignored: key=" + key
                        + nearest.map(near -> ", nearest=" + near).orElse(""));
            }
        }
        if (!unused.isEmpty()) {
            warnings.add("Keys of Kafka that Heddle does not use yet, ignored: " + String.join(", ", unused));
        }
        return warnings;
    }

    private static boolean belongsToPlugin(String key) {
        return key.startsWith(BrokerConfig.CONFIG_PROVIDERS + ".");
    }

    /** {@code listener.name.<listener>.<key>} sets a key for one listener. */
    private static String withoutListenerPrefix(String key) {
        String prefix = "listener.name.";
        if (!key.startsWith(prefix)) return key;
        int dot = key.indexOf('.', prefix.length());
        return dot < 0 ? key : key.substring(dot + 1);
    }
}
