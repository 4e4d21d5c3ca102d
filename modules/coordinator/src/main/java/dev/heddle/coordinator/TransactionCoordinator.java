package dev.heddle.coordinator;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.Scheduler;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.metadata.Features;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.MetadataDelta;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.metadata.MetadataListener;
import dev.heddle.replication.ReplicaManager;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.ListTransactionsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.ProducerIdAndEpoch;
import org.jspecify.annotations.Nullable;

/**
 * The coordinator of transactions (KIP-98, 360, 890), which also gives idempotent producers their ids. Any thread may call
 * it; every call that changes something waits until that is committed. No call throws for what a client sent.
 *
 * <p>Who may ask is not decided here: callers authorize, and hand in what is allowed.
 *
 * <p>For maintainers: a transactional id lives in one partition of {@code __transaction_state}, and this broker
 * coordinates it while it leads that partition. {@link TransactionLoader} reads its ids back; from then on what happens to
 * a {@link TransactionalId} is decided by the {@code …Rules}, appended and then taken, under the id's own lock. Once the
 * end of a transaction is in the log, {@link TransactionCompletion} sees it through.
 */
public final class TransactionCoordinator implements MetadataListener, AutoCloseable {

    /** Where transactions are kept and written, and who gives out ids. */
    record Surroundings(
            CoordinatorLog.Opener logs,
            MarkerTargets targets,
            MarkerWriter markers,
            ProducerIdManager producerIds,
            TransactionFeatures features) {}

    /** What everything in the broker uses. */
    public record Tools(Time time, Scheduler scheduler, MetricRegistry metrics) {}

    private final Scheduler scheduler;
    private final LedPartitions<TransactionPartition> partitions;
    private final TransactionMetrics metrics;
    private final ProducerInitialization initialization;
    private final OngoingTransactions ongoing;
    private final TransactionAdministration administration;
    private final TransactionCleanup cleanup;

    /** @param replicas is told of metadata changes before this coordinator is, and so are the groups of {@code markers} */
    public TransactionCoordinator(
            TransactionConfig config,
            ReplicaManager replicas,
            MetadataCache metadata,
            TransactionMarkers markers,
            ProducerIdManager producerIds,
            Tools tools) {
        this(
                config,
                new Surroundings(
                        partition -> new PartitionCoordinatorLog(
                                replicas.partition(new TopicPartition(Topic.TRANSACTION_STATE_TOPIC_NAME, partition))),
                        new ImageTargets(metadata),
                        markers,
                        producerIds,
                        () -> metadata.image().features().level(Features.TRANSACTION)),
                tools);
    }

    TransactionCoordinator(TransactionConfig config, Surroundings surroundings, Tools tools) {
        scheduler = tools.scheduler();
        metrics = new TransactionMetrics(tools.metrics());
        var completion = new TransactionCompletion(
                surroundings.markers(), surroundings.targets(), scheduler, tools.time(), metrics);
        var context = new TransactionContext(config, tools.time(), surroundings.features(), completion, metrics);
        var loader = new TransactionLoader(context);
        var content = new LedPartitions.Content<TransactionPartition>(
                "transactions",
                config.topic().partitions(),
                surroundings.logs(),
                (id, log) -> new TransactionPartition(id, log, context),
                loader::load);
        partitions = new LedPartitions<>(content, scheduler);
        initialization = new ProducerInitialization(partitions, context, surroundings.producerIds());
        ongoing = new OngoingTransactions(partitions, context, surroundings.producerIds());
        administration = new TransactionAdministration(partitions, context);
        cleanup = new TransactionCleanup(partitions, context, surroundings.producerIds());
    }

    /**
     * Begins to answer. Which transactions there are comes with the metadata: whoever builds the broker makes this a
     * listener of the controller, after the {@link ReplicaManager} and the {@link GroupCoordinator}.
     */
    public void startup() {
        metrics.show();
        activate();
        cleanup.start(scheduler);
    }

    /** Answers from now on; time is not watched. */
    void activate() {
        partitions.activate();
    }

    LedPartitions<TransactionPartition> partitions() {
        return partitions;
    }

    TransactionCleanup cleanup() {
        return cleanup;
    }

    /** The partition of {@code __transaction_state} that keeps the id, hence which broker coordinates it. */
    public int partitionFor(String transactionalId) {
        return partitions.partitionFor(transactionalId);
    }

    /** Takes up transactions whose partition this broker now leads, and lets go of others. */
    @Override
    public void onUpdate(MetadataDelta delta, MetadataImage image) {
        partitions.follow(Topic.TRANSACTION_STATE_TOPIC_NAME, delta);
    }

    // ---- producers ----

    /** Answers InitProducerId, of idempotent and of transactional producers. */
    public InitProducerIdResponseData initProducerId(InitProducerIdRequestData request, Waiter waiter) {
        return initialization.initialize(request, waiter);
    }

    /**
     * Makes partitions part of a transaction, which begins if there is none.
     *
     * @param clientVersion the transaction version that the client speaks
     */
    public Errors addPartitions(
            @Nullable String transactionalId,
            ProducerIdAndEpoch producer,
            Set<TopicPartition> added,
            short clientVersion,
            Waiter waiter) {
        return ongoing.addPartitions(transactionalId, producer, added, clientVersion, waiter);
    }

    /** Whether partitions are part of an open transaction: TRANSACTION_ABORTABLE for those that are not. */
    public Map<TopicPartition, Errors> verifyPartitions(
            @Nullable String transactionalId, ProducerIdAndEpoch producer, Set<TopicPartition> asked, Waiter waiter) {
        return ongoing.verifyPartitions(transactionalId, producer, asked, waiter);
    }

    /** Waits until the id's transaction is over, if its end is under way, or the deadline has passed. */
    void awaitCompletion(String transactionalId, Waiter waiter, long deadlineNanos) {
        ongoing.awaitCompletion(transactionalId, waiter, deadlineNanos);
    }

    /**
     * Answers EndTxn, once the transaction's end is decided for good. Its markers are written after that.
     *
     * @param clientVersion the transaction version that the client speaks
     */
    public EndTxnResponseData endTransaction(EndTxnRequestData request, short clientVersion, Waiter waiter) {
        return ongoing.end(request, clientVersion, waiter);
    }

    // ---- administration ----

    /** Describes one transactional id. */
    public DescribeTransactionsResponseData.TransactionState describe(String transactionalId) {
        return administration.describe(transactionalId);
    }

    /** Answers ListTransactions with what is coordinated here. */
    public ListTransactionsResponseData list(ListTransactionsRequestData request) {
        return administration.list(request);
    }

    /** Answers nobody any more; transactions whose end is decided are left to the next start. */
    @Override
    public void close() {
        cleanup.close();
        partitions.close();
        metrics.hide();
    }
}
