package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.StreamsGroupDescribeRequestData;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.CopartitionGroup;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Endpoint;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Subtopology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.TaskIds;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.TopicInfo;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Topology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DeleteGroupsResponse;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.apache.kafka.common.requests.OffsetCommitResponse;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.apache.kafka.common.requests.StreamsGroupDescribeResponse;
import org.apache.kafka.common.requests.StreamsGroupHeartbeatResponse;

/**
 * The members of one application of Kafka Streams at one broker, which do as they are told by {@link Step}s and say what
 * came of it, in words that are the same for every broker that behaves the same. One thread uses it.
 */
final class StreamsScript {

    static final int PARTITIONS = 4;

    private static final int MEMBERS = 4;

    /** What can happen. */
    enum Kind {
        JOIN,
        BEAT,
        BEAT_WITHOUT_TASKS,
        BEAT_IN_ANOTHER_EPOCH,
        BEAT_WITH_STRANGE_TASKS,
        JOIN_WITH_ANOTHER_TOPOLOGY,
        ASK_FOR_SHUTDOWN,
        LEAVE,
        COMMIT,
        COMMIT_IN_ANOTHER_EPOCH,
        FETCH,
        DESCRIBE,
        LIST,
        DELETE_GROUP
    }

    /** Something that happens; {@code variant} chooses the details. */
    record Step(Kind kind, int member, int variant) {

        static Step random(Random random) {
            // Most of the time members send heartbeats.
            Kind kind = random.nextInt(3) > 0 ? Kind.BEAT : Kind.values()[random.nextInt(Kind.values().length)];
            return new Step(kind, random.nextInt(MEMBERS), random.nextInt(100));
        }
    }

    private static final class Member {
        private String id;
        private int epoch;
        private int endpointEpoch;
        private Map<String, Set<Integer>> active = new TreeMap<>();
        private Map<String, Set<Integer>> standby = new TreeMap<>();
    }

    private final String group;
    private final Clients clients;
    private final RawConnection connection;
    private final List<Member> members = new ArrayList<>();

    StreamsScript(String group, Clients clients, RawConnection connection) {
        this.group = group;
        this.clients = clients;
        this.connection = connection;
        for (int i = 0; i < MEMBERS; i++) {
            var member = new Member();
            member.id = "" + (char) ('a' + i);
            members.add(member);
        }
    }

    static String source(String group) {
        return group + "-source";
    }

    static String table(String group) {
        return group + "-table";
    }

    /**
     * Its first member joins, and goes when all topics that were missing have been created, and it has its tasks. How many
     * epochs that takes depends on when the coordinator learns of each topic: so the group begins anew after that.
     *
     * @param copies how many copies each task with a state is to have
     */
    void begin(int copies) {
        copy(copies);
        Member first = members.getFirst();
        awaitTopics(first);
        leave(first);
        assertEquals("NONE", deleteGroup());
        join(first, 0);
        leave(first);
    }

    private void awaitTopics(Member first) {
        join(first, 0);
        Await.that(
                () -> {
                    beat(
                            first,
                            request(first)
                                    .setActiveTasks(List.of())
                                    .setStandbyTasks(List.of())
                                    .setWarmupTasks(List.of()));
                    return !first.active.isEmpty();
                },
                "the application has its topics");
    }

    /** Does it, and says what came of it. */
    String run(Step step) {
        Member member = members.get(step.member());
        return switch (step.kind()) {
            case JOIN -> join(member, step.variant() % 10 == 0 ? 1 : 0);
            case BEAT -> beat(member, owning(member));
            case BEAT_WITHOUT_TASKS -> beat(member, request(member));
            case BEAT_IN_ANOTHER_EPOCH -> {
                int epoch = Math.max(1, member.epoch + (step.variant() % 2 == 0 ? 1 : -1));
                yield beat(member, (step.variant() % 3 == 0 ? request(member) : owning(member)).setMemberEpoch(epoch));
            }
            case BEAT_WITH_STRANGE_TASKS -> beatWithStrangeTasks(step, member);
            case JOIN_WITH_ANOTHER_TOPOLOGY -> joinWithAnotherTopology(step, member);
            case ASK_FOR_SHUTDOWN ->
                step.variant() % 4 > 0 ? "" : beat(member, owning(member).setShutdownApplication(true));
            case LEAVE -> leave(member);
            case COMMIT -> commit(step, member, member.epoch);
            case COMMIT_IN_ANOTHER_EPOCH -> commit(step, member, member.epoch + 1 - step.variant() % 4);
            case FETCH -> fetch(step, member);
            case DESCRIBE -> describe();
            case LIST -> list(step);
            case DELETE_GROUP -> deleteGroup();
        };
    }

    // ---- heartbeats ----

    private StreamsGroupHeartbeatRequestData request(Member member) {
        return new StreamsGroupHeartbeatRequestData()
                .setGroupId(group)
                .setMemberId(member.id)
                .setMemberEpoch(member.epoch)
                .setEndpointInformationEpoch(member.endpointEpoch);
    }

    private StreamsGroupHeartbeatRequestData owning(Member member) {
        return request(member)
                .setActiveTasks(ids(member.active))
                .setStandbyTasks(ids(member.standby))
                .setWarmupTasks(List.of());
    }

    private static List<TaskIds> ids(Map<String, Set<Integer>> tasks) {
        return tasks.entrySet().stream()
                .map(entry ->
                        new TaskIds().setSubtopologyId(entry.getKey()).setPartitions(List.copyOf(entry.getValue())))
                .toList();
    }

    private StreamsGroupHeartbeatRequestData joinRequest(Member member, Topology topology) {
        member.epoch = 0;
        member.endpointEpoch = 0;
        member.active = new TreeMap<>();
        member.standby = new TreeMap<>();
        int number = member.id.charAt(0) - 'a';
        return owning(member)
                .setRebalanceTimeoutMs(60_000)
                // Two of them are threads of one process.
                .setProcessId("process-" + number / 2)
                .setUserEndpoint(number == 0 ? new Endpoint().setHost("host").setPort(8080) : null)
                .setTopology(topology);
    }

    /** Reads a topic and partitions it anew, to join it with another and to keep a state of both. */
    private Topology topology(int epoch) {
        return new Topology()
                .setEpoch(epoch)
                .setSubtopologies(List.of(
                        new Subtopology()
                                .setSubtopologyId("0")
                                .setSourceTopics(List.of(source(group)))
                                .setRepartitionSinkTopics(List.of(group + "-repartition")),
                        new Subtopology()
                                .setSubtopologyId("1")
                                .setSourceTopics(List.of(table(group)))
                                .setRepartitionSourceTopics(List.of(new TopicInfo().setName(group + "-repartition")))
                                .setStateChangelogTopics(List.of(new TopicInfo().setName(group + "-changelog")))
                                .setCopartitionGroups(List.of(new CopartitionGroup()
                                        .setSourceTopics(List.of((short) 0))
                                        .setRepartitionSourceTopics(List.of((short) 0))))));
    }

    private String join(Member member, int without) {
        StreamsGroupHeartbeatRequestData request = joinRequest(member, topology(0));
        return beat(member, without == 0 ? request : request.setRebalanceTimeoutMs(-1));
    }

    private String joinWithAnotherTopology(Step step, Member member) {
        Topology topology = topology(step.variant() % 3);
        if (step.variant() % 2 == 0) topology.subtopologies().getFirst().setRepartitionSinkTopics(List.of("others"));
        return beat(member, joinRequest(member, topology));
    }

    private String beatWithStrangeTasks(Step step, Member member) {
        List<TaskIds> strange = List.of(
                new TaskIds().setSubtopologyId("" + step.variant() % 3).setPartitions(List.of(step.variant() % 7)));
        var request = owning(member).setActiveTasks(strange);
        return beat(member, step.variant() % 5 == 0 ? request.setStandbyTasks(null) : request);
    }

    private String beat(Member member, StreamsGroupHeartbeatRequestData request) {
        if (request.memberEpoch() == 0 && request.topology() == null) request = joinRequest(member, topology(0));
        StreamsGroupHeartbeatResponse response = connection.ask(ApiKeys.STREAMS_GROUP_HEARTBEAT, (short) 0, request);
        StreamsGroupHeartbeatResponseData data = response.data();
        if (data.errorCode() != 0) return name(data.errorCode()) + " " + data.errorMessage();
        member.epoch = data.memberEpoch();
        member.endpointEpoch = data.endpointInformationEpoch();
        var told = new StringBuilder("epoch " + data.memberEpoch() + " endpoints " + data.endpointInformationEpoch());
        if (data.activeTasks() != null) {
            member.active = tasks(data.activeTasks());
            member.standby = tasks(data.standbyTasks());
            told.append(" has ").append(member.active).append(" copies ").append(member.standby);
        }
        data.status()
                .forEach(each ->
                        told.append("; ").append(each.statusCode()).append(' ').append(each.statusDetail()));
        if (data.partitionsByUserEndpoint() != null) {
            data.partitionsByUserEndpoint()
                    .forEach(each -> told.append("; ")
                            .append(each.userEndpoint().port())
                            .append(partitions(each.activePartitions()))
                            .append(partitions(each.standbyPartitions())));
        }
        return told.toString();
    }

    private static Map<String, Set<Integer>> tasks(List<StreamsGroupHeartbeatResponseData.TaskIds> ids) {
        Map<String, Set<Integer>> tasks = new TreeMap<>();
        ids.forEach(each -> tasks.put(each.subtopologyId(), new TreeSet<>(each.partitions())));
        return tasks;
    }

    private String partitions(List<StreamsGroupHeartbeatResponseData.TopicPartition> partitions) {
        var named = new TreeMap<String, Set<Integer>>();
        partitions.forEach(each -> named.put(each.topic().substring(group.length()), new TreeSet<>(each.partitions())));
        return named.toString();
    }

    private String leave(Member member) {
        StreamsGroupHeartbeatResponse response = connection.ask(
                ApiKeys.STREAMS_GROUP_HEARTBEAT, (short) 0, request(member).setMemberEpoch(-1));
        StreamsGroupHeartbeatResponseData data = response.data();
        if (data.errorCode() != 0) return name(data.errorCode()) + " " + data.errorMessage();
        return "left with " + data.memberEpoch();
    }

    // ---- offsets ----

    private String commit(Step step, Member member, int epoch) {
        var partition = new OffsetCommitRequestData.OffsetCommitRequestPartition()
                .setPartitionIndex(step.variant() % PARTITIONS)
                .setCommittedOffset(step.variant());
        OffsetCommitResponse response = connection.ask(
                ApiKeys.OFFSET_COMMIT,
                (short) 9,
                new OffsetCommitRequestData()
                        .setGroupId(group)
                        .setMemberId(step.variant() % 9 == 0 ? "" : member.id)
                        .setGenerationIdOrMemberEpoch(step.variant() % 9 == 0 ? -1 : epoch)
                        .setTopics(List.of(new OffsetCommitRequestData.OffsetCommitRequestTopic()
                                .setName(source(group))
                                .setPartitions(List.of(partition)))));
        return name(response.data().topics().getFirst().partitions().getFirst().errorCode());
    }

    private String fetch(Step step, Member member) {
        boolean isMember = step.variant() % 3 != 0;
        OffsetFetchResponse response = connection.ask(
                ApiKeys.OFFSET_FETCH,
                (short) 9,
                new OffsetFetchRequestData()
                        .setGroups(List.of(new OffsetFetchRequestData.OffsetFetchRequestGroup()
                                .setGroupId(group)
                                .setMemberId(isMember ? member.id : null)
                                .setMemberEpoch(isMember ? member.epoch - step.variant() % 2 : -1)
                                .setTopics(null))));
        var answer = response.data().groups().getFirst();
        var offsets = new TreeMap<Integer, Long>();
        answer.topics()
                .forEach(topic -> topic.partitions()
                        .forEach(partition -> offsets.put(partition.partitionIndex(), partition.committedOffset())));
        return name(answer.errorCode()) + offsets;
    }

    // ---- what administrators see and do ----

    private String describe() {
        StreamsGroupDescribeResponse response = connection.ask(
                ApiKeys.STREAMS_GROUP_DESCRIBE,
                (short) 0,
                new StreamsGroupDescribeRequestData().setGroupIds(List.of(group)));
        var described = response.data().groups().getFirst();
        if (described.errorCode() != 0) return name(described.errorCode()) + " " + described.errorMessage();
        var told = new TreeMap<String, String>();
        for (var member : described.members()) {
            told.put(
                    member.memberId(),
                    member.memberEpoch() + " of topology " + member.topologyEpoch() + " in " + member.processId()
                            + " has " + tasks(member.assignment()) + " gets " + tasks(member.targetAssignment()));
        }
        return described.groupState() + " " + described.groupEpoch() + " " + described.assignmentEpoch() + " "
                + topology(described) + " " + told;
    }

    /** Without the partitions of its topics, of which Apache Kafka may not know yet what it has found out. */
    private static String topology(StreamsGroupDescribeResponseData.DescribedGroup group) {
        return group.topology().epoch()
                + group.topology().subtopologies().stream()
                        .map(each -> each.subtopologyId() + each.sourceTopics() + each.repartitionSinkTopics())
                        .toList()
                        .toString();
    }

    private static String tasks(StreamsGroupDescribeResponseData.Assignment assignment) {
        return assignment.activeTasks() + "+" + assignment.standbyTasks();
    }

    private String list(Step step) {
        var request = new ListGroupsRequestData();
        switch (step.variant() % 3) {
            case 0 -> request.setTypesFilter(List.of("Streams"));
            case 1 -> request.setStatesFilter(List.of("stable", "Empty"));
            default -> {}
        }
        ListGroupsResponse response = connection.ask(ApiKeys.LIST_GROUPS, (short) 5, request);
        return response.data().groups().stream()
                .filter(each -> each.groupId().equals(group))
                .map(each -> each.groupType() + " " + each.groupState() + " " + each.protocolType())
                .toList()
                .toString();
    }

    private void copy(int copies) {
        var resource = new ConfigResource(ConfigResource.Type.GROUP, group);
        var change = new AlterConfigOp(
                new ConfigEntry("streams.num.standby.replicas", "" + copies), AlterConfigOp.OpType.SET);
        Clients.get(clients.admin()
                .incrementalAlterConfigs(Map.of(resource, List.of(change)))
                .all());
    }

    private String deleteGroup() {
        DeleteGroupsResponse response = connection.ask(
                ApiKeys.DELETE_GROUPS, (short) 2, new DeleteGroupsRequestData().setGroupsNames(List.of(group)));
        return name(response.data().results().find(group).errorCode());
    }

    private static String name(short errorCode) {
        return Errors.forCode(errorCode).name();
    }
}
