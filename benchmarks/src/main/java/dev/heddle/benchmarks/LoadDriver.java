package dev.heddle.benchmarks;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Puts loads on a broker from one event loop, and measures them. One thread uses it.
 *
 * <p>Latencies are safe from coordinated omission: a request that is sent late, because the answer to the one before was
 * late, is measured from when it was due.
 */
final class LoadDriver implements AutoCloseable {

    /** Shorter than that the selector cannot wait. */
    private static final long SELECTOR_GRAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** How long at most an answer lies unread while the driver waits for what is due next. */
    private static final long NAP_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

    private final Selector selector;
    private final List<LoadConnection> connections = new ArrayList<>();
    private final List<LoadConnection> openLoop = new ArrayList<>();
    private final Map<String, LoadMeter> meters = new LinkedHashMap<>();

    LoadDriver() throws IOException {
        selector = Selector.open();
    }

    /** Connects everyone of a load; their requests begin with the next {@link #run}. */
    void connect(int port, Load load) throws IOException {
        var meter = new LoadMeter(load);
        meters.put(load.name(), meter);
        int count = load.requests().size();
        long now = System.nanoTime();
        for (int i = 0; i < count; i++) {
            var connection = new LoadConnection(port, load, i, meter);
            // Spread over the period, so that they do not all come at once.
            long offset = load.isOpen() ? (long) (1e9 / load.perSecond() * i / count) : 0;
            connection.register(selector, now + offset);
            connections.add(connection);
            if (load.isOpen()) openLoop.add(connection);
        }
    }

    /** Goes on for so long; what was measured meanwhile, by the names of the loads. */
    Map<String, Measured> run(Duration time) throws IOException {
        take();
        long end = System.nanoTime() + time.toNanos();
        for (LoadConnection connection : connections) connection.send(System.nanoTime());
        long now;
        while ((now = System.nanoTime()) < end) {
            long nextDue = sendDue(now);
            await(Math.min(nextDue, end) - System.nanoTime());
            receiveReady();
        }
        return take();
    }

    private Map<String, Measured> take() {
        Map<String, Measured> taken = new LinkedHashMap<>();
        meters.forEach((name, meter) -> taken.put(name, meter.take()));
        return taken;
    }

    /** How long those requests of a load have waited that are due and have no answer yet. */
    Histogram waitingNanos(String load) {
        var waiting = new Histogram(3);
        long now = System.nanoTime();
        for (LoadConnection connection : connections) {
            if (connection.isOf(load)) connection.tellWaiting(now, waiting::recordValue);
        }
        return waiting;
    }

    /** The others send when they are answered. */
    private long sendDue(long now) throws IOException {
        long nextDue = Long.MAX_VALUE;
        for (LoadConnection connection : openLoop) {
            connection.send(now);
            nextDue = Math.min(nextDue, connection.nextDueNanos());
        }
        return nextDue;
    }

    private void await(long nanos) throws IOException {
        if (nanos > SELECTOR_GRAIN_NANOS) {
            selector.select(TimeUnit.NANOSECONDS.toMillis(nanos) - 1);
        } else if (selector.selectNow() == 0 && nanos > 0) {
            LockSupport.parkNanos(Math.min(nanos, NAP_NANOS));
            selector.selectNow();
        }
    }

    private void receiveReady() throws IOException {
        for (SelectionKey key : selector.selectedKeys()) {
            var connection = (LoadConnection) key.attachment();
            long now = System.nanoTime();
            if (key.isReadable()) connection.receive(now);
            if (key.isWritable() || !connection.isOpenLoop()) connection.send(now);
        }
        selector.selectedKeys().clear();
    }

    @Override
    public void close() throws IOException {
        for (LoadConnection connection : connections) connection.close();
        selector.close();
    }
}
