package dev.heddle.coordinator.streams;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heddle.coordinator.consumer.MemberProfile.Origin;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.coordinator.group.generated.StreamsGroupCurrentMemberAssignmentKey;
import org.apache.kafka.coordinator.group.generated.StreamsGroupCurrentMemberAssignmentValue;
import org.apache.kafka.coordinator.group.generated.StreamsGroupCurrentMemberAssignmentValue.TaskIds;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue.Subtopology;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue.TopicConfig;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue.TopicInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StreamsRecordsTest {

    static Stream<StreamsRecord> records() {
        var profile = new StreamsProfile(
                new Origin(null, "rack", "client", "/host"),
                1_000,
                3,
                "process",
                new StreamsProfile.Endpoint("host", 80),
                Map.of("zone", "a", "cluster", "b"));
        var current = new CurrentTasks(
                5,
                4,
                StreamsMemberState.UNREVOKED_TASKS,
                new AssignedTasks(Map.of("0", Map.of(0, 3, 1, 5)), Map.of("1", Set.of(2)), Map.of("2", Set.of(4))),
                new AssignedTasks(Map.of("0", Map.of(2, 1)), Map.of("1", Set.of(3)), Map.of("2", Set.of(5))));
        var subtopology = new Subtopology()
                .setSubtopologyId("0")
                .setSourceTopics(List.of("a"))
                .setRepartitionSinkTopics(List.of("r"))
                .setStateChangelogTopics(List.of(new TopicInfo()
                        .setName("c")
                        .setReplicationFactor((short) 1)
                        .setTopicConfigs(List.of(
                                new TopicConfig().setKey("cleanup.policy").setValue("compact")))));
        return Stream.of(
                new StreamsRecord.Epoch(7, 123L, 2, Map.of("num.standby.replicas", "1")),
                new StreamsRecord.Epoch(7, 123L, -1, Map.of()),
                new StreamsRecord.Deleted(),
                new StreamsRecord.OfTopology(new Topology(3, Map.of("0", subtopology))),
                new StreamsRecord.OfTopology(null),
                new StreamsRecord.Member("m", profile),
                new StreamsRecord.Member("m", StreamsProfile.UNKNOWN),
                new StreamsRecord.Member("m", null),
                new StreamsRecord.TargetEpoch(3, 1_000),
                StreamsRecord.TargetEpoch.NONE,
                new StreamsRecord.Target(
                        "m", new Tasks(Map.of("0", Set.of(1, 2)), Map.of("1", Set.of(3)), Map.of("2", Set.of(4)))),
                new StreamsRecord.Target("m", null),
                new StreamsRecord.Current("m", current),
                new StreamsRecord.Current("m", null));
    }

    @ParameterizedTest
    @MethodSource("records")
    void everyRecordIsReadAsItWasWritten(StreamsRecord record) {
        var encoded = StreamsRecords.encode("g", record, 77);
        ByteBuffer key = encoded.key();
        var decoded = StreamsRecords.decode(key.getShort(), key, encoded.value());
        assertEquals(new StreamsRecords.OfGroup("g", record), decoded);
        assertEquals(77, encoded.timestamp());
        assertEquals(record.isTombstone(), encoded.value() == null);
    }

    @Test
    void tasksWithoutEpochsAreThoseOfTheMembersEpoch() {
        var key = new StreamsGroupCurrentMemberAssignmentKey().setGroupId("g").setMemberId("m");
        var value = new StreamsGroupCurrentMemberAssignmentValue()
                .setMemberEpoch(6)
                .setState((byte) 99)
                .setActiveTasks(List.of(new TaskIds()
                        .setSubtopologyId("0")
                        .setPartitions(List.of(1))
                        .setAssignmentEpochs(null)));
        ByteBuffer keyBytes = ByteBuffer.wrap(MessageUtil.toCoordinatorTypePrefixedBytes(key));
        ByteBuffer valueBytes = ByteBuffer.wrap(MessageUtil.toVersionPrefixedBytes((short) 0, value));
        var record =
                StreamsRecords.decode(keyBytes.getShort(), keyBytes, valueBytes).record();
        CurrentTasks tasks = ((StreamsRecord.Current) record).tasks();
        assertEquals(Map.of("0", Map.of(1, 6)), tasks.assigned().active());
        assertEquals(StreamsMemberState.UNKNOWN, tasks.state(), "a newer broker's state is not known");
    }

    @Test
    void otherKindsAreLeftToOthers() {
        assertNull(StreamsRecords.decode((short) 3, ByteBuffer.allocate(0), null));
        assertNull(StreamsRecords.decode((short) 18, ByteBuffer.allocate(0), null));
    }

    @Test
    void aVersionThatIsNotKnownIsNotGuessedAt() {
        var encoded = StreamsRecords.encode("g", new StreamsRecord.TargetEpoch(3, 1_000), 77);
        ByteBuffer key = encoded.key();
        ByteBuffer value = encoded.value().duplicate();
        value.putShort(0, (short) 9);
        short type = key.getShort();
        assertThrows(IllegalArgumentException.class, () -> StreamsRecords.decode(type, key, value));
    }
}
