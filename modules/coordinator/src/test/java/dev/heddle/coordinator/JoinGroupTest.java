package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocolCollection;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class JoinGroupTest {

    private Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    private void restartWith(Map<String, String> overrides) {
        rig.close();
        rig = new Rig(overrides);
    }

    // ---- what is asked of the request ----

    @ParameterizedTest
    @ValueSource(ints = {5_999, 1_800_001, -1})
    void aSessionTimeoutOutsideOfTheLimitsIsRefused(int sessionTimeoutMs) {
        var response = rig.joinNow(rig.joinRequest("").setSessionTimeoutMs(sessionTimeoutMs), 9);
        Rig.expect(Errors.INVALID_SESSION_TIMEOUT, response.errorCode());
    }

    @Test
    void anEmptyGroupIdIsRefused() {
        Rig.expect(
                Errors.INVALID_GROUP_ID,
                rig.joinNow(rig.joinRequest("").setGroupId(""), 9).errorCode());
    }

    @Test
    void aMemberWithoutProtocolsOrProtocolTypeIsRefused() {
        var noProtocols = rig.joinRequest("").setProtocols(new JoinGroupRequestProtocolCollection());
        Rig.expect(
                Errors.INCONSISTENT_GROUP_PROTOCOL, rig.joinNow(noProtocols, 3).errorCode());
        Rig.expect(
                Errors.INCONSISTENT_GROUP_PROTOCOL,
                rig.joinNow(rig.joinRequest("").setProtocolType(""), 3).errorCode());
    }

    @Test
    void aMemberIdThatNobodyGaveOutIsUnknown() {
        var response = rig.joinNow(rig.joinRequest("made-up"), 9);
        Rig.expect(Errors.UNKNOWN_MEMBER_ID, response.errorCode());
        assertEquals("made-up", response.memberId());
        assertTrue(rig.log().records().isEmpty(), "no group may come of it");

        rig.stableGroup(1);
        Rig.expect(
                Errors.UNKNOWN_MEMBER_ID,
                rig.joinNow(rig.joinRequest("made-up"), 9).errorCode());
    }

    // ---- the first members ----

    @Test
    void aNewDynamicMemberIsGivenAnIdToComeBackWith() {
        var response = rig.joinNow(rig.joinRequest(""), 4);
        Rig.expect(Errors.MEMBER_ID_REQUIRED, response.errorCode());
        assertTrue(response.memberId().startsWith(Rig.CLIENT + "-"), response.memberId());

        var join = rig.join(rig.joinRequest(response.memberId()));
        rig.awaitWaiting(1);
        rig.advance(Rig.INITIAL_DELAY_MS);
        assertEquals(response.memberId(), join.get().memberId());
    }

    @Test
    void beforeVersionFourANewMemberJoinsAtOnce() {
        var join = rig.join(rig.joinRequest(""), 3);
        rig.awaitWaiting(1);
        rig.advance(Rig.INITIAL_DELAY_MS);
        Rig.expect(Errors.NONE, join.get().errorCode());
        assertTrue(join.get().memberId().startsWith(Rig.CLIENT + "-"));
    }

    @Test
    void aNewGroupIsWrittenDownBeforeItsFirstMemberIsAnswered() {
        rig.newMemberId();
        var record = (GroupRecord.GroupMetadata) rig.log().lastRecord();
        assertEquals(Rig.GROUP, record.group());
        assertEquals(0, record.value().generation());
        assertEquals("", record.value().protocolType());
        assertTrue(record.value().members().isEmpty());
        rig.newMemberId();
        assertEquals(1, rig.log().records().size(), "only once");
    }

    @Test
    void theFirstMemberLeadsAndAloneIsToldOfTheMembers() {
        String first = rig.newMemberId();
        String second = rig.newMemberId();
        var leader = rig.join(rig.joinRequest(first));
        rig.awaitWaiting(1);
        var follower = rig.join(rig.joinRequest(second));
        rig.awaitWaiting(2);
        rig.completeFirstRebalance();

        JoinGroupResponseData told = leader.get();
        assertEquals(first, told.leader());
        assertEquals(1, told.generationId());
        assertEquals("range", told.protocolName());
        assertEquals("consumer", told.protocolType());
        assertFalse(told.skipAssignment());
        assertEquals(
                List.of(first, second),
                told.members().stream().map(member -> member.memberId()).toList());
        assertArrayEquals(
                Rig.subscription(Rig.ORDERS), told.members().getFirst().metadata());
        assertEquals(first, follower.get().leader());
        assertTrue(follower.get().members().isEmpty());
        assertEquals(GroupState.COMPLETING_REBALANCE, rig.state());
    }

    // ---- the initial delay ----

    @Test
    void theFirstRebalanceWaitsForTheInitialDelay() {
        var join = rig.join(rig.joinRequest(rig.newMemberId()));
        rig.awaitWaiting(1);
        rig.advance(Rig.INITIAL_DELAY_MS - 1);
        rig.awaitWaiting(1);
        assertEquals(GroupState.PREPARING_REBALANCE, rig.state());
        rig.advance(1);
        Rig.expect(Errors.NONE, join.get().errorCode());
    }

    @Test
    void theInitialDelayIsExtendedWhileNewMembersCome() {
        var joins = new ArrayList<>(List.of(rig.join(rig.joinRequest(""), 3)));
        rig.awaitWaiting(1);
        for (int i = 2; i <= 4; i++) {
            rig.advance(Rig.INITIAL_DELAY_MS - 1);
            joins.add(rig.join(rig.joinRequest(""), 3));
            rig.awaitWaiting(i);
            rig.advance(1);
            rig.awaitWaiting(i);
        }
        rig.advance(Rig.INITIAL_DELAY_MS);
        joins.forEach(join -> assertEquals(1, join.get().generationId()));
    }

    @Test
    void theInitialDelayIsExtendedNoFurtherThanTheRebalanceTimeout() {
        int rebalanceMs = 2 * Rig.INITIAL_DELAY_MS;
        var first = rig.join(rig.joinRequest("").setRebalanceTimeoutMs(rebalanceMs), 3);
        rig.awaitWaiting(1);
        rig.join(rig.joinRequest("").setRebalanceTimeoutMs(rebalanceMs), 3);
        rig.awaitWaiting(2);
        rig.advance(Rig.INITIAL_DELAY_MS);
        rig.join(rig.joinRequest("").setRebalanceTimeoutMs(rebalanceMs), 3);
        rig.awaitWaiting(3);
        rig.advance(Rig.INITIAL_DELAY_MS);
        assertEquals(1, first.get().generationId());
    }

    @Test
    void withoutAnInitialDelayTheFirstMemberIsServedAtTheNextTick() {
        restartWith(Map.of("group.initial.rebalance.delay.ms", "0"));
        var join = rig.join(rig.joinRequest(rig.newMemberId()));
        rig.awaitWaiting(1);
        rig.advance(0);
        Rig.expect(Errors.NONE, join.get().errorCode());
    }

    // ---- rebalances ----

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

    // ---- limits ----

    @Test
    void aFullGroupTurnsNewMembersAway() {
        restartWith(Map.of("group.max.size", "2"));
        var members = List.copyOf(rig.stableGroup(2).keySet());
        Rig.expect(
                Errors.GROUP_MAX_SIZE_REACHED,
                rig.joinNow(rig.joinRequest(""), 9).errorCode());
        assertEquals(GroupState.STABLE, rig.state());
        Rig.expect(Errors.NONE, rig.joinNow(rig.joinRequest(members.get(1)), 9).errorCode());
    }

    @Test
    void whileMembersGatherThoseWhoHaveJoinedCount() {
        restartWith(Map.of("group.max.size", "1"));
        rig.join(rig.joinRequest(""), 3);
        rig.awaitWaiting(1);
        Rig.expect(
                Errors.GROUP_MAX_SIZE_REACHED,
                rig.joinNow(rig.joinRequest(""), 3).errorCode());
    }

    @Test
    void whenTheLimitWasLoweredTheLastToRejoinIsTurnedAway() {
        var members = List.copyOf(rig.stableGroup(2).keySet());
        var logs = rig.logs;
        rig.coordinator.close();
        rig = new Rig(Map.of("group.max.size", "1"));
        rig.logs.putAll(logs);
        rig.restart();
        assertEquals(GroupState.PREPARING_REBALANCE, rig.state());
        rig.join(rig.joinRequest(members.get(0)));
        rig.awaitWaiting(1);
        var late = rig.joinNow(rig.joinRequest(members.get(1)), 9);
        Rig.expect(Errors.GROUP_MAX_SIZE_REACHED, late.errorCode());
        assertEquals("", late.memberId());
    }

    // ---- clients who go, and come again ----

    @Test
    void aClientThatHangsUpWhileItJoinsStaysAMember() {
        String first = rig.newMemberId();
        String second = rig.newMemberId();
        var gone = rig.join(rig.joinRequest(first));
        rig.awaitWaiting(1);
        var stays = rig.join(rig.joinRequest(second));
        rig.awaitWaiting(2);
        gone.hangUp();
        gone.get();
        rig.completeFirstRebalance();
        assertEquals(2, stays.get().generationId() + 1);
        assertEquals(first, stays.get().leader());
    }

    @Test
    void aMemberThatJoinsOnANewConnectionTakesTheOldOnesPlace() {
        String member = rig.newMemberId();
        var before = rig.join(rig.joinRequest(member));
        rig.awaitWaiting(1);
        var after = rig.join(rig.joinRequest(member));
        Rig.expect(Errors.REBALANCE_IN_PROGRESS, before.get().errorCode());
        rig.awaitWaiting(1);
        rig.advance(Rig.INITIAL_DELAY_MS);
        assertEquals(1, after.get().generationId());
        assertEquals(1, after.get().members().size());
    }

    @Test
    void aNewMemberWhoseClientIsGoneIsGivenUpAfterFiveMinutes() {
        var members = rig.stableGroup(1);
        String leader = members.keySet().iterator().next();
        var gone = rig.join(rig.joinRequest("").setRebalanceTimeoutMs(1_800_000), 3);
        rig.awaitWaiting(1);
        gone.hangUp();
        gone.get();
        int step = Rig.SESSION_MS / 2;
        for (int passed = step; passed < GroupCoordinatorConfig.NEW_MEMBER_JOIN_TIMEOUT_MS; passed += step) {
            rig.advance(step);
            assertEquals(Errors.REBALANCE_IN_PROGRESS, rig.heartbeat(leader, 1));
        }
        assertEquals(2, sizeOf(rig));
        rig.advance(step);
        assertEquals(1, sizeOf(rig));
    }

    private static int sizeOf(Rig rig) {
        return rig.coordinator
                .partitions()
                .of(Rig.GROUP)
                .withExisting(Rig.GROUP, group -> group.classic().size(), () -> -1);
    }

    @Test
    void aPendingMemberMayNotTurnStatic() {
        var request = rig.joinRequest(rig.newMemberId()).setGroupInstanceId("instance");
        Rig.expect(Errors.UNKNOWN_SERVER_ERROR, rig.joinNow(request, 9).errorCode());
    }

    @Test
    void errorsCarryNoGeneration() {
        var response = rig.joinNow(rig.joinRequest("made-up"), 9);
        assertEquals(-1, response.generationId());
        assertNull(response.protocolType());
        assertTrue(response.members().isEmpty());
    }
}
