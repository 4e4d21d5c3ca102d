package dev.heddle.network;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.MetricNames;
import dev.heddle.common.Time;
import dev.heddle.network.SocketServerConfig.ListenerConfig;
import dev.heddle.requestchannel.RequestChannel;
import dev.heddle.requestchannel.RequestPlane;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.security.auth.AuthenticationContext;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listeners with their Acceptors and Processors. Called by the thread that starts and stops the broker; {@link
 * #listeners}, {@link #advertisedListeners} and {@link #boundPort} by any, once it is started.
 */
public final class SocketServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SocketServer.class);

    /** How long requests under way may take to be answered when the broker stops. */
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(2);

    private final SocketServerConfig config;
    private final RequestChannel channel;
    private final Function<String, @Nullable Function<AuthenticationContext, KafkaPrincipal>> principals;
    private final Time time;
    private final MetricRegistry metrics;
    private final List<String> gauges = new ArrayList<>();

    /** Published when the ports are bound. */
    private volatile List<Listener> listeners = List.of();

    /** Counts who is connected; made when the server starts. */
    private @Nullable ConnectionQuotas quotas;

    private boolean accepting;
    private int nextProcessorId;

    /**
     * @param principals says for each listener who its clients are, on the handlers' threads; null where all are anonymous
     */
    public SocketServer(
            SocketServerConfig config,
            RequestChannel channel,
            Function<String, @Nullable Function<AuthenticationContext, KafkaPrincipal>> principals,
            Time time,
            MetricRegistry metrics) {
        this.config = config;
        this.channel = channel;
        this.principals = principals;
        this.time = time;
        this.metrics = metrics;
    }

    /**
     * Binds every listener. Clients may connect from now on; nothing of theirs is read yet.
     *
     * @throws dev.heddle.common.StopBrokerException if a port is taken or an address is not this machine's; then none is bound
     */
    public void start() {
        var opened = ConnectionQuotas.of(config, time, metrics);
        quotas = opened;
        var context = new NetworkContext(config, channel, opened, principals, time, metrics);
        List<Listener> bound = new ArrayList<>();
        accepting = true;
        try {
            for (ListenerConfig listener : config.listeners()) {
                bound.add(Listener.bind(listener, context, () -> nextProcessorId++));
                listeners = List.copyOf(bound);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        registerGauges();
    }

    /** Begins to accept connections and to read requests, on every listener. */
    public void enableRequestProcessing() {
        listeners.forEach(Listener::startThreads);
    }

    /** The same on one listener. */
    public void enableRequestProcessing(String listener) {
        listeners.stream()
                .filter(one -> one.endpoint().listener().equals(listener))
                .forEach(Listener::startThreads);
    }

    /** Stops accepting connections; those that are there go on. */
    public void stopAccepting() {
        if (!accepting) return;
        accepting = false;
        for (Listener listener : listeners) {
            try {
                listener.stopAccepting();
            } catch (IOException e) {
                LOG.debug(
                        "Closing a port failed: listener={}",
                        listener.endpoint().listener(),
                        e);
            }
        }
    }

    /**
     * Reads no more requests, wakes those that wait, lets those under way be answered for a moment, and closes every
     * connection.
     */
    @Override
    public void close() {
        stopAccepting();
        listeners.forEach(Listener::beginClose);
        listeners.forEach(listener -> listener.finishClose(DRAIN_LIMIT));
        listeners = List.of();
        gauges.forEach(metrics::remove);
        gauges.clear();
        if (quotas != null) quotas.close();
        quotas = null;
    }

    /**
     * The port that {@code listener} is bound to.
     *
     * @throws java.util.NoSuchElementException if there is no such listener
     */
    public int boundPort(String listener) {
        return listeners().stream()
                .filter(endpoint -> endpoint.listener().equals(listener))
                .findFirst()
                .orElseThrow()
                .port();
    }

    /** What is listened on, with the ports that were bound. */
    public List<Endpoint> listeners() {
        return listeners.stream().map(Listener::endpoint).toList();
    }

    /** What clients are told to connect to, with bound ports; empty if they are told the address they dialled. */
    public List<Endpoint> advertisedListeners() {
        return config.advertised().stream().map(this::withBoundPort).toList();
    }

    private Endpoint withBoundPort(Endpoint advertised) {
        if (advertised.port() != 0) return advertised;
        String name = advertised.listener();
        return new Endpoint(name, advertised.securityProtocol(), advertised.host(), boundPort(name));
    }

    private void registerGauges() {
        RequestPlane data = channel.dataPlane();
        gauge("SocketServer", "NetworkProcessorAvgIdlePercent", () -> average(Processor::idleRatio));
        gauge("SocketServer", "MemoryPoolAvailable", () -> Math.max(0, data.maxQueuedBytes() - data.queuedBytes()));
        gauge("SocketServer", "MemoryPoolUsed", data::queuedBytes);
        gauge(
                "SocketServer",
                "ExpiredConnectionsKilledCount",
                () -> processors()
                        .mapToLong(processor -> processor.metrics().expiredConnections())
                        .sum());
        gauge(
                "RequestChannel",
                "ResponseQueueSize",
                () -> processors()
                        .mapToLong(processor -> processor.metrics().queuedAnswers())
                        .sum());
        register(
                MetricNames.of("heddle.network", "BufferPool", "BuffersInUse"), (Gauge<Long>) this::outstandingBuffers);
    }

    private void gauge(String type, String name, Gauge<?> gauge) {
        register(MetricNames.of("kafka.network", type, name), gauge);
    }

    private void register(String name, Gauge<?> gauge) {
        metrics.register(name, gauge);
        gauges.add(name);
    }

    private double average(ToDoubleFunction<Processor> value) {
        return processors().mapToDouble(value).average().orElse(1);
    }

    private Stream<Processor> processors() {
        return listeners.stream().flatMap(listener -> listener.processors().stream());
    }

    /** Buffers that are held by connections and requests; in the end there must be none. */
    long outstandingBuffers() {
        return processors().mapToLong(Processor::outstandingBuffers).sum();
    }

    /** For tests: who is connected. */
    int connectionCount() {
        return quotas == null ? 0 : quotas.total();
    }
}
