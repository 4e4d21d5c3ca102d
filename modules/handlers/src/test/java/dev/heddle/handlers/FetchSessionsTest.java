package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.ManualTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.FetchResponse;
import org.junit.jupiter.api.Test;

class FetchSessionsTest {

    private static final short BY_NAME = 12;
    private static final short BY_ID = 17;
    private static final Uuid ORDERS = new Uuid(7, 1);

    private final ManualTime time = new ManualTime(1_000_000);
    private final MetricRegistry metrics = new MetricRegistry();
    private final Map<Uuid, String> topicNames = new HashMap<>(Map.of(ORDERS, "orders"));
    private FetchSessions sessions = new FetchSessions(80, time, metrics);

    private FetchContext begin(FetchRequestData request, short version) {
        return sessions.begin(request, version, topicNames::get);
    }

    private static FetchRequestData request(int sessionId, int epoch) {
        return new FetchRequestData().setSessionId(sessionId).setSessionEpoch(epoch);
    }

    private static FetchRequestData full() {
        return request(FetchMetadata.INVALID_SESSION_ID, FetchMetadata.INITIAL_EPOCH);
    }

    private static FetchRequestData ask(FetchRequestData request, String topic, int partition, long offset) {
        request.topics().add(new FetchTopic().setTopic(topic).setPartitions(List.of(partition(partition, offset))));
        return request;
    }

    private static FetchRequestData ask(FetchRequestData request, Uuid topicId, int partition, long offset) {
        request.topics().add(new FetchTopic().setTopicId(topicId).setPartitions(List.of(partition(partition, offset))));
        return request;
    }

    private static FetchPartition partition(int index, long offset) {
        return new FetchPartition()
                .setPartition(index)
                .setFetchOffset(offset)
                .setPartitionMaxBytes(1000)
                .setCurrentLeaderEpoch(3);
    }

    private static PartitionData answer(FetchTarget target, long highWatermark) {
        return new PartitionData()
                .setPartitionIndex(target.partition())
                .setHighWatermark(highWatermark)
                .setLogStartOffset(0)
                .setRecords(MemoryRecords.EMPTY);
    }

    private static List<PartitionData> quiet(FetchContext context) {
        return context.targets().stream().map(target -> answer(target, 0)).toList();
    }

    private static MemoryRecords someRecords() {
        return MemoryRecords.withRecords(Compression.NONE, new SimpleRecord("value".getBytes()));
    }

    private static List<String> namesIn(FetchResponseData response) {
        List<String> names = new ArrayList<>();
        response.responses()
                .forEach(topic -> topic.partitions()
                        .forEach(partition -> names.add(topic.topic() + "-" + partition.partitionIndex())));
        return names;
    }

    private static List<String> namesIn(FetchContext context) {
        return context.targets().stream()
                .map(target -> String.valueOf(target.topicPartition()))
                .toList();
    }

    /** Opens a session on orders-0, orders-1 and orders-2 by name. */
    private int openThree() {
        FetchContext context = begin(ask(ask(ask(full(), "orders", 0, 0), "orders", 1, 0), "orders", 2, 0), BY_NAME);
        return context.respond(quiet(context)).sessionId();
    }

    @Test
    void aFullFetchOpensASessionAndAnswersEverything() {
        FetchContext context = begin(ask(ask(full(), "orders", 0, 5), "orders", 1, 6), BY_NAME);
        FetchResponseData response = context.respond(quiet(context));
        assertTrue(response.sessionId() > 0);
        assertEquals(Errors.NONE.code(), response.errorCode());
        assertEquals(List.of("orders-0", "orders-1"), namesIn(response));
        assertEquals(1, response.responses().size(), "neighbours of one topic share an entry");
        assertEquals(1, sessions.size());
        assertEquals(2, sessions.partitions());
    }

    @Test
    void aSessionlessFetchOpensNone() {
        FetchContext context = begin(
                ask(request(FetchMetadata.INVALID_SESSION_ID, FetchMetadata.FINAL_EPOCH), "orders", 0, 5), BY_NAME);
        FetchResponseData response = context.respond(quiet(context));
        assertEquals(FetchMetadata.INVALID_SESSION_ID, response.sessionId());
        assertEquals(List.of("orders-0"), namesIn(response));
        assertEquals(0, sessions.size());
    }

    @Test
    void anIncrementalFetchReadsEverythingAndAnswersWhatHasChanged() {
        int id = openThree();
        FetchContext context = begin(request(id, 1), BY_NAME);
        assertEquals(List.of("orders-0", "orders-1", "orders-2"), namesIn(context));
        List<PartitionData> answers = new ArrayList<>(quiet(context));
        answers.get(1).setHighWatermark(9);
        FetchResponseData response = context.respond(answers);
        assertEquals(id, response.sessionId());
        assertEquals(List.of("orders-1"), namesIn(response));

        FetchContext next = begin(request(id, 2), BY_NAME);
        assertEquals(
                List.of(),
                namesIn(next.respond(List.of(
                        answer(next.targets().get(0), 0),
                        answer(next.targets().get(1), 9),
                        answer(next.targets().get(2), 0)))));
    }

    @Test
    void anIncrementalFetchChangesAddsAndForgets() {
        int id = openThree();
        FetchRequestData request = ask(ask(request(id, 1), "orders", 1, 44), "payments", 0, 2);
        request.forgottenTopicsData()
                .add(new ForgottenTopic().setTopic("orders").setPartitions(List.of(0, 99)));
        FetchContext context = begin(request, BY_NAME);
        assertEquals(List.of("orders-1", "orders-2", "payments-0"), namesIn(context));
        assertEquals(44, context.targets().get(0).fetchOffset());
        assertEquals(List.of("payments-0"), namesIn(context.respond(quiet(context))), "what is new is always answered");
        assertEquals(3, sessions.partitions());
    }

    @Test
    void aPartitionWithRecordsGoesToTheEndOfTheLine() {
        int id = openThree();
        FetchContext context = begin(request(id, 1), BY_NAME);
        List<PartitionData> answers = new ArrayList<>(quiet(context));
        answers.get(0).setRecords(someRecords());
        assertEquals(List.of("orders-0"), namesIn(context.respond(answers)));
        assertEquals(List.of("orders-1", "orders-2", "orders-0"), namesIn(begin(request(id, 2), BY_NAME)));
    }

    @Test
    void anErrorIsAnsweredEachTimeAndItsEndToo() {
        int id = openThree();
        for (int epoch = 1; epoch <= 2; epoch++) {
            FetchContext context = begin(request(id, epoch), BY_NAME);
            List<PartitionData> answers = new ArrayList<>(quiet(context));
            answers.set(2, FetchResponse.partitionResponse(2, Errors.NOT_LEADER_OR_FOLLOWER));
            assertEquals(List.of("orders-2"), namesIn(context.respond(answers)));
        }
        FetchContext context = begin(request(id, 3), BY_NAME);
        assertEquals(List.of("orders-2"), namesIn(context.respond(quiet(context))));
    }

    @Test
    void aDivergingEpochIsAnswered() {
        int id = openThree();
        FetchContext context = begin(request(id, 1), BY_NAME);
        List<PartitionData> answers = new ArrayList<>(quiet(context));
        answers.get(0).divergingEpoch().setEpoch(2).setEndOffset(7);
        assertEquals(List.of("orders-0"), namesIn(context.respond(answers)));
    }

    @Test
    void anUnknownSessionIsRefused() {
        for (int id : new int[] {1, 12345, Integer.MAX_VALUE, -7}) {
            FetchContext context = begin(request(id, 1), BY_NAME);
            assertEquals(List.of(), context.targets());
            assertEquals(
                    Errors.FETCH_SESSION_ID_NOT_FOUND.code(),
                    context.respond(List.of()).errorCode(),
                    "session " + id);
        }
    }

    @Test
    void aWrongEpochIsRefusedAndTheSessionGoesOn() {
        int id = openThree();
        FetchContext wrong = begin(request(id, 2), BY_NAME);
        assertEquals(
                Errors.INVALID_FETCH_SESSION_EPOCH.code(),
                wrong.respond(List.of()).errorCode());
        assertInstanceOf(FetchContext.Incremental.class, begin(request(id, 1), BY_NAME));
    }

    @Test
    void anAnswerThatALaterRequestOvertookIsRefused() {
        int id = openThree();
        FetchContext slow = begin(request(id, 1), BY_NAME);
        begin(request(id, 2), BY_NAME);
        FetchResponseData response = slow.respond(quiet(slow));
        assertEquals(Errors.INVALID_FETCH_SESSION_EPOCH.code(), response.errorCode());
        assertEquals(List.of(), namesIn(response));
    }

    @Test
    void theEpochWrapsAroundToOne() {
        int id = openThree();
        FetchContext context = begin(request(id, 1), BY_NAME);
        FetchSession session =
                assertInstanceOf(FetchContext.Incremental.class, context).session();
        session.lock().lock();
        session.epoch(Integer.MAX_VALUE);
        session.lock().unlock();
        FetchContext last = begin(request(id, Integer.MAX_VALUE), BY_NAME);
        assertEquals(Errors.NONE.code(), last.respond(quiet(last)).errorCode());
        assertInstanceOf(FetchContext.Incremental.class, begin(request(id, 1), BY_NAME));
    }

    @Test
    void aSessionKeepsToNamesOrToIds() {
        int byName = openThree();
        assertEquals(
                Errors.FETCH_SESSION_TOPIC_ID_ERROR.code(),
                begin(request(byName, 1), BY_ID).respond(List.of()).errorCode());
        FetchContext context = begin(ask(full(), ORDERS, 0, 0), BY_ID);
        int byId = context.respond(quiet(context)).sessionId();
        assertEquals(
                Errors.FETCH_SESSION_TOPIC_ID_ERROR.code(),
                begin(request(byId, 1), BY_NAME).respond(List.of()).errorCode());
    }

    @Test
    void aTopicIdIsResolvedAsSoonAsItIsKnown() {
        var unknown = new Uuid(9, 9);
        FetchContext context = begin(ask(ask(full(), unknown, 0, 0), ORDERS, 0, 0), BY_ID);
        assertNull(context.targets().get(0).topicPartition());
        FetchResponseData response = context.respond(quiet(context));
        assertEquals(unknown, response.responses().get(0).topicId());
        assertEquals(ORDERS, response.responses().get(1).topicId());

        topicNames.put(unknown, "newcomer");
        FetchContext next = begin(request(response.sessionId(), 1), BY_ID);
        assertEquals(List.of("newcomer-0", "orders-0"), namesIn(next));
    }

    @Test
    void topicsAreForgottenByTheirIds() {
        FetchContext context = begin(ask(ask(full(), ORDERS, 0, 0), ORDERS, 1, 0), BY_ID);
        int id = context.respond(quiet(context)).sessionId();
        FetchRequestData request = request(id, 1);
        request.forgottenTopicsData()
                .add(new ForgottenTopic().setTopicId(ORDERS).setPartitions(List.of(1)));
        assertEquals(List.of("orders-0"), namesIn(begin(request, BY_ID)));
    }

    @Test
    void aSessionThatForgetsItsLastPartitionEnds() {
        FetchContext context = begin(ask(full(), "orders", 0, 0), BY_NAME);
        int id = context.respond(quiet(context)).sessionId();
        FetchRequestData request = request(id, 1);
        request.forgottenTopicsData()
                .add(new ForgottenTopic().setTopic("orders").setPartitions(List.of(0)));
        FetchContext last = begin(request, BY_NAME);
        assertEquals(FetchMetadata.INVALID_SESSION_ID, last.respond(List.of()).sessionId());
        assertEquals(0, sessions.size());
        assertEquals(0, sessions.partitions());
    }

    @Test
    void aFullFetchEndsTheSessionItMentions() {
        int id = openThree();
        begin(ask(request(id, FetchMetadata.FINAL_EPOCH), "orders", 0, 0), BY_NAME);
        assertEquals(0, sessions.size());

        int second = openThree();
        FetchContext again = begin(ask(request(second, FetchMetadata.INITIAL_EPOCH), "orders", 0, 0), BY_NAME);
        int third = again.respond(quiet(again)).sessionId();
        assertNotEquals(second, third);
        assertEquals(1, sessions.size());
        assertEquals(1, sessions.partitions());
    }

    @Test
    void theLaterWordCountsWhereAPartitionIsNamedTwice() {
        FetchContext context = begin(ask(ask(full(), "orders", 0, 5), "orders", 0, 8), BY_NAME);
        assertEquals(List.of("orders-0"), namesIn(context));
        assertEquals(8, context.targets().get(0).fetchOffset());
    }

    private int open(int partitions, boolean fromFollower) {
        FetchRequestData request = full().setReplicaId(fromFollower ? 2 : -1);
        for (int i = 0; i < partitions; i++) ask(request, "orders", i, 0);
        FetchContext context = begin(request, BY_NAME);
        return context.respond(quiet(context)).sessionId();
    }

    private boolean isThere(int sessionId) {
        return !(begin(request(sessionId, 1), BY_NAME) instanceof FetchContext.Refused refused
                && refused.error() == Errors.FETCH_SESSION_ID_NOT_FOUND);
    }

    private long evictions() {
        return metrics.meter("kafka.server:type=FetchSessionCache,name=IncrementalFetchSessionEvictionsPerSec")
                .getCount();
    }

    @Test
    void aFullCacheRefusesNewSessionsWhileTheOldOnesAreYoung() {
        sessions = new FetchSessions(2, 1, time, new MetricRegistry());
        int first = open(1, false);
        open(2, false);
        assertEquals(FetchMetadata.INVALID_SESSION_ID, open(9, false));
        assertTrue(isThere(first));
    }

    @Test
    void aSessionThatIsIdleForLongMakesRoom() {
        sessions = new FetchSessions(2, 1, time, metrics);
        int idle = open(9, true);
        time.advance(FetchSessionShard.EVICTION_MS);
        int busy = open(9, true);
        time.advance(1);
        int newcomer = open(1, false);
        assertTrue(newcomer > 0);
        assertEquals(1, evictions());
        assertEquals(false, isThere(idle));
        assertTrue(isThere(busy));
    }

    @Test
    void aLargerSessionTakesThePlaceOfASmallerOneThatIsNoLongerYoung() {
        sessions = new FetchSessions(2, 1, time, metrics);
        int small = open(2, false);
        int large = open(5, false);
        time.advance(FetchSessionShard.EVICTION_MS - 1);
        assertTrue(isThere(small));
        assertTrue(isThere(large));
        time.advance(2);
        // Uses keep both from being idle, and rank them as settled.
        assertInstanceOf(FetchContext.Incremental.class, begin(request(small, 2), BY_NAME));
        assertInstanceOf(FetchContext.Incremental.class, begin(request(large, 2), BY_NAME));
        assertEquals(FetchMetadata.INVALID_SESSION_ID, open(2, false), "no better than the smallest");
        assertTrue(open(3, false) > 0);
        assertEquals(1, evictions());
        assertTrue(begin(request(small, 3), BY_NAME) instanceof FetchContext.Refused);
        assertInstanceOf(FetchContext.Incremental.class, begin(request(large, 3), BY_NAME));
    }

    @Test
    void aBrokersSessionTakesThePlaceOfAConsumersAtOnceAndNotTheOtherWayRound() {
        sessions = new FetchSessions(1, 1, time, metrics);
        int consumer = open(9, false);
        int broker = open(1, true);
        assertTrue(broker > 0);
        assertEquals(false, isThere(consumer));
        time.advance(FetchSessionShard.EVICTION_MS);
        assertTrue(isThere(broker));
        time.advance(1);
        assertInstanceOf(FetchContext.Incremental.class, begin(request(broker, 2), BY_NAME));
        assertEquals(FetchMetadata.INVALID_SESSION_ID, open(50, false));
    }

    @Test
    void withoutSlotsNothingIsRemembered() {
        sessions = new FetchSessions(0, time, new MetricRegistry());
        assertEquals(FetchMetadata.INVALID_SESSION_ID, open(3, false));
        assertEquals(0, sessions.size());
    }

    @Test
    void sessionsShowInTheMetrics() {
        openThree();
        openThree();
        assertEquals(
                2,
                metrics.getGauges()
                        .get("kafka.server:type=FetchSessionCache,name=NumIncrementalFetchSessions")
                        .getValue());
        assertEquals(
                6L,
                metrics.getGauges()
                        .get("kafka.server:type=FetchSessionCache,name=NumIncrementalFetchPartitionsCached")
                        .getValue());
    }
}
