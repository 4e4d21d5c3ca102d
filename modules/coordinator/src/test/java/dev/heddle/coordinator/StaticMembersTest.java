package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class StaticMembersTest {

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    private JoinGroupRequestData staticJoin(String instanceId) {
        return rig.joinRequest("").setGroupInstanceId(instanceId);
    }

    /** A stable group of two static members, {@code a} which leads and {@code b}. */
    private List<JoinGroupResponseData> stablePair() {
        var a = rig.join(staticJoin("a"));
        rig.awaitWaiting(1);
        var b = rig.join(staticJoin("b"));
        rig.awaitWaiting(2);
        rig.completeFirstRebalance();
        return List.copyOf(rig.syncAll(Rig.GROUP, List.of(a, b)).values());
    }

    private Errors heartbeat(String memberId, String instanceId) {
        return rig.heartbeat(new HeartbeatRequestData()
                .setGroupId(Rig.GROUP)
                .setMemberId(memberId)
                .setGroupInstanceId(instanceId)
                .setGenerationId(1));
    }

    @Test
    void aStaticMemberJoinsAtOnceUnderAnIdMadeOfItsInstance() {
        var members = stablePair();
        assertTrue(members.get(0).memberId().startsWith("a-"));
        assertTrue(members.get(1).memberId().startsWith("b-"));
        assertEquals("a", members.get(0).members().getFirst().groupInstanceId());
        assertEquals(Errors.NONE, heartbeat(members.get(0).memberId(), "a"));
    }

    @Test
    void aFollowerThatComesBackTakesItsPlaceWithoutARebalance() {
        var members = stablePair();
        String before = members.get(1).memberId();
        var back = rig.joinNow(staticJoin("b"), 9);
        Rig.expect(Errors.NONE, back.errorCode());
        assertNotEquals(before, back.memberId());
        assertEquals(1, back.generationId());
        assertEquals(members.get(0).memberId(), back.leader());
        assertFalse(back.skipAssignment());
        assertEquals(GroupState.STABLE, rig.state());
        assertArrayEquals(
                Rig.assignmentOf(before), rig.sync(rig.syncRequest(back)).get().assignment());
    }

    @Test
    void aReturnIsWrittenDown() {
        stablePair();
        int records = rig.log().records().size();
        var back = rig.joinNow(staticJoin("a"), 9);
        assertEquals(records + 1, rig.log().records().size());
        var record = (GroupRecord.GroupMetadata) rig.log().lastRecord();
        assertEquals(back.memberId(), record.value().leader());
        assertTrue(record.value().members().stream()
                .anyMatch(member -> member.memberId().equals(back.memberId()) && "a".equals(member.groupInstanceId())));
        assertEquals(2, record.value().members().size());
    }

    @Test
    void aLeaderThatComesBackIsToldOfTheMembersAndToSkipTheAssignment() {
        stablePair();
        var back = rig.joinNow(staticJoin("a"), 9);
        assertEquals(back.memberId(), back.leader());
        assertTrue(back.skipAssignment());
        assertEquals(2, back.members().size());
        assertEquals(GroupState.STABLE, rig.state());
    }

    @Test
    void beforeVersionNineALeaderThatComesBackDoesNotLearnThatItLeads() {
        String before = stablePair().get(0).memberId();
        var back = rig.joinNow(staticJoin("a"), 8);
        assertEquals(before, back.leader());
        assertFalse(back.skipAssignment());
        assertTrue(back.members().isEmpty());
    }

    @Test
    void thePredecessorIsFenced() {
        String before = stablePair().get(1).memberId();
        var back = rig.joinNow(staticJoin("b"), 9);
        assertEquals(Errors.FENCED_INSTANCE_ID, heartbeat(before, "b"));
        assertEquals(Errors.NONE, heartbeat(back.memberId(), "b"));
        var zombieJoin = rig.joinRequest(before).setGroupInstanceId("b");
        Rig.expect(Errors.FENCED_INSTANCE_ID, rig.joinNow(zombieJoin, 9).errorCode());
        var zombieSync = rig.syncRequest(back).setMemberId(before).setGroupInstanceId("b");
        Rig.expect(Errors.FENCED_INSTANCE_ID, rig.sync(zombieSync).get().errorCode());
        var zombieCommit = rig.commitRequest(Rig.ORDERS, 0, 5)
                .setMemberId(before)
                .setGroupInstanceId("b")
                .setGenerationIdOrMemberEpoch(1);
        assertEquals(Errors.FENCED_INSTANCE_ID, rig.commit(zombieCommit));
    }

    @Test
    void aPredecessorThatWaitsIsFencedAtOnce() {
        var a = rig.join(staticJoin("a"));
        rig.awaitWaiting(1);
        var again = rig.join(staticJoin("a"));
        Rig.expect(Errors.FENCED_INSTANCE_ID, a.get().errorCode());
        rig.awaitWaiting(1);
        rig.advance(Rig.INITIAL_DELAY_MS);
        assertEquals(1, again.get().members().size());
    }

    @Test
    void aPredecessorThatWaitsForItsAssignmentIsFencedAndTheGroupRebalances() {
        var a = rig.join(staticJoin("a"));
        rig.awaitWaiting(1);
        var b = rig.join(staticJoin("b"));
        rig.awaitWaiting(2);
        rig.completeFirstRebalance();
        a.get();
        var sync = rig.sync(rig.syncRequest(b.get()).setGroupInstanceId("b"));
        rig.awaitWaiting(1);
        rig.join(staticJoin("b"));
        Rig.expect(Errors.FENCED_INSTANCE_ID, sync.get().errorCode());
        rig.awaitWaiting(1);
        assertEquals(GroupState.PREPARING_REBALANCE, rig.state());
    }

    @Test
    void aReturnWithAnotherProtocolRebalances() {
        var a = rig.join(staticJoin("a").setProtocols(Rig.protocols("range", "sticky")));
        rig.awaitWaiting(1);
        var b = rig.join(staticJoin("b").setProtocols(Rig.protocols("range", "sticky")));
        rig.awaitWaiting(2);
        rig.completeFirstRebalance();
        rig.syncAll(Rig.GROUP, List.of(a, b));
        rig.join(staticJoin("b").setProtocols(Rig.protocols("sticky")));
        rig.awaitWaiting(1);
        assertEquals(GroupState.PREPARING_REBALANCE, rig.state());
    }

    @Test
    void aReturnThatCannotBeWrittenDidNotHappen() {
        String before = stablePair().get(1).memberId();
        rig.log().failAppends(Errors.NOT_LEADER_OR_FOLLOWER);
        Rig.expect(Errors.NOT_COORDINATOR, rig.joinNow(staticJoin("b"), 9).errorCode());
        assertEquals(Errors.NONE, heartbeat(before, "b"));
        assertEquals(GroupState.STABLE, rig.state());
    }

    @Test
    void aReturnIsAnsweredOnceItIsCommitted() {
        stablePair();
        rig.log().holdCommits();
        var back = rig.join(staticJoin("b"));
        rig.awaitWaiting(1);
        assertFalse(back.isAnswered());
        rig.log().releaseCommits();
        Rig.expect(Errors.NONE, back.get().errorCode());
    }

    @Test
    void aReturnThatIsNotCommittedInTimeIsToBeTriedAgain() {
        stablePair();
        rig.log().holdCommits();
        var back = rig.join(staticJoin("b"));
        rig.awaitWaiting(1);
        rig.advance(rig.config.offsets().commitTimeoutMs());
        Rig.expect(Errors.COORDINATOR_NOT_AVAILABLE, back.get().errorCode());
        rig.log().releaseCommits();
        Rig.expect(Errors.NONE, rig.joinNow(staticJoin("b"), 9).errorCode());
    }

    @Test
    void aReturnBeforeItsCommitTakesPartInARebalanceThatBegins() {
        var members = stablePair();
        rig.log().holdCommits();
        var back = rig.join(staticJoin("b"));
        rig.awaitWaiting(1);
        var leader = rig.join(rig.joinRequest(members.get(0).memberId()).setGroupInstanceId("a"));
        assertEquals(2, leader.get().generationId());
        rig.log().releaseCommits();
        assertEquals(2, back.get().generationId());
    }

    @Test
    void aStaticMemberThatDoesNotRejoinInTimeStays() {
        var members = stablePair();
        var leader = rig.join(rig.joinRequest(members.get(0).memberId())
                .setGroupInstanceId("a")
                .setRebalanceTimeoutMs(5_000));
        rig.awaitWaiting(1);
        int step = Rig.SESSION_MS / 2;
        for (int passed = 0; passed < Rig.REBALANCE_MS; passed += step) {
            heartbeat(members.get(1).memberId(), "b");
            rig.advance(step);
        }
        assertEquals(2, leader.get().generationId());
        assertEquals(2, leader.get().members().size());
    }

    @Test
    void whileNoStaticMemberRejoinsTheRebalanceWaitsUntilTheirSessionsEnd() {
        var members = stablePair();
        // A dynamic member begins a rebalance and leaves before anyone else has joined.
        String dynamic = rig.newMemberId();
        rig.join(rig.joinRequest(dynamic));
        rig.awaitWaiting(1);
        rig.leave(Rig.memberNamed(dynamic));
        rig.awaitWaiting(0);
        int step = Rig.SESSION_MS / 2;
        for (int passed = 0; passed < 2 * Rig.REBALANCE_MS; passed += step) {
            heartbeat(members.get(0).memberId(), "a");
            heartbeat(members.get(1).memberId(), "b");
            rig.advance(step);
        }
        assertEquals(GroupState.PREPARING_REBALANCE, rig.state());
        rig.advance(Rig.SESSION_MS);
        assertEquals(GroupState.EMPTY, rig.state());
    }

    @Test
    void aStaticMemberWithARebalanceTimeoutOfZeroKeepsNobodyBusy() {
        var join = rig.join(staticJoin("a"));
        rig.awaitWaiting(1);
        rig.advance(Rig.INITIAL_DELAY_MS);
        String member =
                rig.syncAll(Rig.GROUP, List.of(join)).keySet().iterator().next();
        var again = rig.join(rig.joinRequest(member).setGroupInstanceId("a").setRebalanceTimeoutMs(0));
        rig.syncAll(Rig.GROUP, List.of(again));

        String dynamic = rig.newMemberId();
        rig.join(rig.joinRequest(dynamic).setRebalanceTimeoutMs(0));
        rig.awaitWaiting(1);
        rig.leave(Rig.memberNamed(dynamic));
        rig.advance(0);
        rig.advance(1);
        assertEquals(GroupState.PREPARING_REBALANCE, rig.state());
    }

    @Test
    void aSessionThatEndsRemovesAStaticMemberToo() {
        var members = stablePair();
        rig.advance(Rig.SESSION_MS - 1);
        heartbeat(members.get(0).memberId(), "a");
        rig.advance(1);
        assertEquals(GroupState.PREPARING_REBALANCE, rig.state());
        assertEquals(Errors.UNKNOWN_MEMBER_ID, heartbeat(members.get(1).memberId(), "b"));
    }

    @Test
    void anAdministratorRemovesAStaticMemberByItsInstance() {
        var members = stablePair();
        var response = rig.leave(new MemberIdentity().setGroupInstanceId("b"));
        Rig.expect(Errors.NONE, response.members().getFirst().errorCode());
        assertEquals("b", response.members().getFirst().groupInstanceId());
        assertEquals(Errors.UNKNOWN_MEMBER_ID, heartbeat(members.get(1).memberId(), "b"));
        assertEquals(GroupState.PREPARING_REBALANCE, rig.state());
    }

    @Test
    void leavingInAnothersNameIsFenced() {
        var members = stablePair();
        var response = rig.leave(
                new MemberIdentity().setMemberId(members.get(0).memberId()).setGroupInstanceId("b"),
                new MemberIdentity().setGroupInstanceId("nobody"));
        Rig.expect(Errors.FENCED_INSTANCE_ID, response.members().get(0).errorCode());
        Rig.expect(Errors.UNKNOWN_MEMBER_ID, response.members().get(1).errorCode());
        assertEquals(GroupState.STABLE, rig.state());
    }

    @Test
    void anUnknownInstanceIsUnknown() {
        var members = stablePair();
        assertEquals(Errors.UNKNOWN_MEMBER_ID, heartbeat(members.get(0).memberId(), "nobody"));
    }

    @Test
    void staticMembersSurviveARestartOfTheBroker() {
        var members = stablePair();
        rig.restart();
        assertEquals(Errors.NONE, heartbeat(members.get(1).memberId(), "b"));
        var back = rig.joinNow(staticJoin("b"), 9);
        assertEquals(1, back.generationId());
        assertEquals(Errors.FENCED_INSTANCE_ID, heartbeat(members.get(1).memberId(), "b"));
    }
}
