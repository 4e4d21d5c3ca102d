package dev.heddle.requestchannel;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.MetricNames;
import dev.heddle.common.Time;

/**
 * What lies between the Processors and the handlers: a {@link RequestPlane} for data and one for control, with the
 * metrics of both. Any thread may call it.
 */
public final class RequestChannel {

    private final RequestChannelConfig config;
    private final RequestPlane dataPlane;
    private final RequestPlane controlPlane;
    private final MetricRegistry registry;

    public RequestChannel(RequestChannelConfig config, Time time, MetricRegistry registry) {
        this.config = config;
        this.registry = registry;
        var metrics = new RequestMetrics(registry, time);
        Meter invalid = registry.meter(MetricNames.of("heddle.network", "RequestChannel", "InvalidRequestsPerSec"));
        dataPlane = new RequestPlane(admission(config), metrics, invalid, time);
        controlPlane = new RequestPlane(admission(config), metrics, invalid, time);
    }

    private static Admission admission(RequestChannelConfig config) {
        return new Admission(config.queuedMaxRequests(), config.queuedMaxRequestBytes());
    }

    /**
     * Says who handles the requests of each plane, before the first is read.
     *
     * @param data for the requests of all listeners but the control plane's
     * @param controlPlane has threads of its own, so that it is there when the others are busy
     */
    public void start(RequestDispatcher data, RequestDispatcher controlPlane) {
        dataPlane.start(data);
        this.controlPlane.start(controlPlane);
        registry.gauge(MetricNames.of("kafka.network", "RequestChannel", "RequestQueueSize"), () ->
                (Gauge<Integer>) dataPlane::queuedRequests);
        registry.gauge(MetricNames.of("kafka.network", "RequestChannel", "ControlPlaneRequestQueueSize"), () ->
                (Gauge<Integer>) this.controlPlane::queuedRequests);
    }

    /** The plane for requests of ordinary listeners. */
    public RequestPlane dataPlane() {
        return dataPlane;
    }

    /** The plane for requests of the control-plane listener. */
    public RequestPlane controlPlane() {
        return controlPlane;
    }

    /** The limits. */
    public RequestChannelConfig config() {
        return config;
    }
}
