package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SyncGroupTest {

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    /** Two members who have been told of the first generation, the leader first. */
    private List<JoinGroupResponseData> joined() {
        var leader = rig.join(rig.joinRequest(rig.newMemberId()));
        rig.awaitWaiting(1);
        var follower = rig.join(rig.joinRequest(rig.newMemberId()));
        rig.awaitWaiting(2);
        rig.completeFirstRebalance();
        return List.of(leader.get(), follower.get());
    }

    @Test
    void aFollowerThatSyncsFirstWaitsForTheLeadersAssignment() {
        var joined = joined();
        var follower = rig.sync(rig.syncRequest(joined.get(1)));
        rig.awaitWaiting(1);
        assertEquals(GroupState.COMPLETING_REBALANCE, rig.state());

        var leader = rig.sync(rig.leaderSyncRequest(joined.get(0))).get();
        assertArrayEquals(Rig.assignmentOf(joined.get(0).memberId()), leader.assignment());
        assertArrayEquals(
                Rig.assignmentOf(joined.get(1).memberId()), follower.get().assignment());
        assertEquals("consumer", follower.get().protocolType());
        assertEquals("range", follower.get().protocolName());
        assertEquals(GroupState.STABLE, rig.state());
    }

    @Test
    void aFollowerThatSyncsLaterFindsItsAssignment() {
        var joined = joined();
        rig.sync(rig.leaderSyncRequest(joined.get(0))).get();
        var follower = rig.sync(rig.syncRequest(joined.get(1))).get();
        assertArrayEquals(Rig.assignmentOf(joined.get(1).memberId()), follower.assignment());
    }

    @Test
    void aMemberThatTheLeaderLeavesOutHasAnEmptyAssignment() {
        var joined = joined();
        var request = rig.syncRequest(joined.get(0))
                .setAssignments(List.of(
                        new SyncGroupRequestAssignment().setMemberId("nobody").setAssignment(new byte[] {1})));
        rig.sync(request).get();
        assertEquals(0, rig.sync(rig.syncRequest(joined.get(1))).get().assignment().length);
        var record = (GroupRecord.GroupMetadata) rig.log().lastRecord();
        assertEquals(2, record.value().members().size());
    }

    @Test
    void theAssignmentIsWrittenDownWithTheMembers() {
        var joined = joined();
        rig.sync(rig.leaderSyncRequest(joined.get(0))).get();
        var record = (GroupRecord.GroupMetadata) rig.log().lastRecord();
        assertEquals(1, record.value().generation());
        assertEquals(joined.get(0).memberId(), record.value().leader());
        assertEquals("range", record.value().protocol());
        assertEquals("consumer", record.value().protocolType());
        for (var member : record.value().members()) {
            assertArrayEquals(Rig.assignmentOf(member.memberId()), member.assignment());
            assertArrayEquals(Rig.subscription(Rig.ORDERS), member.subscription());
            assertEquals(Rig.CLIENT, member.clientId());
            assertEquals("/127.0.0.1", member.clientHost());
            assertEquals(Rig.SESSION_MS, member.sessionTimeout());
            assertEquals(Rig.REBALANCE_MS, member.rebalanceTimeout());
        }
    }

    @Test
    void nobodyIsAnsweredBeforeTheAssignmentIsCommitted() {
        var joined = joined();
        rig.log().holdCommits();
        var follower = rig.sync(rig.syncRequest(joined.get(1)));
        rig.awaitWaiting(1);
        var leader = rig.sync(rig.leaderSyncRequest(joined.get(0)));
        rig.awaitWaiting(2);
        assertFalse(follower.isAnswered());
        assertEquals(GroupState.COMPLETING_REBALANCE, rig.state());
        rig.log().releaseCommits();
        Rig.expect(Errors.NONE, leader.get().errorCode());
        Rig.expect(Errors.NONE, follower.get().errorCode());
    }

    @Test
    void theGroupGoesOnWhenTheLeadersClientIsGoneBeforeTheCommit() {
        var joined = joined();
        rig.log().holdCommits();
        var follower = rig.sync(rig.syncRequest(joined.get(1)));
        rig.awaitWaiting(1);
        var leader = rig.sync(rig.leaderSyncRequest(joined.get(0)));
        rig.awaitWaiting(2);
        leader.hangUp();
        rig.log().releaseCommits();
        Rig.expect(Errors.NONE, follower.get().errorCode());
        assertEquals(GroupState.STABLE, rig.state());
    }

    @Test
    void aRebalanceBeforeTheCommitMakesTheAssignmentVoid() {
        var joined = joined();
        rig.log().holdCommits();
        var leader = rig.sync(rig.leaderSyncRequest(joined.get(0)));
        rig.awaitWaiting(1);
        rig.join(rig.joinRequest(joined.get(1).memberId()).setProtocols(Rig.protocols("range", "sticky")));
        Rig.expect(Errors.REBALANCE_IN_PROGRESS, syncAnswerAfterCommit(leader));
        assertEquals(GroupState.PREPARING_REBALANCE, rig.state());
    }

    private short syncAnswerAfterCommit(Call<SyncGroupResponseData> leader) {
        rig.awaitWaiting(2);
        rig.log().releaseCommits();
        return leader.get().errorCode();
    }

    @Test
    void whenTheAssignmentCannotBeWrittenAllAreToldAndTheGroupRebalances() {
        var joined = joined();
        var follower = rig.sync(rig.syncRequest(joined.get(1)));
        rig.awaitWaiting(1);
        rig.log().failAppends(Errors.NOT_ENOUGH_REPLICAS);
        var leader = rig.sync(rig.leaderSyncRequest(joined.get(0)));
        Rig.expect(Errors.COORDINATOR_NOT_AVAILABLE, leader.get().errorCode());
        Rig.expect(Errors.COORDINATOR_NOT_AVAILABLE, follower.get().errorCode());
        assertEquals(0, follower.get().assignment().length);
        assertEquals(GroupState.PREPARING_REBALANCE, rig.state());
    }

    @Test
    void whenTheAssignmentIsNotCommittedInTimeAllAreToldAndTheGroupRebalances() {
        var joined = joined();
        rig.log().holdCommits();
        var follower = rig.sync(rig.syncRequest(joined.get(1)));
        rig.awaitWaiting(1);
        var leader = rig.sync(rig.leaderSyncRequest(joined.get(0)));
        rig.awaitWaiting(2);
        rig.advance(rig.config.offsets().commitTimeoutMs());
        Rig.expect(Errors.COORDINATOR_NOT_AVAILABLE, leader.get().errorCode());
        Rig.expect(Errors.COORDINATOR_NOT_AVAILABLE, follower.get().errorCode());
        assertEquals(GroupState.PREPARING_REBALANCE, rig.state());
    }

    @Test
    void membersWhoDoNotSyncByTheRebalanceTimeoutAreRemoved() {
        var joined = joined();
        rig.sync(rig.leaderSyncRequest(joined.get(0))).get();
        String late = joined.get(1).memberId();
        int step = Rig.SESSION_MS / 2;
        for (int passed = 0; passed < Rig.REBALANCE_MS; passed += step) {
            for (var member : joined) assertEquals(Errors.NONE, rig.heartbeat(member.memberId(), 1));
            rig.advance(step);
        }
        assertEquals(GroupState.PREPARING_REBALANCE, rig.state());
        assertEquals(Errors.UNKNOWN_MEMBER_ID, rig.heartbeat(late, 1));
    }

    @Test
    void followersAreSentToRejoinWhenTheLeaderNeverAssigns() {
        var joined = joined();
        var follower = rig.sync(rig.syncRequest(joined.get(1)));
        rig.awaitWaiting(1);
        rig.advance(Rig.SESSION_MS);
        Rig.expect(Errors.REBALANCE_IN_PROGRESS, follower.get().errorCode());
        assertEquals(Errors.UNKNOWN_MEMBER_ID, rig.heartbeat(joined.get(0).memberId(), 1));
        assertEquals(Errors.REBALANCE_IN_PROGRESS, rig.heartbeat(joined.get(1).memberId(), 1));
    }

    @Test
    void aSyncThatIsRepeatedOnANewConnectionTakesTheOldOnesPlace() {
        var joined = joined();
        var before = rig.sync(rig.syncRequest(joined.get(1)));
        rig.awaitWaiting(1);
        var after = rig.sync(rig.syncRequest(joined.get(1)));
        Rig.expect(Errors.REBALANCE_IN_PROGRESS, before.get().errorCode());
        rig.awaitWaiting(1);
        rig.sync(rig.leaderSyncRequest(joined.get(0))).get();
        Rig.expect(Errors.NONE, after.get().errorCode());
    }

    // ---- who is turned away ----

    @Test
    void duringTheJoinPhaseMembersAreSentToRejoin() {
        var members = rig.stableGroup(2);
        rig.join(rig.joinRequest(members.keySet().iterator().next()));
        rig.awaitWaiting(1);
        var follower = members.values().stream().skip(1).findFirst().orElseThrow();
        Rig.expect(
                Errors.REBALANCE_IN_PROGRESS,
                rig.sync(rig.syncRequest(follower)).get().errorCode());
    }

    @Test
    void anotherGenerationIsRefused() {
        var joined = joined();
        Rig.expect(
                Errors.ILLEGAL_GENERATION,
                rig.sync(rig.syncRequest(joined.get(1)).setGenerationId(2))
                        .get()
                        .errorCode());
    }

    @Test
    void strangersAreUnknown() {
        var joined = joined();
        Rig.expect(
                Errors.UNKNOWN_MEMBER_ID,
                rig.sync(rig.syncRequest(joined.get(1)).setMemberId("stranger"))
                        .get()
                        .errorCode());
        Rig.expect(
                Errors.UNKNOWN_MEMBER_ID,
                rig.sync(rig.syncRequest(joined.get(1)).setGroupId("elsewhere"))
                        .get()
                        .errorCode());
    }

    @Test
    void inAnEmptyGroupEveryoneIsUnknown() {
        var leader = rig.stableGroup(1).values().iterator().next();
        rig.leave(Rig.memberNamed(leader.memberId()));
        assertEquals(GroupState.EMPTY, rig.state());
        Rig.expect(
                Errors.UNKNOWN_MEMBER_ID,
                rig.sync(rig.syncRequest(leader)).get().errorCode());
    }

    @Test
    void anotherProtocolIsRefused() {
        var joined = joined();
        Rig.expect(
                Errors.INCONSISTENT_GROUP_PROTOCOL,
                rig.sync(rig.syncRequest(joined.get(1)).setProtocolName("sticky"))
                        .get()
                        .errorCode());
        Rig.expect(
                Errors.INCONSISTENT_GROUP_PROTOCOL,
                rig.sync(rig.syncRequest(joined.get(1)).setProtocolType("connect"))
                        .get()
                        .errorCode());
    }

    @Test
    void theProtocolMustBeNamedFromVersionFive() {
        var joined = joined();
        var request = rig.syncRequest(joined.get(1)).setProtocolName(null).setProtocolType(null);
        Rig.expect(
                Errors.INCONSISTENT_GROUP_PROTOCOL,
                rig.coordinator.syncGroup(rig.ctx(5), request).errorCode());
        rig.sync(rig.leaderSyncRequest(joined.get(0))).get();
        Rig.expect(Errors.NONE, rig.coordinator.syncGroup(rig.ctx(4), request).errorCode());
    }

    @Test
    void anEmptyGroupIdIsRefused() {
        var joined = joined();
        Rig.expect(
                Errors.INVALID_GROUP_ID,
                rig.sync(rig.syncRequest(joined.get(1)).setGroupId("")).get().errorCode());
    }
}
