package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Endpoint;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.TaskIds;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.StreamsGroupHeartbeatResponse.Status;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StreamsGroupTest {

    private static final int PARTITIONS = 4;
    private static final Set<Integer> ALL =
            IntStream.range(0, PARTITIONS).boxed().collect(Collectors.toSet());

    private Rig rig = rig(Map.of());

    private static Rig rig(Map<String, String> overrides) {
        var all = new java.util.HashMap<>(Map.of("group.streams.initial.rebalance.delay.ms", "0"));
        all.putAll(overrides);
        var rig = new Rig(all);
        rig.topic(Rig.ORDERS, PARTITIONS);
        return rig;
    }

    private void rigWith(String key, String value) {
        rig.close();
        rig = rig(Map.of(key, value));
    }

    @AfterEach
    void close() {
        rig.close();
    }

    /** A member that has joined, for whom all topics have been created. */
    private StreamsMemberClient started(String id) {
        var member = rig.streamsMember(id);
        assertEquals(Errors.NONE, member.join());
        member.createMissing();
        return member;
    }

    // ---- topics ----

    @Test
    void theFirstMemberIsToldWhichTopicsAreMissing() {
        var member = rig.streamsMember("a");
        assertEquals(Errors.NONE, member.join());
        assertEquals(List.of(Status.MISSING_INTERNAL_TOPICS), member.status());
        assertEquals(Set.of(StreamsMemberClient.REPARTITION, StreamsMemberClient.CHANGELOG), member.missing.keySet());
        member.missing.values().forEach(topic -> assertEquals(PARTITIONS, topic.numPartitions()));
        assertEquals(Map.of(), member.active);
        assertEquals("NotReady", rig.membership().stateLabel());
    }

    @Test
    void itGetsEverythingOnceTheTopicsAreThere() {
        var member = started("a");
        rig.settle(member);
        assertEquals(Map.of(StreamsMemberClient.READER, ALL, StreamsMemberClient.KEEPER, ALL), member.active);
        assertEquals(List.of(), member.status());
        assertEquals("Stable", rig.membership().stateLabel());
    }

    @Test
    void sourceTopicsAreNotCreated() {
        rig.deleteTopic(Rig.ORDERS);
        var member = rig.streamsMember("a");
        assertEquals(Errors.NONE, member.join());
        assertEquals(List.of(Status.MISSING_SOURCE_TOPICS), member.status());
        assertEquals(
                "Source topics orders are missing.",
                member.last.status().getFirst().statusDetail());
        assertEquals(Map.of(), member.missing);
        rig.topic(Rig.ORDERS, PARTITIONS);
        member.heartbeat();
        member.createMissing();
        rig.settle(member);
        assertEquals(2 * PARTITIONS, member.count());
    }

    @Test
    void aTopicWithTheWrongPartitionsStopsTheGroup() {
        rig.topic(StreamsMemberClient.CHANGELOG, PARTITIONS + 1);
        var member = rig.streamsMember("a");
        assertEquals(Errors.NONE, member.join());
        assertEquals(List.of(Status.INCORRECTLY_PARTITIONED_TOPICS), member.status());
        assertEquals(Map.of(), member.missing);
    }

    @Test
    void aDeletedTopicTakesTheTasksAway() {
        var member = started("a");
        rig.settle(member);
        rig.deleteTopic(StreamsMemberClient.CHANGELOG);
        rig.settle(member);
        assertEquals(List.of(Status.MISSING_INTERNAL_TOPICS), member.status());
        assertEquals(Set.of(StreamsMemberClient.CHANGELOG), member.missing.keySet());
        assertEquals(Map.of(), member.active);
        member.createMissing();
        rig.settle(member);
        assertEquals(2 * PARTITIONS, member.count());
    }

    // ---- tasks ----

    @Test
    void aSecondMemberWaitsUntilTheFirstHasGivenTasksUp() {
        var a = started("a");
        rig.settle(a);
        int epochBefore = a.epoch;
        a.revokesAtOnce = false;
        var b = rig.streamsMember("b");
        rig.advance(1_000);
        assertEquals(Errors.NONE, b.join());
        assertEquals(0, b.count());

        assertEquals(Errors.NONE, a.heartbeat());
        assertEquals(epochBefore, a.epoch, "it stays in its epoch as long as it has tasks to give up");
        assertEquals("Reconciling", rig.membership().stateLabel());
        var left = StreamsMemberClient.tasks(a.last.activeTasks());
        assertEquals(PARTITIONS, left.values().stream().mapToInt(Set::size).sum());
        b.heartbeat();
        assertEquals(0, b.count());

        a.active = left;
        a.revokesAtOnce = true;
        rig.settle(a, b);
        assertEquals(PARTITIONS, a.count());
        assertEquals(PARTITIONS, b.count());
        assertEquals(a.epoch, b.epoch);
        assertEquals("Stable", rig.membership().stateLabel());
    }

    @Test
    void copiesOfTheStateAreKeptInOtherProcesses() {
        rig.groupConfigs.put(Rig.GROUP, Map.of("streams.num.standby.replicas", "1"));
        var a = started("a");
        var b = started("b");
        rig.settle(a, b);
        var copies = new HashSet<>(a.standby.getOrDefault(StreamsMemberClient.KEEPER, Set.of()));
        copies.addAll(b.standby.getOrDefault(StreamsMemberClient.KEEPER, Set.of()));
        assertEquals(ALL, copies);
        for (var member : List.of(a, b)) {
            assertEquals(
                    Set.of(StreamsMemberClient.KEEPER), member.standby.keySet(), "only what has a state is copied");
            var both = new HashSet<>(member.standby.get(StreamsMemberClient.KEEPER));
            both.retainAll(member.active.getOrDefault(StreamsMemberClient.KEEPER, Set.of()));
            assertEquals(Set.of(), both, "no process has a task and its copy");
        }
    }

    @Test
    void anotherNumberOfCopiesMakesTheGroupBeAssignedAnew() {
        var a = started("a");
        var b = started("b");
        rig.settle(a, b);
        int epoch = a.epoch;
        rig.groupConfigs.put(Rig.GROUP, Map.of("streams.num.standby.replicas", "1"));
        rig.settle(a, b);
        assertTrue(a.epoch > epoch);
        assertEquals(
                PARTITIONS,
                a.standby.get(StreamsMemberClient.KEEPER).size()
                        + b.standby.get(StreamsMemberClient.KEEPER).size());
    }

    @Test
    void membersOfOneProcessDoNotCopyForEachOther() {
        rig.groupConfigs.put(Rig.GROUP, Map.of("streams.num.standby.replicas", "1"));
        var a = rig.streamsMember("a");
        var b = rig.streamsMember("b");
        b.processId = a.processId;
        a.join();
        a.createMissing();
        b.join();
        rig.settle(a, b);
        assertEquals(Map.of(), a.standby);
        assertEquals(Map.of(), b.standby);
        assertEquals(2 * PARTITIONS, a.count() + b.count());
    }

    // ---- time ----

    @Test
    void theFirstAssignmentWaitsForFurtherMembers() {
        rigWith("group.streams.initial.rebalance.delay.ms", "3000");
        var a = started("a");
        assertEquals(List.of(Status.ASSIGNMENT_DELAYED, Status.MISSING_INTERNAL_TOPICS), a.status());
        assertEquals(1, a.epoch);
        var b = rig.streamsMember("b");
        rig.advance(1_000);
        b.join();
        assertEquals(List.of(Status.ASSIGNMENT_DELAYED), b.status());
        assertEquals(0, b.count());
        rig.advance(2_000);
        assertEquals("Reconciling", rig.membership().stateLabel());
        a.heartbeat();
        b.heartbeat();
        assertEquals(PARTITIONS, a.count());
        assertEquals(PARTITIONS, b.count());
        assertEquals("Stable", rig.membership().stateLabel());
    }

    @Test
    void assignmentsKeepTheirInterval() {
        var a = started("a");
        a.heartbeat();
        assertEquals(List.of(Status.ASSIGNMENT_DELAYED), a.status());
        assertEquals(
                "Assignment delayed due to the configured assignment interval.",
                a.last.status().getFirst().statusDetail());
        rig.advance(1_000);
        a.heartbeat();
        assertEquals(2 * PARTITIONS, a.count());
    }

    @Test
    void whoIsSilentTooLongIsRemoved() {
        var a = started("a");
        var b = started("b");
        rig.settle(a, b);
        for (int i = 0; i < 46; i++) {
            rig.advance(1_000);
            a.heartbeat();
        }
        assertEquals(Errors.UNKNOWN_MEMBER_ID, b.heartbeat());
        rig.settle(a);
        assertEquals(2 * PARTITIONS, a.count());
    }

    @Test
    void whoDoesNotGiveTasksUpIsRemoved() {
        var a = started("a");
        rig.settle(a);
        a.revokesAtOnce = false;
        var b = started("b");
        for (int i = 0; i <= Rig.REBALANCE_MS / 10_000; i++) {
            rig.advance(10_000);
            a.heartbeat();
            b.heartbeat();
        }
        assertEquals(Errors.UNKNOWN_MEMBER_ID, a.heartbeat());
        rig.settle(b);
        assertEquals(2 * PARTITIONS, b.count());
    }

    // ---- who is it, and what does it run ----

    @Test
    void epochsAreChecked() {
        var member = started("a");
        rig.settle(member);
        var request = member.heartbeatRequest();
        assertEquals(Errors.FENCED_MEMBER_EPOCH, error(request.setMemberEpoch(member.epoch + 1)));
        assertEquals(Errors.FENCED_MEMBER_EPOCH, error(request.setMemberEpoch(1)));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, error(member.heartbeatRequest().setMemberId("other")));
        assertEquals(Errors.GROUP_ID_NOT_FOUND, error(member.heartbeatRequest().setGroupId("other")));
    }

    @Test
    void whoHasLostAnAnswerMayNameTheEpochBefore() {
        var a = started("a");
        int before = a.epoch;
        rig.advance(1_000);
        // The answer to this one is lost.
        rig.streamsHeartbeat(a.heartbeatRequest());
        assertEquals(before, a.epoch);
        assertEquals(Errors.NONE, a.heartbeat());
        assertTrue(a.epoch > before);
    }

    @Test
    void requestsAreChecked() {
        var a = rig.streamsMember("a");
        assertEquals(Errors.INVALID_REQUEST, error(a.joinRequest().setMemberId("")));
        assertEquals(Errors.INVALID_REQUEST, error(a.joinRequest().setGroupId("")));
        assertEquals(Errors.INVALID_REQUEST, error(a.joinRequest().setRackId("")));
        assertEquals(Errors.INVALID_REQUEST, error(a.joinRequest().setInstanceId("instance")));
        assertEquals(Errors.INVALID_REQUEST, error(a.joinRequest().setTopology(null)));
        assertEquals(Errors.INVALID_REQUEST, error(a.joinRequest().setRebalanceTimeoutMs(-1)));
        assertEquals(Errors.INVALID_REQUEST, error(a.joinRequest().setActiveTasks(null)));
        assertEquals(
                Errors.INVALID_REQUEST,
                error(a.joinRequest().setWarmupTasks(List.of(new TaskIds().setSubtopologyId("0")))));
        assertEquals(Errors.INVALID_REQUEST, error(a.joinRequest().setTaskOffsets(List.of())));
        assertEquals(Errors.INVALID_REQUEST, error(a.joinRequest().setMemberEpoch(-3)));
        assertEquals(Errors.INVALID_REQUEST, error(a.joinRequest().setMemberEpoch(-2)));
        assertEquals(Errors.INVALID_REQUEST, error(a.joinRequest().setMemberEpoch(1)), "a topology comes with a join");
        var topology = StreamsMemberClient.topology(0);
        topology.subtopologies().getLast().stateChangelogTopics().getFirst().setPartitions(3);
        assertEquals(Errors.STREAMS_INVALID_TOPOLOGY, error(a.joinRequest().setTopology(topology)));
    }

    @Test
    void tasksThatThereAreNotAreRefused() {
        var member = started("a");
        rig.settle(member);
        member.active = Map.of("7", Set.of(0));
        assertEquals(Errors.INVALID_REQUEST, member.heartbeat());
        member.active = Map.of("0", Set.of(PARTITIONS));
        assertEquals(Errors.INVALID_REQUEST, member.heartbeat());
    }

    @Test
    void everyMemberRunsTheSameTopology() {
        started("a");
        var b = rig.streamsMember("b");
        b.topology.subtopologies().getFirst().setSourceTopics(List.of("others"));
        assertEquals(Errors.INVALID_REQUEST, b.join());
        assertEquals("Topology updates are not supported yet.", b.last.errorMessage());
        var c = rig.streamsMember("c");
        c.topology = StreamsMemberClient.topology(1);
        assertEquals(Errors.INVALID_REQUEST, c.join());
    }

    @Test
    void aMemberWithAnOlderTopologyIsToldSo() {
        var a = rig.streamsMember("a");
        a.topology = StreamsMemberClient.topology(3);
        a.join();
        a.createMissing();
        var b = rig.streamsMember("b");
        b.join();
        assertEquals(Status.STALE_TOPOLOGY, b.status().getFirst());
    }

    @Test
    void aGroupIsFullAtSomeSize() {
        rigWith("group.streams.max.size", "1");
        started("a");
        assertEquals(Errors.GROUP_MAX_SIZE_REACHED, rig.streamsMember("b").join());
    }

    @Test
    void oneMemberCanEndTheApplication() {
        var a = started("a");
        var b = started("b");
        rig.settle(a, b);
        a.take(rig.streamsHeartbeat(a.heartbeatRequest().setShutdownApplication(true)));
        assertEquals(List.of(Status.SHUTDOWN_APPLICATION), a.status());
        b.heartbeat();
        assertEquals(List.of(Status.SHUTDOWN_APPLICATION), b.status());
        a.leave();
        b.leave();
        a.join();
        assertTrue(!a.status().contains(Status.SHUTDOWN_APPLICATION), "a group without members has forgotten it");
    }

    @Test
    void membersAreToldWhereTheStateOfOthersCanBeAskedFor() {
        var a = rig.streamsMember("a");
        a.endpoint = new Endpoint().setHost("host").setPort(80);
        a.join();
        a.createMissing();
        var b = started("b");
        rig.settle(a, b);
        assertEquals(a.endpointEpoch, b.endpointEpoch);
        assertNull(b.last.partitionsByUserEndpoint());
        b.endpointEpoch = 0;
        b.heartbeat();
        var told = assertNotNull(b.last.partitionsByUserEndpoint());
        assertEquals(1, told.size());
        assertEquals("host", told.getFirst().userEndpoint().host());
        assertEquals(
                a.count(),
                told.getFirst().activePartitions().stream()
                        .mapToInt(topic -> topic.partitions().size())
                        .sum());
    }

    private static <T> T assertNotNull(T value) {
        org.junit.jupiter.api.Assertions.assertNotNull(value);
        return value;
    }

    private Errors error(StreamsGroupHeartbeatRequestData request) {
        return Errors.forCode(rig.streamsHeartbeat(request).response().errorCode());
    }

    // ---- offsets ----

    @Test
    void onlyMembersInGoodStandingCommit() {
        var a = started("a");
        rig.settle(a);
        var commit = rig.commitRequest(Rig.ORDERS, 0, 7).setMemberId("a");
        assertEquals(Errors.NONE, rig.commit(commit.setGenerationIdOrMemberEpoch(a.epoch)));
        assertEquals(7, rig.committed(Rig.ORDERS, 0));
        assertEquals(Errors.STALE_MEMBER_EPOCH, rig.commit(commit.setGenerationIdOrMemberEpoch(a.epoch + 1)));
        assertEquals(Errors.STALE_MEMBER_EPOCH, rig.commit(commit.setGenerationIdOrMemberEpoch(1)));
        assertEquals(
                Errors.UNKNOWN_MEMBER_ID,
                rig.commit(commit.setGenerationIdOrMemberEpoch(a.epoch).setMemberId("b")));
        assertEquals(Errors.UNSUPPORTED_VERSION, Rig.errorOf(rig.commit(commit.setMemberId("a"), 8)));
    }

    @Test
    void whatAMemberHasHadSinceItMayCommitWithAnOlderEpoch() {
        var a = started("a");
        rig.settle(a);
        int before = a.epoch;
        var b = started("b");
        rig.settle(a, b);
        int kept = a.active.get(StreamsMemberClient.READER).iterator().next();
        int lost = b.active.get(StreamsMemberClient.READER).iterator().next();
        var commit = rig.commitRequest(Rig.ORDERS, kept, 7).setMemberId("a").setGenerationIdOrMemberEpoch(before);
        assertEquals(Errors.NONE, rig.commit(commit));
        commit = rig.commitRequest(Rig.ORDERS, lost, 7).setMemberId("a").setGenerationIdOrMemberEpoch(before);
        assertEquals(Errors.STALE_MEMBER_EPOCH, rig.commit(commit));
    }

    @Test
    void offsetsAreShownToMembersAndAdministrators() {
        var a = started("a");
        rig.settle(a);
        assertEquals(Errors.NONE, fetch(null, -1));
        assertEquals(Errors.NONE, fetch("a", a.epoch));
        assertEquals(Errors.STALE_MEMBER_EPOCH, fetch("a", a.epoch + 1));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, fetch("b", a.epoch));
    }

    private Errors fetch(String memberId, int epoch) {
        var group = new OffsetFetchRequestGroup()
                .setGroupId(Rig.GROUP)
                .setMemberId(memberId)
                .setMemberEpoch(epoch)
                .setTopics(List.of());
        var answer = rig.coordinator.fetchOffsets(rig.ctx(9), new OffsetFetchRequestData().setGroups(List.of(group)));
        return Errors.forCode(answer.groups().getFirst().errorCode());
    }

    // ---- administration ----

    @Test
    void groupsAreDescribed() {
        var a = started("a");
        rig.settle(a);
        var described = rig.describeStreamsGroup(Rig.GROUP);
        assertEquals(Errors.NONE.code(), described.errorCode());
        assertEquals("Stable", described.groupState());
        assertEquals(a.epoch, described.groupEpoch());
        assertEquals(a.epoch, described.assignmentEpoch());
        var keeper = described.topology().subtopologies().getLast();
        assertEquals(PARTITIONS, keeper.repartitionSourceTopics().getFirst().partitions());
        var member = described.members().getFirst();
        assertEquals("process-a", member.processId());
        assertEquals(member.assignment(), member.targetAssignment());
        assertEquals(2, member.assignment().activeTasks().size());
        assertEquals(
                Errors.GROUP_ID_NOT_FOUND.code(),
                rig.describeStreamsGroup("other").errorCode());
        assertEquals(
                Errors.GROUP_ID_NOT_FOUND.code(),
                rig.describeConsumerGroup(Rig.GROUP).errorCode());
        var classic = rig.coordinator.describeGroups(
                rig.ctx(6), new DescribeGroupsRequestData().setGroups(List.of(Rig.GROUP)));
        assertEquals(
                Errors.GROUP_ID_NOT_FOUND.code(), classic.groups().getFirst().errorCode());
    }

    @Test
    void groupsAreListedByTheirType() {
        started("a");
        rig.stableGroup("classic", 1);
        var listed = rig.coordinator
                .listGroups(rig.ctx(5), new ListGroupsRequestData().setTypesFilter(List.of("streams")))
                .groups();
        assertEquals(
                List.of(Rig.GROUP), listed.stream().map(ListedGroup::groupId).toList());
        assertEquals("streams", listed.getFirst().protocolType());
        assertEquals("NotReady", listed.getFirst().groupState());
    }

    @Test
    void onlyAGroupWithoutMembersIsDeleted() {
        var a = started("a");
        rig.settle(a);
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 7).setMemberId("a").setGenerationIdOrMemberEpoch(a.epoch));
        assertEquals(Errors.NON_EMPTY_GROUP, delete());
        a.leave();
        assertEquals(Errors.NONE, delete());
        assertEquals(Errors.GROUP_ID_NOT_FOUND, delete());
        rig.restart();
        assertEquals(Errors.GROUP_ID_NOT_FOUND, delete());
    }

    private Errors delete() {
        var answer = rig.coordinator.deleteGroups(
                rig.ctx(2), new DeleteGroupsRequestData().setGroupsNames(List.of(Rig.GROUP)));
        return Errors.forCode(answer.results().find(Rig.GROUP).errorCode());
    }

    @Test
    void offsetsOfItsTopicsDoNotExpireWhileItHasMembers() {
        var a = started("a");
        rig.settle(a);
        rig.commit(rig.commitRequest(Rig.ORDERS, 0, 7).setMemberId("a").setGenerationIdOrMemberEpoch(a.epoch));
        rig.time.advance(rig.config.offsets().retentionMs() + 1);
        rig.coordinator.retention().expire();
        assertEquals(7, rig.committed(Rig.ORDERS, 0));
        a.leave();
        rig.coordinator.retention().expire();
        assertEquals(-1, rig.committed(Rig.ORDERS, 0));
        assertEquals(
                Errors.GROUP_ID_NOT_FOUND.code(),
                rig.describeStreamsGroup(Rig.GROUP).errorCode());
    }

    // ---- other protocols ----

    @Test
    void anEmptyClassicGroupBecomesAStreamsGroupAndBack() {
        var classic = rig.stableGroup(1).keySet().iterator().next();
        assertEquals(Errors.GROUP_ID_NOT_FOUND, rig.streamsMember("a").join());
        rig.leave(Rig.memberNamed(classic));
        var a = started("a");
        assertInstanceOf(StreamsGroup.class, rig.membership());
        var refused = rig.joinNow(rig.joinRequest(""), 9);
        assertEquals(Errors.INCONSISTENT_GROUP_PROTOCOL, Errors.forCode(refused.errorCode()));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, rig.heartbeat("a", a.epoch));
        a.leave();
        rig.stableGroup(1);
        assertInstanceOf(ClassicGroup.class, rig.membership());
        rig.restart();
        assertInstanceOf(ClassicGroup.class, rig.membership());
    }

    @Test
    void aConsumerGroupStaysOne() {
        rig.consumer("c").join();
        assertEquals(Errors.GROUP_ID_NOT_FOUND, rig.streamsMember("a").join());
        rig.close();
        rig = rig(Map.of());
        started("a");
        assertEquals(Errors.GROUP_ID_NOT_FOUND, rig.consumer("c").join());
    }

    // ---- the log ----

    @Test
    void aGroupIsReadBackAsItWas() {
        rig.groupConfigs.put(Rig.GROUP, Map.of("streams.num.standby.replicas", "1"));
        var a = started("a");
        var b = started("b");
        rig.settle(a, b);
        var before = rig.describeStreamsGroup(Rig.GROUP);
        rig.restart();
        assertEquals("Stable", rig.membership().stateLabel());
        assertEquals(Errors.NONE, a.heartbeat());
        assertEquals(Errors.NONE, b.heartbeat());
        assertEquals(before, rig.describeStreamsGroup(Rig.GROUP));
        for (int i = 0; i < 46; i++) {
            rig.advance(1_000);
            a.heartbeat();
        }
        assertEquals(Errors.UNKNOWN_MEMBER_ID, b.heartbeat(), "sessions begin anew");
    }
}
