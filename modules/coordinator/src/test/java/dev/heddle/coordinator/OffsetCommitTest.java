package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.Waiter;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class OffsetCommitTest {

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    private OffsetCommitRequestData memberCommit(String member, int generation) {
        return rig.commitRequest(Rig.ORDERS, 0, 42).setMemberId(member).setGenerationIdOrMemberEpoch(generation);
    }

    // ---- who may commit ----

    @Test
    void aConsumerOnItsOwnCommitsToAGroupThatNobodyHasJoined() {
        assertEquals(Errors.NONE, rig.commit(rig.commitRequest(Rig.ORDERS, 3, 42)));
        assertEquals(42, rig.committed(Rig.ORDERS, 3));
        assertEquals(GroupState.EMPTY, rig.state());
        assertEquals(1, rig.log().records().size(), "no record of the group itself");
    }

    @Test
    void aMemberCommitsInItsGeneration() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        assertEquals(Errors.NONE, rig.commit(memberCommit(member, 1)));
        assertEquals(42, rig.committed(Rig.ORDERS, 0));
    }

    @Test
    void anotherGenerationIsRefused() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        assertEquals(Errors.ILLEGAL_GENERATION, rig.commit(memberCommit(member, 0)));
        assertEquals(Errors.ILLEGAL_GENERATION, rig.commit(memberCommit(member, 2)));
        assertEquals(Errors.ILLEGAL_GENERATION, rig.commit(memberCommit(member, -1)));
        assertEquals(-1, rig.committed(Rig.ORDERS, 0));
    }

    @Test
    void aStrangerIsUnknown() {
        rig.stableGroup(1);
        assertEquals(Errors.UNKNOWN_MEMBER_ID, rig.commit(memberCommit("stranger", 1)));
    }

    @Test
    void aGroupWithMembersTakesNoCommitsFromOutside() {
        rig.stableGroup(1);
        assertEquals(Errors.UNKNOWN_MEMBER_ID, rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1)));
    }

    @Test
    void anEmptyGroupTakesCommitsFromOutside() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        rig.leave(Rig.memberNamed(member));
        assertEquals(Errors.NONE, rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1)));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, rig.commit(memberCommit(member, 2)));
    }

    @Test
    void aGenerationOfAGroupThatIsNotThereIsAnsweredByVersion() {
        assertEquals(Errors.ILLEGAL_GENERATION, Rig.errorOf(rig.commit(memberCommit("m", 1), 8)));
        assertEquals(Errors.GROUP_ID_NOT_FOUND, Rig.errorOf(rig.commit(memberCommit("m", 1), 9)));
        assertEquals(GroupState.DEAD, rig.state(), "no group comes of it");
    }

    @Test
    void betweenJoinAndAssignmentCommitsAreRefused() {
        var join = rig.join(rig.joinRequest(rig.newMemberId()));
        rig.awaitWaiting(1);
        rig.advance(Rig.INITIAL_DELAY_MS);
        assertEquals(
                Errors.REBALANCE_IN_PROGRESS, rig.commit(memberCommit(join.get().memberId(), 1)));
    }

    @Test
    void whileMembersGatherCommitsAreWelcome() {
        var members = List.copyOf(rig.stableGroup(2).keySet());
        rig.join(rig.joinRequest(members.get(0)));
        rig.awaitWaiting(1);
        assertEquals(Errors.NONE, rig.commit(memberCommit(members.get(1), 1)));
    }

    @Test
    void aCommitKeepsTheSessionAlive() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        rig.advance(Rig.SESSION_MS - 1);
        rig.commit(memberCommit(member, 1));
        rig.advance(Rig.SESSION_MS - 1);
        assertEquals(GroupState.STABLE, rig.state());
        rig.advance(1);
        assertEquals(GroupState.EMPTY, rig.state());
    }

    @Test
    void theEmptyGroupIdIsAGroupToo() {
        assertEquals(Errors.NONE, rig.commit(rig.commitRequest(Rig.ORDERS, 0, 7).setGroupId("")));
    }

    // ---- what may be committed ----

    @Test
    void eachPartitionHasItsOwnAnswer() {
        var request = new OffsetCommitRequestData()
                .setGroupId(Rig.GROUP)
                .setTopics(List.of(
                        topic(Rig.ORDERS, partition(0, "ok"), partition(99, ""), partition(1, "x".repeat(4097))),
                        topic("nowhere", partition(0, ""))));
        var response = rig.commit(request, 9);
        var orders = response.topics().get(0).partitions();
        Rig.expect(Errors.NONE, orders.get(0).errorCode());
        Rig.expect(Errors.UNKNOWN_TOPIC_OR_PARTITION, orders.get(1).errorCode());
        Rig.expect(Errors.OFFSET_METADATA_TOO_LARGE, orders.get(2).errorCode());
        var nowhere = response.topics().get(1);
        assertEquals("nowhere", nowhere.name());
        Rig.expect(
                Errors.UNKNOWN_TOPIC_OR_PARTITION,
                nowhere.partitions().getFirst().errorCode());
        assertEquals(1, rig.log().records().size());
        assertEquals("ok", rig.fetch(Rig.ORDERS, 0).metadata());
        assertEquals(-1, rig.committed(Rig.ORDERS, 1));
    }

    @Test
    void aRefusalOfTheGroupStandsWithEveryPartitionThatExists() {
        rig.stableGroup(1);
        var request = new OffsetCommitRequestData()
                .setGroupId(Rig.GROUP)
                .setTopics(List.of(
                        topic(Rig.ORDERS, partition(0, ""), partition(1, "x".repeat(4097))),
                        topic("nowhere", partition(0, ""))));
        var response = rig.commit(request, 9);
        response.topics().get(0).partitions().forEach(each -> Rig.expect(Errors.UNKNOWN_MEMBER_ID, each.errorCode()));
        Rig.expect(
                Errors.UNKNOWN_TOPIC_OR_PARTITION,
                response.topics().get(1).partitions().getFirst().errorCode());
    }

    @Test
    void theLongestMetadataIsTaken() {
        String longest = "x".repeat(4096);
        var request = new OffsetCommitRequestData()
                .setGroupId(Rig.GROUP)
                .setTopics(List.of(topic(Rig.ORDERS, partition(0, longest))));
        assertEquals(Errors.NONE, rig.commit(request));
        assertEquals(longest, rig.fetch(Rig.ORDERS, 0).metadata());
    }

    @Test
    void noMetadataIsStoredAsNone() {
        var request = new OffsetCommitRequestData()
                .setGroupId(Rig.GROUP)
                .setTopics(List.of(topic(Rig.ORDERS, partition(0, null))));
        assertEquals(Errors.NONE, rig.commit(request));
        assertEquals("", rig.fetch(Rig.ORDERS, 0).metadata());
    }

    @Test
    void aCommitOfNothingThatExistsMakesNoGroup() {
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, rig.commit(rig.commitRequest("nowhere", 0, 1)));
        assertEquals(GroupState.DEAD, rig.state());
        var tooLong = new OffsetCommitRequestData()
                .setGroupId(Rig.GROUP)
                .setTopics(List.of(topic(Rig.ORDERS, partition(0, "x".repeat(4097)))));
        assertEquals(Errors.OFFSET_METADATA_TOO_LARGE, rig.commit(tooLong));
        assertEquals(GroupState.DEAD, rig.state());
    }

    @Test
    void fromVersionTenTopicsAreNamedByTheirId() {
        var byId = new OffsetCommitRequestTopic().setTopicId(Rig.ORDERS_ID).setPartitions(List.of(partition(0, "")));
        var unknown =
                new OffsetCommitRequestTopic().setTopicId(new Uuid(5, 5)).setPartitions(List.of(partition(0, "")));
        var request = new OffsetCommitRequestData().setGroupId(Rig.GROUP).setTopics(List.of(byId, unknown));
        var response = rig.commit(request, 10);
        assertEquals(Rig.ORDERS_ID, response.topics().get(0).topicId());
        Rig.expect(Errors.NONE, response.topics().get(0).partitions().getFirst().errorCode());
        assertEquals(new Uuid(5, 5), response.topics().get(1).topicId());
        Rig.expect(
                Errors.UNKNOWN_TOPIC_ID,
                response.topics().get(1).partitions().getFirst().errorCode());
        assertEquals(7, rig.committed(Rig.ORDERS, 0));
    }

    // ---- how it is written ----

    @Test
    void aCommitIsOneBatchAndCarriesEverything() {
        var request = new OffsetCommitRequestData()
                .setGroupId(Rig.GROUP)
                .setTopics(List.of(topic(Rig.ORDERS, partition(0, "a"), partition(1, "b"))));
        rig.commit(request, 9);
        assertEquals(List.of(2), rig.log().batchSizes());
        var record = (GroupRecord.OffsetCommit) rig.log().records().getFirst();
        assertEquals(new CommittedOffset(7, 3, "a", rig.time.milliseconds(), -1, Rig.ORDERS_ID, 0), record.offset());
        assertEquals(Rig.GROUP, record.group());
        assertEquals(Rig.ORDERS, record.topic());
    }

    @Test
    void aRetentionThatTheClientAsksForIsKeptWithTheOffset() {
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1).setRetentionTimeMs(60_000), 4);
        var record = (GroupRecord.OffsetCommit) rig.log().lastRecord();
        assertEquals(rig.time.milliseconds() + 60_000, record.offset().expireTimestampMs());
    }

    @Test
    void aCommitIsAnsweredOnceItIsCommitted() {
        rig.log().holdCommits();
        var commit = Call.start(new Waiter(rig.time), () -> rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1)));
        rig.awaitWaiting(1);
        assertFalse(commit.isAnswered());
        rig.log().releaseCommits();
        assertEquals(Errors.NONE, commit.get());
    }

    @Test
    void aCommitThatTakesTooLongIsToBeTriedAgain() {
        rig.log().holdCommits();
        var commit = Call.start(new Waiter(rig.time), () -> rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1)));
        rig.awaitWaiting(1);
        rig.advance(rig.config.offsets().commitTimeoutMs());
        assertEquals(Errors.COORDINATOR_NOT_AVAILABLE, commit.get());
    }

    @Test
    void aCommitThatTheLogRefusesLeavesNoTrace() {
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1));
        for (var expected : List.of(
                List.of(Errors.NOT_ENOUGH_REPLICAS, Errors.COORDINATOR_NOT_AVAILABLE),
                List.of(Errors.UNKNOWN_TOPIC_OR_PARTITION, Errors.COORDINATOR_NOT_AVAILABLE),
                List.of(Errors.NOT_LEADER_OR_FOLLOWER, Errors.NOT_COORDINATOR),
                List.of(Errors.KAFKA_STORAGE_ERROR, Errors.NOT_COORDINATOR),
                List.of(Errors.MESSAGE_TOO_LARGE, Errors.UNKNOWN_SERVER_ERROR),
                List.of(Errors.RECORD_LIST_TOO_LARGE, Errors.UNKNOWN_SERVER_ERROR))) {
            rig.log().failAppends(expected.get(0));
            assertEquals(expected.get(1), rig.commit(rig.commitRequest(Rig.ORDERS, 0, 2)));
        }
        rig.log().failAppends(null);
        assertEquals(1, rig.committed(Rig.ORDERS, 0));
    }

    @Test
    void aGroupWhoseFirstCommitIsRefusedIsForgotten() {
        rig.log().failAppends(Errors.NOT_ENOUGH_REPLICAS);
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 2));
        assertEquals(GroupState.DEAD, rig.state());
    }

    @Test
    void offsetsAndCommitsAreCounted() {
        for (int i = 0; i < 3; i++) rig.commit(rig.commitRequest(Rig.ORDERS, 0, i));
        rig.commit(rig.commitRequest(Rig.ORDERS, 1, 1));
        rig.coordinator.startup();
        var gauges = rig.registry.getGauges();
        assertEquals(
                2L,
                gauges.get("kafka.coordinator.group:type=GroupMetadataManager,name=NumOffsets")
                        .getValue());
        assertEquals(
                1L,
                gauges.get("kafka.coordinator.group:type=GroupMetadataManager,name=NumGroups")
                        .getValue());
        assertEquals(
                1L,
                gauges.get("kafka.coordinator.group:type=GroupMetadataManager,name=NumGroupsEmpty")
                        .getValue());
        var commits = rig.registry.getMeters().get("kafka.server:type=group-coordinator-metrics,name=offset-commit");
        assertNotNull(commits);
        assertEquals(4, commits.getCount());
        rig.coordinator.close();
        assertTrue(rig.registry.getGauges().isEmpty());
    }

    private static OffsetCommitRequestTopic topic(String name, OffsetCommitRequestPartition... partitions) {
        return new OffsetCommitRequestTopic().setName(name).setPartitions(new ArrayList<>(List.of(partitions)));
    }

    private static OffsetCommitRequestPartition partition(int index, String metadata) {
        return new OffsetCommitRequestPartition()
                .setPartitionIndex(index)
                .setCommittedOffset(7)
                .setCommittedLeaderEpoch(3)
                .setCommittedMetadata(metadata);
    }
}
