package dev.heddle.network;

import static dev.heddle.network.SocketServerTest.ANSWER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.ManualTime;
import dev.heddle.requestchannel.RequestHandler;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is let in, who waits outside, who is turned away and who has to go. */
@Timeout(60)
class QuotasTest {

    private static final String TWO_LISTENERS = "CLIENTS://127.0.0.1:0,BROKERS://127.0.0.1:0";
    private static final String TWO_PROTOCOLS = "CLIENTS:PLAINTEXT,BROKERS:PLAINTEXT";

    private static String quotaMetric(String name, String limit) {
        return "heddle.network:type=ConnectionQuotas,name=" + name + ",listener=PLAINTEXT,limit=" + limit;
    }

    @Test
    void whoHasTooManyConnectionsIsTurnedAwayAndCounted() {
        try (var server = TestServer.start(ANSWER, SocketServerConfig.MAX_CONNECTIONS_PER_IP, "2")) {
            TestClient first = server.connect();
            TestClient second = server.connect();
            first.send(Requests.heartbeat(), 1).receive();
            second.send(Requests.heartbeat(), 1).receive();
            TestClient third = server.connect();
            assertTrue(third.isClosedByServer());
            third.close();
            assertEquals(1, server.count(quotaMetric("RejectedConnectionsPerSec", "max.connections.per.ip")));
            first.close();
            TestServer.await(() -> server.server.connectionCount() == 1);
            TestClient fourth = server.connect();
            assertEquals(4, fourth.send(Requests.heartbeat(), 4).receiveCorrelationId());
            fourth.close();
            second.close();
            server.awaitNothingHeld();
        }
    }

    @Test
    void anAddressMayHaveALimitOfItsOwn() {
        try (var server = TestServer.start(
                ANSWER,
                SocketServerConfig.MAX_CONNECTIONS_PER_IP,
                "0",
                SocketServerConfig.MAX_CONNECTIONS_PER_IP_OVERRIDES,
                "127.0.0.1:1")) {
            TestClient first = server.connect();
            first.send(Requests.heartbeat(), 1).receive();
            TestClient second = server.connect();
            assertTrue(second.isClosedByServer());
            second.close();
            first.close();
        }
    }

    @Test
    void whoComesWhenAllIsFullIsServedWhenSomebodyLeaves() {
        try (var server = TestServer.start(ANSWER, SocketServerConfig.MAX_CONNECTIONS, "2")) {
            TestClient first = server.connect();
            TestClient second = server.connect();
            first.send(Requests.heartbeat(), 1).receive();
            second.send(Requests.heartbeat(), 1).receive();
            TestClient third = server.connect();
            third.send(Requests.heartbeat(), 3);
            TestServer.await(() -> server.count(quotaMetric("AcceptPausesPerSec", "max.connections")) == 1);
            assertEquals(2, server.server.connectionCount());
            assertEquals(5, first.send(Requests.heartbeat(), 5).receiveCorrelationId());
            first.close();
            assertEquals(3, third.receiveCorrelationId());
            second.close();
            third.close();
            server.awaitNothingHeld();
        }
    }

    @Test
    void brokersGetInThoughClientsHaveTakenEveryPlace() {
        try (var server = TestServer.start(
                ANSWER,
                SocketServerConfig.LISTENERS,
                TWO_LISTENERS,
                SocketServerConfig.LISTENER_SECURITY_PROTOCOL_MAP,
                TWO_PROTOCOLS,
                SocketServerConfig.INTER_BROKER_LISTENER_NAME,
                "BROKERS",
                SocketServerConfig.MAX_CONNECTIONS,
                "2")) {
            TestClient idle = server.connect("CLIENTS");
            idle.send(Requests.heartbeat(), 1).receive();
            TestClient busy = server.connect("CLIENTS");
            busy.send(Requests.heartbeat(), 1).receive();
            TestClient broker = server.connect("BROKERS");
            assertEquals(1, broker.send(Requests.heartbeat(), 1).receiveCorrelationId());
            assertTrue(idle.isClosedByServer());
            assertEquals(2, busy.send(Requests.heartbeat(), 2).receiveCorrelationId());
            idle.close();
            busy.close();
            broker.close();
            server.awaitNothingHeld();
        }
    }

    @Test
    void aListenerMayHaveALimitOfItsOwn() {
        try (var server = TestServer.start(
                ANSWER,
                SocketServerConfig.LISTENERS,
                TWO_LISTENERS,
                SocketServerConfig.LISTENER_SECURITY_PROTOCOL_MAP,
                TWO_PROTOCOLS,
                "listener.name.clients.max.connections",
                "1")) {
            TestClient first = server.connect("CLIENTS");
            first.send(Requests.heartbeat(), 1).receive();
            TestClient second = server.connect("CLIENTS");
            second.send(Requests.heartbeat(), 2);
            TestClient broker = server.connect("BROKERS");
            assertEquals(1, broker.send(Requests.heartbeat(), 1).receiveCorrelationId());
            assertEquals(2, server.server.connectionCount());
            first.close();
            assertEquals(2, second.receiveCorrelationId());
            second.close();
            broker.close();
        }
    }

    @Test
    void connectionsBeyondTheRateWaitForTheirSecond() {
        var time = new ManualTime(1_000_000);
        try (var server = TestServer.start(
                TestServer.virtual(ANSWER), time, SocketServerConfig.MAX_CONNECTION_CREATION_RATE, "2")) {
            TestClient first = server.connect();
            TestClient second = server.connect();
            TestClient third = server.connect();
            first.send(Requests.heartbeat(), 1).receive();
            second.send(Requests.heartbeat(), 2).receive();
            third.send(Requests.heartbeat(), 3);
            TestServer.await(
                    () -> server.count(quotaMetric("AcceptPausesPerSec", "max.connection.creation.rate")) == 1);
            assertEquals(2, server.server.connectionCount());
            time.advance(500);
            assertEquals(3, third.receiveCorrelationId());
            first.close();
            second.close();
            third.close();
            server.awaitNothingHeld();
        }
    }

    @Test
    void anIdleConnectionIsClosedAndCounted() {
        var time = new ManualTime(1_000_000);
        try (var server = TestServer.start(
                TestServer.virtual(ANSWER), time, SocketServerConfig.CONNECTIONS_MAX_IDLE_MS, "1000")) {
            TestClient idle = server.connect();
            idle.send(Requests.heartbeat(), 1).receive();
            time.advance(600);
            TestClient busy = server.connect();
            busy.send(Requests.heartbeat(), 1).receive();
            time.advance(600);
            assertTrue(idle.isClosedByServer());
            assertEquals(2, busy.send(Requests.heartbeat(), 2).receiveCorrelationId());
            assertEquals(1, server.count("kafka.network:type=SocketServer,name=ExpiredConnectionsKilledCount"));
            idle.close();
            busy.close();
            server.awaitNothingHeld();
        }
    }

    @Test
    void aConnectionThatWaitsForItsAnswerIsNotIdle() throws Exception {
        var time = new ManualTime(1_000_000);
        var started = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        RequestHandler handler = request -> {
            if (request.header().correlationId() == 1) {
                started.countDown();
                SocketServerTest.awaitLatch(go);
            }
            ANSWER.handle(request);
        };
        try (var server = TestServer.start(
                TestServer.virtual(handler), time, SocketServerConfig.CONNECTIONS_MAX_IDLE_MS, "1000")) {
            TestClient idle = server.connect();
            idle.send(Requests.heartbeat(), 2).receive();
            TestClient waiting = server.connect();
            waiting.send(Requests.heartbeat(), 1);
            started.await();
            time.advance(5000);
            assertTrue(idle.isClosedByServer());
            go.countDown();
            assertEquals(1, waiting.receiveCorrelationId());
            idle.close();
            waiting.close();
        }
    }
}
