package dev.heddle.coordinator.share;

import dev.heddle.coordinator.consumer.RecordCodec;
import dev.heddle.coordinator.share.StatePartitions.OfTopic;
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
import org.apache.kafka.coordinator.group.generated.ShareGroupCurrentMemberAssignmentKey;
import org.apache.kafka.coordinator.group.generated.ShareGroupCurrentMemberAssignmentValue;
import org.apache.kafka.coordinator.group.generated.ShareGroupMemberMetadataKey;
import org.apache.kafka.coordinator.group.generated.ShareGroupMemberMetadataValue;
import org.apache.kafka.coordinator.group.generated.ShareGroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.ShareGroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.ShareGroupStatePartitionMetadataKey;
import org.apache.kafka.coordinator.group.generated.ShareGroupStatePartitionMetadataValue;
import org.apache.kafka.coordinator.group.generated.ShareGroupStatePartitionMetadataValue.TopicInfo;
import org.apache.kafka.coordinator.group.generated.ShareGroupStatePartitionMetadataValue.TopicPartitionsInfo;
import org.apache.kafka.coordinator.group.generated.ShareGroupTargetAssignmentMemberKey;
import org.apache.kafka.coordinator.group.generated.ShareGroupTargetAssignmentMemberValue;
import org.apache.kafka.coordinator.group.generated.ShareGroupTargetAssignmentMetadataKey;
import org.apache.kafka.coordinator.group.generated.ShareGroupTargetAssignmentMetadataValue;
import org.jspecify.annotations.Nullable;

/**
 * Encodes and decodes the records of share groups; each kind has one version. Any thread may call it.
 */
public final class ShareGroupRecords {

    private static final short MEMBER = 10;
    private static final short GROUP = 11;
    private static final short TARGET_EPOCH = 12;
    private static final short TARGET = 13;
    private static final short CURRENT = 14;
    private static final short STATES = 15;

    /** The only state that a member of a share group has: {@code STABLE}. */
    private static final byte STABLE = 0;

    /** A record of a group. */
    public record OfGroup(String groupId, ShareGroupRecord record) {}

    private ShareGroupRecords() {}

    // ---- encoding ----

    public static SimpleRecord encode(String groupId, ShareGroupRecord record, long nowMs) {
        return switch (record) {
            case ShareGroupRecord.Epoch epoch ->
                RecordCodec.encode(
                        nowMs,
                        new ShareGroupMetadataKey().setGroupId(groupId),
                        new ShareGroupMetadataValue().setEpoch(epoch.epoch()).setMetadataHash(epoch.metadataHash()));
            case ShareGroupRecord.Deleted deleted ->
                RecordCodec.encode(nowMs, new ShareGroupMetadataKey().setGroupId(groupId), null);
            case ShareGroupRecord.Member member ->
                RecordCodec.encode(
                        nowMs,
                        new ShareGroupMemberMetadataKey().setGroupId(groupId).setMemberId(member.memberId()),
                        member.profile() == null ? null : value(member.profile()));
            case ShareGroupRecord.TargetEpoch target ->
                RecordCodec.encode(
                        nowMs,
                        new ShareGroupTargetAssignmentMetadataKey().setGroupId(groupId),
                        target.isTombstone() ? null : value(target));
            case ShareGroupRecord.Target target ->
                RecordCodec.encode(
                        nowMs,
                        new ShareGroupTargetAssignmentMemberKey()
                                .setGroupId(groupId)
                                .setMemberId(target.memberId()),
                        target.partitions() == null ? null : target(target.partitions()));
            case ShareGroupRecord.Current current ->
                RecordCodec.encode(
                        nowMs,
                        new ShareGroupCurrentMemberAssignmentKey()
                                .setGroupId(groupId)
                                .setMemberId(current.memberId()),
                        current.assignment() == null ? null : value(current.assignment()));
            case ShareGroupRecord.States states ->
                RecordCodec.encode(
                        nowMs,
                        new ShareGroupStatePartitionMetadataKey().setGroupId(groupId),
                        states.partitions() == null ? null : value(states.partitions(), states.deletingNames()));
        };
    }

    private static ApiMessage value(ShareMember.Profile profile) {
        return new ShareGroupMemberMetadataValue()
                .setRackId(profile.rackId())
                .setClientId(profile.clientId())
                .setClientHost(profile.clientHost())
                .setSubscribedTopicNames(profile.topics().stream().sorted().toList());
    }

    private static ApiMessage value(ShareGroupRecord.TargetEpoch target) {
        return new ShareGroupTargetAssignmentMetadataValue()
                .setAssignmentEpoch(target.epoch())
                .setAssignmentTimestamp(target.timestampMs());
    }

    private static ApiMessage target(Map<Uuid, Set<Integer>> partitions) {
        var topics = new ArrayList<ShareGroupTargetAssignmentMemberValue.TopicPartition>(partitions.size());
        partitions.forEach((topic, ids) -> topics.add(new ShareGroupTargetAssignmentMemberValue.TopicPartition()
                .setTopicId(topic)
                .setPartitions(List.copyOf(ids))));
        return new ShareGroupTargetAssignmentMemberValue().setTopicPartitions(topics);
    }

    private static ApiMessage value(ShareMember.Current current) {
        var topics = new ArrayList<ShareGroupCurrentMemberAssignmentValue.TopicPartitions>();
        current.assigned()
                .forEach((topic, ids) -> topics.add(new ShareGroupCurrentMemberAssignmentValue.TopicPartitions()
                        .setTopicId(topic)
                        .setPartitions(List.copyOf(ids))));
        return new ShareGroupCurrentMemberAssignmentValue()
                .setMemberEpoch(current.epoch())
                .setPreviousMemberEpoch(current.previousEpoch())
                .setState(STABLE)
                .setAssignedPartitions(topics);
    }

    private static ApiMessage value(StatePartitions states, Map<Uuid, String> deletingNames) {
        return new ShareGroupStatePartitionMetadataValue()
                .setInitializingTopics(topics(states.initializing()))
                .setInitializedTopics(topics(states.initialized()))
                .setDeletingTopics(states.deleting().stream()
                        .map(id -> new TopicInfo()
                                .setTopicId(id)
                                .setTopicName(deletingNames.getOrDefault(id, "<UNKNOWN>")))
                        .toList());
    }

    private static List<TopicPartitionsInfo> topics(Map<Uuid, OfTopic> topics) {
        var all = new ArrayList<TopicPartitionsInfo>(topics.size());
        topics.forEach((id, topic) -> all.add(new TopicPartitionsInfo()
                .setTopicId(id)
                .setTopicName(topic.name())
                .setPartitions(List.copyOf(topic.partitions()))));
        return all;
    }

    // ---- decoding ----

    /**
     * Decodes a record whose key begins with {@code type}, which has been read; null if it is of another kind.
     *
     * @throws RuntimeException of the codec's choice if the record cannot be read
     */
    public static @Nullable OfGroup decode(short type, ByteBuffer key, @Nullable ByteBuffer value) {
        return switch (type) {
            case GROUP -> group(RecordCodec.read(new ShareGroupMetadataKey(), key), value);
            case MEMBER -> {
                var read = RecordCodec.read(new ShareGroupMemberMetadataKey(), key);
                yield new OfGroup(
                        read.groupId(),
                        new ShareGroupRecord.Member(read.memberId(), value == null ? null : profile(value)));
            }
            case TARGET_EPOCH -> {
                var read = RecordCodec.read(new ShareGroupTargetAssignmentMetadataKey(), key);
                yield new OfGroup(
                        read.groupId(), value == null ? ShareGroupRecord.TargetEpoch.NONE : targetEpoch(value));
            }
            case TARGET -> {
                var read = RecordCodec.read(new ShareGroupTargetAssignmentMemberKey(), key);
                yield new OfGroup(
                        read.groupId(),
                        new ShareGroupRecord.Target(read.memberId(), value == null ? null : target(value)));
            }
            case CURRENT -> {
                var read = RecordCodec.read(new ShareGroupCurrentMemberAssignmentKey(), key);
                yield new OfGroup(
                        read.groupId(),
                        new ShareGroupRecord.Current(read.memberId(), value == null ? null : current(value)));
            }
            case STATES -> {
                var read = RecordCodec.read(new ShareGroupStatePartitionMetadataKey(), key);
                yield new OfGroup(read.groupId(), states(value));
            }
            default -> null;
        };
    }

    private static OfGroup group(ShareGroupMetadataKey key, @Nullable ByteBuffer bytes) {
        if (bytes == null) return new OfGroup(key.groupId(), new ShareGroupRecord.Deleted());
        var value = RecordCodec.readVersioned(new ShareGroupMetadataValue(), bytes);
        return new OfGroup(key.groupId(), new ShareGroupRecord.Epoch(value.epoch(), value.metadataHash()));
    }

    private static ShareMember.Profile profile(ByteBuffer bytes) {
        var value = RecordCodec.readVersioned(new ShareGroupMemberMetadataValue(), bytes);
        return new ShareMember.Profile(
                value.rackId(), value.clientId(), value.clientHost(), new HashSet<>(value.subscribedTopicNames()));
    }

    private static ShareGroupRecord.TargetEpoch targetEpoch(ByteBuffer bytes) {
        var value = RecordCodec.readVersioned(new ShareGroupTargetAssignmentMetadataValue(), bytes);
        return new ShareGroupRecord.TargetEpoch(value.assignmentEpoch(), value.assignmentTimestamp());
    }

    private static Map<Uuid, Set<Integer>> target(ByteBuffer bytes) {
        Map<Uuid, Set<Integer>> partitions = new HashMap<>();
        RecordCodec.readVersioned(new ShareGroupTargetAssignmentMemberValue(), bytes)
                .topicPartitions()
                .forEach(topic -> partitions.put(topic.topicId(), new HashSet<>(topic.partitions())));
        return partitions;
    }

    private static ShareMember.Current current(ByteBuffer bytes) {
        var value = RecordCodec.readVersioned(new ShareGroupCurrentMemberAssignmentValue(), bytes);
        Map<Uuid, Set<Integer>> assigned = new HashMap<>();
        value.assignedPartitions().forEach(topic -> assigned.put(topic.topicId(), new HashSet<>(topic.partitions())));
        return new ShareMember.Current(value.memberEpoch(), value.previousMemberEpoch(), assigned);
    }

    private static ShareGroupRecord.States states(@Nullable ByteBuffer bytes) {
        if (bytes == null) return new ShareGroupRecord.States(null, Map.of());
        var value = RecordCodec.readVersioned(new ShareGroupStatePartitionMetadataValue(), bytes);
        Map<Uuid, String> deleting = new HashMap<>();
        value.deletingTopics().forEach(topic -> deleting.put(topic.topicId(), topic.topicName()));
        return new ShareGroupRecord.States(
                new StatePartitions(
                        topics(value.initializingTopics()),
                        topics(value.initializedTopics()),
                        new HashSet<>(deleting.keySet())),
                deleting);
    }

    private static Map<Uuid, OfTopic> topics(List<TopicPartitionsInfo> topics) {
        Map<Uuid, OfTopic> all = new HashMap<>();
        topics.forEach(topic ->
                all.put(topic.topicId(), new OfTopic(topic.topicName(), new HashSet<>(topic.partitions()), 0)));
        return all;
    }
}
