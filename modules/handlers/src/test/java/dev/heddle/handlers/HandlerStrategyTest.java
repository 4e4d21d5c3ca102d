package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.AnswerException;
import dev.heddle.common.CloseConnectionException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.requestchannel.Request;
import dev.heddle.requestchannel.RequestPlane;
import dev.heddle.requestchannel.Response;
import dev.heddle.security.Access;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.DescribeClusterRequest;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.HeartbeatResponse;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every strategy does alike: Heartbeat stands for the APIs that never wait, ListGroups for those that may. */
@Timeout(60)
class HandlerStrategyTest {

    private static final int PLATFORM_THREADS = 2;

    private final MetricRegistry metrics = new MetricRegistry();
    private final AtomicReference<StopBrokerException> stopped = new AtomicReference<>();
    private final Set<Waiter> waiters = ConcurrentHashMap.newKeySet();
    private final List<AutoCloseable> open = new ArrayList<>();

    /** What Heartbeat does; it cannot wait. */
    private Function<Request, AbstractResponse> heartbeat = request -> heartbeat(Errors.NONE);

    /** What ListGroups does; it may wait. */
    private Function<Request, AbstractResponse> listGroups = request -> listed();

    @AfterEach
    void close() throws Exception {
        waiters.forEach(Waiter::cancel);
        for (AutoCloseable each : open) each.close();
    }

    private HandlerStrategy strategy(HandlersConfig.Kind kind) {
        var table = new HandlerTable(List.of(
                handler(ApiKeys.HEARTBEAT, false, request -> heartbeat.apply(request)),
                handler(ApiKeys.LIST_GROUPS, true, request -> listGroups.apply(request))));
        var config = new HandlersConfig(kind, PLATFORM_THREADS, 2000, new FetchConfig(1, 1));
        HandlerStrategy strategy =
                HandlerStrategy.create(Lane.DATA_PLANE, config, table, stopped::set, Time.SYSTEM, metrics);
        open.add(strategy);
        return strategy;
    }

    private FakeConnection connection(HandlersConfig.Kind kind) {
        return new FakeConnection(FakeConnection.plane(strategy(kind)));
    }

    private static ApiHandler handler(ApiKeys api, boolean mayWait, Function<Request, AbstractResponse> work) {
        return new ApiHandler() {
            @Override
            public ApiKeys apiKey() {
                return api;
            }

            @Override
            public boolean mayWait(Request request) {
                return mayWait;
            }

            @Override
            public AbstractResponse handle(Request request, Access access) {
                return work.apply(request);
            }
        };
    }

    private static HeartbeatRequest heartbeatRequest() {
        return new HeartbeatRequest.Builder(
                        new HeartbeatRequestData().setGroupId("g").setMemberId("m"))
                .build((short) 4);
    }

    private static ListGroupsRequest listGroupsRequest() {
        return new ListGroupsRequest.Builder(new ListGroupsRequestData()).build((short) 3);
    }

    private static HeartbeatResponse heartbeat(Errors error) {
        return new HeartbeatResponse(new HeartbeatResponseData().setErrorCode(error.code()));
    }

    private static ListGroupsResponse listed() {
        return new ListGroupsResponse(new ListGroupsResponseData());
    }

    /** Waits on the request's own waiter until it is woken or cancelled. */
    private Waiter.Outcome await(Request request) {
        waiters.add(request.waiter());
        return request.waiter().await(Time.SYSTEM.deadlineAfterMs(60_000));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void answersWithWhatTheHandlerReturns(HandlersConfig.Kind kind) throws InterruptedException {
        heartbeat = request -> heartbeat(Errors.REBALANCE_IN_PROGRESS);
        HeartbeatResponse response = connection(kind).call(heartbeatRequest());
        assertEquals(Errors.REBALANCE_IN_PROGRESS, response.error());
    }

    @ParameterizedTest
    @EnumSource
    void handlesTheRequestsOfOneConnectionInTheirOrder(HandlersConfig.Kind kind) throws InterruptedException {
        List<Integer> handled = new ArrayList<>(); // one at a time touches it: that is what is tested
        heartbeat = request -> {
            handled.add(request.header().correlationId());
            return heartbeat(Errors.NONE);
        };
        listGroups = request -> {
            handled.add(request.header().correlationId());
            return listed();
        };
        FakeConnection connection = connection(kind);
        List<Integer> sent = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            Request request = connection.send(i % 3 == 0 ? listGroupsRequest() : heartbeatRequest());
            sent.add(request.header().correlationId());
        }
        List<Integer> answered = new ArrayList<>();
        for (int i = 0; i < 2_000; i++)
            answered.add(connection.awaitAnswered().header().correlationId());
        assertEquals(sent, handled);
        assertEquals(sent, answered);
    }

    @ParameterizedTest
    @EnumSource
    void aRequestThatWaitsHoldsUpNobodyElse(HandlersConfig.Kind kind) throws InterruptedException {
        int waiting = 8 * PLATFORM_THREADS;
        var arrived = new CountDownLatch(waiting);
        listGroups = request -> {
            arrived.countDown();
            return await(request) == Waiter.Outcome.WOKEN ? listed() : null;
        };
        RequestPlane plane = FakeConnection.plane(strategy(kind));
        List<FakeConnection> waitingConnections = new ArrayList<>();
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < waiting; i++) {
            var connection = new FakeConnection(plane);
            waitingConnections.add(connection);
            requests.add(connection.send(listGroupsRequest()));
        }
        await(arrived);
        var other = new FakeConnection(plane);
        for (int i = 0; i < 20; i++)
            assertEquals(
                    Errors.NONE,
                    other.<HeartbeatResponse>call(heartbeatRequest()).error());
        assertFalse(waitingConnections.stream().anyMatch(FakeConnection::hasAnswered));
        requests.forEach(request -> request.waiter().wake());
        for (FakeConnection each : waitingConnections) {
            assertInstanceOf(ListGroupsResponse.class, FakeConnection.decode(each.awaitAnswered()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void answersTheErrorThatTheHandlerThrows(HandlersConfig.Kind kind) throws InterruptedException {
        FakeConnection connection = connection(kind);
        heartbeat = request -> {
            throw new AnswerException(Errors.FENCED_INSTANCE_ID);
        };
        assertEquals(
                Errors.FENCED_INSTANCE_ID,
                connection.<HeartbeatResponse>call(heartbeatRequest()).error());
        heartbeat = request -> {
            throw new InvalidRequestException("wrong");
        };
        assertEquals(
                Errors.INVALID_REQUEST,
                connection.<HeartbeatResponse>call(heartbeatRequest()).error());
        heartbeat = request -> {
            throw new DirectoryOfflineException(Path.of("data"), "gone", null);
        };
        assertEquals(
                Errors.KAFKA_STORAGE_ERROR,
                connection.<HeartbeatResponse>call(heartbeatRequest()).error());
    }

    @ParameterizedTest
    @EnumSource
    void anUnexpectedFailureIsAnUnknownServerErrorAndNothingMore(HandlersConfig.Kind kind) throws InterruptedException {
        FakeConnection connection = connection(kind);
        heartbeat = request -> {
            throw new IllegalStateException("a secret of ours");
        };
        assertEquals(
                Errors.UNKNOWN_SERVER_ERROR,
                connection.<HeartbeatResponse>call(heartbeatRequest()).error());
        heartbeat = request -> {
            throw new StackOverflowError();
        };
        assertEquals(
                Errors.UNKNOWN_SERVER_ERROR,
                connection.<HeartbeatResponse>call(heartbeatRequest()).error());
        heartbeat = request -> heartbeat(Errors.NONE);
        assertEquals(
                Errors.NONE,
                connection.<HeartbeatResponse>call(heartbeatRequest()).error());
    }

    @ParameterizedTest
    @EnumSource
    void tellsTheBrokerToStopWhenAHandlerFindsThatItMust(HandlersConfig.Kind kind) throws InterruptedException {
        var failure = new StopBrokerException("the metadata log cannot be written");
        heartbeat = request -> {
            throw failure;
        };
        HandlerStrategy strategy = strategy(kind);
        var connection = new FakeConnection(FakeConnection.plane(strategy));
        assertEquals(
                Errors.UNKNOWN_SERVER_ERROR,
                connection.<HeartbeatResponse>call(heartbeatRequest()).error());
        strategy.close();
        assertSame(failure, stopped.get());
    }

    @ParameterizedTest
    @EnumSource
    void closesTheConnectionWhenTheHandlerSaysSo(HandlersConfig.Kind kind) throws InterruptedException {
        heartbeat = request -> {
            throw new CloseConnectionException("enough");
        };
        FakeConnection connection = connection(kind);
        connection.send(heartbeatRequest());
        assertEquals(
                new Response.CloseConnection("enough"),
                connection.awaitAnswered().response());
    }

    @ParameterizedTest
    @EnumSource
    void closesTheConnectionOverAnApiThatIsNotInTheTable(HandlersConfig.Kind kind) throws InterruptedException {
        FakeConnection connection = connection(kind);
        connection.send(new DescribeClusterRequest.Builder(new DescribeClusterRequestData()).build());
        assertInstanceOf(
                Response.CloseConnection.class, connection.awaitAnswered().response());
    }

    @ParameterizedTest
    @EnumSource
    void noAnswerIsAnAnswer(HandlersConfig.Kind kind) throws InterruptedException {
        heartbeat = request -> null;
        FakeConnection connection = connection(kind);
        connection.send(heartbeatRequest());
        assertEquals(new Response.Nothing(), connection.awaitAnswered().response());
    }

    @ParameterizedTest
    @EnumSource
    void closesTheConnectionOverABodyThatCannotBeRead(HandlersConfig.Kind kind) throws InterruptedException {
        heartbeat = request -> {
            request.body();
            return heartbeat(Errors.NONE);
        };
        FakeConnection connection = connection(kind);
        var whole = heartbeatRequest().serializeWithHeader(new RequestHeader(ApiKeys.HEARTBEAT, (short) 4, "c", 7));
        connection.send(whole.limit(whole.limit() - 2));
        assertInstanceOf(
                Response.CloseConnection.class, connection.awaitAnswered().response());
    }

    @ParameterizedTest
    @EnumSource
    void refusesRequestsOnceItIsClosed(HandlersConfig.Kind kind) throws InterruptedException {
        HandlerStrategy strategy = strategy(kind);
        var connection = new FakeConnection(FakeConnection.plane(strategy));
        strategy.close();
        connection.send(heartbeatRequest());
        assertInstanceOf(
                Response.CloseConnection.class, connection.awaitAnswered().response());
    }

    @ParameterizedTest
    @EnumSource
    void closingWaitsForTheRequestsAtWork(HandlersConfig.Kind kind) throws InterruptedException {
        var arrived = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        listGroups = request -> {
            arrived.countDown();
            await(goOn);
            return listed();
        };
        HandlerStrategy strategy = strategy(kind);
        var connection = new FakeConnection(FakeConnection.plane(strategy));
        connection.send(listGroupsRequest());
        await(arrived);
        Thread closing = Thread.ofVirtual().start(strategy::close);
        assertTrue(closing.isAlive());
        assertFalse(connection.hasAnswered());
        goOn.countDown();
        closing.join();
        assertTrue(connection.hasAnswered());
        assertEquals(0, inFlight());
    }

    @ParameterizedTest
    @EnumSource
    void countsTheRequestsInFlight(HandlersConfig.Kind kind) throws InterruptedException {
        var arrived = new CountDownLatch(1);
        listGroups = request -> {
            arrived.countDown();
            await(request);
            return listed();
        };
        HandlerStrategy strategy = strategy(kind);
        var connection = new FakeConnection(FakeConnection.plane(strategy));
        Request request = connection.send(listGroupsRequest());
        await(arrived);
        assertEquals(1, inFlight());
        request.waiter().wake();
        connection.awaitAnswered();
        strategy.close();
        assertEquals(0, inFlight());
    }

    private long inFlight() {
        return (Long) metrics.getGauges()
                .get("heddle.handlers:type=HandlerStrategy,name=RequestsInFlight,lane=data-plane")
                .getValue();
    }

    @ParameterizedTest
    @EnumSource
    void namesItsThreads(HandlersConfig.Kind kind) throws InterruptedException {
        var thread = new AtomicReference<Thread>();
        listGroups = request -> {
            thread.set(Thread.currentThread());
            return listed();
        };
        connection(kind).call(listGroupsRequest());
        boolean platform = kind == HandlersConfig.Kind.PLATFORM;
        String name = thread.get().getName();
        assertTrue(
                platform
                        ? name.matches("data-plane-kafka-request-handler-\\d+")
                        : name.equals("data-plane-request-handler-ListGroups"),
                name);
        assertEquals(platform, !thread.get().isVirtual());
    }

    @ParameterizedTest
    @EnumSource
    void onlyInlineRunsOnTheCallersThreadAndOnlyWhatCannotWait(HandlersConfig.Kind kind) throws InterruptedException {
        var thread = new AtomicReference<Thread>();
        heartbeat = request -> {
            thread.set(Thread.currentThread());
            return heartbeat(Errors.NONE);
        };
        listGroups = request -> {
            thread.set(Thread.currentThread());
            return listed();
        };
        FakeConnection connection = connection(kind);
        connection.call(heartbeatRequest());
        assertEquals(kind == HandlersConfig.Kind.INLINE, thread.get() == Thread.currentThread());
        connection.call(listGroupsRequest());
        assertNotSame(Thread.currentThread(), thread.get());
    }
}
