package dev.heddle.requestchannel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.Histogram;
import com.codahale.metrics.Meter;
import dev.heddle.common.CloseConnectionException;
import dev.heddle.common.ManagedWait;
import dev.heddle.common.Threads;
import dev.heddle.common.Waiter;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.HeartbeatResponse;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class RequestTest {

    private static final HeartbeatRequest HEARTBEAT =
            new HeartbeatRequest.Builder(new HeartbeatRequestData().setGroupId("g")).build();

    private final ArrayDeque<Request> dispatched = new ArrayDeque<>();

    private static AbstractResponse heartbeatAnswer() {
        return new HeartbeatResponse(new HeartbeatResponseData());
    }

    private static ProduceRequest produce() {
        var records = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord("value".getBytes()));
        var data = new ProduceRequestData().setAcks((short) 1);
        data.topicData()
                .add(new ProduceRequestData.TopicProduceData()
                        .setName("topic")
                        .setPartitionData(List.of(new ProduceRequestData.PartitionProduceData().setRecords(records))));
        return new ProduceRequest(data, (short) 9);
    }

    private static void answer(Request request) {
        request.handle(r -> r.respond(heartbeatAnswer()));
    }

    private void assertNothingHeld(TestPlane plane) {
        assertEquals(0, plane.pool.outstanding());
        assertEquals(0, plane.channel.dataPlane().queuedRequests());
        assertEquals(0, plane.channel.dataPlane().queuedBytes());
    }

    @Test
    void anAnsweredRequestHoldsNothing() {
        var plane = new TestPlane(dispatched::add);
        Request request = plane.start(HEARTBEAT, 1);
        assertEquals(1, plane.channel.dataPlane().queuedRequests());
        assertEquals(request.sizeInBytes(), plane.channel.dataPlane().queuedBytes());
        answer(dispatched.remove());
        assertEquals(List.of(request), plane.answered);
        assertNothingHeld(plane);
    }

    @Test
    void theNextRequestStartsWhenTheOneBeforeIsAnswered() {
        var plane = new TestPlane(dispatched::add);
        Request first = plane.start(HEARTBEAT, 1);
        Request second = plane.start(HEARTBEAT, 2);
        assertSame(first, dispatched.remove());
        assertTrue(dispatched.isEmpty());
        answer(first);
        assertSame(second, dispatched.remove());
        assertFalse(second.mayRunOnCaller());
        answer(second);
        plane.start(HEARTBEAT, 3);
        assertTrue(dispatched.element().mayRunOnCaller());
    }

    @Test
    void requestsThatFollowEachOtherForLongGiveOthersTheirTurn() {
        var plane = new TestPlane(dispatched::add);
        for (int i = 0; i < 4; i++) plane.start(HEARTBEAT, i);
        plane.time.advance(1);
        answer(dispatched.remove());
        plane.time.advance(1);
        answer(dispatched.remove()); // the second, which had followed directly
        assertTrue(dispatched.isEmpty());
        plane.inTurn.remove().run();
        assertTrue(dispatched.element().mayRunOnCaller());
        answer(dispatched.remove());
        answer(dispatched.remove()); // directly again
        assertTrue(plane.inTurn.isEmpty());
        assertNothingHeld(plane);
    }

    @Test
    void aRequestHoldsNoPlaceUntilItsTurnOnTheConnectionComes() {
        var plane = new TestPlane(dispatched::add);
        for (int i = 0; i < 5; i++) plane.start(HEARTBEAT, i);
        assertEquals(1, plane.channel.dataPlane().queuedRequests());
        for (int i = 0; i < 5; i++) {
            assertEquals(1, plane.channel.dataPlane().queuedRequests());
            answer(dispatched.remove());
        }
        assertEquals(5, plane.answered.size());
        assertNothingHeld(plane);
    }

    @Test
    void whateverAHandlerWaitsForItsPlaceIsOthersMeanwhile() {
        var plane = new TestPlane(dispatched::add);
        plane.start(HEARTBEAT, 1);
        dispatched.remove().handle(request -> {
            assertEquals(1, plane.channel.dataPlane().queuedRequests());
            try (var ignored = ManagedWait.begin()) {
                assertEquals(0, plane.channel.dataPlane().queuedRequests());
            }
            assertEquals(1, plane.channel.dataPlane().queuedRequests());
            request.respond(heartbeatAnswer());
            try (var ignored = ManagedWait.begin()) {
                assertEquals(0, plane.channel.dataPlane().queuedRequests());
            }
        });
        assertNothingHeld(plane);
        try (var ignored = ManagedWait.begin()) {
            assertEquals(0, plane.channel.dataPlane().queuedRequests());
        }
    }

    @Test
    void releasingTheOrderStartsTheNextOnceAndWhatComesLaterAtOnce() {
        var plane = new TestPlane(dispatched::add);
        plane.start(HEARTBEAT, 1);
        Request second = plane.start(HEARTBEAT, 2);
        dispatched.remove().handle(request -> {
            request.releaseOrder();
            request.releaseOrder();
            assertSame(second, dispatched.remove());
            assertTrue(dispatched.isEmpty());
            request.respond(heartbeatAnswer());
            assertTrue(dispatched.isEmpty());
        });
    }

    @Test
    void aDispatcherThatRunsRequestsOnTheSpotDoesNotNestThem() {
        var depth = new int[1];
        var deepest = new int[1];
        var plane = new TestPlane[1];
        RequestDispatcher onTheSpot = request -> {
            deepest[0] = Math.max(deepest[0], ++depth[0]);
            answer(request);
            depth[0]--;
        };
        RequestDispatcher firstLater = request -> {
            if (request.header().correlationId() == 0) dispatched.add(request);
            else onTheSpot.dispatch(request);
        };
        plane[0] = new TestPlane(firstLater, new RequestChannelConfig(100_000, 100_000_000, 5, 1_000_000));
        for (int i = 0; i < 50_000; i++) plane[0].start(HEARTBEAT, i);
        answer(dispatched.remove());
        assertEquals(50_000, plane[0].answered.size());
        assertEquals(1, deepest[0]);
        assertNothingHeld(plane[0]);
    }

    @Test
    void requestsOfManyThreadsNeverOverlapAndAllAreAnswered() throws Exception {
        int requests = 20_000;
        var running = new java.util.concurrent.atomic.AtomicInteger();
        var overlaps = new java.util.concurrent.atomic.AtomicInteger();
        var left = new java.util.concurrent.CountDownLatch(requests);
        RequestDispatcher dispatcher = request -> Threads.virtual("handler", () -> {
                    if (running.incrementAndGet() != 1) overlaps.incrementAndGet();
                    request.handle(r -> {
                        running.decrementAndGet();
                        r.respondNothing();
                    });
                    left.countDown();
                })
                .start();
        var plane = new TestPlane(dispatcher, new RequestChannelConfig(requests, 1L << 40, 5, 1));
        for (int i = 0; i < requests; i++) {
            Request request = plane.parse(HEARTBEAT, i);
            plane.stream.tryAdmit(request, 0);
            plane.stream.start(request);
        }
        left.await();
        assertEquals(0, overlaps.get());
        assertNothingHeld(plane);
    }

    @Test
    void aHandlerThatReturnsWithoutAnAnswerClosesTheConnection() {
        var plane = new TestPlane(dispatched::add);
        plane.start(HEARTBEAT, 1);
        Request second = plane.start(HEARTBEAT, 2);
        Request first = dispatched.remove();
        first.handle(request -> {});
        assertInstanceOf(Response.CloseConnection.class, first.response());
        assertSame(second, dispatched.remove());
        second.handle(request -> {
            throw new IllegalStateException("a fault of ours");
        });
        assertInstanceOf(Response.CloseConnection.class, second.response());
        assertNothingHeld(plane);
    }

    @Test
    void aSecondAnswerIsAnErrorAndDoesNotReachTheClient() {
        var plane = new TestPlane(dispatched::add);
        plane.start(HEARTBEAT, 1);
        dispatched.remove().handle(request -> {
            request.respondNothing();
            assertThrows(IllegalStateException.class, () -> request.respond(heartbeatAnswer()));
        });
        assertEquals(1, plane.answered.size());
        assertNothingHeld(plane);
    }

    @Test
    void aDispatcherThatTakesNothingClosesTheConnection() {
        var plane = new TestPlane(request -> {
            throw new java.util.concurrent.RejectedExecutionException("closed");
        });
        Request request = plane.start(HEARTBEAT, 1);
        assertInstanceOf(Response.CloseConnection.class, request.response());
        assertNothingHeld(plane);
    }

    @Test
    void theBodyIsParsedOutOfTheBufferItArrivedIn() {
        var plane = new TestPlane(dispatched::add);
        plane.start(produce(), 1);
        dispatched.remove().handle(request -> {
            ProduceRequest body = request.body();
            assertSame(body, request.body());
            var records = (MemoryRecords) body.data()
                    .topicData()
                    .iterator()
                    .next()
                    .partitionData()
                    .getFirst()
                    .records();
            assertTrue(records.buffer().isDirect());
            assertTrue(records.batches().iterator().next().isValid());
            request.respond(new ProduceResponse(new ProduceResponseData()));
        });
        assertNothingHeld(plane);
    }

    @Test
    void aBodyThatDoesNotFitClosesTheConnectionAndIsCounted() {
        var plane = new TestPlane(dispatched::add);
        ByteBuffer bytes = produce()
                .serializeWithHeader(
                        new org.apache.kafka.common.requests.RequestHeader(ApiKeys.PRODUCE, (short) 9, "c", 1));
        bytes.limit(bytes.limit() - 20);
        Request request = plane.parse(bytes);
        plane.stream.tryAdmit(request, 0);
        plane.stream.start(request);
        request.handle(r -> assertThrows(CloseConnectionException.class, r::body));
        request = plane.answered.getFirst();
        assertInstanceOf(Response.CloseConnection.class, request.response());
        var invalid =
                (Meter) plane.metrics.getMetrics().get("heddle.network:type=RequestChannel,name=InvalidRequestsPerSec");
        assertEquals(1, invalid.getCount());
        assertNothingHeld(plane);
    }

    @Test
    void anUnknownVersionOfApiVersionsIsParsedAsSuchAndAnsweredInVersionZero() {
        var plane = new TestPlane(dispatched::add);
        ByteBuffer bytes = ByteBuffer.allocate(11)
                .putShort(ApiKeys.API_VERSIONS.id)
                .putShort((short) 99)
                .putInt(1)
                .putShort((short) 0)
                .put((byte) 0)
                .flip();
        Request request = plane.parse(bytes);
        assertEquals(0, request.apiVersion());
        assertTrue(request.<ApiVersionsRequest>body().hasUnsupportedRequestVersion());
        request.abandon();
        assertNothingHeld(plane);
    }

    @Test
    void theBodyCanBeGivenBackBeforeTheHandlerReturns() {
        var plane = new TestPlane(dispatched::add);
        plane.start(produce(), 1);
        dispatched.remove().handle(request -> {
            request.body();
            request.releaseBody();
            assertThrows(IllegalStateException.class, request::body);
            assertEquals(0, plane.pool.outstanding());
            assertEquals(0, plane.channel.dataPlane().queuedBytes());
            assertEquals(1, plane.channel.dataPlane().queuedRequests());
            request.respond(new ProduceResponse(new ProduceResponseData()));
        });
        assertNothingHeld(plane);
    }

    @Test
    void aResponseThatLiesInTheRequestsBufferKeepsItUntilItIsSent() {
        var plane = new TestPlane(dispatched::add);
        Request request = plane.start(produce(), 1);
        request.handle(r -> {
            ProduceRequest body = r.body();
            var records = body.data()
                    .topicData()
                    .iterator()
                    .next()
                    .partitionData()
                    .getFirst()
                    .records();
            r.respond(org.apache.kafka.common.requests.FetchResponse.of(
                    new org.apache.kafka.common.message.FetchResponseData()
                            .setResponses(List.of(
                                    new org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse()
                                            .setTopic("topic")
                                            .setPartitions(List.of(
                                                    new org.apache.kafka.common.message.FetchResponseData
                                                                    .PartitionData()
                                                            .setRecords(records)))))));
        });
        assertEquals(1, plane.pool.outstanding());
        request.completed(1, 1);
        assertNothingHeld(plane);
    }

    @Test
    void waitingIsRemoteTimeAndGivesThePlaceAway() {
        var plane = new TestPlane(dispatched::add);
        plane.start(HEARTBEAT, 1);
        plane.time.advance(3);
        Request request = dispatched.remove();
        var places = new ArrayList<Integer>();
        Thread handler = Threads.platform(
                "handler",
                () -> request.handle(r -> {
                    plane.time.advance(5);
                    assertEquals(Waiter.Outcome.WOKEN, r.waiter().await(plane.time.deadlineAfterMs(1000)));
                    plane.time.advance(7);
                    places.add(plane.channel.dataPlane().queuedRequests());
                    r.respond(heartbeatAnswer());
                }));
        handler.start();
        while (plane.time.parkedThreads() == 0) Thread.onSpinWait();
        assertEquals(0, plane.channel.dataPlane().queuedRequests());
        plane.time.advance(11);
        request.waiter().wake();
        join(handler);
        assertEquals(List.of(1), places);
        plane.time.advance(13);
        long taken = plane.time.nanoseconds();
        plane.time.advance(17);
        request.completed(taken, plane.time.nanoseconds());
        assertEquals(List.of(3L, 12L, 11L, 13L, 17L, 56L), millis(request.times()));
        assertEquals(3, recorded(plane, "RequestQueueTimeMs"));
        assertEquals(12, recorded(plane, "LocalTimeMs"));
        assertEquals(11, recorded(plane, "RemoteTimeMs"));
        assertEquals(13, recorded(plane, "ResponseQueueTimeMs"));
        assertEquals(17, recorded(plane, "ResponseSendTimeMs"));
        assertEquals(56, recorded(plane, "TotalTimeMs"));
        assertNothingHeld(plane);
    }

    private static List<Long> millis(RequestTimes times) {
        return java.util.stream.LongStream.of(
                        times.requestQueueNanos(),
                        times.localNanos(),
                        times.remoteNanos(),
                        times.responseQueueNanos(),
                        times.responseSendNanos(),
                        times.totalNanos())
                .map(nanos -> nanos / 1_000_000)
                .boxed()
                .toList();
    }

    private static long recorded(TestPlane plane, String name) {
        var histogram = (Histogram)
                plane.metrics.getMetrics().get("kafka.network:type=RequestMetrics,name=" + name + ",request=Heartbeat");
        return histogram.getSnapshot().getMax();
    }

    @Test
    void metricsHaveKafkasNamesAndAppearWithTheFirstRequest() {
        var plane = new TestPlane(dispatched::add);
        assertFalse(plane.metrics.getNames().stream().anyMatch(name -> name.contains("RequestMetrics")));
        Request request = plane.start(HEARTBEAT, 1);
        request.handle(r -> r.respond(
                new HeartbeatResponse(new HeartbeatResponseData().setErrorCode(Errors.UNKNOWN_MEMBER_ID.code()))));
        request.completed(1, 1);
        var names = plane.metrics.getNames();
        String prefix = "kafka.network:type=RequestMetrics,name=";
        short version = HEARTBEAT.version();
        assertTrue(names.contains(prefix + "RequestsPerSec,request=Heartbeat,version=" + version), names::toString);
        assertTrue(names.contains(prefix + "ErrorsPerSec,request=Heartbeat,error=UNKNOWN_MEMBER_ID"));
        assertTrue(names.contains(prefix + "RequestBytes,request=Heartbeat"));
        assertTrue(names.contains(prefix + "ThrottleTimeMs,request=Heartbeat"));
        assertFalse(names.contains(prefix + "TemporaryMemoryBytes,request=Heartbeat"));
        assertTrue(names.contains("kafka.network:type=RequestChannel,name=RequestQueueSize"));
    }

    @Test
    void anAbandonedRequestHoldsNothing() {
        var plane = new TestPlane(dispatched::add);
        Request request = plane.parse(HEARTBEAT, 1);
        assertNull(request.response());
        assertTrue(plane.stream.tryAdmit(request, 0));
        request.abandon();
        assertNothingHeld(plane);
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
