package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.Time;
import dev.heddle.requestchannel.Request;
import dev.heddle.requestchannel.RequestPlane;
import dev.heddle.security.Access;
import dev.heddle.security.AuthorizerPlugin;
import dev.heddle.security.SecurityConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.HeartbeatResponse;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A plugin that takes its time, under every strategy. It lets Heartbeats pass, and holds back whoever lists groups. */
@Timeout(60)
class AuthorizerStrategiesTest {

    private static final int PLATFORM_THREADS = 2;
    private static final int HELD = 8 * PLATFORM_THREADS;

    private static volatile CountDownLatch arrived;
    private static volatile CountDownLatch release;
    private static final ConcurrentLinkedQueue<Thread> ASKED_ON = new ConcurrentLinkedQueue<>();

    private final List<AutoCloseable> open = new ArrayList<>();
    private RequestPlane plane;

    public static final class Gate extends TestAuthorizer {

        @Override
        public List<AuthorizationResult> authorize(AuthorizableRequestContext who, List<Action> actions) {
            ASKED_ON.add(Thread.currentThread());
            if (who.requestType() == ApiKeys.LIST_GROUPS.id) {
                arrived.countDown();
                await(release);
            }
            return actions.stream().map(action -> AuthorizationResult.ALLOWED).toList();
        }
    }

    /** Asks, and never waits for anything else. */
    private record Asking(ApiKeys apiKey, AbstractResponse answer) implements ApiHandler {
        @Override
        public boolean mayWait(Request request) {
            return false;
        }

        @Override
        public AbstractResponse handle(Request request, Access access) {
            access.requireOnCluster(AclOperation.DESCRIBE);
            return answer;
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void closeTheGate() {
        arrived = new CountDownLatch(HELD);
        release = new CountDownLatch(1);
        ASKED_ON.clear();
    }

    @AfterEach
    void close() throws Exception {
        release.countDown();
        for (AutoCloseable each : open.reversed()) each.close();
    }

    private void start(HandlersConfig.Kind kind) {
        var plugin =
                new AuthorizerPlugin(new SecurityConfig(Gate.class.getName(), List.of(), false), 1000, Time.SYSTEM);
        open.add(plugin);
        plugin.load(Map.of());
        var table = new HandlerTable(
                List.of(
                        new Asking(ApiKeys.HEARTBEAT, new HeartbeatResponse(new HeartbeatResponseData())),
                        new Asking(ApiKeys.LIST_GROUPS, new ListGroupsResponse(new ListGroupsResponseData()))),
                new Permissions(plugin.accessControl()));
        var config = new HandlersConfig(kind, PLATFORM_THREADS, 2000, new FetchConfig(1, 1));
        HandlerStrategy strategy =
                HandlerStrategy.create(Lane.DATA_PLANE, config, table, stop -> {}, Time.SYSTEM, new MetricRegistry());
        open.add(strategy);
        plane = FakeConnection.plane(strategy);
    }

    private static HeartbeatRequest heartbeat() {
        return new HeartbeatRequest.Builder(
                        new HeartbeatRequestData().setGroupId("g").setMemberId("m"))
                .build((short) 4);
    }

    private static ListGroupsRequest listGroups() {
        return new ListGroupsRequest.Builder(new ListGroupsRequestData()).build((short) 3);
    }

    /** One request each, all of them inside the plugin. */
    private List<FakeConnection> hold(List<Request> requests) {
        List<FakeConnection> held = new ArrayList<>();
        for (int i = 0; i < HELD; i++) {
            var connection = new FakeConnection(plane);
            held.add(connection);
            requests.add(connection.send(listGroups()));
        }
        await(arrived);
        return held;
    }

    @ParameterizedTest
    @EnumSource
    void whoeverIsInsideThePluginHoldsUpNobodyElse(HandlersConfig.Kind kind) throws InterruptedException {
        start(kind);
        List<FakeConnection> held = hold(new ArrayList<>());
        var other = new FakeConnection(plane);
        for (int i = 0; i < 20; i++)
            assertEquals(Errors.NONE, other.<HeartbeatResponse>call(heartbeat()).error());
        assertFalse(held.stream().anyMatch(FakeConnection::hasAnswered));
        assertEquals(0, plane.queuedRequests(), "their places are lent");
        release.countDown();
        for (FakeConnection each : held) FakeConnection.decode(each.awaitAnswered());
    }

    @ParameterizedTest
    @EnumSource
    void theRequestsOfOneConnectionKeepTheirOrder(HandlersConfig.Kind kind) throws InterruptedException {
        start(kind);
        FakeConnection connection = hold(new ArrayList<>()).getFirst();
        connection.send(heartbeat());
        assertFalse(connection.hasAnswered());
        release.countDown();
        assertEquals(ApiKeys.LIST_GROUPS, connection.awaitAnswered().apiKey());
        assertEquals(ApiKeys.HEARTBEAT, connection.awaitAnswered().apiKey());
    }

    @ParameterizedTest
    @EnumSource
    void aClientThatHangsUpMeanwhileLeavesNothingBehind(HandlersConfig.Kind kind) throws InterruptedException {
        start(kind);
        List<Request> requests = new ArrayList<>();
        List<FakeConnection> held = hold(requests);
        requests.forEach(request -> request.waiter().cancel());
        release.countDown();
        for (FakeConnection each : held) each.awaitAnswered().completed(0, 0);
        assertEquals(0, plane.queuedRequests());
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsAskedOnTheThreadThatReadTheRequest(HandlersConfig.Kind kind) throws InterruptedException {
        start(kind);
        new FakeConnection(plane).call(heartbeat());
        assertNotSame(Thread.currentThread(), ASKED_ON.remove());
    }
}
