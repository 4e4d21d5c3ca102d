package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.ManualTime;
import dev.heddle.handlers.TestConnection.Exchange;
import dev.heddle.requestchannel.Response;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.Records;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FetchHandlerTest {

    private static final short OLDEST = ApiKeys.FETCH.oldestVersion();
    private static final short LATEST = ApiKeys.FETCH.latestVersion();
    private static final short BY_NAME = 12;

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime(1_000_000);
    private DataBroker broker;
    private TestConnection connection;
    private Uuid orders;

    @BeforeEach
    void start() {
        broker = DataBroker.start(directory, time);
        connection = new TestConnection(broker.table, time);
        orders = broker.createTopic("orders", 3);
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private static FetchRequestData ask(int maxWaitMs) {
        return new FetchRequestData()
                .setMaxWaitMs(maxWaitMs)
                .setMinBytes(1)
                .setMaxBytes(1_000_000)
                .setSessionEpoch(FetchMetadata.FINAL_EPOCH);
    }

    private static FetchPartition partition(int index, long offset) {
        return new FetchPartition().setPartition(index).setFetchOffset(offset).setPartitionMaxBytes(100_000);
    }

    private FetchRequestData orders(FetchRequestData data, FetchPartition... partitions) {
        data.topics().add(new FetchTopic().setTopic("orders").setTopicId(orders).setPartitions(List.of(partitions)));
        return data;
    }

    private static FetchRequest request(FetchRequestData data, int version) {
        return new FetchRequest(data, (short) version);
    }

    private FetchResponse fetch(FetchRequestData data, int version) {
        return connection.call(request(data, version));
    }

    private static List<PartitionData> all(FetchResponse response) {
        List<PartitionData> answers = new ArrayList<>();
        for (FetchableTopicResponse topic : response.data().responses()) answers.addAll(topic.partitions());
        return answers;
    }

    private static PartitionData only(FetchResponse response) {
        assertEquals(Errors.NONE, response.error());
        assertEquals(1, all(response).size());
        return all(response).get(0);
    }

    private static List<String> valuesOf(PartitionData answer) {
        List<String> values = new ArrayList<>();
        for (Record record : ((Records) answer.records()).records()) {
            values.add(StandardCharsets.UTF_8.decode(record.value()).toString());
        }
        return values;
    }

    private static void assertError(Errors error, PartitionData answer) {
        assertEquals(error, Errors.forCode(answer.errorCode()));
        if (error != Errors.NONE)
            assertEquals(0, answer.records() == null ? 0 : answer.records().sizeInBytes());
    }

    @Test
    void everyVersionGetsTheRecords() {
        broker.append("orders", 0, "a", "b");
        broker.append("orders", 0, "c");
        for (int version = OLDEST; version <= LATEST; version++) {
            PartitionData answer = only(fetch(orders(ask(0), partition(0, 0)), version));
            assertError(Errors.NONE, answer);
            assertEquals(List.of("a", "b", "c"), valuesOf(answer), "version " + version);
            assertEquals(3, answer.highWatermark());
            assertEquals(3, answer.lastStableOffset());
            assertEquals(version >= 5 ? 0 : -1, answer.logStartOffset());
            assertNull(answer.abortedTransactions());
        }
    }

    @Test
    void aFetchFromTheMiddleOfABatchGetsTheWholeBatch() {
        broker.append("orders", 0, "a", "b");
        broker.append("orders", 0, "c");
        assertEquals(List.of("a", "b", "c"), valuesOf(only(fetch(orders(ask(0), partition(0, 1)), LATEST))));
        assertEquals(List.of("c"), valuesOf(only(fetch(orders(ask(0), partition(0, 2)), LATEST))));
    }

    @Test
    void whoDoesNotWaitGetsAnEmptyAnswer() {
        PartitionData answer = only(fetch(orders(ask(0), partition(0, 0)), LATEST));
        assertError(Errors.NONE, answer);
        assertEquals(0, answer.records().sizeInBytes());
        assertEquals(0, answer.highWatermark());
    }

    /** Sends a fetch and lets it begin to wait. */
    private Exchange startWaiting(FetchRequestData data, int version) {
        Exchange exchange = connection.send(request(data, version));
        while (time.parkedThreads() == 0) {
            assertFalse(exchange.answer().isDone(), "it did not wait");
            Thread.yield();
        }
        return exchange;
    }

    @Test
    void aFetchWaitsForRecords() {
        Exchange exchange = startWaiting(orders(ask(500), partition(0, 0), partition(1, 0)), LATEST);
        broker.append("orders", 1, "a");
        FetchResponse response = exchange.response();
        assertEquals(List.of("a"), valuesOf(all(response).get(1)));
        assertEquals(0, broker.partition("orders", 0).waiting());
        assertEquals(0, broker.partition("orders", 1).waiting());
    }

    @Test
    void aFetchWaitsNoLongerThanItsMaxWait() {
        Exchange exchange = startWaiting(orders(ask(500), partition(0, 0)), LATEST);
        time.advance(499);
        while (time.parkedThreads() == 0) Thread.yield();
        assertFalse(exchange.answer().isDone());
        time.advance(1);
        assertEquals(0, only(exchange.response()).records().sizeInBytes());
        assertEquals(0, broker.partition("orders", 0).waiting());
        assertEquals(
                1,
                broker.metrics
                        .meter("kafka.server:type=DelayedFetchMetrics,name=ExpiresPerSec,fetcherType=consumer")
                        .getCount());
    }

    @Test
    void aFetchWaitsForItsMinBytes() {
        int size = DataBroker.records("a").sizeInBytes();
        broker.append("orders", 0, "a");
        Exchange exchange =
                startWaiting(orders(ask(500).setMinBytes(2 * size + 1), partition(0, 0), partition(1, 0)), LATEST);
        broker.append("orders", 1, "b");
        assertFalse(exchange.answer().isDone());
        broker.append("orders", 1, "c");
        FetchResponse response = exchange.response();
        assertEquals(List.of("a"), valuesOf(all(response).get(0)));
        assertEquals(List.of("b", "c"), valuesOf(all(response).get(1)));
    }

    @Test
    void aFetchWithTooLittleGetsItWhenTimeIsUp() {
        broker.append("orders", 0, "a");
        Exchange exchange = startWaiting(orders(ask(500).setMinBytes(100_000), partition(0, 0)), LATEST);
        time.advance(500);
        assertEquals(List.of("a"), valuesOf(only(exchange.response())));
    }

    @Test
    void aClientThatHangsUpIsDropped() {
        Exchange exchange = startWaiting(orders(ask(500), partition(0, 0)), LATEST);
        exchange.request().waiter().cancel();
        assertInstanceOf(Response.Nothing.class, exchange.await());
        assertEquals(0, broker.partition("orders", 0).waiting());
    }

    @Test
    void aPartitionThatMovesAwayEndsTheWaitAndNamesTheLeader() {
        Exchange exchange = startWaiting(orders(ask(500), partition(0, 0)), LATEST);
        broker.elect(orders, 0, DataBroker.OTHER);
        FetchResponse response = exchange.response();
        PartitionData answer = only(response);
        assertError(Errors.NOT_LEADER_OR_FOLLOWER, answer);
        assertEquals(DataBroker.OTHER, answer.currentLeader().leaderId());
        assertEquals(1, answer.currentLeader().leaderEpoch());
        assertEquals(
                9093, response.data().nodeEndpoints().find(DataBroker.OTHER).port());
    }

    @Test
    void aDeletedTopicEndsTheWait() {
        Exchange exchange = startWaiting(orders(ask(500), partition(0, 0)), LATEST);
        broker.deleteTopic(orders);
        assertError(Errors.UNKNOWN_TOPIC_OR_PARTITION, only(exchange.response()));
    }

    @Test
    void aNewLeaderEpochEndsTheWaitOfWhoBelievesInTheOld() {
        Exchange exchange = startWaiting(orders(ask(500), partition(0, 0).setCurrentLeaderEpoch(0)), LATEST);
        broker.elect(orders, 0, DataBroker.ID);
        PartitionData answer = only(exchange.response());
        assertError(Errors.FENCED_LEADER_EPOCH, answer);
        assertEquals(1, answer.currentLeader().leaderEpoch());
    }

    @Test
    void aLeaderEpochToComeIsUnknown() {
        assertError(
                Errors.UNKNOWN_LEADER_EPOCH,
                only(fetch(orders(ask(500), partition(0, 0).setCurrentLeaderEpoch(5)), LATEST)));
    }

    @Test
    void anOffsetOutsideTheLogIsAnsweredAtOnce() {
        broker.append("orders", 0, "a");
        assertError(Errors.OFFSET_OUT_OF_RANGE, only(fetch(orders(ask(500), partition(0, 2)), LATEST)));
        assertError(Errors.OFFSET_OUT_OF_RANGE, only(fetch(orders(ask(500), partition(0, -1)), LATEST)));
    }

    @Test
    void whatDoesNotExistIsUnknown() {
        FetchRequestData byName = ask(500);
        byName.topics().add(new FetchTopic().setTopic("nowhere").setPartitions(List.of(partition(0, 0))));
        assertError(Errors.UNKNOWN_TOPIC_OR_PARTITION, only(fetch(byName, BY_NAME)));
        FetchRequestData byId = ask(500);
        byId.topics().add(new FetchTopic().setTopicId(new Uuid(4, 4)).setPartitions(List.of(partition(0, 0))));
        FetchResponse response = fetch(byId, LATEST);
        assertError(Errors.UNKNOWN_TOPIC_ID, only(response));
        assertEquals(new Uuid(4, 4), response.data().responses().get(0).topicId());
        assertError(Errors.UNKNOWN_TOPIC_OR_PARTITION, only(fetch(orders(ask(500), partition(7, 0)), LATEST)));
    }

    @Test
    void aSessionThatOutlivesItsTopicHearsThatTheIdDoesNotFit() {
        FetchRequestData data = orders(ask(0), partition(0, 0)).setSessionEpoch(FetchMetadata.INITIAL_EPOCH);
        int session = fetch(data, LATEST).sessionId();
        broker.deleteTopic(orders);
        broker.createTopic("orders", 1);
        PartitionData answer = only(fetch(ask(0).setSessionId(session).setSessionEpoch(1), LATEST));
        assertError(Errors.INCONSISTENT_TOPIC_ID, answer);
    }

    @Test
    void theFirstBatchIsSentWhateverItsSize() {
        broker.append("orders", 0, "x".repeat(5_000));
        broker.append("orders", 1, "y".repeat(5_000));
        FetchRequestData data = orders(
                ask(0).setMaxBytes(10),
                partition(0, 0).setPartitionMaxBytes(10),
                partition(1, 0).setPartitionMaxBytes(10));
        List<PartitionData> answers = all(fetch(data, LATEST));
        assertEquals(1, valuesOf(answers.get(0)).size());
        assertEquals(0, answers.get(1).records().sizeInBytes());
    }

    @Test
    void partitionsShareTheBytesOfTheRequest() {
        int size = DataBroker.records("x".repeat(1_000)).sizeInBytes();
        for (int partition = 0; partition < 3; partition++) {
            for (int i = 0; i < 4; i++) broker.append("orders", partition, "x".repeat(1_000));
        }
        FetchRequestData data = orders(
                ask(0).setMaxBytes(3 * size),
                partition(0, 0).setPartitionMaxBytes(2 * size),
                partition(1, 0).setPartitionMaxBytes(2 * size),
                partition(2, 0).setPartitionMaxBytes(2 * size));
        List<PartitionData> answers = all(fetch(data, LATEST));
        assertEquals(2 * size, answers.get(0).records().sizeInBytes());
        assertEquals(size, answers.get(1).records().sizeInBytes());
        assertEquals(0, answers.get(2).records().sizeInBytes());
    }

    @Test
    void inASessionEveryPartitionHasItsTurn() {
        int size = DataBroker.records("x".repeat(1_000)).sizeInBytes();
        for (int partition = 0; partition < 3; partition++) broker.append("orders", partition, "x".repeat(1_000));
        FetchRequestData data = orders(ask(0).setMaxBytes(size), partition(0, 0), partition(1, 0), partition(2, 0))
                .setSessionEpoch(FetchMetadata.INITIAL_EPOCH);
        FetchResponse first = fetch(data, LATEST);
        assertEquals(1_000, valuesOf(all(first).get(0)).get(0).length());
        // The first has been taken and asks on; in its new place it cannot hold up the others.
        FetchRequestData next = orders(ask(0).setMaxBytes(size), partition(0, 1))
                .setSessionId(first.sessionId())
                .setSessionEpoch(1);
        assertEquals(1, all(fetch(next, LATEST)).get(0).partitionIndex());
        FetchRequestData third =
                ask(0).setMaxBytes(size).setSessionId(first.sessionId()).setSessionEpoch(2);
        assertEquals(2, all(fetch(third, LATEST)).get(0).partitionIndex());
    }

    @Test
    void absurdLimitsAreNoFailure() {
        broker.append("orders", 0, "a");
        FetchRequestData data =
                orders(ask(-5).setMaxBytes(-1).setMinBytes(-1), partition(0, 0).setPartitionMaxBytes(-1));
        assertEquals(List.of("a"), valuesOf(only(fetch(data, LATEST))));
    }

    @Test
    void whoReadsCommittedRecordsIsToldOfAbortedTransactions() {
        broker.append("orders", 0, "a");
        FetchRequestData data = orders(ask(0), partition(0, 0)).setIsolationLevel((byte) 1);
        PartitionData answer = only(fetch(data, LATEST));
        assertEquals(List.of(), answer.abortedTransactions());
        assertEquals(List.of("a"), valuesOf(answer));
    }

    @Test
    void aConsumerSeesOnlyWhatIsCommitted() {
        broker.createTopic("shared", 1, List.of(DataBroker.ID, DataBroker.OTHER), DataBroker.ID);
        broker.append("shared", 0, "a");
        FetchRequestData data = ask(0);
        data.topics().add(new FetchTopic().setTopic("shared").setPartitions(List.of(partition(0, 0))));
        PartitionData answer = only(fetch(data, BY_NAME));
        assertError(Errors.NONE, answer);
        assertEquals(0, answer.records().sizeInBytes());
        assertEquals(0, answer.highWatermark());
    }

    @Test
    void aBrokerThatHoldsNoReplicaIsTurnedAway() {
        FetchRequestData data = orders(ask(0).setReplicaId(7), partition(0, 0));
        assertError(Errors.NOT_LEADER_OR_FOLLOWER, only(fetch(data, BY_NAME)));
        data = orders(ask(0).setReplicaId(7), partition(0, 0).setCurrentLeaderEpoch(0));
        assertError(Errors.UNKNOWN_LEADER_EPOCH, only(fetch(data, BY_NAME)));
    }

    @Test
    void aTruncatedHistoryIsToldWhereItParts() {
        broker.append("orders", 0, "a", "b");
        broker.elect(orders, 0, DataBroker.ID);
        broker.append("orders", 0, "c");
        PartitionData answer = only(
                fetch(orders(ask(500), partition(0, 3).setLastFetchedEpoch(0).setCurrentLeaderEpoch(1)), LATEST));
        assertError(Errors.NONE, answer);
        assertEquals(0, answer.divergingEpoch().epoch());
        assertEquals(2, answer.divergingEpoch().endOffset());
        assertEquals(0, answer.records().sizeInBytes());
        answer = only(fetch(orders(ask(0), partition(0, 2).setLastFetchedEpoch(0)), LATEST));
        assertEquals(-1, answer.divergingEpoch().epoch());
        assertEquals(List.of("c"), valuesOf(answer));
    }

    @Test
    void aSessionThatIsNotThereIsAnErrorOfTheRequest() {
        FetchResponse response = fetch(ask(500).setSessionId(77).setSessionEpoch(3), LATEST);
        assertEquals(Errors.FETCH_SESSION_ID_NOT_FOUND, response.error());
        assertEquals(0, response.data().responses().size());
    }

    @Test
    void whatGoesOutIsCounted() {
        broker.append("orders", 0, "a");
        fetch(orders(ask(0), partition(0, 0), partition(1, 0)), LATEST);
        String prefix = "kafka.server:type=BrokerTopicMetrics,name=";
        assertEquals(
                2,
                broker.metrics
                        .meter(prefix + "TotalFetchRequestsPerSec,topic=orders")
                        .getCount());
        assertEquals(
                DataBroker.records("a").sizeInBytes(),
                broker.metrics.meter(prefix + "BytesOutPerSec,topic=orders").getCount());
    }

    @Test
    void waitingFetchesShowInTheMetrics() {
        Exchange exchange = startWaiting(orders(ask(500), partition(0, 0)), LATEST);
        String name = "kafka.server:type=DelayedOperationPurgatory,name=PurgatorySize,delayedOperation=Fetch";
        assertEquals(1L, broker.metrics.getGauges().get(name).getValue());
        time.advance(500);
        exchange.await();
        assertTrue(broker.metrics.getGauges().get(name).getValue().equals(0L));
    }
}
