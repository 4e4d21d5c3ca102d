package dev.heddle.handlers;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.MetricNames;
import java.util.List;

/**
 * The metrics of the handler strategies. Any thread may call it.
 *
 * <ul>
 *   <li>{@code kafka.server:type=KafkaRequestHandlerPool,name=RequestHandlerAvgIdlePercent} and
 *       {@code …,name=BrokerRequestHandlerAvgIdlePercent}: the idle part of the platform pool, 0 to 1, as the rate of
 *       idle nanoseconds per nanosecond. Only with {@code handler.strategy=platform}: the other two have no pool.
 *   <li>{@code …,name=ControlPlaneRequestHandlerAvgIdlePercent}: the same for the control plane's one thread.
 *   <li>{@code heddle.handlers:type=HandlerStrategy,name=RequestsInFlight,lane=…}: requests taken and not yet finished,
 *       those that wait among them. With every strategy.
 * </ul>
 */
final class HandlerMetrics {

    private static final String DOMAIN = "kafka.server";
    private static final String POOL = "KafkaRequestHandlerPool";

    private HandlerMetrics() {}

    static void register(Lane lane, InFlightRequests inFlight, MetricRegistry metrics) {
        String name = MetricNames.of("heddle.handlers", "HandlerStrategy", "RequestsInFlight", "lane", lane.prefix());
        metrics.remove(name);
        metrics.register(name, (Gauge<Long>) inFlight::count);
    }

    /** Registers the idle meter of a lane under each of its names. */
    static Meter idleMeter(Lane lane, MetricRegistry metrics) {
        List<String> names = lane == Lane.CONTROL_PLANE
                ? List.of("ControlPlaneRequestHandlerAvgIdlePercent")
                : List.of("RequestHandlerAvgIdlePercent", "BrokerRequestHandlerAvgIdlePercent");
        var meter = new PerNanosecond();
        for (String name : names) {
            String full = MetricNames.of(DOMAIN, POOL, name);
            metrics.remove(full);
            metrics.register(full, meter);
        }
        return meter;
    }

    /** A meter of nanoseconds whose rates are per nanosecond: a fraction of time. */
    private static final class PerNanosecond extends Meter {

        private static final double NANOS_PER_SECOND = 1e9;

        @Override
        public double getMeanRate() {
            return super.getMeanRate() / NANOS_PER_SECOND;
        }

        @Override
        public double getOneMinuteRate() {
            return super.getOneMinuteRate() / NANOS_PER_SECOND;
        }

        @Override
        public double getFiveMinuteRate() {
            return super.getFiveMinuteRate() / NANOS_PER_SECOND;
        }

        @Override
        public double getFifteenMinuteRate() {
            return super.getFifteenMinuteRate() / NANOS_PER_SECOND;
        }
    }
}
