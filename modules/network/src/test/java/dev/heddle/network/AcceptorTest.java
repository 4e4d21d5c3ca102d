package dev.heddle.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.ManualTime;
import dev.heddle.requestchannel.ListenerInfo;
import dev.heddle.requestchannel.RequestChannel;
import dev.heddle.requestchannel.RequestChannelConfig;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class AcceptorTest {

    private static final String FAILURES = "heddle.network:type=Acceptor,name=AcceptFailuresPerSec,listener=PLAINTEXT";

    private final MetricRegistry metrics = new MetricRegistry();
    private final ManualTime time = new ManualTime(1_000_000);
    private final AtomicInteger failuresLeft = new AtomicInteger(3);

    /** What the operating system says when a process has too many files open. */
    private SocketChannel acceptOrFail(ListenSocket socket) throws IOException {
        if (failuresLeft.getAndDecrement() > 0) throw new IOException("Too many open files");
        return socket.channel().accept();
    }

    @Test
    void acceptingIsTriedAgainAfterAFailureAndNotAtOnce() throws IOException {
        var def = RequestChannelConfig.define(SocketServerConfig.define(new ConfigDef()));
        var parsed = new AbstractConfig(def, Map.of(SocketServerConfig.LISTENERS, "PLAINTEXT://127.0.0.1:0"), false);
        var config = SocketServerConfig.from(parsed);
        var channel = new RequestChannel(RequestChannelConfig.from(parsed), time, metrics);
        channel.start(TestServer.virtual(SocketServerTest.ANSWER), TestServer.virtual(SocketServerTest.ANSWER));
        var quotas = ConnectionQuotas.of(config, time, metrics);
        var context = new NetworkContext(config, channel, quotas, listener -> null, time, metrics);
        var socket = ListenSocket.bind(config.listeners().getFirst().endpoint(), config.socket());
        var info = new ListenerInfo("PLAINTEXT", SecurityProtocol.PLAINTEXT, false, true);
        Processor processor = Processor.open(0, 0, info, context);
        var acceptor = new Acceptor(socket, () -> acceptOrFail(socket), List.of(processor), context);
        processor.start();
        acceptor.start();

        try (TestClient client = TestClient.connect(socket.port())) {
            client.send(Requests.heartbeat(), 1);
            for (int failures = 1; failures <= 3; failures++) {
                int expected = failures;
                TestServer.await(() -> ((Meter) metrics.getMetrics().get(FAILURES)).getCount() == expected);
                time.advance(100);
            }
            assertEquals(1, client.receiveCorrelationId());
            assertEquals(3, ((Meter) metrics.getMetrics().get(FAILURES)).getCount());
        } finally {
            acceptor.beginClose();
            Joining.join(acceptor.thread());
            socket.closePort();
            processor.beginClose();
            Joining.join(processor.thread());
        }
        assertEquals(0, quotas.total());
    }
}
