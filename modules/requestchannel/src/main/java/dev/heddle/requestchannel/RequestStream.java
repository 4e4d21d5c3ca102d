package dev.heddle.requestchannel;

import dev.heddle.common.CloseConnectionException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.RequestHeader;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one connection, which start one after another. Its Processor parses, admits and starts them; the
 * threads of finishing handlers start the next.
 *
 * <p>For maintainers: requests form a chain. The Processor appends to the last one, and whoever finishes a request (or
 * releases its order) takes the successor and dispatches it; both do so by one atomic step on the same field, so there
 * is no queue, no lock, and exactly one of them dispatches. A dispatcher that runs the next request on the spot would
 * nest without end on a chain that keeps growing. Therefore a nested hand-over on the same thread leaves the request
 * in {@link #deferred}, for the outermost one to dispatch.
 *
 * <p>Handing over keeps a connection's requests among the handlers' threads, whose scheduler may prefer what its own
 * threads bring to what Processors bring: a client that always has one more request under way would keep the others
 * waiting. So after {@link #MAX_RUN_NANOS} the next request goes by way of the Processor, behind whatever that has read.
 */
public final class RequestStream {

    private static final AtomicReferenceFieldUpdater<RequestStream, @Nullable Thread> HANDING_OVER =
            AtomicReferenceFieldUpdater.newUpdater(RequestStream.class, Thread.class, "handingOver");

    /** For how long requests of one connection may follow each other directly. */
    static final long MAX_RUN_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final RequestPlane plane;
    private final RequestSource source;

    /** The request started last, if it may not be answered yet; the Processor's own. */
    private @Nullable Request last;

    /** The thread that is handing over right now. */
    private volatile @Nullable Thread handingOver;

    /** What is to be dispatched next by the thread in {@link #handingOver}; touched by that thread alone. */
    private @Nullable Request deferred;

    /** When the Processor dispatched last. Touched by whoever dispatches the connection's next request. */
    private long runSinceNanos;

    RequestStream(RequestPlane plane, RequestSource source) {
        this.plane = plane;
        this.source = source;
    }

    /**
     * Reads the header of a frame. Called by the Processor.
     *
     * @throws CloseConnectionException if it is no request, or one of a version that is not spoken here; it has been
     *     counted, and the frame is still the caller's
     */
    public Request parse(Frame frame) {
        ByteBuffer payload = frame.payload();
        int size = payload.remaining();
        try {
            RequestHeader header = RequestHeader.parse(payload);
            requireSpoken(header.apiKey(), header.apiVersion());
            return new Request(this, header, frame, size);
        } catch (KafkaException e) {
            plane.countInvalidRequest();
            throw new CloseConnectionException("Not a request: " + e.getMessage(), e);
        } catch (CloseConnectionException e) {
            plane.countInvalidRequest();
            throw e;
        }
    }

    /** ApiVersions of any version gets an answer, which tells the client what is spoken (KIP-511). */
    private static void requireSpoken(ApiKeys apiKey, short version) {
        if (!apiKey.inScope(ListenerType.BROKER)) {
            throw new CloseConnectionException("Not an API of brokers: " + apiKey.name);
        }
        if (apiKey != ApiKeys.API_VERSIONS && !apiKey.isVersionEnabled(version, false)) {
            throw new CloseConnectionException("Unsupported version " + version + " of " + apiKey.name);
        }
    }

    /**
     * Takes room for a request. Called by the Processor, which after a refusal tries again when there is room.
     *
     * @param reservedBytes how many bytes the caller has reserved for this request before; they become the request's
     */
    public boolean tryAdmit(Request request, long reservedBytes) {
        boolean admitted = plane.admission().tryAdmit(request.mayUseReserve(), request.sizeInBytes(), reservedBytes);
        if (admitted) request.admitted();
        return admitted;
    }

    /** Starts an admitted request, or lets it start when the one before permits. Called by the Processor. */
    public void start(Request request) {
        Request before = last;
        last = request;
        if (before == null || !before.append(request)) startRun(request);
    }

    /** Called by the Processor. */
    private void startRun(Request request) {
        runSinceNanos = plane.time().nanoseconds();
        request.mayRunOnCaller(true);
        plane.dispatch(request);
    }

    /** All that was started is answered: what comes next follows nothing, and nothing is kept. Called by the Processor. */
    public void allAnswered() {
        last = null;
    }

    /** Dispatches the successor of a request that lets it start. Called by a handler's thread. */
    void handOver(Request next) {
        next.takePlace();
        if (plane.time().nanoseconds() - runSinceNanos > MAX_RUN_NANOS) {
            source.startInTurn(() -> startRun(next));
            return;
        }
        Thread self = Thread.currentThread();
        if (handingOver == self) {
            deferred = next;
            return;
        }
        handingOver = self;
        Request request = next;
        while (request != null) {
            request.mayRunOnCaller(false);
            plane.dispatch(request);
            request = handingOver == self ? takeDeferred() : null;
        }
        HANDING_OVER.compareAndSet(this, self, null);
    }

    private @Nullable Request takeDeferred() {
        Request request = deferred;
        deferred = null;
        return request;
    }

    RequestPlane plane() {
        return plane;
    }

    RequestSource source() {
        return source;
    }
}
