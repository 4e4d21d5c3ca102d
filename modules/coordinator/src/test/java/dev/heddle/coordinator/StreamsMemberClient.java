package dev.heddle.coordinator;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Endpoint;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Subtopology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.TaskIds;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.TopicInfo;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Topology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.StreamsGroupHeartbeatResponse.Status;
import org.jspecify.annotations.Nullable;

/**
 * A member of an application of Kafka Streams, which does what it is told at once: it reads the orders, partitions them
 * anew, and keeps a state of what it has partitioned.
 */
final class StreamsMemberClient {

    static final String REPARTITION = "app-repartition";
    static final String CHANGELOG = "app-changelog";
    static final String READER = "0";
    static final String KEEPER = "1";

    private final Rig rig;
    final String id;

    String groupId = Rig.GROUP;
    String processId;
    Topology topology = topology(0);

    @Nullable Endpoint endpoint;

    int epoch;
    int endpointEpoch;

    /** What it has. */
    Map<String, Set<Integer>> active = Map.of();

    Map<String, Set<Integer>> standby = Map.of();

    /** Whether it gives up at once what it is to give up. */
    boolean revokesAtOnce = true;

    /** What it was last told. */
    StreamsGroupHeartbeatResponseData last = new StreamsGroupHeartbeatResponseData();

    Map<String, CreatableTopic> missing = Map.of();

    StreamsMemberClient(Rig rig, String id) {
        this.rig = rig;
        this.id = id;
        this.processId = "process-" + id;
    }

    static Topology topology(int epoch) {
        return new Topology()
                .setEpoch(epoch)
                .setSubtopologies(List.of(
                        new Subtopology()
                                .setSubtopologyId(READER)
                                .setSourceTopics(List.of(Rig.ORDERS))
                                .setRepartitionSinkTopics(List.of(REPARTITION)),
                        new Subtopology()
                                .setSubtopologyId(KEEPER)
                                .setRepartitionSourceTopics(List.of(new TopicInfo().setName(REPARTITION)))
                                .setStateChangelogTopics(List.of(new TopicInfo().setName(CHANGELOG)))));
    }

    StreamsGroupHeartbeatRequestData joinRequest() {
        return new StreamsGroupHeartbeatRequestData()
                .setGroupId(groupId)
                .setMemberId(id)
                .setMemberEpoch(0)
                .setRebalanceTimeoutMs(Rig.REBALANCE_MS)
                .setTopology(topology)
                .setProcessId(processId)
                .setUserEndpoint(endpoint)
                .setActiveTasks(List.of())
                .setStandbyTasks(List.of())
                .setWarmupTasks(List.of());
    }

    StreamsGroupHeartbeatRequestData heartbeatRequest() {
        return new StreamsGroupHeartbeatRequestData()
                .setGroupId(groupId)
                .setMemberId(id)
                .setMemberEpoch(epoch)
                .setEndpointInformationEpoch(endpointEpoch)
                .setActiveTasks(ids(active))
                .setStandbyTasks(ids(standby))
                .setWarmupTasks(List.of());
    }

    private static List<TaskIds> ids(Map<String, Set<Integer>> tasks) {
        return tasks.entrySet().stream()
                .map(entry ->
                        new TaskIds().setSubtopologyId(entry.getKey()).setPartitions(List.copyOf(entry.getValue())))
                .toList();
    }

    /** Joins; anew if it was there before. */
    Errors join() {
        active = Map.of();
        standby = Map.of();
        return take(rig.streamsHeartbeat(joinRequest()));
    }

    Errors heartbeat() {
        return take(rig.streamsHeartbeat(heartbeatRequest()));
    }

    Errors leave() {
        return Errors.forCode(rig.streamsHeartbeat(new StreamsGroupHeartbeatRequestData()
                        .setGroupId(groupId)
                        .setMemberId(id)
                        .setMemberEpoch(-1))
                .response()
                .errorCode());
    }

    Errors take(StreamsHeartbeat heartbeat) {
        last = heartbeat.response();
        missing = heartbeat.missingTopics();
        if (last.errorCode() != Errors.NONE.code()) return Errors.forCode(last.errorCode());
        epoch = last.memberEpoch();
        endpointEpoch = last.endpointInformationEpoch();
        if (last.activeTasks() != null && revokesAtOnce) {
            active = tasks(last.activeTasks());
            standby = tasks(last.standbyTasks());
        }
        return Errors.NONE;
    }

    static Map<String, Set<Integer>> tasks(List<StreamsGroupHeartbeatResponseData.TaskIds> ids) {
        Map<String, Set<Integer>> tasks = new HashMap<>();
        ids.forEach(each -> tasks.put(each.subtopologyId(), new HashSet<>(each.partitions())));
        return tasks;
    }

    /** Which statuses it was last told. */
    List<Status> status() {
        return last.status().stream()
                .map(status -> Status.fromCode(status.statusCode()))
                .toList();
    }

    /** Creates what it was last told to be missing. */
    void createMissing() {
        missing.values().forEach(topic -> rig.topic(topic.name(), topic.numPartitions()));
    }

    int count() {
        return active.values().stream().mapToInt(Set::size).sum();
    }
}
