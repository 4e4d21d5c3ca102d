package dev.heddle.coordinator;

import dev.heddle.coordinator.consumer.ConsumerGroupRecords;
import dev.heddle.coordinator.consumer.RecordCodec;
import dev.heddle.coordinator.share.ShareGroupRecords;
import dev.heddle.coordinator.streams.StreamsRecords;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.coordinator.group.generated.GroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue.MemberMetadata;
import org.apache.kafka.coordinator.group.generated.OffsetCommitKey;
import org.apache.kafka.coordinator.group.generated.OffsetCommitValue;
import org.jspecify.annotations.Nullable;

/**
 * Encodes and decodes the records of {@code __consumer_offsets}. Any thread may call it.
 *
 * <pre>
 *   key    int16 type     0 offset commit before Kafka 0.9.0.1, 1 offset commit, 2 classic group, 3 and up others
 *          key fields, in the only version there is
 *   value  int16 version
 *          value fields in that version
 *          (no value at all: a tombstone)
 * </pre>
 */
final class GroupRecords {

    static final short LEGACY_OFFSET_COMMIT = 0;
    static final short OFFSET_COMMIT = 1;
    static final short GROUP_METADATA = 2;

    /** The version in which groups are written: brokers before 4.0 read it too. */
    private static final short GROUP_METADATA_VERSION = 3;

    /** The version in which commits are written, but for those with a time of expiry, which only version 1 has. */
    private static final short OFFSET_COMMIT_VERSION = 4;

    private static final short OFFSET_COMMIT_WITH_EXPIRY_VERSION = 1;

    private GroupRecords() {}

    // ---- encoding ----

    static SimpleRecord offsetCommit(String group, String topic, int partition, CommittedOffset offset, long nowMs) {
        boolean expires = offset.expireTimestampMs() != CommittedOffset.NONE;
        var value = new OffsetCommitValue()
                .setOffset(offset.offset())
                .setLeaderEpoch(offset.leaderEpoch())
                .setMetadata(offset.metadata())
                .setCommitTimestamp(offset.commitTimestampMs())
                .setExpireTimestamp(offset.expireTimestampMs())
                .setTopicId(offset.topicId());
        short version = expires ? OFFSET_COMMIT_WITH_EXPIRY_VERSION : OFFSET_COMMIT_VERSION;
        return new SimpleRecord(
                nowMs, offsetKey(group, topic, partition), MessageUtil.toVersionPrefixedBytes(version, value));
    }

    static SimpleRecord offsetTombstone(String group, String topic, int partition, long nowMs) {
        return new SimpleRecord(nowMs, offsetKey(group, topic, partition), null);
    }

    private static byte[] offsetKey(String group, String topic, int partition) {
        return MessageUtil.toCoordinatorTypePrefixedBytes(
                new OffsetCommitKey().setGroup(group).setTopic(topic).setPartition(partition));
    }

    static SimpleRecord groupTombstone(String group, long nowMs) {
        return new SimpleRecord(nowMs, groupKey(group), null);
    }

    /** The record of a group that has just come to be. */
    static SimpleRecord newGroup(String groupId, ClassicGroup group, long nowMs) {
        return groupMetadata(groupId, group, group.leaderId(), List.of(), nowMs);
    }

    /** The record of a group as it is, with these assignments; a member without one has an empty one. */
    static SimpleRecord group(String groupId, ClassicGroup group, Map<String, byte[]> assignments, long nowMs) {
        var members = new ArrayList<MemberMetadata>(group.size());
        for (Member member : group.members()) {
            byte[] assignment = assignments.getOrDefault(member.id(), Member.NO_ASSIGNMENT);
            members.add(member(member, group.metadataOf(member), assignment));
        }
        return groupMetadata(groupId, group, group.leaderId(), members, nowMs);
    }

    /** The record of a group as it is, with the assignments that its members have. */
    static SimpleRecord groupAsIs(String groupId, ClassicGroup group, long nowMs) {
        Map<String, byte[]> assignments = new HashMap<>();
        for (Member member : group.members()) assignments.put(member.id(), member.assignment());
        return group(groupId, group, assignments, nowMs);
    }

    /** The record of a group as it will be with {@code successor} in the place of {@code predecessor}. */
    static SimpleRecord groupWith(
            String groupId, ClassicGroup group, Member predecessor, Member successor, long nowMs) {
        Collection<Member> after = group.members().stream()
                .map(member -> member == predecessor ? successor : member)
                .toList();
        var members = new ArrayList<MemberMetadata>(after.size());
        for (Member member : after) members.add(member(member, group.metadataOf(member), member.assignment()));
        String leader = group.isLeader(predecessor.id()) ? successor.id() : group.leaderId();
        return groupMetadata(groupId, group, leader, members, nowMs);
    }

    private static MemberMetadata member(Member member, byte[] subscription, byte[] assignment) {
        return new MemberMetadata()
                .setMemberId(member.id())
                .setGroupInstanceId(member.instanceId())
                .setClientId(member.clientId())
                .setClientHost(member.clientHost())
                .setRebalanceTimeout(member.rebalanceTimeoutMs())
                .setSessionTimeout(member.sessionTimeoutMs())
                .setSubscription(subscription)
                .setAssignment(assignment);
    }

    private static SimpleRecord groupMetadata(
            String groupId, ClassicGroup group, @Nullable String leader, List<MemberMetadata> members, long nowMs) {
        String protocolType = group.protocolType();
        var value = new GroupMetadataValue()
                .setProtocolType(protocolType == null ? "" : protocolType)
                .setGeneration(group.generationId())
                .setProtocol(group.protocolName())
                .setLeader(leader)
                .setCurrentStateTimestamp(group.stateTimestampMs())
                .setMembers(members);
        return new SimpleRecord(
                nowMs, groupKey(groupId), MessageUtil.toVersionPrefixedBytes(GROUP_METADATA_VERSION, value));
    }

    private static byte[] groupKey(String group) {
        return MessageUtil.toCoordinatorTypePrefixedBytes(new GroupMetadataKey().setGroup(group));
    }

    // ---- decoding ----

    /**
     * Decodes a record.
     *
     * @throws RuntimeException of the codec's choice if the record cannot be read
     */
    static GroupRecord decode(ByteBuffer key, @Nullable ByteBuffer value, long recordOffset) {
        short type = key.getShort();
        return switch (type) {
            // The old kind differs by its number only.
            case LEGACY_OFFSET_COMMIT, OFFSET_COMMIT -> offsetCommit(key, value, recordOffset);
            case GROUP_METADATA -> groupMetadata(key, value);
            default -> newProtocolGroup(type, key, value);
        };
    }

    private static GroupRecord newProtocolGroup(short type, ByteBuffer key, @Nullable ByteBuffer value) {
        ConsumerGroupRecords.OfGroup consumer = ConsumerGroupRecords.decode(type, key, value);
        if (consumer != null) return new GroupRecord.OfConsumerGroup(consumer.groupId(), consumer.record());
        ShareGroupRecords.OfGroup share = ShareGroupRecords.decode(type, key, value);
        if (share != null) return new GroupRecord.OfShareGroup(share.groupId(), share.record());
        StreamsRecords.OfGroup streams = StreamsRecords.decode(type, key, value);
        if (streams != null) return new GroupRecord.OfStreamsGroup(streams.groupId(), streams.record());
        return new GroupRecord.Foreign(type);
    }

    private static GroupRecord offsetCommit(ByteBuffer keyBytes, @Nullable ByteBuffer valueBytes, long recordOffset) {
        var key = RecordCodec.read(new OffsetCommitKey(), keyBytes);
        if (valueBytes == null) return new GroupRecord.OffsetCommit(key.group(), key.topic(), key.partition(), null);
        var value = RecordCodec.readVersioned(new OffsetCommitValue(), valueBytes);
        var offset = new CommittedOffset(
                value.offset(),
                value.leaderEpoch(),
                value.metadata(),
                value.commitTimestamp(),
                value.expireTimestamp(),
                value.topicId(),
                recordOffset);
        return new GroupRecord.OffsetCommit(key.group(), key.topic(), key.partition(), offset);
    }

    private static GroupRecord groupMetadata(ByteBuffer keyBytes, @Nullable ByteBuffer valueBytes) {
        var key = RecordCodec.read(new GroupMetadataKey(), keyBytes);
        return new GroupRecord.GroupMetadata(
                key.group(),
                valueBytes == null ? null : RecordCodec.readVersioned(new GroupMetadataValue(), valueBytes));
    }
}
