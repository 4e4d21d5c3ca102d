package dev.heddle.coordinator;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;
import dev.heddle.common.MetricNames;
import java.util.concurrent.atomic.LongAdder;

/** The transaction coordinator's metrics. Any thread may call it; nothing in it contends. */
final class TransactionMetrics {

    private static final String MARKERS_DOMAIN = "kafka.coordinator.transaction";
    private static final String MARKERS_TYPE = "TransactionMarkerChannelManager";
    private static final String LATE_COMPLETIONS = "LogAppendRetryQueueSize";
    private static final String MARKERS_WITHOUT_LEADER = "UnknownDestinationQueueSize";

    private final MetricRegistry registry;
    private final LongAdder lateCompletions = new LongAdder();
    private final LongAdder markersWithoutLeader = new LongAdder();
    private final Timer partitionLoads;

    TransactionMetrics(MetricRegistry registry) {
        this.registry = registry;
        partitionLoads = registry.timer(
                MetricNames.of("kafka.server", "transaction-coordinator-metrics", "partition-load-time"));
    }

    private static String marker(String name) {
        return MetricNames.of(MARKERS_DOMAIN, MARKERS_TYPE, name);
    }

    /** Shows how many completions wait for the log to take them, and how many markers wait for a leader to write them. */
    void show() {
        registry.<Gauge<Long>>gauge(marker(MARKERS_WITHOUT_LEADER), () -> markersWithoutLeader::sum);
        registry.<Gauge<Long>>gauge(marker(LATE_COMPLETIONS), () -> lateCompletions::sum);
    }

    /** Takes the gauges away again. */
    void hide() {
        registry.remove(marker(LATE_COMPLETIONS));
        registry.remove(marker(MARKERS_WITHOUT_LEADER));
    }

    void completionDelayed() {
        lateCompletions.increment();
    }

    void completionResumed() {
        lateCompletions.decrement();
    }

    /** So many markers more, or fewer, are for partitions that nobody leads. */
    void markersWithoutLeader(long change) {
        markersWithoutLeader.add(change);
    }

    Timer partitionLoads() {
        return partitionLoads;
    }
}
