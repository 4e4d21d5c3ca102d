package dev.heddle.network;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.MetricNames;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * The metrics of one Processor, under Kafka's names. The Processor writes them, except for {@link #answered}; any
 * thread reads them.
 */
final class ProcessorMetrics {

    private static final String NETWORK = "kafka.network";

    private final MetricRegistry registry;
    private final String listener;
    private final String id;
    private final List<String> names = new ArrayList<>();

    private final Meter created = new Meter();
    private final Meter closed = new Meter();
    private final Meter bytesIn = new Meter();
    private final Meter bytesOut = new Meter();
    private final LongAdder requests = new LongAdder();
    private final LongAdder answers = new LongAdder();
    private final LongAdder answersTaken = new LongAdder();
    private final LongAdder expired = new LongAdder();

    ProcessorMetrics(int id, String listener, MetricRegistry registry) {
        this.registry = registry;
        this.listener = listener;
        this.id = String.valueOf(id);
    }

    void register(IdleRatio idle) {
        gauge(MetricNames.of(NETWORK, "Processor", "IdlePercent", "networkProcessor", id), (Gauge<Double>) idle::ratio);
        gauge(MetricNames.of(NETWORK, "RequestChannel", "ResponseQueueSize", "processor", id), (Gauge<Long>)
                this::queuedAnswers);
        gauge(socketServerName("io-wait-ratio"), (Gauge<Double>) idle::ratio);
        gauge(socketServerName("connection-count"), (Gauge<Long>) this::connections);
        gauge(socketServerName("expired-connections-killed-count"), (Gauge<Long>) this::expiredConnections);
        rateAndTotal("connection-creation", created);
        rateAndTotal("connection-close", closed);
        rateAndTotal("incoming-byte", bytesIn);
        rateAndTotal("outgoing-byte", bytesOut);
        gauge(socketServerName("response-total"), (Gauge<Long>) requests::sum);
        gauge(socketServerName("request-total"), (Gauge<Long>) answersTaken::sum);
    }

    private void rateAndTotal(String name, Meter meter) {
        gauge(socketServerName(name + "-rate"), (Gauge<Double>) meter::getOneMinuteRate);
        gauge(socketServerName(name + "-total"), (Gauge<Long>) meter::getCount);
    }

    private String socketServerName(String name) {
        return MetricNames.of(
                "kafka.server", "socket-server-metrics", name, "listener", listener, "networkProcessor", id);
    }

    private void gauge(String name, Gauge<?> gauge) {
        registry.register(name, gauge);
        names.add(name);
    }

    void connectionCreated() {
        created.mark();
    }

    void connectionClosed() {
        closed.mark();
    }

    void connectionExpired() {
        expired.increment();
    }

    void received(int bytes) {
        bytesIn.mark(bytes);
    }

    void sent(long bytes) {
        bytesOut.mark(bytes);
    }

    void requestStarted() {
        requests.increment();
    }

    /** Called by handlers. */
    void answered() {
        answers.increment();
    }

    void answerTaken() {
        answersTaken.increment();
    }

    /** How many connections the Processor has. */
    long connections() {
        return created.getCount() - closed.getCount();
    }

    /** How many connections it has closed because they were idle. */
    long expiredConnections() {
        return expired.sum();
    }

    /** How many answers the Processor has not yet taken. */
    long queuedAnswers() {
        return Math.max(0, answers.sum() - answersTaken.sum());
    }

    void close() {
        names.forEach(registry::remove);
        names.clear();
    }
}
