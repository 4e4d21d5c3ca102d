package dev.heddle.coordinator;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/** A consumer of the classic protocol, which reads what it is assigned and says what it has (KIP-429). */
final class ClassicMemberClient {

    /** What a heartbeat says is to be done. */
    enum Step {
        STABLE,
        REBALANCE,
        GONE
    }

    private final Rig rig;
    String memberId = "";

    @Nullable String instanceId;

    int generationId;
    String protocol = "cooperative-sticky";
    Set<Integer> partitions = new TreeSet<>();

    ClassicMemberClient(Rig rig) {
        this.rig = rig;
    }

    private JoinGroupRequestData joinRequest() {
        var owned = partitions.stream()
                .map(partition -> new TopicPartition(Rig.ORDERS, partition))
                .toList();
        var subscription = new Subscription(List.of(Rig.ORDERS), null, owned, generationId, Optional.empty());
        var protocols = new JoinGroupRequestProtocolCollection();
        protocols.add(new JoinGroupRequestProtocol()
                .setName(protocol)
                .setMetadata(Utils.toArray(ConsumerProtocol.serializeSubscription(subscription))));
        return rig.joinRequest(memberId).setGroupInstanceId(instanceId).setProtocols(protocols);
    }

    /** Begins a classic group, and takes all there is. */
    void startAlone() {
        memberId = rig.newMemberId();
        var join = rig.join(joinRequest());
        rig.awaitWaiting(1);
        rig.completeFirstRebalance();
        lead(join.get());
    }

    /** Joins a classic group again in which it is alone. */
    void rejoinAlone() {
        lead(rig.join(joinRequest()).get());
    }

    private void lead(JoinGroupResponseData joined) {
        Rig.expect(Errors.NONE, joined.errorCode());
        generationId = joined.generationId();
        var all = new ArrayList<TopicPartition>();
        for (int i = 0; i < TestCatalog.PARTITIONS; i++) all.add(new TopicPartition(Rig.ORDERS, i));
        byte[] assignment = Utils.toArray(ConsumerProtocol.serializeAssignment(new Assignment(all)));
        var request = rig.syncRequest(joined)
                .setGroupInstanceId(instanceId)
                .setAssignments(List.of(
                        new SyncGroupRequestAssignment().setMemberId(memberId).setAssignment(assignment)));
        take(rig.sync(request).get().assignment());
    }

    private void take(byte[] assignment) {
        partitions = new TreeSet<>();
        ConsumerProtocol.deserializeAssignment(ByteBuffer.wrap(assignment))
                .partitions()
                .forEach(partition -> partitions.add(partition.partition()));
    }

    Errors askForId() {
        var response = rig.joinNow(joinRequest(), 9);
        memberId = response.memberId();
        return Errors.forCode(response.errorCode());
    }

    /** Joins a group in which nobody waits for anybody. */
    Errors joinConsumerGroup() {
        var response = rig.joinNow(joinRequest(), 9);
        if (response.errorCode() == Errors.NONE.code()) {
            memberId = response.memberId();
            generationId = response.generationId();
        }
        return Errors.forCode(response.errorCode());
    }

    Errors sync() {
        var joined = new JoinGroupResponseData()
                .setMemberId(memberId)
                .setGenerationId(generationId)
                .setProtocolName(protocol);
        var response =
                rig.sync(rig.syncRequest(joined).setGroupInstanceId(instanceId)).get();
        if (response.errorCode() == Errors.NONE.code()) take(response.assignment());
        return Errors.forCode(response.errorCode());
    }

    Step heartbeat() {
        Errors error = rig.heartbeat(new HeartbeatRequestData()
                .setGroupId(Rig.GROUP)
                .setMemberId(memberId)
                .setGroupInstanceId(instanceId)
                .setGenerationId(generationId));
        return switch (error) {
            case NONE -> Step.STABLE;
            case REBALANCE_IN_PROGRESS -> Step.REBALANCE;
            default -> Step.GONE;
        };
    }

    /** Does what a client does now and then in a consumer group. */
    void step() {
        switch (heartbeat()) {
            case STABLE -> {}
            case REBALANCE -> {
                Rig.expect(Errors.NONE, joinConsumerGroup().code());
                Rig.expect(Errors.NONE, sync().code());
            }
            case GONE -> throw new AssertionError("It is not a member any more");
        }
    }

    Errors commit(long offset) {
        return rig.commit(rig.commitRequest(Rig.ORDERS, partitions.iterator().next(), offset)
                .setMemberId(memberId)
                .setGroupInstanceId(instanceId)
                .setGenerationIdOrMemberEpoch(generationId));
    }
}
