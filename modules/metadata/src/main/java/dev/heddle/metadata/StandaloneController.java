package dev.heddle.metadata;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.AnswerException;
import dev.heddle.common.Scheduler;
import dev.heddle.common.Time;
import dev.heddle.log.LogDirectories;
import dev.heddle.log.NoRoomException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData;
import org.apache.kafka.common.message.AssignReplicasToDirsResponseData;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerHeartbeatResponseData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.BrokerRegistrationResponseData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.UpdateFeaturesRequestData;
import org.apache.kafka.common.message.UpdateFeaturesResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The controller of a broker that stands alone: it leads its own {@code __cluster_metadata-0} as the only voter. Any
 * thread may call it; writes wait for each other.
 *
 * <p>For maintainers: every write goes the same way, under one lock. The request and the newest image make records and
 * an answer. The records are replayed into a delta, which proves that they fit; they are appended as one batch (or, if
 * there are very many, several that each make sense alone); they are on disk; listeners are told; the cache shows the new
 * image; the answer goes out. What fails before the disk leaves nothing behind. Where even that cannot be known, because
 * a failed write cannot be taken back, the controller refuses every further write and the next start finds out.
 */
public final class StandaloneController implements Controller, AutoCloseable {

    /**
     * What surrounds a controller.
     *
     * @param nodeId this node's id, as broker and as voter
     */
    public record Context(int nodeId, MetricRegistry metrics, Time time, Scheduler scheduler) {}

    private static final Logger LOG = LoggerFactory.getLogger(StandaloneController.class);

    private final ControllerConfig config;
    private final ConfigDefinitions definitions;
    private final MetadataStorage storage;
    private final MetadataCache cache;
    private final Context context;
    private final ControllerMetrics metrics;
    private final MetadataLog log;
    private final SnapshotGenerator snapshots;

    /** Guards every field below, the log, and the order of writes and of listeners' calls. */
    private final ReentrantLock lock = new ReentrantLock();

    private final List<MetadataListener> listeners = new ArrayList<>();
    private MetadataImage image = MetadataImage.EMPTY;
    private @Nullable ControllerRequests requests;
    private @Nullable MetadataDelta everything;
    private Scheduler.@Nullable Task maintenance;

    /**
     * A controller that {@link #start()} brings to life.
     *
     * @param directories open already; the metadata log lies in one of them
     * @param cache shows the metadata to everyone else
     */
    public StandaloneController(
            ControllerConfig config,
            ConfigDefinitions definitions,
            LogDirectories directories,
            MetadataCache cache,
            Context context) {
        this(
                config,
                definitions,
                new DirectoryStorage(directories, config.metadataLog(), context.scheduler()),
                cache,
                context);
    }

    StandaloneController(
            ControllerConfig config,
            ConfigDefinitions definitions,
            MetadataStorage storage,
            MetadataCache cache,
            Context context) {
        this.config = config;
        this.definitions = definitions;
        this.storage = storage;
        this.cache = cache;
        this.context = context;
        var files = new SnapshotFiles(storage);
        metrics = new ControllerMetrics(context.metrics(), cache, context.time());
        log = new MetadataLog(context.nodeId(), storage, files, context.time());
        snapshots =
                new SnapshotGenerator(config.metadataLog(), files, log, context.time(), context.scheduler(), metrics);
    }

    /**
     * Opens and replays the metadata, or formats it, and begins a new leader epoch.
     *
     * @throws dev.heddle.common.StopBrokerException if the metadata cannot be read, belongs to a quorum of several
     *     voters, or needs features that this broker does not have
     */
    public void start() {
        lock.lock();
        try {
            MetadataLog.Recovered recovered = log.recover();
            snapshots.recovered(recovered.bytesSinceSnapshot());
            boolean isNew = recovered.image().features().metadataVersion() == 0;
            if (!isNew) Features.check(recovered.image().features());
            image = log.beginEpoch(recovered.image());
            requests = ControllerRequests.of(
                    config, definitions, storage.clusterId(), recovered.kraftVersion(), context.nodeId(), metrics);
            commit(isNew ? bootstrap(recovered) : Activation.forOldLog(recovered.inTransaction()), true);
            Features.check(image.features());
            cache.publishKraftVersion(recovered.kraftVersion());
            cache.publish(image);
            metrics.register(context.nodeId());
            metrics.activated();
            log.hasRoom();
            maintenance = context.scheduler()
                    .repeat(
                            "metadata-log-maintenance",
                            SnapshotGenerator.CHECK_INTERVAL_MS,
                            SnapshotGenerator.CHECK_INTERVAL_MS,
                            this::maintain);
        } finally {
            lock.unlock();
        }
    }

    private List<VersionedRecord> bootstrap(MetadataLog.Recovered recovered) {
        List<VersionedRecord> records =
                new BootstrapFile(storage).readOrFormat(context.time().milliseconds());
        int minInSyncReplicas = definitions.topicDefaults().minInSyncReplicas();
        return Activation.forEmptyLog(records, recovered.inTransaction(), minInSyncReplicas);
    }

    private void maintain() {
        lock.lock();
        try {
            if (requests == null) return;
            snapshots.written(image, 0);
            log.hasRoom();
        } finally {
            lock.unlock();
        }
        snapshots.clean();
    }

    /**
     * Adds a listener. It is told at once, on this thread, of everything there is, and from then on of each change.
     */
    public void addListener(MetadataListener listener) {
        lock.lock();
        try {
            listeners.add(listener);
            if (image == MetadataImage.EMPTY) return;
            if (everything == null) everything = MetadataDelta.ofEverything(image);
            listener.onUpdate(everything, image);
        } finally {
            lock.unlock();
        }
    }

    /** Removes a listener. When this returns, it is not being told anything. */
    public void removeListener(MetadataListener listener) {
        lock.lock();
        try {
            listeners.remove(listener);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public CreateTopicsResponseData createTopics(CreateTopicsRequestData request) {
        return grow(handle -> handle.topics().createTopics(image, request));
    }

    @Override
    public DeleteTopicsResponseData deleteTopics(DeleteTopicsRequestData request) {
        return write(handle ->
                TopicDeletion.deleteTopics(image, request, config.topics().deletable()));
    }

    @Override
    public CreatePartitionsResponseData createPartitions(CreatePartitionsRequestData request) {
        return grow(handle -> PartitionControl.createPartitions(image, request));
    }

    @Override
    public IncrementalAlterConfigsResponseData incrementalAlterConfigs(IncrementalAlterConfigsRequestData request) {
        return write(handle -> handle.configs().incrementalAlterConfigs(image, request));
    }

    @Override
    public AlterConfigsResponseData alterConfigs(AlterConfigsRequestData request) {
        return write(handle -> handle.configs().alterConfigs(image, request));
    }

    @Override
    public UpdateFeaturesResponseData updateFeatures(UpdateFeaturesRequestData request) {
        return write(handle -> handle.features().update(image, request));
    }

    @Override
    public ProducerIdsBlock allocateProducerIds(int brokerId) {
        return write(handle -> ProducerIdControl.allocate(image, brokerId));
    }

    @Override
    public BrokerRegistrationResponseData registerBroker(BrokerRegistrationRequestData request) {
        return write(handle -> handle.brokers().register(image, request, handle.clusterId(), log.endOffset()));
    }

    @Override
    public BrokerHeartbeatResponseData brokerHeartbeat(BrokerHeartbeatRequestData request) {
        return write(handle -> handle.brokers().heartbeat(image, request));
    }

    @Override
    public AssignReplicasToDirsResponseData assignReplicasToDirs(AssignReplicasToDirsRequestData request) {
        return write(handle -> DirectoryAssignment.assign(image, request));
    }

    /** A write that asks for more: on a full disk it is refused, so that there is room for those that ask for less. */
    private <T> T grow(Function<ControllerRequests, ControllerResult<T>> change) {
        return write(
                handle -> {
                    if (log.hasRoom()) return change.apply(handle);
                    throw new NoRoomException("The disk with the metadata log is full");
                },
                false);
    }

    private <T> T write(Function<ControllerRequests, ControllerResult<T>> change) {
        return write(change, true);
    }

    private <T> T write(Function<ControllerRequests, ControllerResult<T>> change, boolean useReserve) {
        lock.lock();
        try {
            if (requests == null) throw new AnswerException(Errors.NOT_CONTROLLER, "The controller is not running");
            if (!log.usable()) {
                throw new AnswerException(
                        Errors.KAFKA_STORAGE_ERROR,
                        "A write of the metadata log failed and could not be taken back; the broker must be restarted");
            }
            ControllerResult<T> result = change.apply(requests);
            commit(result.records(), useReserve);
            return result.response();
        } finally {
            lock.unlock();
        }
    }

    private void commit(List<VersionedRecord> records, boolean useReserve) {
        List<ByteBuffer> frames =
                records.stream().map(MetadataRecordSerde::encode).toList();
        int from = 0;
        for (List<ByteBuffer> batch : MetadataBatches.split(frames, MetadataBatches.MAX_BATCH_BYTES)) {
            commit(records.subList(from, from + batch.size()), batch, useReserve);
            from += batch.size();
        }
    }

    private void commit(List<VersionedRecord> records, List<ByteBuffer> frames, boolean useReserve) {
        var delta = new MetadataDelta(image);
        for (VersionedRecord versioned : records) {
            ApiMessage record = versioned.record();
            // The brackets of the first records lie in one batch with all that they enclose.
            if (!Activation.isTransactionMarker(record)) delta.replay(record);
        }
        MetadataLog.Appended appended = log.append(frames, useReserve);
        image = delta.apply(appended.lastOffset(), appended.epoch(), appended.timestampMs());
        everything = null;
        listeners.forEach(listener -> tell(listener, delta));
        cache.publish(image);
        snapshots.written(image, appended.sizeInBytes());
    }

    private void tell(MetadataListener listener, MetadataDelta delta) {
        try {
            listener.onUpdate(delta, image);
        } catch (RuntimeException e) {
            metrics.error();
            LOG.error("A listener of the metadata failed: listener={} offset={}", listener, image.offset(), e);
        }
    }

    /** Ends every write that waits for the disk, refuses later ones, and closes the log. */
    @Override
    public void close() {
        log.stopWaiting();
        lock.lock();
        try {
            if (maintenance != null) maintenance.cancel();
            requests = null;
            listeners.clear();
            metrics.close();
            closePolicy(config.createTopicPolicy());
            closePolicy(config.alterConfigPolicy());
            snapshots.close();
            log.close();
        } finally {
            lock.unlock();
        }
    }

    private static void closePolicy(@Nullable AutoCloseable policy) {
        if (policy != null) Utils.closeQuietly(policy, "policy");
    }
}
