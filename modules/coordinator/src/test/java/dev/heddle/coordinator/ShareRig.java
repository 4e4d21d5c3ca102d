package dev.heddle.coordinator;

import dev.heddle.common.Waiter;
import dev.heddle.coordinator.ShareState.SharePartitionKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.message.ShareGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ShareGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;

/** A group coordinator and a share coordinator on logs in memory, for tests of share groups. */
final class ShareRig implements AutoCloseable {

    static final String GROUP = "shares";

    final Rig rig;
    final InMemoryCoordinatorLog stateLog = new InMemoryCoordinatorLog();
    final Map<TopicPartition, Long> endOffsets = new HashMap<>();
    ShareCoordinator states;
    ShareGroups groups;

    ShareRig(Map<String, String> overrides) {
        var values = new HashMap<>(Map.of("group.share.assignment.interval.ms", "0"));
        values.putAll(overrides);
        rig = new Rig(values);
        build();
    }

    private void build() {
        var config = ShareCoordinatorConfig.from(new AbstractConfig(
                ShareCoordinatorConfig.define(new ConfigDef()),
                Map.of(ShareCoordinatorConfig.TOPIC_NUM_PARTITIONS, "1"),
                false));
        states = new ShareCoordinator(
                new ShareCoordinator.Context(config, this::exists, rig.time, new ShareCoordinatorMetrics(rig.registry)),
                partition -> stateLog,
                rig.scheduler);
        states.activate();
        states.partitions().update(new Uuid(9, 9), Set.of(0));
        groups = new ShareGroups(
                rig.coordinator,
                new LocalShareState(states, () -> {}, rig.time),
                partition -> endOffsets.getOrDefault(partition, 0L),
                rig.scheduler);
    }

    private boolean exists(SharePartitionKey key) {
        return rig.topicIds.entrySet().stream()
                .filter(topic -> topic.getValue().equals(key.topicId()))
                .anyMatch(topic ->
                        key.partition() < rig.partitionCounts.getOrDefault(topic.getKey(), TestCatalog.PARTITIONS));
    }

    void restart() {
        groups.close();
        states.close();
        rig.restart();
        build();
    }

    CallContext call() {
        return new CallContext(Rig.CLIENT, "/127.0.0.1", Rig.LATEST, new Waiter(rig.time));
    }

    SharePartitionKey key(String topic, int partition) {
        return new SharePartitionKey(GROUP, rig.topicIds.get(topic), partition);
    }

    DescribedGroup describe() {
        return groups.describe(call(), List.of(GROUP)).groups().getFirst();
    }

    @Override
    public void close() {
        groups.close();
        states.close();
        rig.close();
    }

    /** A member, which does what it is told at once. */
    final class Client {

        final String id;
        int epoch;
        List<String> topics = List.of(Rig.ORDERS);

        /** What it has, by topic. */
        final Map<Uuid, Set<Integer>> owned = new HashMap<>();

        Client(String id) {
            this.id = id;
        }

        Errors join() {
            owned.clear();
            return take(request(0).setSubscribedTopicNames(topics));
        }

        Errors heartbeat() {
            return take(request(epoch));
        }

        Errors subscribe(String... names) {
            topics = List.of(names);
            return take(request(epoch).setSubscribedTopicNames(topics));
        }

        Errors leave() {
            return Errors.forCode(groups.heartbeat(call(), request(-1)).errorCode());
        }

        ShareGroupHeartbeatRequestData request(int memberEpoch) {
            return new ShareGroupHeartbeatRequestData()
                    .setGroupId(GROUP)
                    .setMemberId(id)
                    .setMemberEpoch(memberEpoch);
        }

        private Errors take(ShareGroupHeartbeatRequestData request) {
            ShareGroupHeartbeatResponseData response = groups.heartbeat(call(), request);
            if (response.errorCode() != Errors.NONE.code()) return Errors.forCode(response.errorCode());
            epoch = response.memberEpoch();
            if (response.assignment() != null) {
                owned.clear();
                response.assignment()
                        .topicPartitions()
                        .forEach(topic -> owned.put(topic.topicId(), new TreeSet<>(topic.partitions())));
            }
            return Errors.NONE;
        }

        Set<Integer> partitions(String topic) {
            return owned.getOrDefault(rig.topicIds.get(topic), Set.of());
        }
    }
}
