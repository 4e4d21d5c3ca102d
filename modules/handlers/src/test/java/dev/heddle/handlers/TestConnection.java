package dev.heddle.handlers;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import dev.heddle.log.LogSlice;
import dev.heddle.requestchannel.ConnectionInfo;
import dev.heddle.requestchannel.Frame;
import dev.heddle.requestchannel.ListenerInfo;
import dev.heddle.requestchannel.PooledBuffer;
import dev.heddle.requestchannel.Request;
import dev.heddle.requestchannel.RequestChannel;
import dev.heddle.requestchannel.RequestChannelConfig;
import dev.heddle.requestchannel.RequestSource;
import dev.heddle.requestchannel.RequestStream;
import dev.heddle.requestchannel.Response;
import dev.heddle.requestchannel.ResponsePart;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/**
 * A connection without a socket: requests go in as bytes, through the real request channel, and answers come out as
 * bytes. Used by one thread, as a Processor would.
 */
final class TestConnection implements RequestSource {

    /** A request on its way. */
    record Exchange(Request request, CompletableFuture<Response> answer) {

        Response await() {
            try {
                return answer.get(30, TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new AssertionError("No answer to " + request, e);
            }
        }

        /** The answer, decoded out of its bytes. */
        @SuppressWarnings("unchecked")
        <T extends AbstractResponse> T response() {
            if (!(await() instanceof Response.Send send)) throw new AssertionError("No response: " + await());
            ByteBuffer bytes = ByteBuffer.allocate((int) send.size());
            for (ResponsePart part : send.parts()) append(bytes, part);
            bytes.flip();
            if (bytes.getInt() != bytes.remaining()) throw new AssertionError("Wrong length prefix");
            return (T) AbstractResponse.parseResponse(bytes, request.header());
        }

        private static void append(ByteBuffer bytes, ResponsePart part) {
            try {
                switch (part) {
                    case ResponsePart.Bytes memory -> bytes.put(memory.buffer().duplicate());
                    case ResponsePart.Records records -> {
                        switch (records.records()) {
                            case LogSlice slice -> slice.readInto(bytes);
                            case MemoryRecords memory ->
                                bytes.put(memory.buffer().duplicate());
                            default -> throw new AssertionError("Unexpected records: " + records.records());
                        }
                    }
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    private final Map<Request, CompletableFuture<Response>> open = new ConcurrentHashMap<>();
    private final ConnectionInfo info;
    private final RequestStream stream;
    private int correlationId;

    TestConnection(HandlerTable table, Time time) {
        this(table, time, 0);
    }

    /** @param index tells it from others */
    TestConnection(HandlerTable table, Time time, int index) {
        var channel =
                new RequestChannel(new RequestChannelConfig(1000, 1L << 30, 64, 1L << 30), time, new MetricRegistry());
        var runner = new RequestRunner(table, stop -> {});
        var handlers = Threads.virtualFactory("handler");
        channel.start(
                request -> handlers.newThread(() -> request.handle(runner)).start(),
                request -> handlers.newThread(() -> request.handle(runner)).start());
        info = ConnectionInfo.anonymous(
                0,
                index,
                new ListenerInfo("PLAINTEXT", SecurityProtocol.PLAINTEXT, false, true),
                new InetSocketAddress("127.0.0.1", 50000),
                new InetSocketAddress("127.0.0.1", 9092));
        stream = channel.dataPlane().open(this);
    }

    @Override
    public ConnectionInfo info() {
        return info;
    }

    @Override
    public void answered(Request request) {
        open.get(request).complete(request.response());
    }

    /** Sends a request and waits for its response. */
    <T extends AbstractResponse> T call(AbstractRequest body) {
        return send(body).response();
    }

    Exchange send(AbstractRequest body) {
        return send(body, "test");
    }

    /** Sends a request without waiting. */
    Exchange send(AbstractRequest body, String clientId) {
        var header = new RequestHeader(body.apiKey(), body.version(), clientId, ++correlationId);
        ByteBuffer heap = body.serializeWithHeader(header);
        ByteBuffer bytes = ByteBuffer.allocateDirect(heap.remaining()).put(heap).flip();
        Request request = stream.parse(new Frame(bytes, PooledBuffer.unpooled(bytes), 0));
        var exchange = new Exchange(request, new CompletableFuture<>());
        open.put(request, exchange.answer());
        if (!stream.tryAdmit(request, 0)) throw new AssertionError("Not admitted");
        stream.start(request);
        return exchange;
    }
}
