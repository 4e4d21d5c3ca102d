package dev.heddle.system;

import static dev.heddle.system.GroupRequests.lastOf;
import static dev.heddle.system.GroupRequests.name;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.HeartbeatResponse;
import org.apache.kafka.common.requests.JoinGroupResponse;
import org.apache.kafka.common.requests.LeaveGroupResponse;
import org.apache.kafka.common.requests.SyncGroupResponse;
import org.apache.kafka.common.utils.Utils;

/** The one static member of the classic protocol in a group where all others use the consumer protocol. One thread uses it. */
final class ClassicGuest {

    private final RawConnection connection;
    private final String group;
    private final String instanceId;
    private final List<String> topics;
    private final int partitions;
    private String id = "";
    private int generation;

    ClassicGuest(RawConnection connection, String group, String instanceId, List<String> topics, int partitions) {
        this.connection = connection;
        this.group = group;
        this.instanceId = instanceId;
        this.topics = topics;
        this.partitions = partitions;
    }

    String id() {
        return id;
    }

    int generation() {
        return generation;
    }

    /** It does not know its id any more. */
    void forget() {
        id = "";
    }

    String join() {
        var subscription = new Subscription(topics, null, List.of(), -1, Optional.empty());
        var protocols = new JoinGroupRequestProtocolCollection();
        protocols.add(new JoinGroupRequestProtocol()
                .setName("range")
                .setMetadata(Utils.toArray(ConsumerProtocol.serializeSubscription(subscription))));
        JoinGroupResponse response = connection.ask(
                ApiKeys.JOIN_GROUP,
                (short) 9,
                new JoinGroupRequestData()
                        .setGroupId(group)
                        .setMemberId(id)
                        .setGroupInstanceId(instanceId)
                        .setProtocolType("consumer")
                        .setSessionTimeoutMs(60_000)
                        .setRebalanceTimeoutMs(60_000)
                        .setProtocols(protocols));
        JoinGroupResponseData data = response.data();
        if (data.errorCode() != 0) {
            id = "";
            return name(data.errorCode());
        }
        id = data.memberId();
        generation = data.generationId();
        return "generation " + generation + " " + data.protocolName() + " "
                + (data.leader().equals(id) ? "leads " : "follows ")
                + data.members().size() + " " + data.skipAssignment();
    }

    String sync() {
        var all = new ArrayList<TopicPartition>();
        for (String topic : topics) {
            for (int i = 0; i < partitions; i++) all.add(new TopicPartition(topic, i));
        }
        SyncGroupResponse response = connection.ask(
                ApiKeys.SYNC_GROUP,
                (short) 5,
                new SyncGroupRequestData()
                        .setGroupId(group)
                        .setMemberId(id)
                        .setGroupInstanceId(instanceId)
                        .setGenerationId(generation)
                        .setProtocolType("consumer")
                        .setProtocolName("range")
                        .setAssignments(List.of(new SyncGroupRequestData.SyncGroupRequestAssignment()
                                .setMemberId(id)
                                .setAssignment(
                                        Utils.toArray(ConsumerProtocol.serializeAssignment(new Assignment(all)))))));
        byte[] assignment = response.data().assignment();
        if (response.data().errorCode() != 0 || assignment.length == 0) {
            return name(response.data().errorCode()) + Arrays.toString(assignment);
        }
        return ConsumerProtocol.deserializeAssignment(ByteBuffer.wrap(assignment)).partitions().stream()
                .map(partition -> lastOf(partition.topic()) + partition.partition())
                .sorted()
                .toList()
                .toString();
    }

    String beat() {
        HeartbeatResponse response = connection.ask(
                ApiKeys.HEARTBEAT,
                (short) 4,
                new HeartbeatRequestData()
                        .setGroupId(group)
                        .setMemberId(id)
                        .setGroupInstanceId(instanceId)
                        .setGenerationId(generation));
        return name(response.data().errorCode());
    }

    String leave() {
        LeaveGroupResponse response = connection.ask(
                ApiKeys.LEAVE_GROUP,
                (short) 5,
                new LeaveGroupRequestData()
                        .setGroupId(group)
                        .setMembers(List.of(new LeaveGroupRequestData.MemberIdentity()
                                .setMemberId(id)
                                .setGroupInstanceId(instanceId))));
        id = "";
        LeaveGroupResponseData data = response.data();
        return name(data.errorCode())
                + data.members().stream()
                        .map(member -> name(member.errorCode()))
                        .toList();
    }
}
