package dev.heddle.requestchannel;

import com.codahale.metrics.Meter;
import dev.heddle.common.CloseConnectionException;
import dev.heddle.common.Time;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of requests from the Processors to the handlers: one for data, one for the control plane, so that neither
 * can fill the other's. Any thread may call it.
 */
public final class RequestPlane {

    private static final Logger LOG = LoggerFactory.getLogger(RequestPlane.class);

    private final Admission admission;
    private final RequestMetrics metrics;
    private final Meter invalidRequests;
    private final Time time;

    /** Published by {@link #start} before the first request is dispatched; null until then. */
    private volatile @Nullable RequestDispatcher dispatcher;

    RequestPlane(Admission admission, RequestMetrics metrics, Meter invalidRequests, Time time) {
        this.admission = admission;
        this.metrics = metrics;
        this.invalidRequests = invalidRequests;
        this.time = time;
    }

    void start(RequestDispatcher dispatcher) {
        this.dispatcher = dispatcher;
    }

    /** Opens the stream of a new connection's requests. */
    public RequestStream open(RequestSource source) {
        return new RequestStream(this, source);
    }

    /** {@code listener} is called, by any thread, when there is room again after a refusal. It must not block. */
    public void addRoomListener(Runnable listener) {
        admission.addRoomListener(listener);
    }

    /** Ends what {@link #addRoomListener} began. */
    public void removeRoomListener(Runnable listener) {
        admission.removeRoomListener(listener);
    }

    /** Whether a request that carries data would be admitted now; if not, the listeners are told when it would. */
    public boolean hasRoom() {
        return admission.hasRoom();
    }

    /** Takes room for {@code bytes} of a request that has not wholly arrived; {@link #unreserve} gives it back. */
    public boolean tryReserve(long bytes) {
        return admission.tryReserve(bytes);
    }

    /** Takes room for {@code bytes} though there may be none. */
    public void reserve(long bytes) {
        admission.reserve(bytes);
    }

    /** Gives back what {@link #tryReserve} took. */
    public void unreserve(long bytes) {
        admission.releaseBytes(bytes);
    }

    /** How many requests are queued or running. */
    public int queuedRequests() {
        return admission.requests();
    }

    /** How many bytes the requests hold that have been read. */
    public long queuedBytes() {
        return admission.bytes();
    }

    /** The most bytes that are admitted. */
    public long maxQueuedBytes() {
        return admission.maxBytes();
    }

    /** Counts a peer that sent something which is no request. */
    public void countInvalidRequest() {
        invalidRequests.mark();
    }

    Admission admission() {
        return admission;
    }

    RequestMetrics metrics() {
        return metrics;
    }

    Time time() {
        return time;
    }

    /** Gives the request to the handlers. If they do not take it, its connection is closed. */
    void dispatch(Request request) {
        RequestDispatcher to = dispatcher;
        try {
            if (to == null) throw new CloseConnectionException("Requests are not yet handled");
            to.dispatch(request);
        } catch (RuntimeException e) {
            LOG.debug("A request was not taken: request={} connection={}", request.header(), request.connection(), e);
            request.handle(refused -> refused.closeConnection("The broker takes no more requests"));
        }
    }
}
