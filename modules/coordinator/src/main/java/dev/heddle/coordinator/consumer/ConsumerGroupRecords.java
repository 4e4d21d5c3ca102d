package dev.heddle.coordinator.consumer;

import dev.heddle.coordinator.consumer.MemberProfile.ClassicTerms;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupCurrentMemberAssignmentKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupCurrentMemberAssignmentValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMemberMetadataValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupPartitionMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupRegularExpressionKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupRegularExpressionValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMemberKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMemberValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMetadataKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupTargetAssignmentMetadataValue;
import org.jspecify.annotations.Nullable;

/**
 * Encodes and decodes the records of consumer groups; each kind has one version. Any thread may call it.
 */
public final class ConsumerGroupRecords {

    private static final short GROUP = 3;
    private static final short PARTITION_METADATA = 4;
    private static final short MEMBER = 5;
    private static final short TARGET_EPOCH = 6;
    private static final short TARGET = 7;
    private static final short CURRENT = 8;
    private static final short REGEX = 16;

    /** A record of a group. */
    public record OfGroup(String groupId, ConsumerGroupRecord record) {}

    private ConsumerGroupRecords() {}

    // ---- encoding ----

    public static SimpleRecord encode(String groupId, ConsumerGroupRecord record, long nowMs) {
        return switch (record) {
            case ConsumerGroupRecord.Epoch epoch ->
                RecordCodec.encode(
                        nowMs,
                        new ConsumerGroupMetadataKey().setGroupId(groupId),
                        new ConsumerGroupMetadataValue().setEpoch(epoch.epoch()).setMetadataHash(epoch.metadataHash()));
            case ConsumerGroupRecord.Deleted deleted ->
                RecordCodec.encode(nowMs, new ConsumerGroupMetadataKey().setGroupId(groupId), null);
            case ConsumerGroupRecord.PartitionMetadata metadata ->
                RecordCodec.encode(nowMs, new ConsumerGroupPartitionMetadataKey().setGroupId(groupId), null);
            case ConsumerGroupRecord.Member member ->
                RecordCodec.encode(
                        nowMs,
                        new ConsumerGroupMemberMetadataKey().setGroupId(groupId).setMemberId(member.memberId()),
                        member.profile() == null ? null : value(member.profile()));
            case ConsumerGroupRecord.TargetEpoch target ->
                RecordCodec.encode(
                        nowMs,
                        new ConsumerGroupTargetAssignmentMetadataKey().setGroupId(groupId),
                        target.equals(ConsumerGroupRecord.TargetEpoch.NONE) ? null : value(target));
            case ConsumerGroupRecord.Target target ->
                RecordCodec.encode(
                        nowMs,
                        new ConsumerGroupTargetAssignmentMemberKey()
                                .setGroupId(groupId)
                                .setMemberId(target.memberId()),
                        target.partitions() == null ? null : value(target.partitions()));
            case ConsumerGroupRecord.Current current ->
                RecordCodec.encode(
                        nowMs,
                        new ConsumerGroupCurrentMemberAssignmentKey()
                                .setGroupId(groupId)
                                .setMemberId(current.memberId()),
                        current.assignment() == null ? null : value(current.assignment()));
            case ConsumerGroupRecord.Regex regex ->
                RecordCodec.encode(
                        nowMs,
                        new ConsumerGroupRegularExpressionKey()
                                .setGroupId(groupId)
                                .setRegularExpression(regex.regex()),
                        regex.resolved() == null ? null : value(regex.resolved()));
        };
    }

    private static ApiMessage value(MemberProfile profile) {
        MemberProfile.Origin origin = profile.origin();
        MemberProfile.Subscription subscription = profile.subscription();
        return new ConsumerGroupMemberMetadataValue()
                .setInstanceId(origin.instanceId())
                .setRackId(origin.rackId())
                .setClientId(origin.clientId())
                .setClientHost(origin.clientHost())
                .setSubscribedTopicNames(subscription.topics().stream().sorted().toList())
                .setSubscribedTopicRegex(subscription.regex())
                .setServerAssignor(subscription.assignor())
                .setRebalanceTimeoutMs(profile.rebalanceTimeoutMs())
                .setClassicMemberMetadata(profile.classic() == null ? null : value(profile.classic()));
    }

    private static ConsumerGroupMemberMetadataValue.ClassicMemberMetadata value(ClassicTerms classic) {
        return new ConsumerGroupMemberMetadataValue.ClassicMemberMetadata()
                .setSessionTimeoutMs(classic.sessionTimeoutMs())
                .setSupportedProtocols(classic.protocols().stream()
                        .map(protocol -> new ConsumerGroupMemberMetadataValue.ClassicProtocol()
                                .setName(protocol.name())
                                .setMetadata(protocol.metadata()))
                        .toList());
    }

    private static ApiMessage value(ConsumerGroupRecord.TargetEpoch target) {
        return new ConsumerGroupTargetAssignmentMetadataValue()
                .setAssignmentEpoch(target.epoch())
                .setAssignmentTimestamp(target.timestampMs());
    }

    private static ApiMessage value(Map<Uuid, Set<Integer>> partitions) {
        var topics = new ArrayList<ConsumerGroupTargetAssignmentMemberValue.TopicPartition>(partitions.size());
        partitions.forEach((topic, ids) -> topics.add(new ConsumerGroupTargetAssignmentMemberValue.TopicPartition()
                .setTopicId(topic)
                .setPartitions(List.copyOf(ids))));
        return new ConsumerGroupTargetAssignmentMemberValue().setTopicPartitions(topics);
    }

    private static ApiMessage value(CurrentAssignment current) {
        return new ConsumerGroupCurrentMemberAssignmentValue()
                .setMemberEpoch(current.epoch())
                .setPreviousMemberEpoch(current.previousEpoch())
                .setState(current.state().code())
                .setAssignedPartitions(topics(current.assigned()))
                .setPartitionsPendingRevocation(topics(current.revoking()));
    }

    private static List<ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions> topics(
            Map<Uuid, Map<Integer, Integer>> partitions) {
        var topics = new ArrayList<ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions>(partitions.size());
        partitions.forEach((topic, epochs) -> topics.add(new ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions()
                .setTopicId(topic)
                .setPartitions(List.copyOf(epochs.keySet()))
                .setAssignmentEpochs(List.copyOf(epochs.values()))));
        return topics;
    }

    private static ApiMessage value(ResolvedRegex resolved) {
        return new ConsumerGroupRegularExpressionValue()
                .setTopics(resolved.topics().stream().sorted().toList())
                .setVersion(resolved.version())
                .setTimestamp(resolved.timestampMs());
    }

    // ---- decoding ----

    /**
     * Decodes a record whose key begins with {@code type}, which has been read; null if it is of another kind.
     *
     * @throws RuntimeException of the codec's choice if the record cannot be read
     */
    public static @Nullable OfGroup decode(short type, ByteBuffer key, @Nullable ByteBuffer value) {
        return switch (type) {
            case GROUP -> group(RecordCodec.read(new ConsumerGroupMetadataKey(), key), value);
            case PARTITION_METADATA -> {
                var read = RecordCodec.read(new ConsumerGroupPartitionMetadataKey(), key);
                yield new OfGroup(read.groupId(), new ConsumerGroupRecord.PartitionMetadata(value != null));
            }
            case MEMBER -> {
                var read = RecordCodec.read(new ConsumerGroupMemberMetadataKey(), key);
                yield new OfGroup(
                        read.groupId(),
                        new ConsumerGroupRecord.Member(read.memberId(), value == null ? null : profile(value)));
            }
            case TARGET_EPOCH -> {
                var read = RecordCodec.read(new ConsumerGroupTargetAssignmentMetadataKey(), key);
                yield new OfGroup(
                        read.groupId(), value == null ? ConsumerGroupRecord.TargetEpoch.NONE : targetEpoch(value));
            }
            case TARGET -> {
                var read = RecordCodec.read(new ConsumerGroupTargetAssignmentMemberKey(), key);
                yield new OfGroup(
                        read.groupId(),
                        new ConsumerGroupRecord.Target(read.memberId(), value == null ? null : target(value)));
            }
            case CURRENT -> {
                var read = RecordCodec.read(new ConsumerGroupCurrentMemberAssignmentKey(), key);
                yield new OfGroup(
                        read.groupId(),
                        new ConsumerGroupRecord.Current(read.memberId(), value == null ? null : current(value)));
            }
            case REGEX -> {
                var read = RecordCodec.read(new ConsumerGroupRegularExpressionKey(), key);
                yield new OfGroup(
                        read.groupId(),
                        new ConsumerGroupRecord.Regex(read.regularExpression(), value == null ? null : regex(value)));
            }
            default -> null;
        };
    }

    private static OfGroup group(ConsumerGroupMetadataKey key, @Nullable ByteBuffer bytes) {
        if (bytes == null) return new OfGroup(key.groupId(), new ConsumerGroupRecord.Deleted());
        var value = RecordCodec.readVersioned(new ConsumerGroupMetadataValue(), bytes);
        return new OfGroup(key.groupId(), new ConsumerGroupRecord.Epoch(value.epoch(), value.metadataHash()));
    }

    private static MemberProfile profile(ByteBuffer bytes) {
        var value = RecordCodec.readVersioned(new ConsumerGroupMemberMetadataValue(), bytes);
        String regex = value.subscribedTopicRegex();
        var classic = value.classicMemberMetadata();
        return new MemberProfile(
                new MemberProfile.Origin(value.instanceId(), value.rackId(), value.clientId(), value.clientHost()),
                new MemberProfile.Subscription(
                        new HashSet<>(value.subscribedTopicNames()),
                        regex == null ? "" : regex,
                        value.serverAssignor()),
                value.rebalanceTimeoutMs(),
                classic == null ? null : classic(classic));
    }

    private static ClassicTerms classic(ConsumerGroupMemberMetadataValue.ClassicMemberMetadata value) {
        return new ClassicTerms(
                value.sessionTimeoutMs(),
                value.supportedProtocols().stream()
                        .map(protocol -> new ClassicProtocol(protocol.name(), protocol.metadata()))
                        .toList());
    }

    private static ConsumerGroupRecord.TargetEpoch targetEpoch(ByteBuffer bytes) {
        var value = RecordCodec.readVersioned(new ConsumerGroupTargetAssignmentMetadataValue(), bytes);
        return new ConsumerGroupRecord.TargetEpoch(value.assignmentEpoch(), value.assignmentTimestamp());
    }

    private static Map<Uuid, Set<Integer>> target(ByteBuffer bytes) {
        Map<Uuid, Set<Integer>> partitions = new HashMap<>();
        RecordCodec.readVersioned(new ConsumerGroupTargetAssignmentMemberValue(), bytes)
                .topicPartitions()
                .forEach(topic -> partitions.put(topic.topicId(), new HashSet<>(topic.partitions())));
        return partitions;
    }

    private static CurrentAssignment current(ByteBuffer bytes) {
        var value = RecordCodec.readVersioned(new ConsumerGroupCurrentMemberAssignmentValue(), bytes);
        return new CurrentAssignment(
                value.memberEpoch(),
                value.previousMemberEpoch(),
                MemberState.of(value.state()),
                partitions(value.assignedPartitions(), value.memberEpoch()),
                partitions(value.partitionsPendingRevocation(), value.memberEpoch()));
    }

    private static Map<Uuid, Map<Integer, Integer>> partitions(
            List<ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions> topics, int memberEpoch) {
        Map<Uuid, Map<Integer, Integer>> partitions = new HashMap<>();
        for (var topic : topics) {
            List<Integer> ids = topic.partitions();
            List<Integer> epochs = topic.assignmentEpochs();
            boolean hasEpochs = epochs != null && epochs.size() == ids.size();
            Map<Integer, Integer> byPartition = HashMap.newHashMap(ids.size());
            for (int i = 0; i < ids.size(); i++) {
                // Brokers before 4.3 did not write them down.
                byPartition.put(ids.get(i), hasEpochs ? epochs.get(i) : Math.max(memberEpoch, 0));
            }
            partitions.put(topic.topicId(), byPartition);
        }
        return partitions;
    }

    private static ResolvedRegex regex(ByteBuffer bytes) {
        var value = RecordCodec.readVersioned(new ConsumerGroupRegularExpressionValue(), bytes);
        return new ResolvedRegex(new HashSet<>(value.topics()), value.version(), value.timestamp());
    }
}
