package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.coordinator.group.generated.OffsetCommitKey;
import org.apache.kafka.coordinator.group.generated.OffsetCommitValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Offsets that transactions of another broker have committed, or not yet. */
@Timeout(30)
class LoadedTransactionsTest {

    private static final long PRODUCER_ID = 77;

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    private static SimpleRecord record(ApiMessage key, int version, ApiMessage value) {
        return new SimpleRecord(
                1,
                MessageUtil.toCoordinatorTypePrefixedBytes(key),
                MessageUtil.toVersionPrefixedBytes((short) version, value));
    }

    private static OffsetCommitKey offsetKey(int partition) {
        return new OffsetCommitKey().setGroup(Rig.GROUP).setTopic(Rig.ORDERS).setPartition(partition);
    }

    private OffsetCommitValue offsetValue(long offset) {
        return new OffsetCommitValue().setOffset(offset).setMetadata("").setCommitTimestamp(rig.time.milliseconds());
    }

    private void appendTransactional(SimpleRecord... records) {
        rig.log().append(MemoryRecords.withTransactionalRecords(Compression.NONE, PRODUCER_ID, (short) 0, 0, records));
    }

    private void endTransaction(ControlRecordType type) {
        rig.log()
                .append(MemoryRecords.withEndTransactionMarker(
                        PRODUCER_ID, (short) 0, new EndTransactionMarker(type, 0)));
    }

    @ParameterizedTest
    @EnumSource(
            value = ControlRecordType.class,
            names = {"COMMIT", "ABORT"})
    void offsetsOfATransactionCountWhenItIsCommitted(ControlRecordType type) {
        rig.log().append(record(offsetKey(0), 3, offsetValue(1)));
        appendTransactional(record(offsetKey(0), 3, offsetValue(2)));
        endTransaction(type);
        rig.restart();
        assertEquals(type == ControlRecordType.COMMIT ? 2 : 1, rig.committed(Rig.ORDERS, 0));
    }

    @Test
    void offsetsOfAnOpenTransactionAreNotStable() {
        rig.log().append(record(offsetKey(0), 3, offsetValue(1)));
        appendTransactional(record(offsetKey(0), 3, offsetValue(2)));
        rig.restart();
        Rig.expect(Errors.UNSTABLE_OFFSET_COMMIT, rig.fetch(Rig.ORDERS, 0).errorCode());
        var topics = List.of(new OffsetFetchRequestTopics().setName(Rig.ORDERS).setPartitionIndexes(List.of(0)));
        assertEquals(
                1,
                rig.fetch(topics, false, 9)
                        .topics()
                        .getFirst()
                        .partitions()
                        .getFirst()
                        .committedOffset());
    }

    @Test
    void anOffsetWithAnOpenTransactionDoesNotExpire() {
        appendTransactional(record(offsetKey(0), 3, offsetValue(2)));
        rig.restart();
        rig.advance(2 * rig.config.offsets().retentionMs());
        rig.coordinator.retention().expire();
        assertEquals(GroupState.EMPTY, rig.state());
    }

    @Test
    void aPlainCommitAfterATransactionalOneIsTheNewer() {
        appendTransactional(record(offsetKey(0), 3, offsetValue(2)));
        rig.log().append(record(offsetKey(0), 3, offsetValue(3)));
        endTransaction(ControlRecordType.COMMIT);
        rig.restart();
        assertEquals(3, rig.committed(Rig.ORDERS, 0));
    }
}
