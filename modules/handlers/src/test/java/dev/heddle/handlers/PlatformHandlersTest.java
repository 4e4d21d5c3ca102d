package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.ManagedWait;
import dev.heddle.common.ManualTime;
import dev.heddle.common.Time;
import dev.heddle.requestchannel.Request;
import dev.heddle.requestchannel.RequestPlane;
import dev.heddle.security.Access;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.HeartbeatResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PlatformHandlersTest {

    private static final int THREADS = 3;

    private final ManualTime time = new ManualTime(0);
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private final Meter idle = new Meter();

    /** What a handler does; set before the first request. */
    private Consumer<Request> work = request -> {};

    private final PlatformHandlers pool = new PlatformHandlers(
            new PlatformHandlers.Size(Lane.DATA_PLANE, THREADS),
            new RequestRunner(new HandlerTable(List.of(new Heartbeats())), stop -> {}),
            new InFlightRequests(Time.SYSTEM),
            idle,
            time);

    private final RequestPlane plane = FakeConnection.plane(pool);

    private final class Heartbeats implements ApiHandler {
        @Override
        public ApiKeys apiKey() {
            return ApiKeys.HEARTBEAT;
        }

        @Override
        public AbstractResponse handle(Request request, Access access) {
            threads.add(Thread.currentThread());
            work.accept(request);
            return new HeartbeatResponse(new HeartbeatResponseData());
        }
    }

    @AfterEach
    void everyThreadEndsWhenItIsClosed() throws InterruptedException {
        pool.close();
        for (Thread thread : threads) thread.join();
    }

    /** Each on a connection of its own, so that none holds up another. */
    private List<FakeConnection> send(int requests) {
        List<FakeConnection> connections = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            var connection = new FakeConnection(plane);
            connections.add(connection);
            connection.send(heartbeat());
        }
        return connections;
    }

    private static HeartbeatRequest heartbeat() {
        return new HeartbeatRequest.Builder(
                        new HeartbeatRequestData().setGroupId("g").setMemberId("m"))
                .build();
    }

    /** Waits as a handler does that waits for something: its thread says so to the pool first. */
    private static void waitFor(Semaphore goOn, Semaphore waiting) {
        try (var ignored = ManagedWait.begin()) {
            waiting.release();
            goOn.acquireUninterruptibly();
        }
    }

    private static void acquire(Semaphore semaphore, int permits) {
        semaphore.acquireUninterruptibly(permits);
    }

    @Test
    void runsAsManyRequestsAtOnceAsItHasThreads() throws InterruptedException {
        var begun = new Semaphore(0);
        var goOn = new Semaphore(0);
        var atOnce = new AtomicInteger();
        var most = new AtomicInteger();
        work = request -> {
            most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
            begun.release();
            acquire(goOn, 1);
            atOnce.decrementAndGet();
        };
        pool.start();
        List<FakeConnection> connections = send(4 * THREADS);
        acquire(begun, THREADS);
        goOn.release(4 * THREADS);
        for (FakeConnection connection : connections) connection.awaitAnswered();
        assertEquals(THREADS, most.get());
        assertEquals(THREADS, threads.size());
    }

    @Test
    void aStandInTakesThePlaceOfEachThreadThatWaits() throws InterruptedException {
        var waiting = new Semaphore(0);
        var goOn = new Semaphore(0);
        work = request -> waitFor(goOn, waiting);
        pool.start();
        List<FakeConnection> connections = send(10 * THREADS);
        acquire(waiting, 10 * THREADS);
        assertEquals(10 * THREADS, threads.size());
        goOn.release(10 * THREADS);
        for (FakeConnection connection : connections) connection.awaitAnswered();
    }

    @Test
    void noMoreThanItsThreadsRunAfterTheWaitsAreOver() throws InterruptedException {
        var waiting = new Semaphore(0);
        var goOn = new Semaphore(0);
        work = request -> waitFor(goOn, waiting);
        pool.start();
        List<FakeConnection> waited = send(5 * THREADS);
        acquire(waiting, 5 * THREADS);
        goOn.release(5 * THREADS);
        for (FakeConnection connection : waited) connection.awaitAnswered();

        awaitSpares(5 * THREADS);
        var begun = new Semaphore(0);
        var atOnce = new AtomicInteger();
        var most = new AtomicInteger();
        work = request -> {
            most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
            begun.release();
            acquire(goOn, 1);
            atOnce.decrementAndGet();
        };
        List<FakeConnection> busy = send(5 * THREADS);
        acquire(begun, THREADS);
        goOn.release(5 * THREADS);
        for (FakeConnection connection : busy) connection.awaitAnswered();
        assertEquals(THREADS, most.get());
    }

    private void awaitSpares(int spares) {
        spinUntil(() -> pool.spares() == spares);
    }

    private static void spinUntil(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            if (Thread.interrupted()) throw new AssertionError("timed out");
            Thread.onSpinWait();
        }
    }

    @Test
    void sparesStandInAgainAndEndWhenNobodyNeedsThem() throws InterruptedException {
        var waiting = new Semaphore(0);
        var goOn = new Semaphore(0);
        work = request -> waitFor(goOn, waiting);
        pool.start();
        for (int round = 0; round < 3; round++) {
            List<FakeConnection> waited = send(2 * THREADS);
            acquire(waiting, 2 * THREADS);
            goOn.release(2 * THREADS);
            for (FakeConnection connection : waited) connection.awaitAnswered();
            awaitSpares(2 * THREADS);
        }
        // 2 × THREADS that waited, and at most THREADS runnable ones beside them: no round needed more.
        assertTrue(threads.size() <= 3 * THREADS, "threads=" + threads.size());

        time.advance(PlatformHandlers.SPARE_KEEP_ALIVE_MS);
        awaitSpares(0);
        spinUntil(() -> threads.stream().filter(Thread::isAlive).count() <= THREADS);
        work = request -> {};
        for (FakeConnection connection : send(5 * THREADS)) connection.awaitAnswered();
    }

    @Test
    void dispatchDoesNotWaitForAFreeThread() throws InterruptedException {
        var goOn = new CountDownLatch(1);
        work = request -> {
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        };
        pool.start();
        List<FakeConnection> connections = send(1_000); // returns, though nothing is answered
        goOn.countDown();
        for (FakeConnection connection : connections) connection.awaitAnswered();
    }

    @Test
    void itsIdleMeterSaysWhichPartOfTheTimeItIsIdle() {
        var metrics = new MetricRegistry();
        Meter meter = HandlerMetrics.idleMeter(Lane.DATA_PLANE, metrics);
        String pool = "kafka.server:type=KafkaRequestHandlerPool,name=";
        assertEquals(
                Set.of(pool + "RequestHandlerAvgIdlePercent", pool + "BrokerRequestHandlerAvgIdlePercent"),
                metrics.getMeters().keySet());
        for (int i = 0; i < 10; i++) meter.mark(1_000_000);
        assertEquals(10_000_000, meter.getCount());
        assertTrue(meter.getMeanRate() >= 0 && meter.getMeanRate() < 1e9, "rate=" + meter.getMeanRate());
        HandlerMetrics.idleMeter(Lane.CONTROL_PLANE, metrics);
        assertTrue(metrics.getMeters().containsKey(pool + "ControlPlaneRequestHandlerAvgIdlePercent"));
    }
}
