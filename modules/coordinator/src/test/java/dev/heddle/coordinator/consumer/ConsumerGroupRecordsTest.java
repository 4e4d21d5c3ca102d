package dev.heddle.coordinator.consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupCurrentMemberAssignmentKey;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupCurrentMemberAssignmentValue;
import org.apache.kafka.coordinator.group.generated.ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConsumerGroupRecordsTest {

    private static final Uuid TOPIC = new Uuid(1, 2);

    static Stream<ConsumerGroupRecord> records() {
        var profile = new MemberProfile(
                new MemberProfile.Origin("instance", "rack", "client", "/host"),
                new MemberProfile.Subscription(Set.of("a", "b"), "c.*", "range"),
                1_000,
                new MemberProfile.ClassicTerms(500, List.of(new ClassicProtocol("range", new byte[] {1, 2}))));
        var current = new CurrentAssignment(
                5, 4, MemberState.UNREVOKED_PARTITIONS, Map.of(TOPIC, Map.of(0, 3, 1, 5)), Map.of(TOPIC, Map.of(2, 1)));
        return Stream.of(
                new ConsumerGroupRecord.Epoch(7, 123L),
                new ConsumerGroupRecord.Deleted(),
                new ConsumerGroupRecord.PartitionMetadata(false),
                new ConsumerGroupRecord.Member("m", profile),
                new ConsumerGroupRecord.Member("m", MemberProfile.UNKNOWN),
                new ConsumerGroupRecord.Member("m", null),
                new ConsumerGroupRecord.TargetEpoch(3, 1_000),
                ConsumerGroupRecord.TargetEpoch.NONE,
                new ConsumerGroupRecord.Target("m", Map.of(TOPIC, Set.of(1, 2))),
                new ConsumerGroupRecord.Target("m", null),
                new ConsumerGroupRecord.Current("m", current),
                new ConsumerGroupRecord.Current("m", null),
                new ConsumerGroupRecord.Regex("c.*", new ResolvedRegex(Set.of("ca", "cb"), 9, 8)),
                new ConsumerGroupRecord.Regex("c.*", null));
    }

    @ParameterizedTest
    @MethodSource("records")
    void everyRecordIsReadAsItWasWritten(ConsumerGroupRecord record) {
        var encoded = ConsumerGroupRecords.encode("g", record, 77);
        ByteBuffer key = encoded.key();
        var decoded = ConsumerGroupRecords.decode(key.getShort(), key, encoded.value());
        assertEquals(new ConsumerGroupRecords.OfGroup("g", record), decoded);
        assertEquals(77, encoded.timestamp());
    }

    @Test
    void partitionsWithoutEpochsAreThoseOfTheMembersEpoch() {
        var key = new ConsumerGroupCurrentMemberAssignmentKey().setGroupId("g").setMemberId("m");
        var value = new ConsumerGroupCurrentMemberAssignmentValue()
                .setMemberEpoch(6)
                .setAssignedPartitions(List.of(new TopicPartitions()
                        .setTopicId(TOPIC)
                        .setPartitions(List.of(1))
                        .setAssignmentEpochs(null)));
        var record = ConsumerGroupRecords.decode(
                        (short) 8, bytes(key), ByteBuffer.wrap(MessageUtil.toVersionPrefixedBytes((short) 0, value)))
                .record();
        assertEquals(
                Map.of(TOPIC, Map.of(1, 6)),
                ((ConsumerGroupRecord.Current) record).assignment().assigned());
    }

    private static ByteBuffer bytes(ConsumerGroupCurrentMemberAssignmentKey key) {
        ByteBuffer bytes = ByteBuffer.wrap(MessageUtil.toCoordinatorTypePrefixedBytes(key));
        bytes.getShort();
        return bytes;
    }

    @Test
    void recordsOfOtherGroupsAreOthers() {
        assertNull(ConsumerGroupRecords.decode((short) 11, ByteBuffer.allocate(0), null));
    }
}
