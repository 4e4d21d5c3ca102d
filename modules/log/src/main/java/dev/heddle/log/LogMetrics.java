package dev.heddle.log;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.MetricNames;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/** The gauges of one log, under Kafka's names. Any thread may call it. */
final class LogMetrics {

    private static final List<String> NAMES =
            List.of("NumLogSegments", "LogStartOffset", "LogEndOffset", "Size", "RetentionSizeInPercent");

    private final MetricRegistry registry;
    private final LogState state;

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
        registry.remove(key); // of a log by that name which was deleted a moment ago
        registry.register(key, (Gauge<T>) value::get);
    }

    private String key(String name) {
        TopicPartition partition = state.partition();
        return MetricNames.of(
                "kafka.log",
                "Log",
                name,
                "topic",
                partition.topic(),
                "partition",
                Integer.toString(partition.partition()));
    }

    void remove() {
        NAMES.forEach(name -> registry.remove(key(name)));
    }
}
