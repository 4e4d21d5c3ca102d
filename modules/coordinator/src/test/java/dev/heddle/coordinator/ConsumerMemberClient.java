package dev.heddle.coordinator;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData.TopicPartitions;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** A client of the consumer protocol, which does what it is told at once. */
final class ConsumerMemberClient {

    private final Rig rig;
    final String id;

    @Nullable String instanceId;

    String groupId = Rig.GROUP;
    List<String> topics = List.of(Rig.ORDERS);

    @Nullable String regex;

    @Nullable String assignor;

    int rebalanceTimeoutMs = Rig.REBALANCE_MS;
    int epoch;

    /** What it has, by topic. */
    Map<Uuid, Set<Integer>> owned = Map.of();

    /** Whether it gives up at once what it is to give up. */
    boolean revokesAtOnce = true;

    ConsumerMemberClient(Rig rig, String id) {
        this.rig = rig;
        this.id = id;
    }

    ConsumerGroupHeartbeatRequestData joinRequest() {
        return new ConsumerGroupHeartbeatRequestData()
                .setGroupId(groupId)
                .setMemberId(id)
                .setInstanceId(instanceId)
                .setMemberEpoch(0)
                .setRebalanceTimeoutMs(rebalanceTimeoutMs)
                .setSubscribedTopicNames(regex == null ? topics : null)
                .setSubscribedTopicRegex(regex)
                .setServerAssignor(assignor)
                .setTopicPartitions(List.of());
    }

    ConsumerGroupHeartbeatRequestData heartbeatRequest() {
        return new ConsumerGroupHeartbeatRequestData()
                .setGroupId(groupId)
                .setMemberId(id)
                .setInstanceId(instanceId)
                .setMemberEpoch(epoch)
                .setTopicPartitions(toRequest(owned));
    }

    static List<TopicPartitions> toRequest(Map<Uuid, Set<Integer>> owned) {
        return owned.entrySet().stream()
                .map(entry ->
                        new TopicPartitions().setTopicId(entry.getKey()).setPartitions(List.copyOf(entry.getValue())))
                .toList();
    }

    /** Joins; anew if it was there before. */
    Errors join() {
        owned = Map.of();
        return take(rig.consumerHeartbeat(joinRequest()));
    }

    Errors heartbeat() {
        return take(rig.consumerHeartbeat(heartbeatRequest()));
    }

    Errors leave(int leaveEpoch) {
        return Errors.forCode(rig.consumerHeartbeat(new ConsumerGroupHeartbeatRequestData()
                        .setGroupId(groupId)
                        .setMemberId(id)
                        .setInstanceId(instanceId)
                        .setMemberEpoch(leaveEpoch))
                .errorCode());
    }

    Errors take(ConsumerGroupHeartbeatResponseData response) {
        if (response.errorCode() != Errors.NONE.code()) return Errors.forCode(response.errorCode());
        epoch = response.memberEpoch();
        if (response.assignment() != null) {
            Map<Uuid, Set<Integer>> assigned = response.assignment().topicPartitions().stream()
                    .collect(Collectors.toMap(each -> each.topicId(), each -> new HashSet<>(each.partitions())));
            if (revokesAtOnce) owned = assigned;
        }
        return Errors.NONE;
    }

    /** Its partitions of a topic, in order. */
    Set<Integer> partitions(String topic) {
        return new TreeSet<>(owned.getOrDefault(rig.topicIds.get(topic), Set.of()));
    }

    /** How many partitions it has. */
    int count() {
        return owned.values().stream().mapToInt(Set::size).sum();
    }

    Map<Uuid, Set<Integer>> sorted() {
        return new TreeMap<>(owned);
    }
}
