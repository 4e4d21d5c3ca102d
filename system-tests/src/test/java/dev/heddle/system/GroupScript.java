package dev.heddle.system;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ConsumerGroupDescribeResponse;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatResponse;
import org.apache.kafka.common.requests.DeleteGroupsResponse;
import org.apache.kafka.common.requests.DescribeGroupsResponse;
import org.apache.kafka.common.requests.HeartbeatResponse;
import org.apache.kafka.common.requests.JoinGroupResponse;
import org.apache.kafka.common.requests.LeaveGroupResponse;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.apache.kafka.common.requests.OffsetCommitResponse;
import org.apache.kafka.common.requests.OffsetDeleteResponse;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.apache.kafka.common.requests.SyncGroupResponse;
import org.apache.kafka.common.utils.Utils;

/**
 * The members of one group at one broker, which do as they are told by {@link Step}s and say what came of it, in words that
 * are the same for every broker that behaves the same. One thread uses it.
 *
 * <p>There are dynamic and static members of the consumer protocol, and a static one of the classic protocol; more than
 * one of those would wait for each other.
 */
final class GroupScript {

    static final int CONSUMERS = 4;
    private static final int STATIC_CONSUMER = 3;
    private static final int PARTITIONS = 6;
    private static final String STATIC_INSTANCE = "instance-3";

    /** What can happen. */
    enum Kind {
        JOIN,
        BEAT,
        BEAT_AGAIN,
        BEAT_WITHOUT_PARTITIONS,
        BEAT_IN_ANOTHER_EPOCH,
        RESUBSCRIBE,
        LEAVE,
        GO_AWAY,
        COMMIT,
        COMMIT_IN_ANOTHER_EPOCH,
        COMMIT_AS_NOBODY,
        FETCH,
        DELETE_OFFSET,
        DESCRIBE,
        DESCRIBE_AS_CLASSIC,
        LIST,
        DELETE_GROUP,
        CLASSIC_JOIN,
        CLASSIC_SYNC,
        CLASSIC_BEAT,
        CLASSIC_LEAVE,
        CLASSIC_COMMIT
    }

    /** Something that happens; {@code variant} chooses the details. */
    record Step(Kind kind, int member, int variant) {

        static Step random(Random random) {
            // Most of the time members send heartbeats.
            Kind kind = random.nextInt(3) == 0 ? Kind.BEAT : Kind.values()[random.nextInt(Kind.values().length)];
            return new Step(kind, random.nextInt(CONSUMERS), random.nextInt(100));
        }
    }

    /**
     * How a group is.
     *
     * @param assignor what its members ask for
     * @param topics what they may subscribe to
     * @param classicInstance the instance of the classic member; null if there is none
     */
    record Plan(String group, String assignor, List<String> topics, String classicInstance) {}

    private static final class Consumer {
        private String id;
        private int epoch;
        private List<String> topics;
        private Map<Uuid, TreeSet<Integer>> has = new HashMap<>();
        private int incarnation;
    }

    private final Plan plan;
    private final RawConnection connection;
    private final Map<String, Uuid> topicIds;
    private final List<Consumer> consumers = new ArrayList<>();
    private String classicId = "";
    private int generation;

    GroupScript(Plan plan, RawConnection connection, Map<String, Uuid> topicIds) {
        this.plan = plan;
        this.connection = connection;
        this.topicIds = topicIds;
        for (int i = 0; i < CONSUMERS; i++) {
            var consumer = new Consumer();
            consumer.id = "member-" + i;
            consumer.topics = plan.topics().subList(0, 1);
            consumers.add(consumer);
        }
    }

    static int partitions() {
        return PARTITIONS;
    }

    /** Does it, and says what came of it. */
    String run(Step step) {
        Consumer member = consumers.get(step.member());
        boolean hasClassic = plan.classicInstance() != null;
        return switch (step.kind()) {
            case JOIN -> join(step, member);
            case BEAT, BEAT_AGAIN -> beat(step, member, request(step, member).setTopicPartitions(owned(member)));
            case BEAT_WITHOUT_PARTITIONS -> beat(step, member, request(step, member));
            case BEAT_IN_ANOTHER_EPOCH -> beatInAnotherEpoch(step, member);
            case RESUBSCRIBE -> {
                member.topics = topics(step);
                yield beat(
                        step,
                        member,
                        request(step, member).setTopicPartitions(owned(member)).setSubscribedTopicNames(member.topics));
            }
            case LEAVE -> leave(step, member, -1);
            case GO_AWAY -> leave(step, member, -2);
            case COMMIT -> commit(step, member.id, member.epoch);
            case COMMIT_IN_ANOTHER_EPOCH -> commit(step, member.id, member.epoch + 1 - step.variant() % 4);
            case COMMIT_AS_NOBODY -> commit(step, "", -1);
            case FETCH -> fetch(step, member);
            case DELETE_OFFSET -> deleteOffset(step);
            case DESCRIBE -> describe();
            case DESCRIBE_AS_CLASSIC -> describeAsClassic((short) (step.variant() % 2 == 0 ? 5 : 6));
            case LIST -> list(step);
            case DELETE_GROUP -> deleteGroup();
            case CLASSIC_JOIN -> hasClassic ? classicJoin() : "";
            case CLASSIC_SYNC -> hasClassic ? classicSync() : "";
            case CLASSIC_BEAT -> hasClassic ? classicBeat() : "";
            case CLASSIC_LEAVE -> hasClassic ? classicLeave() : "";
            case CLASSIC_COMMIT -> hasClassic ? commit(step, classicId, generation - step.variant() % 2) : "";
        };
    }

    // ---- the consumer protocol ----

    private List<String> topics(Step step) {
        return switch (step.variant() % 3) {
            case 0 -> plan.topics();
            case 1 -> plan.topics().subList(0, 1);
            default ->
                plan.topics().subList(plan.topics().size() - 1, plan.topics().size());
        };
    }

    private ConsumerGroupHeartbeatRequestData request(Step step, Consumer member) {
        return new ConsumerGroupHeartbeatRequestData()
                .setGroupId(plan.group())
                .setMemberId(member.id)
                .setMemberEpoch(member.epoch)
                .setInstanceId(step.member() == STATIC_CONSUMER ? STATIC_INSTANCE : null);
    }

    private static List<TopicPartitions> owned(Consumer member) {
        return member.has.entrySet().stream()
                .map(entry ->
                        new TopicPartitions().setTopicId(entry.getKey()).setPartitions(List.copyOf(entry.getValue())))
                .toList();
    }

    private String join(Step step, Consumer member) {
        if (step.member() == STATIC_CONSUMER && step.variant() % 2 == 0) member.id = "static-" + ++member.incarnation;
        member.epoch = 0;
        member.has.clear();
        member.topics = topics(step);
        return beat(
                step,
                member,
                request(step, member)
                        .setRebalanceTimeoutMs(60_000)
                        .setServerAssignor(plan.assignor())
                        .setSubscribedTopicNames(member.topics)
                        .setTopicPartitions(List.of()));
    }

    private String beat(Step step, Consumer member, ConsumerGroupHeartbeatRequestData request) {
        // In the first epoch it would join, and has not said what it wants.
        if (request.memberEpoch() == 0 && request.rebalanceTimeoutMs() == -1) return "";
        ConsumerGroupHeartbeatResponse response = connection.ask(ApiKeys.CONSUMER_GROUP_HEARTBEAT, (short) 1, request);
        ConsumerGroupHeartbeatResponseData data = response.data();
        if (data.errorCode() != 0) return name(data.errorCode());
        member.epoch = data.memberEpoch();
        if (data.assignment() == null) return "epoch " + data.memberEpoch();
        member.has = new HashMap<>();
        data.assignment()
                .topicPartitions()
                .forEach(topic -> member.has.put(topic.topicId(), new TreeSet<>(topic.partitions())));
        return "epoch " + data.memberEpoch() + " has " + named(member.has);
    }

    private String beatInAnotherEpoch(Step step, Consumer member) {
        int epoch = Math.max(1, member.epoch + (step.variant() % 2 == 0 ? 1 : -1));
        ConsumerGroupHeartbeatRequestData request = request(step, member).setMemberEpoch(epoch);
        if (step.variant() % 3 == 0) request.setTopicPartitions(owned(member));
        return beat(step, member, request);
    }

    private String leave(Step step, Consumer member, int epoch) {
        ConsumerGroupHeartbeatResponse response = connection.ask(
                ApiKeys.CONSUMER_GROUP_HEARTBEAT,
                (short) 1,
                request(step, member).setMemberEpoch(epoch));
        ConsumerGroupHeartbeatResponseData data = response.data();
        if (data.errorCode() != 0) return name(data.errorCode());
        member.has.clear();
        return "left with " + data.memberEpoch();
    }

    private String named(Map<Uuid, ? extends Collection<Integer>> partitions) {
        var named = new TreeMap<String, List<Integer>>();
        topicIds.forEach((name, id) -> {
            Collection<Integer> of = partitions.get(id);
            if (of != null && !of.isEmpty())
                named.put(name.replaceFirst(".*-", ""), of.stream().sorted().toList());
        });
        return named.toString();
    }

    // ---- offsets ----

    private String topic(Step step) {
        return plan.topics().get(step.variant() % plan.topics().size());
    }

    private String commit(Step step, String memberId, int epoch) {
        var partition = new OffsetCommitRequestData.OffsetCommitRequestPartition()
                .setPartitionIndex(step.variant() % PARTITIONS)
                .setCommittedOffset(step.variant());
        OffsetCommitResponse response = connection.ask(
                ApiKeys.OFFSET_COMMIT,
                (short) 9,
                new OffsetCommitRequestData()
                        .setGroupId(plan.group())
                        .setMemberId(memberId)
                        .setGenerationIdOrMemberEpoch(epoch)
                        .setTopics(List.of(new OffsetCommitRequestData.OffsetCommitRequestTopic()
                                .setName(topic(step))
                                .setPartitions(List.of(partition)))));
        return name(response.data().topics().getFirst().partitions().getFirst().errorCode());
    }

    private String fetch(Step step, Consumer member) {
        boolean isMember = step.variant() % 3 != 0;
        OffsetFetchResponse response = connection.ask(
                ApiKeys.OFFSET_FETCH,
                (short) 9,
                new OffsetFetchRequestData()
                        .setGroups(List.of(new OffsetFetchRequestData.OffsetFetchRequestGroup()
                                .setGroupId(plan.group())
                                .setMemberId(isMember ? member.id : null)
                                .setMemberEpoch(isMember ? member.epoch - step.variant() % 2 : -1)
                                .setTopics(null))));
        var group = response.data().groups().getFirst();
        var offsets = new TreeMap<String, Long>();
        group.topics()
                .forEach(topic -> topic.partitions()
                        .forEach(partition -> offsets.put(
                                topic.name().replaceFirst(".*-", "") + partition.partitionIndex(),
                                partition.committedOffset())));
        return name(group.errorCode()) + offsets;
    }

    private String deleteOffset(Step step) {
        var partition = new OffsetDeleteRequestData.OffsetDeleteRequestPartition()
                .setPartitionIndex(step.variant() % PARTITIONS);
        OffsetDeleteResponse response = connection.ask(
                ApiKeys.OFFSET_DELETE,
                (short) 0,
                new OffsetDeleteRequestData()
                        .setGroupId(plan.group())
                        .setTopics(new OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection(
                                List.of(new OffsetDeleteRequestData.OffsetDeleteRequestTopic()
                                                .setName(topic(step))
                                                .setPartitions(List.of(partition)))
                                        .iterator())));
        OffsetDeleteResponseData data = response.data();
        return name(data.errorCode())
                + data.topics().stream()
                        .map(topic -> name(topic.partitions().iterator().next().errorCode()))
                        .toList();
    }

    // ---- what administrators see ----

    private String describe() {
        ConsumerGroupDescribeResponse response = connection.ask(
                ApiKeys.CONSUMER_GROUP_DESCRIBE,
                (short) 1,
                new ConsumerGroupDescribeRequestData().setGroupIds(List.of(plan.group())));
        var group = response.data().groups().getFirst();
        if (group.errorCode() != 0) return name(group.errorCode());
        var members = new TreeSet<String>();
        for (var member : group.members()) {
            members.add(anonymous(member.memberId()) + " " + member.instanceId() + " " + member.memberEpoch() + " type "
                    + member.memberType() + " has " + partitions(member.assignment()) + " gets "
                    + partitions(member.targetAssignment()) + " wants " + new TreeSet<>(member.subscribedTopicNames())
                    + " " + member.subscribedTopicRegex());
        }
        return group.groupState() + " " + group.groupEpoch() + " " + group.assignmentEpoch() + " "
                + group.assignorName() + " " + members;
    }

    private String partitions(ConsumerGroupDescribeResponseData.Assignment assignment) {
        var partitions = new HashMap<Uuid, List<Integer>>();
        assignment.topicPartitions().forEach(topic -> partitions.put(topic.topicId(), topic.partitions()));
        return named(partitions);
    }

    private String anonymous(String memberId) {
        return memberId.equals(classicId) ? "classic" : memberId;
    }

    private String describeAsClassic(short version) {
        DescribeGroupsResponse response = connection.ask(
                ApiKeys.DESCRIBE_GROUPS, version, new DescribeGroupsRequestData().setGroups(List.of(plan.group())));
        var group = response.data().groups().getFirst();
        return name(group.errorCode()) + " " + group.groupState() + " " + group.protocolType() + " "
                + group.protocolData() + " "
                + group.members().stream()
                        .map(member -> anonymous(member.memberId()) + member.groupInstanceId())
                        .sorted()
                        .toList();
    }

    private String list(Step step) {
        var request = new ListGroupsRequestData();
        switch (step.variant() % 4) {
            case 0 -> request.setTypesFilter(List.of("consumer"));
            case 1 -> request.setTypesFilter(List.of("Classic"));
            case 2 -> request.setStatesFilter(List.of("stable", "Empty"));
            default -> {}
        }
        ListGroupsResponse response = connection.ask(ApiKeys.LIST_GROUPS, (short) 5, request);
        return response.data().groups().stream()
                .filter(group -> group.groupId().equals(plan.group()))
                .map(group -> group.groupType() + " " + group.groupState() + " " + group.protocolType())
                .toList()
                .toString();
    }

    private String deleteGroup() {
        DeleteGroupsResponse response = connection.ask(
                ApiKeys.DELETE_GROUPS, (short) 2, new DeleteGroupsRequestData().setGroupsNames(List.of(plan.group())));
        return name(response.data().results().find(plan.group()).errorCode());
    }

    // ---- the classic protocol ----

    private String classicJoin() {
        // With an id it would make Apache Kafka forget a consumer group that is empty, until it loads it again.
        if (describe().startsWith("Empty")) classicId = "";
        var subscription = new Subscription(plan.topics(), null, List.of(), -1, Optional.empty());
        var protocols = new JoinGroupRequestProtocolCollection();
        protocols.add(new JoinGroupRequestProtocol()
                .setName("range")
                .setMetadata(Utils.toArray(ConsumerProtocol.serializeSubscription(subscription))));
        JoinGroupResponse response = connection.ask(
                ApiKeys.JOIN_GROUP,
                (short) 9,
                new JoinGroupRequestData()
                        .setGroupId(plan.group())
                        .setMemberId(classicId)
                        .setGroupInstanceId(plan.classicInstance())
                        .setProtocolType("consumer")
                        .setSessionTimeoutMs(60_000)
                        .setRebalanceTimeoutMs(60_000)
                        .setProtocols(protocols));
        JoinGroupResponseData data = response.data();
        if (data.errorCode() != 0) {
            classicId = "";
            return name(data.errorCode());
        }
        classicId = data.memberId();
        generation = data.generationId();
        return "generation " + generation + " " + data.protocolName() + " "
                + (data.leader().equals(classicId) ? "leads " : "follows ")
                + data.members().size() + " " + data.skipAssignment();
    }

    private String classicSync() {
        var all = new ArrayList<TopicPartition>();
        for (String topic : plan.topics()) {
            for (int i = 0; i < PARTITIONS; i++) all.add(new TopicPartition(topic, i));
        }
        SyncGroupResponse response = connection.ask(
                ApiKeys.SYNC_GROUP,
                (short) 5,
                new SyncGroupRequestData()
                        .setGroupId(plan.group())
                        .setMemberId(classicId)
                        .setGroupInstanceId(plan.classicInstance())
                        .setGenerationId(generation)
                        .setProtocolType("consumer")
                        .setProtocolName("range")
                        .setAssignments(List.of(new SyncGroupRequestData.SyncGroupRequestAssignment()
                                .setMemberId(classicId)
                                .setAssignment(
                                        Utils.toArray(ConsumerProtocol.serializeAssignment(new Assignment(all)))))));
        byte[] assignment = response.data().assignment();
        if (response.data().errorCode() != 0 || assignment.length == 0) {
            return name(response.data().errorCode()) + Arrays.toString(assignment);
        }
        return ConsumerProtocol.deserializeAssignment(ByteBuffer.wrap(assignment)).partitions().stream()
                .map(partition -> partition.topic().replaceFirst(".*-", "") + partition.partition())
                .sorted()
                .toList()
                .toString();
    }

    private String classicBeat() {
        HeartbeatResponse response = connection.ask(
                ApiKeys.HEARTBEAT,
                (short) 4,
                new HeartbeatRequestData()
                        .setGroupId(plan.group())
                        .setMemberId(classicId)
                        .setGroupInstanceId(plan.classicInstance())
                        .setGenerationId(generation));
        return name(response.data().errorCode());
    }

    private String classicLeave() {
        LeaveGroupResponse response = connection.ask(
                ApiKeys.LEAVE_GROUP,
                (short) 5,
                new LeaveGroupRequestData()
                        .setGroupId(plan.group())
                        .setMembers(List.of(new LeaveGroupRequestData.MemberIdentity()
                                .setMemberId(classicId)
                                .setGroupInstanceId(plan.classicInstance()))));
        classicId = "";
        LeaveGroupResponseData data = response.data();
        return name(data.errorCode())
                + data.members().stream()
                        .map(member -> name(member.errorCode()))
                        .toList();
    }

    private static String name(short errorCode) {
        return Errors.forCode(errorCode).name();
    }
}
