package dev.heddle.handlers;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.BackgroundScheduler;
import dev.heddle.common.Time;
import dev.heddle.log.AppendOrigin;
import dev.heddle.log.LogConfig;
import dev.heddle.log.LogDirectories;
import dev.heddle.log.LogManager;
import dev.heddle.log.LogManagerConfig;
import dev.heddle.log.Workload;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.MetadataDelta;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.replication.ReplicaManager;
import dev.heddle.replication.ReplicationConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** A topic with a batch of 1 kB in each of its partitions, and what fetches need of a broker. One thread uses it. */
final class FetchedTopic implements AutoCloseable {

    static final Uuid ID = new Uuid(3, 1);
    static final int PARTITIONS = 16;

    private static final String NAME = "fetched";
    private static final int BROKER = 1;

    private final MetricRegistry metrics = new MetricRegistry();
    private final BackgroundScheduler scheduler = new BackgroundScheduler();
    private final MetadataCache metadata = new MetadataCache();
    private final Path directory = Workload.newDirectory();
    private final AbstractConfig config;
    private final LogDirectories directories;
    private final LogManager logs;
    private final ReplicaManager replicas;

    FetchedTopic() {
        var keys = FetchConfig.define(
                ReplicationConfig.define(LogConfig.define(LogManagerConfig.define(new ConfigDef()))));
        config = new AbstractConfig(keys, Map.of("log.dirs", directory.toString()), false);
        LogManagerConfig logConfig = LogManagerConfig.from(config);
        directories = new LogDirectories(logConfig, Time.SYSTEM, metrics);
        logs = new LogManager(logConfig, directories, LogConfig.defaults(config), Time.SYSTEM, scheduler, metrics);
        var context = new ReplicaManager.Context(Time.SYSTEM, scheduler, metrics);
        replicas = new ReplicaManager(BROKER, ReplicationConfig.from(config), logs, metadata, context);
    }

    void fill() {
        directories.open(BROKER);
        logs.startup(topic -> Map.of());
        replicas.startup();
        create();
        for (int i = 0; i < PARTITIONS; i++) {
            MemoryRecords batch = MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(new byte[1_000]));
            replicas.partition(new TopicPartition(NAME, i)).append(batch, AppendOrigin.CLIENT, (short) 1);
        }
    }

    private void create() {
        var delta = new MetadataDelta(metadata.image());
        delta.replay(new TopicRecord().setName(NAME).setTopicId(ID));
        for (int i = 0; i < PARTITIONS; i++) {
            delta.replay(new PartitionRecord()
                    .setTopicId(ID)
                    .setPartitionId(i)
                    .setReplicas(List.of(BROKER))
                    .setIsr(List.of(BROKER))
                    .setLeader(BROKER)
                    .setLeaderEpoch(0)
                    .setPartitionEpoch(0));
        }
        MetadataImage image = delta.apply(1, 1, 0);
        replicas.onUpdate(delta, image);
        metadata.publish(image);
    }

    FetchHandler handler() {
        var brokers = new BrokerNodes(new BrokerIdentity(BROKER, "cluster", false));
        return new FetchHandler(brokers, replicas, metadata, FetchConfig.from(config), Time.SYSTEM, metrics);
    }

    @Override
    public void close() {
        replicas.close();
        logs.close();
        directories.close();
        scheduler.close();
        Workload.delete(directory);
    }
}
