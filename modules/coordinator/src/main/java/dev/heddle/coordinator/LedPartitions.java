package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.HeddleException;
import dev.heddle.common.Scheduler;
import dev.heddle.metadata.MetadataDelta;
import dev.heddle.metadata.TopicDelta;
import dev.heddle.metadata.TopicImage;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The partitions of a coordinator's topic that this broker leads. Any thread may look one up, which takes no lock; the
 * metadata's writer changes them.
 */
final class LedPartitions<P extends LedPartition> {

    private static final Logger LOG = LoggerFactory.getLogger(LedPartitions.class);

    /** Makes what the broker keeps of a partition. */
    @FunctionalInterface
    interface Maker<P> {
        P make(int id, CoordinatorLog log);
    }

    /**
     * Which topic it is, and what is kept in it.
     *
     * @param what names it in the log and in the names of loading threads: {@code groups}
     * @param defaultPartitionCount how many partitions the topic will have when there is none yet
     * @param loader reads a partition back, which takes its time
     */
    record Content<P>(
            String what, int defaultPartitionCount, CoordinatorLog.Opener opener, Maker<P> maker, Consumer<P> loader) {}

    private final Content<P> content;
    private final Scheduler scheduler;
    private final ConcurrentHashMap<Integer, P> led = new ConcurrentHashMap<>();

    /** Held by whoever changes {@link #led}. */
    private final ReentrantLock changeLock = new ReentrantLock();

    /** The topic that {@link #led} belongs to; zero when there is none. Guarded by {@link #changeLock}. */
    private Uuid topicId = Uuid.ZERO_UUID;

    /** Publishes how many partitions keys are spread over. Fixed while the topic lives: keys cannot move. */
    private volatile int partitionCount;

    /** Publishes whether requests are answered. */
    private volatile boolean active;

    LedPartitions(Content<P> content, Scheduler scheduler) {
        this.content = content;
        this.scheduler = scheduler;
        this.partitionCount = content.defaultPartitionCount();
    }

    void activate() {
        active = true;
    }

    int partitionFor(String key) {
        return Utils.abs(key.hashCode()) % partitionCount;
    }

    /**
     * The partition that keeps the key.
     *
     * @throws AnswerException if it is not to be had here, or not yet
     */
    P of(String key) {
        requireStarted();
        P partition = led.get(partitionFor(key));
        if (partition == null) throw new AnswerException(Errors.NOT_COORDINATOR);
        partition.life().requireActive();
        return partition;
    }

    /** The partition of that number, loaded or not; null if this broker does not lead it. */
    @Nullable P find(int id) {
        return led.get(id);
    }

    /** Throws unless requests are answered. */
    void requireStarted() {
        if (!active) throw new AnswerException(Errors.COORDINATOR_NOT_AVAILABLE);
    }

    /** All partitions that this broker leads, loaded or not. */
    Collection<P> all() {
        return led.values();
    }

    // ---- changes ----

    /** The metadata has changed: follows what has become of {@code topic}. */
    void follow(String topic, MetadataDelta delta) {
        for (TopicImage deleted : delta.deletedTopics()) {
            if (deleted.name().equals(topic)) forget(deleted.id());
        }
        for (TopicDelta changed : delta.changedTopics()) {
            if (changed.name().equals(topic))
                update(changed.id(), changed.topic().partitions().keySet());
        }
    }

    /** The topic is there with these partitions: takes up those that this broker leads, and lets go of others. */
    void update(Uuid newTopicId, Set<Integer> partitions) {
        changeLock.lock();
        try {
            if (!newTopicId.equals(topicId)) {
                resignAll();
                topicId = newTopicId;
                partitionCount = partitions.size();
            }
            partitions.forEach(this::takeUpOrLetGo);
        } finally {
            changeLock.unlock();
        }
    }

    /** The topic is gone. */
    void forget(Uuid goneTopicId) {
        changeLock.lock();
        try {
            if (!goneTopicId.equals(topicId)) return;
            resignAll();
            topicId = Uuid.ZERO_UUID;
            partitionCount = content.defaultPartitionCount();
        } finally {
            changeLock.unlock();
        }
    }

    private void takeUpOrLetGo(int id) {
        P present = led.get(id);
        try {
            CoordinatorLog log = content.opener().open(id);
            boolean isReadable = present != null && !present.life().hasFailed();
            if (isReadable) return;
            if (present != null) resign(present);
            P partition = content.maker().make(id, log);
            led.put(id, partition);
            // The first to ask need not come back later, just because there is nothing to read.
            boolean isEmpty = log.startOffset() == log.endOffset();
            if (isEmpty) content.loader().accept(partition);
            else
                scheduler.once(
                        "load-" + content.what() + "-" + id,
                        0,
                        () -> content.loader().accept(partition));
        } catch (HeddleException e) {
            if (present != null) resign(present);
        }
    }

    private void resignAll() {
        led.values().forEach(this::resign);
    }

    private void resign(P partition) {
        LOG.info("A coordinator's partition is let go: content={}, partition={}", content.what(), partition.id());
        led.remove(partition.id(), partition);
        partition.close();
    }

    /** Answers nobody any more. */
    void close() {
        active = false;
        changeLock.lock();
        try {
            resignAll();
        } finally {
            changeLock.unlock();
        }
    }
}
