package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.BackgroundScheduler;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.log.LogConfig;
import dev.heddle.log.LogDirectories;
import dev.heddle.log.LogManager;
import dev.heddle.log.LogManagerConfig;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.MetadataDelta;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.replication.ReplicaManager;
import dev.heddle.replication.ReplicationConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The coordinator on a real log and real replicas, told its metadata by the test. */
@Timeout(60)
class OnDiskTest {

    private static final int BROKER = 1;
    private static final String ORDERS = "orders";
    private static final Uuid ORDERS_ID = new Uuid(1, 1);
    private static final Uuid OFFSETS_ID = new Uuid(2, 2);

    @TempDir
    Path directory;

    /** A broker without network and handlers. */
    private static final class Broker implements AutoCloseable {

        final MetadataCache metadata = new MetadataCache();
        final BackgroundScheduler scheduler = new BackgroundScheduler();
        final LogDirectories directories;
        final LogManager logs;
        final ReplicaManager replicas;
        final GroupCoordinator coordinator;
        private long offset;

        Broker(Path directory) {
            var def = GroupCoordinatorConfig.define(
                    ReplicationConfig.define(LogConfig.define(LogManagerConfig.define(new ConfigDef()))));
            var parsed = new AbstractConfig(
                    def, Map.of("log.dirs", directory.toString(), "offsets.topic.num.partitions", "4"), false);
            var metrics = new MetricRegistry();
            var logConfig = LogManagerConfig.from(parsed);
            directories = new LogDirectories(logConfig, Time.SYSTEM, metrics);
            logs = new LogManager(logConfig, directories, LogConfig.defaults(parsed), Time.SYSTEM, scheduler, metrics);
            replicas = new ReplicaManager(
                    BROKER,
                    ReplicationConfig.from(parsed),
                    logs,
                    metadata,
                    new ReplicaManager.Context(Time.SYSTEM, scheduler, metrics));
            coordinator = new GroupCoordinator(
                    GroupCoordinatorConfig.from(parsed), replicas, metadata, Time.SYSTEM, scheduler, metrics);
            directories.open(BROKER);
            logs.startup(topic -> Map.of());
            replicas.startup();
            coordinator.startup();
        }

        void update(Consumer<MetadataDelta> change) {
            var delta = new MetadataDelta(metadata.image());
            change.accept(delta);
            MetadataImage image = delta.apply(++offset, 1, 0);
            replicas.onUpdate(delta, image);
            coordinator.onUpdate(delta, image);
            metadata.publish(image);
        }

        void createTopics() {
            update(delta -> {
                create(delta, ORDERS, ORDERS_ID, 2);
                create(delta, Topic.GROUP_METADATA_TOPIC_NAME, OFFSETS_ID, 4);
            });
        }

        private static void create(MetadataDelta delta, String name, Uuid id, int partitions) {
            delta.replay(new TopicRecord().setName(name).setTopicId(id));
            for (int i = 0; i < partitions; i++) {
                delta.replay(new PartitionRecord()
                        .setTopicId(id)
                        .setPartitionId(i)
                        .setReplicas(List.of(BROKER))
                        .setIsr(List.of(BROKER))
                        .setLeader(BROKER)
                        .setLeaderEpoch(0)
                        .setPartitionEpoch(0));
            }
        }

        CallContext ctx() {
            return new CallContext("client", "/127.0.0.1", (short) 9, new Waiter(Time.SYSTEM));
        }

        Errors commit(String group, long committed) {
            var request = new OffsetCommitRequestData()
                    .setGroupId(group)
                    .setTopics(List.of(new OffsetCommitRequestTopic()
                            .setName(ORDERS)
                            .setPartitions(List.of(new OffsetCommitRequestPartition()
                                    .setPartitionIndex(0)
                                    .setCommittedOffset(committed)))));
            return whenLoaded(() -> Rig.errorOf(coordinator.commitOffsets(ctx(), request)));
        }

        OffsetFetchResponsePartitions fetch(String group) {
            var topic = new OffsetFetchRequestTopics().setName(ORDERS).setPartitionIndexes(List.of(0));
            var asked = new OffsetFetchRequestGroup().setGroupId(group).setTopics(List.of(topic));
            var request = new OffsetFetchRequestData().setGroups(List.of(asked));
            whenLoaded(() -> Errors.forCode(
                    coordinator.fetchOffsets(ctx(), request).groups().getFirst().errorCode()));
            return coordinator
                    .fetchOffsets(ctx(), request)
                    .groups()
                    .getFirst()
                    .topics()
                    .getFirst()
                    .partitions()
                    .getFirst();
        }

        private static Errors whenLoaded(Supplier<Errors> call) {
            while (true) {
                Errors error = call.get();
                if (error != Errors.COORDINATOR_LOAD_IN_PROGRESS) return error;
                Thread.yield();
            }
        }

        @Override
        public void close() {
            coordinator.close();
            replicas.close();
            logs.close();
            directories.close();
            scheduler.close();
        }
    }

    @Test
    void offsetsOfManyGroupsAreThereAfterARestart() {
        try (var broker = new Broker(directory)) {
            broker.createTopics();
            for (int i = 0; i < 50; i++) {
                assertEquals(Errors.NONE, broker.commit("group-" + i, i));
                assertEquals(Errors.NONE, broker.commit("group-" + i, i + 1000));
            }
        }
        try (var broker = new Broker(directory)) {
            broker.createTopics();
            for (int i = 0; i < 50; i++) {
                assertEquals(i + 1000, broker.fetch("group-" + i).committedOffset());
            }
        }
    }

    @Test
    void beforeTheOffsetsTopicIsThereNobodyIsCoordinated() {
        try (var broker = new Broker(directory)) {
            broker.update(delta -> Broker.create(delta, ORDERS, ORDERS_ID, 2));
            assertEquals(Errors.NOT_COORDINATOR, broker.commit("group", 1));
            broker.update(delta -> Broker.create(delta, Topic.GROUP_METADATA_TOPIC_NAME, OFFSETS_ID, 4));
            assertEquals(Errors.NONE, broker.commit("group", 1));
        }
    }

    @Test
    void theGroupsGoWithTheOffsetsTopic() {
        try (var broker = new Broker(directory)) {
            broker.createTopics();
            assertEquals(Errors.NONE, broker.commit("group", 1));
            broker.update(delta -> delta.replay(new RemoveTopicRecord().setTopicId(OFFSETS_ID)));
            assertEquals(Errors.NOT_COORDINATOR, broker.commit("group", 2));
            broker.update(delta -> Broker.create(delta, Topic.GROUP_METADATA_TOPIC_NAME, new Uuid(3, 3), 4));
            assertEquals(-1, broker.fetch("group").committedOffset());
        }
    }

    @Test
    void theOffsetsOfADeletedTopicAreDeleted() {
        try (var broker = new Broker(directory)) {
            broker.createTopics();
            assertEquals(Errors.NONE, broker.commit("group", 1));
            broker.update(delta -> delta.replay(new RemoveTopicRecord().setTopicId(ORDERS_ID)));
            while (broker.fetch("group").committedOffset() != -1) Thread.yield();
        }
    }

    @Test
    void anOffsetOfATopicThatIsNotThereIsRefused() {
        try (var broker = new Broker(directory)) {
            broker.update(delta -> Broker.create(delta, Topic.GROUP_METADATA_TOPIC_NAME, OFFSETS_ID, 4));
            assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, broker.commit("group", 1));
        }
    }
}
