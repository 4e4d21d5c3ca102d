package dev.heddle.network;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import dev.heddle.requestchannel.RequestChannel;
import dev.heddle.requestchannel.RequestChannelConfig;
import dev.heddle.requestchannel.RequestDispatcher;
import dev.heddle.requestchannel.RequestHandler;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;

/** A socket server on a free port of the loopback interface, whose requests a test handles. */
final class TestServer implements AutoCloseable {

    final MetricRegistry metrics = new MetricRegistry();
    final RequestChannel channel;
    final SocketServer server;

    private TestServer(Map<String, String> overrides, Time time) {
        var values = new HashMap<String, String>();
        values.put(SocketServerConfig.LISTENERS, "PLAINTEXT://127.0.0.1:0");
        values.put(SocketServerConfig.NUM_NETWORK_THREADS, "1");
        values.putAll(overrides);
        ConfigDef def = RequestChannelConfig.define(SocketServerConfig.define(new ConfigDef()));
        var parsed = new AbstractConfig(def, values, false);
        channel = new RequestChannel(RequestChannelConfig.from(parsed), time, metrics);
        server = new SocketServer(SocketServerConfig.from(parsed), channel, listener -> null, time, metrics);
    }

    /** Every request has a virtual thread. */
    static TestServer start(RequestHandler handler, String... overrides) {
        return start(virtual(handler), Time.SYSTEM, overrides);
    }

    static TestServer start(RequestDispatcher dispatcher, Time time, String... overrides) {
        var values = new HashMap<String, String>();
        for (int i = 0; i < overrides.length; i += 2) values.put(overrides[i], overrides[i + 1]);
        var started = new TestServer(values, time);
        started.bind(dispatcher);
        started.server.enableRequestProcessing();
        return started;
    }

    /** Clients may connect, but nobody reads what they send. */
    static TestServer startBound(RequestDispatcher dispatcher) {
        var started = new TestServer(Map.of(), Time.SYSTEM);
        started.bind(dispatcher);
        return started;
    }

    private void bind(RequestDispatcher dispatcher) {
        channel.start(dispatcher, dispatcher);
        server.start();
    }

    static RequestDispatcher virtual(RequestHandler handler) {
        return request ->
                Threads.virtual("handler", () -> request.handle(handler)).start();
    }

    TestClient connect() {
        return connect("PLAINTEXT");
    }

    TestClient connect(String listener) {
        return TestClient.connect(server.boundPort(listener));
    }

    long count(String metric) {
        return metrics.getMetrics().get(metric) instanceof Meter meter
                ? meter.getCount()
                : ((Number) ((Gauge<?>) metrics.getMetrics().get(metric)).getValue()).longValue();
    }

    /** Waits until {@code condition} holds; the test's own time-out ends it otherwise. */
    static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            if (Thread.currentThread().isInterrupted()) throw new AssertionError("It did not happen in time");
            Thread.onSpinWait();
        }
    }

    /** Everything that connections and requests held has been given back. */
    void awaitNothingHeld() {
        await(() -> server.connectionCount() == 0
                && server.outstandingBuffers() == 0
                && channel.dataPlane().queuedRequests() == 0
                && channel.dataPlane().queuedBytes() == 0
                && channel.controlPlane().queuedRequests() == 0
                && channel.controlPlane().queuedBytes() == 0);
    }

    @Override
    public void close() {
        server.close();
    }
}
