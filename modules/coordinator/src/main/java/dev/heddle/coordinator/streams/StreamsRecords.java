package dev.heddle.coordinator.streams;

import dev.heddle.coordinator.consumer.MemberProfile.Origin;
import dev.heddle.coordinator.consumer.RecordCodec;
import dev.heddle.coordinator.streams.StreamsProfile.Endpoint;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.coordinator.group.generated.StreamsGroupCurrentMemberAssignmentKey;
import org.apache.kafka.coordinator.group.generated.StreamsGroupCurrentMemberAssignmentValue;
import org.apache.kafka.coordinator.group.generated.StreamsGroupMemberMetadataKey;
import org.apache.kafka.coordinator.group.generated.StreamsGroupMemberMetadataValue;
import org.apache.kafka.coordinator.group.generated.StreamsGroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.StreamsGroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTargetAssignmentMemberKey;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTargetAssignmentMemberValue;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTargetAssignmentMetadataKey;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTargetAssignmentMetadataValue;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyKey;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue;
import org.jspecify.annotations.Nullable;

/**
 * Encodes and decodes the records of streams groups; each kind has one version. Any thread may call it.
 */
public final class StreamsRecords {

    private static final short GROUP = 17;
    private static final short MEMBER = 19;
    private static final short TARGET_EPOCH = 20;
    private static final short TARGET = 21;
    private static final short CURRENT = 22;
    private static final short TOPOLOGY = 23;

    /** A record of a group. */
    public record OfGroup(String groupId, StreamsRecord record) {}

    private StreamsRecords() {}

    // ---- encoding ----

    public static SimpleRecord encode(String groupId, StreamsRecord record, long nowMs) {
        return switch (record) {
            case StreamsRecord.Epoch epoch ->
                RecordCodec.encode(nowMs, new StreamsGroupMetadataKey().setGroupId(groupId), value(epoch));
            case StreamsRecord.Deleted deleted ->
                RecordCodec.encode(nowMs, new StreamsGroupMetadataKey().setGroupId(groupId), null);
            case StreamsRecord.OfTopology of -> {
                Topology topology = of.topology();
                yield RecordCodec.encode(
                        nowMs,
                        new StreamsGroupTopologyKey().setGroupId(groupId),
                        topology == null ? null : topology.toValue());
            }
            case StreamsRecord.Member member ->
                RecordCodec.encode(
                        nowMs,
                        new StreamsGroupMemberMetadataKey().setGroupId(groupId).setMemberId(member.memberId()),
                        member.profile() == null ? null : value(member.profile()));
            case StreamsRecord.TargetEpoch target ->
                RecordCodec.encode(
                        nowMs,
                        new StreamsGroupTargetAssignmentMetadataKey().setGroupId(groupId),
                        target.equals(StreamsRecord.TargetEpoch.NONE) ? null : value(target));
            case StreamsRecord.Target target ->
                RecordCodec.encode(
                        nowMs,
                        new StreamsGroupTargetAssignmentMemberKey()
                                .setGroupId(groupId)
                                .setMemberId(target.memberId()),
                        target.tasks() == null ? null : value(target.tasks()));
            case StreamsRecord.Current current ->
                RecordCodec.encode(
                        nowMs,
                        new StreamsGroupCurrentMemberAssignmentKey()
                                .setGroupId(groupId)
                                .setMemberId(current.memberId()),
                        current.tasks() == null ? null : value(current.tasks()));
        };
    }

    private static ApiMessage value(StreamsRecord.Epoch epoch) {
        return new StreamsGroupMetadataValue()
                .setEpoch(epoch.epoch())
                .setMetadataHash(epoch.metadataHash())
                .setValidatedTopologyEpoch(epoch.validatedTopologyEpoch())
                .setLastAssignmentConfigs(epoch.assignmentConfigs().entrySet().stream()
                        .map(config -> new StreamsGroupMetadataValue.LastAssignmentConfig()
                                .setKey(config.getKey())
                                .setValue(config.getValue()))
                        .toList());
    }

    private static ApiMessage value(StreamsProfile profile) {
        Origin origin = profile.origin();
        Endpoint endpoint = profile.endpoint();
        return new StreamsGroupMemberMetadataValue()
                .setInstanceId(origin.instanceId())
                .setRackId(origin.rackId())
                .setClientId(origin.clientId())
                .setClientHost(origin.clientHost())
                .setRebalanceTimeoutMs(profile.rebalanceTimeoutMs())
                .setTopologyEpoch(profile.topologyEpoch())
                .setProcessId(profile.processId())
                .setUserEndpoint(
                        endpoint == null
                                ? null
                                : new StreamsGroupMemberMetadataValue.Endpoint()
                                        .setHost(endpoint.host())
                                        .setPort(endpoint.port()))
                .setClientTags(new TreeMap<>(profile.clientTags())
                        .entrySet().stream()
                                .map(tag -> new StreamsGroupMemberMetadataValue.KeyValue()
                                        .setKey(tag.getKey())
                                        .setValue(tag.getValue()))
                                .toList());
    }

    private static ApiMessage value(StreamsRecord.TargetEpoch target) {
        return new StreamsGroupTargetAssignmentMetadataValue()
                .setAssignmentEpoch(target.epoch())
                .setAssignmentTimestamp(target.timestampMs());
    }

    private static ApiMessage value(Tasks tasks) {
        return new StreamsGroupTargetAssignmentMemberValue()
                .setActiveTasks(targetIds(tasks.active()))
                .setStandbyTasks(targetIds(tasks.standby()))
                .setWarmupTasks(targetIds(tasks.warmup()));
    }

    private static List<StreamsGroupTargetAssignmentMemberValue.TaskIds> targetIds(Map<String, Set<Integer>> tasks) {
        return new TreeMap<>(tasks)
                .entrySet().stream()
                        .map(entry -> new StreamsGroupTargetAssignmentMemberValue.TaskIds()
                                .setSubtopologyId(entry.getKey())
                                .setPartitions(List.copyOf(new TreeSet<>(entry.getValue()))))
                        .toList();
    }

    private static ApiMessage value(CurrentTasks current) {
        AssignedTasks assigned = current.assigned();
        AssignedTasks revoking = current.revoking();
        return new StreamsGroupCurrentMemberAssignmentValue()
                .setMemberEpoch(current.epoch())
                .setPreviousMemberEpoch(current.previousEpoch())
                .setState(current.state().code())
                .setActiveTasks(activeIds(assigned.active()))
                .setStandbyTasks(copyIds(assigned.standby()))
                .setWarmupTasks(copyIds(assigned.warmup()))
                .setActiveTasksPendingRevocation(activeIds(revoking.active()))
                .setStandbyTasksPendingRevocation(copyIds(revoking.standby()))
                .setWarmupTasksPendingRevocation(copyIds(revoking.warmup()));
    }

    private static List<StreamsGroupCurrentMemberAssignmentValue.TaskIds> activeIds(
            Map<String, Map<Integer, Integer>> tasks) {
        return new TreeMap<>(tasks)
                .entrySet().stream()
                        .map(entry -> {
                            var epochs = new TreeMap<>(entry.getValue());
                            return new StreamsGroupCurrentMemberAssignmentValue.TaskIds()
                                    .setSubtopologyId(entry.getKey())
                                    .setPartitions(List.copyOf(epochs.keySet()))
                                    .setAssignmentEpochs(List.copyOf(epochs.values()));
                        })
                        .toList();
    }

    private static List<StreamsGroupCurrentMemberAssignmentValue.TaskIds> copyIds(Map<String, Set<Integer>> tasks) {
        return new TreeMap<>(tasks)
                .entrySet().stream()
                        .map(entry -> new StreamsGroupCurrentMemberAssignmentValue.TaskIds()
                                .setSubtopologyId(entry.getKey())
                                .setPartitions(List.copyOf(new TreeSet<>(entry.getValue()))))
                        .toList();
    }

    // ---- decoding ----

    /**
     * Decodes a record whose key begins with {@code type}, which has been read; null if it is of another kind.
     *
     * @throws RuntimeException of the codec's choice if the record cannot be read
     */
    public static @Nullable OfGroup decode(short type, ByteBuffer key, @Nullable ByteBuffer value) {
        return switch (type) {
            case GROUP -> group(RecordCodec.read(new StreamsGroupMetadataKey(), key), value);
            case TOPOLOGY -> {
                var read = RecordCodec.read(new StreamsGroupTopologyKey(), key);
                yield new OfGroup(
                        read.groupId(),
                        new StreamsRecord.OfTopology(
                                value == null
                                        ? null
                                        : Topology.of(
                                                RecordCodec.readVersioned(new StreamsGroupTopologyValue(), value))));
            }
            case MEMBER -> {
                var read = RecordCodec.read(new StreamsGroupMemberMetadataKey(), key);
                yield new OfGroup(
                        read.groupId(),
                        new StreamsRecord.Member(read.memberId(), value == null ? null : profile(value)));
            }
            case TARGET_EPOCH -> {
                var read = RecordCodec.read(new StreamsGroupTargetAssignmentMetadataKey(), key);
                yield new OfGroup(read.groupId(), value == null ? StreamsRecord.TargetEpoch.NONE : targetEpoch(value));
            }
            case TARGET -> {
                var read = RecordCodec.read(new StreamsGroupTargetAssignmentMemberKey(), key);
                yield new OfGroup(
                        read.groupId(),
                        new StreamsRecord.Target(read.memberId(), value == null ? null : target(value)));
            }
            case CURRENT -> {
                var read = RecordCodec.read(new StreamsGroupCurrentMemberAssignmentKey(), key);
                yield new OfGroup(
                        read.groupId(),
                        new StreamsRecord.Current(read.memberId(), value == null ? null : current(value)));
            }
            default -> null;
        };
    }

    private static OfGroup group(StreamsGroupMetadataKey key, @Nullable ByteBuffer bytes) {
        if (bytes == null) return new OfGroup(key.groupId(), new StreamsRecord.Deleted());
        var value = RecordCodec.readVersioned(new StreamsGroupMetadataValue(), bytes);
        Map<String, String> configs = new TreeMap<>();
        if (value.lastAssignmentConfigs() != null) {
            value.lastAssignmentConfigs().forEach(config -> configs.put(config.key(), config.value()));
        }
        return new OfGroup(
                key.groupId(),
                new StreamsRecord.Epoch(value.epoch(), value.metadataHash(), value.validatedTopologyEpoch(), configs));
    }

    private static StreamsProfile profile(ByteBuffer bytes) {
        var value = RecordCodec.readVersioned(new StreamsGroupMemberMetadataValue(), bytes);
        var endpoint = value.userEndpoint();
        Map<String, String> tags = new HashMap<>();
        value.clientTags().forEach(tag -> tags.put(tag.key(), tag.value()));
        return new StreamsProfile(
                new Origin(value.instanceId(), value.rackId(), value.clientId(), value.clientHost()),
                value.rebalanceTimeoutMs(),
                value.topologyEpoch(),
                value.processId(),
                endpoint == null ? null : new Endpoint(endpoint.host(), endpoint.port()),
                tags);
    }

    private static StreamsRecord.TargetEpoch targetEpoch(ByteBuffer bytes) {
        var value = RecordCodec.readVersioned(new StreamsGroupTargetAssignmentMetadataValue(), bytes);
        return new StreamsRecord.TargetEpoch(value.assignmentEpoch(), value.assignmentTimestamp());
    }

    private static Tasks target(ByteBuffer bytes) {
        var value = RecordCodec.readVersioned(new StreamsGroupTargetAssignmentMemberValue(), bytes);
        return new Tasks(target(value.activeTasks()), target(value.standbyTasks()), target(value.warmupTasks()));
    }

    private static Map<String, Set<Integer>> target(List<StreamsGroupTargetAssignmentMemberValue.TaskIds> ids) {
        Map<String, Set<Integer>> tasks = new HashMap<>();
        ids.forEach(each -> tasks.put(each.subtopologyId(), new HashSet<>(each.partitions())));
        return tasks;
    }

    private static CurrentTasks current(ByteBuffer bytes) {
        var value = RecordCodec.readVersioned(new StreamsGroupCurrentMemberAssignmentValue(), bytes);
        int epoch = value.memberEpoch();
        return new CurrentTasks(
                epoch,
                value.previousMemberEpoch(),
                StreamsMemberState.of(value.state()),
                new AssignedTasks(
                        active(value.activeTasks(), epoch), copies(value.standbyTasks()), copies(value.warmupTasks())),
                new AssignedTasks(
                        active(value.activeTasksPendingRevocation(), epoch),
                        copies(value.standbyTasksPendingRevocation()),
                        copies(value.warmupTasksPendingRevocation())));
    }

    private static Map<String, Map<Integer, Integer>> active(
            List<StreamsGroupCurrentMemberAssignmentValue.TaskIds> ids, int memberEpoch) {
        Map<String, Map<Integer, Integer>> tasks = new HashMap<>();
        for (var each : ids) {
            List<Integer> partitions = each.partitions();
            List<Integer> epochs = each.assignmentEpochs();
            // Brokers before 4.3 did not write them down.
            boolean hasEpochs = epochs != null && epochs.size() == partitions.size();
            Map<Integer, Integer> byPartition = HashMap.newHashMap(partitions.size());
            for (int i = 0; i < partitions.size(); i++) {
                byPartition.put(partitions.get(i), hasEpochs ? epochs.get(i) : (Integer) memberEpoch);
            }
            tasks.put(each.subtopologyId(), byPartition);
        }
        return tasks;
    }

    private static Map<String, Set<Integer>> copies(List<StreamsGroupCurrentMemberAssignmentValue.TaskIds> ids) {
        Map<String, Set<Integer>> tasks = new HashMap<>();
        ids.forEach(each -> tasks.put(each.subtopologyId(), new HashSet<>(each.partitions())));
        return tasks;
    }
}
