package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.coordinator.ShareState.Summary;
import dev.heddle.coordinator.assignor.SimpleAssignor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.ShareGroupHeartbeatRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ShareGroupTest {

    private static final String AUDITS = "audits";

    private ShareRig share = new ShareRig(Map.of());
    private ShareRig.Client ada = share.new Client("ada");
    private ShareRig.Client ben = share.new Client("ben");

    @AfterEach
    void close() {
        share.close();
    }

    private void rebuild(Map<String, String> overrides) {
        share.close();
        share = new ShareRig(overrides);
        ada = share.new Client("ada");
        ben = share.new Client("ben");
        share.rig.topic(Rig.ORDERS, 2);
    }

    private Set<Integer> all() {
        return Set.of(0, 1);
    }

    private void joinBoth() {
        share.rig.topic(Rig.ORDERS, 2);
        assertEquals(Errors.NONE, ada.join());
        assertEquals(Errors.NONE, ben.join());
        assertEquals(Errors.NONE, ada.heartbeat());
        assertEquals(Errors.NONE, ben.heartbeat());
    }

    private Summary summary(String topic, int partition) {
        return share.states.summary(share.key(topic, partition), share.call().waiter());
    }

    // ---- members ----

    @Test
    void aMemberGetsPartitionsOnceTheirStatesHaveBegun() {
        share.rig.topic(Rig.ORDERS, 2);
        assertEquals(Errors.NONE, ada.join());
        assertEquals(Set.of(), ada.partitions(Rig.ORDERS), "nobody knows yet where the group begins");
        assertEquals(-1, summary(Rig.ORDERS, 1).startOffset());
        assertEquals(2, summary(Rig.ORDERS, 1).stateEpoch(), "the state begins in the group's epoch");
        assertEquals(Errors.NONE, ada.heartbeat());
        assertEquals(all(), ada.partitions(Rig.ORDERS));
        int settled = ada.epoch;
        assertEquals(Errors.NONE, ada.heartbeat());
        assertEquals(settled, ada.epoch);
    }

    @Test
    void membersShareWhatThereIs() {
        joinBoth();
        assertEquals(1, ada.partitions(Rig.ORDERS).size());
        assertEquals(1, ben.partitions(Rig.ORDERS).size());
        assertNotEquals(ada.partitions(Rig.ORDERS), ben.partitions(Rig.ORDERS));
    }

    @Test
    void whoLeavesLeavesEverythingToTheOthers() {
        joinBoth();
        assertEquals(Errors.NONE, ben.leave());
        assertEquals(Errors.NONE, ada.heartbeat());
        assertEquals(all(), ada.partitions(Rig.ORDERS));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, ben.leave());
    }

    @Test
    void whoIsSilentForTooLongIsOut() {
        joinBoth();
        share.rig.advance(44_000);
        assertEquals(Errors.NONE, ada.heartbeat());
        share.rig.advance(2_000);
        assertEquals(Errors.UNKNOWN_MEMBER_ID, ben.heartbeat());
        assertEquals(Errors.NONE, ada.heartbeat());
        assertEquals(all(), ada.partitions(Rig.ORDERS));
    }

    @Test
    void aGroupHasASessionTimeoutOfItsOwn() {
        share.rig.groupConfigs.put(ShareRig.GROUP, Map.of("share.session.timeout.ms", "50000"));
        joinBoth();
        share.rig.advance(49_000);
        assertEquals(Errors.NONE, ben.heartbeat());
    }

    @Test
    void anotherSubscriptionIsAnotherAssignment() {
        joinBoth();
        share.rig.topic(AUDITS, 1);
        assertEquals(Errors.NONE, ben.subscribe(AUDITS));
        assertEquals(Set.of(), ben.partitions(Rig.ORDERS));
        assertEquals(Errors.NONE, ben.heartbeat());
        assertEquals(Set.of(0), ben.partitions(AUDITS));
        assertEquals(Errors.NONE, ada.heartbeat());
        assertEquals(all(), ada.partitions(Rig.ORDERS));
    }

    @Test
    void newPartitionsOfATopicAreAssignedToo() {
        share.rig.topic(Rig.ORDERS, 2);
        ada.join();
        ada.heartbeat();
        share.rig.topic(Rig.ORDERS, 3);
        ada.heartbeat();
        ada.heartbeat();
        assertEquals(Set.of(0, 1, 2), ada.partitions(Rig.ORDERS));
    }

    @Test
    void theEpochBeforeIsGoodAndAnyOtherIsFenced() {
        joinBoth();
        int epoch = ada.epoch;
        ada.epoch = epoch - 1;
        assertEquals(Errors.NONE, ada.heartbeat());
        ada.epoch = epoch + 1;
        assertEquals(Errors.FENCED_MEMBER_EPOCH, ada.heartbeat());
        ada.epoch = epoch - 2;
        assertEquals(Errors.FENCED_MEMBER_EPOCH, ada.heartbeat());
        assertEquals(Errors.NONE, ada.join(), "it may always begin anew");
        assertEquals(epoch, ada.epoch);
    }

    @Test
    void assignmentsAreNotComputedMoreOftenThanTheGroupWants() {
        rebuild(Map.of("group.share.assignment.interval.ms", "1000"));
        ada.join();
        ada.heartbeat();
        assertEquals(Set.of(), ada.partitions(Rig.ORDERS));
        share.rig.advance(1_000);
        ada.heartbeat();
        assertEquals(all(), ada.partitions(Rig.ORDERS));
    }

    @Test
    void aGroupThatIsFullTakesNobodyMore() {
        rebuild(Map.of("group.share.max.size", "1"));
        assertEquals(Errors.NONE, ada.join());
        assertEquals(Errors.GROUP_MAX_SIZE_REACHED, ben.join());
        assertEquals(Errors.NONE, ada.join());
    }

    @Test
    void aRequestThatSaysTooLittleIsRefused() {
        assertEquals(Errors.INVALID_REQUEST, error(ada.request(0)));
        assertEquals(
                Errors.INVALID_REQUEST, error(ada.request(0).setMemberId("").setSubscribedTopicNames(ada.topics)));
        assertEquals(Errors.INVALID_REQUEST, error(ada.request(0).setGroupId("").setSubscribedTopicNames(ada.topics)));
        assertEquals(Errors.INVALID_REQUEST, error(ada.request(0).setRackId("").setSubscribedTopicNames(ada.topics)));
        assertEquals(Errors.INVALID_REQUEST, error(ada.request(-2)));
        assertEquals(Errors.GROUP_ID_NOT_FOUND, error(ada.request(5)));
        assertEquals(Errors.GROUP_ID_NOT_FOUND, error(ada.request(-1)));
    }

    private Errors error(ShareGroupHeartbeatRequestData request) {
        return Errors.forCode(share.groups.heartbeat(share.call(), request).errorCode());
    }

    @Test
    void everythingIsThereAfterARestart() {
        joinBoth();
        var before = share.describe();
        share.restart();
        assertEquals(before.groupEpoch(), share.describe().groupEpoch());
        assertEquals(before.assignmentEpoch(), share.describe().assignmentEpoch());
        assertEquals(Errors.NONE, ada.heartbeat());
        assertEquals(1, ada.partitions(Rig.ORDERS).size());
        share.rig.advance(46_000);
        assertEquals(Errors.UNKNOWN_MEMBER_ID, ada.heartbeat(), "sessions begin anew with the broker");
    }

    @Test
    void aStateThatCouldNotBeBegunIsTriedAgain() {
        share.rig.topic(Rig.ORDERS, 2);
        share.stateLog.failAppends(Errors.INVALID_RECORD);
        ada.join();
        ada.heartbeat();
        assertEquals(Set.of(), ada.partitions(Rig.ORDERS));
        share.stateLog.failAppends(null);
        ada.heartbeat();
        ada.heartbeat();
        assertEquals(all(), ada.partitions(Rig.ORDERS));
    }

    // ---- the group among others ----

    @Test
    void isDescribedAndListedAsWhatItIs() {
        joinBoth();
        var described = share.describe();
        assertEquals("Stable", described.groupState());
        assertEquals(SimpleAssignor.NAME, described.assignorName());
        assertEquals(described.groupEpoch(), described.assignmentEpoch());
        assertEquals(2, described.members().size());
        var member = described.members().getFirst();
        assertEquals(List.of(Rig.ORDERS), member.subscribedTopicNames());
        assertEquals(
                Rig.ORDERS, member.assignment().topicPartitions().getFirst().topicName());

        var listed = share.rig
                .coordinator
                .listGroups(share.call(), new ListGroupsRequestData().setTypesFilter(List.of("Share")))
                .groups();
        assertEquals(ShareRig.GROUP, listed.getFirst().groupId());
        assertEquals("share", listed.getFirst().groupType());
        assertEquals("share", listed.getFirst().protocolType());
        assertEquals("Stable", listed.getFirst().groupState());
        ada.leave();
        ben.leave();
        assertEquals("Empty", share.describe().groupState());
    }

    @Test
    void whatIsNotAShareGroupIsNotFound() {
        assertEquals(Errors.GROUP_ID_NOT_FOUND, Errors.forCode(share.describe().errorCode()));
        var consumer = new ConsumerMemberClient(share.rig, "consumer");
        consumer.groupId = ShareRig.GROUP;
        consumer.join();
        assertEquals(Errors.GROUP_ID_NOT_FOUND, ada.join());
        assertEquals(Errors.GROUP_ID_NOT_FOUND, Errors.forCode(share.describe().errorCode()));
    }

    @Test
    void otherProtocolsStayOutOfAShareGroupAndHaveNoOffsetsInIt() {
        joinBoth();
        var consumer = new ConsumerMemberClient(share.rig, "consumer");
        consumer.groupId = ShareRig.GROUP;
        assertEquals(Errors.GROUP_ID_NOT_FOUND, consumer.join());
        var commit = new OffsetCommitRequestData().setGroupId(ShareRig.GROUP);
        commit.topics()
                .add(new OffsetCommitRequestData.OffsetCommitRequestTopic()
                        .setName(Rig.ORDERS)
                        .setPartitions(List.of(
                                new OffsetCommitRequestData.OffsetCommitRequestPartition().setCommittedOffset(5))));
        var answer = share.rig.coordinator.commitOffsets(
                new CallContext(Rig.CLIENT, "/", (short) 9, share.call().waiter()), commit);
        assertEquals(
                Errors.GROUP_ID_NOT_FOUND.code(),
                answer.topics().getFirst().partitions().getFirst().errorCode());
    }

    @Test
    void aShareGroupWithoutMembersDoesNotExpire() {
        joinBoth();
        ada.leave();
        ben.leave();
        share.rig.advance(1_000_000_000_000L);
        share.rig.coordinator.retention().expire();
        assertEquals("Empty", share.describe().groupState());
    }

    // ---- deletion ----

    private Errors delete() {
        return Errors.forCode(share.groups
                .deleteGroups(share.call(), new DeleteGroupsRequestData().setGroupsNames(List.of(ShareRig.GROUP)))
                .results()
                .find(ShareRig.GROUP)
                .errorCode());
    }

    @Test
    void aGroupIsDeletedWithItsStates() {
        joinBoth();
        assertEquals(Errors.NON_EMPTY_GROUP, delete());
        ada.leave();
        ben.leave();
        assertNotEquals(0, summary(Rig.ORDERS, 0).stateEpoch());
        assertEquals(Errors.NONE, delete());
        assertEquals(0, summary(Rig.ORDERS, 0).stateEpoch());
        assertEquals(Errors.GROUP_ID_NOT_FOUND, delete());
        share.restart();
        assertEquals(Errors.GROUP_ID_NOT_FOUND, Errors.forCode(share.describe().errorCode()));
        assertEquals(0, share.states.partitions().all().iterator().next().size());
    }

    @Test
    void aGroupWhoseStatesCannotBeDeletedStays() {
        joinBoth();
        ada.leave();
        ben.leave();
        share.stateLog.failAppends(Errors.INVALID_RECORD);
        assertEquals(Errors.INVALID_RECORD, delete());
        assertEquals("Empty", share.describe().groupState());
        share.stateLog.failAppends(null);
        assertEquals(Errors.NONE, delete());
        assertEquals(0, summary(Rig.ORDERS, 1).stateEpoch());
    }

    @Test
    void statesOfADeletedTopicAreForgotten() {
        joinBoth();
        var id = share.rig.topicIds.get(Rig.ORDERS);
        share.rig.deleteTopic(Rig.ORDERS);
        share.rig.coordinator.retention().removeTopic(Rig.ORDERS, id);
        var group = share.rig
                .coordinator
                .partitions()
                .of(ShareRig.GROUP)
                .withExisting(ShareRig.GROUP, found -> ((ShareGroup) found.membership()).data(), () -> null);
        assertTrue(group.states().initialized().isEmpty());
        assertNull(new HashMap<>(group.states().initializing()).get(id));
    }
}
