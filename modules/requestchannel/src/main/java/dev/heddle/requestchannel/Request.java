package dev.heddle.requestchannel;

import dev.heddle.common.CloseConnectionException;
import dev.heddle.common.ManagedWait;
import dev.heddle.common.Waiter;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.EnumSet;
import java.util.Set;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.RequestHeader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request of a client. Its Processor makes it; then one handler thread works on it, to which everything here is
 * reserved that does not say otherwise; then its Processor has it again.
 */
public final class Request {

    private static final Logger LOG = LoggerFactory.getLogger(Request.class);

    /** What carries data, and is therefore the first to be held back when there is no room. */
    private static final Set<ApiKeys> CARRY_DATA = EnumSet.of(ApiKeys.PRODUCE, ApiKeys.FETCH, ApiKeys.SHARE_FETCH);

    /** Beyond this size a request does not count as a small one, whatever it is. */
    private static final int MAX_RESERVE_BYTES = 64 * 1024;

    private static final Response NOTHING = new Response.Nothing();

    /** Stands in {@link #successor} once the next request may start. */
    private static final Object RELEASED = new Object();

    private static final VarHandle SUCCESSOR = handle("successor", Object.class);
    private static final VarHandle RESPONSE = handle("response", Response.class);

    private final RequestStream stream;
    private final RequestHeader header;
    private final ApiKeys apiKey;
    private final int sizeInBytes;
    private final RequestTimes times;
    private final Waiter waiter;
    private final ManagedWait.Host place = new Place();

    /** The connection's next request, or {@link #RELEASED}. Only through {@link #SUCCESSOR}. */
    private volatile @Nullable Object successor;

    /** Published to the Processor when it is there. Set once, through {@link #RESPONSE}. */
    private volatile @Nullable Response response;

    /** What it came in; null once its memory has been given back. */
    private @Nullable Frame frame;

    private boolean mayRunOnCaller;
    private @Nullable AbstractRequest body;
    private boolean counted;
    private boolean lent;
    private boolean holdsBytes;
    private boolean responseHoldsMemory;
    private @Nullable String metricVariant;

    Request(RequestStream stream, RequestHeader header, Frame frame, int sizeInBytes) {
        this.stream = stream;
        this.header = header;
        apiKey = header.apiKey();
        this.frame = frame;
        this.sizeInBytes = sizeInBytes;
        times = new RequestTimes(frame.arrivalNanos());
        waiter = new Waiter(stream.plane().time(), new WaitAccount());
    }

    /** The header. Any thread may read it. */
    public RequestHeader header() {
        return header;
    }

    /** The API that is called. Any thread may read it. */
    public ApiKeys apiKey() {
        return apiKey;
    }

    /** The version in which the answer is to be written: that of the header, or 0 if that version of ApiVersions is unknown. */
    public short apiVersion() {
        return isUnsupportedApiVersions() ? 0 : header.apiVersion();
    }

    /** What the client calls itself; empty if it did not say. Any thread may read it. */
    public String clientId() {
        return header.clientId();
    }

    /** Where it came from. Any thread may read it. */
    public ConnectionInfo connection() {
        return stream.source().info();
    }

    /** The request's own waiter, cancelled when the client has gone or the broker stops. */
    public Waiter waiter() {
        return waiter;
    }

    /** When it passed each station. */
    public RequestTimes times() {
        return times;
    }

    /** The size of header and body in bytes. Any thread may read it. */
    public int sizeInBytes() {
        return sizeInBytes;
    }

    int bodySizeInBytes() {
        return sizeInBytes - header.size();
    }

    /**
     * Whether {@link RequestDispatcher#dispatch} may call {@link #handle} itself before it returns: its caller is the
     * connection's Processor and not another handler. Only meaningful inside {@code dispatch}.
     */
    public boolean mayRunOnCaller() {
        return mayRunOnCaller;
    }

    void mayRunOnCaller(boolean may) {
        mayRunOnCaller = may;
    }

    /**
     * The parsed request. Records in it lie in the buffer they arrived in, which goes back after the handler has
     * returned: whoever needs them longer copies them.
     *
     * @throws CloseConnectionException if the bytes are not what the header says; it has been counted
     */
    @SuppressWarnings("unchecked")
    public <T extends AbstractRequest> T body() {
        if (body == null) body = parseBody();
        return (T) body;
    }

    private AbstractRequest parseBody() {
        if (isUnsupportedApiVersions()) {
            return new ApiVersionsRequest(new ApiVersionsRequestData(), (short) 0, header.apiVersion());
        }
        Frame whole = frame;
        if (whole == null) throw new IllegalStateException("The request's bytes have been released: " + header);
        try {
            AbstractRequest parsed = AbstractRequest.parseRequest(
                            apiKey(), header.apiVersion(), new ByteBufferAccessor(whole.payload()))
                    .request;
            metricVariant = variantOf(parsed);
            return parsed;
        } catch (RuntimeException e) {
            stream.plane().countInvalidRequest();
            throw new CloseConnectionException("The body does not fit the header " + header, e);
        }
    }

    private boolean isUnsupportedApiVersions() {
        return apiKey == ApiKeys.API_VERSIONS && !header.isApiVersionSupported();
    }

    private static @Nullable String variantOf(AbstractRequest request) {
        if (request instanceof FetchRequest fetch) {
            return fetch.isFromFollower() ? RequestMetrics.FETCH_FOLLOWER : RequestMetrics.FETCH_CONSUMER;
        }
        boolean oldName = request.apiKey() == ApiKeys.LIST_CONFIG_RESOURCES && request.version() == 0;
        return oldName ? RequestMetrics.LIST_CLIENT_METRICS_RESOURCES : null;
    }

    /** A second name under which Kafka counts this request, if it has one. */
    @Nullable String metricVariant() {
        return metricVariant;
    }

    /** Runs {@code handler} for this request, on the thread that the dispatcher gave it. Called once. */
    public void handle(RequestHandler handler) {
        times.started(stream.plane().time().nanoseconds());
        ManagedWait.Host before = ManagedWait.enter(place);
        try {
            handler.handle(this);
            if (response == null) failed("A handler returned without an answer", null);
        } catch (CloseConnectionException e) {
            LOG.debug("A request cannot be answered: connection={} request={}", connection(), header, e);
            closeConnection(String.valueOf(e.getMessage()));
        } catch (RuntimeException | Error e) {
            failed("A handler failed", e);
        } finally {
            ManagedWait.leave(before);
            releaseBody();
        }
    }

    private void failed(String what, @Nullable Throwable cause) {
        LOG.error("{}: connection={} request={}", what, connection(), header, cause);
        if (response == null) answer(new Response.CloseConnection(what));
    }

    /**
     * Lets the connection's next request start, though this one is not answered yet. Without it the next one starts
     * when this one is answered. Further calls do nothing.
     */
    public void releaseOrder() {
        Object next = SUCCESSOR.getAndSet(this, RELEASED);
        if (next instanceof Request request) stream.handOver(request);
    }

    /**
     * Puts the connection's next request behind this one, where it holds no place until its turn comes; false if it may
     * start at once. Called by the Processor.
     */
    boolean append(Request next) {
        if (successor == RELEASED) return false;
        next.lendPlace();
        boolean appended = SUCCESSOR.compareAndSet(this, null, next);
        if (!appended) next.takePlace();
        return appended;
    }

    /**
     * Gives back early what was asked, its bytes and what was parsed of them: for handlers that are done with it and go on
     * to wait. The {@link #body()} must not be called or touched afterwards. Further calls do nothing.
     */
    public void releaseBody() {
        body = null;
        if (frame != null && !responseHoldsMemory) {
            frame.memory().release();
            frame = null;
        }
        if (holdsBytes) {
            holdsBytes = false;
            stream.plane().admission().releaseBytes(sizeInBytes);
        }
    }

    /** Answers with {@code answer}; it leaves after the answers to all requests before. */
    public void respond(AbstractResponse answer) {
        stream.plane().metrics().countErrors(apiKey(), answer.errorCounts());
        Response.Send send = ResponseEncoder.encode(header.toResponseHeader(), answer.data(), apiVersion());
        responseHoldsMemory = frame != null && mayLieInRequest(send);
        answer(send);
    }

    /** Only bytes outside the heap can be the request's own. */
    private static boolean mayLieInRequest(Response.Send send) {
        for (ResponsePart part : send.parts()) {
            if (part instanceof ResponsePart.Bytes bytes && bytes.buffer().isDirect()) return true;
        }
        return false;
    }

    /** The client expects no answer, as with {@code acks=0}. */
    public void respondNothing() {
        answer(NOTHING);
    }

    /**
     * Closes the connection, after the answers to all requests before.
     *
     * @param reason for the log, at DEBUG
     */
    public void closeConnection(String reason) {
        answer(new Response.CloseConnection(reason));
    }

    private void answer(Response how) {
        times.answered(stream.plane().time().nanoseconds());
        giveUpPlace();
        if (!RESPONSE.compareAndSet(this, null, how)) {
            throw new IllegalStateException("A request was answered twice: " + header);
        }
        stream.source().answered(this);
        releaseOrder();
    }

    /** The answer, or null as long as there is none. Called by the Processor. */
    public @Nullable Response response() {
        return response;
    }

    /** Whether it is a small one that does not carry data, and so may use the reserved share. Any thread may ask. */
    public boolean mayUseReserve() {
        return sizeInBytes <= MAX_RESERVE_BYTES && !CARRY_DATA.contains(apiKey);
    }

    /** It holds its place and its bytes from now on. Called by the Processor. */
    void admitted() {
        counted = true;
        holdsBytes = true;
    }

    /** Others may have its place until {@link #takePlace()}: it waits, for its turn on the connection or in its handler. */
    void lendPlace() {
        if (!counted) return;
        lent = true;
        stream.plane().admission().releaseCount();
    }

    /** It goes on, even if that makes one too many. */
    void takePlace() {
        if (!counted || !lent) return;
        lent = false;
        stream.plane().admission().resume();
    }

    private void giveUpPlace() {
        if (counted && !lent) stream.plane().admission().releaseCount();
        counted = false;
    }

    /** It was never started and will not be: gives back what it holds. Called by the Processor. */
    public void abandon() {
        giveUpPlace();
        releaseBody();
    }

    /**
     * Its answer is on its way or dropped; counts it in the metrics. Called by the Processor, once.
     *
     * @param takenNanos when the Processor took the answer
     * @param sentNanos when the socket had taken all of it
     */
    public void completed(long takenNanos, long sentNanos) {
        times.sent(takenNanos, sentNanos);
        if (responseHoldsMemory && frame != null) frame.memory().release();
        stream.plane().metrics().record(this);
    }

    @Override
    public String toString() {
        return "Request(" + header + ", connection=" + connection() + ")";
    }

    private static VarHandle handle(String field, Class<?> type) {
        try {
            return MethodHandles.lookup().findVarHandle(Request.class, field, type);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** While its thread waits, for whatever, a request does not count as one that is being handled. */
    private final class Place implements ManagedWait.Host {

        @Override
        public void waitBegins() {
            lendPlace();
        }

        @Override
        public void waitEnds() {
            takePlace();
        }
    }

    /** The time in which a handler waits for others is remote time. */
    private final class WaitAccount implements Waiter.Listener {

        @Override
        public void waitBegins() {
            times.waitBegan(stream.plane().time().nanoseconds());
        }

        @Override
        public void waitEnds() {
            times.waitEnded(stream.plane().time().nanoseconds());
        }
    }
}
