package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LeadershipTest {

    private final Rig rig = new Rig(Map.of("offsets.topic.num.partitions", "8"));

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void aGroupsPartitionFollowsFromItsName() {
        for (String group : List.of("", "group", "polygenelubricants", "console-consumer-12345")) {
            assertEquals(Utils.abs(group.hashCode()) % 8, rig.coordinator.partitionFor(group));
        }
        // Its hash is the one whose absolute value does not fit.
        assertEquals(Integer.MIN_VALUE, "polygenelubricants".hashCode());
        assertEquals(0, rig.coordinator.partitionFor("polygenelubricants"));
    }

    @Test
    void whatAnotherBrokerLeadsIsNotAnsweredHere() {
        rig.logs.remove(rig.coordinator.partitionFor(Rig.GROUP));
        rig.lead();
        assertEveryAnswerIs(Errors.NOT_COORDINATOR);
    }

    @Test
    void afterCloseNothingIsAnswered() {
        rig.coordinator.close();
        assertEveryAnswerIs(Errors.COORDINATOR_NOT_AVAILABLE);
        Rig.expect(
                Errors.COORDINATOR_NOT_AVAILABLE,
                rig.coordinator
                        .listGroups(rig.ctx(5), new ListGroupsRequestData())
                        .errorCode());
    }

    private void assertEveryAnswerIs(Errors expected) {
        var coordinator = rig.coordinator;
        Rig.expect(expected, rig.joinNow(rig.joinRequest(""), 9).errorCode());
        Rig.expect(
                expected,
                coordinator
                        .syncGroup(
                                rig.ctx(4),
                                new SyncGroupRequestData().setGroupId(Rig.GROUP).setMemberId("m"))
                        .errorCode());
        assertEquals(expected, rig.heartbeat("m", 1));
        Rig.expect(
                expected,
                coordinator
                        .leaveGroup(rig.ctx(5), new LeaveGroupRequestData().setGroupId(Rig.GROUP))
                        .errorCode());
        assertEquals(expected, rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1)));
        Errors fetchError = expected == Errors.COORDINATOR_NOT_AVAILABLE ? Errors.NOT_COORDINATOR : expected;
        Rig.expect(fetchError, rig.fetch(null, true, 9).errorCode());
        Rig.expect(
                expected,
                coordinator
                        .deleteOffsets(rig.ctx(0), new OffsetDeleteRequestData().setGroupId(Rig.GROUP))
                        .errorCode());
        Rig.expect(
                expected,
                coordinator
                        .describeGroups(rig.ctx(5), new DescribeGroupsRequestData().setGroups(List.of(Rig.GROUP)))
                        .groups()
                        .getFirst()
                        .errorCode());
        Rig.expect(
                expected,
                coordinator
                        .deleteGroups(rig.ctx(2), new DeleteGroupsRequestData().setGroupsNames(List.of(Rig.GROUP)))
                        .results()
                        .find(Rig.GROUP)
                        .errorCode());
    }

    @Test
    void whoWaitsToJoinIsSentAwayWhenThePartitionGoes() {
        var join = rig.join(rig.joinRequest(""), 3);
        rig.awaitWaiting(1);
        rig.logs.remove(rig.coordinator.partitionFor(Rig.GROUP));
        rig.lead();
        Rig.expect(Errors.NOT_COORDINATOR, join.get().errorCode());
    }

    @Test
    void whoWaitsForAnAssignmentIsSentAwayWhenTheBrokerStops() {
        var joins = List.of(rig.join(rig.joinRequest(""), 3), rig.join(rig.joinRequest(""), 3));
        rig.awaitWaiting(2);
        rig.completeFirstRebalance();
        var follower = joins.stream()
                .map(Call::get)
                .filter(each -> !each.memberId().equals(each.leader()))
                .findFirst()
                .orElseThrow();
        var sync = rig.sync(rig.syncRequest(follower));
        rig.awaitWaiting(1);
        rig.coordinator.close();
        Rig.expect(Errors.NOT_COORDINATOR, sync.get().errorCode());
    }

    @Test
    void groupsComeBackWithTheirPartition() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        int partition = rig.coordinator.partitionFor(Rig.GROUP);
        var log = rig.logs.remove(partition);
        rig.lead();
        assertEquals(Errors.NOT_COORDINATOR, rig.heartbeat(member, 1));
        rig.logs.put(partition, log);
        rig.lead();
        assertEquals(Errors.NONE, rig.heartbeat(member, 1));
    }

    @Test
    void aPartitionThatIsLedAlreadyIsNotLoadedAgain() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        assertEquals(2, rig.join(rig.joinRequest(member)).get().generationId());
        rig.lead();
        assertEquals(
                2,
                rig.coordinator
                        .partitions()
                        .of(Rig.GROUP)
                        .withExisting(Rig.GROUP, group -> group.classic().generationId(), () -> -1));
    }

    @Test
    void aPartitionThatCouldNotBeLoadedIsTriedAgain() {
        int partition = rig.coordinator.partitionFor(Rig.GROUP);
        var broken = new InMemoryCoordinatorLog();
        broken.append(new SimpleRecord(1, new byte[] {0, 1, 9}, null));
        var log = rig.logs.put(partition, broken);
        rig.restart();
        assertEquals(Errors.NOT_COORDINATOR, rig.heartbeat("m", 1));
        rig.logs.put(partition, log);
        rig.lead();
        assertEquals(Errors.UNKNOWN_MEMBER_ID, rig.heartbeat("m", 1));
    }

    @Test
    void theGroupsGoWithTheTopic() {
        var join = rig.join(rig.joinRequest(""), 3);
        rig.awaitWaiting(1);
        rig.coordinator.partitions().forget(rig.offsetsTopicId);
        Rig.expect(Errors.NOT_COORDINATOR, join.get().errorCode());
        assertEveryAnswerIs(Errors.NOT_COORDINATOR);
    }

    @Test
    void anotherTopicsDeletionIsOfNoConcern() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        rig.coordinator.partitions().forget(new Uuid(4, 4));
        assertEquals(Errors.NONE, rig.heartbeat(member, 1));
    }

    @Test
    void groupsDoNotMoveWhenThePartitionsBecomeMore() {
        rig.logs.put(8, new InMemoryCoordinatorLog());
        rig.coordinator.partitions().update(rig.offsetsTopicId, Set.of(0, 1, 2, 3, 4, 5, 6, 7, 8));
        assertEquals(Utils.abs("group".hashCode()) % 8, rig.coordinator.partitionFor("group"));
    }

    @Test
    void aTopicMadeAnewDecidesAnewWhereGroupsLive() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        rig.logs.replaceAll((partition, log) -> new InMemoryCoordinatorLog());
        rig.coordinator.partitions().update(new Uuid(6, 6), Set.of(0, 1, 2));
        assertEquals(Utils.abs("group".hashCode()) % 3, rig.coordinator.partitionFor("group"));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, rig.heartbeat(member, 1));
    }

    @Test
    void groupsOfDifferentPartitionsAreWrittenAndListedApart() {
        for (int i = 0; i < 40; i++) {
            rig.commit(rig.commitRequest(Rig.ORDERS, 0, i).setGroupId("group-" + i));
        }
        for (int i = 0; i < 40; i++) {
            String group = "group-" + i;
            assertTrue(rig.logOf(group).records().stream()
                    .anyMatch(record -> record instanceof GroupRecord.OffsetCommit commit
                            && commit.group().equals(group)));
        }
        rig.logs.remove(3);
        rig.lead();
        var listed = rig.coordinator
                .listGroups(rig.ctx(5), new ListGroupsRequestData())
                .groups();
        assertEquals(
                40
                        - (int) IntStream.range(0, 40)
                                .filter(i -> rig.coordinator.partitionFor("group-" + i) == 3)
                                .count(),
                listed.stream().map(ListedGroup::groupId).distinct().count());
    }
}
