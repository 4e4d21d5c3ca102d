package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.message.StreamsGroupDescribeRequestData;
import org.apache.kafka.common.message.StreamsGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Subtopology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.TopicInfo;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Topology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.StreamsGroupDescribeRequest;
import org.apache.kafka.common.requests.StreamsGroupDescribeResponse;
import org.apache.kafka.common.requests.StreamsGroupHeartbeatRequest;
import org.apache.kafka.common.requests.StreamsGroupHeartbeatResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class StreamsGroupHandlersTest {

    private static final String GROUP = "application";
    private static final String TOPIC = "orders";
    private static final String CHANGELOG = "application-store-changelog";

    private WholeBroker broker;
    private TestConnection client;

    @BeforeEach
    void start(@TempDir Path directory) {
        broker = WholeBroker.start(directory);
        client = broker.connect();
        WholeBroker.createTopic(client, TOPIC);
        WholeBroker.findCoordinator(client, GROUP);
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private StreamsGroupHeartbeatResponseData heartbeat(StreamsGroupHeartbeatRequestData data) {
        StreamsGroupHeartbeatResponse response = client.call(
                new StreamsGroupHeartbeatRequest.Builder(data.setGroupId(GROUP).setMemberId("member")).build());
        return response.data();
    }

    private StreamsGroupHeartbeatResponseData join(String source) {
        return join(source, new TopicInfo().setName(CHANGELOG));
    }

    private StreamsGroupHeartbeatResponseData join(String source, TopicInfo changelog) {
        return heartbeat(tasks(new StreamsGroupHeartbeatRequestData())
                .setRebalanceTimeoutMs(1_000)
                .setProcessId("process")
                .setTopology(new Topology()
                        .setSubtopologies(List.of(new Subtopology()
                                .setSubtopologyId("0")
                                .setSourceTopics(List.of(source))
                                .setStateChangelogTopics(List.of(changelog))))));
    }

    private static StreamsGroupHeartbeatRequestData tasks(StreamsGroupHeartbeatRequestData request) {
        return request.setActiveTasks(List.of()).setStandbyTasks(List.of()).setWarmupTasks(List.of());
    }

    private DescribedGroup describe(String group, boolean withOperations) {
        StreamsGroupDescribeResponse response =
                client.call(new StreamsGroupDescribeRequest.Builder(new StreamsGroupDescribeRequestData()
                                .setGroupIds(List.of(group))
                                .setIncludeAuthorizedOperations(withOperations))
                        .build());
        return response.data().groups().getFirst();
    }

    @Test
    void aMemberJoinsItsTopicsAreCreatedAndItLeaves() {
        var joined = join(TOPIC);
        assertEquals(Errors.NONE, Errors.forCode(joined.errorCode()));
        assertEquals(
                StreamsGroupHeartbeatResponse.Status.MISSING_INTERNAL_TOPICS.code(),
                joined.status().getFirst().statusCode());
        var changelog = broker.metadata.image().topics().topic(CHANGELOG);
        assertEquals(2, changelog.partitions().size());

        var assigned = heartbeat(tasks(new StreamsGroupHeartbeatRequestData()).setMemberEpoch(joined.memberEpoch()));
        assertEquals(List.of(), assigned.status());
        assertEquals(List.of(0, 1), assigned.activeTasks().getFirst().partitions());

        DescribedGroup described = describe(GROUP, true);
        assertEquals("Stable", described.groupState());
        assertEquals("member", described.members().getFirst().memberId());
        assertEquals(
                described.authorizedOperations(),
                AuthorizedOperations.onGroup(dev.heddle.security.Access.UNRESTRICTED, GROUP));
        assertEquals(AuthorizedOperations.NOT_ASKED, describe(GROUP, false).authorizedOperations());

        var left = heartbeat(new StreamsGroupHeartbeatRequestData().setMemberEpoch(-1));
        assertEquals(Errors.NONE, Errors.forCode(left.errorCode()));
        assertEquals("Empty", describe(GROUP, false).groupState());
    }

    @Test
    void whyATopicCannotBeCreatedIsTold() {
        var joined = join(TOPIC, new TopicInfo().setName(CHANGELOG).setReplicationFactor((short) 7));
        String detail = joined.status().getFirst().statusDetail();
        assertTrue(detail.contains("; Creation failed: " + CHANGELOG + " ("), detail);
    }

    @Test
    void topicsThatNoApplicationMayUseAreRefused() {
        var internal = join("__consumer_offsets");
        assertEquals(Errors.STREAMS_INVALID_TOPOLOGY, Errors.forCode(internal.errorCode()));
        var invalid = join("a/b");
        assertEquals(Errors.STREAMS_INVALID_TOPOLOGY, Errors.forCode(invalid.errorCode()));
        assertEquals("Topic names a/b are not valid topic names.", invalid.errorMessage());
    }

    @Test
    void whatIsNotThereIsAnErrorOfItsOwn() {
        assertEquals(
                Errors.GROUP_ID_NOT_FOUND,
                Errors.forCode(describe("other", true).errorCode()));
        var fenced = heartbeat(new StreamsGroupHeartbeatRequestData().setMemberEpoch(5));
        assertEquals(Errors.GROUP_ID_NOT_FOUND, Errors.forCode(fenced.errorCode()));
    }
}
