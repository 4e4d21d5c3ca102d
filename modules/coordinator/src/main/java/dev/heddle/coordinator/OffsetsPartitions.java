package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.HeddleException;
import dev.heddle.common.Scheduler;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Utils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The partitions of {@code __consumer_offsets} that this broker leads. Any thread may look one up, which takes no lock;
 * the metadata's writer changes them.
 */
final class OffsetsPartitions {

    private static final Logger LOG = LoggerFactory.getLogger(OffsetsPartitions.class);

    private final CoordinatorContext context;
    private final OffsetsLog.Opener opener;
    private final GroupLoader loader;
    private final Scheduler scheduler;
    private final ConcurrentHashMap<Integer, OffsetsPartition> led = new ConcurrentHashMap<>();

    /** Held by whoever changes {@link #led}. */
    private final ReentrantLock changeLock = new ReentrantLock();

    /** The topic that {@link #led} belongs to; zero when there is none. Guarded by {@link #changeLock}. */
    private Uuid topicId = Uuid.ZERO_UUID;

    /** Publishes how many partitions groups are spread over. Fixed while the topic lives: groups cannot move. */
    private volatile int partitionCount;

    /** Publishes whether requests are answered. */
    private volatile boolean active;

    OffsetsPartitions(CoordinatorContext context, OffsetsLog.Opener opener, GroupLoader loader, Scheduler scheduler) {
        this.context = context;
        this.opener = opener;
        this.loader = loader;
        this.scheduler = scheduler;
        this.partitionCount = context.config().topic().partitions();
    }

    CoordinatorContext context() {
        return context;
    }

    void activate() {
        active = true;
    }

    int partitionFor(String groupId) {
        return Utils.abs(groupId.hashCode()) % partitionCount;
    }

    /**
     * The partition that keeps the group.
     *
     * @throws AnswerException if it is not to be had here, or not yet
     */
    OffsetsPartition of(String groupId) {
        if (!active) throw new AnswerException(Errors.COORDINATOR_NOT_AVAILABLE);
        OffsetsPartition partition = led.get(partitionFor(groupId));
        if (partition == null) throw new AnswerException(Errors.NOT_COORDINATOR);
        partition.requireActive();
        return partition;
    }

    /** Throws unless requests are answered. */
    void requireStarted() {
        if (!active) throw new AnswerException(Errors.COORDINATOR_NOT_AVAILABLE);
    }

    /** All partitions that this broker leads, loaded or not. */
    Collection<OffsetsPartition> all() {
        return led.values();
    }

    // ---- changes ----

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
            partitionCount = context.config().topic().partitions();
        } finally {
            changeLock.unlock();
        }
    }

    private void takeUpOrLetGo(int id) {
        OffsetsPartition present = led.get(id);
        try {
            OffsetsLog log = opener.open(id);
            boolean isReadable = present != null && present.state() != OffsetsPartition.State.FAILED;
            if (isReadable) return;
            if (present != null) resign(present);
            var partition = new OffsetsPartition(id, log, context);
            led.put(id, partition);
            // The first member of the first group need not come back later, just because there is nothing to read.
            boolean isEmpty = log.startOffset() == log.endOffset();
            if (isEmpty) loader.load(partition);
            else scheduler.once("load-groups-" + id, 0, () -> loader.load(partition));
        } catch (HeddleException e) {
            if (present != null) resign(present);
        }
    }

    private void resignAll() {
        led.values().forEach(this::resign);
    }

    private void resign(OffsetsPartition partition) {
        LOG.info("Groups are let go: partition={}", partition.id());
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
