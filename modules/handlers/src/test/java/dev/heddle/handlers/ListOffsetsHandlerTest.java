package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.heddle.common.Time;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.common.requests.ListOffsetsResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ListOffsetsHandlerTest {

    private static final short OLDEST = ApiKeys.LIST_OFFSETS.oldestVersion();
    private static final short LATEST = ApiKeys.LIST_OFFSETS.latestVersion();
    private static final long[] SPECIAL = {
        ListOffsetsRequest.EARLIEST_TIMESTAMP,
        ListOffsetsRequest.LATEST_TIMESTAMP,
        ListOffsetsRequest.MAX_TIMESTAMP,
        ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP,
        ListOffsetsRequest.LATEST_TIERED_TIMESTAMP,
        ListOffsetsRequest.EARLIEST_PENDING_UPLOAD_TIMESTAMP
    };

    @TempDir
    Path directory;

    private DataBroker broker;
    private TestConnection connection;
    private Uuid orders;

    @BeforeEach
    void start() {
        broker = DataBroker.start(directory, Time.SYSTEM);
        connection = new TestConnection(broker.table, Time.SYSTEM);
        orders = broker.createTopic("orders", 1);
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private static ListOffsetsRequestData ask(String topic, int partition, long timestamp) {
        var data = new ListOffsetsRequestData().setReplicaId(ListOffsetsRequest.CONSUMER_REPLICA_ID);
        data.topics()
                .add(new ListOffsetsTopic()
                        .setName(topic)
                        .setPartitions(List.of(new ListOffsetsPartition()
                                .setPartitionIndex(partition)
                                .setTimestamp(timestamp))));
        return data;
    }

    /** As the broker parses it: the constructor that looks for duplicates is not public. */
    private static ListOffsetsRequest request(ListOffsetsRequestData data, int version) {
        return ListOffsetsRequest.parse(
                new ByteBufferAccessor(
                        MessageUtil.toByteBufferAccessor(data, (short) version).buffer()),
                (short) version);
    }

    private ListOffsetsPartitionResponse list(ListOffsetsRequestData data, int version) {
        ListOffsetsResponse response = connection.call(request(data, version));
        return response.topics().get(0).partitions().get(0);
    }

    private ListOffsetsPartitionResponse list(long timestamp) {
        return list(ask("orders", 0, timestamp), LATEST);
    }

    private static void assertError(Errors error, ListOffsetsPartitionResponse answer) {
        assertEquals(error, Errors.forCode(answer.errorCode()));
        assertEquals(-1, answer.offset());
        assertEquals(-1, answer.timestamp());
    }

    @Test
    void everyVersionFindsBothEndsAndATimestamp() {
        broker.append("orders", 0, "a", "b", "c");
        for (int version = OLDEST; version <= LATEST; version++) {
            ListOffsetsPartitionResponse earliest =
                    list(ask("orders", 0, ListOffsetsRequest.EARLIEST_TIMESTAMP), version);
            assertEquals(0, earliest.offset(), "version " + version);
            ListOffsetsPartitionResponse latest = list(ask("orders", 0, ListOffsetsRequest.LATEST_TIMESTAMP), version);
            assertEquals(3, latest.offset());
            assertEquals(-1, latest.timestamp());
            assertEquals(version >= 4 ? 0 : -1, latest.leaderEpoch());
            ListOffsetsPartitionResponse byTime = list(ask("orders", 0, 1_001), version);
            assertEquals(1, byTime.offset());
            assertEquals(1_001, byTime.timestamp());
        }
    }

    @Test
    void theSpecialTimestampsHaveTheirMeaning() {
        broker.append("orders", 0, "a", "b", "c");
        broker.partition("orders", 0).deleteRecords(1);
        assertEquals(1, list(ListOffsetsRequest.EARLIEST_TIMESTAMP).offset());
        assertEquals(1, list(ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP).offset());
        assertEquals(3, list(ListOffsetsRequest.LATEST_TIMESTAMP).offset());
        assertEquals(2, list(ListOffsetsRequest.MAX_TIMESTAMP).offset());
        assertEquals(1_002, list(ListOffsetsRequest.MAX_TIMESTAMP).timestamp());
        // Nothing is tiered here, and nothing is waiting to be.
        assertEquals(-1, list(ListOffsetsRequest.LATEST_TIERED_TIMESTAMP).offset());
        assertEquals(
                -1, list(ListOffsetsRequest.EARLIEST_PENDING_UPLOAD_TIMESTAMP).offset());
    }

    @Test
    void aSpecialTimestampNeedsTheVersionThatBroughtIt() {
        int[] since = {1, 1, 7, 8, 9, 11};
        for (int i = 0; i < SPECIAL.length; i++) {
            for (int version = OLDEST; version <= LATEST; version++) {
                Errors expected = version < since[i] ? Errors.UNSUPPORTED_VERSION : Errors.NONE;
                ListOffsetsPartitionResponse answer = list(ask("orders", 0, SPECIAL[i]), version);
                assertEquals(expected, Errors.forCode(answer.errorCode()), SPECIAL[i] + " in " + version);
            }
        }
        assertError(Errors.UNSUPPORTED_VERSION, list(-7));
        assertError(Errors.UNSUPPORTED_VERSION, list(Long.MIN_VALUE));
    }

    @Test
    void aTimestampAfterAllRecordsHasNoOffset() {
        broker.append("orders", 0, "a");
        assertError(Errors.NONE, list(5_000));
    }

    @Test
    void anEmptyLogHasItsEnds() {
        assertEquals(0, list(ListOffsetsRequest.EARLIEST_TIMESTAMP).offset());
        assertEquals(0, list(ListOffsetsRequest.LATEST_TIMESTAMP).offset());
        assertError(Errors.NONE, list(ListOffsetsRequest.MAX_TIMESTAMP));
        assertError(Errors.NONE, list(0));
    }

    @Test
    void consumersSeeWhatIsCommittedAndDebuggersSeeAll() {
        broker.createTopic("shared", 1, List.of(DataBroker.ID, DataBroker.OTHER), DataBroker.ID);
        broker.append("shared", 0, "a");
        ListOffsetsRequestData data = ask("shared", 0, ListOffsetsRequest.LATEST_TIMESTAMP);
        assertEquals(0, list(data, LATEST).offset());
        assertEquals(0, list(data.setIsolationLevel((byte) 1), LATEST).offset());
        assertEquals(
                1,
                list(data.setReplicaId(ListOffsetsRequest.DEBUGGING_REPLICA_ID), LATEST)
                        .offset());
        assertError(Errors.NONE, list(ask("shared", 0, 1_000), LATEST));
    }

    @Test
    void aNewLeaderWithoutAHighWatermarkIsNotAvailableYet() {
        Uuid shared = broker.createTopic("shared", 1, List.of(DataBroker.ID, DataBroker.OTHER), DataBroker.ID);
        broker.append("shared", 0, "a");
        broker.elect(shared, 0, DataBroker.ID);
        ListOffsetsRequestData data = ask("shared", 0, ListOffsetsRequest.LATEST_TIMESTAMP);
        assertError(Errors.OFFSET_NOT_AVAILABLE, list(data, 5));
        assertError(Errors.LEADER_NOT_AVAILABLE, list(data, 4));
    }

    @Test
    void theLeaderEpochIsChecked() {
        broker.elect(orders, 0, DataBroker.ID);
        ListOffsetsRequestData data = ask("orders", 0, ListOffsetsRequest.LATEST_TIMESTAMP);
        ListOffsetsPartition asked = data.topics().get(0).partitions().get(0);
        asked.setCurrentLeaderEpoch(0);
        assertError(Errors.FENCED_LEADER_EPOCH, list(data, LATEST));
        asked.setCurrentLeaderEpoch(2);
        assertError(Errors.UNKNOWN_LEADER_EPOCH, list(data, LATEST));
        asked.setCurrentLeaderEpoch(1);
        assertEquals(0, list(data, LATEST).offset());
    }

    @Test
    void whatIsNotHereIsAnError() {
        broker.createTopic("elsewhere", 1, List.of(DataBroker.OTHER), DataBroker.OTHER);
        assertError(Errors.UNKNOWN_TOPIC_OR_PARTITION, list(ask("nowhere", 0, -1), LATEST));
        assertError(Errors.UNKNOWN_TOPIC_OR_PARTITION, list(ask("orders", 1, -1), LATEST));
        assertError(Errors.NOT_LEADER_OR_FOLLOWER, list(ask("elsewhere", 0, -1), LATEST));
    }

    @Test
    void aPartitionThatIsNamedTwiceIsInvalid() {
        ListOffsetsRequestData data = ask("orders", 0, -1);
        data.topics().addAll(ask("orders", 0, -2).topics());
        ListOffsetsResponse response = connection.call(request(data, LATEST));
        assertEquals(2, response.topics().size());
        response.topics()
                .forEach(topic ->
                        assertError(Errors.INVALID_REQUEST, topic.partitions().get(0)));
    }
}
