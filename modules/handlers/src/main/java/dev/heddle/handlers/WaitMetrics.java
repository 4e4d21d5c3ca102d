package dev.heddle.handlers;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.MetricNames;
import dev.heddle.common.Waiter;
import java.util.concurrent.atomic.LongAdder;

/**
 * How many requests of a kind are waiting, and how many waited in vain. Any thread may call it. Where Kafka has a
 * purgatory we have parked threads, and the names say what dashboards look for.
 */
final class WaitMetrics {

    private final LongAdder waiting = new LongAdder();
    private final Meter expired;

    private WaitMetrics(MetricRegistry metrics, String operation, Meter expired) {
        this.expired = expired;
        metrics.gauge(purgatory("PurgatorySize", operation), () -> (Gauge<Long>) waiting::sum);
        metrics.gauge(purgatory("NumDelayedOperations", operation), () -> (Gauge<Long>) waiting::sum);
    }

    static WaitMetrics ofProduce(MetricRegistry metrics) {
        return new WaitMetrics(
                metrics,
                "Produce",
                metrics.meter(MetricNames.of("kafka.server", "DelayedProduceMetrics", "ExpiresPerSec")));
    }

    static WaitMetrics ofFetch(MetricRegistry metrics) {
        String name = MetricNames.of("kafka.server", "DelayedFetchMetrics", "ExpiresPerSec", "fetcherType", "consumer");
        return new WaitMetrics(metrics, "Fetch", metrics.meter(name));
    }

    static WaitMetrics ofShareFetch(MetricRegistry metrics) {
        String name = MetricNames.of("kafka.server", "DelayedShareFetchMetrics", "ExpiresPerSec");
        return new WaitMetrics(metrics, "ShareFetch", metrics.meter(name));
    }

    private static String purgatory(String name, String operation) {
        return MetricNames.of("kafka.server", "DelayedOperationPurgatory", name, "delayedOperation", operation);
    }

    void begin() {
        waiting.increment();
    }

    void end() {
        waiting.decrement();
    }

    /**
     * Counts how the wait of a request has ended that is answered with what there is.
     *
     * @return false if nobody is interested in the answer any more
     */
    boolean goesOnAfter(Waiter.Outcome outcome) {
        if (outcome == Waiter.Outcome.TIMED_OUT) expired(1);
        return outcome != Waiter.Outcome.CANCELLED;
    }

    /** So many did not get what they waited for in time. */
    void expired(int count) {
        expired.mark(count);
    }
}
