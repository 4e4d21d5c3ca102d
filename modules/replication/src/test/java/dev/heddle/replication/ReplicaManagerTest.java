package dev.heddle.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.AnswerException;
import dev.heddle.log.AppendOrigin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ReplicaManagerTest {

    @TempDir
    Path directory;

    private Replicas replicas;

    @BeforeEach
    void start() {
        replicas = Replicas.start(directory);
    }

    @AfterEach
    void stop() {
        replicas.close();
    }

    private Errors errorOf(String topic, int partition) {
        return assertThrows(AnswerException.class, () -> replicas.partition(topic, partition))
                .error();
    }

    private void append(Partition partition, String... values) {
        partition.append(Replicas.records(values), AppendOrigin.CLIENT, (short) 1);
    }

    private Object gauge(String name) {
        return replicas.metrics.getGauges().get(name).getValue();
    }

    @Test
    void aCreatedTopicIsLed() {
        Uuid id = replicas.createTopic("orders", 3);
        for (int i = 0; i < 3; i++) {
            Partition partition = replicas.partition("orders", i);
            assertEquals(id, partition.topicId());
            assertEquals(0, partition.leaderEpoch());
            append(partition, "a");
        }
        assertEquals(3, replicas.logs.logs().size());
    }

    @Test
    void whatDoesNotExistIsUnknown() {
        replicas.createTopic("orders", 1);
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, errorOf("orders", 1));
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, errorOf("payments", 0));
    }

    @Test
    void aPartitionOnOtherBrokersOnlyIsNotHere() {
        Uuid id = Uuid.randomUuid();
        replicas.update(delta -> {
            delta.replay(new TopicRecord().setName("elsewhere").setTopicId(id));
            delta.replay(Replicas.led(id, 0)
                    .setReplicas(List.of(2))
                    .setIsr(List.of(2))
                    .setLeader(2));
        });
        assertEquals(Errors.NOT_LEADER_OR_FOLLOWER, errorOf("elsewhere", 0));
        assertNull(replicas.manager.replicaOrNull(new TopicPartition("elsewhere", 0)));
        assertTrue(replicas.logs.logs().isEmpty());
    }

    @Test
    void aDeletedTopicIsGoneWithItsLogsAndMetrics() {
        Uuid id = replicas.createTopic("orders", 2);
        Partition partition = replicas.partition("orders", 0);
        append(partition, "a");
        replicas.deleteTopic(id);
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, errorOf("orders", 0));
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, partition.error());
        assertTrue(replicas.logs.logs().isEmpty());
        assertFalse(replicas.metrics.getNames().stream()
                .anyMatch(name -> name.contains("topic=orders") && !name.startsWith("kafka.log")));
        assertEquals(0, gauge("kafka.server:type=ReplicaManager,name=PartitionCount"));
    }

    @Test
    void aTopicDeletedAndCreatedAnewInOneChangeStartsEmpty() {
        Uuid old = replicas.createTopic("orders", 1);
        Partition before = replicas.partition("orders", 0);
        append(before, "a", "b");
        Uuid young = Uuid.randomUuid();
        replicas.update(delta -> {
            delta.replay(new RemoveTopicRecord().setTopicId(old));
            delta.replay(new TopicRecord().setName("orders").setTopicId(young));
            delta.replay(Replicas.led(young, 0));
        });
        Partition after = replicas.partition("orders", 0);
        assertNotSame(before, after);
        assertEquals(young, after.topicId());
        assertEquals(0, after.log().logEndOffset());
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, before.error());
    }

    @Test
    void aTopicIsCreatedWithItsConfiguration() {
        replicas.configure("orders", "min.insync.replicas", "2");
        replicas.createTopic("orders", 1);
        assertEquals(2, replicas.partition("orders", 0).log().config().minInSyncReplicas());
        replicas.configure("orders", "min.insync.replicas", "3");
        assertEquals(3, replicas.partition("orders", 0).log().config().minInSyncReplicas());
    }

    @Test
    void partitionsAreAddedToATopic() {
        Uuid id = replicas.createTopic("orders", 1);
        append(replicas.partition("orders", 0), "a");
        replicas.update(delta -> delta.replay(Replicas.led(id, 1)));
        append(replicas.partition("orders", 1), "b");
        assertEquals(1, replicas.partition("orders", 0).highWatermark());
    }

    @Test
    void anOlderWordAboutAPartitionIsNotHeeded() {
        Uuid id = replicas.createTopic("orders", 1);
        replicas.elect(id, 0, Replicas.BROKER);
        Partition partition = replicas.partition("orders", 0);
        PartitionRecord old = Replicas.led(id, 0).setLeaderEpoch(0).setPartitionEpoch(0);
        replicas.update(delta -> delta.replay(old));
        assertEquals(1, partition.leaderEpoch());
    }

    @Test
    void theGaugesCountPartitions() {
        replicas.createTopic("orders", 2);
        Uuid id = Uuid.randomUuid();
        replicas.update(delta -> {
            delta.replay(new TopicRecord().setName("shared").setTopicId(id));
            delta.replay(Replicas.led(id, 0).setReplicas(List.of(1, 2)));
            delta.replay(Replicas.led(id, 1).setReplicas(List.of(1, 2)).setLeader(2));
        });
        String prefix = "kafka.server:type=ReplicaManager,name=";
        assertEquals(4, gauge(prefix + "PartitionCount"));
        assertEquals(3, gauge(prefix + "LeaderCount"));
        assertEquals(1, gauge(prefix + "UnderReplicatedPartitions"));
        assertEquals(0, gauge(prefix + "UnderMinIsrPartitionCount"));
        assertEquals(3, gauge(prefix + "AtMinIsrPartitionCount"));
        assertEquals(0, gauge(prefix + "OfflineReplicaCount"));
        String shared = ",topic=shared,partition=0";
        assertEquals(1, gauge("kafka.cluster:type=Partition,name=UnderReplicated" + shared));
        assertEquals(1, gauge("kafka.cluster:type=Partition,name=InSyncReplicasCount" + shared));
        assertEquals(2, gauge("kafka.cluster:type=Partition,name=ReplicasCount" + shared));
    }

    @Test
    void highWatermarksAreWrittenDownAtTheEnd() throws Exception {
        replicas.createTopic("orders", 1);
        append(replicas.partition("orders", 0), "a", "b");
        replicas.close();
        List<String> lines = Files.readAllLines(directory.resolve("replication-offset-checkpoint"));
        assertEquals(List.of("0", "1", "orders 0 2"), lines);
        replicas = Replicas.start(directory);
    }

    @Test
    void aRestartLeadsWhatWasThere() {
        Uuid id = replicas.createTopic("orders", 1);
        append(replicas.partition("orders", 0), "a", "b");
        replicas.close();

        replicas = Replicas.start(directory);
        replicas.update(delta -> {
            delta.replay(new TopicRecord().setName("orders").setTopicId(id));
            delta.replay(Replicas.led(id, 0).setLeaderEpoch(1).setPartitionEpoch(1));
        });
        Partition partition = replicas.partition("orders", 0);
        assertEquals(2, partition.highWatermark());
        append(partition, "c");
        assertEquals(3, partition.highWatermark());
        assertEquals(2, partition.endOffsetForEpoch(0, 1).endOffset());
    }

    @Test
    void aLogThatNoTopicKnowsIsSetAside() throws Exception {
        replicas.createTopic("orders", 1);
        append(replicas.partition("orders", 0), "a", "b");
        Uuid kept = replicas.createTopic("kept", 1);
        append(replicas.partition("kept", 0), "c");
        replicas.close();

        // The topic was deleted and created anew while the broker was down.
        replicas = Replicas.start(directory);
        Uuid young = Uuid.randomUuid();
        replicas.update(delta -> {
            delta.replay(new TopicRecord().setName("orders").setTopicId(young));
            delta.replay(Replicas.led(young, 0));
            delta.replay(new TopicRecord().setName("kept").setTopicId(kept));
            delta.replay(Replicas.led(kept, 0).setLeaderEpoch(1).setPartitionEpoch(1));
        });
        assertEquals(0, replicas.partition("orders", 0).log().logEndOffset());
        assertEquals(1, replicas.partition("kept", 0).log().logEndOffset());
        try (var files = Files.list(directory)) {
            assertEquals(
                    1,
                    files.map(file -> file.getFileName().toString())
                            .filter(name -> name.startsWith("orders-0.") && name.endsWith("-stray"))
                            .count());
        }
    }

    @Test
    void aTopicCreatedLaterIsNoStray() {
        replicas.createTopic("orders", 1);
        append(replicas.partition("orders", 0), "a");
        replicas.createTopic("payments", 1);
        assertEquals(1, replicas.partition("orders", 0).log().logEndOffset());
    }

    @Test
    void theCheckpointedHighWatermarkHoldsWhileOthersAreInSync() {
        Uuid id = replicas.createTopic("orders", 1);
        append(replicas.partition("orders", 0), "a", "b");
        replicas.close();

        replicas = Replicas.start(directory);
        replicas.update(delta -> {
            delta.replay(new TopicRecord().setName("orders").setTopicId(id));
            delta.replay(Replicas.led(id, 0)
                    .setReplicas(List.of(1, 2))
                    .setIsr(List.of(1, 2))
                    .setLeaderEpoch(1)
                    .setPartitionEpoch(1));
        });
        Partition partition = replicas.partition("orders", 0);
        append(partition, "c");
        assertEquals(2, partition.highWatermark());
    }

    @Test
    void closingTakesTheMetricsAway() {
        replicas.createTopic("orders", 1);
        append(replicas.partition("orders", 0), "a");
        replicas.manager.close();
        assertFalse(replicas.metrics.getNames().stream()
                .anyMatch(name -> name.startsWith("kafka.cluster:") || name.contains("type=ReplicaManager")));
    }

    @Test
    void theCheckpointIntervalIsConfigurable() {
        ConfigDef def = ReplicationConfig.define(new ConfigDef());
        String key = "replica.high.watermark.checkpoint.interval.ms";
        assertEquals(
                new ReplicationConfig(5000, 0, Long.MAX_VALUE),
                ReplicationConfig.from(new AbstractConfig(def, Map.of(), false)));
        assertEquals(
                new ReplicationConfig(77, 0, Long.MAX_VALUE),
                ReplicationConfig.from(new AbstractConfig(def, Map.of(key, "77"), false)));
    }
}
