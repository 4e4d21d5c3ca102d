package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConsumerGroupTest {

    private static final Set<Integer> ALL = IntStream.range(0, 10).boxed().collect(Collectors.toSet());

    private Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    // ---- joining ----

    @Test
    void theFirstMemberGetsEverything() {
        var member = rig.consumer("a");
        assertEquals(Errors.NONE, member.join());
        assertEquals(2, member.epoch);
        assertEquals(ALL, member.partitions(Rig.ORDERS));
        assertEquals("Stable", rig.membership().stateLabel());
    }

    @Test
    void aSecondMemberWaitsUntilTheFirstHasGivenPartitionsUp() {
        var a = rig.consumer("a");
        var b = rig.consumer("b");
        a.join();
        a.revokesAtOnce = false;
        rig.advance(1_000);
        assertEquals(Errors.NONE, b.join());
        assertEquals(3, b.epoch);
        assertEquals(0, b.count());

        var told = rig.consumerHeartbeat(a.heartbeatRequest());
        assertEquals(2, told.memberEpoch(), "it stays in its epoch as long as it has partitions to give up");
        assertEquals(
                5, told.assignment().topicPartitions().getFirst().partitions().size());
        b.heartbeat();
        assertEquals(0, b.count());

        a.owned = Map.of(
                Rig.ORDERS_ID,
                new HashSet<>(told.assignment().topicPartitions().getFirst().partitions()));
        assertEquals(Errors.NONE, a.heartbeat());
        assertEquals(3, a.epoch);
        b.heartbeat();
        assertEquals(5, b.count());
        var both = new HashSet<>(a.partitions(Rig.ORDERS));
        both.addAll(b.partitions(Rig.ORDERS));
        assertEquals(ALL, both);
    }

    @Test
    void assignmentsKeepTheirInterval() {
        rig.consumer("a").join();
        var b = rig.consumer("b");
        b.join();
        assertEquals("Assigning", rig.membership().stateLabel());
        rig.advance(1_000);
        b.heartbeat();
        assertEquals("Reconciling", rig.membership().stateLabel());
    }

    @Test
    void aGroupMayHaveAnAssignmentIntervalOfItsOwn() {
        rig.groupConfigs.put(Rig.GROUP, Map.of("consumer.assignment.interval.ms", "0"));
        rig.consumer("a").join();
        rig.consumer("b").join();
        assertEquals("Reconciling", rig.membership().stateLabel());
    }

    @Test
    void theAssignmentIntervalChangesWhileTheBrokerRuns() {
        rig.consumer("a").join();
        rig.coordinator.updateConfig(new AbstractConfig(
                GroupCoordinatorConfig.define(new ConfigDef()),
                Map.of("group.consumer.assignment.interval.ms", "0"),
                false));
        rig.consumer("b").join();
        assertEquals("Reconciling", rig.membership().stateLabel());
    }

    @Test
    void membersSettleOnEqualShares() {
        var members = IntStream.range(0, 4).mapToObj(i -> rig.consumer("m" + i)).toArray(ConsumerMemberClient[]::new);
        for (var member : members) assertEquals(Errors.NONE, member.join());
        rig.settle(members);
        var counts = List.of(members).stream()
                .map(ConsumerMemberClient::count)
                .sorted()
                .toList();
        assertEquals(List.of(2, 2, 3, 3), counts);
        assertEquals("Stable", rig.membership().stateLabel());
    }

    @Test
    void theRangeAssignorCanBeAskedFor() {
        var a = rig.consumer("a");
        var b = rig.consumer("b");
        a.assignor = "range";
        b.assignor = "range";
        a.join();
        b.join();
        rig.settle(a, b);
        assertEquals(Set.of(0, 1, 2, 3, 4), a.partitions(Rig.ORDERS));
        assertEquals(Set.of(5, 6, 7, 8, 9), b.partitions(Rig.ORDERS));
        assertEquals("range", rig.describeConsumerGroup(Rig.GROUP).assignorName());
    }

    @Test
    void whatAMemberMustSayIsChecked() {
        var a = rig.consumer("a");
        assertError(Errors.INVALID_REQUEST, a.joinRequest().setMemberId(" "));
        assertError(Errors.INVALID_REQUEST, a.joinRequest().setGroupId(""));
        assertError(Errors.INVALID_REQUEST, a.joinRequest().setInstanceId(""));
        assertError(Errors.INVALID_REQUEST, a.joinRequest().setRackId(""));
        assertError(Errors.INVALID_REQUEST, a.joinRequest().setRebalanceTimeoutMs(-1));
        assertError(Errors.INVALID_REQUEST, a.joinRequest().setTopicPartitions(null));
        assertError(Errors.INVALID_REQUEST, a.joinRequest().setSubscribedTopicNames(null));
        assertError(Errors.INVALID_REQUEST, a.joinRequest().setMemberEpoch(-3));
        assertError(Errors.INVALID_REQUEST, a.joinRequest().setMemberEpoch(-2));
        assertError(Errors.UNSUPPORTED_ASSIGNOR, a.joinRequest().setServerAssignor("other"));
        assertError(Errors.INVALID_REGULAR_EXPRESSION, a.joinRequest().setSubscribedTopicRegex("("));
        assertError(Errors.GROUP_ID_NOT_FOUND, a.joinRequest().setMemberEpoch(1));
        assertError(Errors.GROUP_ID_NOT_FOUND, a.joinRequest().setMemberEpoch(-1));
        assertEquals(List.of(), list(), "nothing of that has made a group");
    }

    private void assertError(Errors expected, ConsumerGroupHeartbeatRequestData request) {
        assertEquals(expected, Errors.forCode(rig.consumerHeartbeat(request).errorCode()));
    }

    @Test
    void aFullGroupTakesNobodyElse() {
        rig.close();
        rig = new Rig(Map.of("group.consumer.max.size", "1"));
        var a = rig.consumer("a");
        a.join();
        assertEquals(Errors.GROUP_MAX_SIZE_REACHED, rig.consumer("b").join());
        assertEquals(Errors.NONE, a.heartbeat());
    }

    // ---- epochs ----

    @Test
    void aMemberWithAnotherEpochIsFenced() {
        var a = rig.consumer("a");
        a.join();
        assertError(Errors.FENCED_MEMBER_EPOCH, a.heartbeatRequest().setMemberEpoch(3));
        assertError(Errors.FENCED_MEMBER_EPOCH, a.heartbeatRequest().setMemberEpoch(1));
        assertError(Errors.UNKNOWN_MEMBER_ID, a.heartbeatRequest().setMemberId("b"));
        assertEquals(Errors.NONE, a.join(), "it may always join again");
    }

    @Test
    void aLostAnswerDoesNotFence() {
        var a = rig.consumer("a");
        var b = rig.consumer("b");
        a.join();
        rig.advance(1_000);
        b.join();
        rig.settle(a, b);
        a.topics = List.of(Rig.ORDERS, "more");
        rig.topic("more", 1);
        rig.advance(1_000);
        var request = a.heartbeatRequest().setSubscribedTopicNames(a.topics);
        var lost = rig.consumerHeartbeat(request);
        assertEquals(a.epoch + 1, lost.memberEpoch());
        assertEquals(Errors.NONE, a.heartbeat());
        assertEquals(lost.memberEpoch(), a.epoch);
    }

    // ---- leaving ----

    @Test
    void whatAMemberHadGoesToTheOthers() {
        var a = rig.consumer("a");
        var b = rig.consumer("b");
        a.join();
        b.join();
        rig.settle(a, b);
        assertEquals(Errors.NONE, a.leave(-1));
        rig.settle(b);
        assertEquals(ALL, b.partitions(Rig.ORDERS));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, a.heartbeat());
    }

    @Test
    void aSilentMemberIsFenced() {
        var a = rig.consumer("a");
        var b = rig.consumer("b");
        a.join();
        b.join();
        rig.settle(a, b);
        rig.advance(20_000);
        b.heartbeat();
        rig.advance(25_001);
        assertEquals(Errors.UNKNOWN_MEMBER_ID, a.heartbeat());
        rig.settle(b);
        assertEquals(ALL, b.partitions(Rig.ORDERS));
    }

    @Test
    void aGroupMayHaveASessionTimeoutOfItsOwn() {
        rig.groupConfigs.put(
                Rig.GROUP, Map.of("consumer.session.timeout.ms", "50000", "consumer.heartbeat.interval.ms", "7000"));
        var a = rig.consumer("a");
        assertEquals(7_000, rig.consumerHeartbeat(a.joinRequest()).heartbeatIntervalMs());
        rig.advance(49_000);
        assertEquals("Stable", rig.membership().stateLabel());
        rig.advance(1_001);
        assertEquals("Empty", rig.membership().stateLabel());
    }

    @Test
    void aMemberThatDoesNotGivePartitionsUpInTimeIsFenced() {
        var a = rig.consumer("a");
        var b = rig.consumer("b");
        a.rebalanceTimeoutMs = 10_000;
        a.join();
        a.revokesAtOnce = false;
        rig.advance(1_000);
        b.join();
        a.heartbeat();
        rig.advance(9_000);
        assertEquals(Errors.NONE, a.heartbeat());
        rig.advance(1_001);
        assertEquals(Errors.UNKNOWN_MEMBER_ID, a.heartbeat());
        rig.settle(b);
        assertEquals(ALL, b.partitions(Rig.ORDERS));
    }

    // ---- static members ----

    @Test
    void aStaticMemberComesBackToItsPartitions() {
        var a = rig.consumer("a");
        var b = rig.consumer("b");
        a.instanceId = "one";
        a.join();
        b.join();
        rig.settle(a, b);
        var before = a.partitions(Rig.ORDERS);
        int epoch = a.epoch;
        assertEquals(Errors.NONE, a.leave(-2));
        var again = rig.consumer("a2");
        again.instanceId = "one";
        assertEquals(Errors.NONE, again.join());
        assertEquals(before, again.partitions(Rig.ORDERS));
        assertEquals(epoch, again.epoch, "nothing had to be assigned anew");
        assertEquals(Errors.FENCED_INSTANCE_ID, a.heartbeat());
    }

    @Test
    void anInstanceThatIsThereIsNotReleased() {
        var a = rig.consumer("a");
        a.instanceId = "one";
        a.join();
        var other = rig.consumer("b");
        other.instanceId = "one";
        assertEquals(Errors.UNRELEASED_INSTANCE_ID, other.join());
        other.epoch = 1;
        assertEquals(Errors.FENCED_INSTANCE_ID, other.heartbeat());
        other.instanceId = "two";
        assertEquals(Errors.UNKNOWN_MEMBER_ID, other.heartbeat());
    }

    @Test
    void aStaticMemberThatStaysAwayIsForgottenWithItsSession() {
        var a = rig.consumer("a");
        a.instanceId = "one";
        a.join();
        a.leave(-2);
        rig.advance(44_000);
        assertEquals("Reconciling", rig.membership().stateLabel());
        rig.advance(1_001);
        assertEquals("Empty", rig.membership().stateLabel());
    }

    // ---- topics ----

    @Test
    void newPartitionsAreAssigned() {
        var a = rig.consumer("a");
        a.join();
        rig.topic(Rig.ORDERS, 12);
        rig.settle(a);
        assertEquals(12, a.count());
    }

    @Test
    void aDeletedTopicIsTakenAway() {
        rig.topic("more", 2);
        var a = rig.consumer("a");
        a.topics = List.of(Rig.ORDERS, "more");
        a.join();
        assertEquals(12, a.count());
        rig.deleteTopic("more");
        rig.settle(a);
        assertEquals(10, a.count());
    }

    @Test
    void aChangeOfOtherTopicsChangesNothing() {
        var a = rig.consumer("a");
        a.join();
        rig.topic("other", 2);
        rig.settle(a);
        assertEquals(2, a.epoch);
    }

    @Test
    void regularExpressionsFollowTheTopics() {
        rig.topic("orders-eu", 2);
        var a = rig.consumer("a");
        a.regex = "orders-.*";
        a.join();
        rig.settle(a);
        assertEquals(2, a.count());
        rig.topic("orders-us", 3);
        rig.settle(a);
        assertEquals(5, a.count());
        assertEquals(
                "orders-.*",
                rig.describeConsumerGroup(Rig.GROUP).members().getFirst().subscribedTopicRegex());
    }

    @Test
    void aRegularExpressionShowsWhatItsMemberMaySee() {
        rig.topic("orders-eu", 2);
        rig.topic("orders-secret", 3);
        rig.topicFilter =
                topics -> topics.stream().filter(t -> !t.contains("secret")).collect(Collectors.toSet());
        var a = rig.consumer("a");
        a.regex = "orders-.*";
        a.join();
        rig.settle(a);
        assertEquals(2, a.count());
    }

    // ---- restarts ----

    @Test
    void aGroupIsTheSameAfterARestart() {
        rig.topic("orders-eu", 2);
        var a = rig.consumer("a");
        var b = rig.consumer("b");
        a.regex = ".*";
        b.instanceId = "one";
        a.join();
        b.join();
        rig.settle(a, b);
        var before = rig.describeConsumerGroup(Rig.GROUP);
        rig.restart();
        assertEquals(sorted(before), sorted(rig.describeConsumerGroup(Rig.GROUP)));
        int epoch = a.epoch;
        rig.settle(a, b);
        assertEquals(epoch, a.epoch);
        assertEquals("Stable", rig.membership().stateLabel());
        rig.advance(45_001);
        assertEquals("Empty", rig.membership().stateLabel());
    }

    private static List<String> sorted(
            org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.DescribedGroup group) {
        return group.members().stream()
                .map(member -> group.groupEpoch() + " " + group.assignmentEpoch() + " " + group.groupState() + member)
                .sorted()
                .toList();
    }

    @Test
    void anEmptyGroupIsDeletedWithAllItsRecords() {
        var a = rig.consumer("a");
        a.regex = "orders";
        a.join();
        assertEquals(Errors.NON_EMPTY_GROUP, delete());
        a.leave(-1);
        assertEquals(Errors.NONE, delete());
        rig.restart();
        assertEquals(List.of(), list());
        assertEquals(
                Errors.GROUP_ID_NOT_FOUND,
                Errors.forCode(rig.describeConsumerGroup(Rig.GROUP).errorCode()));
    }

    private Errors delete() {
        var request = new DeleteGroupsRequestData().setGroupsNames(List.of(Rig.GROUP));
        return Errors.forCode(rig.coordinator
                .deleteGroups(rig.ctx(2), request)
                .results()
                .find(Rig.GROUP)
                .errorCode());
    }

    @Test
    void whatTheLogRefusesHasNotHappened() {
        var a = rig.consumer("a");
        a.join();
        rig.log().failAppends(Errors.NOT_LEADER_OR_FOLLOWER);
        assertEquals(Errors.NOT_COORDINATOR, rig.consumer("b").join());
        rig.advance(45_001);
        rig.log().failAppends(null);
        assertEquals("Stable", rig.membership().stateLabel());
        rig.advance(500);
        assertEquals("Empty", rig.membership().stateLabel());
    }

    // ---- lists ----

    @Test
    void listsNameTheTypeAndTheState() {
        var a = rig.consumer("a");
        a.join();
        ListedGroup listed = list().getFirst();
        assertEquals("consumer", listed.groupType());
        assertEquals("Stable", listed.groupState());
        assertEquals("consumer", listed.protocolType());
        assertEquals(
                1,
                list(new ListGroupsRequestData().setTypesFilter(List.of("Consumer")))
                        .size());
        assertEquals(
                0,
                list(new ListGroupsRequestData().setTypesFilter(List.of("classic")))
                        .size());
        assertEquals(
                1,
                list(new ListGroupsRequestData().setStatesFilter(List.of("stable")))
                        .size());
        assertEquals(
                0,
                list(new ListGroupsRequestData().setStatesFilter(List.of("assigning")))
                        .size());
    }

    private List<ListedGroup> list() {
        return list(new ListGroupsRequestData());
    }

    private List<ListedGroup> list(ListGroupsRequestData request) {
        return rig.coordinator.listGroups(rig.ctx(5), request).groups();
    }

    @Test
    void aDescriptionShowsWhoHasWhat() {
        var a = rig.consumer("a");
        a.join();
        var group = rig.describeConsumerGroup(Rig.GROUP);
        assertEquals("uniform", group.assignorName());
        var member = group.members().getFirst();
        assertEquals("a", member.memberId());
        assertEquals(Rig.CLIENT, member.clientId());
        assertEquals(1, member.memberType());
        assertEquals(
                10,
                member.assignment().topicPartitions().getFirst().partitions().size());
        assertNotNull(member.targetAssignment());
        assertTrue(member.subscribedTopicNames().contains(Rig.ORDERS));
        assertInstanceOf(ConsumerGroup.class, rig.membership());
    }
}
