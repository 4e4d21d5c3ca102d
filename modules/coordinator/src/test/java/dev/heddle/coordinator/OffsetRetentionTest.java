package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class OffsetRetentionTest {

    private static final long RETENTION_MS = 10 * 60_000;

    private final Rig rig = new Rig(Map.of("offsets.retention.minutes", "10"));

    @AfterEach
    void close() {
        rig.close();
    }

    /** Moves the clock and keeps the member of the stable group alive. */
    private void pass(long millis, String member, int generation) {
        long step = Rig.SESSION_MS / 2;
        for (long passed = 0; passed < millis; passed += step) {
            rig.advance(Math.min(step, millis - passed));
            rig.heartbeat(member, generation);
        }
    }

    @Test
    void anOffsetOfAConsumerOnItsOwnAgesFromItsCommit() {
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1));
        rig.advance(RETENTION_MS / 2);
        rig.commit(rig.commitRequest(Rig.ORDERS, 1, 1));
        rig.advance(RETENTION_MS / 2 - 1);
        rig.coordinator.retention().expire();
        assertEquals(1, rig.committed(Rig.ORDERS, 0));
        rig.advance(1);
        rig.coordinator.retention().expire();
        assertEquals(-1, rig.committed(Rig.ORDERS, 0));
        assertEquals(1, rig.committed(Rig.ORDERS, 1));
    }

    @Test
    void offsetsOfAnEmptyGroupAgeFromTheTimeItBecameEmpty() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1).setMemberId(member).setGenerationIdOrMemberEpoch(1));
        pass(RETENTION_MS, member, 1);
        rig.leave(Rig.memberNamed(member));
        rig.coordinator.retention().expire();
        assertEquals(1, rig.committed(Rig.ORDERS, 0));
        rig.advance(RETENTION_MS - 1);
        rig.coordinator.retention().expire();
        assertEquals(1, rig.committed(Rig.ORDERS, 0));
        rig.advance(1);
        rig.coordinator.retention().expire();
        assertEquals(-1, rig.committed(Rig.ORDERS, 0));
    }

    @Test
    void theTimeAGroupBecameEmptySurvivesARestart() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1).setMemberId(member).setGenerationIdOrMemberEpoch(1));
        rig.leave(Rig.memberNamed(member));
        rig.advance(RETENTION_MS - 1);
        rig.restart();
        rig.coordinator.retention().expire();
        assertEquals(1, rig.committed(Rig.ORDERS, 0));
        rig.advance(1);
        rig.coordinator.retention().expire();
        assertEquals(-1, rig.committed(Rig.ORDERS, 0));
    }

    @Test
    void inAGroupWithMembersOnlyOffsetsOfOtherTopicsAge() {
        rig.topicIds.put("payments", new Uuid(2, 2));
        String member = rig.stableGroup(1).keySet().iterator().next();
        for (String topic : List.of(Rig.ORDERS, "payments")) {
            rig.commit(rig.commitRequest(topic, 0, 1).setMemberId(member).setGenerationIdOrMemberEpoch(1));
        }
        pass(RETENTION_MS, member, 1);
        rig.coordinator.retention().expire();
        assertEquals(1, rig.committed(Rig.ORDERS, 0));
        assertEquals(-1, rig.committed("payments", 0));
        assertEquals(GroupState.STABLE, rig.state());
    }

    @Test
    void offsetsInAGroupOfAnotherProtocolTypeDoNotAgeWhileItHasMembers() {
        var join = rig.join(rig.joinRequest("").setProtocolType("connect"), 3);
        rig.awaitWaiting(1);
        rig.advance(Rig.INITIAL_DELAY_MS);
        String member = join.get().memberId();
        rig.sync(rig.leaderSyncRequest(join.get()).setProtocolType("connect")).get();
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1).setMemberId(member).setGenerationIdOrMemberEpoch(1));
        pass(2 * RETENTION_MS, member, 1);
        rig.coordinator.retention().expire();
        assertEquals(1, rig.committed(Rig.ORDERS, 0));
    }

    @Test
    void aRetentionThatTheClientAskedForCounts() {
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1).setRetentionTimeMs(1_000), 4);
        rig.commit(rig.commitRequest(Rig.ORDERS, 1, 1).setRetentionTimeMs(2 * RETENTION_MS), 4);
        rig.advance(1_000);
        rig.coordinator.retention().expire();
        assertEquals(-1, rig.committed(Rig.ORDERS, 0));
        rig.advance(RETENTION_MS);
        rig.coordinator.retention().expire();
        assertEquals(1, rig.committed(Rig.ORDERS, 1));
    }

    @Test
    void aGroupWithoutMembersAndOffsetsIsRemoved() {
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1));
        rig.advance(RETENTION_MS);
        rig.coordinator.retention().expire();
        assertEquals(GroupState.DEAD, rig.state());
        var tombstone = (GroupRecord.GroupMetadata) rig.log().lastRecord();
        assertNull(tombstone.value());
        rig.restart();
        assertEquals(GroupState.DEAD, rig.state());
    }

    @Test
    void aGroupWithMembersOrPendingOnesIsNotRemoved() {
        rig.stableGroup(1);
        rig.newMemberId("elsewhere");
        rig.coordinator.retention().expire();
        assertEquals(GroupState.STABLE, rig.state());
        assertEquals(GroupState.EMPTY, rig.state("elsewhere"));
    }

    @Test
    void whatCannotBeWrittenIsTriedAgainNextTime() {
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1));
        rig.advance(RETENTION_MS);
        rig.log().failAppends(Errors.NOT_ENOUGH_REPLICAS);
        rig.coordinator.retention().expire();
        rig.log().failAppends(null);
        assertEquals(1, rig.committed(Rig.ORDERS, 0));
        rig.coordinator.retention().expire();
        assertEquals(-1, rig.committed(Rig.ORDERS, 0));
    }

    @Test
    void tombstonesThatDoNotFitIntoOneBatchAreSpread() {
        for (int partition = 0; partition < 10; partition++) rig.commit(rig.commitRequest(Rig.ORDERS, partition, 1));
        rig.log().limitBatches(300);
        rig.advance(RETENTION_MS);
        int before = rig.log().batchSizes().size();
        rig.coordinator.retention().expire();
        var sizes =
                rig.log().batchSizes().subList(before, rig.log().batchSizes().size());
        assertEquals(GroupState.DEAD, rig.state());
        assertEquals(11, sizes.stream().mapToInt(Integer::intValue).sum());
        assertTrue(sizes.size() > 2, "batches: " + sizes);
    }

    // ---- topics that are deleted ----

    @Test
    void theOffsetsOfADeletedTopicGoAtOnce() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1).setMemberId(member).setGenerationIdOrMemberEpoch(1));
        rig.commit(rig.commitRequest(Rig.ORDERS, 3, 1).setGroupId("other"));
        rig.coordinator.retention().removeTopic(Rig.ORDERS, Rig.ORDERS_ID);
        assertEquals(-1, rig.committed(Rig.ORDERS, 0));
        rig.restart();
        assertEquals(-1, rig.committed(Rig.ORDERS, 0));
    }

    @Test
    void theOffsetsOfATopicThatWasMadeAnewStay() {
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1));
        rig.coordinator.retention().removeTopic(Rig.ORDERS, new Uuid(8, 8));
        assertEquals(1, rig.committed(Rig.ORDERS, 0));
    }

    @Test
    void theCheckIsRepeated() {
        assertEquals(0, rig.scheduler.repeating());
        rig.coordinator.startup();
        assertEquals(1, rig.scheduler.repeating());
        rig.coordinator.close();
        assertEquals(0, rig.scheduler.repeating());
    }
}
