package dev.heddle.coordinator.delivery;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.AnswerException;
import dev.heddle.common.ManagedWait;
import dev.heddle.common.Scheduler;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.coordinator.ShareGroupSettings;
import dev.heddle.coordinator.ShareState;
import dev.heddle.coordinator.ShareState.SharePartitionKey;
import dev.heddle.log.FetchIsolation;
import dev.heddle.log.TimestampOffset;
import dev.heddle.metadata.Features;
import dev.heddle.metadata.MetadataDelta;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.metadata.MetadataListener;
import dev.heddle.metadata.TopicImage;
import dev.heddle.replication.Partition;
import dev.heddle.replication.ReplicaManager;
import dev.heddle.replication.TopicMeter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The share partitions of the partitions that this broker leads. Any thread may call it; who is the first to want one waits
 * until its state is read, and so does who comes meanwhile.
 */
public final class SharePartitions implements MetadataListener {

    private static final Logger LOG = LoggerFactory.getLogger(SharePartitions.class);

    /** What surrounds them. */
    public record Context(Time time, Scheduler scheduler, MetricRegistry metrics) {}

    private final ReplicaManager replicas;
    private final ShareState store;
    private final ShareGroupSettings settings;
    private final Context context;
    private final ShareGroupMetrics metrics;
    private final Together together;
    private final ConcurrentMap<SharePartitionKey, Slot> slots = new ConcurrentHashMap<>();

    /** A place for a share partition, where those who want it meet while it is being read. */
    private static final class Slot {

        /** Guards what follows; held while the state is read. */
        final ReentrantLock lock = new ReentrantLock();

        @Nullable SharePartition loaded;

        /** Whether it was taken away: whoever finds it so looks for another one. */
        boolean gone;
    }

    /** @param store keeps the state */
    public SharePartitions(ReplicaManager replicas, ShareState store, ShareGroupSettings settings, Context context) {
        this.replicas = replicas;
        this.store = store;
        this.settings = settings;
        this.context = context;
        this.metrics = new ShareGroupMetrics(context.metrics);
        this.together = new Together(context.time);
    }

    /** What is measured of all share groups. */
    public ShareGroupMetrics metrics() {
        return metrics;
    }

    /** What holds for each group. */
    public ShareGroupSettings settings() {
        return settings;
    }

    /**
     * The group's part in a partition, read if it is not there yet.
     *
     * @throws AnswerException if this broker does not lead the partition, or the state cannot be read
     */
    public SharePartition open(String groupId, TopicIdPartition topic) {
        var key = keyOf(groupId, topic);
        while (true) {
            Slot slot = slots.computeIfAbsent(key, ignored -> new Slot());
            ManagedWait.lock(slot.lock);
            try {
                if (slot.gone) continue;
                SharePartition loaded = slot.loaded;
                if (loaded != null && loaded.isCurrent()) return loaded;
                slot.loaded = null;
                if (loaded != null) loaded.close();
                return slot.loaded = load(key, topic);
            } finally {
                if (slot.loaded == null) remove(key, slot);
                slot.lock.unlock();
            }
        }
    }

    private static SharePartitionKey keyOf(String groupId, TopicIdPartition topic) {
        return new SharePartitionKey(groupId, topic.topicId(), topic.partition());
    }

    /** Needs the slot's lock. */
    private void remove(SharePartitionKey key, Slot slot) {
        slot.gone = true;
        slots.remove(key, slot);
    }

    private SharePartition load(SharePartitionKey key, TopicIdPartition topic) {
        long begin = context.time.nanoseconds();
        Partition partition = replicas.partition(topic.topicPartition());
        if (!partition.topicId().equals(key.topicId())) throw new AnswerException(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        int leaderEpoch = partition.leaderEpoch();
        ShareState.State state = read(key, leaderEpoch);
        long start = state.startOffset() == ShareState.UNINITIALIZED_START_OFFSET
                ? firstOffset(key.groupId(), partition, leaderEpoch)
                : state.startOffset();
        var loaded = new SharePartition.Loaded(
                key, partition, leaderEpoch, state.stateEpoch(), inFlight(key, start, state.batches()));
        var share = new SharePartition(
                loaded,
                new SharePartition.Context(store, settings, context.time, context.scheduler),
                new SharePartitionMetrics(key, topic.topic(), context.time, context.metrics),
                this::forget);
        share.start();
        metrics.loaded(context.time.nanoseconds() - begin);
        return share;
    }

    private ShareState.State read(SharePartitionKey key, int leaderEpoch) {
        try {
            // Nobody's own waiter: others wait for it too.
            return store.read(key, leaderEpoch, new Waiter(context.time));
        } catch (AnswerException e) {
            LOG.debug("The state of a share partition cannot be read: partition={} error={}", key, e.error());
            throw StateErrors.translated(e);
        }
    }

    private static InFlight inFlight(SharePartitionKey key, long start, List<ShareState.StateBatch> batches) {
        try {
            return InFlight.of(start, batches);
        } catch (IllegalStateException e) {
            LOG.error("The state of a share partition makes no sense: partition={} start={}", key, start, e);
            throw new AnswerException(Errors.UNKNOWN_SERVER_ERROR);
        }
    }

    /** Where a group begins that has never been here. */
    private long firstOffset(String groupId, Partition partition, int leaderEpoch) {
        long timestamp = StartingPoint.timestampOf(settings.autoOffsetReset(groupId), context.time.milliseconds());
        TimestampOffset found = partition.offsetForTimestamp(timestamp, FetchIsolation.HIGH_WATERMARK, leaderEpoch);
        if (found.offset() < 0) {
            throw new AnswerException(
                    Errors.OFFSET_NOT_AVAILABLE,
                    "No record of " + partition.topicPartition() + " is as young as timestamp " + timestamp);
        }
        return found.offset();
    }

    /**
     * A member says what became of its records: for each partition all of it holds, or nothing. Waits until it is written
     * down.
     *
     * @return the partitions for which nothing holds, and why; UNKNOWN_TOPIC_OR_PARTITION if the group has no records of
     *     it
     */
    public Map<TopicIdPartition, AnswerException> acknowledge(
            String groupId, String memberId, Map<TopicIdPartition, List<Acknowledgement>> said) {
        Set<String> topics = said.keySet().stream().map(TopicIdPartition::topic).collect(Collectors.toSet());
        count(TopicMeter.TOTAL_SHARE_ACKNOWLEDGEMENT_REQUESTS, topics);
        Map<TopicIdPartition, AnswerException> failures = together.run(List.copyOf(said.keySet()), topic -> {
            List<Acknowledgement> acknowledgements = said.get(topic);
            opened(groupId, topic).acknowledge(memberId, acknowledgements);
            acknowledgements.forEach(metrics::acknowledged);
        });
        count(
                TopicMeter.FAILED_SHARE_ACKNOWLEDGEMENT_REQUESTS,
                failures.keySet().stream().map(TopicIdPartition::topic).collect(Collectors.toSet()));
        return failures;
    }

    /**
     * A member gives back all that it has. Waits until that is written down; what cannot be, comes back when its time is
     * over.
     */
    public void release(String groupId, String memberId, List<TopicIdPartition> topics) {
        together.run(topics, topic -> opened(groupId, topic).release(memberId))
                .forEach((topic, why) -> LOG.debug(
                        "Records are not given back: group={} member={} partition={} error={}",
                        groupId,
                        memberId,
                        topic,
                        why.error()));
    }

    private SharePartition opened(String groupId, TopicIdPartition topic) {
        SharePartition loaded = loaded(keyOf(groupId, topic));
        if (loaded != null && loaded.isCurrent()) return loaded;
        if (loaded != null) forget(loaded);
        throw new AnswerException(Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }

    private @Nullable SharePartition loaded(SharePartitionKey key) {
        Slot slot = slots.get(key);
        if (slot == null) return null;
        ManagedWait.lock(slot.lock);
        try {
            return slot.loaded;
        } finally {
            slot.lock.unlock();
        }
    }

    /** Counts a request in the metrics of all topics that it names. */
    public void count(TopicMeter meter, Set<String> topics) {
        topics.forEach(topic -> replicas.topicMetrics().topic(topic).mark(meter));
    }

    private void forget(SharePartition share) {
        forget(share.key(), share);
    }

    /** @param only what is to be there; null if it does not matter */
    private void forget(SharePartitionKey key, @Nullable SharePartition only) {
        Slot slot = slots.get(key);
        if (slot == null) return;
        ManagedWait.lock(slot.lock);
        try {
            SharePartition loaded = slot.loaded;
            if (loaded == null || (only != null && loaded != only)) return;
            slot.loaded = null;
            remove(key, slot);
            loaded.close();
            LOG.debug("A share partition is out of use: partition={}", key);
        } finally {
            slot.lock.unlock();
        }
    }

    /** Nobody of the group reads here any more: what it holds in memory is given up. */
    public void forgetGroup(String groupId) {
        forgetAll(key -> key.groupId().equals(groupId));
        metrics.forget(groupId);
    }

    private void forgetAll(Predicate<SharePartitionKey> which) {
        slots.keySet().stream().filter(which).forEach(key -> forget(key, null));
    }

    /** How many there are. */
    int size() {
        return slots.size();
    }

    /** Partitions of topics that are gone are forgotten, and all of them where share groups are no longer offered. */
    @Override
    public void onUpdate(MetadataDelta delta, MetadataImage image) {
        if (delta.featuresChanged() && image.features().level(Features.SHARE) < 1) {
            inBackground(key -> true);
        }
        if (delta.deletedTopics().isEmpty()) return;
        Set<Uuid> gone = delta.deletedTopics().stream().map(TopicImage::id).collect(Collectors.toSet());
        inBackground(key -> gone.contains(key.topicId()));
    }

    /** The metadata's writer does not wait for states that are being read. */
    private void inBackground(Predicate<SharePartitionKey> which) {
        if (slots.keySet().stream().noneMatch(which)) return;
        context.scheduler.once("forget-share-partitions", 0, () -> forgetAll(which));
    }
}
