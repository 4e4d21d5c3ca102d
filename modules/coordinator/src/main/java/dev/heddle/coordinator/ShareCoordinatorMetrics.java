package dev.heddle.coordinator;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.Timer;
import dev.heddle.common.MetricNames;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.internals.Topic;

/** The share coordinator's metrics. Any thread may call it; nothing in it contends. */
final class ShareCoordinatorMetrics {

    private static final String DOMAIN = "kafka.server";
    private static final String TYPE = "share-coordinator-metrics";

    private final MetricRegistry registry;
    private final Meter writes;
    private final Timer writeLatency;
    private final Timer partitionLoads;

    /** Up to where each partition was pruned last. */
    private final ConcurrentHashMap<Integer, Long> pruned = new ConcurrentHashMap<>();

    ShareCoordinatorMetrics(MetricRegistry registry) {
        this.registry = registry;
        writes = registry.meter(MetricNames.of(DOMAIN, TYPE, "write"));
        writeLatency = registry.timer(MetricNames.of(DOMAIN, TYPE, "write-latency"));
        partitionLoads = registry.timer(MetricNames.of(DOMAIN, TYPE, "partition-load-time"));
    }

    private static String lastPruned(int partition) {
        return MetricNames.of(
                DOMAIN,
                TYPE,
                "last-pruned-offset",
                "topic",
                Topic.SHARE_GROUP_STATE_TOPIC_NAME,
                "partition",
                Integer.toString(partition));
    }

    Timer partitionLoads() {
        return partitionLoads;
    }

    void written() {
        writes.mark();
    }

    void writeTook(long nanos) {
        writeLatency.update(nanos, TimeUnit.NANOSECONDS);
    }

    void prunedUpTo(int partition, long offset) {
        if (pruned.put(partition, offset) != null) return;
        registry.<Gauge<Long>>gauge(lastPruned(partition), () -> () -> pruned.getOrDefault(partition, 0L));
    }

    /** Takes the gauges away again. */
    void hide() {
        pruned.keySet().forEach(partition -> registry.remove(lastPruned(partition)));
    }
}
