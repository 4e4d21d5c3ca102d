package dev.heddle.system;

import static dev.heddle.system.GroupRequests.lastOf;
import static dev.heddle.system.GroupRequests.name;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ConsumerGroupDescribeResponse;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatResponse;

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
        RESUBSCRIBE_BY_REGEX,
        GROW,
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
    private final Clients clients;
    private final RawConnection connection;
    private final GroupRequests requests;
    private final Map<String, Uuid> topicIds;
    private final List<Consumer> consumers = new ArrayList<>();
    private final ClassicGuest classic;

    GroupScript(Plan plan, DifferentialSide side, Map<String, Uuid> topicIds) {
        this.plan = plan;
        clients = side.clients();
        connection = side.connection();
        this.topicIds = topicIds;
        requests = new GroupRequests(connection, plan.group(), topicIds);
        classic = new ClassicGuest(connection, plan.group(), plan.classicInstance(), plan.topics(), PARTITIONS);
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
            case RESUBSCRIBE_BY_REGEX -> {
                member.topics = topics(step);
                yield beat(
                        step,
                        member,
                        request(step, member)
                                .setTopicPartitions(owned(member))
                                .setSubscribedTopicNames(member.topics)
                                .setSubscribedTopicRegex(regex(step)));
            }
            case GROW -> grow(step);
            case LEAVE -> leave(step, member, -1);
            case GO_AWAY -> leave(step, member, -2);
            case COMMIT -> commit(step, member.id, member.epoch);
            case COMMIT_IN_ANOTHER_EPOCH -> commit(step, member.id, member.epoch + 1 - step.variant() % 4);
            case COMMIT_AS_NOBODY -> commit(step, "", -1);
            case FETCH -> fetch(step, member);
            case DELETE_OFFSET -> requests.deleteOffset(topic(step), step.variant() % PARTITIONS);
            case DESCRIBE -> describe();
            case DESCRIBE_AS_CLASSIC -> requests.describe(step.variant() % 2 == 0 ? 5 : 6, this::anonymous);
            case LIST -> requests.list(step.variant());
            case DELETE_GROUP -> requests.deleteGroup();
            case CLASSIC_JOIN -> hasClassic ? classicJoin() : "";
            case CLASSIC_SYNC -> hasClassic ? classic.sync() : "";
            case CLASSIC_BEAT -> hasClassic ? classic.beat() : "";
            case CLASSIC_LEAVE -> hasClassic ? classic.leave() : "";
            case CLASSIC_COMMIT ->
                hasClassic ? commit(step, classic.id(), classic.generation() - step.variant() % 2) : "";
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

    private String regex(Step step) {
        return switch (step.variant() % 5) {
            case 0 -> "";
            case 1 -> plan.group() + "-(a|x)";
            case 2 -> plan.group() + "-[b-z]+";
            case 3 -> "(";
            default -> plan.group() + "-.*";
        };
    }

    private String grow(Step step) {
        String topic = topic(step);
        int partitions = clients.partitions(topic) + 1;
        clients.growTopic(topic, partitions);
        return topic + " has " + partitions;
    }

    /** All that are members do what their clients do all the time. */
    void beatAll() {
        for (int i = 0; i < CONSUMERS; i++) {
            if (consumers.get(i).epoch > 0) run(new Step(Kind.BEAT, i, 0));
        }
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
                named.put(lastOf(name), of.stream().sorted().toList());
        });
        return named.toString();
    }

    // ---- offsets ----

    private String topic(Step step) {
        return plan.topics().get(step.variant() % plan.topics().size());
    }

    private String commit(Step step, String memberId, int epoch) {
        return requests.commit(
                9,
                new GroupRequests.Member(memberId, null, epoch),
                new GroupRequests.Offset(topic(step), step.variant() % PARTITIONS, step.variant(), null));
    }

    private String fetch(Step step, Consumer member) {
        boolean isMember = step.variant() % 3 != 0;
        return isMember
                ? requests.fetchAll(9, member.id, member.epoch - step.variant() % 2)
                : requests.fetchAll(9, null, -1);
    }

    // ---- what administrators see ----

    String describe() {
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

    private String classicJoin() {
        // With an id it would make Apache Kafka forget a consumer group that is empty, until it loads it again.
        if (describe().startsWith("Empty")) classic.forget();
        return classic.join();
    }

    private String anonymous(String memberId) {
        return memberId.equals(classic.id()) ? "classic" : memberId;
    }
}
