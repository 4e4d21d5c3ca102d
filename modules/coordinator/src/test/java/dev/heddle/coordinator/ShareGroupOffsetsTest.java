package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.coordinator.ShareState.State;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData.AlterShareGroupOffsetsRequestPartition;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData.AlterShareGroupOffsetsRequestTopic;
import org.apache.kafka.common.message.AlterShareGroupOffsetsResponseData;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsRequestData.DeleteShareGroupOffsetsRequestTopic;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsResponseData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData.DescribeShareGroupOffsetsRequestGroup;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData.DescribeShareGroupOffsetsRequestTopic;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsResponseData.DescribeShareGroupOffsetsResponseGroup;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsResponseData.DescribeShareGroupOffsetsResponsePartition;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ShareGroupOffsetsTest {

    private final ShareRig share = new ShareRig(Map.of());
    private final ShareRig.Client ada = share.new Client("ada");

    @BeforeEach
    void begin() {
        share.rig.topic(Rig.ORDERS, 2);
    }

    @AfterEach
    void close() {
        share.close();
    }

    private AlterShareGroupOffsetsResponseData alter(String topic, int partition, long offset) {
        var request = new AlterShareGroupOffsetsRequestData().setGroupId(ShareRig.GROUP);
        request.topics()
                .add(new AlterShareGroupOffsetsRequestTopic()
                        .setTopicName(topic)
                        .setPartitions(List.of(new AlterShareGroupOffsetsRequestPartition()
                                .setPartitionIndex(partition)
                                .setStartOffset(offset))));
        return share.groups.alterOffsets(share.call(), request);
    }

    private Errors alterOne(String topic, int partition, long offset) {
        var response = alter(topic, partition, offset);
        if (response.errorCode() != Errors.NONE.code()) return Errors.forCode(response.errorCode());
        return Errors.forCode(
                response.responses().find(topic).partitions().getFirst().errorCode());
    }

    private DeleteShareGroupOffsetsResponseData delete(String... topics) {
        return share.groups.deleteOffsets(
                share.call(),
                new DeleteShareGroupOffsetsRequestData()
                        .setGroupId(ShareRig.GROUP)
                        .setTopics(Arrays.stream(topics)
                                .map(topic -> new DeleteShareGroupOffsetsRequestTopic().setTopicName(topic))
                                .toList()));
    }

    private DescribeShareGroupOffsetsResponseGroup describe(
            @Nullable List<DescribeShareGroupOffsetsRequestTopic> topics) {
        return share.groups.describeOffsets(
                share.call(),
                new DescribeShareGroupOffsetsRequestGroup()
                        .setGroupId(ShareRig.GROUP)
                        .setTopics(topics));
    }

    private DescribeShareGroupOffsetsResponsePartition describe(String topic, int partition) {
        return describe(List.of(new DescribeShareGroupOffsetsRequestTopic()
                        .setTopicName(topic)
                        .setPartitions(List.of(partition))))
                .topics()
                .getFirst()
                .partitions()
                .getFirst();
    }

    // ---- describe ----

    @Test
    void whereAGroupHasNotReadYetIsNotKnown() {
        ada.join();
        assertEquals(-1, describe(Rig.ORDERS, 0).startOffset());
        assertEquals(-1, describe(Rig.ORDERS, 0).lag());
        assertEquals(-1, describe(Rig.ORDERS, 7).startOffset(), "a partition that is not there");
        assertEquals(-1, describe("no-topic", 0).startOffset());
    }

    @Test
    void theLagIsWhatIsNeitherDoneNorBelowTheStart() {
        ada.join();
        share.endOffsets.put(new TopicPartition(Rig.ORDERS, 1), 100L);
        int epoch = share.states
                .summary(share.key(Rig.ORDERS, 1), share.call().waiter())
                .stateEpoch();
        share.states.write(
                share.key(Rig.ORDERS, 1),
                new State(epoch, 0, 40, 5, List.of()),
                share.call().waiter());
        assertEquals(40, describe(Rig.ORDERS, 1).startOffset());
        assertEquals(55, describe(Rig.ORDERS, 1).lag());
    }

    @Test
    void allPartitionsAreThoseWhoseStateIsKept() {
        assertTrue(describe(null).topics().isEmpty());
        ada.join();
        var topics = describe(null).topics();
        assertEquals(1, topics.size());
        assertEquals(Rig.ORDERS, topics.getFirst().topicName());
        assertEquals(2, topics.getFirst().partitions().size());
    }

    // ---- alter ----

    @Test
    void aGroupThatIsNotThereBeginsWhereItIsTold() {
        assertEquals(Errors.NONE, alterOne(Rig.ORDERS, 1, 33));
        assertEquals("Empty", share.describe().groupState());
        share.endOffsets.put(new TopicPartition(Rig.ORDERS, 1), 40L);
        assertEquals(33, describe(Rig.ORDERS, 1).startOffset());
        assertEquals(7, describe(Rig.ORDERS, 1).lag());
        share.restart();
        assertEquals(33, describe(Rig.ORDERS, 1).startOffset());
        ada.join();
        assertEquals(Set.of(1), ada.partitions(Rig.ORDERS), "this state has begun already");
        assertEquals(33, describe(Rig.ORDERS, 1).startOffset());
    }

    @Test
    void aGroupWithMembersIsLeftAlone() {
        ada.join();
        assertEquals(Errors.NON_EMPTY_GROUP, alterOne(Rig.ORDERS, 0, 5));
        ada.leave();
        assertEquals(Errors.NONE, alterOne(Rig.ORDERS, 0, 5));
        assertEquals(5, describe(Rig.ORDERS, 0).startOffset());
    }

    @Test
    void whoeverReadTheStateBeforeIsFenced() {
        ada.join();
        int before = share.states
                .summary(share.key(Rig.ORDERS, 0), share.call().waiter())
                .stateEpoch();
        ada.leave();
        alter(Rig.ORDERS, 0, 5);
        int after = share.states
                .summary(share.key(Rig.ORDERS, 0), share.call().waiter())
                .stateEpoch();
        assertTrue(after > before, after + " after " + before);
    }

    @Test
    void partitionsThatAreNotThereAreRefused() {
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, alterOne(Rig.ORDERS, 2, 5));
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, alterOne(Rig.ORDERS, -1, 5));
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, alterOne("no-topic", 0, 5));
        assertEquals(
                Errors.GROUP_ID_NOT_FOUND,
                Errors.forCode(share.describe().errorCode()),
                "no group comes to be for nothing");
    }

    @Test
    void aStateThatCannotBeAlteredIsAnErrorOfItsPartition() {
        share.stateLog.failAppends(Errors.INVALID_RECORD);
        assertEquals(Errors.INVALID_RECORD, alterOne(Rig.ORDERS, 0, 5));
        share.stateLog.failAppends(null);
        assertEquals(Errors.NONE, alterOne(Rig.ORDERS, 0, 5));
    }

    // ---- delete ----

    @Test
    void offsetsOfATopicAreDeleted() {
        alter(Rig.ORDERS, 0, 5);
        var answer = delete(Rig.ORDERS, "no-topic");
        assertEquals(Errors.NONE.code(), answer.errorCode());
        assertEquals(Errors.NONE.code(), answer.responses().get(0).errorCode());
        assertEquals(Rig.ORDERS, answer.responses().get(0).topicName());
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION.code(),
                answer.responses().get(1).errorCode());
        assertEquals(-1, describe(Rig.ORDERS, 0).startOffset());
        assertTrue(describe(null).topics().isEmpty());
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION.code(),
                delete(Rig.ORDERS).responses().getFirst().errorCode(),
                "there is nothing left");
    }

    @Test
    void aDeletionThatWasInterruptedCanBeAskedForAgain() {
        alter(Rig.ORDERS, 0, 5);
        share.stateLog.failAppends(Errors.INVALID_RECORD);
        assertEquals(
                Errors.INVALID_RECORD.code(),
                delete(Rig.ORDERS).responses().getFirst().errorCode());
        share.stateLog.failAppends(null);
        share.restart();
        assertEquals(
                Errors.NONE.code(), delete(Rig.ORDERS).responses().getFirst().errorCode());
        assertEquals(-1, describe(Rig.ORDERS, 0).startOffset());
    }

    @Test
    void onlyEmptyShareGroupsCanHaveOffsetsDeleted() {
        assertEquals(Errors.GROUP_ID_NOT_FOUND.code(), delete(Rig.ORDERS).errorCode());
        ada.join();
        assertEquals(Errors.NON_EMPTY_GROUP.code(), delete(Rig.ORDERS).errorCode());
    }
}
