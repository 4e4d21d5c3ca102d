package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RebalanceTest {

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void aRebalanceCompletesAsSoonAsAllHaveJoined() {
        var members = rig.stableGroup(2);
        String newcomer = rig.newMemberId();
        var joins = new ArrayList<Call<JoinGroupResponseData>>();
        joins.add(rig.join(rig.joinRequest(newcomer)));
        rig.awaitWaiting(1);
        assertEquals(GroupState.PREPARING_REBALANCE, rig.state());
        for (String member : members.keySet()) {
            assertEquals(Errors.REBALANCE_IN_PROGRESS, rig.heartbeat(member, 1));
            joins.add(rig.join(rig.joinRequest(member)));
        }
        joins.forEach(join -> assertEquals(2, join.get().generationId()));
        assertEquals(3, rig.syncAll(Rig.GROUP, joins).size());
    }

    @Test
    void aRebalanceWaitsForAPendingMember() {
        var members = rig.stableGroup(1);
        String pending = rig.newMemberId();
        String leader = members.keySet().iterator().next();
        var rejoin = rig.join(rig.joinRequest(leader));
        rig.awaitWaiting(1);
        assertEquals(GroupState.PREPARING_REBALANCE, rig.state());

        var join = rig.join(rig.joinRequest(pending));
        assertEquals(2, rejoin.get().generationId());
        assertEquals(2, join.get().generationId());
    }

    @Test
    void membersWhoHaveNotJoinedByTheRebalanceTimeoutAreRemoved() {
        var members = List.copyOf(rig.stableGroup(2).keySet());
        var leader = rig.join(rig.joinRequest(members.get(0)));
        rig.awaitWaiting(1);
        keepAlive(members.get(1), Rig.REBALANCE_MS - 1);
        assertFalse(leader.isAnswered());
        rig.advance(1);
        assertEquals(2, leader.get().generationId());
        assertEquals(1, leader.get().members().size());
        assertEquals(Errors.UNKNOWN_MEMBER_ID, rig.heartbeat(members.get(1), 1));
    }

    /** Lets time pass in which the member sends its heartbeats. */
    private void keepAlive(String member, int millis) {
        int step = Rig.SESSION_MS / 2;
        for (int passed = 0; passed < millis; passed += step) {
            rig.advance(Math.min(step, millis - passed));
            assertEquals(Errors.REBALANCE_IN_PROGRESS, rig.heartbeat(member, 1));
        }
    }

    @Test
    void anotherMemberLeadsWhenTheLeaderDoesNotRejoin() {
        var members = List.copyOf(rig.stableGroup(2).keySet());
        var changed = rig.joinRequest(members.get(1)).setProtocols(Rig.protocols("range", "sticky"));
        var follower = rig.join(changed);
        rig.awaitWaiting(1);
        keepAlive(members.get(0), Rig.REBALANCE_MS - 1);
        rig.advance(1);
        assertEquals(members.get(1), follower.get().leader());
        assertEquals(1, follower.get().members().size());
    }

    @Test
    void theLongestRebalanceTimeoutOfTheMembersCounts() {
        String slow = rig.newMemberId();
        String quick = rig.newMemberId();
        var joins = List.of(
                rig.join(rig.joinRequest(slow).setRebalanceTimeoutMs(90_000).setSessionTimeoutMs(1_800_000)),
                rig.join(rig.joinRequest(quick).setRebalanceTimeoutMs(10_000).setSessionTimeoutMs(1_800_000)));
        rig.awaitWaiting(2);
        rig.completeFirstRebalance();
        String leader = rig.syncAll(Rig.GROUP, joins).keySet().iterator().next();
        var rejoin =
                rig.join(rig.joinRequest(leader).setRebalanceTimeoutMs(90_000).setSessionTimeoutMs(1_800_000));
        rig.awaitWaiting(1);
        rig.advance(89_999);
        assertFalse(rejoin.isAnswered());
        rig.advance(1);
        assertEquals(2, rejoin.get().generationId());
    }

    @Test
    void theLeaderOfAStableGroupStartsARebalanceByJoining() {
        String leader = rig.stableGroup(2).keySet().iterator().next();
        rig.join(rig.joinRequest(leader));
        rig.awaitWaiting(1);
        assertEquals(GroupState.PREPARING_REBALANCE, rig.state());
    }

    @Test
    void aFollowerOfAStableGroupWithNothingNewIsToldTheGeneration() {
        var members = List.copyOf(rig.stableGroup(2).keySet());
        var response = rig.joinNow(rig.joinRequest(members.get(1)), 9);
        Rig.expect(Errors.NONE, response.errorCode());
        assertEquals(1, response.generationId());
        assertEquals(members.get(0), response.leader());
        assertTrue(response.members().isEmpty());
        assertEquals(GroupState.STABLE, rig.state());
    }

    @Test
    void aFollowerThatHasChangedStartsARebalance() {
        var members = List.copyOf(rig.stableGroup(2).keySet());
        rig.join(rig.joinRequest(members.get(1)).setProtocols(Rig.protocols("range", "sticky")));
        rig.awaitWaiting(1);
        assertEquals(GroupState.PREPARING_REBALANCE, rig.state());
    }

    @Test
    void aMemberThatMissedItsAnswerIsToldTheGenerationAgain() {
        var join = rig.join(rig.joinRequest(rig.newMemberId()));
        rig.awaitWaiting(1);
        rig.advance(Rig.INITIAL_DELAY_MS);
        String member = join.get().memberId();
        var again = rig.joinNow(rig.joinRequest(member), 9);
        assertEquals(1, again.generationId());
        assertEquals(1, again.members().size());
        assertEquals(GroupState.COMPLETING_REBALANCE, rig.state());
    }

    @Test
    void aMemberThatChangesBeforeTheAssignmentStartsARebalance() {
        var joins = List.of(rig.join(rig.joinRequest(""), 3), rig.join(rig.joinRequest(""), 3));
        rig.awaitWaiting(2);
        rig.completeFirstRebalance();
        String member = joins.get(1).get().memberId();
        rig.join(rig.joinRequest(member).setProtocols(Rig.protocols("range", "sticky")));
        rig.awaitWaiting(1);
        assertEquals(GroupState.PREPARING_REBALANCE, rig.state());
    }

    // ---- protocols ----

    @Test
    void theProtocolWithMostVotesOfThoseThatAllSupportIsTaken() {
        var joins = List.of(
                rig.join(rig.joinRequest("").setProtocols(Rig.protocols("only-mine", "range", "sticky")), 3),
                rig.join(rig.joinRequest("").setProtocols(Rig.protocols("sticky", "range")), 3),
                rig.join(rig.joinRequest("").setProtocols(Rig.protocols("sticky", "range")), 3));
        rig.awaitWaiting(3);
        rig.completeFirstRebalance();
        joins.forEach(join -> assertEquals("sticky", join.get().protocolName()));
    }

    @Test
    void aMemberWithoutACommonProtocolIsRefused() {
        rig.join(rig.joinRequest(""), 3);
        rig.awaitWaiting(1);
        var stranger = rig.joinRequest("").setProtocols(Rig.protocols("sticky"));
        Rig.expect(Errors.INCONSISTENT_GROUP_PROTOCOL, rig.joinNow(stranger, 3).errorCode());
        var connector = rig.joinRequest("").setProtocolType("connect");
        Rig.expect(Errors.INCONSISTENT_GROUP_PROTOCOL, rig.joinNow(connector, 3).errorCode());
    }

    @Test
    void aMemberCannotGiveUpTheProtocolThatIsShared() {
        var members = List.copyOf(rig.stableGroup(2).keySet());
        var changed = rig.joinRequest(members.get(1)).setProtocols(Rig.protocols("sticky"));
        Rig.expect(Errors.INCONSISTENT_GROUP_PROTOCOL, rig.joinNow(changed, 9).errorCode());
        assertEquals(GroupState.STABLE, rig.state());
    }

    @Test
    void aProtocolNamedTwiceCountsOnce() {
        var twice = Rig.protocols("range");
        twice.addAll(Rig.protocols("range"));
        var join = rig.join(rig.joinRequest("").setProtocols(twice), 3);
        rig.awaitWaiting(1);
        rig.advance(Rig.INITIAL_DELAY_MS);
        assertEquals("range", join.get().protocolName());
    }

    @Test
    void groupsOfOtherProtocolTypesAreCoordinatedTheSame() {
        var request = rig.joinRequest("").setProtocolType("connect").setProtocols(Rig.protocols("compatible"));
        var join = rig.join(request, 3);
        rig.awaitWaiting(1);
        rig.advance(Rig.INITIAL_DELAY_MS);
        assertEquals("connect", join.get().protocolType());
        assertEquals("compatible", join.get().protocolName());
    }

    @Test
    void anEmptyGroupTakesOnAnotherProtocolType() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        rig.leave(Rig.memberNamed(member));
        var join = rig.join(rig.joinRequest("").setProtocolType("connect"), 3);
        rig.awaitWaiting(1);
        rig.advance(Rig.INITIAL_DELAY_MS);
        assertEquals("connect", join.get().protocolType());
        assertEquals(3, join.get().generationId());
    }
}
