package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.heddle.security.Access;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData.AlterShareGroupOffsetsRequestPartition;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData.AlterShareGroupOffsetsRequestTopic;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsRequestData.DeleteShareGroupOffsetsRequestTopic;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData.DescribeShareGroupOffsetsRequestGroup;
import org.apache.kafka.common.message.ReadShareGroupStateRequestData;
import org.apache.kafka.common.message.ShareGroupDescribeRequestData;
import org.apache.kafka.common.message.ShareGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.message.ShareGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ShareGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AlterShareGroupOffsetsRequest;
import org.apache.kafka.common.requests.AlterShareGroupOffsetsResponse;
import org.apache.kafka.common.requests.DeleteGroupsRequest;
import org.apache.kafka.common.requests.DeleteGroupsResponse;
import org.apache.kafka.common.requests.DeleteShareGroupOffsetsRequest;
import org.apache.kafka.common.requests.DeleteShareGroupOffsetsResponse;
import org.apache.kafka.common.requests.DescribeShareGroupOffsetsRequest;
import org.apache.kafka.common.requests.DescribeShareGroupOffsetsResponse;
import org.apache.kafka.common.requests.ReadShareGroupStateRequest;
import org.apache.kafka.common.requests.ReadShareGroupStateResponse;
import org.apache.kafka.common.requests.ShareGroupDescribeRequest;
import org.apache.kafka.common.requests.ShareGroupDescribeResponse;
import org.apache.kafka.common.requests.ShareGroupHeartbeatRequest;
import org.apache.kafka.common.requests.ShareGroupHeartbeatResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Share groups through the handlers of a whole broker. What an authorizer is asked, the system tests compare. */
@Timeout(120)
class ShareGroupHandlersTest {

    private static final String GROUP = "workers";
    private static final String TOPIC = "jobs";

    private WholeBroker broker;
    private TestConnection client;
    private Uuid topicId;

    @BeforeEach
    void start(@TempDir Path directory) {
        broker = WholeBroker.start(directory);
        client = broker.connect();
        topicId = WholeBroker.createTopic(client, TOPIC);
        WholeBroker.findCoordinator(client, GROUP);
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private ShareGroupHeartbeatResponseData heartbeat(ShareGroupHeartbeatRequestData data) {
        ShareGroupHeartbeatResponse response =
                client.call(new ShareGroupHeartbeatRequest.Builder(data.setGroupId(GROUP)).build());
        return response.data();
    }

    private static ShareGroupHeartbeatRequestData joining() {
        return new ShareGroupHeartbeatRequestData().setMemberId("member").setSubscribedTopicNames(List.of(TOPIC));
    }

    private DescribedGroup describe(boolean withOperations) {
        ShareGroupDescribeResponse response =
                client.call(new ShareGroupDescribeRequest.Builder(new ShareGroupDescribeRequestData()
                                .setGroupIds(List.of(GROUP))
                                .setIncludeAuthorizedOperations(withOperations))
                        .build());
        return response.data().groups().getFirst();
    }

    @Test
    void aMemberJoinsIsDescribedAndLeaves() {
        var joined = heartbeat(joining());
        assertEquals(Errors.NONE, Errors.forCode(joined.errorCode()));
        assertEquals("member", joined.memberId());
        DescribedGroup described = describe(true);
        assertEquals("Stable", described.groupState());
        assertEquals("simple", described.assignorName());
        assertEquals(AuthorizedOperations.onGroup(Access.UNRESTRICTED, GROUP), described.authorizedOperations());
        assertEquals(AuthorizedOperations.NOT_ASKED, describe(false).authorizedOperations());
        heartbeat(new ShareGroupHeartbeatRequestData().setMemberId("member").setMemberEpoch(-1));
        assertEquals("Empty", describe(false).groupState());
    }

    @Test
    void aMembersIdIsAUuidOrShorter() {
        assertEquals(
                Errors.INVALID_REQUEST.code(),
                heartbeat(joining().setMemberId("m".repeat(37))).errorCode());
        assertEquals(
                Errors.INVALID_REQUEST.code(),
                heartbeat(joining().setMemberId("")).errorCode());
    }

    private AlterShareGroupOffsetsResponse alter(String... topics) {
        var data = new AlterShareGroupOffsetsRequestData().setGroupId(GROUP);
        for (String topic : topics) {
            data.topics()
                    .add(new AlterShareGroupOffsetsRequestTopic()
                            .setTopicName(topic)
                            .setPartitions(List.of(new AlterShareGroupOffsetsRequestPartition().setStartOffset(4))));
        }
        return client.call(new AlterShareGroupOffsetsRequest.Builder(data).build());
    }

    private static Errors errorOf(AlterShareGroupOffsetsResponse response, String topic) {
        return Errors.forCode(
                response.data().responses().find(topic).partitions().getFirst().errorCode());
    }

    @Test
    void offsetsAreAlteredDescribedAndDeleted() {
        AlterShareGroupOffsetsResponse altered = alter(TOPIC, "missing");
        assertEquals(Errors.NONE, errorOf(altered, TOPIC));
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, errorOf(altered, "missing"));
        assertEquals(4, startOffset());
        DeleteShareGroupOffsetsResponse deleted =
                client.call(new DeleteShareGroupOffsetsRequest.Builder(new DeleteShareGroupOffsetsRequestData()
                                .setGroupId(GROUP)
                                .setTopics(List.of(new DeleteShareGroupOffsetsRequestTopic().setTopicName(TOPIC))))
                        .build());
        assertEquals(Errors.NONE.code(), deleted.data().responses().getFirst().errorCode());
        DeleteGroupsResponse gone = client.call(
                new DeleteGroupsRequest.Builder(new DeleteGroupsRequestData().setGroupsNames(List.of(GROUP, "none")))
                        .build());
        assertEquals(Errors.NONE.code(), gone.data().results().find(GROUP).errorCode());
        assertEquals(
                Errors.GROUP_ID_NOT_FOUND.code(),
                gone.data().results().find("none").errorCode());
    }

    private long startOffset() {
        DescribeShareGroupOffsetsResponse described =
                client.call(new DescribeShareGroupOffsetsRequest.Builder(new DescribeShareGroupOffsetsRequestData()
                                .setGroups(List.of(new DescribeShareGroupOffsetsRequestGroup()
                                        .setGroupId(GROUP)
                                        .setTopics(null))))
                        .build());
        return described
                .data()
                .groups()
                .getFirst()
                .topics()
                .getFirst()
                .partitions()
                .getFirst()
                .startOffset();
    }

    @Test
    void aGroupWithMembersIsNotAltered() {
        heartbeat(joining());
        AlterShareGroupOffsetsResponse refused = alter(TOPIC);
        assertEquals(Errors.NON_EMPTY_GROUP.code(), refused.data().errorCode());
    }

    @Test
    void otherBrokersReadStatesHere() {
        alter(TOPIC);
        ReadShareGroupStateResponse read =
                client.call(new ReadShareGroupStateRequest.Builder(new ReadShareGroupStateRequestData()
                                .setGroupId(GROUP)
                                .setTopics(List.of(new ReadShareGroupStateRequestData.ReadStateData()
                                        .setTopicId(topicId)
                                        .setPartitions(List.of(new ReadShareGroupStateRequestData.PartitionData())))))
                        .build());
        var partition = read.data().results().getFirst().partitions().getFirst();
        assertEquals(Errors.NONE.code(), partition.errorCode());
        assertEquals(4, partition.startOffset());
    }
}
