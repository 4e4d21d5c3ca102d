package dev.heddle.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.requestchannel.RequestChannelConfig;
import dev.heddle.requestchannel.RequestHandler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** More comes than can be handled: reading stops where it must, goes on when it may, and nothing is lost or kept. */
@Timeout(60)
class PressureTest {

    /** Lets the test say when each data request is answered; everything else is answered at once. */
    private static final class Gate implements RequestHandler {
        final BlockingQueue<Integer> started = new LinkedBlockingQueue<>();
        final Semaphore go = new Semaphore(0);

        @Override
        public void handle(dev.heddle.requestchannel.Request request) {
            if (request.apiKey() == ApiKeys.PRODUCE) {
                started.add(request.header().correlationId());
                go.acquireUninterruptibly();
            }
            SocketServerTest.ANSWER.handle(request);
        }
    }

    @Test
    void aFullChannelLeavesDataUnreadAndSmallRequestsGoThrough() throws Exception {
        var gate = new Gate();
        try (var server = TestServer.start(gate, RequestChannelConfig.QUEUED_MAX_REQUESTS, "1");
                var first = server.connect();
                var second = server.connect();
                var other = server.connect()) {
            first.send(Requests.produce(10, (short) 1), 1);
            assertEquals(1, gate.started.take());
            second.send(Requests.produce(10, (short) 1), 2);
            for (int i = 0; i < 100; i++) {
                assertEquals(i, other.send(Requests.heartbeat(), i).receiveCorrelationId());
            }
            assertNull(gate.started.poll());
            gate.go.release();
            assertEquals(1, first.receiveCorrelationId());
            assertEquals(2, gate.started.take());
            gate.go.release();
            assertEquals(2, second.receiveCorrelationId());
            closeAll(List.of(first, second, other));
            server.awaitNothingHeld();
        }
    }

    @Test
    void manyConnectionsShareOnePlaceAndAllAreServed() {
        int connections = 60;
        try (var server = TestServer.start(SocketServerTest.ANSWER, RequestChannelConfig.QUEUED_MAX_REQUESTS, "1")) {
            var clients = connect(server, connections);
            for (int round = 0; round < 20; round++) {
                for (TestClient client : clients) client.send(Requests.produce(100, (short) 1), round);
                for (TestClient client : clients) assertEquals(round, client.receiveCorrelationId());
            }
            closeAll(clients);
            server.awaitNothingHeld();
        }
    }

    @Test
    void bytesAreAdmittedUpToTheirLimit() throws Exception {
        var gate = new Gate();
        try (var server = TestServer.start(gate, RequestChannelConfig.QUEUED_MAX_REQUEST_BYTES, "50000")) {
            var clients = connect(server, 5);
            for (int i = 0; i < 5; i++) clients.get(i).send(Requests.produce(40_000, (short) 1), i);
            var running = new ArrayList<Integer>();
            running.add(gate.started.take());
            running.add(gate.started.take());
            TestClient other = server.connect();
            for (int i = 0; i < 50; i++) other.send(Requests.heartbeat(), i).receive();
            assertNull(gate.started.poll());
            assertTrue(server.channel.dataPlane().queuedBytes() < 100_000);
            gate.go.release(5);
            for (int i = 0; i < 5; i++) assertEquals(i, clients.get(i).receiveCorrelationId());
            closeAll(clients);
            other.close();
            server.awaitNothingHeld();
        }
    }

    @Test
    void longFramesThatArriveTogetherAllGetThroughThoughThereIsMemoryForNone() {
        int connections = 6;
        byte[] frame = TestClient.frame(Requests.produce(3_000_000, (short) 1), 1);
        try (var server =
                TestServer.start(SocketServerTest.ANSWER, RequestChannelConfig.QUEUED_MAX_REQUEST_BYTES, "200000")) {
            var clients = connect(server, connections);
            for (TestClient client : clients) {
                Threads.platform("sender", () -> client.sendRaw(frame)).start();
            }
            for (TestClient client : clients) assertEquals(1, client.receiveCorrelationId());
            closeAll(clients);
            server.awaitNothingHeld();
        }
    }

    @Test
    void whoLeavesWhileItWaitsForRoomLeavesNothingBehind() throws Exception {
        var gate = new Gate();
        try (var server = TestServer.start(gate, RequestChannelConfig.QUEUED_MAX_REQUESTS, "1")) {
            var clients = connect(server, 10);
            for (TestClient client : clients) client.send(Requests.produce(10, (short) 1), 1);
            gate.started.take();
            TestClient other = server.connect();
            other.send(Requests.heartbeat(), 1).receive();
            closeAll(clients);
            gate.go.release(100);
            other.close();
            server.awaitNothingHeld();
        }
    }

    @Test
    void aRequestThatWaitsGivesItsPlaceToOthers() {
        RequestHandler handler = request -> {
            if (request.apiKey() == ApiKeys.FETCH) request.waiter().await(Time.SYSTEM.deadlineAfterMs(60_000));
            SocketServerTest.ANSWER.handle(request);
        };
        try (var server = TestServer.start(handler, RequestChannelConfig.QUEUED_MAX_REQUESTS, "1")) {
            var waiting = connect(server, 10);
            for (TestClient client : waiting) client.send(Requests.fetch(), 1);
            TestClient producer = server.connect();
            for (int i = 0; i < 20; i++) {
                producer.send(Requests.produce(10, (short) 1), i);
                assertEquals(i, producer.receiveCorrelationId());
            }
            closeAll(waiting);
            producer.close();
            server.awaitNothingHeld();
        }
    }

    @Test
    void aClientThatHangsUpEndsTheWaitOfItsRequest() throws Exception {
        var outcome = new CompletableFuture<Waiter.Outcome>();
        var waiting = new CountDownLatch(1);
        RequestHandler handler = request -> {
            waiting.countDown();
            outcome.complete(request.waiter().await(Time.SYSTEM.deadlineAfterMs(60_000)));
            SocketServerTest.ANSWER.handle(request);
        };
        try (var server = TestServer.start(handler)) {
            TestClient client = server.connect();
            client.send(Requests.fetch(), 1);
            waiting.await();
            client.close();
            assertEquals(Waiter.Outcome.CANCELLED, outcome.get());
            server.awaitNothingHeld();
        }
    }

    @Test
    void aConnectionHasNoMoreRequestsUnderWayThanItMay() throws Exception {
        var started = new AtomicInteger();
        var go = new CountDownLatch(1);
        RequestHandler handler = request -> {
            started.incrementAndGet();
            request.releaseOrder();
            SocketServerTest.awaitLatch(go);
            SocketServerTest.ANSWER.handle(request);
        };
        try (var server = TestServer.start(handler, RequestChannelConfig.CONNECTION_MAX_INFLIGHT, "3");
                var client = server.connect();
                var other = server.connect()) {
            for (int i = 0; i < 500; i++) client.send(Requests.heartbeat(), i);
            TestServer.await(() -> started.get() == 3);
            other.send(Requests.heartbeat(), 1);
            TestServer.await(() -> started.get() == 4);
            assertEquals(4, started.get());
            go.countDown();
            for (int i = 0; i < 500; i++) assertEquals(i, client.receiveCorrelationId());
            assertEquals(1, other.receiveCorrelationId());
            closeAll(List.of(client, other));
            server.awaitNothingHeld();
        }
    }

    @Test
    void aClientThatNeverReadsIsNotReadFromForEver() {
        int requests = 200;
        int responseBytes = 1_000_000;
        var handled = new AtomicInteger();
        RequestHandler handler = request -> {
            if (request.apiKey() == ApiKeys.FETCH) {
                handled.incrementAndGet();
                request.respond(Requests.fetched(Records.ofSize(responseBytes)));
            } else {
                SocketServerTest.ANSWER.handle(request);
            }
        };
        try (var server = TestServer.start(handler, RequestChannelConfig.CONNECTION_MAX_INFLIGHT_BYTES, "3000000");
                var other = server.connect()) {
            TestClient client = TestClient.connect(server.server.boundPort("PLAINTEXT"), 16 * 1024);
            for (int i = 0; i < requests; i++) client.send(Requests.fetch(), i);
            TestServer.await(() -> handled.get() >= 3);
            for (int i = 0; i < 100; i++) other.send(Requests.heartbeat(), i).receive();
            // Those that had been read before the first answer was there, and what the socket buffers took.
            assertTrue(handled.get() < 100, () -> "handled " + handled.get());
            client.reset();
            other.close();
            server.awaitNothingHeld();
        }
    }

    @Test
    void aClientThatReadsAgainGetsEverything() {
        int requests = 60;
        RequestHandler handler = request -> request.respond(Requests.fetched(Records.ofSize(300_000)));
        try (var server = TestServer.start(handler, RequestChannelConfig.CONNECTION_MAX_INFLIGHT_BYTES, "1000000")) {
            TestClient client = TestClient.connect(server.server.boundPort("PLAINTEXT"), 16 * 1024);
            for (int i = 0; i < requests; i++) client.send(Requests.fetch(), i);
            for (int i = 0; i < requests; i++) assertEquals(i, client.receiveCorrelationId());
            client.close();
            server.awaitNothingHeld();
        }
    }

    @Test
    void aStormOfConnectionsIsServed() throws Exception {
        int connections = 400;
        try (var server = TestServer.start(SocketServerTest.ANSWER, SocketServerConfig.NUM_NETWORK_THREADS, "3")) {
            var served = new CountDownLatch(connections);
            var open = new LinkedBlockingQueue<TestClient>();
            for (int i = 0; i < connections; i++) {
                int id = i;
                Threads.virtual("client", () -> {
                            TestClient client = server.connect();
                            open.add(client);
                            if (client.send(Requests.heartbeat(), id).receiveCorrelationId() == id) served.countDown();
                        })
                        .start();
            }
            served.await();
            assertEquals(connections, server.server.connectionCount());
            closeAll(open);
            server.awaitNothingHeld();
        }
    }

    @Test
    void connectionsThatComeAndGoAtRandomLeaveNothingBehind() throws Exception {
        var gone = new CountDownLatch(8);
        try (var server = TestServer.start(SocketServerTest.ANSWER, RequestChannelConfig.QUEUED_MAX_REQUESTS, "4")) {
            for (int t = 0; t < 8; t++) {
                int seed = t;
                Threads.virtual("client", () -> {
                            var random = new java.util.Random(seed);
                            for (int i = 0; i < 60; i++) misbehave(server, random);
                            gone.countDown();
                        })
                        .start();
            }
            gone.await();
            server.awaitNothingHeld();
        }
    }

    private static void misbehave(TestServer server, java.util.Random random) {
        TestClient client = server.connect();
        try {
            byte[] frame = TestClient.frame(Requests.produce(random.nextInt(100_000), (short) 1), 1);
            for (int i = random.nextInt(5); i > 0; i--) client.sendRaw(frame);
            client.sendRaw(Arrays.copyOf(frame, random.nextInt(frame.length)));
        } catch (java.io.UncheckedIOException e) {
            assertFalse(client.socket.isClosed());
        }
        if (random.nextBoolean()) client.reset();
        else client.close();
    }

    private static List<TestClient> connect(TestServer server, int count) {
        var clients = new ArrayList<TestClient>();
        for (int i = 0; i < count; i++) clients.add(server.connect());
        return clients;
    }

    private static void closeAll(Iterable<TestClient> clients) {
        clients.forEach(TestClient::close);
    }
}
