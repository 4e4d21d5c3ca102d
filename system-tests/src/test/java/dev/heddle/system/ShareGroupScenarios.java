package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData.AlterShareGroupOffsetsRequestPartition;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData.AlterShareGroupOffsetsRequestTopic;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsRequestData.DeleteShareGroupOffsetsRequestTopic;
import org.apache.kafka.common.message.DeleteShareGroupStateRequestData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData.DescribeShareGroupOffsetsRequestGroup;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.InitializeShareGroupStateRequestData;
import org.apache.kafka.common.message.ReadShareGroupStateRequestData;
import org.apache.kafka.common.message.ReadShareGroupStateSummaryRequestData;
import org.apache.kafka.common.message.ShareGroupDescribeRequestData;
import org.apache.kafka.common.message.ShareGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ShareGroupHeartbeatResponseData;
import org.apache.kafka.common.message.WriteShareGroupStateRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.AlterShareGroupOffsetsResponse;
import org.apache.kafka.common.requests.DeleteShareGroupOffsetsResponse;
import org.apache.kafka.common.requests.DeleteShareGroupStateResponse;
import org.apache.kafka.common.requests.DescribeShareGroupOffsetsResponse;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.apache.kafka.common.requests.InitializeShareGroupStateResponse;
import org.apache.kafka.common.requests.ReadShareGroupStateResponse;
import org.apache.kafka.common.requests.ReadShareGroupStateSummaryResponse;
import org.apache.kafka.common.requests.ShareGroupDescribeResponse;
import org.apache.kafka.common.requests.ShareGroupHeartbeatResponse;
import org.apache.kafka.common.requests.WriteShareGroupStateResponse;

/** One exchange per API of share groups and of their states. */
final class ShareGroupScenarios {

    private static final byte SHARE = 2;
    private static final byte ACKNOWLEDGED = 2;

    private ShareGroupScenarios() {}

    private static void assertNone(short errorCode) {
        assertEquals(Errors.NONE, Errors.forCode(errorCode));
    }

    /** Asks in an API's oldest version, to prepare what is asked in the scenario's. */
    private static <T extends AbstractResponse> T prepare(Scenarios.Setting setting, ApiKeys api, ApiMessage request) {
        return setting.connection().ask(api, api.oldestVersion(), request);
    }

    // ---- groups ----

    private static ShareGroupHeartbeatRequestData joining(Scenarios.Setting setting) {
        return new ShareGroupHeartbeatRequestData()
                .setGroupId(setting.name())
                .setMemberId("member")
                .setSubscribedTopicNames(List.of(setting.name()));
    }

    private static void awaitGroupCoordinator(Scenarios.Setting setting) {
        var find = new FindCoordinatorRequestData().setCoordinatorKeys(List.of(setting.name()));
        Await.that(
                () -> {
                    FindCoordinatorResponse answer =
                            setting.connection().ask(ApiKeys.FIND_COORDINATOR, (short) 4, find);
                    return answer.data().coordinators().getFirst().errorCode() == Errors.NONE.code();
                },
                "there is a coordinator");
    }

    static void heartbeat(Scenarios.Setting setting) {
        Uuid topic = setting.topic(2);
        awaitGroupCoordinator(setting);
        ShareGroupHeartbeatResponse first = setting.ask(ApiKeys.SHARE_GROUP_HEARTBEAT, joining(setting));
        assertNone(first.data().errorCode());
        var assigned = new ShareGroupHeartbeatResponseData[] {first.data()};
        // The first assignment waits until it is known where the group begins.
        Await.that(
                () -> {
                    ShareGroupHeartbeatResponse again = setting.ask(
                            ApiKeys.SHARE_GROUP_HEARTBEAT, joining(setting).setMemberEpoch(assigned[0].memberEpoch()));
                    assertNone(again.data().errorCode());
                    assigned[0] = again.data();
                    return !again.data().assignment().topicPartitions().isEmpty();
                },
                "the member has partitions");
        var partitions = assigned[0].assignment().topicPartitions().getFirst();
        assertEquals(topic, partitions.topicId());
        assertEquals(2, partitions.partitions().size());
        ShareGroupHeartbeatResponse fenced = setting.ask(
                ApiKeys.SHARE_GROUP_HEARTBEAT, joining(setting).setMemberEpoch(assigned[0].memberEpoch() + 1));
        assertEquals(Errors.FENCED_MEMBER_EPOCH, Errors.forCode(fenced.data().errorCode()));
    }

    static void describe(Scenarios.Setting setting) {
        setting.topic(1);
        awaitGroupCoordinator(setting);
        prepare(setting, ApiKeys.SHARE_GROUP_HEARTBEAT, joining(setting));
        ShareGroupDescribeResponse answer = setting.ask(
                ApiKeys.SHARE_GROUP_DESCRIBE,
                new ShareGroupDescribeRequestData().setGroupIds(List.of(setting.name(), "no-such-group")));
        var group = answer.data().groups().getFirst();
        assertNone(group.errorCode());
        assertEquals("Stable", group.groupState());
        assertEquals("simple", group.assignorName());
        assertEquals("member", group.members().getFirst().memberId());
        assertEquals(
                Errors.GROUP_ID_NOT_FOUND,
                Errors.forCode(answer.data().groups().getLast().errorCode()));
    }

    private static AlterShareGroupOffsetsRequestData altering(Scenarios.Setting setting) {
        var request = new AlterShareGroupOffsetsRequestData().setGroupId(setting.name());
        request.topics()
                .add(new AlterShareGroupOffsetsRequestTopic()
                        .setTopicName(setting.name())
                        .setPartitions(List.of(new AlterShareGroupOffsetsRequestPartition()
                                .setPartitionIndex(0)
                                .setStartOffset(4))));
        return request;
    }

    static void alterOffsets(Scenarios.Setting setting) {
        setting.topicWithRecords();
        awaitGroupCoordinator(setting);
        AlterShareGroupOffsetsResponse answer = setting.ask(ApiKeys.ALTER_SHARE_GROUP_OFFSETS, altering(setting));
        assertNone(answer.data().errorCode());
        assertNone(answer.data()
                .responses()
                .find(setting.name())
                .partitions()
                .getFirst()
                .errorCode());
    }

    static void describeOffsets(Scenarios.Setting setting) {
        setting.topicWithRecords();
        awaitGroupCoordinator(setting);
        prepare(setting, ApiKeys.ALTER_SHARE_GROUP_OFFSETS, altering(setting));
        DescribeShareGroupOffsetsResponse answer = setting.ask(
                ApiKeys.DESCRIBE_SHARE_GROUP_OFFSETS,
                new DescribeShareGroupOffsetsRequestData()
                        .setGroups(List.of(new DescribeShareGroupOffsetsRequestGroup()
                                .setGroupId(setting.name())
                                .setTopics(null))));
        var partition = answer.data()
                .groups()
                .getFirst()
                .topics()
                .getFirst()
                .partitions()
                .getFirst();
        assertNone(partition.errorCode());
        assertEquals(4, partition.startOffset());
        assertEquals(setting.from(1) ? 6 : -1, partition.lag());
    }

    static void deleteOffsets(Scenarios.Setting setting) {
        setting.topicWithRecords();
        awaitGroupCoordinator(setting);
        prepare(setting, ApiKeys.ALTER_SHARE_GROUP_OFFSETS, altering(setting));
        DeleteShareGroupOffsetsResponse answer = setting.ask(
                ApiKeys.DELETE_SHARE_GROUP_OFFSETS,
                new DeleteShareGroupOffsetsRequestData()
                        .setGroupId(setting.name())
                        .setTopics(List.of(new DeleteShareGroupOffsetsRequestTopic().setTopicName(setting.name()))));
        assertNone(answer.data().errorCode());
        assertNone(answer.data().responses().getFirst().errorCode());
    }

    // ---- states ----

    private static Uuid topicWithShareCoordinator(Scenarios.Setting setting) {
        Uuid topic = setting.topic(1);
        awaitShareCoordinator(setting.connection(), setting.name(), topic);
        return topic;
    }

    /** The first who asks for it has its topic created. */
    static void awaitShareCoordinator(RawConnection connection, String group, Uuid topic) {
        var find = new FindCoordinatorRequestData()
                .setKeyType(SHARE)
                .setCoordinatorKeys(List.of(group + ":" + topic + ":0"));
        Await.that(
                () -> {
                    FindCoordinatorResponse answer = connection.ask(ApiKeys.FIND_COORDINATOR, (short) 6, find);
                    return answer.data().coordinators().getFirst().errorCode() == Errors.NONE.code();
                },
                "there is a share coordinator");
    }

    private static InitializeShareGroupStateRequestData initializing(Scenarios.Setting setting, Uuid topic) {
        return new InitializeShareGroupStateRequestData()
                .setGroupId(setting.name())
                .setTopics(List.of(new InitializeShareGroupStateRequestData.InitializeStateData()
                        .setTopicId(topic)
                        .setPartitions(List.of(new InitializeShareGroupStateRequestData.PartitionData()
                                .setPartition(0)
                                .setStateEpoch(3)
                                .setStartOffset(10)))));
    }

    static void initializeState(Scenarios.Setting setting) {
        Uuid topic = topicWithShareCoordinator(setting);
        InitializeShareGroupStateResponse answer =
                setting.ask(ApiKeys.INITIALIZE_SHARE_GROUP_STATE, initializing(setting, topic));
        assertNone(answer.data().results().getFirst().partitions().getFirst().errorCode());
    }

    private static WriteShareGroupStateRequestData writing(Scenarios.Setting setting, Uuid topic, int stateEpoch) {
        return new WriteShareGroupStateRequestData()
                .setGroupId(setting.name())
                .setTopics(List.of(new WriteShareGroupStateRequestData.WriteStateData()
                        .setTopicId(topic)
                        .setPartitions(List.of(new WriteShareGroupStateRequestData.PartitionData()
                                .setPartition(0)
                                .setStateEpoch(stateEpoch)
                                .setLeaderEpoch(0)
                                .setStartOffset(12)
                                .setStateBatches(List.of(new WriteShareGroupStateRequestData.StateBatch()
                                        .setFirstOffset(13)
                                        .setLastOffset(14)
                                        .setDeliveryState(ACKNOWLEDGED)
                                        .setDeliveryCount((short) 1)))))));
    }

    static void writeState(Scenarios.Setting setting) {
        Uuid topic = topicWithShareCoordinator(setting);
        prepare(setting, ApiKeys.INITIALIZE_SHARE_GROUP_STATE, initializing(setting, topic));
        WriteShareGroupStateResponse answer = setting.ask(ApiKeys.WRITE_SHARE_GROUP_STATE, writing(setting, topic, 3));
        assertNone(answer.data().results().getFirst().partitions().getFirst().errorCode());
        WriteShareGroupStateResponse fenced = setting.ask(ApiKeys.WRITE_SHARE_GROUP_STATE, writing(setting, topic, 2));
        assertEquals(
                Errors.FENCED_STATE_EPOCH,
                Errors.forCode(fenced.data()
                        .results()
                        .getFirst()
                        .partitions()
                        .getFirst()
                        .errorCode()));
    }

    static void readState(Scenarios.Setting setting) {
        Uuid topic = topicWithShareCoordinator(setting);
        prepare(setting, ApiKeys.INITIALIZE_SHARE_GROUP_STATE, initializing(setting, topic));
        prepare(setting, ApiKeys.WRITE_SHARE_GROUP_STATE, writing(setting, topic, 3));
        ReadShareGroupStateResponse answer = setting.ask(
                ApiKeys.READ_SHARE_GROUP_STATE,
                new ReadShareGroupStateRequestData()
                        .setGroupId(setting.name())
                        .setTopics(List.of(new ReadShareGroupStateRequestData.ReadStateData()
                                .setTopicId(topic)
                                .setPartitions(List.of(new ReadShareGroupStateRequestData.PartitionData()
                                        .setPartition(0)
                                        .setLeaderEpoch(1))))));
        var state = answer.data().results().getFirst().partitions().getFirst();
        assertNone(state.errorCode());
        assertEquals(12, state.startOffset());
        assertEquals(3, state.stateEpoch());
        assertEquals(14, state.stateBatches().getFirst().lastOffset());
        assertEquals(ACKNOWLEDGED, state.stateBatches().getFirst().deliveryState());
    }

    static void readSummary(Scenarios.Setting setting) {
        Uuid topic = topicWithShareCoordinator(setting);
        prepare(setting, ApiKeys.INITIALIZE_SHARE_GROUP_STATE, initializing(setting, topic));
        ReadShareGroupStateSummaryResponse answer = setting.ask(
                ApiKeys.READ_SHARE_GROUP_STATE_SUMMARY,
                new ReadShareGroupStateSummaryRequestData()
                        .setGroupId(setting.name())
                        .setTopics(List.of(new ReadShareGroupStateSummaryRequestData.ReadStateSummaryData()
                                .setTopicId(topic)
                                .setPartitions(List.of(new ReadShareGroupStateSummaryRequestData.PartitionData()
                                        .setPartition(0)
                                        .setLeaderEpoch(0))))));
        var summary = answer.data().results().getFirst().partitions().getFirst();
        assertNone(summary.errorCode());
        assertEquals(10, summary.startOffset());
        assertEquals(3, summary.stateEpoch());
    }

    static void deleteState(Scenarios.Setting setting) {
        Uuid topic = topicWithShareCoordinator(setting);
        prepare(setting, ApiKeys.INITIALIZE_SHARE_GROUP_STATE, initializing(setting, topic));
        DeleteShareGroupStateResponse answer = setting.ask(
                ApiKeys.DELETE_SHARE_GROUP_STATE,
                new DeleteShareGroupStateRequestData()
                        .setGroupId(setting.name())
                        .setTopics(List.of(new DeleteShareGroupStateRequestData.DeleteStateData()
                                .setTopicId(topic)
                                .setPartitions(List.of(
                                        new DeleteShareGroupStateRequestData.PartitionData().setPartition(0))))));
        assertNone(answer.data().results().getFirst().partitions().getFirst().errorCode());
    }
}
