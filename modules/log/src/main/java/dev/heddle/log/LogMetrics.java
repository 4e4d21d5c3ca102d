package dev.heddle.log;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.MetricNames;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/** The gauges of one log, under Kafka's names. Any thread may call it. */
final class LogMetrics {

    private static final List<String> NAMES =
            List.of("NumLogSegments", "LogStartOffset", "LogEndOffset", "Size", "RetentionSizeInPercent");

    private final MetricRegistry registry;
    private final LogState state;

    /** What was registered, by name: another log of the partition may have the names by now. */
    private final Map<String, Gauge<?>> own = new ConcurrentHashMap<>();

    LogMetrics(LogState state) {
        this.registry = state.runtime().metrics();
        this.state = state;
    }

    void register() {
        gauge(NAMES.get(0), () -> state.segments().count());
        gauge(NAMES.get(1), state::logStartOffset);
        gauge(NAMES.get(2), () -> state.end().offset());
        gauge(NAMES.get(3), () -> state.segments().sizeInBytes());
        gauge(NAMES.get(4), this::retentionSizeInPercent);
    }

    /** How much of {@code retention.bytes} is used; 0 where there is no such limit. */
    private int retentionSizeInPercent() {
        long limit = state.config().retentionBytes();
        if (limit <= 0) return 0;
        return (int) Math.min(Integer.MAX_VALUE, state.segments().sizeInBytes() * 100.0 / limit);
    }

    private <T> void gauge(String name, Supplier<T> value) {
        String key = key(name);
        Gauge<T> gauge = value::get;
        while (!replace(key, gauge)) {}
        own.put(key, gauge);
    }

    /** False if another log by that name came between, as twins do that are loaded at the same time. */
    private boolean replace(String key, Gauge<?> gauge) {
        registry.remove(key); // of a log by that name which was deleted a moment ago
        try {
            registry.register(key, gauge);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private String key(String name) {
        TopicPartition partition = state.partition();
        String number = Integer.toString(partition.partition());
        return state.isFuture()
                ? MetricNames.of(
                        "kafka.log", "Log", name, "topic", partition.topic(), "partition", number, "is-future", "true")
                : MetricNames.of("kafka.log", "Log", name, "topic", partition.topic(), "partition", number);
    }

    void remove() {
        own.forEach((key, gauge) -> {
            if (registry.getMetrics().get(key) == gauge) registry.remove(key);
        });
        own.clear();
    }
}
