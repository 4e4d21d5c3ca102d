package dev.heddle.network;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.MetricNames;

/** Who was let in through a listener and who was turned away. Any thread may call it. */
final class ListenerMetrics {

    private static final String OURS = "heddle.network";

    private final MetricRegistry registry;
    private final Meter accepted;
    private final Meter rejectedByAddress;
    private final Meter heldBackByCount;
    private final Meter heldBackByRate;
    private final String acceptRateName;
    private final String rejectedName;
    private final String byCountName;
    private final String byRateName;

    ListenerMetrics(String listener, MetricRegistry registry) {
        this.registry = registry;
        acceptRateName =
                MetricNames.of("kafka.server", "socket-server-metrics", "connection-accept-rate", "listener", listener);
        rejectedName = rejected(listener, "max.connections.per.ip");
        byCountName = heldBack(listener, "max.connections");
        byRateName = heldBack(listener, "max.connection.creation.rate");
        accepted = new Meter();
        registry.gauge(acceptRateName, () -> (Gauge<Double>) accepted::getOneMinuteRate);
        rejectedByAddress = registry.meter(rejectedName);
        heldBackByCount = registry.meter(byCountName);
        heldBackByRate = registry.meter(byRateName);
    }

    private static String rejected(String listener, String limit) {
        return MetricNames.of(
                OURS, "ConnectionQuotas", "RejectedConnectionsPerSec", "listener", listener, "limit", limit);
    }

    private static String heldBack(String listener, String limit) {
        return MetricNames.of(OURS, "ConnectionQuotas", "AcceptPausesPerSec", "listener", listener, "limit", limit);
    }

    void accepted() {
        accepted.mark();
    }

    void rejectedByAddress() {
        rejectedByAddress.mark();
    }

    void heldBackByCount() {
        heldBackByCount.mark();
    }

    void heldBackByRate() {
        heldBackByRate.mark();
    }

    void close() {
        registry.remove(acceptRateName);
        registry.remove(rejectedName);
        registry.remove(byCountName);
        registry.remove(byRateName);
    }
}
