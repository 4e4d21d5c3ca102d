package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.Waiter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class OffsetFetchTest {

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    private static OffsetFetchRequestTopics topic(String name, Integer... partitions) {
        return new OffsetFetchRequestTopics().setName(name).setPartitionIndexes(List.of(partitions));
    }

    @Test
    void aFetchAnswersForEachPartitionThatIsAskedFor() {
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 10));
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 11));
        var group = rig.fetch(List.of(topic(Rig.ORDERS, 0, 1), topic("nowhere", 0)), false, 9);
        Rig.expect(Errors.NONE, group.errorCode());
        assertEquals(Rig.GROUP, group.groupId());
        var orders = group.topics().get(0).partitions();
        assertEquals(11, orders.get(0).committedOffset());
        assertEquals(-1, orders.get(1).committedOffset());
        assertEquals(-1, orders.get(1).committedLeaderEpoch());
        assertEquals("", orders.get(1).metadata());
        Rig.expect(Errors.NONE, orders.get(1).errorCode());
        assertEquals(-1, group.topics().get(1).partitions().getFirst().committedOffset());
    }

    @Test
    void aGroupThatIsNotThereHasNoOffsets() {
        assertEquals(-1, rig.committed(Rig.ORDERS, 0));
        var all = rig.fetch(null, true, 9);
        Rig.expect(Errors.NONE, all.errorCode());
        assertTrue(all.topics().isEmpty());
        assertEquals(GroupState.DEAD, rig.state(), "asking makes no group");
    }

    @Test
    void withoutTopicsAFetchAnswersWithAllThereIs() {
        rig.topicIds.put("payments", new Uuid(2, 2));
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 10));
        rig.commit(rig.commitRequest(Rig.ORDERS, 2, 12));
        rig.commit(rig.commitRequest("payments", 1, 21));
        var topics = new ArrayList<>(rig.fetch(null, true, 9).topics());
        topics.sort(Comparator.comparing(OffsetFetchResponseTopics::name));
        assertEquals(
                List.of(Rig.ORDERS, "payments"),
                topics.stream().map(each -> each.name()).toList());
        assertEquals(2, topics.get(0).partitions().size());
        assertEquals(21, topics.get(1).partitions().getFirst().committedOffset());
    }

    @Test
    void fromVersionTenTopicsAreNamedByTheirId() {
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 10));
        var known = new OffsetFetchRequestTopics().setTopicId(Rig.ORDERS_ID).setPartitionIndexes(List.of(0));
        var unknown = new OffsetFetchRequestTopics().setTopicId(new Uuid(5, 5)).setPartitionIndexes(List.of(0));
        var topics = rig.fetch(List.of(known, unknown), true, 10).topics();
        assertEquals(Rig.ORDERS_ID, topics.get(0).topicId());
        assertEquals(10, topics.get(0).partitions().getFirst().committedOffset());
        Rig.expect(
                Errors.UNKNOWN_TOPIC_ID, topics.get(1).partitions().getFirst().errorCode());
        assertEquals(-1, topics.get(1).partitions().getFirst().committedOffset());
    }

    @Test
    void fromVersionTenAllOffsetsAreThoseOfTopicsThatStillHaveAnId() {
        rig.topicIds.put("payments", new Uuid(2, 2));
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 10));
        rig.commit(rig.commitRequest("payments", 0, 20));
        rig.topicIds.remove("payments");
        var topics = rig.fetch(null, true, 10).topics();
        assertEquals(
                List.of(Rig.ORDERS_ID),
                topics.stream().map(each -> each.topicId()).toList());
        assertEquals(2, rig.fetch(null, true, 9).topics().size());
    }

    @Test
    void anOffsetOfATopicThatWasMadeAnewDoesNotCount() {
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 10));
        rig.topicIds.put(Rig.ORDERS, new Uuid(7, 7));
        var byNewId = new OffsetFetchRequestTopics().setTopicId(new Uuid(7, 7)).setPartitionIndexes(List.of(0));
        assertEquals(
                -1,
                rig.fetch(List.of(byNewId), true, 10)
                        .topics()
                        .getFirst()
                        .partitions()
                        .getFirst()
                        .committedOffset());
    }

    @Test
    void severalGroupsAreAnsweredEachOnItsOwn() {
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 10));
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 20).setGroupId("other"));
        var request = new OffsetFetchRequestData()
                .setGroups(List.of(
                        new OffsetFetchRequestGroup().setGroupId(Rig.GROUP).setTopics(List.of(topic(Rig.ORDERS, 0))),
                        new OffsetFetchRequestGroup().setGroupId(null).setTopics(List.of(topic(Rig.ORDERS, 0))),
                        new OffsetFetchRequestGroup().setGroupId("other").setTopics(List.of(topic(Rig.ORDERS, 0)))));
        var groups = rig.coordinator.fetchOffsets(rig.ctx(9), request).groups();
        assertEquals(
                10, groups.get(0).topics().getFirst().partitions().getFirst().committedOffset());
        Rig.expect(Errors.INVALID_GROUP_ID, groups.get(1).errorCode());
        assertEquals(
                20, groups.get(2).topics().getFirst().partitions().getFirst().committedOffset());
    }

    @Test
    void whatIsNotCommittedYetIsNotShown() {
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 10));
        rig.log().holdCommits();
        var commit = Call.start(new Waiter(rig.time), () -> rig.commit(rig.commitRequest(Rig.ORDERS, 0, 11)));
        rig.awaitWaiting(1);
        var fetch = Call.start(new Waiter(rig.time), () -> rig.committed(Rig.ORDERS, 0));
        rig.awaitWaiting(2);
        assertFalse(fetch.isAnswered());
        rig.log().releaseCommits();
        assertEquals(Errors.NONE, commit.get());
        assertEquals(11, fetch.get());
    }

    @Test
    void aFetchWaitsForNoOtherGroupsCommit() {
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 10));
        rig.log().holdCommits();
        Call.start(
                new Waiter(rig.time),
                () -> rig.commit(rig.commitRequest(Rig.ORDERS, 0, 11).setGroupId("other")));
        rig.awaitWaiting(1);
        assertEquals(10, rig.committed(Rig.ORDERS, 0));
    }

    @Test
    void aFetchThatWaitsTooLongSendsTheClientToLookForTheCoordinator() {
        rig.log().holdCommits();
        Call.start(new Waiter(rig.time), () -> rig.commit(rig.commitRequest(Rig.ORDERS, 0, 11)));
        rig.awaitWaiting(1);
        var fetch = Call.start(new Waiter(rig.time), () -> rig.fetch(null, true, 9));
        rig.awaitWaiting(2);
        rig.advance(rig.config.offsets().commitTimeoutMs());
        Rig.expect(Errors.NOT_COORDINATOR, fetch.get().errorCode());
    }
}
