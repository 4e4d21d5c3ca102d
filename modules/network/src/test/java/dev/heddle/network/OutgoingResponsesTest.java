package dev.heddle.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.ManualTime;
import dev.heddle.requestchannel.ConnectionInfo;
import dev.heddle.requestchannel.Frame;
import dev.heddle.requestchannel.ListenerInfo;
import dev.heddle.requestchannel.PooledBuffer;
import dev.heddle.requestchannel.Request;
import dev.heddle.requestchannel.RequestChannel;
import dev.heddle.requestchannel.RequestChannelConfig;
import dev.heddle.requestchannel.RequestSource;
import dev.heddle.requestchannel.Response;
import dev.heddle.requestchannel.ResponsePart;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutgoingResponsesTest implements RequestSource {

    private final ManualTime time = new ManualTime(0);
    private final MetricRegistry metrics = new MetricRegistry();
    private final RequestChannel channel =
            new RequestChannel(new RequestChannelConfig(10, 1000, 10, 1000), time, metrics);
    private final OutgoingResponses outgoing = new OutgoingResponses(time);
    private final FakeTransport transport = new FakeTransport();
    private final ByteBuffer gathering = ByteBuffer.allocateDirect(1000);
    private final ByteArrayOutputStream expected = new ByteArrayOutputStream();
    private final Random random = new Random(1);

    @Override
    public ConnectionInfo info() {
        var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
        var listener = new ListenerInfo("PLAINTEXT", SecurityProtocol.PLAINTEXT, false, false);
        return ConnectionInfo.anonymous(0, 0, listener, address, address);
    }

    @Override
    public void answered(Request request) {}

    private void add(int... partSizes) {
        List<ResponsePart> parts = new ArrayList<>();
        long size = 0;
        for (int partSize : partSizes) {
            var bytes = new byte[Math.abs(partSize)];
            random.nextBytes(bytes);
            expected.writeBytes(bytes);
            size += bytes.length;
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            if (partSize < 0)
                buffer = ByteBuffer.allocateDirect(bytes.length).put(buffer).flip();
            parts.add(new ResponsePart.Bytes(buffer));
        }
        outgoing.add(request(), new Response.Send(parts, size), 0);
    }

    private Request request() {
        var heartbeat = Requests.heartbeat();
        ByteBuffer payload =
                heartbeat.serializeWithHeader(new RequestHeader(ApiKeys.HEARTBEAT, heartbeat.version(), "client", 1));
        return channel.dataPlane().open(this).parse(new Frame(payload, PooledBuffer.unpooled(payload), 0));
    }

    private long completed() {
        return metrics.getMeters().entrySet().stream()
                .filter(meter -> meter.getKey().contains("name=RequestsPerSec"))
                .mapToLong(meter -> meter.getValue().getCount())
                .sum();
    }

    @Test
    void manySmallResponsesLeaveInOneWrite() throws IOException {
        for (int i = 0; i < 20; i++) add(10, 20);
        assertEquals(600, outgoing.writeTo(transport, gathering));
        assertEquals(1, transport.writes);
        assertEquals(20, completed());
        assertTrue(outgoing.isEmpty());
        assertEquals(0, outgoing.bytes());
        assertArrayEquals(expected.toByteArray(), transport.sent.toByteArray());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 100, 999, 5000})
    void whatTheSocketDoesNotTakeLeavesLaterInTheSameOrder(int bytesATurn) throws IOException {
        add(10, 0, 20, -30);
        add(5000);
        add(0, 7, -2000, 7, 0, -1, 0);
        add(1, 1, 1);
        long total = outgoing.bytes();
        long sent = 0;
        while (!outgoing.isEmpty()) {
            transport.acceptBytes = bytesATurn;
            sent += outgoing.writeTo(transport, gathering);
            assertEquals(total - sent, outgoing.bytes());
            assertEquals(0, gathering.position());
        }
        assertEquals(4, completed());
        assertArrayEquals(expected.toByteArray(), transport.sent.toByteArray());
    }

    @Test
    void aResponseCompletesWhenItsLastByteIsTaken() throws IOException {
        add(10);
        add(10);
        transport.acceptBytes = 9;
        outgoing.writeTo(transport, gathering);
        assertEquals(0, completed());
        transport.acceptBytes = 1;
        outgoing.writeTo(transport, gathering);
        assertEquals(1, completed());
        assertEquals(1, outgoing.size());
        outgoing.drop();
        assertEquals(2, completed());
        assertTrue(outgoing.isEmpty());
    }

    @Test
    void oneConnectionDoesNotSendForEver() throws IOException {
        for (int i = 0; i < 5; i++) add(-1_000_000);
        long sent = outgoing.writeTo(transport, gathering);
        assertEquals(2_000_000, sent);
        assertEquals(3, outgoing.size());
    }
}
