package dev.heddle.handlers;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.BackgroundScheduler;
import dev.heddle.common.Time;
import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.coordinator.GroupCoordinatorConfig;
import dev.heddle.coordinator.ProducerIdManager;
import dev.heddle.coordinator.TransactionConfig;
import dev.heddle.coordinator.TransactionCoordinator;
import dev.heddle.coordinator.Transactions;
import dev.heddle.log.LogConfig;
import dev.heddle.log.LogDirectories;
import dev.heddle.log.LogManager;
import dev.heddle.log.LogManagerConfig;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.MetadataDelta;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.replication.Partition;
import dev.heddle.replication.ReplicaManager;
import dev.heddle.replication.ReplicationConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerEndpoint;
import org.apache.kafka.common.metadata.RegisterBrokerRecord.BrokerEndpointCollection;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** Broker 1 as far as records go: log, replicas and their handlers, told its metadata by the test. One thread uses it. */
final class DataBroker implements AutoCloseable {

    static final int ID = 1;

    /** Another broker of the cluster, which only the metadata knows. */
    static final int OTHER = 2;

    final MetricRegistry metrics = new MetricRegistry();
    final MetadataCache metadata = new MetadataCache();
    final LogDirectories directories;
    final LogManager logs;
    final ReplicaManager replicas;
    final GroupCoordinator groups;
    final Transactions transactions;
    final HandlerTable table;
    private final BackgroundScheduler scheduler = new BackgroundScheduler();
    private long offset;

    /** @param time the handlers' clock; the log has the machine's */
    DataBroker(Path directory, Time time) {
        var def = FetchConfig.define(
                ReplicationConfig.define(LogConfig.define(LogManagerConfig.define(new ConfigDef()))));
        TransactionConfig.define(GroupCoordinatorConfig.define(def));
        var parsed = new AbstractConfig(def, Map.of("log.dirs", directory.toString()), false);
        LogManagerConfig logConfig = LogManagerConfig.from(parsed);
        directories = new LogDirectories(logConfig, Time.SYSTEM, metrics);
        logs = new LogManager(logConfig, directories, LogConfig.defaults(parsed), Time.SYSTEM, scheduler, metrics);
        replicas = new ReplicaManager(
                ID,
                ReplicationConfig.from(parsed),
                logs,
                metadata,
                new ReplicaManager.Context(Time.SYSTEM, scheduler, metrics));
        groups = new GroupCoordinator(
                GroupCoordinatorConfig.from(parsed), replicas, metadata, Time.SYSTEM, scheduler, metrics);
        transactions = Transactions.of(
                TransactionConfig.from(parsed),
                replicas,
                groups,
                metadata,
                new ProducerIdManager(ID, new FakeController(new TestMetadata())),
                new TransactionCoordinator.Tools(Time.SYSTEM, scheduler, metrics));
        var brokers = new BrokerNodes(new BrokerIdentity(ID, "cluster", false));
        table = new HandlerTable(List.of(
                new ProduceHandler(brokers, replicas, metadata, transactions.verifier(), time, metrics),
                new InitProducerIdHandler(transactions.coordinator()),
                new FetchHandler(brokers, replicas, metadata, FetchConfig.from(parsed), time, metrics),
                new ListOffsetsHandler(replicas),
                new OffsetForLeaderEpochHandler(replicas),
                new DeleteRecordsHandler(replicas),
                new DescribeProducersHandler(replicas, metadata),
                new AlterReplicaLogDirsHandler(replicas.mover()),
                new DescribeLogDirsHandler(directories, logs, replicas)));
    }

    static DataBroker start(Path directory, Time time) {
        var broker = new DataBroker(directory, time);
        broker.directories.open(ID);
        broker.logs.startup(topic -> Map.of());
        broker.replicas.startup();
        broker.groups.startup();
        broker.transactions.coordinator().startup();
        broker.update(delta -> {
            delta.replay(registration(ID, 9092));
            delta.replay(registration(OTHER, 9093));
        });
        return broker;
    }

    private static RegisterBrokerRecord registration(int id, int port) {
        var endpoints = new BrokerEndpointCollection();
        endpoints.add(new BrokerEndpoint()
                .setName("PLAINTEXT")
                .setHost("broker-" + id)
                .setPort(port));
        return new RegisterBrokerRecord()
                .setBrokerId(id)
                .setBrokerEpoch(id)
                .setIncarnationId(Uuid.randomUuid())
                .setEndPoints(endpoints)
                .setFenced(false);
    }

    /** Changes the metadata. */
    void update(Consumer<MetadataDelta> change) {
        var delta = new MetadataDelta(metadata.image());
        change.accept(delta);
        MetadataImage image = delta.apply(++offset, 1, 0);
        replicas.onUpdate(delta, image);
        metadata.publish(image);
    }

    /** Creates a topic that this broker alone holds and leads. */
    Uuid createTopic(String name, int partitions) {
        return createTopic(name, partitions, List.of(ID), ID);
    }

    /** Creates a topic whose replicas are all in sync. */
    Uuid createTopic(String name, int partitions, List<Integer> replicaIds, int leader) {
        Uuid id = Uuid.randomUuid();
        update(delta -> {
            delta.replay(new TopicRecord().setName(name).setTopicId(id));
            for (int i = 0; i < partitions; i++) {
                delta.replay(new PartitionRecord()
                        .setTopicId(id)
                        .setPartitionId(i)
                        .setReplicas(replicaIds)
                        .setIsr(replicaIds)
                        .setLeader(leader)
                        .setLeaderEpoch(0)
                        .setPartitionEpoch(0));
            }
        });
        return id;
    }

    void configure(String topic, String key, String value) {
        update(delta -> delta.replay(new ConfigRecord()
                .setResourceType((byte) 2)
                .setResourceName(topic)
                .setName(key)
                .setValue(value)));
    }

    /** Another election, which {@code leader} has won. */
    void elect(Uuid topicId, int partition, int leader) {
        update(delta -> delta.replay(new PartitionChangeRecord()
                .setTopicId(topicId)
                .setPartitionId(partition)
                .setLeader(leader)));
    }

    void deleteTopic(Uuid id) {
        update(delta -> delta.replay(new RemoveTopicRecord().setTopicId(id)));
    }

    Partition partition(String topic, int partition) {
        return replicas.partition(new TopicPartition(topic, partition));
    }

    /** Appends as a coordinator would, past the Produce handler. */
    long append(String topic, int partition, String... values) {
        return partition(topic, partition)
                .append(records(values), dev.heddle.log.AppendOrigin.CLIENT, (short) 1)
                .endOffset();
    }

    static MemoryRecords records(String... values) {
        return MemoryRecords.withRecords(Compression.NONE, simple(values));
    }

    static SimpleRecord[] simple(String... values) {
        var records = new SimpleRecord[values.length];
        for (int i = 0; i < values.length; i++) {
            records[i] = new SimpleRecord(1_000 + i, null, values[i].getBytes(StandardCharsets.UTF_8));
        }
        return records;
    }

    @Override
    public void close() {
        transactions.coordinator().close();
        groups.close();
        replicas.close();
        logs.close();
        directories.close();
        scheduler.close();
    }
}
