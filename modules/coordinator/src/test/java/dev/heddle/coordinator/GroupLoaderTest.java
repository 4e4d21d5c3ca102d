package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.Waiter;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.coordinator.group.generated.GroupMetadataKey;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue.MemberMetadata;
import org.apache.kafka.coordinator.group.generated.LegacyOffsetCommitKey;
import org.apache.kafka.coordinator.group.generated.LegacyOffsetCommitValue;
import org.apache.kafka.coordinator.group.generated.OffsetCommitKey;
import org.apache.kafka.coordinator.group.generated.OffsetCommitValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read back, written by Apache's own encoders in every version there has been. */
@Timeout(30)
class GroupLoaderTest {

    private Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    private static SimpleRecord record(ApiMessage key, int version, ApiMessage value) {
        return new SimpleRecord(
                1,
                MessageUtil.toCoordinatorTypePrefixedBytes(key),
                MessageUtil.toVersionPrefixedBytes((short) version, value));
    }

    private static SimpleRecord tombstone(ApiMessage key) {
        return new SimpleRecord(1, MessageUtil.toCoordinatorTypePrefixedBytes(key), null);
    }

    private static OffsetCommitKey offsetKey(int partition) {
        return new OffsetCommitKey().setGroup(Rig.GROUP).setTopic(Rig.ORDERS).setPartition(partition);
    }

    private OffsetCommitValue offsetValue(long offset) {
        return new OffsetCommitValue()
                .setOffset(offset)
                .setMetadata("meta")
                .setCommitTimestamp(rig.time.milliseconds());
    }

    private static GroupMetadataKey groupKey() {
        return new GroupMetadataKey().setGroup(Rig.GROUP);
    }

    private static GroupMetadataValue groupValue(MemberMetadata... members) {
        return new GroupMetadataValue()
                .setProtocolType("consumer")
                .setGeneration(7)
                .setProtocol("range")
                .setLeader(members.length == 0 ? null : members[0].memberId())
                .setMembers(List.of(members));
    }

    private static MemberMetadata member(String id) {
        return new MemberMetadata()
                .setMemberId(id)
                .setClientId("client")
                .setClientHost("/10.0.0.1")
                .setSessionTimeout(Rig.SESSION_MS)
                .setSubscription(Rig.subscription(Rig.ORDERS))
                .setAssignment(Rig.assignmentOf(id));
    }

    // ---- what was written here ----

    @Test
    void aGroupComesBackAsItWas() {
        var members = rig.stableGroup(2);
        var follower = members.values().stream().skip(1).findFirst().orElseThrow();
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 42)
                .setMemberId(follower.memberId())
                .setGenerationIdOrMemberEpoch(1));
        rig.restart();
        assertEquals(GroupState.STABLE, rig.state());
        assertEquals(42, rig.committed(Rig.ORDERS, 0));
        assertEquals(Errors.NONE, rig.heartbeat(follower.memberId(), 1));
        assertArrayEquals(
                Rig.assignmentOf(follower.memberId()),
                rig.sync(rig.syncRequest(follower)).get().assignment());
        assertEquals(
                members.keySet().iterator().next(),
                rig.joinNow(rig.joinRequest(follower.memberId()), 9).leader());
    }

    @Test
    void sessionsBeginAnewWhenTheGroupIsLoaded() {
        String member = rig.stableGroup(1).keySet().iterator().next();
        rig.advance(Rig.SESSION_MS - 1);
        rig.restart();
        rig.advance(Rig.SESSION_MS - 1);
        assertEquals(GroupState.STABLE, rig.state());
        rig.advance(1);
        assertEquals(Errors.UNKNOWN_MEMBER_ID, rig.heartbeat(member, 1));
    }

    @Test
    void aRebalanceThatWasUnderWayFallsBackToTheGenerationBefore() {
        var members = List.copyOf(rig.stableGroup(2).keySet());
        rig.join(rig.joinRequest(members.get(0)));
        rig.awaitWaiting(1);
        rig.restart();
        assertEquals(GroupState.STABLE, rig.state());
        assertEquals(Errors.NONE, rig.heartbeat(members.get(1), 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void compressedBatchesAreReadToo(int codec) {
        rig.close();
        rig = new Rig(Map.of("offsets.topic.compression.codec", Integer.toString(codec)));
        String member = rig.stableGroup(1).keySet().iterator().next();
        rig.restart();
        assertEquals(Errors.NONE, rig.heartbeat(member, 1));
    }

    // ---- what other brokers wrote ----

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void offsetsOfEveryVersionAreRead(int version) {
        var value = offsetValue(42);
        if (version == 1) value.setExpireTimestamp(rig.time.milliseconds() + 1_000);
        if (version >= 3) value.setLeaderEpoch(5);
        if (version >= 4) value.setTopicId(Rig.ORDERS_ID);
        rig.log().append(record(offsetKey(0), version, value));
        rig.restart();
        var fetched = rig.fetch(Rig.ORDERS, 0);
        assertEquals(42, fetched.committedOffset());
        assertEquals("meta", fetched.metadata());
        assertEquals(version >= 3 ? 5 : -1, fetched.committedLeaderEpoch());
        rig.advance(1_000);
        rig.coordinator.retention().expire();
        assertEquals(version == 1 ? -1 : 42, rig.committed(Rig.ORDERS, 0));
    }

    @Test
    void offsetsOfTheOldestKindAreRead() {
        var key = new LegacyOffsetCommitKey()
                .setGroup(Rig.GROUP)
                .setTopic(Rig.ORDERS)
                .setPartition(0);
        var value = new LegacyOffsetCommitValue()
                .setOffset(42)
                .setMetadata("meta")
                .setCommitTimestamp(rig.time.milliseconds());
        rig.log().append(record(key, 0, value));
        rig.restart();
        assertEquals(42, rig.committed(Rig.ORDERS, 0));
        rig.log().append(tombstone(key));
        rig.restart();
        assertEquals(-1, rig.committed(Rig.ORDERS, 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void groupsOfEveryVersionAreRead(int version) {
        var first = member("first");
        if (version >= 1) first.setRebalanceTimeout(30_000);
        if (version >= 3) first.setGroupInstanceId("instance");
        var value = groupValue(first, member("second"));
        if (version >= 2) value.setCurrentStateTimestamp(rig.time.milliseconds());
        rig.log().append(record(groupKey(), version, value));
        rig.restart();
        assertEquals(GroupState.STABLE, rig.state());
        var heartbeat = new HeartbeatRequestData()
                .setGroupId(Rig.GROUP)
                .setMemberId("first")
                .setGroupInstanceId(version >= 3 ? "instance" : null)
                .setGenerationId(7);
        assertEquals(Errors.NONE, rig.heartbeat(heartbeat));
        assertEquals("first", rig.joinNow(rig.joinRequest("second"), 9).leader());

        // Without a rebalance time-out of its own, a member has its session time-out.
        int expected = version >= 1 ? 30_000 : Rig.SESSION_MS;
        int actual = rig.coordinator
                .partitions()
                .of(Rig.GROUP)
                .withExisting(Rig.GROUP, group -> group.classic().rebalanceTimeoutMs(), () -> -1);
        assertEquals(expected, actual);
    }

    @Test
    void anEmptyGroupOfAnOldVersionAgesByItsCommits() {
        rig.log().append(record(groupKey(), 1, groupValue()), record(offsetKey(0), 3, offsetValue(1)));
        rig.restart();
        long retentionMs = rig.config.offsets().retentionMs();
        rig.advance(retentionMs - 1);
        rig.coordinator.retention().expire();
        assertEquals(1, rig.committed(Rig.ORDERS, 0));
        rig.advance(1);
        rig.coordinator.retention().expire();
        assertEquals(-1, rig.committed(Rig.ORDERS, 0));
    }

    @Test
    void theNewestRecordOfAKeyCounts() {
        rig.log().append(record(offsetKey(0), 3, offsetValue(1)), record(offsetKey(0), 3, offsetValue(2)));
        rig.log().append(record(groupKey(), 3, groupValue(member("old"))));
        rig.log().append(record(groupKey(), 3, groupValue(member("new")).setGeneration(8)));
        rig.restart();
        assertEquals(2, rig.committed(Rig.ORDERS, 0));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, rig.heartbeat("old", 8));
        assertEquals(Errors.NONE, rig.heartbeat("new", 8));
    }

    // ---- tombstones ----

    @Test
    void deletedGroupsAndOffsetsStayDeleted() {
        rig.log().append(record(offsetKey(0), 3, offsetValue(1)), record(offsetKey(1), 3, offsetValue(2)));
        rig.log().append(record(groupKey(), 3, groupValue()));
        rig.log().append(tombstone(offsetKey(0)));
        rig.restart();
        assertEquals(-1, rig.committed(Rig.ORDERS, 0));
        assertEquals(2, rig.committed(Rig.ORDERS, 1));
        rig.log().append(tombstone(offsetKey(1)), tombstone(groupKey()));
        rig.restart();
        assertEquals(GroupState.DEAD, rig.state());
    }

    @Test
    void tombstonesOfWhatCompactionTookAwayAreHarmless() {
        rig.log().append(tombstone(offsetKey(0)), tombstone(groupKey()));
        rig.restart();
        assertEquals(GroupState.DEAD, rig.state());
    }

    @Test
    void aDeletedGroupThatStillHasOffsetsIsOneOfAConsumerOnItsOwn() {
        rig.log().append(record(groupKey(), 3, groupValue(member("a"))), record(offsetKey(0), 3, offsetValue(1)));
        rig.log().append(tombstone(groupKey()));
        rig.restart();
        assertEquals(GroupState.EMPTY, rig.state());
        assertEquals(1, rig.committed(Rig.ORDERS, 0));
    }

    // ---- records that are strange ----

    @Test
    void recordsOfUnknownKindsAreLeftAlone() {
        rig.log()
                .append(new SimpleRecord(
                        1, ByteBuffer.allocate(2).putShort((short) 999).array(), new byte[] {1}));
        rig.log().append(record(offsetKey(0), 3, offsetValue(5)));
        rig.restart();
        assertEquals(5, rig.committed(Rig.ORDERS, 0));
    }

    @Test
    void aPartitionWithARecordThatCannotBeReadIsNotServed() {
        rig.log().append(record(offsetKey(0), 3, offsetValue(5)));
        byte[] unknownVersion = ByteBuffer.allocate(10).putShort((short) 99).array();
        rig.log().append(new SimpleRecord(1, MessageUtil.toCoordinatorTypePrefixedBytes(offsetKey(1)), unknownVersion));
        rig.restart();
        assertEquals(Errors.NOT_COORDINATOR, rig.heartbeat("member", 1));
        assertEquals(Errors.NOT_COORDINATOR, rig.commit(rig.commitRequest(Rig.ORDERS, 0, 6)));
    }

    @Test
    void aSubscriptionThatCannotBeReadKeepsAllOffsets() {
        var garbled = member("a").setSubscription(new byte[] {0, 0, 127, 127, 127, 127});
        rig.log().append(record(groupKey(), 3, groupValue(garbled)), record(offsetKey(0), 3, offsetValue(1)));
        rig.restart();
        assertEquals(GroupState.STABLE, rig.state());
        int step = Rig.SESSION_MS / 2;
        rig.time.advance(rig.config.offsets().retentionMs());
        assertEquals(Errors.NONE, rig.heartbeat("a", 7));
        rig.advance(step);
        rig.coordinator.retention().expire();
        assertEquals(1, rig.committed(Rig.ORDERS, 0));
    }

    // ---- while it loads ----

    @Test
    void whileGroupsAreLoadedEveryoneIsToWait() {
        rig.log().append(record(groupKey(), 3, groupValue(member("a"))));
        rig.coordinator.close();
        rig.scheduler.hold();
        rig.restart();
        assertEquals(Errors.NONE, rig.heartbeat("a", 7), "heartbeats are believed");
        Rig.expect(
                Errors.COORDINATOR_LOAD_IN_PROGRESS,
                rig.joinNow(rig.joinRequest(""), 9).errorCode());
        assertEquals(Errors.COORDINATOR_LOAD_IN_PROGRESS, rig.commit(rig.commitRequest(Rig.ORDERS, 0, 1)));
        Rig.expect(Errors.COORDINATOR_LOAD_IN_PROGRESS, rig.fetch(null, true, 9).errorCode());
        Rig.expect(
                Errors.COORDINATOR_LOAD_IN_PROGRESS,
                rig.coordinator
                        .listGroups(rig.ctx(5), new ListGroupsRequestData())
                        .errorCode());
        rig.scheduler.release();
        assertEquals(GroupState.STABLE, rig.state());
    }

    @Test
    void whereThereIsNothingToReadNobodyIsToWait() {
        rig.coordinator.close();
        rig.scheduler.hold();
        rig.restart();
        Rig.expect(
                Errors.MEMBER_ID_REQUIRED, rig.joinNow(rig.joinRequest(""), 9).errorCode());
    }

    @Test
    void whatIsReadBackIsShownOnceItIsCommitted() {
        rig.log().append(record(offsetKey(0), 3, offsetValue(5)));
        rig.restart();
        rig.log().holdCommits();
        var fetch = Call.start(new Waiter(rig.time), () -> rig.committed(Rig.ORDERS, 0));
        rig.awaitWaiting(1);
        rig.log().releaseCommits();
        assertEquals(5, fetch.get());
    }

    @Test
    void loadsAreTimed() {
        var loads =
                rig.registry.getTimers().get("kafka.server:type=group-coordinator-metrics,name=partition-load-time");
        assertNotNull(loads);
        assertEquals(1, loads.getCount());
        rig.restart();
        assertEquals(2, loads.getCount());
    }

    @Test
    void aTopicIdOfZeroInOldRecordsFitsAnyTopic() {
        rig.log().append(record(offsetKey(0), 3, offsetValue(5)));
        rig.restart();
        var byId = new OffsetFetchRequestTopics().setTopicId(Rig.ORDERS_ID).setPartitionIndexes(List.of(0));
        var partition = rig.fetch(List.of(byId), true, 10)
                .topics()
                .getFirst()
                .partitions()
                .getFirst();
        assertEquals(5, partition.committedOffset());
        rig.coordinator.retention().removeTopic(Rig.ORDERS, new Uuid(3, 3));
        assertEquals(-1, rig.committed(Rig.ORDERS, 0));
        assertTrue(rig.log().records().size() > 1);
    }
}
