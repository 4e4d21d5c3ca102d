package dev.heddle.network;

import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.MetricNames;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts the connections of one listener, all that are pending at each wake-up, and deals them out to its Processors.
 * It has a thread of its own; {@link #wakeUp} and the steps of shutting down may be called by any.
 *
 * <p>Where it may not accept, for too many connections or because the process has no file descriptors left, it looks
 * away from the listener for a while: pending connections stay with the operating system, and it never blocks.
 */
final class Acceptor {

    private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);
    private static final long PAUSE_AFTER_FAILURE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** The part of a {@link ServerSocketChannel} that can fail. */
    interface Backlog {
        /** The next pending connection, or null if there is none. */
        @Nullable SocketChannel accept() throws IOException;
    }

    private final String listener;
    private final ServerSocketChannel channel;
    private final Selector selector;
    private final Backlog backlog;
    private final List<Processor> processors;
    private final ConnectionQuotas quotas;
    private final Time time;
    private final Meter blockedNanos = new RatioMeter();
    private final Meter failures;
    private final MetricRegistry metrics;
    private final Thread thread;

    /** Cleared by whoever closes the Acceptor. */
    private volatile boolean running = true;

    /** Set when a connection has gone and there may be room; cleared before the Acceptor looks whether there is. */
    private volatile boolean room;

    private int nextProcessor;
    private boolean paused;
    private long pausedAtNanos;
    private long resumeAtNanos;

    Acceptor(ListenSocket socket, Backlog backlog, List<Processor> processors, NetworkContext context) {
        listener = socket.listener();
        channel = socket.channel();
        selector = socket.selector();
        this.backlog = backlog;
        this.processors = processors;
        quotas = context.quotas();
        time = context.time();
        metrics = context.metrics();
        failures = new Meter();
        thread = Threads.platform("acceptor-" + listener, this::run);
    }

    void start() {
        metrics.register(blockedName(), blockedNanos);
        metrics.register(failuresName(), failures);
        quotas.onRoom(listener, this::onRoom);
        thread.start();
    }

    private String blockedName() {
        return MetricNames.of("kafka.network", "Acceptor", "AcceptorBlockedPercent", "listener", listener);
    }

    private String failuresName() {
        return MetricNames.of("heddle.network", "Acceptor", "AcceptFailuresPerSec", "listener", listener);
    }

    private void onRoom() {
        room = true;
        selector.wakeup();
    }

    private void run() {
        while (running) turn();
        metrics.remove(blockedName());
        metrics.remove(failuresName());
        close(selector);
    }

    private void turn() {
        try {
            waitForConnections();
            if (running && !paused) acceptPending();
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
        }
    }

    private void waitForConnections() throws IOException {
        if (!paused) {
            selector.select(key -> {});
            return;
        }
        long leftNanos = resumeAtNanos - time.nanoseconds();
        if (leftNanos > 0 && !room) selector.select(key -> {}, 1 + TimeUnit.NANOSECONDS.toMillis(leftNanos));
        if (room || resumeAtNanos - time.nanoseconds() <= 0) resume();
    }

    private void acceptPending() throws IOException {
        while (running) {
            room = false;
            long delayNanos = quotas.delayNanos(listener);
            if (delayNanos > 0) {
                pause(delayNanos);
                return;
            }
            SocketChannel socket = backlog.accept();
            if (socket == null) return;
            take(socket);
        }
    }

    private void take(SocketChannel socket) throws IOException {
        // Not by way of its socket(), which would stay with the connection for all its life.
        var client = (InetSocketAddress) socket.getRemoteAddress();
        InetAddress address = client == null ? null : client.getAddress();
        if (address == null || !quotas.tryAdd(listener, address)) {
            LOG.debug("Connection rejected: listener={} address={}", listener, address);
            close(socket);
            return;
        }
        processors.get(nextProcessor).add(socket);
        nextProcessor = (nextProcessor + 1) % processors.size();
    }

    private void fail(Throwable cause) {
        LOG.error("Accepting failed, and is tried again: listener={}", listener, cause);
        pause(PAUSE_AFTER_FAILURE_NANOS);
        failures.mark();
    }

    private void pause(long nanos) {
        long nowNanos = time.nanoseconds();
        paused = true;
        pausedAtNanos = nowNanos;
        resumeAtNanos = nowNanos + nanos;
        lookAt(false);
    }

    private void resume() {
        paused = false;
        blockedNanos.mark(time.nanoseconds() - pausedAtNanos);
        lookAt(true);
    }

    private void lookAt(boolean pending) {
        SelectionKey key = channel.keyFor(selector);
        if (key != null && key.isValid()) key.interestOps(pending ? SelectionKey.OP_ACCEPT : 0);
    }

    /** Lets no further connection in. */
    void beginClose() {
        running = false;
        selector.wakeup();
    }

    Thread thread() {
        return thread;
    }

    private void close(AutoCloseable what) {
        try {
            what.close();
        } catch (Exception e) {
            LOG.debug("Closing failed: listener={}", listener, e);
        }
    }
}
