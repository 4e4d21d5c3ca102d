package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.Time;
import dev.heddle.log.AppendOrigin;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData.AlterReplicaLogDir;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData.AlterReplicaLogDirTopic;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData.AlterReplicaLogDirTopicCollection;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData.DescribableLogDirTopic;
import org.apache.kafka.common.message.DescribeLogDirsRequestData.DescribableLogDirTopicCollection;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsPartition;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsResult;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeProducersResponseData.PartitionResponse;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopicCollection;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.EpochEndOffset;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.requests.AlterReplicaLogDirsRequest;
import org.apache.kafka.common.requests.AlterReplicaLogDirsResponse;
import org.apache.kafka.common.requests.DeleteRecordsRequest;
import org.apache.kafka.common.requests.DeleteRecordsResponse;
import org.apache.kafka.common.requests.DescribeLogDirsRequest;
import org.apache.kafka.common.requests.DescribeLogDirsResponse;
import org.apache.kafka.common.requests.DescribeProducersRequest;
import org.apache.kafka.common.requests.DescribeProducersResponse;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochRequest;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** DeleteRecords, OffsetForLeaderEpoch, DescribeProducers, DescribeLogDirs and AlterReplicaLogDirs. */
@Timeout(60)
class LogHandlersTest {

    @TempDir
    Path directory;

    private DataBroker broker;
    private TestConnection connection;
    private Uuid orders;

    @BeforeEach
    void start() {
        broker = DataBroker.start(directory, Time.SYSTEM);
        connection = new TestConnection(broker.table, Time.SYSTEM);
        orders = broker.createTopic("orders", 2);
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private DeleteRecordsPartitionResult delete(String topic, int partition, long before, int version) {
        var data = new DeleteRecordsRequestData().setTimeoutMs(1_000);
        data.topics()
                .add(new DeleteRecordsTopic()
                        .setName(topic)
                        .setPartitions(List.of(new DeleteRecordsPartition()
                                .setPartitionIndex(partition)
                                .setOffset(before))));
        DeleteRecordsResponse response = connection.call(new DeleteRecordsRequest.Builder(data).build((short) version));
        return response.data().topics().find(topic).partitions().find(partition);
    }

    private DeleteRecordsPartitionResult delete(String topic, int partition, long before) {
        return delete(topic, partition, before, ApiKeys.DELETE_RECORDS.latestVersion());
    }

    @Test
    void recordsAreDeletedUpToAnOffset() {
        broker.append("orders", 0, "a", "b", "c", "d");
        for (int version = ApiKeys.DELETE_RECORDS.oldestVersion();
                version <= ApiKeys.DELETE_RECORDS.latestVersion();
                version++) {
            assertEquals(version + 1, delete("orders", 0, version + 1, version).lowWatermark());
        }
        assertEquals(4, delete("orders", 0, DeleteRecordsRequest.HIGH_WATERMARK).lowWatermark());
        assertEquals(4, broker.partition("orders", 0).log().logStartOffset());
    }

    private void assertNotDeleted(Errors error, DeleteRecordsPartitionResult result) {
        assertEquals(error, Errors.forCode(result.errorCode()));
        assertEquals(-1, result.lowWatermark());
    }

    @Test
    void whatCannotBeDeletedSaysWhy() {
        broker.append("orders", 0, "a");
        broker.createTopic("__consumer_offsets", 1);
        broker.createTopic("elsewhere", 1, List.of(DataBroker.OTHER), DataBroker.OTHER);
        broker.createTopic("table", 1);
        broker.configure("table", "cleanup.policy", "compact");
        assertNotDeleted(Errors.OFFSET_OUT_OF_RANGE, delete("orders", 0, 2));
        assertNotDeleted(Errors.OFFSET_OUT_OF_RANGE, delete("orders", 0, -5));
        assertNotDeleted(Errors.UNKNOWN_TOPIC_OR_PARTITION, delete("orders", 9, 1));
        assertNotDeleted(Errors.UNKNOWN_TOPIC_OR_PARTITION, delete("nowhere", 0, 1));
        assertNotDeleted(Errors.NOT_LEADER_OR_FOLLOWER, delete("elsewhere", 0, 1));
        assertNotDeleted(Errors.INVALID_TOPIC_EXCEPTION, delete("__consumer_offsets", 0, 0));
        assertNotDeleted(Errors.POLICY_VIOLATION, delete("table", 0, 0));
        assertEquals(0, broker.partition("orders", 0).log().logStartOffset());
    }

    private EpochEndOffset endOf(String topic, int epoch, int currentEpoch, int version) {
        var topics = new OffsetForLeaderTopicCollection();
        topics.add(new OffsetForLeaderTopic()
                .setTopic(topic)
                .setPartitions(List.of(new OffsetForLeaderPartition()
                        .setPartition(0)
                        .setLeaderEpoch(epoch)
                        .setCurrentLeaderEpoch(currentEpoch))));
        OffsetsForLeaderEpochResponse response = connection.call(new OffsetsForLeaderEpochRequest(
                new OffsetForLeaderEpochRequestData().setTopics(topics), (short) version));
        return response.data().topics().find(topic).partitions().get(0);
    }

    @Test
    void theEndOfALeaderEpochIsFound() {
        broker.append("orders", 0, "a", "b");
        broker.elect(orders, 0, DataBroker.ID);
        broker.append("orders", 0, "c");
        for (int version = ApiKeys.OFFSET_FOR_LEADER_EPOCH.oldestVersion();
                version <= ApiKeys.OFFSET_FOR_LEADER_EPOCH.latestVersion();
                version++) {
            EpochEndOffset end = endOf("orders", 0, -1, version);
            assertEquals(Errors.NONE.code(), end.errorCode());
            assertEquals(0, end.leaderEpoch());
            assertEquals(2, end.endOffset());
        }
        assertEquals(3, endOf("orders", 1, 1, 4).endOffset());
        assertEquals(-1, endOf("orders", 9, 1, 4).endOffset());
        assertEquals(-1, endOf("orders", 9, 1, 4).leaderEpoch());
    }

    @Test
    void theEndOfALeaderEpochIsToldByTheLeaderAlone() {
        broker.createTopic("elsewhere", 1, List.of(DataBroker.OTHER), DataBroker.OTHER);
        broker.elect(orders, 0, DataBroker.ID);
        assertEquals(Errors.FENCED_LEADER_EPOCH.code(), endOf("orders", 0, 0, 4).errorCode());
        assertEquals(
                Errors.UNKNOWN_LEADER_EPOCH.code(), endOf("orders", 0, 2, 4).errorCode());
        assertEquals(
                Errors.NOT_LEADER_OR_FOLLOWER.code(),
                endOf("elsewhere", 0, -1, 4).errorCode());
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION.code(),
                endOf("nowhere", 0, -1, 4).errorCode());
    }

    private PartitionResponse producersOf(String topic, int partition) {
        var data = new DescribeProducersRequestData();
        data.topics().add(new TopicRequest().setName(topic).setPartitionIndexes(List.of(partition)));
        DescribeProducersResponse response =
                connection.call(new DescribeProducersRequest.Builder(data).build((short) 0));
        return response.data().topics().get(0).partitions().get(0);
    }

    @Test
    void theProducersOfAPartitionAreDescribed() {
        assertEquals(List.of(), producersOf("orders", 0).activeProducers());
        broker.partition("orders", 0)
                .append(
                        MemoryRecords.withIdempotentRecords(
                                Compression.NONE, 77, (short) 3, 0, DataBroker.simple("a", "b")),
                        AppendOrigin.CLIENT,
                        (short) 1);
        PartitionResponse answer = producersOf("orders", 0);
        assertEquals(1, answer.activeProducers().size());
        var producer = answer.activeProducers().get(0);
        assertEquals(77, producer.producerId());
        assertEquals(3, producer.producerEpoch());
        assertEquals(1, producer.lastSequence());
        assertEquals(1_001, producer.lastTimestamp());
        assertEquals(-1, producer.currentTxnStartOffset());
    }

    @Test
    void producersOfWhatIsNotHereAreAnError() {
        broker.createTopic("elsewhere", 1, List.of(DataBroker.OTHER), DataBroker.OTHER);
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION.code(),
                producersOf("nowhere", 0).errorCode());
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION.code(),
                producersOf("orders", 5).errorCode());
        assertEquals(
                Errors.NOT_LEADER_OR_FOLLOWER.code(),
                producersOf("elsewhere", 0).errorCode());
        PartitionResponse invalid = producersOf("no such name!", 0);
        assertEquals(Errors.INVALID_TOPIC_EXCEPTION.code(), invalid.errorCode());
        assertNotNull(invalid.errorMessage());
    }

    private DescribeLogDirsResult describe(DescribeLogDirsRequestData data, int version) {
        DescribeLogDirsResponse response =
                connection.call(new DescribeLogDirsRequest.Builder(data).build((short) version));
        assertEquals(Errors.NONE.code(), response.data().errorCode());
        assertEquals(1, response.data().results().size());
        return response.data().results().get(0);
    }

    @Test
    void directoriesAreDescribedWithTheirPartitions() {
        broker.append("orders", 1, "a", "b");
        for (int version = ApiKeys.DESCRIBE_LOG_DIRS.oldestVersion();
                version <= ApiKeys.DESCRIBE_LOG_DIRS.latestVersion();
                version++) {
            DescribeLogDirsResult result = describe(new DescribeLogDirsRequestData().setTopics(null), version);
            assertEquals(Errors.NONE.code(), result.errorCode());
            assertEquals(directory.toAbsolutePath().toString(), result.logDir());
            assertTrue(version < 4 || result.totalBytes() >= result.usableBytes());
            assertTrue(version < 4 || result.usableBytes() > 0);
            List<DescribeLogDirsPartition> partitions = result.topics().get(0).partitions();
            assertEquals(2, partitions.size());
            for (DescribeLogDirsPartition partition : partitions) {
                long size = partition.partitionIndex() == 0
                        ? 0
                        : DataBroker.records("a", "b").sizeInBytes();
                assertEquals(size, partition.partitionSize());
                assertEquals(0, partition.offsetLag());
                assertEquals(false, partition.isFutureKey());
            }
        }
    }

    @Test
    void onlyWhatIsAskedForIsDescribed() {
        var topics = new DescribableLogDirTopicCollection();
        topics.add(new DescribableLogDirTopic().setTopic("orders").setPartitions(List.of(1, 8)));
        topics.add(new DescribableLogDirTopic().setTopic("nowhere").setPartitions(List.of(0)));
        DescribeLogDirsResult result = describe(new DescribeLogDirsRequestData().setTopics(topics), 4);
        assertEquals(1, result.topics().size());
        assertEquals(1, result.topics().get(0).partitions().size());
        assertEquals(1, result.topics().get(0).partitions().get(0).partitionIndex());
    }

    private short move(String topic, int partition, String path, int version) {
        var topics = new AlterReplicaLogDirTopicCollection();
        topics.add(new AlterReplicaLogDirTopic().setName(topic).setPartitions(List.of(partition)));
        var data = new AlterReplicaLogDirsRequestData();
        data.dirs().add(new AlterReplicaLogDir().setPath(path).setTopics(topics));
        AlterReplicaLogDirsResponse response =
                connection.call(new AlterReplicaLogDirsRequest.Builder(data).build((short) version));
        var result = response.data().results().getFirst();
        assertEquals(topic, result.topicName());
        assertEquals(partition, result.partitions().getFirst().partitionIndex());
        return result.partitions().getFirst().errorCode();
    }

    @Test
    void whereReplicasAreToBeIsAnsweredForEachPartition() {
        for (int version = ApiKeys.ALTER_REPLICA_LOG_DIRS.oldestVersion();
                version <= ApiKeys.ALTER_REPLICA_LOG_DIRS.latestVersion();
                version++) {
            String here = directory.toAbsolutePath().toString();
            assertEquals(Errors.NONE.code(), move("orders", 1, here, version));
            assertEquals(Errors.LOG_DIR_NOT_FOUND.code(), move("orders", 1, here + "/x", version));
            assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION.code(), move("orders", 77, here, version));
            assertEquals(Errors.INVALID_TOPIC_EXCEPTION.code(), move("t".repeat(240), 0, here, version));
        }
    }
}
