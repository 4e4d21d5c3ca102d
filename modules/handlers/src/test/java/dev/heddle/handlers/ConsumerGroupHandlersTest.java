package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ConsumerGroupDescribeRequest;
import org.apache.kafka.common.requests.ConsumerGroupDescribeResponse;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatRequest;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ConsumerGroupHandlersTest {

    private static final String GROUP = "group";
    private static final String TOPIC = "orders";

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

    private ConsumerGroupHeartbeatResponseData heartbeat(ConsumerGroupHeartbeatRequestData data) {
        ConsumerGroupHeartbeatResponse response = client.call(
                new ConsumerGroupHeartbeatRequest.Builder(data.setGroupId(GROUP).setMemberId("member")).build());
        return response.data();
    }

    private ConsumerGroupHeartbeatResponseData join() {
        return heartbeat(new ConsumerGroupHeartbeatRequestData()
                .setRebalanceTimeoutMs(1_000)
                .setSubscribedTopicNames(List.of(TOPIC))
                .setTopicPartitions(List.of()));
    }

    private DescribedGroup describe(String group, boolean withOperations) {
        ConsumerGroupDescribeResponse response =
                client.call(new ConsumerGroupDescribeRequest.Builder(new ConsumerGroupDescribeRequestData()
                                .setGroupIds(List.of(group))
                                .setIncludeAuthorizedOperations(withOperations))
                        .build());
        return response.data().groups().getFirst();
    }

    @Test
    void aMemberJoinsIsDescribedAndLeaves() {
        var joined = join();
        assertEquals(Errors.NONE, Errors.forCode(joined.errorCode()));
        var assigned = joined.assignment().topicPartitions().getFirst();
        assertEquals(topicId, assigned.topicId());
        assertEquals(List.of(0, 1), assigned.partitions().stream().sorted().toList());

        DescribedGroup described = describe(GROUP, true);
        assertEquals("Stable", described.groupState());
        var member = described.members().getFirst();
        assertEquals("member", member.memberId());
        assertEquals(TOPIC, member.assignment().topicPartitions().getFirst().topicName());
        assertEquals(
                describe(GROUP, true).authorizedOperations(),
                AuthorizedOperations.onGroup(dev.heddle.security.Access.UNRESTRICTED, GROUP));
        assertEquals(AuthorizedOperations.NOT_ASKED, describe(GROUP, false).authorizedOperations());

        var left = heartbeat(new ConsumerGroupHeartbeatRequestData().setMemberEpoch(-1));
        assertEquals(Errors.NONE, Errors.forCode(left.errorCode()));
        assertEquals("Empty", describe(GROUP, false).groupState());
    }

    @Test
    void whatIsNotThereIsAnErrorOfItsOwn() {
        assertEquals(
                Errors.GROUP_ID_NOT_FOUND,
                Errors.forCode(describe("other", true).errorCode()));
        var fenced = heartbeat(new ConsumerGroupHeartbeatRequestData().setMemberEpoch(5));
        assertEquals(Errors.GROUP_ID_NOT_FOUND, Errors.forCode(fenced.errorCode()));
    }
}
