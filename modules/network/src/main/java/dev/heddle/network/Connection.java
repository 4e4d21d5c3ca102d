package dev.heddle.network;

import dev.heddle.common.CloseConnectionException;
import dev.heddle.requestchannel.ConnectionInfo;
import dev.heddle.requestchannel.Frame;
import dev.heddle.requestchannel.Request;
import dev.heddle.requestchannel.RequestSource;
import dev.heddle.requestchannel.RequestStream;
import dev.heddle.requestchannel.Response;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection. Everything here belongs to its Processor's thread, except {@link #answered}, which handlers
 * call, and {@link #info}.
 *
 * <p>For maintainers, the way of a request: {@link FrameReader} cuts its frame; if the connection may have one more
 * under way it is parsed, and if the plane admits it, it joins {@link #inflight} and starts. Its answer may come at any
 * time and on any thread; the Processor takes answers from the head of {@link #inflight} only, which keeps their order,
 * and moves them to {@link #outgoing}. Whatever stops the reading leaves the rest of the bytes where they are: in the
 * reader's buffer or in the socket. The interest in the socket is given up only when bytes arrive that cannot be taken.
 */
final class Connection implements RequestSource {

    /** What becomes of bytes that arrive. */
    private enum Reading {
        /** They are cut into requests. */
        OPEN,
        /** The connection has as many requests under way as it may. */
        INFLIGHT_LIMIT,
        /** The plane is full, or there is no memory for a long frame; it stands in the Processor's queue. */
        NO_ROOM,
        /** None will be taken any more. */
        ENDED
    }

    private static final AtomicIntegerFieldUpdater<Connection> READY =
            AtomicIntegerFieldUpdater.newUpdater(Connection.class, "ready");

    private final Processor processor;
    private final ConnectionInfo info;
    private final Transport transport;
    private final SelectionKey key;
    private final FrameReader reader;
    private final RequestStream stream;
    private final OutgoingResponses outgoing;
    private final ArrayDeque<Request> inflight = new ArrayDeque<>(1);

    /** 1 while it stands in {@link ReadyConnections}; whoever changes it from 0 puts it there. */
    private volatile int ready;

    /** Starts the next request; written by a handler before it puts the connection into {@link ReadyConnections}. */
    private volatile @Nullable Runnable turn;

    /** Written by whoever adds it to {@link ReadyConnections}, before it is published there. */
    @Nullable Connection nextReady;

    /** Links of {@link IdleConnections}. */
    @Nullable Connection olderLink;

    @Nullable Connection newerLink;

    long lastTrafficNanos;

    private Reading reading = Reading.OPEN;

    /** Parsed and not admitted. */
    private @Nullable Request refused;

    /** Why the connection is to be closed once all is sent. */
    private @Nullable String closeReason;

    private long inflightBytes;
    private boolean carriesData;

    /** Whether the socket did not take all that there was. */
    private boolean unsent;

    private boolean closed;

    Connection(Processor processor, ConnectionInfo info, Transport transport, SelectionKey key) {
        this.processor = processor;
        this.info = info;
        this.transport = transport;
        this.key = key;
        reader = processor.newFrameReader(this);
        stream = processor.plane().open(this);
        outgoing = new OutgoingResponses(processor.time());
    }

    @Override
    public ConnectionInfo info() {
        return info;
    }

    /** Called by handlers: leaves it to the Processor to look which answers are there. */
    @Override
    public void answered(Request request) {
        processor.answered(this);
    }

    /** Called by handlers: the Processor starts the next request when it takes answers. */
    @Override
    public void startInTurn(Runnable start) {
        turn = start;
        processor.answersOrTurn(this);
    }

    /** Whether the caller is the one to put this connection into {@link ReadyConnections}. Any thread may ask. */
    boolean claimReady() {
        return ready == 0 && READY.compareAndSet(this, 0, 1);
    }

    /** The socket is ready for what the connection is interested in. */
    void onReady() throws IOException {
        if (key.isReadable()) onReadable();
        if (!closed && key.isWritable()) flush();
    }

    private void onReadable() throws IOException {
        if (reading == Reading.OPEN && mustWaitToRead()) waitForRoom();
        if (reading != Reading.OPEN) {
            interest(SelectionKey.OP_READ, false);
            return;
        }
        int count = reader.read(transport);
        switch (count) {
            case FrameReader.END -> processor.close(this, "the client has closed it");
            case FrameReader.NO_ROOM -> waitForRoom();
            default -> {
                processor.received(this, count);
                startRequests();
            }
        }
    }

    /** Data is not even read while there is no room for it, unless the first part of it is here already. */
    private boolean mustWaitToRead() {
        return carriesData && reader.reservedBytes() == 0 && !processor.plane().hasRoom();
    }

    private void startRequests() {
        while (reading == Reading.OPEN) {
            if (!mayStart()) {
                reading = Reading.INFLIGHT_LIMIT;
                return;
            }
            Request request = nextRequest();
            if (request == null) return;
            if (!stream.tryAdmit(request, reader.reservedBytes())) {
                refused = request;
                waitForRoom();
                return;
            }
            start(request);
        }
    }

    private boolean mayStart() {
        int underWay = inflight.size() + outgoing.size();
        if (underWay == 0) return true;
        return underWay < processor.bounds().maxInflight()
                && inflightBytes + outgoing.bytes() < processor.bounds().maxInflightBytes();
    }

    private @Nullable Request nextRequest() {
        Request request = refused;
        if (request != null) {
            refused = null;
            return request;
        }
        Frame frame = nextFrame();
        return frame == null ? null : parse(frame);
    }

    private @Nullable Frame nextFrame() {
        try {
            return reader.nextFrame(processor.nowNanos());
        } catch (CloseConnectionException e) {
            processor.plane().countInvalidRequest();
            throw e;
        }
    }

    private Request parse(Frame frame) {
        try {
            return stream.parse(frame);
        } catch (CloseConnectionException e) {
            frame.memory().release();
            throw e;
        }
    }

    private void start(Request request) {
        reader.reservationPassedOn();
        processor.frameMemory().frameEnded(this);
        carriesData = !request.mayUseReserve();
        inflight.add(request);
        inflightBytes += request.sizeInBytes();
        processor.requestStarted();
        stream.start(request);
    }

    private void waitForRoom() {
        reading = Reading.NO_ROOM;
        processor.roomWaiters().add(this, refused != null && refused.mayUseReserve());
    }

    /** There may be room again. Returns false if there is not, and then it stands in the queue again. */
    boolean roomAvailable() {
        if (reading != Reading.NO_ROOM) return true;
        resumeReading();
        return reading != Reading.NO_ROOM;
    }

    private void resumeReading() {
        reading = Reading.OPEN;
        startRequests();
        if (reading == Reading.OPEN) interest(SelectionKey.OP_READ, true);
    }

    /** Takes the answers that are there, up to the first that is missing, and sends them. */
    void takeAnswers() throws IOException {
        ready = 0;
        startTurn();
        long nowNanos = processor.nowNanos();
        Request head = inflight.peek();
        while (head != null) {
            Response response = head.response();
            if (response == null) break;
            inflight.remove();
            take(head, response, nowNanos);
            head = inflight.peek();
        }
        if (head == null) stream.allAnswered();
        if (!closed) flush();
    }

    private void startTurn() {
        Runnable start = turn;
        if (start == null) return;
        turn = null;
        start.run();
    }

    private void take(Request request, Response response, long nowNanos) {
        inflightBytes -= request.sizeInBytes();
        processor.answerTaken();
        if (closed || closeReason != null) {
            request.completed(nowNanos, nowNanos);
            return;
        }
        switch (response) {
            case Response.Send send -> outgoing.add(request, send, nowNanos);
            case Response.Nothing nothing -> request.completed(nowNanos, nowNanos);
            case Response.CloseConnection close -> {
                closeReason = close.reason();
                endReading();
                request.completed(nowNanos, nowNanos);
            }
        }
    }

    private void flush() throws IOException {
        if (!outgoing.isEmpty()) {
            long count = outgoing.writeTo(transport, processor.gathering());
            if (count > 0) processor.sent(this, count);
        }
        if (outgoing.isEmpty() && closeReason != null) {
            processor.close(this, closeReason);
            return;
        }
        noteUnsent(!outgoing.isEmpty());
        interest(SelectionKey.OP_WRITE, unsent);
        if (reading == Reading.INFLIGHT_LIMIT && mayStart()) resumeReading();
    }

    private void noteUnsent(boolean now) {
        if (now == unsent) return;
        unsent = now;
        processor.unsent(now);
    }

    private void interest(int operation, boolean wanted) {
        int interests = key.interestOps();
        int changed = wanted ? interests | operation : interests & ~operation;
        if (changed != interests) key.interestOps(changed);
    }

    /** Reads nothing more. Answers to what was read are still sent. */
    void endReading() {
        reading = Reading.ENDED;
        interest(SelectionKey.OP_READ, false);
        reader.close();
        abandonRefused();
    }

    /** Wakes the requests that wait: nobody will read their answer, or the broker stops. */
    void cancelWaits() {
        for (Request request : inflight) request.waiter().cancel();
    }

    /** Whether requests are under way whose answer is not there. */
    boolean hasUnanswered() {
        return !inflight.isEmpty();
    }

    boolean isClosed() {
        return closed;
    }

    /** Gives up the socket and all that is held for it. Requests under way go on to their end, and nobody hears of it. */
    void close() throws IOException {
        closed = true;
        reading = Reading.ENDED;
        key.cancel();
        reader.close();
        abandonRefused();
        outgoing.drop();
        noteUnsent(false);
        cancelWaits();
        info.closed();
        transport.close();
    }

    private void abandonRefused() {
        if (refused != null) refused.abandon();
        refused = null;
    }
}
