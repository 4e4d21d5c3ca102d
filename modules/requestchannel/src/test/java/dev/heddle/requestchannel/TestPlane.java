package dev.heddle.requestchannel;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.ManualTime;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/** A channel with one connection whose answers are kept. Used by one thread unless a test says otherwise. */
final class TestPlane implements RequestSource {

    final ManualTime time = new ManualTime(1_000_000);
    final MetricRegistry metrics = new MetricRegistry();
    final RequestChannel channel;
    final List<Request> answered = new ArrayList<>();
    final ArrayDeque<Runnable> inTurn = new ArrayDeque<>();
    final BufferPool pool = new BufferPool(1 << 20);
    final RequestStream stream;

    private final ConnectionInfo info = ConnectionInfo.anonymous(
            0,
            0,
            new ListenerInfo("PLAINTEXT", SecurityProtocol.PLAINTEXT, false, false),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 1),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 2));

    TestPlane(RequestDispatcher dispatcher) {
        this(dispatcher, new RequestChannelConfig(10, 1_000_000, 5, 1_000_000));
    }

    TestPlane(RequestDispatcher dispatcher, RequestChannelConfig config) {
        channel = new RequestChannel(config, time, metrics);
        channel.start(dispatcher, dispatcher);
        stream = channel.dataPlane().open(this);
    }

    @Override
    public ConnectionInfo info() {
        return info;
    }

    @Override
    public void answered(Request request) {
        answered.add(request);
    }

    @Override
    public void startInTurn(Runnable start) {
        inTurn.add(start);
    }

    Request parse(AbstractRequest request, int correlationId) {
        return parse(request.serializeWithHeader(
                new RequestHeader(request.apiKey(), request.version(), "client", correlationId)));
    }

    Request parse(ByteBuffer payload) {
        PooledBuffer memory = pool.acquire(payload.remaining());
        memory.bytes().put(payload);
        return stream.parse(new Frame(memory.bytes().flip(), memory, time.nanoseconds()));
    }

    Request start(AbstractRequest request, int correlationId) {
        Request parsed = parse(request, correlationId);
        if (!stream.tryAdmit(parsed, 0)) throw new AssertionError("refused");
        stream.start(parsed);
        return parsed;
    }
}
