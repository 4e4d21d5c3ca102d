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
