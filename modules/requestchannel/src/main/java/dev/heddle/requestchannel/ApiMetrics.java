package dev.heddle.requestchannel;

import com.codahale.metrics.Histogram;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.HdrReservoir;
import dev.heddle.common.MetricNames;
import dev.heddle.common.Time;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.network.ClientInformation;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** The metrics of one API, under Kafka's names. Any thread may call it. */
final class ApiMetrics {

    private static final String DOMAIN = "kafka.network";
    private static final String TYPE = "RequestMetrics";
    private static final long HALF_MILLI_NANOS = 500_000;
    private static final long MILLI_NANOS = 1_000_000;

    /** A client says itself what it is called; beyond this many names all others count as unknown. */
    private static final int MAX_CLIENT_LIBRARIES = 100;

    private record DeprecatedUse(short version, ClientInformation client) {}

    private final String name;
    private final MetricRegistry registry;
    private final Time time;

    private final Histogram requestQueueTimeMs;
    private final Histogram localTimeMs;
    private final Histogram remoteTimeMs;
    private final Histogram throttleTimeMs;
    private final Histogram responseQueueTimeMs;
    private final Histogram responseSendTimeMs;
    private final Histogram totalTimeMs;
    private final Histogram requestBytes;
    private final @Nullable Histogram messageConversionsTimeMs;
    private final @Nullable Histogram temporaryMemoryBytes;

    private final Map<Short, Meter> requestsPerSec = new ConcurrentHashMap<>();
    private final Map<DeprecatedUse, Meter> deprecatedRequestsPerSec = new ConcurrentHashMap<>();
    private final Map<Errors, Meter> errorsPerSec = new ConcurrentHashMap<>();

    ApiMetrics(String name, MetricRegistry registry, Time time) {
        this.name = name;
        this.registry = registry;
        this.time = time;
        requestQueueTimeMs = histogram("RequestQueueTimeMs");
        localTimeMs = histogram("LocalTimeMs");
        remoteTimeMs = histogram("RemoteTimeMs");
        throttleTimeMs = histogram("ThrottleTimeMs");
        responseQueueTimeMs = histogram("ResponseQueueTimeMs");
        responseSendTimeMs = histogram("ResponseSendTimeMs");
        totalTimeMs = histogram("TotalTimeMs");
        requestBytes = histogram("RequestBytes");
        boolean converts = name.equals(ApiKeys.FETCH.name) || name.equals(ApiKeys.PRODUCE.name);
        messageConversionsTimeMs = converts ? histogram("MessageConversionsTimeMs") : null;
        temporaryMemoryBytes = converts ? histogram("TemporaryMemoryBytes") : null;
    }

    void markError(Errors error, int count) {
        Meter meter = errorsPerSec.get(error);
        if (meter == null) {
            meter = errorsPerSec.computeIfAbsent(
                    error, e -> registry.meter(metricName("ErrorsPerSec", "error", e.name())));
        }
        meter.mark(count);
    }

    void record(Request request) {
        RequestTimes times = request.times();
        requestRate(request.apiVersion()).mark();
        if (request.apiKey().isVersionDeprecated(request.header().apiVersion())) markDeprecated(request);
        requestQueueTimeMs.update(millis(times.requestQueueNanos()));
        localTimeMs.update(millis(times.localNanos()));
        remoteTimeMs.update(millis(times.remoteNanos()));
        throttleTimeMs.update(times.throttleTimeMs());
        responseQueueTimeMs.update(millis(times.responseQueueNanos()));
        responseSendTimeMs.update(millis(times.responseSendNanos()));
        totalTimeMs.update(millis(times.totalNanos()));
        requestBytes.update(request.bodySizeInBytes());
        if (messageConversionsTimeMs != null) {
            messageConversionsTimeMs.update(millis(times.messageConversionsNanos()));
        }
        if (temporaryMemoryBytes != null) temporaryMemoryBytes.update(times.temporaryMemoryBytes());
    }

    private Meter requestRate(short version) {
        Meter meter = requestsPerSec.get(version);
        return meter != null
                ? meter
                : requestsPerSec.computeIfAbsent(
                        version, v -> registry.meter(metricName("RequestsPerSec", "version", String.valueOf(v))));
    }

    private void markDeprecated(Request request) {
        var named = new DeprecatedUse(request.apiVersion(), request.connection().clientInformation());
        boolean tooMany = deprecatedRequestsPerSec.size() >= MAX_CLIENT_LIBRARIES;
        boolean unnamed = tooMany && !deprecatedRequestsPerSec.containsKey(named);
        var use = unnamed ? new DeprecatedUse(named.version(), ClientInformation.EMPTY) : named;
        deprecatedRequestsPerSec
                .computeIfAbsent(
                        use,
                        u -> registry.meter(MetricNames.of(
                                DOMAIN,
                                TYPE,
                                "DeprecatedRequestsPerSec",
                                "request",
                                name,
                                "version",
                                String.valueOf(u.version()),
                                "clientSoftwareName",
                                u.client().softwareName(),
                                "clientSoftwareVersion",
                                u.client().softwareVersion())))
                .mark();
    }

    private Histogram histogram(String metric) {
        return registry.histogram(
                MetricNames.of(DOMAIN, TYPE, metric, "request", name), () -> new Histogram(new HdrReservoir(time)));
    }

    private String metricName(String metric, String tag, String value) {
        return MetricNames.of(DOMAIN, TYPE, metric, "request", name, tag, value);
    }

    /** Rounded to the nearest, as Kafka does. */
    private static long millis(long nanos) {
        return Math.max(0, (nanos + HALF_MILLI_NANOS) / MILLI_NANOS);
    }
}
