package dev.heddle.handlers;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsSynonym;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;

/**
 * Where a broker key has its value from: every place that sets it, or a key of the same meaning, the one in force first
 * (KIP-226). Made for one request and used by its thread alone.
 *
 * @param dynamic what was altered for this broker
 * @param dynamicDefault what was altered for all brokers
 * @param fixed what was set at start
 * @param defaults the defaults of all keys that have one
 */
record BrokerConfigSynonyms(
        Map<String, String> dynamic,
        Map<String, String> dynamicDefault,
        Map<String, String> fixed,
        Map<String, String> defaults) {

    /** Keys of one meaning, the one that wins first. */
    private static final List<List<String>> FAMILIES = List.of(
            List.of("log.roll.ms", "log.roll.hours"),
            List.of("log.roll.jitter.ms", "log.roll.jitter.hours"),
            List.of("log.retention.ms", "log.retention.minutes", "log.retention.hours"));

    private static final String FLUSH_INTERVAL_MS = "log.flush.interval.ms";
    private static final String FLUSH_SCHEDULER_INTERVAL_MS = "log.flush.scheduler.interval.ms";

    private static final Pattern OF_LISTENER = Pattern.compile("listener\\.name\\.[^.]*\\.(.*)");

    /** These follow the listener's name and a SASL mechanism: {@code listener.name.internal.plain.sasl.jaas.config}. */
    private static final List<String> OF_MECHANISM = List.of(
            "sasl.jaas.config",
            "sasl.login.callback.handler.class",
            "sasl.login.class",
            "sasl.server.callback.handler.class",
            "connections.max.reauth.ms");

    /** The defaults of {@code definition} in the words that somebody would set them with. */
    static Map<String, String> defaultsOf(ConfigDef definition) {
        Map<String, String> defaults = new HashMap<>();
        definition.configKeys().values().forEach(key -> {
            if (!key.hasDefault() || key.defaultValue == null) return;
            String value = key.defaultValue instanceof Password password
                    ? password.value()
                    : ConfigDef.convertToString(key.defaultValue, key.type);
            defaults.put(key.name, value);
        });
        return Map.copyOf(defaults);
    }

    /** The key and those of the same meaning, the one that wins first. */
    static List<String> names(String key) {
        for (List<String> family : FAMILIES) if (family.contains(key)) return family;
        // One way only: the scheduler's interval is the default of the other, and not the same thing.
        if (key.equals(FLUSH_INTERVAL_MS)) return List.of(FLUSH_INTERVAL_MS, FLUSH_SCHEDULER_INTERVAL_MS);
        return baseName(key).map(base -> List.of(key, base)).orElse(List.of(key));
    }

    /** The key that {@code listener.name.<listener>.<key>} sets for one listener; empty if that is no such key. */
    static Optional<String> baseName(String key) {
        Matcher matcher = OF_LISTENER.matcher(key);
        if (!matcher.matches()) return Optional.empty();
        String base = matcher.group(1);
        return Optional.of(
                OF_MECHANISM.stream().filter(base::endsWith).findFirst().orElse(base));
    }

    /** Every place that sets {@code key}, the one in force first; without values if they are sensitive. */
    List<DescribeConfigsSynonym> of(String key, boolean sensitive) {
        List<String> names = names(key);
        List<DescribeConfigsSynonym> all = new ArrayList<>();
        add(all, names, dynamic, ConfigSource.DYNAMIC_BROKER_CONFIG, sensitive);
        add(all, names, dynamicDefault, ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, sensitive);
        add(all, names, fixed, ConfigSource.STATIC_BROKER_CONFIG, sensitive);
        add(all, names, defaults, ConfigSource.DEFAULT_CONFIG, sensitive);
        // What stands before the key itself has no say in its value: that of one listener, when the base key is asked.
        int first = 0;
        while (first < all.size() && !all.get(first).name().equals(key)) first++;
        return all.subList(first, all.size());
    }

    private static void add(
            List<DescribeConfigsSynonym> all,
            List<String> names,
            Map<String, String> values,
            ConfigSource source,
            boolean sensitive) {
        for (String name : names) {
            String value = values.get(name);
            if (value == null) continue;
            all.add(new DescribeConfigsSynonym()
                    .setName(name)
                    .setValue(sensitive ? null : value)
                    .setSource(source.id()));
        }
    }
}
