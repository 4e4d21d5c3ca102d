package dev.heddle.app;

import dev.heddle.common.HeddleException;
import dev.heddle.common.Scheduler;
import dev.heddle.common.StopBrokerException;
import dev.heddle.log.LogDirectory;
import dev.heddle.log.LogManager;
import dev.heddle.metadata.BrokerImage;
import dev.heddle.metadata.MetadataDelta;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.metadata.MetadataListener;
import dev.heddle.metadata.MetadataVersion;
import dev.heddle.metadata.PartitionImage;
import dev.heddle.metadata.TopicDelta;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData.DirectoryData;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData.PartitionData;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData.TopicData;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the controller where replicas lie, and which log directory has failed (KIP-858). The metadata's writer and
 * whoever finds a directory failed call it; the reports go out on background threads.
 */
final class DirectoryReports implements MetadataListener {

    private static final Logger LOG = LoggerFactory.getLogger(DirectoryReports.class);

    /** How long to wait before what the controller did not take is reported again. */
    private static final long RETRY_MS = 1000;

    private final int brokerId;
    private final BrokerLifecycle lifecycle;
    private final LogManager logs;
    private final Scheduler scheduler;

    /** Guards {@link #unreported}. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Which replicas the controller believes to be elsewhere, and where they are. */
    private final Map<TopicIdPartition, Uuid> unreported = new LinkedHashMap<>();

    DirectoryReports(int brokerId, BrokerLifecycle lifecycle, LogManager logs, Scheduler scheduler) {
        this.brokerId = brokerId;
        this.lifecycle = lifecycle;
        this.logs = logs;
        this.scheduler = scheduler;
    }

    /**
     * Watches the directories from now on.
     *
     * @param metadata the directory without which the broker cannot go on
     * @param whenBroken is told if that one fails, or all have
     */
    void watch(List<LogDirectory> directories, Path metadata, Consumer<StopBrokerException> whenBroken) {
        for (LogDirectory directory : directories) {
            directory.onOffline(failed -> {
                if (failed.path().equals(metadata)) {
                    whenBroken.accept(new StopBrokerException(
                            "Log directory " + failed + " has failed, and the metadata log is there"));
                } else if (directories.stream().noneMatch(LogDirectory::online)) {
                    whenBroken.accept(new StopBrokerException("All log directories have failed: " + directories));
                } else {
                    scheduler.once("report-failed-directory", 0, this::reportFailed);
                }
            });
        }
    }

    /** A replica has been moved, here, to another directory. Any thread may call it. */
    void moved(TopicIdPartition partition, Uuid directoryId) {
        lock.lock();
        try {
            unreported.put(partition, directoryId);
        } finally {
            lock.unlock();
        }
        scheduler.once("report-directories", 0, this::reportPlaces);
    }

    private void reportFailed() {
        // First what was moved out of it: those replicas have not failed.
        reportPlaces();
        try {
            lifecycle.heartbeat();
        } catch (HeddleException e) {
            LOG.warn("The controller could not be told of a failed log directory: reason={}", e.getMessage());
        }
    }

    @Override
    public void onUpdate(MetadataDelta delta, MetadataImage image) {
        if (!MetadataVersion.hasDirectoryAssignment(image.features().metadataVersion())) return;
        boolean isNews = delta.featuresChanged() && !knowsDirectories(image);
        if (isNews) scheduler.once("register-directories", 0, this::registerDirectories);
        report(isNews ? MetadataDelta.ofEverything(image) : delta);
    }

    /** Not if it was registered before metadata.version had a place for them. */
    private boolean knowsDirectories(MetadataImage image) {
        BrokerImage self = image.cluster().broker(brokerId);
        return self == null || !self.directories().isEmpty();
    }

    private void registerDirectories() {
        try {
            lifecycle.registerAgain();
        } catch (HeddleException e) {
            LOG.warn("The controller could not be told of the log directories: reason={}", e.getMessage());
            scheduler.once("register-directories", RETRY_MS, this::registerDirectories);
        }
    }

    private void report(MetadataDelta delta) {
        boolean found = false;
        lock.lock();
        try {
            for (TopicDelta topic : delta.changedTopics()) {
                for (PartitionImage partition : topic.changedPartitions()) found |= compare(topic, partition);
            }
        } finally {
            lock.unlock();
        }
        if (found) scheduler.once("report-directories", 0, this::reportPlaces);
    }

    private boolean compare(TopicDelta topic, PartitionImage partition) {
        int replica = partition.replicas().indexOf(brokerId);
        if (replica < 0) return false;
        var place = new TopicPartition(topic.name(), partition.id());
        Uuid actual = logs.directoryIdOf(place);
        if (actual.equals(Uuid.ZERO_UUID)
                || actual.equals(partition.directories().get(replica))) return false;
        unreported.put(new TopicIdPartition(topic.id(), place), actual);
        return true;
    }

    private void reportPlaces() {
        Map<TopicIdPartition, Uuid> places = take();
        if (places.isEmpty()) return;
        try {
            lifecycle.assign(requestFor(places));
        } catch (HeddleException e) {
            LOG.warn("The controller could not be told where replicas are: reason={}", e.getMessage());
            putBack(places);
            scheduler.once("report-directories", RETRY_MS, this::reportPlaces);
        }
    }

    private Map<TopicIdPartition, Uuid> take() {
        lock.lock();
        try {
            var taken = new LinkedHashMap<>(unreported);
            unreported.clear();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** What is known since then is newer. */
    private void putBack(Map<TopicIdPartition, Uuid> places) {
        lock.lock();
        try {
            places.forEach(unreported::putIfAbsent);
        } finally {
            lock.unlock();
        }
    }

    private static AssignReplicasToDirsRequestData requestFor(Map<TopicIdPartition, Uuid> places) {
        var directories = new LinkedHashMap<Uuid, Map<Uuid, TopicData>>();
        places.forEach((partition, directory) -> directories
                .computeIfAbsent(directory, id -> new LinkedHashMap<>())
                .computeIfAbsent(partition.topicId(), id -> new TopicData().setTopicId(id))
                .partitions()
                .add(new PartitionData().setPartitionIndex(partition.partition())));
        var request = new AssignReplicasToDirsRequestData();
        directories.forEach((id, topics) ->
                request.directories().add(new DirectoryData().setId(id).setTopics(List.copyOf(topics.values()))));
        return request;
    }
}
