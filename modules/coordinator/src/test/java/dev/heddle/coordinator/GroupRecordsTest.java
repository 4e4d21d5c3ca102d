package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

class GroupRecordsTest {

    private static final long NOW = 1_700_000_000_000L;

    private static final CommittedOffset OFFSET =
            new CommittedOffset(42, 5, "meta", NOW, CommittedOffset.NONE, new Uuid(1, 2), 9);

    private static ByteBuffer bytes(int size) {
        return ByteBuffer.allocate(size);
    }

    private static GroupRecord decode(SimpleRecord record) {
        return GroupRecords.decode(record.key().duplicate(), record.value(), 9);
    }

    @Test
    void theKeyOfACommitIsItsTypeAndItsFields() {
        var record = GroupRecords.offsetCommit("g", "topic", 7, OFFSET, NOW);
        ByteBuffer expected = bytes(16)
                .putShort((short) 1)
                .putShort((short) 1)
                .put("g".getBytes(StandardCharsets.UTF_8))
                .putShort((short) 5)
                .put("topic".getBytes(StandardCharsets.UTF_8))
                .putInt(7);
        assertArrayEquals(expected.array(), Utils.toArray(record.key()));
        assertEquals(NOW, record.timestamp());
    }

    @Test
    void theKeyOfAGroupIsItsTypeAndItsName() {
        var record = GroupRecords.groupTombstone("g", NOW);
        ByteBuffer expected =
                bytes(5).putShort((short) 2).putShort((short) 1).put("g".getBytes(StandardCharsets.UTF_8));
        assertArrayEquals(expected.array(), Utils.toArray(record.key()));
        assertNull(record.value());
    }

    @Test
    void aCommitIsWrittenInTheNewestVersionUnlessItExpires() {
        assertEquals(
                4, GroupRecords.offsetCommit("g", "t", 0, OFFSET, NOW).value().getShort(0));
        var expiring = new CommittedOffset(42, 5, "meta", NOW, NOW + 1, new Uuid(1, 2), 0);
        assertEquals(
                1, GroupRecords.offsetCommit("g", "t", 0, expiring, NOW).value().getShort(0));
    }

    @Test
    void aGroupIsWrittenInTheVersionThatOlderBrokersReadToo() {
        assertEquals(
                3,
                GroupRecords.newGroup("g", new ClassicGroup(NOW), NOW).value().getShort(0));
    }

    @Test
    void aCommitComesBackWhole() {
        var commit = assertInstanceOf(
                GroupRecord.OffsetCommit.class, decode(GroupRecords.offsetCommit("g", "t", 7, OFFSET, NOW)));
        assertEquals(new GroupRecord.OffsetCommit("g", "t", 7, OFFSET), commit);
    }

    @Test
    void anExpiringCommitComesBackWithoutWhatItsVersionCannotHold() {
        var expiring = new CommittedOffset(42, 5, "meta", NOW, NOW + 1, new Uuid(1, 2), 0);
        var commit = assertInstanceOf(
                GroupRecord.OffsetCommit.class, decode(GroupRecords.offsetCommit("g", "t", 7, expiring, NOW)));
        assertEquals(new CommittedOffset(42, -1, "meta", NOW, NOW + 1, Uuid.ZERO_UUID, 9), commit.offset());
    }

    @Test
    void tombstonesComeBackAsDeletions() {
        var offset = assertInstanceOf(
                GroupRecord.OffsetCommit.class, decode(GroupRecords.offsetTombstone("g", "t", 7, NOW)));
        assertNull(offset.offset());
        assertEquals("t", offset.topic());
        var group = assertInstanceOf(GroupRecord.GroupMetadata.class, decode(GroupRecords.groupTombstone("g", NOW)));
        assertNull(group.value());
    }

    @Test
    void aGroupComesBackWhole() {
        var group = new ClassicGroup(NOW);
        var identity = new Member.Identity("m", "instance", "client", "/host");
        var terms = new Member.Terms(60, 10, List.of(new MemberProtocol("range", new byte[] {1, 2})));
        group.add(new Member(identity, terms, Member.NO_ASSIGNMENT), "consumer", null);
        group.moveTo(GroupState.PREPARING_REBALANCE, NOW);
        group.beginGeneration(NOW + 5);
        var record = GroupRecords.group("g", group, Map.of("m", new byte[] {3}), NOW);
        var metadata = assertInstanceOf(GroupRecord.GroupMetadata.class, decode(record));
        var value = metadata.value();
        assertEquals("consumer", value.protocolType());
        assertEquals("range", value.protocol());
        assertEquals(1, value.generation());
        assertEquals("m", value.leader());
        assertEquals(NOW + 5, value.currentStateTimestamp());
        var member = value.members().getFirst();
        assertEquals("instance", member.groupInstanceId());
        assertEquals(60, member.rebalanceTimeout());
        assertEquals(10, member.sessionTimeout());
        assertArrayEquals(new byte[] {1, 2}, member.subscription());
        assertArrayEquals(new byte[] {3}, member.assignment());
    }

    @Test
    void otherTypesAreForeign() {
        var key = bytes(2).putShort((short) 999).flip();
        assertEquals(new GroupRecord.Foreign((short) 999), GroupRecords.decode(key, null, 0));
    }
}
