package dev.heddle.requestchannel;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.Time;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * {@code kafka.network:type=RequestMetrics}: a set of metrics for each API, made when the API is first used. Any thread
 * may call it, without waiting for another.
 */
final class RequestMetrics {

    static final String FETCH_CONSUMER = ApiKeys.FETCH.name + "Consumer";
    static final String FETCH_FOLLOWER = ApiKeys.FETCH.name + "Follower";
    static final String LIST_CLIENT_METRICS_RESOURCES = "ListClientMetricsResources";

    private final MetricRegistry registry;
    private final Time time;
    private final Map<String, ApiMetrics> byName = new ConcurrentHashMap<>();

    RequestMetrics(MetricRegistry registry, Time time) {
        this.registry = registry;
        this.time = time;
    }

    /** Counts the errors of a response; one without an error counts as NONE, as in Kafka. */
    void countErrors(ApiKeys apiKey, Map<Errors, Integer> errors) {
        if (errors.isEmpty()) return;
        ApiMetrics metrics = of(apiKey.name);
        errors.forEach(metrics::markError);
    }

    /** Counts a request that is through. */
    void record(Request request) {
        String variant = request.metricVariant();
        if (variant != null) of(variant).record(request);
        of(request.apiKey().name).record(request);
    }

    private ApiMetrics of(String name) {
        ApiMetrics known = byName.get(name);
        return known != null ? known : byName.computeIfAbsent(name, n -> new ApiMetrics(n, registry, time));
    }
}
