package dev.heddle.coordinator;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.HeddleException;
import dev.heddle.common.Scheduler;
import dev.heddle.common.Time;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.MetadataDelta;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.metadata.MetadataListener;
import dev.heddle.metadata.TopicImage;
import dev.heddle.replication.ReplicaManager;
import java.util.Collection;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.jspecify.annotations.Nullable;

/**
 * The coordinator of groups and keeper of their offsets. Any thread may call it; JoinGroup and SyncGroup wait as long as
 * a rebalance takes, and every call that writes waits until its records are committed. No call throws for what a client
 * sent: errors stand in the responses.
 *
 * <p>Who may ask is not decided here: callers authorize, and hand in what is allowed.
 *
 * <p>For maintainers: a group lives in one partition of {@code __consumer_offsets}, and this broker coordinates it while
 * it leads that partition ({@link OffsetsPartitions}). {@link GroupLoader} reads its groups back; from then on what
 * happens to a {@link Group} happens under its own lock, is appended first and then applied. Deadlines are watched by
 * {@link Expiry}.
 */
public final class GroupCoordinator implements MetadataListener, AutoCloseable {

    private final GroupCoordinatorConfig config;
    private final Scheduler scheduler;
    private final GroupMetrics metrics;
    private final Expiry expiry;
    private final OffsetsPartitions partitions;
    private final GroupMembership membership;
    private final ConsumerMembership consumerMembership;
    private final ConsumerDescriptions consumerDescriptions;
    private final StreamsGroupSettings streamsSettings;
    private final StreamsMembership streamsMembership;
    private final StreamsDescriptions streamsDescriptions;
    private final TopicChanges changes = new TopicChanges();
    private final GroupSettings settings;
    private final GroupOffsets offsets;
    private final TransactionalOffsets transactionalOffsets;
    private final OffsetFetches fetches;
    private final GroupAdministration administration;
    private final OffsetRetention retention;
    private final ShareContext shareContext;
    private final ShareHeartbeats shareHeartbeats;

    /** Set by {@link #startup()}, used by {@link #close()}, on the broker's own thread. */
    private Scheduler.@Nullable Task retentionTask;

    /** @param replicas is told of metadata changes before this coordinator is */
    public GroupCoordinator(
            GroupCoordinatorConfig config,
            ReplicaManager replicas,
            MetadataCache metadata,
            Time time,
            Scheduler scheduler,
            MetricRegistry registry) {
        this(
                config,
                partition -> new PartitionCoordinatorLog(
                        replicas.partition(new TopicPartition(Topic.GROUP_METADATA_TOPIC_NAME, partition))),
                new ImageTopics(metadata),
                time,
                scheduler,
                registry);
    }

    GroupCoordinator(
            GroupCoordinatorConfig config,
            CoordinatorLog.Opener logs,
            Topics topics,
            Time time,
            Scheduler scheduler,
            MetricRegistry registry) {
        this.config = config;
        this.scheduler = scheduler;
        metrics = new GroupMetrics(registry);
        settings = new GroupSettings(config.consumer(), topics::groupConfigs);
        var consumers = new ConsumerContext(config, settings, topics, changes, metrics, time);
        var rebalancing = new Rebalancing(config.classic(), time);
        var conversion = new Conversion(consumers, rebalancing);
        var fencing = new Fencing(consumers, conversion);
        var regexes = new RegexRefresh(consumers, scheduler);
        streamsSettings = new StreamsGroupSettings(config.streams(), topics::groupConfigs);
        var streams = new StreamsContext(config.streams(), streamsSettings, topics, changes, metrics, time);
        var streamsFencing = new StreamsFencing(streams);
        var shareSettings = new ShareGroupSettings(config.share(), topics::groupConfigs);
        shareContext = new ShareContext(config.share(), shareSettings, topics, changes, metrics, time);
        shareHeartbeats = new ShareHeartbeats(shareContext);
        var visits = new GroupVisits(rebalancing, fencing, shareHeartbeats, streamsFencing);
        expiry = new Expiry(time, visits::visit, scheduler);
        var context = new CoordinatorContext(config, time, expiry, metrics);
        var loaderSettings = new GroupLoader.Settings(settings, shareSettings, streamsSettings);
        var loader = new GroupLoader(config, loaderSettings, rebalancing, metrics, time);
        partitions = new OffsetsPartitions(context, logs, loader, scheduler);
        membership = new GroupMembership(
                partitions, rebalancing, conversion, new ClassicMembers(consumers, conversion, regexes, fencing));
        consumerMembership = new ConsumerMembership(
                partitions, consumers, new ConsumerHeartbeats(consumers, conversion, regexes, fencing));
        consumerDescriptions = new ConsumerDescriptions(partitions, consumers);
        streamsMembership = new StreamsMembership(partitions, new StreamsHeartbeats(streams, streamsFencing));
        streamsDescriptions = new StreamsDescriptions(partitions);
        offsets = new GroupOffsets(partitions, topics);
        transactionalOffsets = new TransactionalOffsets(partitions, topics);
        fetches = new OffsetFetches(partitions, topics);
        administration = new GroupAdministration(partitions);
        retention = new OffsetRetention(partitions, shareContext);
    }

    /**
     * Begins to answer. Which groups there are comes with the metadata: whoever builds the broker makes this a listener
     * of the controller, after the {@link ReplicaManager}.
     */
    public void startup() {
        metrics.show(partitions);
        expiry.start();
        activate();
        long intervalMs = config.offsets().retentionCheckIntervalMs();
        retentionTask = scheduler.repeat("offset-retention", intervalMs, intervalMs, retention::expire);
    }

    /** Answers from now on; time is not watched. */
    void activate() {
        partitions.activate();
    }

    Expiry expiry() {
        return expiry;
    }

    OffsetsPartitions partitions() {
        return partitions;
    }

    ShareContext shareContext() {
        return shareContext;
    }

    ShareHeartbeats shareHeartbeats() {
        return shareHeartbeats;
    }

    OffsetRetention retention() {
        return retention;
    }

    /** Takes over what may change while the broker runs, {@link GroupCoordinatorConfig#DYNAMIC_KEYS}; any thread may call. */
    public void updateConfig(AbstractConfig changed) {
        settings.assignmentInterval().update(changed.getInt(GroupCoordinatorConfig.CONSUMER_ASSIGNMENT_INTERVAL_MS));
        streamsSettings
                .assignmentInterval()
                .update(changed.getInt(GroupCoordinatorConfig.STREAMS_ASSIGNMENT_INTERVAL_MS));
        shareContext
                .settings()
                .assignmentInterval()
                .update(changed.getInt(GroupCoordinatorConfig.SHARE_ASSIGNMENT_INTERVAL_MS));
    }

    // ---- the topic of the offsets ----

    /** The partition of {@code __consumer_offsets} that keeps the group, hence which broker coordinates it. */
    public int partitionFor(String groupId) {
        return partitions.partitionFor(groupId);
    }

    /** The topic configuration with which {@code __consumer_offsets} is created. */
    public Map<String, String> offsetsTopicConfigs() {
        return Map.of(
                TopicConfig.CLEANUP_POLICY_CONFIG,
                TopicConfig.CLEANUP_POLICY_COMPACT,
                TopicConfig.COMPRESSION_TYPE_CONFIG,
                "producer",
                TopicConfig.SEGMENT_BYTES_CONFIG,
                Integer.toString(config.topic().segmentBytes()));
    }

    /** Takes up groups whose partition this broker now leads, lets go of others, and forgets deleted topics' offsets. */
    @Override
    public void onUpdate(MetadataDelta delta, MetadataImage image) {
        if (!delta.deletedTopics().isEmpty() || !delta.changedTopics().isEmpty()) {
            topicsChanged(image.offset(), delta.changedTopics().stream().anyMatch(topic -> topic.before() == null));
        }
        partitions.follow(Topic.GROUP_METADATA_TOPIC_NAME, delta);
        for (TopicImage deleted : delta.deletedTopics()) {
            if (deleted.name().equals(Topic.GROUP_METADATA_TOPIC_NAME)) continue;
            // It locks and writes group by group: not on the thread that everyone's metadata waits for.
            scheduler.once("delete-offsets", 0, () -> retention.removeTopic(deleted.name(), deleted.id()));
        }
    }

    /** Topics are not what they were, as of this version of the metadata: groups look when they hear of a member. */
    void topicsChanged(long version, boolean anyCreated) {
        changes.changed(version, anyCreated);
    }

    // ---- membership ----

    /** Answers JoinGroup, when the group's members have gathered. */
    public JoinGroupResponseData joinGroup(CallContext ctx, JoinGroupRequestData request) {
        return membership.join(ctx, request);
    }

    /** Answers SyncGroup, when the group's leader has decided. */
    public SyncGroupResponseData syncGroup(CallContext ctx, SyncGroupRequestData request) {
        return membership.sync(ctx, request);
    }

    /** Answers Heartbeat; never waits for anything but the group's lock. */
    public HeartbeatResponseData heartbeat(CallContext ctx, HeartbeatRequestData request) {
        return membership.heartbeat(request);
    }

    /**
     * Answers LeaveGroup.
     *
     * @param request with its members in the list, whatever its version: {@code LeaveGroupRequest.normalizedData()}
     */
    public LeaveGroupResponseData leaveGroup(CallContext ctx, LeaveGroupRequestData request) {
        return membership.leave(ctx, request);
    }

    /** Whether the configuration lets groups use the consumer protocol. */
    public boolean hasConsumerProtocol() {
        return config.consumer().enabled();
    }

    /**
     * Answers ConsumerGroupHeartbeat, when what it has changed is committed.
     *
     * @param filter what the client may know of, for its regular expression; asked later, too, as long as it is a member
     */
    public ConsumerGroupHeartbeatResponseData consumerGroupHeartbeat(
            CallContext ctx, ConsumerGroupHeartbeatRequestData request, TopicFilter filter) {
        return consumerMembership.heartbeat(ctx, request, filter);
    }

    /** Whether the configuration lets groups use the streams protocol. */
    public boolean hasStreamsProtocol() {
        return config.streams().enabled();
    }

    /**
     * Answers StreamsGroupHeartbeat, when what it has changed is committed. Topics of the application's own that are
     * missing are the caller's to create.
     */
    public StreamsHeartbeat streamsGroupHeartbeat(CallContext ctx, StreamsGroupHeartbeatRequestData request) {
        return streamsMembership.heartbeat(ctx, request);
    }

    /** How often members of the streams group are told to send heartbeats. */
    public int streamsHeartbeatIntervalMs(String groupId) {
        return streamsSettings.heartbeatIntervalMs(groupId);
    }

    // ---- offsets ----

    /**
     * Answers OffsetCommit. Topics are looked up here, by name or from version 10 by id, and what does not exist is
     * answered per partition.
     */
    public OffsetCommitResponseData commitOffsets(CallContext ctx, OffsetCommitRequestData request) {
        return offsets.commit(ctx, request);
    }

    /**
     * Answers TxnOffsetCommit: the offsets count once the transaction is committed.
     *
     * @param verifier is asked whether the group's partition is part of the transaction, or makes it so
     */
    public TxnOffsetCommitResponseData commitTransactionalOffsets(
            CallContext ctx, TxnOffsetCommitRequestData request, TransactionVerifier verifier) {
        return transactionalOffsets.commit(ctx, request, verifier);
    }

    /**
     * Writes the marker of a transaction to a partition of {@code __consumer_offsets}: the offsets that it has committed
     * there count from now on, or never.
     *
     * @return what must be committed before the transaction is over there
     * @throws HeddleException if this broker does not coordinate the partition's groups, or its log refuses the marker
     */
    long completeTransaction(int partition, TransactionMarker marker) {
        return transactionalOffsets.complete(partition, marker);
    }

    /**
     * Answers OffsetFetch. Topic ids are looked up here.
     *
     * @param request with its groups in the list, whatever its version, as {@code OffsetFetchRequest.groups()} gives
     *     them; a group whose topics are null asks for all
     * @return with groups in the list: {@code new OffsetFetchResponse.Builder(groups).build(version)} makes the rest
     */
    public OffsetFetchResponseData fetchOffsets(CallContext ctx, OffsetFetchRequestData request) {
        return fetches.fetch(ctx, request);
    }

    /** Answers OffsetDelete. What does not exist is answered here, per partition. */
    public OffsetDeleteResponseData deleteOffsets(CallContext ctx, OffsetDeleteRequestData request) {
        return offsets.delete(ctx, request);
    }

    // ---- administration ----

    /** Answers DescribeGroups, in the order of the request. Authorized operations are the caller's to add. */
    public DescribeGroupsResponseData describeGroups(CallContext ctx, DescribeGroupsRequestData request) {
        return administration.describe(ctx, request);
    }

    /** Answers ConsumerGroupDescribe, in this order. Authorized operations are the caller's to add. */
    public ConsumerGroupDescribeResponseData describeConsumerGroups(CallContext ctx, Collection<String> groupIds) {
        return consumerDescriptions.describe(ctx, groupIds);
    }

    /** Answers StreamsGroupDescribe, in this order. Authorized operations are the caller's to add. */
    public StreamsGroupDescribeResponseData describeStreamsGroups(CallContext ctx, Collection<String> groupIds) {
        return streamsDescriptions.describe(ctx, groupIds);
    }

    /** Answers ListGroups with the groups that are coordinated here. */
    public ListGroupsResponseData listGroups(CallContext ctx, ListGroupsRequestData request) {
        try {
            partitions.requireStarted();
            return administration.list(request);
        } catch (HeddleException e) {
            return new ListGroupsResponseData()
                    .setErrorCode(CoordinatorErrors.of(e).code());
        }
    }

    /** Answers DeleteGroups. */
    public DeleteGroupsResponseData deleteGroups(CallContext ctx, DeleteGroupsRequestData request) {
        return administration.delete(ctx, request);
    }

    /** Answers nobody any more, and lets go of every thread that waits in here for a group. */
    @Override
    public void close() {
        if (retentionTask != null) retentionTask.cancel();
        partitions.close();
        expiry.close();
        metrics.hide();
    }
}
