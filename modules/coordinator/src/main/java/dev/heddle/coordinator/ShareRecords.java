package dev.heddle.coordinator;

import dev.heddle.coordinator.ShareState.SharePartitionKey;
import dev.heddle.coordinator.ShareState.State;
import dev.heddle.coordinator.ShareState.StateBatch;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.coordinator.share.generated.ShareSnapshotKey;
import org.apache.kafka.coordinator.share.generated.ShareSnapshotValue;
import org.apache.kafka.coordinator.share.generated.ShareUpdateKey;
import org.apache.kafka.coordinator.share.generated.ShareUpdateValue;
import org.jspecify.annotations.Nullable;

/**
 * Encodes and decodes the records of {@code __share_group_state}. Any thread may call it.
 *
 * <pre>
 *   key    int16 type     0 snapshot, 1 update
 *          key fields, in the only version there is
 *   value  int16 version  0
 *          value fields in that version
 *          (of a snapshot, no value at all: a tombstone)
 * </pre>
 */
final class ShareRecords {

    private static final short SNAPSHOT = 0;
    private static final short UPDATE = 1;
    private static final short VERSION = 0;

    /** A record, decoded. Immutable. */
    sealed interface Decoded {

        /** A whole state, or with null that it is gone. */
        record Snapshot(SharePartitionKey key, @Nullable KeptShareState state) implements Decoded {}

        /** What has changed of a state; its state epoch is not in the record. */
        record Update(SharePartitionKey key, int snapshotEpoch, State change) implements Decoded {}

        /** A record of a newer broker, which is left where it is. */
        record Foreign(String reason) implements Decoded {}
    }

    private ShareRecords() {}

    static SimpleRecord snapshot(SharePartitionKey key, KeptShareState kept, long nowMs) {
        State state = kept.state();
        var value = new ShareSnapshotValue()
                .setSnapshotEpoch(kept.snapshotEpoch())
                .setStateEpoch(state.stateEpoch())
                .setLeaderEpoch(state.leaderEpoch())
                .setStartOffset(state.startOffset())
                .setDeliveryCompleteCount(state.deliveryCompleteCount())
                .setCreateTimestamp(kept.createdMs())
                .setWriteTimestamp(kept.writtenMs())
                .setStateBatches(state.batches().stream()
                        .map(batch -> new ShareSnapshotValue.StateBatch()
                                .setFirstOffset(batch.firstOffset())
                                .setLastOffset(batch.lastOffset())
                                .setDeliveryState(batch.deliveryState())
                                .setDeliveryCount(batch.deliveryCount()))
                        .toList());
        return new SimpleRecord(nowMs, snapshotKey(key), MessageUtil.toVersionPrefixedBytes(VERSION, value));
    }

    /** @param change what goes into the record, but for its state epoch */
    static SimpleRecord update(SharePartitionKey key, int snapshotEpoch, State change, long nowMs) {
        var recordKey = new ShareUpdateKey()
                .setGroupId(key.groupId())
                .setTopicId(key.topicId())
                .setPartition(key.partition());
        var value = new ShareUpdateValue()
                .setSnapshotEpoch(snapshotEpoch)
                .setLeaderEpoch(change.leaderEpoch())
                .setStartOffset(change.startOffset())
                .setDeliveryCompleteCount(change.deliveryCompleteCount())
                .setStateBatches(change.batches().stream()
                        .map(batch -> new ShareUpdateValue.StateBatch()
                                .setFirstOffset(batch.firstOffset())
                                .setLastOffset(batch.lastOffset())
                                .setDeliveryState(batch.deliveryState())
                                .setDeliveryCount(batch.deliveryCount()))
                        .toList());
        return new SimpleRecord(
                nowMs,
                MessageUtil.toCoordinatorTypePrefixedBytes(recordKey),
                MessageUtil.toVersionPrefixedBytes(VERSION, value));
    }

    static SimpleRecord tombstone(SharePartitionKey key, long nowMs) {
        return new SimpleRecord(nowMs, snapshotKey(key), null);
    }

    private static byte[] snapshotKey(SharePartitionKey key) {
        return MessageUtil.toCoordinatorTypePrefixedBytes(new ShareSnapshotKey()
                .setGroupId(key.groupId())
                .setTopicId(key.topicId())
                .setPartition(key.partition()));
    }

    /**
     * Decodes a record.
     *
     * @throws RuntimeException of the codec's choice if the record cannot be read
     */
    static Decoded decode(ByteBuffer keyBytes, @Nullable ByteBuffer valueBytes) {
        short type = keyBytes.getShort();
        if (type != SNAPSHOT && type != UPDATE) return new Decoded.Foreign("key type " + type);
        if (valueBytes != null) {
            short version = valueBytes.getShort();
            if (version != VERSION) return new Decoded.Foreign("value version " + version);
        }
        return type == SNAPSHOT ? snapshot(keyBytes, valueBytes) : update(keyBytes, valueBytes);
    }

    private static Decoded snapshot(ByteBuffer keyBytes, @Nullable ByteBuffer valueBytes) {
        var recordKey = new ShareSnapshotKey(new ByteBufferAccessor(keyBytes), VERSION);
        var key = new SharePartitionKey(recordKey.groupId(), recordKey.topicId(), recordKey.partition());
        if (valueBytes == null) return new Decoded.Snapshot(key, null);
        var value = new ShareSnapshotValue(new ByteBufferAccessor(valueBytes), VERSION);
        var state = new State(
                value.stateEpoch(),
                value.leaderEpoch(),
                value.startOffset(),
                value.deliveryCompleteCount(),
                value.stateBatches().stream()
                        .map(batch -> new StateBatch(
                                batch.firstOffset(), batch.lastOffset(), batch.deliveryState(), batch.deliveryCount()))
                        .toList());
        return new Decoded.Snapshot(
                key, new KeptShareState(value.snapshotEpoch(), state, value.createTimestamp(), value.writeTimestamp()));
    }

    private static Decoded update(ByteBuffer keyBytes, @Nullable ByteBuffer valueBytes) {
        if (valueBytes == null) return new Decoded.Foreign("an update without a value");
        var recordKey = new ShareUpdateKey(new ByteBufferAccessor(keyBytes), VERSION);
        var key = new SharePartitionKey(recordKey.groupId(), recordKey.topicId(), recordKey.partition());
        var value = new ShareUpdateValue(new ByteBufferAccessor(valueBytes), VERSION);
        var change = new State(
                0,
                value.leaderEpoch(),
                value.startOffset(),
                value.deliveryCompleteCount(),
                value.stateBatches().stream()
                        .map(batch -> new StateBatch(
                                batch.firstOffset(), batch.lastOffset(), batch.deliveryState(), batch.deliveryCount()))
                        .toList());
        return new Decoded.Update(key, value.snapshotEpoch(), change);
    }
}
