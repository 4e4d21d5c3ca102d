package dev.heddle.coordinator.assignor;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.Configurable;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.coordinator.group.api.assignor.ConsumerGroupPartitionAssignor;
import org.jspecify.annotations.Nullable;

/** The server-side assignors of consumer groups that this broker has, the default one first. Immutable. */
public final class Assignors {

    private static final String KEY = "group.consumer.assignors";

    /** Configurations may name Kafka's own assignors by their classes. */
    static final String APACHE = "org.apache.kafka.coordinator.group.assignor.";

    private final Map<String, ConsumerGroupPartitionAssignor> byName;
    private final ConsumerGroupPartitionAssignor byDefault;

    private Assignors(Map<String, ConsumerGroupPartitionAssignor> byName, ConsumerGroupPartitionAssignor byDefault) {
        this.byName = byName;
        this.byDefault = byDefault;
    }

    /**
     * Finds them.
     *
     * @param names {@code uniform}, {@code range} and names of classes, at least one
     * @param configs what assignors are configured with that want to be
     * @throws ConfigException if there is no such assignor, or two have the same name
     */
    public static Assignors of(List<String> names, Map<String, ?> configs) {
        Map<String, ConsumerGroupPartitionAssignor> byName = new LinkedHashMap<>();
        ConsumerGroupPartitionAssignor first = null;
        for (String name : names) {
            ConsumerGroupPartitionAssignor assignor = create(name, configs);
            if (first == null) first = assignor;
            if (byName.put(assignor.name(), assignor) != null) {
                throw new ConfigException(KEY, names, "two assignors have the name " + assignor.name());
            }
        }
        if (first == null) throw new ConfigException(KEY, names, "must name at least one assignor");
        return new Assignors(Collections.unmodifiableMap(byName), first);
    }

    private static ConsumerGroupPartitionAssignor create(String name, Map<String, ?> configs) {
        return switch (name) {
            case UniformAssignor.NAME, APACHE + "UniformAssignor" -> new UniformAssignor();
            case RangeAssignor.NAME, APACHE + "RangeAssignor" -> new RangeAssignor();
            default -> load(KEY, name, ConsumerGroupPartitionAssignor.class, configs);
        };
    }

    /** Makes an assignor of a class that somebody else has written. */
    static <T> T load(String key, String className, Class<T> type, Map<String, ?> configs) {
        try {
            T assignor = Utils.newInstance(className, type);
            if (assignor instanceof Configurable configurable) configurable.configure(configs);
            return assignor;
        } catch (ClassNotFoundException | RuntimeException e) {
            throw new ConfigException(key, className, "cannot be used as an assignor: " + e.getMessage());
        }
    }

    public Collection<String> names() {
        return byName.keySet();
    }

    public ConsumerGroupPartitionAssignor byDefault() {
        return byDefault;
    }

    /** The assignor of that name; the default one if {@code name} is null or there is none. */
    public ConsumerGroupPartitionAssignor orDefault(@Nullable String name) {
        return name == null ? byDefault : Objects.requireNonNullElse(byName.get(name), byDefault);
    }
}
