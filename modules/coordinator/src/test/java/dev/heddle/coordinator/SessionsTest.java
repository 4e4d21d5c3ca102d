package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SessionsTest {

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    // ---- heartbeats ----

    @Test
    void aHeartbeatKeepsTheSessionAlive() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        for (int i = 0; i < 5; i++) {
            rig.advance(Rig.SESSION_MS - 1);
            assertEquals(Errors.NONE, rig.heartbeat(member, 1));
        }
        rig.advance(Rig.SESSION_MS - 1);
        assertEquals(GroupState.STABLE, rig.state());
        rig.advance(1);
        assertEquals(GroupState.EMPTY, rig.state());
        assertEquals(Errors.UNKNOWN_MEMBER_ID, rig.heartbeat(member, 1));
    }

    @Test
    void aHeartbeatOfAnotherGenerationIsRefused() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        assertEquals(Errors.ILLEGAL_GENERATION, rig.heartbeat(member, 2));
        assertEquals(Errors.ILLEGAL_GENERATION, rig.heartbeat(member, 0));
    }

    @Test
    void aHeartbeatOfAStrangerIsUnknown() {
        assertEquals(Errors.UNKNOWN_MEMBER_ID, rig.heartbeat("stranger", 1));
        rig.stableGroup(1);
        assertEquals(Errors.UNKNOWN_MEMBER_ID, rig.heartbeat("stranger", 1));
    }

    @Test
    void aHeartbeatWithoutAGroupIdIsRefused() {
        var request = new HeartbeatRequestData().setGroupId("").setMemberId("m");
        assertEquals(Errors.INVALID_GROUP_ID, rig.heartbeat(request));
    }

    @Test
    void heartbeatsCountBeforeTheAssignmentToo() {
        var join = rig.join(rig.joinRequest(rig.newMemberId()));
        rig.awaitWaiting(1);
        rig.advance(Rig.INITIAL_DELAY_MS);
        String member = join.get().memberId();
        for (int i = 0; i < 5; i++) {
            rig.advance(Rig.SESSION_MS - 1);
            assertEquals(Errors.NONE, rig.heartbeat(member, 1));
        }
        assertEquals(GroupState.COMPLETING_REBALANCE, rig.state());
    }

    @Test
    void heartbeatsPlanNothingNew() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        int planned = rig.coordinator.expiry().planned();
        for (int i = 0; i < 1_000; i++) {
            rig.time.advance(1);
            assertEquals(Errors.NONE, rig.heartbeat(member, 1));
        }
        assertEquals(planned, rig.coordinator.expiry().planned());
    }

    @Test
    void visitsOfOneGroupDoNotPileUp() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        for (int i = 0; i < 100; i++) {
            rig.advance(Rig.SESSION_MS / 2);
            assertEquals(Errors.NONE, rig.heartbeat(member, 1));
        }
        assertTrue(
                rig.coordinator.expiry().planned() <= 2,
                "" + rig.coordinator.expiry().planned());
    }

    // ---- members who die ----

    @Test
    void theDeathOfAMemberStartsARebalance() {
        var members = List.copyOf(rig.stableGroup(3).keySet());
        rig.advance(Rig.SESSION_MS - 1);
        rig.heartbeat(members.get(0), 1);
        rig.heartbeat(members.get(1), 1);
        rig.advance(1);
        assertEquals(GroupState.PREPARING_REBALANCE, rig.state());
        var joins = List.of(rig.join(rig.joinRequest(members.get(0))), rig.join(rig.joinRequest(members.get(1))));
        joins.forEach(join -> assertEquals(2, join.get().generationId()));
        assertEquals(2, rig.syncAll(Rig.GROUP, joins).size());
    }

    @Test
    void theDeathOfTheLeaderMakesAnotherLead() {
        var members = List.copyOf(rig.stableGroup(2).keySet());
        rig.advance(Rig.SESSION_MS - 1);
        rig.heartbeat(members.get(1), 1);
        rig.advance(1);
        var join = rig.join(rig.joinRequest(members.get(1)));
        assertEquals(members.get(1), join.get().leader());
    }

    @Test
    void theDeathOfTheOnlyOneWhoIsMissingCompletesARebalance() {
        var members = List.copyOf(rig.stableGroup(2).keySet());
        var leader = rig.join(rig.joinRequest(members.get(0)));
        rig.awaitWaiting(1);
        rig.advance(Rig.SESSION_MS);
        assertEquals(2, leader.get().generationId());
        assertEquals(1, leader.get().members().size());
    }

    @Test
    void aMemberThatWaitsToJoinNeedsNoHeartbeats() {
        var members = List.copyOf(rig.stableGroup(2).keySet());
        var leader = rig.join(rig.joinRequest(members.get(0)));
        rig.awaitWaiting(1);
        for (int passed = 0; passed < 3 * Rig.SESSION_MS; passed += Rig.SESSION_MS / 2) {
            assertEquals(Errors.REBALANCE_IN_PROGRESS, rig.heartbeat(members.get(1), 1));
            rig.advance(Rig.SESSION_MS / 2);
        }
        assertFalse(leader.isAnswered());
        rig.join(rig.joinRequest(members.get(1)));
        assertEquals(2, leader.get().members().size());
    }

    @Test
    void aMemberThatWaitsForItsAssignmentNeedsNoHeartbeats() {
        var joins = List.of(rig.join(rig.joinRequest(""), 3), rig.join(rig.joinRequest(""), 3));
        rig.awaitWaiting(2);
        rig.completeFirstRebalance();
        var leader = joins.stream()
                .map(Call::get)
                .filter(each -> each.memberId().equals(each.leader()))
                .findFirst()
                .orElseThrow();
        var follower = joins.stream()
                .map(Call::get)
                .filter(each -> each != leader)
                .findFirst()
                .orElseThrow();
        var sync = rig.sync(rig.syncRequest(follower));
        rig.awaitWaiting(1);
        for (int passed = 0; passed < 3 * Rig.SESSION_MS; passed += Rig.SESSION_MS / 2) {
            assertEquals(Errors.NONE, rig.heartbeat(leader.memberId(), 1));
            rig.advance(Rig.SESSION_MS / 2);
        }
        Rig.expect(Errors.NONE, rig.sync(rig.leaderSyncRequest(leader)).get().errorCode());
        Rig.expect(Errors.NONE, sync.get().errorCode());
        // Its session begins anew with the answer.
        rig.advance(Rig.SESSION_MS - 1);
        assertEquals(Errors.NONE, rig.heartbeat(follower.memberId(), 1));
    }

    @Test
    void manyDeathsAtOnceLeaveTheGroupEmpty() {
        rig.stableGroup(50);
        rig.advance(Rig.SESSION_MS);
        assertEquals(GroupState.EMPTY, rig.state());
        var record = (GroupRecord.GroupMetadata) rig.log().lastRecord();
        assertTrue(record.value().members().isEmpty());
        assertEquals(2, record.value().generation());
    }

    @Test
    void anEmptyGroupThatCannotBeWrittenIsEmptyAllTheSame() {
        rig.stableGroup(1);
        rig.log().failAppends(Errors.KAFKA_STORAGE_ERROR);
        rig.advance(Rig.SESSION_MS);
        assertEquals(GroupState.EMPTY, rig.state());
        rig.log().failAppends(null);
        var join = rig.join(rig.joinRequest(rig.newMemberId()));
        rig.awaitWaiting(1);
        rig.advance(Rig.INITIAL_DELAY_MS);
        assertEquals(3, join.get().generationId());
    }

    // ---- pending members ----

    @Test
    void aPendingMemberThatStaysAwayIsForgotten() {
        String pending = rig.newMemberId();
        rig.advance(Rig.SESSION_MS);
        Rig.expect(
                Errors.UNKNOWN_MEMBER_ID,
                rig.joinNow(rig.joinRequest(pending), 9).errorCode());
    }

    @Test
    void aRebalanceGoesOnWithoutAPendingMemberThatStaysAway() {
        String leader = rig.stableGroup(1).keySet().iterator().next();
        rig.newMemberId();
        var rejoin = rig.join(rig.joinRequest(leader));
        rig.awaitWaiting(1);
        rig.advance(Rig.SESSION_MS - 1);
        assertFalse(rejoin.isAnswered());
        rig.advance(1);
        assertEquals(2, rejoin.get().generationId());
    }

    @Test
    void eachMembersOwnSessionTimeoutCounts() {
        var joins = new ArrayList<Call<JoinGroupResponseData>>();
        joins.add(rig.join(rig.joinRequest("").setSessionTimeoutMs(6_000), 3));
        rig.awaitWaiting(1);
        joins.add(rig.join(rig.joinRequest("").setSessionTimeoutMs(60_000), 3));
        rig.awaitWaiting(2);
        rig.completeFirstRebalance();
        var members = List.copyOf(rig.syncAll(Rig.GROUP, joins).keySet());
        rig.advance(6_000);
        assertEquals(Errors.UNKNOWN_MEMBER_ID, rig.heartbeat(members.get(0), 1));
        assertEquals(Errors.REBALANCE_IN_PROGRESS, rig.heartbeat(members.get(1), 1));
    }
}
