package dev.heddle.handlers;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.Time;
import dev.heddle.requestchannel.ConnectionInfo;
import dev.heddle.requestchannel.Frame;
import dev.heddle.requestchannel.ListenerInfo;
import dev.heddle.requestchannel.PooledBuffer;
import dev.heddle.requestchannel.Request;
import dev.heddle.requestchannel.RequestChannel;
import dev.heddle.requestchannel.RequestChannelConfig;
import dev.heddle.requestchannel.RequestDispatcher;
import dev.heddle.requestchannel.RequestPlane;
import dev.heddle.requestchannel.RequestSource;
import dev.heddle.requestchannel.RequestStream;
import dev.heddle.requestchannel.Response;
import dev.heddle.requestchannel.ResponsePart;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/** A client's connection without a socket: real requests go in, encoded answers come out and are decoded. */
final class FakeConnection implements RequestSource {

    static final String LISTENER = "PLAINTEXT";
    static final String CLIENT_ID = "a-client";
    static final InetSocketAddress DIALLED = new InetSocketAddress(address(192, 0, 2, 7), 9092);

    private final ConnectionInfo info = info(LISTENER);
    private final RequestStream stream;
    private final AtomicInteger correlationIds = new AtomicInteger();
    private final BlockingQueue<Request> answered = new LinkedBlockingQueue<>();

    FakeConnection(RequestPlane plane) {
        stream = plane.open(this);
    }

    /** A plane whose requests {@code dispatcher} takes, with room for more than any test sends. */
    static RequestPlane plane(RequestDispatcher dispatcher) {
        var config = new RequestChannelConfig(100_000, 1L << 30, 100_000, 1L << 30);
        var channel = new RequestChannel(config, Time.SYSTEM, new MetricRegistry());
        channel.start(dispatcher, dispatcher);
        return channel.dataPlane();
    }

    static ConnectionInfo info(String listener) {
        return ConnectionInfo.anonymous(
                0,
                0,
                new ListenerInfo(listener, SecurityProtocol.PLAINTEXT, false, false),
                new InetSocketAddress(address(203, 0, 113, 5), 50_000),
                DIALLED);
    }

    static InetAddress address(int a, int b, int c, int d) {
        try {
            return InetAddress.getByAddress(new byte[] {(byte) a, (byte) b, (byte) c, (byte) d});
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    /** Sends a request, in the version it was built for, as a Processor does. */
    Request send(AbstractRequest body) {
        var header = new RequestHeader(body.apiKey(), body.version(), CLIENT_ID, correlationIds.getAndIncrement());
        return send(body.serializeWithHeader(header));
    }

    /** Sends the bytes of a request: its header and body. */
    Request send(ByteBuffer bytes) {
        Request request = stream.parse(new Frame(bytes, PooledBuffer.unpooled(bytes), Time.SYSTEM.nanoseconds()));
        if (!stream.tryAdmit(request, 0)) throw new AssertionError("no room");
        stream.start(request);
        return request;
    }

    /** The next request that was answered, in the order of the answers. */
    Request awaitAnswered() throws InterruptedException {
        Request request = answered.poll(30, TimeUnit.SECONDS);
        if (request == null) throw new AssertionError("nothing was answered");
        return request;
    }

    boolean hasAnswered() {
        return !answered.isEmpty();
    }

    /** Sends a request and decodes its answer. */
    <T extends AbstractResponse> T call(AbstractRequest body) throws InterruptedException {
        send(body);
        return decode(awaitAnswered());
    }

    @SuppressWarnings("unchecked")
    static <T extends AbstractResponse> T decode(Request answered) {
        if (!(answered.response() instanceof Response.Send send)) {
            throw new AssertionError("not an answer: " + answered.response());
        }
        var bytes = ByteBuffer.allocate((int) send.size());
        for (ResponsePart part : send.parts()) {
            bytes.put(((ResponsePart.Bytes) part).buffer().duplicate());
        }
        bytes.flip();
        int length = bytes.getInt();
        if (length != bytes.remaining()) throw new AssertionError("length " + length + ", not " + bytes.remaining());
        return (T) AbstractResponse.parseResponse(bytes, answered.header());
    }

    @Override
    public ConnectionInfo info() {
        return info;
    }

    @Override
    public void answered(Request request) {
        answered.add(request);
    }
}
