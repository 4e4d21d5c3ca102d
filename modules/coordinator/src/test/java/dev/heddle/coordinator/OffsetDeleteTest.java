package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class OffsetDeleteTest {

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    private OffsetDeleteResponseData delete(String groupId, String topic, int... partitions) {
        var topics = new OffsetDeleteRequestTopicCollection();
        var asked = Arrays.stream(partitions)
                .mapToObj(each -> new OffsetDeleteRequestPartition().setPartitionIndex(each))
                .toList();
        topics.add(new OffsetDeleteRequestTopic().setName(topic).setPartitions(asked));
        return rig.coordinator.deleteOffsets(
                rig.ctx(0), new OffsetDeleteRequestData().setGroupId(groupId).setTopics(topics));
    }

    private static Errors partitionError(OffsetDeleteResponseData response, int partition) {
        var topic = response.topics().iterator().next();
        return Errors.forCode(topic.partitions().find(partition).errorCode());
    }

    @Test
    void offsetsOfAnEmptyGroupAreDeletedAndStayDeleted() {
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1));
        rig.commit(rig.commitRequest(Rig.ORDERS, 1, 2));
        var response = delete(Rig.GROUP, Rig.ORDERS, 0, 5);
        Rig.expect(Errors.NONE, response.errorCode());
        assertEquals(Errors.NONE, partitionError(response, 0));
        assertEquals(Errors.NONE, partitionError(response, 5), "there was none, and there is none");
        assertEquals(-1, rig.committed(Rig.ORDERS, 0));
        assertEquals(2, rig.committed(Rig.ORDERS, 1));
        var tombstone = (GroupRecord.OffsetCommit) rig.log().lastRecord();
        assertNull(tombstone.offset());
        assertEquals(3, rig.log().records().size());
        rig.restart();
        assertEquals(-1, rig.committed(Rig.ORDERS, 0));
    }

    @Test
    void offsetsInUseStay() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        rig.topicIds.put("payments", new Uuid(2, 2));
        for (String topic : List.of(Rig.ORDERS, "payments")) {
            rig.commit(rig.commitRequest(topic, 0, 9).setMemberId(member).setGenerationIdOrMemberEpoch(1));
        }
        assertEquals(Errors.GROUP_SUBSCRIBED_TO_TOPIC, partitionError(delete(Rig.GROUP, Rig.ORDERS, 0), 0));
        assertEquals(9, rig.committed(Rig.ORDERS, 0));
        assertEquals(Errors.NONE, partitionError(delete(Rig.GROUP, "payments", 0), 0));
        assertEquals(-1, rig.committed("payments", 0));
    }

    @Test
    void membersOfAnotherProtocolTypeKeepAllOffsetsInUse() {
        var request = rig.joinRequest("").setProtocolType("connect");
        rig.join(request, 3);
        rig.awaitWaiting(1);
        Rig.expect(Errors.NON_EMPTY_GROUP, delete(Rig.GROUP, Rig.ORDERS, 0).errorCode());
    }

    @Test
    void whatDoesNotExistIsSaidPerPartition() {
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1));
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, partitionError(delete(Rig.GROUP, "nowhere", 0), 0));
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, partitionError(delete(Rig.GROUP, Rig.ORDERS, 99), 99));
    }

    @Test
    void aGroupThatIsNotThereIsNotFound() {
        Rig.expect(Errors.GROUP_ID_NOT_FOUND, delete(Rig.GROUP, Rig.ORDERS, 0).errorCode());
        Rig.expect(Errors.INVALID_GROUP_ID, delete("", Rig.ORDERS, 0).errorCode());
    }

    @Test
    void whatTheLogRefusesIsNotDeleted() {
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1));
        rig.log().failAppends(Errors.NOT_LEADER_OR_FOLLOWER);
        Rig.expect(Errors.NOT_COORDINATOR, delete(Rig.GROUP, Rig.ORDERS, 0).errorCode());
        rig.log().failAppends(null);
        assertEquals(1, rig.committed(Rig.ORDERS, 0));
    }
}
