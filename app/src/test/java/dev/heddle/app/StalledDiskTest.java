package dev.heddle.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import dev.heddle.log.PartitionLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.HeartbeatResponse;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A disk that hangs, and more clients that wait for it than requests are admitted: everyone else notices nothing. */
@Timeout(120)
final class StalledDiskTest {

    private static final String TOPIC = "orders";
    private static final int STUCK_CLIENTS = 60;

    @TempDir
    private Path root;

    private final StallingFiles files = new StallingFiles();

    private BrokerServer start(String strategy) {
        var config = HeddleConfig.of(Map.of(
                "listeners", "PLAINTEXT://localhost:0",
                "log.dirs", root.resolve("healthy") + "," + root.resolve("slow"),
                "offsets.topic.num.partitions", "1",
                "handler.strategy", strategy,
                "queued.max.requests", "8",
                "heddle.directory.stall.ms", "600000"));
        var broker = new BrokerServer(config, Time.SYSTEM, StalledDiskTest::broken, files.calls());
        broker.startup();
        return broker;
    }

    private static void broken(StopBrokerException failure) {
        throw new AssertionError(failure);
    }

    @ParameterizedTest
    @ValueSource(strings = {"virtual", "inline"})
    void requestsToOtherDirectoriesGoOnWhileManyWaitForTheStalledOne(String strategy) throws Exception {
        try (BrokerServer broker = start(strategy);
                var client = new RehearsalClient(broker.mainPort())) {
            findCoordinator(client);
            createTopic(client, 5);
            List<PartitionLog> slow = logsIn(broker, "slow");
            List<PartitionLog> healthy = logsIn(broker, "healthy");
            for (PartitionLog log : slow) produce(client, log, (short) 1);
            for (PartitionLog log : healthy) produce(client, log, (short) 1);

            files.stall(root.resolve("slow"));
            List<FutureTask<Errors>> stuck = new ArrayList<>();
            try {
                for (int i = 0; i < STUCK_CLIENTS; i++) {
                    stuck.add(inBackground(broker, slow.get(i % slow.size()), (short) (i % 2 == 0 ? 1 : -1)));
                }
                for (int i = 0; i < 30; i++) {
                    for (PartitionLog log : healthy) {
                        assertEquals(Errors.NONE, produce(client, log, (short) -1));
                        assertEquals(Errors.NONE, fetch(client, log));
                    }
                    metadata(client);
                    heartbeat(client);
                }
                assertTrue(stuck.stream().noneMatch(FutureTask::isDone), "they should wait");
            } finally {
                files.release();
            }
            for (FutureTask<Errors> one : stuck) assertEquals(Errors.NONE, one.get());
            long appended = slow.stream().mapToLong(PartitionLog::logEndOffset).sum();
            assertEquals(slow.size() + STUCK_CLIENTS, appended);
            assertEquals(0, broker.parts().channel.dataPlane().queuedRequests());
        }
    }

    /** The first log of all, that of the groups, comes into the first directory. */
    private static void findCoordinator(RehearsalClient client) throws IOException {
        var data = new FindCoordinatorRequestData().setCoordinatorKeys(List.of("g"));
        var response = (FindCoordinatorResponse) client.ask(new FindCoordinatorRequest.Builder(data).build((short) 4));
        assertEquals(
                Errors.NONE.code(), response.data().coordinators().getFirst().errorCode());
    }

    private static void createTopic(RehearsalClient client, int partitions) throws IOException {
        var topics = new CreateTopicsRequestData.CreatableTopicCollection();
        topics.add(new CreateTopicsRequestData.CreatableTopic()
                .setName(TOPIC)
                .setNumPartitions(partitions)
                .setReplicationFactor((short) 1));
        client.ask(new CreateTopicsRequest(new CreateTopicsRequestData().setTopics(topics), (short) 7));
    }

    private static List<PartitionLog> logsIn(BrokerServer broker, String directory) {
        List<PartitionLog> found = broker.parts().logs.logs().stream()
                .filter(log -> log.topicPartition().topic().equals(TOPIC))
                .filter(log -> log.directory().path().endsWith(directory))
                .toList();
        assertTrue(found.size() >= 2, directory);
        return found;
    }

    private static FutureTask<Errors> inBackground(BrokerServer broker, PartitionLog log, short acks) {
        var task = new FutureTask<>(() -> {
            try (var client = new RehearsalClient(broker.mainPort())) {
                return produce(client, log, acks);
            }
        });
        Threads.platform("stuck-client", task).start();
        return task;
    }

    private static Errors produce(RehearsalClient client, PartitionLog log, short acks) throws IOException {
        var records = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord("value".getBytes()));
        var data = new ProduceRequestData().setAcks(acks).setTimeoutMs(60_000);
        data.topicData()
                .add(new ProduceRequestData.TopicProduceData()
                        .setName(TOPIC)
                        .setPartitionData(List.of(new ProduceRequestData.PartitionProduceData()
                                .setIndex(log.topicPartition().partition())
                                .setRecords(records))));
        var response = (ProduceResponse) client.ask(new ProduceRequest(data, (short) 9));
        return Errors.forCode(response.data()
                .responses()
                .iterator()
                .next()
                .partitionResponses()
                .getFirst()
                .errorCode());
    }

    private static Errors fetch(RehearsalClient client, PartitionLog log) throws IOException {
        var data = new FetchRequestData()
                .setReplicaState(new FetchRequestData.ReplicaState().setReplicaId(-1))
                .setMaxBytes(1 << 20)
                .setMinBytes(1)
                .setMaxWaitMs(1_000);
        data.topics()
                .add(new FetchRequestData.FetchTopic()
                        .setTopic(TOPIC)
                        .setPartitions(List.of(new FetchRequestData.FetchPartition()
                                .setPartition(log.topicPartition().partition())
                                .setPartitionMaxBytes(1 << 20))));
        var response = (FetchResponse) client.ask(new FetchRequest(data, (short) 12));
        var partition = response.data().responses().getFirst().partitions().getFirst();
        assertTrue(partition.records().sizeInBytes() > 0);
        return Errors.forCode(partition.errorCode());
    }

    private static void metadata(RehearsalClient client) throws IOException {
        AbstractRequest request = new MetadataRequest(new MetadataRequestData(), ApiKeys.METADATA.latestVersion());
        assertEquals(
                Map.of(),
                client.ask(request).errorCounts().entrySet().stream()
                        .filter(one -> one.getKey() != Errors.NONE)
                        .collect(java.util.stream.Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }

    private static void heartbeat(RehearsalClient client) throws IOException {
        var data = new HeartbeatRequestData().setGroupId("g").setGenerationId(1).setMemberId("m");
        var response = (HeartbeatResponse) client.ask(new HeartbeatRequest.Builder(data).build());
        assertEquals(Errors.UNKNOWN_MEMBER_ID.code(), response.data().errorCode());
    }
}
