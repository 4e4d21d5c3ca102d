package dev.heddle.coordinator.delivery;

import com.codahale.metrics.Histogram;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.MetricNames;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What is measured of all share groups: {@code kafka.server:type=ShareGroupMetrics}. Any thread may call it. */
public final class ShareGroupMetrics {

    private static final String FETCH_RATIO = "RequestTopicPartitionsFetchRatio";
    private static final String ACQUIRE_TIME = "TopicPartitionsAcquireTimeMs";

    private final MetricRegistry registry;
    private final Map<Byte, Meter> acknowledged;
    private final Histogram loadTimeMs;

    ShareGroupMetrics(MetricRegistry registry) {
        this.registry = registry;
        acknowledged = Map.of(
                Acknowledgement.ACCEPT, meter("Accept"),
                Acknowledgement.RELEASE, meter("Release"),
                Acknowledgement.REJECT, meter("Reject"),
                Acknowledgement.RENEW, meter("Renew"));
        loadTimeMs = registry.histogram(MetricNames.of("kafka.server", "ShareGroupMetrics", "PartitionLoadTimeMs"));
    }

    private Meter meter(String type) {
        return registry.meter(
                MetricNames.of("kafka.server", "ShareGroupMetrics", "RecordAcknowledgementsPerSec", "ackType", type));
    }

    private static String nameOf(String metric, String groupId) {
        return MetricNames.of("kafka.server", "ShareGroupMetrics", metric, "group", groupId);
    }

    void acknowledged(Acknowledgement said) {
        if (said.types().size() == 1) acknowledged(said.types().getFirst(), said.size());
        else said.types().forEach(type -> acknowledged(type, 1));
    }

    private void acknowledged(byte type, long records) {
        Meter meter = acknowledged.get(type);
        if (meter != null) meter.mark(records); // gaps are not records
    }

    void loaded(long tookNanos) {
        loadTimeMs.update(TimeUnit.NANOSECONDS.toMillis(tookNanos));
    }

    /**
     * A fetch got its records, or came to its end without.
     *
     * @param percent of the partitions that it asked for, those that it could have something of
     * @param waitedNanos how long it took to find them
     */
    public void fetched(String groupId, int percent, long waitedNanos) {
        registry.histogram(nameOf(FETCH_RATIO, groupId)).update(percent);
        registry.histogram(nameOf(ACQUIRE_TIME, groupId)).update(TimeUnit.NANOSECONDS.toMillis(waitedNanos));
    }

    void forget(String groupId) {
        registry.remove(nameOf(FETCH_RATIO, groupId));
        registry.remove(nameOf(ACQUIRE_TIME, groupId));
    }
}
