package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Offsets of consumer groups. */
class ConsumerOffsetsTest {

    private static final long RETENTION_MS = 7 * 24 * 3_600_000L;

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    private OffsetCommitRequestData commit(String memberId, int epoch, int partition) {
        return rig.commitRequest(Rig.ORDERS, partition, 5).setMemberId(memberId).setGenerationIdOrMemberEpoch(epoch);
    }

    @Test
    void aMemberCommitsInItsEpoch() {
        var a = rig.consumer("a");
        a.join();
        assertEquals(Errors.NONE, rig.commit(commit("a", a.epoch, 0)));
        assertEquals(5, rig.committed(Rig.ORDERS, 0));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, rig.commit(commit("b", a.epoch, 0)));
        assertEquals(Errors.STALE_MEMBER_EPOCH, rig.commit(commit("a", a.epoch + 1, 0)));
        assertEquals(Errors.STALE_MEMBER_EPOCH, rig.commit(commit("a", a.epoch - 1, 0)));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, rig.commit(commit("", -1, 0)), "members are at work");
    }

    @Test
    void aMemberThatMissedAnAnswerCommitsWhatItHasKept() {
        var a = rig.consumer("a");
        var b = rig.consumer("b");
        a.join();
        int before = a.epoch;
        rig.advance(1_000);
        b.join();
        rig.settle(a, b);
        int kept = a.partitions(Rig.ORDERS).iterator().next();
        int given = b.partitions(Rig.ORDERS).iterator().next();
        assertEquals(Errors.NONE, rig.commit(commit("a", before, kept)));
        assertEquals(Errors.STALE_MEMBER_EPOCH, rig.commit(commit("a", before, given)));
        int got = given;
        assertEquals(Errors.NONE, rig.commit(commit("b", b.epoch, got)));
        assertEquals(Errors.STALE_MEMBER_EPOCH, rig.commit(commit("b", before, got)), "it was not its own then");
    }

    @Test
    void anOldVersionKnowsNoMemberEpochs() {
        var a = rig.consumer("a");
        a.join();
        var response = rig.commit(commit("a", a.epoch, 0), 8);
        assertEquals(Errors.UNSUPPORTED_VERSION, Rig.errorOf(response));
    }

    @Test
    void anAdministratorCommitsWhileNobodyIsThere() {
        var a = rig.consumer("a");
        a.join();
        a.leave(-1);
        assertEquals(Errors.NONE, rig.commit(commit("", -1, 3)));
        assertEquals(5, rig.committed(Rig.ORDERS, 3));
    }

    @Test
    void aMemberFetchesInItsEpoch() {
        var a = rig.consumer("a");
        a.join();
        assertEquals(Errors.NONE, fetch("a", a.epoch));
        assertEquals(Errors.STALE_MEMBER_EPOCH, fetch("a", a.epoch - 1));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, fetch("b", a.epoch));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, fetch(null, a.epoch));
        assertEquals(Errors.NONE, fetch(null, -1));
    }

    private Errors fetch(@Nullable String memberId, int epoch) {
        var request = new OffsetFetchRequestData()
                .setGroups(List.of(new OffsetFetchRequestGroup()
                        .setGroupId(Rig.GROUP)
                        .setMemberId(memberId)
                        .setMemberEpoch(epoch)
                        .setTopics(null)));
        return Errors.forCode(rig.coordinator
                .fetchOffsets(rig.ctx(9), request)
                .groups()
                .getFirst()
                .errorCode());
    }

    @Test
    void offsetsOfTopicsInUseStay() {
        rig.topic("more", 1);
        var a = rig.consumer("a");
        a.join();
        rig.commit(commit("a", a.epoch, 0));
        rig.commit(rig.commitRequest("more", 0, 5).setMemberId("a").setGenerationIdOrMemberEpoch(a.epoch));
        assertEquals(Errors.GROUP_SUBSCRIBED_TO_TOPIC, delete(Rig.ORDERS));
        assertEquals(Errors.NONE, delete("more"));
        assertEquals(-1, rig.committed("more", 0));
        a.leave(-1);
        assertEquals(Errors.NONE, delete(Rig.ORDERS));
    }

    private Errors delete(String topic) {
        var request = new OffsetDeleteRequestData()
                .setGroupId(Rig.GROUP)
                .setTopics(new OffsetDeleteRequestTopicCollection(List.of(new OffsetDeleteRequestTopic()
                                .setName(topic)
                                .setPartitions(List.of(new OffsetDeleteRequestPartition().setPartitionIndex(0))))
                        .iterator()));
        var response = rig.coordinator.deleteOffsets(rig.ctx(0), request);
        return Errors.forCode(response.topics().find(topic).partitions().find(0).errorCode());
    }

    @Test
    void offsetsOfTopicsNotInUseExpireAndEmptyGroupsGoWithTheLast() {
        var a = rig.consumer("a");
        a.join();
        rig.commit(commit("a", a.epoch, 0));
        for (long slept = 0; slept <= RETENTION_MS; slept += 40_000_000) {
            rig.time.advance(40_000_000);
            a.join();
        }
        rig.coordinator.retention().expire();
        assertEquals(5, rig.committed(Rig.ORDERS, 0), "the topic is in use");
        a.leave(-1);
        rig.coordinator.retention().expire();
        assertEquals(-1, rig.committed(Rig.ORDERS, 0));
        rig.restart();
        assertEquals(
                Errors.GROUP_ID_NOT_FOUND,
                Errors.forCode(rig.describeConsumerGroup(Rig.GROUP).errorCode()));
    }
}
