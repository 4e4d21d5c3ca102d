package dev.heddle.coordinator;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.AnswerException;
import dev.heddle.common.HeddleException;
import dev.heddle.common.Scheduler;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.coordinator.ShareState.SharePartitionKey;
import dev.heddle.coordinator.ShareState.State;
import dev.heddle.coordinator.ShareState.Summary;
import dev.heddle.coordinator.ShareStatePartition.Outcome;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.MetadataDelta;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.metadata.MetadataListener;
import dev.heddle.metadata.TopicImage;
import dev.heddle.replication.ReplicaManager;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keeper of what share groups have done with the records of partitions (KIP-932). Any thread may call it; every call
 * waits until what it answers is committed. What cannot be done is thrown as an {@link AnswerException}.
 *
 * <p>Who may ask is not decided here: callers authorize.
 *
 * <p>For maintainers: a state lives in one partition of {@code __share_group_state}, and this broker coordinates it while
 * it leads that partition. {@link ShareStateLoader} reads its states back; from then on what happens to one happens in
 * {@link ShareStatePartition}. The topic is not compacted: a state is written whole from time to time, and what is before
 * the oldest such record that still counts is deleted.
 */
public final class ShareCoordinator implements MetadataListener, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ShareCoordinator.class);

    /** What is answered of a state that does not exist. */
    static final Summary UNINITIALIZED =
            new Summary(0, 0, ShareState.UNINITIALIZED_START_OFFSET, ShareState.UNINITIALIZED_DELIVERY_COMPLETE_COUNT);

    /** What its parts share. Immutable; any thread may read it. */
    record Context(
            ShareCoordinatorConfig config,
            Predicate<SharePartitionKey> partitionExists,
            Time time,
            ShareCoordinatorMetrics metrics) {

        long nowMs() {
            return time.milliseconds();
        }

        long writeDeadline() {
            return time.deadlineAfterMs(config.writeTimeoutMs());
        }

        /** @throws AnswerException if there is no such partition */
        void requireExists(SharePartitionKey key) {
            if (!partitionExists.test(key)) throw new AnswerException(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }
    }

    private final Context context;
    private final Scheduler scheduler;
    private final LedPartitions<ShareStatePartition> partitions;

    /** What {@link #startup} began, for {@link #close}; both are called by the broker's own thread. */
    private final List<Scheduler.Task> tasks = new ArrayList<>();

    /** @param replicas is told of metadata changes before this coordinator is */
    public ShareCoordinator(
            ShareCoordinatorConfig config,
            ReplicaManager replicas,
            MetadataCache metadata,
            Time time,
            Scheduler scheduler,
            MetricRegistry registry) {
        this(
                new Context(config, key -> exists(metadata, key), time, new ShareCoordinatorMetrics(registry)),
                partition -> new PartitionCoordinatorLog(
                        replicas.partition(new TopicPartition(Topic.SHARE_GROUP_STATE_TOPIC_NAME, partition))),
                scheduler);
    }

    ShareCoordinator(Context context, CoordinatorLog.Opener logs, Scheduler scheduler) {
        this.context = context;
        this.scheduler = scheduler;
        var loader = new ShareStateLoader(context);
        var content = new LedPartitions.Content<ShareStatePartition>(
                "share-states",
                context.config().topic().partitions(),
                logs,
                (id, log) -> new ShareStatePartition(id, log, context),
                loader::load);
        partitions = new LedPartitions<>(content, scheduler);
    }

    private static boolean exists(MetadataCache metadata, SharePartitionKey key) {
        TopicImage topic = metadata.image().topics().topic(key.topicId());
        return topic != null && key.partition() < topic.partitions().size();
    }

    /**
     * Begins to answer. Which states there are comes with the metadata: whoever builds the broker makes this a listener of
     * the controller, after the {@link ReplicaManager}.
     */
    public void startup() {
        activate();
        int pruneMs = context.config().upkeep().pruneIntervalMs();
        int coldMs = context.config().upkeep().coldSnapshotIntervalMs();
        tasks.add(scheduler.repeat("share-state-pruning", pruneMs, pruneMs, this::prune));
        tasks.add(scheduler.repeat("share-state-snapshots", coldMs, coldMs, this::snapshotCold));
    }

    /** Answers from now on; time is not watched. */
    void activate() {
        partitions.activate();
    }

    LedPartitions<ShareStatePartition> partitions() {
        return partitions;
    }

    /** The partition of {@code __share_group_state} that keeps the state, hence which broker coordinates it. */
    public int partitionFor(SharePartitionKey key) {
        return partitions.partitionFor(key.coordinatorKey());
    }

    /** Takes up states whose partition this broker now leads, lets go of others, and forgets those of deleted topics. */
    @Override
    public void onUpdate(MetadataDelta delta, MetadataImage image) {
        partitions.follow(Topic.SHARE_GROUP_STATE_TOPIC_NAME, delta);
        Set<Uuid> gone = delta.deletedTopics().stream().map(TopicImage::id).collect(Collectors.toSet());
        // It writes state by state: not on the thread that everyone's metadata waits for.
        if (!gone.isEmpty()) scheduler.once("delete-share-states", 0, () -> deleteTopics(gone));
    }

    // ---- states ----

    void initialize(SharePartitionKey key, int stateEpoch, long startOffset, Waiter waiter) {
        step(key, partition -> partition.initialize(key, stateEpoch, startOffset), waiter);
    }

    State read(SharePartitionKey key, int leaderEpoch, Waiter waiter) {
        return step(key, partition -> partition.read(key, leaderEpoch), waiter);
    }

    void write(SharePartitionKey key, State change, Waiter waiter) {
        context.metrics().written();
        long start = context.time().nanoseconds();
        step(key, partition -> partition.write(key, change), waiter);
        context.metrics().writeTook(context.time().nanoseconds() - start);
    }

    void delete(SharePartitionKey key, Waiter waiter) {
        step(key, partition -> partition.delete(key), waiter);
    }

    Summary summary(SharePartitionKey key, Waiter waiter) {
        return step(key, partition -> partition.summary(key), waiter);
    }

    private <T> T step(SharePartitionKey key, Function<ShareStatePartition, Outcome<T>> step, Waiter waiter) {
        try {
            ShareStatePartition partition = partitions.of(key.coordinatorKey());
            return partition.committed(step.apply(partition), waiter);
        } catch (AnswerException e) {
            Errors error = CoordinatorErrors.of(e);
            // The coordinator's own topic has gone; that of the key was looked up in the metadata.
            throw error == e.error() || e.error() == Errors.UNKNOWN_TOPIC_OR_PARTITION ? e : new AnswerException(error);
        } catch (HeddleException e) {
            throw new AnswerException(CoordinatorErrors.of(e));
        }
    }

    // ---- upkeep ----

    void prune() {
        forEachPartition("pruned", partition -> {
            OptionalLong upTo = partition.prune();
            upTo.ifPresent(offset -> context.metrics().prunedUpTo(partition.id(), offset));
        });
    }

    void snapshotCold() {
        forEachPartition("written whole", ShareStatePartition::snapshotCold);
    }

    private void deleteTopics(Set<Uuid> topicIds) {
        forEachPartition("rid of deleted topics", partition -> partition.deleteTopics(topicIds));
    }

    private void forEachPartition(String aim, Consumer<ShareStatePartition> work) {
        for (ShareStatePartition partition : partitions.all()) {
            if (!partition.life().isActive()) continue;
            try {
                work.accept(partition);
            } catch (HeddleException e) {
                // The partition has gone to another broker, or its disk has failed; the next round sees.
                LOG.debug("Share states cannot be {}: partition={}", aim, partition.id(), e);
            }
        }
    }

    /** Answers nobody any more. */
    @Override
    public void close() {
        tasks.forEach(Scheduler.Task::cancel);
        partitions.close();
        context.metrics().hide();
    }
}
