package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.coordinator.ClassicMemberClient.Step;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Groups that change their protocol, with members of both. */
@Timeout(30)
class MigrationTest {

    private static final Set<Integer> ALL = IntStream.range(0, 10).boxed().collect(Collectors.toSet());

    private Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    private ClassicMemberClient classicGroup() {
        return classicGroup(new ClassicMemberClient(rig));
    }

    private ClassicMemberClient classicGroup(ClassicMemberClient member) {
        member.startAlone();
        assertEquals(ALL, member.partitions);
        return member;
    }

    private void settle(ClassicMemberClient classic, ConsumerMemberClient consumer) {
        for (int round = 0; round < 10; round++) {
            rig.advance(1_000);
            classic.step();
            assertEquals(Errors.NONE, consumer.heartbeat());
        }
    }

    @Test
    void aConsumerMemberTurnsAClassicGroupIntoAConsumerGroup() {
        ClassicMemberClient classic = classicGroup();
        var consumer = rig.consumer("c");
        assertEquals(Errors.NONE, consumer.join());
        assertInstanceOf(ConsumerGroup.class, rig.membership());
        assertEquals(0, consumer.count(), "the classic member has not given anything up yet");
        settle(classic, consumer);
        assertEquals(5, consumer.count());
        assertEquals(5, classic.partitions.size());
        var both = new TreeSet<>(classic.partitions);
        both.addAll(consumer.partitions(Rig.ORDERS));
        assertEquals(ALL, both);
        assertEquals("Stable", rig.membership().stateLabel());
        assertEquals(Errors.NONE, classic.commit(3), "it commits in its generation");
    }

    @Test
    void theLastConsumerMemberTurnsItBack() {
        ClassicMemberClient classic = classicGroup();
        var consumer = rig.consumer("c");
        consumer.join();
        settle(classic, consumer);
        assertEquals(Errors.NONE, consumer.leave(-1));
        ClassicGroup group = assertInstanceOf(ClassicGroup.class, rig.membership());
        assertEquals(GroupState.PREPARING_REBALANCE, group.state());
        assertEquals(Step.REBALANCE, classic.heartbeat());
        classic.rejoinAlone();
        assertEquals(ALL, classic.partitions);
        assertEquals("Stable", rig.membership().stateLabel());
    }

    @Test
    void aConsumerMemberWhoseSessionEndsTurnsItBackToo() {
        ClassicMemberClient classic = classicGroup();
        var consumer = rig.consumer("c");
        consumer.join();
        settle(classic, consumer);
        for (int i = 0; i < 50; i++) {
            rig.advance(1_000);
            if (rig.membership() instanceof ConsumerGroup) classic.step();
        }
        assertInstanceOf(ClassicGroup.class, rig.membership());
    }

    @Test
    void bothConversionsSurviveARestart() {
        ClassicMemberClient classic = classicGroup();
        var consumer = rig.consumer("c");
        consumer.join();
        settle(classic, consumer);
        rig.restart();
        assertInstanceOf(ConsumerGroup.class, rig.membership());
        settle(classic, consumer);
        assertEquals(5, consumer.count());
        consumer.leave(-1);
        rig.restart();
        assertInstanceOf(ClassicGroup.class, rig.membership());
        assertEquals(
                1,
                rig.coordinator
                        .listGroups(rig.ctx(5), new ListGroupsRequestData())
                        .groups()
                        .size());
    }

    @Test
    void membersThatWaitAreToldToJoinAgain() {
        var joining = rig.join(rig.joinRequest(rig.newMemberId()));
        rig.awaitWaiting(1);
        rig.completeFirstRebalance();
        var joined = joining.get();
        var second = rig.join(rig.joinRequest(rig.newMemberId()));
        rig.awaitWaiting(1);
        assertEquals(Errors.NONE, rig.consumer("c").join());
        assertEquals(Errors.REBALANCE_IN_PROGRESS.code(), second.get().errorCode());
        assertEquals(Errors.REBALANCE_IN_PROGRESS, rig.heartbeat(joined.memberId(), joined.generationId()));
    }

    @Test
    void thePolicyCanForbidBoth() {
        rig.close();
        rig = new Rig(Map.of("group.consumer.migration.policy", "disabled"));
        ClassicMemberClient classic = classicGroup();
        assertEquals(Errors.GROUP_ID_NOT_FOUND, rig.consumer("c").join());
        assertEquals(Step.STABLE, classic.heartbeat());
    }

    @Test
    void aClassicMemberMayNotJoinIfThePolicyForbidsIt() {
        rig.close();
        rig = new Rig(Map.of("group.consumer.migration.policy", "DISABLED"));
        rig.consumer("c").join();
        assertEquals(
                Errors.INCONSISTENT_GROUP_PROTOCOL.code(),
                rig.joinNow(rig.joinRequest(""), 9).errorCode());
    }

    @Test
    void aGroupOfAnotherKindStaysAsItIs() {
        var request = rig.joinRequest(rig.newMemberId());
        var connect = rig.join(request.setProtocolType("connect"));
        rig.awaitWaiting(1);
        rig.completeFirstRebalance();
        connect.get();
        assertEquals(Errors.GROUP_ID_NOT_FOUND, rig.consumer("c").join());
        assertInstanceOf(ClassicGroup.class, rig.membership());
    }

    @Test
    void emptyGroupsTakeMembersOfEitherProtocol() {
        var consumer = rig.consumer("c");
        consumer.join();
        consumer.leave(-1);
        assertInstanceOf(ConsumerGroup.class, rig.membership());
        ClassicMemberClient classic = classicGroup();
        assertInstanceOf(ClassicGroup.class, rig.membership());
        rig.leave(Rig.memberNamed(classic.memberId));
        assertEquals(GroupState.EMPTY, rig.state());
        assertEquals(Errors.NONE, consumer.join());
        assertEquals(ALL, consumer.partitions(Rig.ORDERS));
        rig.restart();
        assertInstanceOf(ConsumerGroup.class, rig.membership());
    }

    @Test
    void offsetsStayWhenAGroupChangesItsProtocol() {
        ClassicMemberClient classic = classicGroup();
        assertEquals(Errors.NONE, classic.commit(7));
        rig.consumer("c").join();
        assertEquals(7, rig.committed(Rig.ORDERS, classic.partitions.iterator().next()));
        rig.restart();
        assertEquals(7, rig.committed(Rig.ORDERS, 0));
    }

    @Test
    void aClassicMemberJoinsAConsumerGroup() {
        var consumer = rig.consumer("c");
        consumer.join();
        rig.advance(1_000);
        var classic = new ClassicMemberClient(rig);
        assertEquals(Errors.MEMBER_ID_REQUIRED, classic.askForId());
        assertEquals(Errors.NONE, classic.joinConsumerGroup());
        settle(classic, consumer);
        assertEquals(5, classic.partitions.size());
        assertEquals(5, consumer.count());
        var types = rig.describeConsumerGroup(Rig.GROUP).members().stream()
                .map(member -> (int) member.memberType())
                .collect(Collectors.toSet());
        assertEquals(Set.of(0, 1), types);
        assertEquals(Errors.ILLEGAL_GENERATION, rig.heartbeat(classic.memberId, classic.generationId + 1));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, rig.heartbeat("c", consumer.epoch));
    }

    @Test
    void aClassicMemberThatDoesNotComeBackIsFenced() {
        ClassicMemberClient classic = classicGroup();
        var consumer = rig.consumer("c");
        consumer.join();
        for (int i = 0; i < 70; i++) {
            rig.advance(1_000);
            classic.heartbeat();
            consumer.heartbeat();
        }
        assertEquals(ALL, consumer.partitions(Rig.ORDERS));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, rig.heartbeat(classic.memberId, classic.generationId));
    }

    @Test
    void membersOfBothProtocolsCanBeRemovedByAnAdministrator() {
        ClassicMemberClient classic = classicGroup();
        var consumer = rig.consumer("c");
        consumer.instanceId = "one";
        consumer.join();
        settle(classic, consumer);
        var left = rig.leave(
                Rig.memberNamed(classic.memberId),
                new MemberIdentity().setMemberId("").setGroupInstanceId("one"),
                Rig.memberNamed("nobody"));
        assertEquals(
                List.of(Errors.NONE.code(), Errors.NONE.code(), Errors.UNKNOWN_MEMBER_ID.code()),
                left.members().stream().map(member -> member.errorCode()).toList());
        assertTrue(rig.membership().isEmpty());
    }

    @Test
    void aStaticClassicMemberTakesThePlaceOfTheLastConsumerMember() {
        var consumer = rig.consumer("c");
        consumer.instanceId = "one";
        consumer.join();
        var classic = new ClassicMemberClient(rig);
        classic.instanceId = "one";
        assertEquals(Errors.NONE, classic.joinConsumerGroup());
        assertInstanceOf(ClassicGroup.class, rig.membership());
        assertEquals(Step.STABLE, classic.heartbeat());
        classic.sync();
        assertEquals(ALL, new HashSet<>(classic.partitions), "it has what the other had");
        rig.restart();
        assertInstanceOf(ClassicGroup.class, rig.membership());
    }

    @Test
    void aClassicMemberDoesNotLookUpTopicsForOthers() {
        var consumer = rig.consumer("c");
        consumer.regex = "secret-.*";
        rig.topicFilter = topics -> Set.of();
        rig.topic("secret-a", 1);
        consumer.join();
        rig.advance(11_000);
        rig.topic("secret-b", 1);
        var classic = new ClassicMemberClient(rig);
        classic.askForId();
        assertEquals(Errors.NONE, classic.joinConsumerGroup());
        assertEquals(Errors.NONE, classic.sync());
        settle(classic, consumer);
        assertEquals(0, consumer.count());
        assertEquals(ALL, classic.partitions);
    }

    @Test
    void aConsumerGroupIsNoClassicGroupToDescribe() {
        rig.consumer("c").join();
        var request = new DescribeGroupsRequestData().setGroups(List.of(Rig.GROUP));
        var before6 =
                rig.coordinator.describeGroups(rig.ctx(5), request).groups().getFirst();
        assertEquals(Errors.NONE.code(), before6.errorCode());
        assertEquals("Dead", before6.groupState());
        var since6 =
                rig.coordinator.describeGroups(rig.ctx(6), request).groups().getFirst();
        assertEquals(Errors.GROUP_ID_NOT_FOUND.code(), since6.errorCode());
    }
}
