package dev.heddle.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.requestchannel.ConnectionInfo;
import dev.heddle.requestchannel.Request;
import dev.heddle.requestchannel.RequestDispatcher;
import dev.heddle.requestchannel.RequestHandler;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.ProduceRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests and answers over real sockets, as long as everyone behaves. */
@Timeout(30)
class SocketServerTest {

    static final RequestHandler ANSWER = request -> request.respond(Requests.answerTo(request.apiKey()));

    private static final RequestDispatcher INLINE = request -> request.handle(ANSWER);

    @Test
    void aRequestIsAnswered() {
        try (var server = TestServer.start(ANSWER);
                var client = server.connect()) {
            HeartbeatRequest request = Requests.heartbeat();
            client.send(request, 7);
            assertInstanceOf(
                    org.apache.kafka.common.requests.HeartbeatResponse.class,
                    client.receive(ApiKeys.HEARTBEAT, request.version()));
            client.close();
            server.awaitNothingHeld();
        }
    }

    @Test
    void aRequestThatArrivesInSingleBytesIsAnswered() {
        try (var server = TestServer.start(ANSWER);
                var client = server.connect()) {
            for (byte b : TestClient.frame(Requests.heartbeat(), 3)) client.sendRaw(b);
            assertEquals(3, client.receiveCorrelationId());
            client.close();
            server.awaitNothingHeld();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void manyRequestsInOneWriteAreAnsweredInOrder(boolean inline) {
        int requests = 2000;
        RequestDispatcher dispatcher = inline ? INLINE : TestServer.virtual(ANSWER);
        try (var server = TestServer.start(dispatcher, Time.SYSTEM);
                var client = server.connect()) {
            var bytes = new ByteArrayOutputStream();
            for (int i = 0; i < requests; i++) bytes.writeBytes(TestClient.frame(Requests.heartbeat(), i));
            Thread writer = Threads.virtual("writer", () -> client.sendRaw(bytes.toByteArray()));
            writer.start();
            for (int i = 0; i < requests; i++) assertEquals(i, client.receiveCorrelationId());
            client.close();
            server.awaitNothingHeld();
        }
    }

    @Test
    void requestsOfOneConnectionRunOneAfterAnother() {
        var running = new AtomicInteger();
        var most = new AtomicInteger();
        RequestHandler handler = request -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            Thread.yield();
            running.decrementAndGet();
            ANSWER.handle(request);
        };
        try (var server = TestServer.start(handler);
                var client = server.connect()) {
            for (int i = 0; i < 200; i++) client.send(Requests.heartbeat(), i);
            for (int i = 0; i < 200; i++) assertEquals(i, client.receiveCorrelationId());
            assertEquals(1, most.get());
        }
    }

    @Test
    void aRequestThatReleasesItsOrderLetsTheNextStartAndIsStillAnsweredFirst() throws Exception {
        var secondDone = new CountDownLatch(1);
        RequestHandler handler = request -> {
            if (request.header().correlationId() == 0) {
                request.releaseOrder();
                awaitLatch(secondDone);
                ANSWER.handle(request);
            } else {
                ANSWER.handle(request);
                secondDone.countDown();
            }
        };
        try (var server = TestServer.start(handler);
                var client = server.connect()) {
            client.send(Requests.produce(10, (short) -1), 0).send(Requests.heartbeat(), 1);
            assertEquals(0, client.receiveCorrelationId());
            assertEquals(1, client.receiveCorrelationId());
            client.close();
            server.awaitNothingHeld();
        }
    }

    @Test
    void answersLeaveInOrderThoughHandlersFinishInReverse() {
        int requests = 20;
        var started = new ArrayList<CompletableFuture<Void>>();
        for (int i = 0; i <= requests; i++) started.add(new CompletableFuture<>());
        started.get(requests).complete(null);
        RequestHandler handler = request -> {
            int id = request.header().correlationId();
            request.releaseOrder();
            started.get(id + 1).join();
            ANSWER.handle(request);
            started.get(id).complete(null);
        };
        try (var server = TestServer.start(handler);
                var client = server.connect()) {
            for (int i = 0; i < requests; i++) client.send(Requests.heartbeat(), i);
            for (int i = 0; i < requests; i++) assertEquals(i, client.receiveCorrelationId());
        }
    }

    @Test
    void aRequestThatExpectsNoAnswerLetsTheNextOneThrough() {
        RequestHandler handler = request -> {
            AbstractRequest body = request.body();
            if (body instanceof ProduceRequest produce && produce.acks() == 0) request.respondNothing();
            else ANSWER.handle(request);
        };
        try (var server = TestServer.start(handler);
                var client = server.connect()) {
            client.send(Requests.produce(100, (short) 0), 0).send(Requests.heartbeat(), 1);
            assertEquals(1, client.receiveCorrelationId());
            client.close();
            server.awaitNothingHeld();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1000, 16 * 1024, 70_000, 1_100_000, 9_000_000})
    void aRequestOfAnySizeArrivesWhole(int valueBytes) {
        var sizes = new LinkedBlockingQueue<Integer>();
        RequestHandler handler = request -> {
            ProduceRequest body = request.body();
            sizes.add(request.sizeInBytes());
            assertEquals(1, body.data().topicData().size());
            ANSWER.handle(request);
        };
        try (var server = TestServer.start(handler);
                var client = server.connect()) {
            byte[] frame = TestClient.frame(Requests.produce(valueBytes, (short) 1), 5);
            for (int i = 0; i < 3; i++) {
                client.sendRaw(frame);
                assertEquals(5, client.receiveCorrelationId());
                assertEquals(frame.length - 4, sizes.remove());
            }
            client.close();
            server.awaitNothingHeld();
        }
    }

    @Test
    void anInlineHandlerAnswersWithoutAnotherThread() {
        BlockingQueue<String> threads = new LinkedBlockingQueue<>();
        RequestDispatcher dispatcher = request -> {
            assertTrue(request.mayRunOnCaller());
            threads.add(Thread.currentThread().getName());
            request.handle(ANSWER);
        };
        try (var server = TestServer.start(dispatcher, Time.SYSTEM);
                var client = server.connect()) {
            client.send(Requests.heartbeat(), 1);
            assertEquals(1, client.receiveCorrelationId());
            assertEquals("processor-PLAINTEXT-0", threads.remove());
        }
    }

    @Test
    void theConnectionKnowsBothItsEnds() throws Exception {
        var seen = new CompletableFuture<ConnectionInfo>();
        RequestHandler handler = request -> {
            seen.complete(request.connection());
            ANSWER.handle(request);
        };
        try (var server = TestServer.start(handler);
                var client = server.connect()) {
            client.send(Requests.heartbeat(), 1).receive();
            ConnectionInfo info = seen.get();
            assertEquals("PLAINTEXT", info.listenerName());
            assertEquals(client.socket.getLocalPort(), info.clientPort());
            assertEquals(
                    server.server.boundPort("PLAINTEXT"), info.localAddress().getPort());
            assertTrue(info.clientAddress().isLoopbackAddress());
            assertFalse(info.controlPlane());
        }
    }

    @Test
    void whoeverWantsToKnowIsToldThatAConnectionHasClosed() throws Exception {
        var closed = new CompletableFuture<String>();
        RequestHandler handler = request -> {
            request.connection()
                    .whenClosed(() -> closed.complete(request.connection().id()));
            ANSWER.handle(request);
        };
        try (var server = TestServer.start(handler)) {
            try (var client = server.connect()) {
                client.send(Requests.heartbeat(), 1).receive();
                assertFalse(closed.isDone());
            }
            assertTrue(closed.get(30, TimeUnit.SECONDS).startsWith("127.0.0.1:"));
        }
    }

    @Test
    void everyListenerHasItsThreadsAndTheControlPlaneALaneOfItsOwn() {
        var planes = new LinkedBlockingQueue<Boolean>();
        RequestHandler handler = request -> {
            planes.add(request.connection().controlPlane());
            ANSWER.handle(request);
        };
        try (var server = TestServer.start(
                handler,
                SocketServerConfig.LISTENERS,
                "DATA://127.0.0.1:0,CONTROL://127.0.0.1:0",
                SocketServerConfig.LISTENER_SECURITY_PROTOCOL_MAP,
                "DATA:PLAINTEXT,CONTROL:PLAINTEXT",
                SocketServerConfig.CONTROL_PLANE_LISTENER_NAME,
                "CONTROL",
                SocketServerConfig.NUM_NETWORK_THREADS,
                "2")) {
            assertNotEquals(server.server.boundPort("DATA"), server.server.boundPort("CONTROL"));
            assertEquals(
                    List.of(
                            "acceptor-CONTROL",
                            "acceptor-DATA",
                            "processor-CONTROL-0",
                            "processor-DATA-0",
                            "processor-DATA-1"),
                    networkThreads());
            try (var data = server.connect("DATA");
                    var control = server.connect("CONTROL")) {
                data.send(Requests.heartbeat(), 1).receive();
                assertEquals(false, planes.remove());
                control.send(Requests.heartbeat(), 1).receive();
                assertEquals(true, planes.remove());
            }
        }
        assertEquals(List.of(), networkThreads());
    }

    private static List<String> networkThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("acceptor-") || name.startsWith("processor-"))
                .sorted()
                .toList();
    }

    @Test
    void aTakenPortStopsTheStartAndNamesThePort() {
        try (var server = TestServer.start(ANSWER)) {
            int port = server.server.boundPort("PLAINTEXT");
            var failure = assertThrows(
                    StopBrokerException.class,
                    () -> TestServer.start(ANSWER, SocketServerConfig.LISTENERS, "PLAINTEXT://127.0.0.1:" + port));
            assertEquals(
                    "Cannot listen on PLAINTEXT://127.0.0.1:" + port + ": the port is taken by another process",
                    failure.getMessage());
        }
    }

    @Test
    void anUnsupportedSecurityProtocolStopsTheStart() {
        var failure = assertThrows(
                StopBrokerException.class,
                () -> TestServer.start(ANSWER, SocketServerConfig.LISTENERS, "SSL://127.0.0.1:0"));
        assertTrue(failure.getMessage().contains("SSL"), failure.getMessage());
    }

    @Test
    void whoConnectsBeforeProcessingIsEnabledIsServedAfterwards() {
        try (var server = TestServer.startBound(TestServer.virtual(ANSWER));
                var client = server.connect()) {
            client.send(Requests.heartbeat(), 1);
            server.server.enableRequestProcessing();
            assertEquals(1, client.receiveCorrelationId());
        }
    }

    @Test
    void aServerThatNeverProcessedCanBeClosed() {
        var server = TestServer.startBound(TestServer.virtual(ANSWER));
        var client = server.connect();
        server.close();
        assertTrue(client.isClosedByServer());
        client.close();
    }

    @Test
    void shuttingDownWakesWaitingRequestsAndSendsTheirAnswers() throws Exception {
        var waiting = new CountDownLatch(1);
        var outcome = new CompletableFuture<Waiter.Outcome>();
        RequestHandler handler = request -> {
            waiting.countDown();
            outcome.complete(request.waiter().await(Time.SYSTEM.deadlineAfterMs(60_000)));
            ANSWER.handle(request);
        };
        var server = TestServer.start(handler);
        var client = server.connect();
        client.send(Requests.fetch(), 9);
        waiting.await();
        server.close();
        assertEquals(Waiter.Outcome.CANCELLED, outcome.get());
        assertEquals(9, client.receiveCorrelationId());
        assertTrue(client.isClosedByServer());
        TestServer.await(() -> server.channel.dataPlane().queuedBytes() == 0);
    }

    @Test
    void shuttingDownDoesNotWaitForAHandlerThatDoesNotAnswerAndItsLateAnswerDoesNoHarm() throws Exception {
        var go = new CountDownLatch(1);
        var late = new CompletableFuture<Request>();
        RequestHandler handler = request -> {
            awaitLatch(go);
            ANSWER.handle(request);
            late.complete(request);
        };
        var server = TestServer.start(handler);
        try (var client = server.connect()) {
            client.send(Requests.heartbeat(), 1);
            TestServer.await(() -> server.channel.dataPlane().queuedRequests() == 1);
            server.close();
            assertTrue(client.isClosedByServer());
            go.countDown();
            late.get();
            TestServer.await(() -> server.channel.dataPlane().queuedBytes() == 0);
        }
    }

    static void awaitLatch(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
