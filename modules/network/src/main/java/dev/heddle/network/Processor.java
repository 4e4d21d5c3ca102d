package dev.heddle.network;

import dev.heddle.common.CloseConnectionException;
import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import dev.heddle.requestchannel.BufferPool;
import dev.heddle.requestchannel.ListenerInfo;
import dev.heddle.requestchannel.RequestPlane;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the requests of its connections and sends their answers, on one thread with one selector. Other threads call
 * {@link #add}, {@link #answered}, {@link #wakeUp} and the steps of shutting down; everything else is the thread's own,
 * and never blocks except in its selector.
 *
 * <p>For maintainers: what other threads hand over goes into a queue first, and then they wake the thread if it sleeps;
 * see {@link WakeableSelector}.
 */
final class Processor {

    private static final Logger LOG = LoggerFactory.getLogger(Processor.class);
    private static final long SELECT_TIMEOUT_MS = 500;
    private static final int GATHERING_BYTES = 128 * 1024;
    private static final long MAX_RETAINED_BUFFER_BYTES = 8L * 1024 * 1024;

    private final int id;
    private final ListenerInfo listener;
    private final NetworkContext context;
    private final WakeableSelector selector;
    private final FrameMemory frameMemory;
    private final RequestPlane plane;
    private final Time time;
    private final ConnectionBounds bounds;
    private final ConnectionOpener opener;
    private final ProcessorMetrics metrics;
    private final Thread thread;
    private final Runnable onRoom = this::onRoom;
    private final BooleanSupplier hasWork = this::hasWork;
    private final Consumer<SelectionKey> onReady = this::onReady;

    private final ReadyConnections readyConnections = new ReadyConnections();
    private final RoomWaiters roomWaiters = new RoomWaiters();

    /** Cleared by whoever closes the Processor; it then reads nothing more and ends when all is answered. */
    private volatile boolean running = true;

    /** Set when even what is not answered is to be given up. */
    private volatile boolean abandoned;

    /** Set by the thread at its end: answers that come later are looked after by those who bring them. */
    private volatile boolean ended;

    /** Guards the connections after the end of the thread. */
    private final ReentrantLock afterEnd = new ReentrantLock();

    // All below is the thread's own.
    private final BufferPool pool = new BufferPool(MAX_RETAINED_BUFFER_BYTES);
    private final ByteBuffer gathering = ByteBuffer.allocateDirect(GATHERING_BYTES);
    private final IdleConnections connections;
    private int unansweredRequests;
    private int unsentConnections;
    private boolean ending;

    /** Whether {@link #nowNanos} is of the present selection. */
    private boolean selecting;

    private long nowNanos;

    private Processor(int id, int threadIndex, ListenerInfo listener, NetworkContext context, Selector selector) {
        this.id = id;
        this.listener = listener;
        this.context = context;
        plane = context.plane(listener.controlPlane());
        time = context.time();
        connections = new IdleConnections(context.config().socket().maxIdleMs());
        opener = new ConnectionOpener(id, listener, context);
        bounds = context.connectionBounds();
        metrics = new ProcessorMetrics(id, listener.name(), context.metrics());
        this.selector = new WakeableSelector(selector, time);
        frameMemory = new FrameMemory(plane, roomWaiters::signal);
        thread = Threads.platform("processor-" + listener.name() + "-" + threadIndex, this::run);
    }

    /**
     * Makes a Processor that does not run yet.
     *
     * @param id its number among all Processors of the broker
     * @param threadIndex its number among those of its listener
     */
    static Processor open(int id, int threadIndex, ListenerInfo listener, NetworkContext context) {
        try {
            return new Processor(id, threadIndex, listener, context, Selector.open());
        } catch (IOException e) {
            throw new StopBrokerException("Cannot open a selector: " + e.getMessage(), e);
        }
    }

    void start() {
        metrics.register(selector.idleRatio());
        plane.addRoomListener(onRoom);
        thread.start();
    }

    /** Takes over a connection that was accepted and counted. Any thread may call it. */
    void add(SocketChannel socket) {
        opener.add(socket);
        wakeUp();
    }

    /** There are answers for {@code connection}. Any thread may call it. */
    void answered(Connection connection) {
        metrics.answered();
        answersOrTurn(connection);
    }

    /** {@code connection} has something for {@link Connection#takeAnswers}. Any thread may call it. */
    void answersOrTurn(Connection connection) {
        if (!connection.claimReady()) return;
        readyConnections.add(connection);
        if (ended) takeAnswersAfterEnd();
        else wakeUp();
    }

    private void onRoom() {
        roomWaiters.signal();
        wakeUp();
    }

    /** Lets the thread look into its queues. Any thread may call it. */
    void wakeUp() {
        selector.wakeUp();
    }

    private void run() {
        while (running) turn();
        beginEnding();
        while (hasUnfinished() && !abandoned) turn();
        end();
    }

    private void turn() {
        try {
            openNewConnections();
            roomWaiters.retry(this);
            takeAnswers();
            select();
            closeIdleConnections();
            shedConnections();
        } catch (IOException | RuntimeException | Error e) {
            LOG.error("A step of the Processor failed: processor={} listener={}", id, listener.name(), e);
        }
    }

    private void openNewConnections() {
        while (!ending && !opener.isEmpty()) {
            Connection connection = opener.openNext(this, selector.selector());
            if (connection == null) continue;
            connection.lastTrafficNanos = time.nanoseconds();
            connections.add(connection);
            metrics.connectionCreated();
        }
    }

    /** Lets a connection that waited for room try again; false if it was refused. */
    boolean resume(Connection connection) {
        try {
            return connection.roomAvailable();
        } catch (RuntimeException | Error e) {
            fail(connection, e);
            return true;
        }
    }

    private void takeAnswers() {
        nowNanos = time.nanoseconds();
        Connection connection = readyConnections.takeAll();
        while (connection != null) {
            Connection next = connection.nextReady;
            connection.nextReady = null;
            takeAnswers(connection);
            connection = next;
        }
    }

    private void takeAnswers(Connection connection) {
        try {
            connection.takeAnswers();
        } catch (IOException | RuntimeException | Error e) {
            fail(connection, e);
        }
    }

    private void takeAnswersAfterEnd() {
        afterEnd.lock();
        try {
            takeAnswers();
        } finally {
            afterEnd.unlock();
        }
    }

    private void select() throws IOException {
        selecting = false;
        selector.select(hasWork, onReady, connections.isEmpty() ? 0 : SELECT_TIMEOUT_MS);
        nowNanos = time.nanoseconds();
    }

    private boolean hasWork() {
        return !readyConnections.isEmpty()
                || (!ending && !opener.isEmpty())
                || roomWaiters.isSignalled()
                || (!running && (!ending || abandoned || !hasUnfinished()));
    }

    private boolean hasUnfinished() {
        return unansweredRequests > 0 || unsentConnections > 0;
    }

    private void onReady(SelectionKey key) {
        if (!selecting) {
            selecting = true;
            nowNanos = time.nanoseconds();
        }
        var connection = (Connection) key.attachment();
        try {
            connection.onReady();
        } catch (IOException | RuntimeException | Error e) {
            fail(connection, e);
        }
    }

    private void fail(Connection connection, Throwable cause) {
        if (cause instanceof IOException || cause instanceof CloseConnectionException) {
            close(connection, String.valueOf(cause.getMessage()));
        } else {
            LOG.error("A connection failed: connection={}", connection.info(), cause);
            close(connection, "internal error");
        }
    }

    private void closeIdleConnections() {
        Connection oldest = connections.expired(nowNanos);
        while (oldest != null) {
            if (oldest.hasUnanswered()) {
                connections.touch(oldest, nowNanos);
            } else {
                metrics.connectionExpired();
                close(oldest, "idle");
            }
            oldest = connections.expired(nowNanos);
        }
    }

    /** Makes room for a connection between brokers, which may come though there are as many as may be. */
    private void shedConnections() {
        Connection oldest = connections.oldest();
        if (oldest != null && context.quotas().mustShed(listener.name())) close(oldest, "too many connections");
    }

    /** Closes a connection; for one that is closed already it does nothing. */
    void close(Connection connection, String reason) {
        if (connection.isClosed()) return;
        LOG.debug("Connection closed: connection={} reason={}", connection.info(), reason);
        connections.remove(connection);
        roomWaiters.remove(connection);
        frameMemory.frameEnded(connection);
        metrics.connectionClosed();
        try {
            connection.close();
        } catch (IOException e) {
            LOG.debug("Closing a socket failed: connection={}", connection.info(), e);
        } finally {
            context.quotas().remove(listener.name(), connection.info().clientAddress());
        }
    }

    // What a connection asks of its Processor, on the Processor's thread.

    FrameReader newFrameReader(Connection connection) {
        int maxFrameBytes = context.config().socket().maxRequestBytes();
        return new FrameReader(pool, frameMemory.budget(connection), maxFrameBytes);
    }

    FrameMemory frameMemory() {
        return frameMemory;
    }

    RoomWaiters roomWaiters() {
        return roomWaiters;
    }

    void received(Connection connection, int bytes) {
        metrics.received(bytes);
        connections.touch(connection, nowNanos);
    }

    void sent(Connection connection, long bytes) {
        metrics.sent(bytes);
        connections.touch(connection, nowNanos);
    }

    void requestStarted() {
        unansweredRequests++;
        metrics.requestStarted();
    }

    void answerTaken() {
        unansweredRequests--;
        metrics.answerTaken();
    }

    /** The connection has begun, or ended, to have something that its socket does not take. */
    void unsent(boolean begins) {
        unsentConnections += begins ? 1 : -1;
    }

    RequestPlane plane() {
        return plane;
    }

    Time time() {
        return time;
    }

    long nowNanos() {
        return nowNanos;
    }

    ConnectionBounds bounds() {
        return bounds;
    }

    ByteBuffer gathering() {
        return gathering;
    }

    // Shutting down.

    /** Reads no more, wakes all requests that wait, and ends when everything is answered and sent. */
    void beginClose() {
        running = false;
        wakeUp();
    }

    /** Ends though not everything is answered. */
    void abandon() {
        abandoned = true;
        wakeUp();
    }

    /** Gives back what a Processor holds that never ran. Called by the thread that made it. */
    void closeUnstarted() {
        end();
    }

    Thread thread() {
        return thread;
    }

    private void beginEnding() {
        ending = true;
        connections.forEach(connection -> {
            connection.endReading();
            connection.cancelWaits();
        });
    }

    private void end() {
        connections.forEach(connection -> close(connection, "the broker stops"));
        opener.discardAll();
        plane.removeRoomListener(onRoom);
        metrics.close();
        try {
            selector.close();
        } catch (IOException e) {
            LOG.debug("Closing a selector failed: processor={}", id, e);
        }
        ended = true;
        takeAnswersAfterEnd();
    }

    /** For tests: buffers that are held by connections and requests. */
    long outstandingBuffers() {
        return pool.outstanding();
    }

    ProcessorMetrics metrics() {
        return metrics;
    }

    double idleRatio() {
        return selector.idleRatio().ratio();
    }
}
