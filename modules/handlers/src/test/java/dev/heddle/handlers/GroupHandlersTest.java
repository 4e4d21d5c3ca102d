package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.security.Access;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DeleteGroupsRequest;
import org.apache.kafka.common.requests.DeleteGroupsResponse;
import org.apache.kafka.common.requests.DescribeGroupsRequest;
import org.apache.kafka.common.requests.DescribeGroupsResponse;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.HeartbeatResponse;
import org.apache.kafka.common.requests.JoinGroupRequest;
import org.apache.kafka.common.requests.JoinGroupResponse;
import org.apache.kafka.common.requests.LeaveGroupRequest;
import org.apache.kafka.common.requests.LeaveGroupResponse;
import org.apache.kafka.common.requests.ListGroupsRequest;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.apache.kafka.common.requests.OffsetCommitRequest;
import org.apache.kafka.common.requests.OffsetCommitResponse;
import org.apache.kafka.common.requests.OffsetDeleteRequest;
import org.apache.kafka.common.requests.OffsetDeleteResponse;
import org.apache.kafka.common.requests.OffsetFetchRequest;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.apache.kafka.common.requests.SyncGroupRequest;
import org.apache.kafka.common.requests.SyncGroupResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The APIs of groups, in the hands of a client that speaks one version after the other of each. */
@Timeout(120)
class GroupHandlersTest {

    private static final String TOPIC = "orders";
    private static final byte[] ASSIGNMENT = "all of it".getBytes(StandardCharsets.UTF_8);

    private WholeBroker broker;
    private TestConnection client;
    private Uuid topicId;

    @BeforeEach
    void start(@TempDir Path directory) {
        broker = WholeBroker.start(directory);
        client = broker.connect();
        topicId = WholeBroker.createTopic(client, TOPIC);
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    /** As many steps as the API with the most versions has; the others stay at their last. */
    static IntStream steps() {
        return IntStream.rangeClosed(0, 10);
    }

    private static short version(ApiKeys api, int step) {
        return (short) Math.min(api.oldestVersion() + step, api.latestVersion(false));
    }

    @ParameterizedTest
    @MethodSource("steps")
    void aGroupLivesItsLifeInEveryVersion(int step) {
        String group = "group-" + step;
        assertEquals(Errors.NONE, findCoordinator(group, step));
        JoinGroupResponseData joined = join(group, step);
        assertEquals(joined.memberId(), joined.leader());
        assertEquals(1, joined.members().size());
        assertEquals("range", joined.protocolName());
        assertArrayEquals(ASSIGNMENT, sync(group, joined, step));
        assertEquals(Errors.NONE, heartbeat(group, joined, step));
        assertEquals(Errors.NONE, commit(group, joined, step, TOPIC, 1));
        assertEquals(42, fetch(group, step).committedOffset());
        assertListedAndDescribed(group, joined, step);
        LeaveGroupResponse left = client.call(
                new LeaveGroupRequest.Builder(group, List.of(new MemberIdentity().setMemberId(joined.memberId())))
                        .build(version(ApiKeys.LEAVE_GROUP, step)));
        assertEquals(Errors.NONE, left.error());
        assertEquals(Errors.UNKNOWN_MEMBER_ID, heartbeat(group, joined, step));
        assertEquals(Errors.NONE, delete(group, step));
        assertEquals(Errors.GROUP_ID_NOT_FOUND, delete(group, step));
    }

    /** The coordinator loads its groups in the background, once the topic is there: until then clients ask again. */
    private Errors findCoordinator(String group, int step) {
        short version = version(ApiKeys.FIND_COORDINATOR, step);
        var data = new FindCoordinatorRequestData().setKey(group);
        if (version >= 4) data.setKey("").setCoordinatorKeys(List.of(group));
        FindCoordinatorResponse found = client.call(new FindCoordinatorRequest.Builder(data).build(version));
        return version >= 4 ? Errors.forCode(found.data().coordinators().get(0).errorCode()) : found.error();
    }

    private JoinGroupResponseData join(String group, int step) {
        var protocols = new JoinGroupRequestData.JoinGroupRequestProtocolCollection();
        protocols.add(new JoinGroupRequestProtocol().setName("range").setMetadata(new byte[] {1, 2}));
        var data = new JoinGroupRequestData()
                .setGroupId(group)
                .setSessionTimeoutMs(30_000)
                .setRebalanceTimeoutMs(30_000)
                .setProtocolType("consumer")
                .setProtocols(protocols);
        while (true) {
            JoinGroupResponse response =
                    client.call(new JoinGroupRequest.Builder(data).build(version(ApiKeys.JOIN_GROUP, step)));
            switch (response.error()) {
                case NONE -> {
                    return response.data();
                }
                case MEMBER_ID_REQUIRED -> data.setMemberId(response.data().memberId());
                case COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE -> Thread.onSpinWait();
                default -> throw new AssertionError(response.error());
            }
        }
    }

    private byte[] sync(String group, JoinGroupResponseData joined, int step) {
        var data = new SyncGroupRequestData()
                .setGroupId(group)
                .setMemberId(joined.memberId())
                .setGenerationId(joined.generationId())
                .setProtocolType("consumer")
                .setProtocolName("range")
                .setAssignments(List.of(new SyncGroupRequestAssignment()
                        .setMemberId(joined.memberId())
                        .setAssignment(ASSIGNMENT)));
        SyncGroupResponse response =
                client.call(new SyncGroupRequest.Builder(data).build(version(ApiKeys.SYNC_GROUP, step)));
        assertEquals(Errors.NONE, response.error());
        return response.data().assignment();
    }

    private Errors heartbeat(String group, JoinGroupResponseData joined, int step) {
        HeartbeatResponse response = client.call(new HeartbeatRequest.Builder(new HeartbeatRequestData()
                        .setGroupId(group)
                        .setMemberId(joined.memberId())
                        .setGenerationId(joined.generationId()))
                .build(version(ApiKeys.HEARTBEAT, step)));
        return response.error();
    }

    private Errors commit(String group, JoinGroupResponseData joined, int step, String topic, int partition) {
        var data = new OffsetCommitRequestData()
                .setGroupId(group)
                .setMemberId(joined.memberId())
                .setGenerationIdOrMemberEpoch(joined.generationId())
                .setTopics(List.of(new OffsetCommitRequestTopic()
                        .setName(topic)
                        .setTopicId(topic.equals(TOPIC) ? topicId : Uuid.randomUuid())
                        .setPartitions(List.of(new OffsetCommitRequestPartition()
                                .setPartitionIndex(partition)
                                .setCommittedOffset(42)))));
        OffsetCommitResponse response = client.call(
                OffsetCommitRequest.Builder.forTopicIdsOrNames(data).build(version(ApiKeys.OFFSET_COMMIT, step)));
        return Errors.forCode(
                response.data().topics().get(0).partitions().get(0).errorCode());
    }

    private OffsetFetchResponsePartitions fetch(String group, int step) {
        var data = new OffsetFetchRequestData()
                .setGroups(List.of(new OffsetFetchRequestGroup()
                        .setGroupId(group)
                        .setTopics(List.of(new OffsetFetchRequestTopics()
                                .setName(TOPIC)
                                .setTopicId(topicId)
                                .setPartitionIndexes(List.of(1))))));
        OffsetFetchResponse response = client.call(
                OffsetFetchRequest.Builder.forTopicIdsOrNames(data, false).build(version(ApiKeys.OFFSET_FETCH, step)));
        return response.group(group).topics().get(0).partitions().get(0);
    }

    private void assertListedAndDescribed(String group, JoinGroupResponseData joined, int step) {
        ListGroupsResponse listed = client.call(
                new ListGroupsRequest.Builder(new ListGroupsRequestData()).build(version(ApiKeys.LIST_GROUPS, step)));
        assertTrue(
                listed.data().groups().stream().anyMatch(each -> each.groupId().equals(group)));
        short version = version(ApiKeys.DESCRIBE_GROUPS, step);
        var data =
                new DescribeGroupsRequestData().setGroups(List.of(group)).setIncludeAuthorizedOperations(version >= 3);
        DescribeGroupsResponse response = client.call(new DescribeGroupsRequest.Builder(data).build(version));
        DescribedGroup described = response.data().groups().get(0);
        assertEquals(Errors.NONE.code(), described.errorCode());
        assertEquals("Stable", described.groupState());
        assertEquals(joined.memberId(), described.members().get(0).memberId());
        assertEquals("/127.0.0.1", described.members().get(0).clientHost());
        assertEquals("test", described.members().get(0).clientId());
        assertEquals(
                version >= 3 ? AuthorizedOperations.onGroup(Access.UNRESTRICTED, "g") : AuthorizedOperations.NOT_ASKED,
                described.authorizedOperations());
    }

    private Errors delete(String group, int step) {
        DeleteGroupsResponse response = client.call(
                new DeleteGroupsRequest.Builder(new DeleteGroupsRequestData().setGroupsNames(List.of(group, group)))
                        .build(version(ApiKeys.DELETE_GROUPS, step)));
        assertEquals(1, response.data().results().size());
        return response.get(group);
    }

    @ParameterizedTest
    @MethodSource("steps")
    void aGroupThatIsNotThereIsAnErrorThatEveryVersionCanSay(int step) {
        findCoordinator("g", step);
        JoinGroupResponseData nobody =
                new JoinGroupResponseData().setMemberId("nobody").setGenerationId(3);
        join("g", step);
        assertEquals(Errors.UNKNOWN_MEMBER_ID, heartbeat("g", nobody, step));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, commit("g", nobody, step, TOPIC, 0));
        LeaveGroupResponse left =
                client.call(new LeaveGroupRequest.Builder("g", List.of(new MemberIdentity().setMemberId("nobody")))
                        .build(version(ApiKeys.LEAVE_GROUP, step)));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, left.error());
        assertEquals(-1, fetch("another", step).committedOffset());
    }

    @ParameterizedTest
    @MethodSource("steps")
    void offsetsOfPartitionsThatAreNotThereAreRefusedOneByOne(int step) {
        findCoordinator("g", step);
        JoinGroupResponseData joined = join("g", step);
        sync("g", joined, step);
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, commit("g", joined, step, TOPIC, 7));
        Errors noTopic = version(ApiKeys.OFFSET_COMMIT, step) >= 10
                ? Errors.UNKNOWN_TOPIC_ID
                : Errors.UNKNOWN_TOPIC_OR_PARTITION;
        assertEquals(noTopic, commit("g", joined, step, "missing", 0));
    }

    @Test
    void offsetsAreDeletedWhereNobodySubscribes() {
        findCoordinator("g", 6);
        JoinGroupResponseData joined = join("g", 9);
        sync("g", joined, 5);
        assertEquals(Errors.NONE, commit("g", joined, 8, TOPIC, 1));
        client.call(new LeaveGroupRequest.Builder("g", List.of(new MemberIdentity().setMemberId(joined.memberId())))
                .build());
        var topics = new OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection();
        topics.add(new OffsetDeleteRequestTopic()
                .setName(TOPIC)
                .setPartitions(List.of(
                        new OffsetDeleteRequestPartition().setPartitionIndex(1),
                        new OffsetDeleteRequestPartition().setPartitionIndex(9))));
        OffsetDeleteResponse response = client.call(new OffsetDeleteRequest.Builder(
                        new OffsetDeleteRequestData().setGroupId("g").setTopics(topics))
                .build());
        var partitions = response.data().topics().find(TOPIC).partitions();
        assertEquals(Errors.NONE.code(), partitions.find(1).errorCode());
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION.code(), partitions.find(9).errorCode());
        assertEquals(-1, fetch("g", 9).committedOffset());
    }

    @Test
    void aSyncWithoutItsProtocolIsRefused() {
        findCoordinator("g", 6);
        JoinGroupResponseData joined = join("g", 9);
        SyncGroupResponse response = client.call(new SyncGroupRequest.Builder(new SyncGroupRequestData()
                        .setGroupId("g")
                        .setMemberId(joined.memberId())
                        .setGenerationId(joined.generationId()))
                .build());
        assertEquals(Errors.INCONSISTENT_GROUP_PROTOCOL, response.error());
    }
}
