package dev.heddle.replication;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.Scheduler;
import dev.heddle.common.Time;
import dev.heddle.log.LogDirectory;
import dev.heddle.log.LogManager;
import dev.heddle.log.NoRoomException;
import dev.heddle.log.PartitionLog;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.MetadataDelta;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.metadata.MetadataListener;
import dev.heddle.metadata.PartitionImage;
import dev.heddle.metadata.TopicDelta;
import dev.heddle.metadata.TopicImage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The partitions that this broker holds replicas of. Any thread may look them up, which takes no lock; the metadata's
 * writer changes them, one change at a time.
 */
public final class ReplicaManager implements MetadataListener, AutoCloseable {

    /** What surrounds a replica manager. */
    public record Context(Time time, Scheduler scheduler, MetricRegistry metrics) {}

    private static final Logger LOG = LoggerFactory.getLogger(ReplicaManager.class);

    /** How often is looked whether there is room for logs that could not be created. */
    static final long ROOM_CHECK_MS = 5_000;

    private final int brokerId;
    private final ReplicationConfig config;
    private final LogManager logs;
    private final MetadataCache metadata;
    private final Scheduler scheduler;
    private final BrokerTopicMetrics topicMetrics;
    private final PartitionMetrics partitionMetrics;
    private final ReplicaManagerMetrics metrics;
    private final ReplicaMover mover;
    private final HighWatermarkCheckpoints checkpoints = new HighWatermarkCheckpoints();
    private final ConcurrentMap<TopicPartition, Partition> partitions = new ConcurrentHashMap<>();

    /** Held by whoever changes {@link #partitions}: metadata changes, and directories that fail meanwhile. */
    private final ReentrantLock changeLock = new ReentrantLock();

    /** The directories whose failure is listened for; guarded by {@link #changeLock}. */
    private final Set<LogDirectory> watched = new HashSet<>();

    /**
     * Partitions whose logs could not be created for want of room, and whether they are new; guarded by {@link
     * #changeLock}.
     */
    private final Map<TopicPartition, Boolean> waitingForRoom = new HashMap<>();

    /** Set by {@link #startup()}, used by {@link #close()}, on the broker's own thread. */
    private Scheduler.@Nullable Task checkpointTask;

    public ReplicaManager(
            int brokerId, ReplicationConfig config, LogManager logs, MetadataCache metadata, Context context) {
        MetricRegistry metrics = context.metrics;
        this.brokerId = brokerId;
        this.config = config;
        this.logs = logs;
        this.metadata = metadata;
        this.scheduler = context.scheduler;
        this.topicMetrics = new BrokerTopicMetrics(metrics);
        this.partitionMetrics = new PartitionMetrics(metrics);
        this.metrics = new ReplicaManagerMetrics(metrics, Collections.unmodifiableCollection(partitions.values()));
        this.mover = new ReplicaMover(config, logs.futures(), this::replica, context.time, metrics);
    }

    /**
     * Begins to write down high watermarks. Partitions come with the metadata: whoever builds the broker makes this a
     * listener of the controller, whose first word is everything there is.
     */
    public void startup() {
        topicMetrics.start();
        metrics.start();
        mover.start();
        long interval = config.highWatermarkCheckpointIntervalMs();
        checkpointTask =
                scheduler.repeat("high-watermark-checkpoint", interval, interval, this::checkpointHighWatermarks);
    }

    /** Which broker this is. */
    public int brokerId() {
        return brokerId;
    }

    /** What goes in and out of the topics. */
    public BrokerTopicMetrics topicMetrics() {
        return topicMetrics;
    }

    /** Moves replicas from one log directory to another. */
    public ReplicaMover mover() {
        return mover;
    }

    /**
     * The partition, which this broker leads.
     *
     * @throws AnswerException UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER or KAFKA_STORAGE_ERROR
     */
    public Partition partition(TopicPartition topicPartition) {
        Partition partition = replica(topicPartition);
        Errors error = partition.error();
        if (error != Errors.NONE) throw new AnswerException(error);
        return partition;
    }

    /**
     * The partition, which this broker holds a replica of, led or not: for requests that check the leader's epoch
     * before they mind who leads.
     *
     * @throws AnswerException UNKNOWN_TOPIC_OR_PARTITION or NOT_LEADER_OR_FOLLOWER
     */
    public Partition replica(TopicPartition topicPartition) {
        Partition partition = partitions.get(topicPartition);
        if (partition != null) return partition;
        PartitionImage image = metadata.image().topics().partition(topicPartition.topic(), topicPartition.partition());
        throw new AnswerException(image == null ? Errors.UNKNOWN_TOPIC_OR_PARTITION : Errors.NOT_LEADER_OR_FOLLOWER);
    }

    /** The partition if this broker holds a replica of it, in whatever state. */
    public @Nullable Partition replicaOrNull(TopicPartition topicPartition) {
        return partitions.get(topicPartition);
    }

    /** All partitions that this broker holds replicas of; it changes while it is read. */
    public Collection<Partition> replicas() {
        return Collections.unmodifiableCollection(partitions.values());
    }

    @Override
    public void onUpdate(MetadataDelta delta, MetadataImage image) {
        changeLock.lock();
        try {
            if (isEverything(delta)) {
                setStraysAside(image);
                promoteAbandonedFutures(image);
            }
            delta.deletedTopics().forEach(this::delete);
            updateTopicConfigs(delta, image);
            delta.changedTopics().forEach(topic -> change(topic, !isEverything(delta)));
        } finally {
            changeLock.unlock();
        }
    }

    private static boolean isEverything(MetadataDelta delta) {
        return delta.image().offset() < 0;
    }

    /**
     * Logs of topics that were deleted while this broker was down, or just before it went down, keep their files under
     * another name: they could stand in the way of a new topic, and to delete them is for a person to decide.
     */
    private void setStraysAside(MetadataImage image) {
        List<PartitionLog> all = new ArrayList<>(logs.logs());
        all.addAll(logs.futures().all());
        for (PartitionLog log : all) {
            if (isStray(log, image)) logs.setAside(log.topicPartition());
        }
    }

    /**
     * Where a partition was being moved, and its log is gone, but the controller has been told already that the replica
     * is where the future log is, that is the replica (KAFKA-16082). Heddle tells it later; Apache Kafka did so before.
     */
    private void promoteAbandonedFutures(MetadataImage image) {
        for (PartitionLog future : logs.futures().all()) {
            TopicPartition topicPartition = future.topicPartition();
            if (logs.log(topicPartition) != null) continue;
            PartitionImage partition = image.topics().partition(topicPartition.topic(), topicPartition.partition());
            if (partition == null
                    || !assignedDirectory(partition).equals(future.directory().id())) continue;
            try {
                logs.futures().promote(future);
            } catch (DirectoryOfflineException | AnswerException e) {
                LOG.error("Cannot go on with a future log: partition={}", topicPartition, e);
            }
        }
    }

    /** The directory of this broker's replica, by its id. */
    private Uuid assignedDirectory(PartitionImage partition) {
        int replica = partition.replicas().indexOf(brokerId);
        return replica < 0 ? Uuid.ZERO_UUID : partition.directories().get(replica);
    }

    private boolean isStray(PartitionLog log, MetadataImage image) {
        TopicPartition topicPartition = log.topicPartition();
        TopicImage topic = log.topicId().equals(Uuid.ZERO_UUID)
                ? image.topics().topic(topicPartition.topic())
                : image.topics().topic(log.topicId());
        PartitionImage partition = topic == null ? null : topic.partition(topicPartition.partition());
        return partition == null || !partition.replicas().contains(brokerId);
    }

    private void updateTopicConfigs(MetadataDelta delta, MetadataImage image) {
        for (ConfigResource resource : delta.changedConfigs()) {
            if (resource.type() == ConfigResource.Type.TOPIC)
                logs.updateTopicConfig(resource.name(), image.configs().ofTopic(resource.name()));
        }
    }

    private void delete(TopicImage topic) {
        for (int id : topic.partitions().keySet()) delete(new TopicPartition(topic.name(), id), topic.id());
        topicMetrics.remove(topic.name());
    }

    private void delete(TopicPartition topicPartition, Uuid topicId) {
        Partition partition = partitions.get(topicPartition);
        if (partition == null || !partition.topicId().equals(topicId)) return;
        partitions.remove(topicPartition);
        boolean hasFiles = partition.error() != Errors.KAFKA_STORAGE_ERROR;
        partition.delete();
        mover.forget(topicPartition);
        partitionMetrics.remove(partition);
        if (!hasFiles) return;
        try {
            logs.delete(topicPartition);
        } catch (DirectoryOfflineException | AnswerException e) {
            LOG.error("Cannot delete the log of a deleted partition: partition={}", topicPartition, e);
        }
    }

    /** @param mayBeNew whether a partition that is not known here has just been created, and has no log anywhere */
    private void change(TopicDelta topic, boolean mayBeNew) {
        for (PartitionImage image : topic.changedPartitions()) {
            var topicPartition = new TopicPartition(topic.name(), image.id());
            if (image.replicas().contains(brokerId)) {
                change(topicPartition, topic.id(), image, mayBeNew);
            } else {
                delete(topicPartition, topic.id());
            }
        }
    }

    private void change(TopicPartition topicPartition, Uuid topicId, PartitionImage image, boolean mayBeNew) {
        Partition partition = partitions.get(topicPartition);
        boolean unknown = partition == null || !partition.topicId().equals(topicId);
        if (unknown) partition = create(topicPartition, topicId);
        if (image.leader() == brokerId) {
            lead(partition, image, unknown && mayBeNew);
        } else if (image.leader() == Partition.NO_LEADER && logs.isOffline(topicPartition)) {
            // The controller has heard that the directory has failed: why nobody leads is what clients want to know.
            partition.goOffline();
        } else {
            partition.resign(image.leader(), image.leaderEpoch(), image.partitionEpoch());
        }
    }

    private Partition create(TopicPartition topicPartition, Uuid topicId) {
        var partition = new Partition(brokerId, topicPartition, topicId, topicMetrics.topic(topicPartition.topic()));
        Partition before = partitions.put(topicPartition, partition);
        if (before != null) {
            before.delete();
            partitionMetrics.remove(before);
        }
        partitionMetrics.add(partition);
        return partition;
    }

    private void lead(Partition partition, PartitionImage image, boolean isNew) {
        try {
            PartitionLog log =
                    logs.getOrCreate(partition.topicPartition(), partition.topicId(), isNew, assignedDirectory(image));
            watch(log.directory());
            long highWatermark = checkpoints.highWatermarkOf(log);
            if (highWatermark > log.highWatermark()) log.updateHighWatermark(highWatermark);
            partition.becomeLeader(log, image.leaderEpoch(), image.partitionEpoch(), image.replicas(), image.isr());
            mover.resume(partition);
        } catch (NoRoomException e) {
            partition.goOffline();
            leadLater(partition.topicPartition(), isNew);
            LOG.debug(
                    "No room to lead a partition: partition={} reason={}", partition.topicPartition(), e.getMessage());
        } catch (DirectoryOfflineException | AnswerException e) {
            partition.goOffline();
            LOG.error("Cannot lead a partition: partition={} reason={}", partition.topicPartition(), e.getMessage());
        }
    }

    /** Its log cannot be created for want of room. */
    private void leadLater(TopicPartition topicPartition, boolean isNew) {
        if (waitingForRoom.putIfAbsent(topicPartition, isNew) != null || waitingForRoom.size() > 1) return;
        LOG.warn("No room for new logs, which are created as soon as there is some: first={}", topicPartition);
        scheduler.once("lead-when-there-is-room", ROOM_CHECK_MS, this::leadWaiting);
    }

    private void leadWaiting() {
        changeLock.lock();
        try {
            waitingForRoom.entrySet().removeIf(waiting -> isSettled(waiting.getKey(), waiting.getValue()));
            if (waitingForRoom.isEmpty()) LOG.info("There was room for all logs that were missing");
            else scheduler.once("lead-when-there-is-room", ROOM_CHECK_MS, this::leadWaiting);
        } finally {
            changeLock.unlock();
        }
    }

    /** Tries again to lead the partition, if it is still to be led. */
    private boolean isSettled(TopicPartition topicPartition, boolean isNew) {
        Partition partition = partitions.get(topicPartition);
        TopicImage topic = partition == null ? null : metadata.image().topics().topic(partition.topicId());
        PartitionImage image = topic == null ? null : topic.partition(topicPartition.partition());
        if (image == null || image.leader() != brokerId || partition.error() != Errors.KAFKA_STORAGE_ERROR) return true;
        lead(partition, image, isNew);
        return partition.error() == Errors.NONE;
    }

    private void watch(LogDirectory directory) {
        if (watched.add(directory)) directory.onOffline(this::directoryFailed);
    }

    /** Lets go of everyone who waits for a partition of that directory; must not block. */
    private void directoryFailed(LogDirectory directory) {
        scheduler.once("directory-failed", 0, () -> takeOffline(directory));
    }

    private void takeOffline(LogDirectory directory) {
        changeLock.lock();
        try {
            for (Partition partition : partitions.values()) {
                if (partition.role() instanceof Role.Leader leader
                        && leader.log().directory().equals(directory)) partition.goOffline(directory);
            }
        } finally {
            changeLock.unlock();
        }
    }

    private void checkpointHighWatermarks() {
        List<PartitionLog> led = new ArrayList<>(partitions.size());
        for (Partition partition : partitions.values()) {
            if (partition.role() instanceof Role.Leader leader) led.add(leader.log());
        }
        led.addAll(logs.futures().all());
        checkpoints.write(led);
    }

    /** Writes the high watermarks down for the last time. The logs close after this. */
    @Override
    public void close() {
        mover.close();
        if (checkpointTask != null) {
            checkpointTask.cancel();
            checkpointHighWatermarks();
        }
        metrics.close();
        partitions.values().forEach(partitionMetrics::remove);
        topicMetrics.close();
    }
}
