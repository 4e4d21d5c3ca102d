package dev.heddle.replication;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.BackgroundScheduler;
import dev.heddle.common.Time;
import dev.heddle.log.FileSystemCalls;
import dev.heddle.log.LogConfig;
import dev.heddle.log.LogDirectories;
import dev.heddle.log.LogManager;
import dev.heddle.log.LogManagerConfig;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.MetadataDelta;
import dev.heddle.metadata.MetadataImage;
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
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** Broker 1 with a real log and a real replica manager, told its metadata by the test. Used by one thread. */
final class Replicas implements AutoCloseable {

    static final int BROKER = 1;

    final MetricRegistry metrics = new MetricRegistry();
    final MetadataCache metadata = new MetadataCache();
    final LogDirectories directories;
    final LogManager logs;
    final ReplicaManager manager;
    private final BackgroundScheduler scheduler = new BackgroundScheduler();
    private long offset = metadata.image().offset();

    Replicas(Path directory, Map<String, String> settings, FileSystemCalls files) {
        var def = new ConfigDef();
        LogManagerConfig.define(def);
        LogConfig.define(def);
        ReplicationConfig.define(def);
        var all = new java.util.HashMap<>(settings);
        all.putIfAbsent("log.dirs", directory.toString());
        var parsed = new AbstractConfig(def, all, false);
        LogManagerConfig logConfig = LogManagerConfig.from(parsed);
        directories = new LogDirectories(logConfig, Time.SYSTEM, metrics, files);
        logs = new LogManager(logConfig, directories, LogConfig.defaults(parsed), Time.SYSTEM, scheduler, metrics);
        manager = new ReplicaManager(
                BROKER,
                ReplicationConfig.from(parsed),
                logs,
                metadata,
                new ReplicaManager.Context(Time.SYSTEM, scheduler, metrics));
    }

    /** Starts with nothing in its metadata. */
    static Replicas start(Path directory, Map<String, String> settings, FileSystemCalls files) {
        var replicas = new Replicas(directory, settings, files);
        replicas.directories.open(BROKER);
        replicas.logs.startup(topic -> Map.of());
        replicas.manager.startup();
        return replicas;
    }

    static Replicas start(Path directory) {
        return start(directory, Map.of(), FileSystemCalls.REAL);
    }

    /** Changes the metadata. */
    void update(Consumer<MetadataDelta> change) {
        var delta = new MetadataDelta(metadata.image());
        change.accept(delta);
        MetadataImage image = delta.apply(++offset, 1, 0);
        manager.onUpdate(delta, image);
        metadata.publish(image);
    }

    /** Creates a topic that this broker alone holds and leads. */
    Uuid createTopic(String name, int partitions) {
        Uuid id = Uuid.randomUuid();
        update(delta -> {
            delta.replay(new TopicRecord().setName(name).setTopicId(id));
            for (int i = 0; i < partitions; i++) delta.replay(led(id, i));
        });
        return id;
    }

    /** Creates a topic of one partition that this broker alone holds and leads, with an id of the caller's. */
    void createTopic(String name, Uuid id) {
        update(delta -> {
            delta.replay(new TopicRecord().setName(name).setTopicId(id));
            delta.replay(led(id, 0));
        });
    }

    static PartitionRecord led(Uuid topicId, int partition) {
        return new PartitionRecord()
                .setTopicId(topicId)
                .setPartitionId(partition)
                .setReplicas(List.of(BROKER))
                .setIsr(List.of(BROKER))
                .setLeader(BROKER)
                .setLeaderEpoch(0)
                .setPartitionEpoch(0);
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
        return manager.partition(new TopicPartition(topic, partition));
    }

    static MemoryRecords records(String... values) {
        var records = new SimpleRecord[values.length];
        for (int i = 0; i < values.length; i++) {
            records[i] = new SimpleRecord(1_000 + i, null, values[i].getBytes(StandardCharsets.UTF_8));
        }
        return MemoryRecords.withRecords(Compression.NONE, records);
    }

    @Override
    public void close() {
        manager.close();
        logs.close();
        directories.close();
        scheduler.close();
    }
}
