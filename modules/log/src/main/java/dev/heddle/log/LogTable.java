package dev.heddle.log;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Which logs there are, and where those lie that cannot be used. Any thread may call it; lookups take no lock.
 *
 * <p>A partition has one <em>current</em> log, and while it is moved to another directory a <em>future</em> one there.
 */
final class LogTable {

    private final Map<TopicPartition, PartitionLog> currents = new ConcurrentHashMap<>();
    private final Map<TopicPartition, PartitionLog> futures = new ConcurrentHashMap<>();

    /** The partitions that cannot be used, with the directory they are in. */
    private final Map<TopicPartition, LogDirectory> offline = new ConcurrentHashMap<>();

    /** Those whose directory has failed. */
    private final Collection<PartitionLog> failed = new ConcurrentLinkedQueue<>();

    /** Guards creation and deletion of logs. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Publishes that a directory was offline before its logs were listed: then nobody knows what is in it. */
    private volatile boolean contentsUnknown;

    ReentrantLock lock() {
        return lock;
    }

    @Nullable PartitionLog current(TopicPartition partition) {
        return currents.get(partition);
    }

    @Nullable PartitionLog future(TopicPartition partition) {
        return futures.get(partition);
    }

    /** As they are at this moment. */
    List<PartitionLog> currents() {
        return List.copyOf(currents.values());
    }

    /** As they are at this moment. */
    List<PartitionLog> futures() {
        return List.copyOf(futures.values());
    }

    /** The current and the future logs. */
    Collection<PartitionLog> all() {
        List<PartitionLog> all = new ArrayList<>(currents.values());
        all.addAll(futures.values());
        return all;
    }

    /** The current and the future logs in a directory. */
    List<PartitionLog> in(LogDirectory directory) {
        return Stream.concat(currents.values().stream(), futures.values().stream())
                .filter(log -> log.directory() == directory)
                .toList();
    }

    /** Adds a log unless there is one of the same partition already, which is returned. */
    @Nullable PartitionLog add(PartitionLog log) {
        return (log.isFuture() ? futures : currents).putIfAbsent(log.topicPartition(), log);
    }

    /** The partition has another log now. */
    void put(PartitionLog log) {
        (log.isFuture() ? futures : currents).put(log.topicPartition(), log);
    }

    /** What was the partition's future log is its current one now. */
    void promote(PartitionLog future) {
        currents.put(future.topicPartition(), future);
        futures.remove(future.topicPartition(), future);
        offline.remove(future.topicPartition());
    }

    @Nullable PartitionLog removeCurrent(TopicPartition partition) {
        return currents.remove(partition);
    }

    @Nullable PartitionLog removeFuture(TopicPartition partition) {
        return futures.remove(partition);
    }

    void clear() {
        currents.clear();
        futures.clear();
    }

    /** Whether nothing is left of the topic. */
    boolean hasNone(String topic) {
        return currents.keySet().stream()
                .noneMatch(partition -> partition.topic().equals(topic));
    }

    /**
     * The directory has failed: its logs are gone from here, and their partitions offline, but for those whose future log
     * only was there. Returns the logs.
     */
    List<PartitionLog> fail(LogDirectory directory) {
        List<PartitionLog> gone = in(directory);
        failed.addAll(gone);
        for (PartitionLog log : gone) {
            TopicPartition partition = log.topicPartition();
            if (futures.remove(partition, log)) {
                PartitionLog current = currents.get(partition);
                if (current != null) current.state().cleaning().releaseCompaction();
                continue;
            }
            offline.put(partition, directory);
            currents.remove(partition, log);
        }
        return gone;
    }

    /** Every log whose directory has ever failed. */
    Collection<PartitionLog> failed() {
        return failed;
    }

    void markOffline(TopicPartition partition, LogDirectory directory) {
        offline.put(partition, directory);
    }

    void forgetOffline(TopicPartition partition) {
        offline.remove(partition);
    }

    void markContentsUnknown() {
        contentsUnknown = true;
    }

    /** Whether the partition's log lies, or may lie, in a directory that has failed, or could not be loaded. */
    boolean isOffline(TopicPartition partition) {
        return !currents.containsKey(partition) && (contentsUnknown || offline.containsKey(partition));
    }

    /** Whether the log of a partition that has none here is known to lie where it cannot be used. */
    boolean isKnownOffline(TopicPartition partition) {
        return offline.containsKey(partition);
    }

    int offlineCount() {
        return offline.size();
    }

    /** Where the partition's current log is, or was when its directory failed. */
    @Nullable LogDirectory directoryOf(TopicPartition partition) {
        PartitionLog log = currents.get(partition);
        return log != null ? log.directory() : offline.get(partition);
    }
}
