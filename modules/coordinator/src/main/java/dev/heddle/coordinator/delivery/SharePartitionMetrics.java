package dev.heddle.coordinator.delivery;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Histogram;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.MetricNames;
import dev.heddle.common.Time;
import dev.heddle.coordinator.ShareState.SharePartitionKey;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What is measured of one share partition: {@code kafka.server:type=SharePartitionMetrics}. Any thread may call it; the
 * fetch lock's times are told by who holds that lock.
 */
final class SharePartitionMetrics {

    private static final String MESSAGES = "InFlightMessageCount";
    private static final String BATCHES = "InFlightBatchCount";
    private static final String TIMEOUTS = "AcquisitionLockTimeoutPerSec";
    private static final String BATCH_MESSAGES = "InFlightBatchMessageCount";
    private static final String FETCH_LOCK_TIME = "FetchLockTimeMs";
    private static final String FETCH_LOCK_RATIO = "FetchLockRatio";

    private final MetricRegistry registry;
    private final Time time;
    private final String[] tags;
    private final Meter timeouts;
    private final Histogram batchMessages;
    private final Histogram fetchLockTimeMs;
    private final Histogram fetchLockRatio;

    /** When the fetch lock was taken and given back last; the fetch lock guards them. */
    private long takenNanos;

    private long givenBackNanos;

    SharePartitionMetrics(SharePartitionKey key, String topic, Time time, MetricRegistry registry) {
        this.registry = registry;
        this.time = time;
        tags = new String[] {"group", key.groupId(), "topic", topic, "partition", String.valueOf(key.partition())};
        timeouts = registry.meter(nameOf(TIMEOUTS));
        batchMessages = registry.histogram(nameOf(BATCH_MESSAGES));
        fetchLockTimeMs = registry.histogram(nameOf(FETCH_LOCK_TIME));
        fetchLockRatio = registry.histogram(nameOf(FETCH_LOCK_RATIO));
        givenBackNanos = time.nanoseconds();
    }

    private String nameOf(String metric) {
        return MetricNames.of("kafka.server", "SharePartitionMetrics", metric, tags);
    }

    void show(LongSupplier messages, LongSupplier batches) {
        registry.<Gauge<Long>>gauge(nameOf(MESSAGES), () -> messages::getAsLong);
        registry.<Gauge<Long>>gauge(nameOf(BATCHES), () -> batches::getAsLong);
    }

    void hide() {
        List.of(MESSAGES, BATCHES, TIMEOUTS, BATCH_MESSAGES, FETCH_LOCK_TIME, FETCH_LOCK_RATIO)
                .forEach(metric -> registry.remove(nameOf(metric)));
    }

    void locksTimedOut(long records) {
        timeouts.mark(records);
    }

    void batchInFlight(long messages) {
        batchMessages.update(messages);
    }

    void fetchLockTaken() {
        takenNanos = time.nanoseconds();
    }

    /** The ratio is the part of the time, in percent, for which the lock was held since it was given back last. */
    void fetchLockGivenBack() {
        long now = time.nanoseconds();
        long heldNanos = now - takenNanos;
        long allNanos = now - givenBackNanos;
        givenBackNanos = now;
        fetchLockTimeMs.update(TimeUnit.NANOSECONDS.toMillis(heldNanos));
        fetchLockRatio.update(allNanos <= 0 ? 100 : heldNanos * 100 / allNanos);
    }
}
