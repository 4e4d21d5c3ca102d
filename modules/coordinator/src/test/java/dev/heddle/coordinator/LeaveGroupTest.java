package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.Waiter;
import java.util.List;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LeaveGroupTest {

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void whoStaysRebalances() {
        var members = List.copyOf(rig.stableGroup(2).keySet());
        var response = rig.leave(Rig.memberNamed(members.get(0)));
        Rig.expect(Errors.NONE, response.errorCode());
        assertEquals(members.get(0), response.members().getFirst().memberId());
        assertEquals(GroupState.PREPARING_REBALANCE, rig.state());
        assertEquals(
                members.get(1), rig.join(rig.joinRequest(members.get(1))).get().leader());
    }

    @Test
    void whenTheLastLeavesTheGroupIsEmptyAndWrittenDownSo() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        rig.leave(Rig.memberNamed(member));
        assertEquals(GroupState.EMPTY, rig.state());
        var record = (GroupRecord.GroupMetadata) rig.log().lastRecord();
        assertTrue(record.value().members().isEmpty());
        assertEquals(2, record.value().generation());
        assertEquals("consumer", record.value().protocolType());
        assertEquals(rig.time.milliseconds(), record.value().currentStateTimestamp());
    }

    @Test
    void severalLeaveAtOnceEachWithItsOwnAnswer() {
        var members = List.copyOf(rig.stableGroup(3).keySet());
        var response = rig.leave(
                Rig.memberNamed(members.get(1)), Rig.memberNamed("stranger"), Rig.memberNamed(members.get(2)));
        assertEquals(
                List.of(Errors.NONE.code(), Errors.UNKNOWN_MEMBER_ID.code(), Errors.NONE.code()),
                response.members().stream().map(member -> member.errorCode()).toList());
        var join = rig.join(rig.joinRequest(members.get(0)));
        assertEquals(1, join.get().members().size());
        assertEquals(2, join.get().generationId(), "one rebalance for both");
    }

    @Test
    void strangersAloneChangeNothing() {
        rig.stableGroup(1);
        rig.leave(Rig.memberNamed("stranger"));
        assertEquals(GroupState.STABLE, rig.state());
    }

    @Test
    void aPendingMemberLeavesAndIsWaitedForNoMore() {
        String leader = rig.stableGroup(1).keySet().iterator().next();
        String pending = rig.newMemberId();
        var rejoin = rig.join(rig.joinRequest(leader));
        rig.awaitWaiting(1);
        var response = rig.leave(Rig.memberNamed(pending));
        Rig.expect(Errors.NONE, response.members().getFirst().errorCode());
        assertEquals(2, rejoin.get().generationId());
    }

    @Test
    void whoLeavesWhileItsJoinWaitsIsAnswered() {
        String leader = rig.stableGroup(1).keySet().iterator().next();
        String joining = rig.newMemberId();
        var join = rig.join(rig.joinRequest(joining));
        rig.awaitWaiting(1);
        rig.leave(Rig.memberNamed(joining));
        Rig.expect(Errors.UNKNOWN_MEMBER_ID, join.get().errorCode());
        assertEquals(2, rig.join(rig.joinRequest(leader)).get().generationId());
    }

    @Test
    void whoLeavesWhileItsSyncWaitsIsAnswered() {
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
        rig.leave(Rig.memberNamed(follower.memberId()));
        Rig.expect(Errors.UNKNOWN_MEMBER_ID, sync.get().errorCode());
    }

    @Test
    void anUnknownGroupMakesEveryMemberUnknown() {
        var response = rig.leave(Rig.memberNamed("a"), Rig.memberNamed("b"));
        Rig.expect(Errors.NONE, response.errorCode());
        assertEquals(2, response.members().size());
        response.members().forEach(member -> Rig.expect(Errors.UNKNOWN_MEMBER_ID, member.errorCode()));
    }

    @Test
    void anEmptyGroupIdIsRefused() {
        var request = new LeaveGroupRequestData().setGroupId("").setMembers(List.of(Rig.memberNamed("a")));
        Rig.expect(
                Errors.INVALID_GROUP_ID,
                rig.coordinator.leaveGroup(rig.ctx(5), request).errorCode());
    }

    @Test
    void aLeaveThatCannotBeWrittenIsAnsweredWithTheReason() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        rig.log().failAppends(Errors.NOT_LEADER_OR_FOLLOWER);
        Rig.expect(Errors.NOT_COORDINATOR, rig.leave(Rig.memberNamed(member)).errorCode());
    }

    @Test
    void aLeaveIsAnsweredOnceItIsCommitted() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        rig.log().holdCommits();
        var leave = Call.start(new Waiter(rig.time), () -> rig.leave(Rig.memberNamed(member)));
        rig.awaitWaiting(1);
        rig.log().releaseCommits();
        Rig.expect(Errors.NONE, leave.get().errorCode());
    }
}
