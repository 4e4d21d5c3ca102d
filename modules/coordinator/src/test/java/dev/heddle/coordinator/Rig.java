package dev.heddle.coordinator;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.AnswerException;
import dev.heddle.common.ManualTime;
import dev.heddle.common.Waiter;
import dev.heddle.coordinator.consumer.TopicCatalog;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** A coordinator on logs in memory and a clock that the test moves, and clients for it. */
final class Rig implements AutoCloseable {

    static final String GROUP = "group";
    static final String CLIENT = "client";
    static final int SESSION_MS = 10_000;
    static final int REBALANCE_MS = 60_000;
    static final int INITIAL_DELAY_MS = 3_000;
    static final String ORDERS = "orders";
    static final Uuid ORDERS_ID = new Uuid(1, 1);
    static final short LATEST = -1;

    final ManualTime time = new ManualTime(1_700_000_000_000L);
    final DirectScheduler scheduler = new DirectScheduler();
    final MetricRegistry registry = new MetricRegistry();
    final Map<Integer, InMemoryCoordinatorLog> logs = new HashMap<>();
    final Map<String, Uuid> topicIds = new HashMap<>(Map.of(ORDERS, ORDERS_ID));
    final Map<String, Integer> partitionCounts = new HashMap<>();
    final Map<String, Map<String, String>> groupConfigs = new HashMap<>();
    TopicFilter topicFilter = TopicFilter.ALL;
    long metadataVersion = 1;
    final Uuid offsetsTopicId = new Uuid(9, 9);
    final GroupCoordinatorConfig config;
    GroupCoordinator coordinator;

    Rig() {
        this(Map.of());
    }

    Rig(Map<String, String> overrides) {
        var values = new HashMap<>(Map.of("offsets.topic.num.partitions", "1"));
        values.putAll(overrides);
        config = GroupCoordinatorConfig.from(
                new AbstractConfig(GroupCoordinatorConfig.define(new ConfigDef()), values, false));
        for (int i = 0; i < config.topic().partitions(); i++) logs.put(i, new InMemoryCoordinatorLog());
        coordinator = newCoordinator();
        lead();
    }

    private GroupCoordinator newCoordinator() {
        CoordinatorLog.Opener opener = partition -> {
            InMemoryCoordinatorLog log = logs.get(partition);
            if (log == null) throw new AnswerException(Errors.NOT_LEADER_OR_FOLLOWER);
            return log;
        };
        var started = new GroupCoordinator(config, opener, topics(), time, scheduler, registry);
        started.activate();
        return started;
    }

    private Topics topics() {
        return new Topics() {
            @Override
            public Map<String, String> groupConfigs(String groupId) {
                return groupConfigs.getOrDefault(groupId, Map.of());
            }

            @Override
            public TopicCatalog catalog() {
                return new TestCatalog(metadataVersion, Map.copyOf(topicIds), Map.copyOf(partitionCounts));
            }

            @Override
            public Uuid idOf(String name) {
                return topicIds.getOrDefault(name, Uuid.ZERO_UUID);
            }

            @Override
            public @Nullable String nameOf(Uuid id) {
                return topicIds.entrySet().stream()
                        .filter(entry -> entry.getValue().equals(id))
                        .map(Map.Entry::getKey)
                        .findFirst()
                        .orElse(null);
            }

            @Override
            public boolean hasPartition(String topic, int partition) {
                return topicIds.containsKey(topic)
                        && partition >= 0
                        && partition < partitionCounts.getOrDefault(topic, TestCatalog.PARTITIONS);
            }
        };
    }

    /** A topic is created, or has other partitions than before. */
    void topic(String name, int partitions) {
        boolean isNew = !topicIds.containsKey(name);
        topicIds.computeIfAbsent(name, n -> new Uuid(1, 100 + n.hashCode()));
        partitionCounts.put(name, partitions);
        coordinator.topicsChanged(++metadataVersion, isNew);
    }

    /** A topic is deleted. */
    void deleteTopic(String name) {
        topicIds.remove(name);
        partitionCounts.remove(name);
        coordinator.topicsChanged(++metadataVersion, false);
    }

    /** The metadata says that the offsets topic is there; this broker leads the partitions that have a log. */
    void lead() {
        coordinator.partitions().update(offsetsTopicId, partitionIds());
    }

    private Set<Integer> partitionIds() {
        return IntStream.range(0, config.topic().partitions()).boxed().collect(Collectors.toSet());
    }

    /** The broker stops and starts again, on the same logs. */
    void restart() {
        coordinator.close();
        coordinator = newCoordinator();
        lead();
    }

    InMemoryCoordinatorLog log() {
        return logs.get(0);
    }

    InMemoryCoordinatorLog logOf(String groupId) {
        return logs.get(coordinator.partitionFor(groupId));
    }

    /** Moves the clock, and does what that makes due. */
    void advance(long millis) {
        time.advance(millis);
        coordinator.expiry().visitDue();
    }

    /** Waits until so many calls wait in the coordinator. */
    void awaitWaiting(int calls) {
        long giveUp = System.nanoTime() + 10_000_000_000L;
        while (time.parkedThreads() != calls) {
            if (System.nanoTime() > giveUp) {
                throw new AssertionError("Waiting: " + time.parkedThreads() + " instead of " + calls);
            }
            Thread.onSpinWait();
        }
    }

    CallContext ctx(int version) {
        return ctx(version, new Waiter(time));
    }

    CallContext ctx(int version, Waiter waiter) {
        return new CallContext(CLIENT, "/127.0.0.1", (short) version, waiter);
    }

    // ---- JoinGroup ----

    /** A JoinGroup of version 9 that can still be changed. */
    JoinGroupRequestData joinRequest(String memberId) {
        return new JoinGroupRequestData()
                .setGroupId(GROUP)
                .setMemberId(memberId)
                .setProtocolType("consumer")
                .setProtocols(protocols("range"))
                .setSessionTimeoutMs(SESSION_MS)
                .setRebalanceTimeoutMs(REBALANCE_MS);
    }

    static JoinGroupRequestProtocolCollection protocols(String... names) {
        var protocols = new JoinGroupRequestProtocolCollection();
        for (String name : names) {
            protocols.add(new JoinGroupRequestProtocol().setName(name).setMetadata(subscription(ORDERS)));
        }
        return protocols;
    }

    static byte[] subscription(String... topics) {
        ByteBuffer bytes = ConsumerProtocol.serializeSubscription(new Subscription(List.of(topics)));
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return copy;
    }

    Call<JoinGroupResponseData> join(JoinGroupRequestData request) {
        return join(request, 9);
    }

    Call<JoinGroupResponseData> join(JoinGroupRequestData request, int version) {
        var waiter = new Waiter(time);
        return Call.start(waiter, () -> coordinator.joinGroup(ctx(version, waiter), request));
    }

    /** A JoinGroup that does not wait. */
    JoinGroupResponseData joinNow(JoinGroupRequestData request, int version) {
        return join(request, version).get();
    }

    /** The id that a new dynamic member is given to come back with. */
    String newMemberId(String groupId) {
        JoinGroupResponseData response = joinNow(joinRequest("").setGroupId(groupId), 9);
        expect(Errors.MEMBER_ID_REQUIRED, response.errorCode());
        return response.memberId();
    }

    String newMemberId() {
        return newMemberId(GROUP);
    }

    // ---- SyncGroup ----

    SyncGroupRequestData syncRequest(JoinGroupResponseData joined) {
        return new SyncGroupRequestData()
                .setGroupId(GROUP)
                .setMemberId(joined.memberId())
                .setGenerationId(joined.generationId())
                .setProtocolType("consumer")
                .setProtocolName(joined.protocolName());
    }

    /** The leader's, with an assignment for each member that the response names: {@code for-<member>}. */
    SyncGroupRequestData leaderSyncRequest(JoinGroupResponseData joined) {
        return syncRequest(joined)
                .setAssignments(joined.members().stream()
                        .map(member -> new SyncGroupRequestAssignment()
                                .setMemberId(member.memberId())
                                .setAssignment(assignmentOf(member.memberId())))
                        .toList());
    }

    static byte[] assignmentOf(String memberId) {
        return ("for-" + memberId).getBytes(StandardCharsets.UTF_8);
    }

    Call<SyncGroupResponseData> sync(SyncGroupRequestData request) {
        var waiter = new Waiter(time);
        return Call.start(waiter, () -> coordinator.syncGroup(ctx(5, waiter), request));
    }

    // ---- whole groups ----

    /** A stable group; member id to what JoinGroup told it, the leader first. */
    Map<String, JoinGroupResponseData> stableGroup(int members) {
        return stableGroup(GROUP, members);
    }

    Map<String, JoinGroupResponseData> stableGroup(String groupId, int members) {
        var joins = IntStream.range(0, members)
                .mapToObj(i -> newMemberId(groupId))
                .map(id -> join(joinRequest(id).setGroupId(groupId)))
                .toList();
        awaitWaiting(members);
        completeFirstRebalance();
        return syncAll(groupId, joins);
    }

    /** Lets a group's first rebalance complete, whose members have all come. */
    void completeFirstRebalance() {
        // Once for those who came at first, once more for those who came later.
        advance(INITIAL_DELAY_MS);
        advance(INITIAL_DELAY_MS);
    }

    /** Every member syncs, the leader last; the leader is the first of the result. */
    Map<String, JoinGroupResponseData> syncAll(String groupId, List<Call<JoinGroupResponseData>> joins) {
        var joined = joins.stream().map(Call::get).toList();
        joined.forEach(each -> expect(Errors.NONE, each.errorCode()));
        var leader = joined.stream()
                .filter(each -> each.memberId().equals(each.leader()))
                .findFirst()
                .orElseThrow();
        var followers = joined.stream().filter(each -> each != leader).toList();
        var syncs = followers.stream()
                .map(each -> sync(syncRequest(each).setGroupId(groupId)))
                .toList();
        awaitWaiting(syncs.size());
        expect(
                Errors.NONE,
                sync(leaderSyncRequest(leader).setGroupId(groupId)).get().errorCode());
        syncs.forEach(sync -> expect(Errors.NONE, sync.get().errorCode()));
        var members = new LinkedHashMap<String, JoinGroupResponseData>();
        members.put(leader.memberId(), leader);
        followers.forEach(each -> members.put(each.memberId(), each));
        return members;
    }

    Errors heartbeat(String memberId, int generationId) {
        return heartbeat(new HeartbeatRequestData()
                .setGroupId(GROUP)
                .setMemberId(memberId)
                .setGenerationId(generationId));
    }

    Errors heartbeat(HeartbeatRequestData request) {
        return Errors.forCode(coordinator.heartbeat(ctx(4), request).errorCode());
    }

    LeaveGroupResponseData leave(MemberIdentity... members) {
        return coordinator.leaveGroup(
                ctx(5), new LeaveGroupRequestData().setGroupId(GROUP).setMembers(List.of(members)));
    }

    static MemberIdentity memberNamed(String memberId) {
        return new MemberIdentity().setMemberId(memberId);
    }

    GroupState state() {
        return state(GROUP);
    }

    GroupState state(String groupId) {
        var partition = coordinator.partitions().of(groupId);
        return partition.withExisting(groupId, group -> group.classic().state(), () -> GroupState.DEAD);
    }

    // ---- consumer groups ----

    ConsumerGroupHeartbeatResponseData consumerHeartbeat(ConsumerGroupHeartbeatRequestData request) {
        return coordinator.consumerGroupHeartbeat(ctx(1), request, topicFilter);
    }

    ConsumerMemberClient consumer(String memberId) {
        return new ConsumerMemberClient(this, memberId);
    }

    /** Lets members send heartbeats, as often as it takes for nothing to change any more. */
    void settle(ConsumerMemberClient... members) {
        for (int round = 0; round < 20; round++) {
            advance(1_000);
            for (ConsumerMemberClient member : members)
                expect(Errors.NONE, member.heartbeat().code());
        }
    }

    ConsumerGroupDescribeResponseData.DescribedGroup describeConsumerGroup(String groupId) {
        return coordinator
                .describeConsumerGroups(ctx(1), List.of(groupId))
                .groups()
                .getFirst();
    }

    // ---- streams groups ----

    StreamsHeartbeat streamsHeartbeat(StreamsGroupHeartbeatRequestData request) {
        return coordinator.streamsGroupHeartbeat(ctx(0), request);
    }

    StreamsMemberClient streamsMember(String memberId) {
        return new StreamsMemberClient(this, memberId);
    }

    /** Lets members send heartbeats, as often as it takes for nothing to change any more. */
    void settle(StreamsMemberClient... members) {
        for (int round = 0; round < 20; round++) {
            advance(1_000);
            for (StreamsMemberClient member : members)
                expect(Errors.NONE, member.heartbeat().code());
        }
    }

    StreamsGroupDescribeResponseData.DescribedGroup describeStreamsGroup(String groupId) {
        return coordinator
                .describeStreamsGroups(ctx(0), List.of(groupId))
                .groups()
                .getFirst();
    }

    Membership membership() {
        return coordinator.partitions().of(GROUP).withExisting(GROUP, Group::membership, () -> {
            throw new AssertionError("There is no such group");
        });
    }

    // ---- offsets ----

    OffsetCommitRequestData commitRequest(String topic, int partition, long offset) {
        return new OffsetCommitRequestData()
                .setGroupId(GROUP)
                .setTopics(List.of(new OffsetCommitRequestTopic()
                        .setName(topic)
                        .setTopicId(topicIds.getOrDefault(topic, Uuid.ZERO_UUID))
                        .setPartitions(List.of(new OffsetCommitRequestPartition()
                                .setPartitionIndex(partition)
                                .setCommittedOffset(offset)))));
    }

    OffsetCommitResponseData commit(OffsetCommitRequestData request, int version) {
        return coordinator.commitOffsets(ctx(version), request);
    }

    Errors commit(OffsetCommitRequestData request) {
        return errorOf(commit(request, 9));
    }

    static Errors errorOf(OffsetCommitResponseData response) {
        return Errors.forCode(
                response.topics().getFirst().partitions().getFirst().errorCode());
    }

    OffsetFetchResponseGroup fetch(
            @Nullable List<OffsetFetchRequestTopics> topics, boolean requireStable, int version) {
        var request = new OffsetFetchRequestData()
                .setRequireStable(requireStable)
                .setGroups(
                        List.of(new OffsetFetchRequestGroup().setGroupId(GROUP).setTopics(topics)));
        return coordinator.fetchOffsets(ctx(version), request).groups().getFirst();
    }

    OffsetFetchResponsePartitions fetch(String topic, int partition) {
        var topics = List.of(new OffsetFetchRequestTopics().setName(topic).setPartitionIndexes(List.of(partition)));
        return fetch(topics, true, 9).topics().getFirst().partitions().getFirst();
    }

    /** What is committed for the partition; -1 if nothing. */
    long committed(String topic, int partition) {
        return fetch(topic, partition).committedOffset();
    }

    static void expect(Errors expected, short errorCode) {
        Errors actual = Errors.forCode(errorCode);
        if (actual != expected) throw new AssertionError("Expected " + expected + " but was " + actual);
    }

    @Override
    public void close() {
        coordinator.close();
    }
}
