package dev.heddle.system;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData.AlterShareGroupOffsetsRequestPartition;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData.AlterShareGroupOffsetsRequestTopic;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsRequestData.DeleteShareGroupOffsetsRequestTopic;
import org.apache.kafka.common.message.DeleteShareGroupStateRequestData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData.DescribeShareGroupOffsetsRequestGroup;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData.DescribeShareGroupOffsetsRequestTopic;
import org.apache.kafka.common.message.InitializeShareGroupStateRequestData;
import org.apache.kafka.common.message.ReadShareGroupStateRequestData;
import org.apache.kafka.common.message.ReadShareGroupStateSummaryRequestData;
import org.apache.kafka.common.message.ShareGroupDescribeRequestData;
import org.apache.kafka.common.message.ShareGroupHeartbeatRequestData;
import org.apache.kafka.common.message.WriteShareGroupStateRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/** The part of {@link AuthorizerScript} that is about share groups and their states. */
final class ShareAuthorizerScript {

    static final String GROUP = "w";
    private static final String DENY_CLUSTER = "CLUSTER_ACTION:*:*";

    private final List<AuthorizerScript.Step> steps = new ArrayList<>();

    private ShareAuthorizerScript() {}

    static List<AuthorizerScript.Step> steps() {
        var script = new ShareAuthorizerScript();
        script.members();
        script.offsets();
        script.states();
        return script.steps;
    }

    private void ask(ApiKeys api, int version, ApiMessage request, String... denied) {
        for (String deny : denied) ask(api, version, deny, ids -> request);
    }

    private void ask(ApiKeys api, int version, String deny, Function<Map<String, Uuid>, ApiMessage> request) {
        steps.add(new AuthorizerScript.Step(api, (short) version, deny, request));
    }

    private void members() {
        var join = new ShareGroupHeartbeatRequestData()
                .setGroupId(GROUP)
                .setMemberId("m")
                .setSubscribedTopicNames(List.of("a", "b"));
        ask(ApiKeys.SHARE_GROUP_HEARTBEAT, 1, join, "READ:GROUP:w", "DESCRIBE:TOPIC:b");
        ask(ApiKeys.SHARE_GROUP_HEARTBEAT, 1, join.duplicate().setMemberId("m".repeat(37)), "");
        ask(ApiKeys.SHARE_GROUP_HEARTBEAT, 1, join.duplicate().setMemberId(""), "", "READ:GROUP:w");
        ask(ApiKeys.SHARE_GROUP_HEARTBEAT, 1, join.duplicate().setSubscribedTopicNames(null), "");
        ask(ApiKeys.SHARE_GROUP_HEARTBEAT, 1, join.duplicate().setMemberEpoch(5), "");
        ask(ApiKeys.SHARE_GROUP_HEARTBEAT, 1, join.duplicate().setMemberEpoch(-1), "");
        ask(ApiKeys.SHARE_GROUP_HEARTBEAT, 1, join.duplicate().setMemberEpoch(-2), "");
        ask(ApiKeys.SHARE_GROUP_HEARTBEAT, 1, join.duplicate().setGroupId("g"), "");
        ask(
                ApiKeys.SHARE_GROUP_DESCRIBE,
                1,
                new ShareGroupDescribeRequestData()
                        .setGroupIds(List.of("g", "none"))
                        .setIncludeAuthorizedOperations(true),
                "",
                "DESCRIBE:GROUP:g");
    }

    private void offsets() {
        var alter = new AlterShareGroupOffsetsRequestData().setGroupId(GROUP);
        for (String topic : List.of("a", "missing")) {
            alter.topics()
                    .add(new AlterShareGroupOffsetsRequestTopic()
                            .setTopicName(topic)
                            .setPartitions(List.of(
                                    new AlterShareGroupOffsetsRequestPartition().setStartOffset(3),
                                    new AlterShareGroupOffsetsRequestPartition().setPartitionIndex(9))));
        }
        ask(ApiKeys.ALTER_SHARE_GROUP_OFFSETS, 0, alter, "READ:GROUP:w", "READ:TOPIC:a", "");
        ask(ApiKeys.ALTER_SHARE_GROUP_OFFSETS, 0, alter.duplicate().setGroupId("g"), "");
        ask(
                ApiKeys.SHARE_GROUP_DESCRIBE,
                1,
                new ShareGroupDescribeRequestData().setGroupIds(List.of(GROUP)).setIncludeAuthorizedOperations(true),
                "",
                "DELETE:GROUP:w",
                "DESCRIBE:*:*");
        // Only partitions that exist: for half a minute Apache Kafka asks its share coordinator again about others.
        var some = new DescribeShareGroupOffsetsRequestGroup()
                .setGroupId(GROUP)
                .setTopics(List.of(
                        new DescribeShareGroupOffsetsRequestTopic()
                                .setTopicName("a")
                                .setPartitions(List.of(0, 1)),
                        new DescribeShareGroupOffsetsRequestTopic()
                                .setTopicName("missing")
                                .setPartitions(List.of(0))));
        for (var group : List.of(
                some,
                some.duplicate().setTopics(null),
                some.duplicate().setTopics(List.of()),
                some.duplicate().setGroupId("none"))) {
            ask(
                    ApiKeys.DESCRIBE_SHARE_GROUP_OFFSETS,
                    1,
                    new DescribeShareGroupOffsetsRequestData().setGroups(List.of(group)),
                    "",
                    "DESCRIBE:GROUP:w",
                    "DESCRIBE:TOPIC:a");
        }
        var delete = new DeleteShareGroupOffsetsRequestData()
                .setGroupId(GROUP)
                .setTopics(List.of(
                        new DeleteShareGroupOffsetsRequestTopic().setTopicName("a"),
                        new DeleteShareGroupOffsetsRequestTopic().setTopicName("missing")));
        ask(ApiKeys.DELETE_SHARE_GROUP_OFFSETS, 0, delete, "DELETE:GROUP:w", "READ:TOPIC:a", "", "");
        ask(ApiKeys.DELETE_SHARE_GROUP_OFFSETS, 0, delete.duplicate().setGroupId("none"), "");
        ask(
                ApiKeys.DELETE_GROUPS,
                2,
                new DeleteGroupsRequestData().setGroupsNames(List.of(GROUP)),
                "DELETE:GROUP:w",
                "",
                "");
    }

    private void states() {
        for (String deny : List.of(DENY_CLUSTER, "")) {
            ask(ApiKeys.INITIALIZE_SHARE_GROUP_STATE, 0, deny, ids -> initialize(ids.get("a")));
            ask(ApiKeys.WRITE_SHARE_GROUP_STATE, 0, deny, ids -> write(ids.get("a"), 2));
            ask(ApiKeys.WRITE_SHARE_GROUP_STATE, 0, deny, ids -> write(ids.get("a"), 1));
            ask(ApiKeys.READ_SHARE_GROUP_STATE, 0, deny, ids -> read(ids.get("a"), 4));
            ask(ApiKeys.READ_SHARE_GROUP_STATE, 0, deny, ids -> read(ids.get("a"), 3));
            ask(ApiKeys.READ_SHARE_GROUP_STATE, 0, deny, ids -> read(ids.get("b"), 3));
            ask(ApiKeys.READ_SHARE_GROUP_STATE_SUMMARY, 0, deny, ids -> summary(ids.get("a")));
            ask(ApiKeys.READ_SHARE_GROUP_STATE_SUMMARY, 0, deny, ids -> summary(ids.get("b")));
            ask(ApiKeys.DELETE_SHARE_GROUP_STATE, 0, deny, ids -> delete(ids.get("a")));
            ask(ApiKeys.DELETE_SHARE_GROUP_STATE, 0, deny, ids -> delete(ids.get("b")));
        }
        ask(ApiKeys.READ_SHARE_GROUP_STATE, 0, new ReadShareGroupStateRequestData().setGroupId(GROUP), "");
    }

    private static InitializeShareGroupStateRequestData initialize(Uuid topic) {
        return new InitializeShareGroupStateRequestData()
                .setGroupId(GROUP)
                .setTopics(List.of(new InitializeShareGroupStateRequestData.InitializeStateData()
                        .setTopicId(topic)
                        .setPartitions(List.of(new InitializeShareGroupStateRequestData.PartitionData()
                                .setStateEpoch(2)
                                .setStartOffset(5)))));
    }

    private static WriteShareGroupStateRequestData write(Uuid topic, int stateEpoch) {
        return new WriteShareGroupStateRequestData()
                .setGroupId(GROUP)
                .setTopics(List.of(new WriteShareGroupStateRequestData.WriteStateData()
                        .setTopicId(topic)
                        .setPartitions(List.of(new WriteShareGroupStateRequestData.PartitionData()
                                .setStateEpoch(stateEpoch)
                                .setStartOffset(6)
                                .setStateBatches(
                                        List.of(batch(6, 9, 0, 1), batch(8, 12, 2, 1), batch(13, 14, 2, 1)))))));
    }

    private static WriteShareGroupStateRequestData.StateBatch batch(long first, long last, int state, int count) {
        return new WriteShareGroupStateRequestData.StateBatch()
                .setFirstOffset(first)
                .setLastOffset(last)
                .setDeliveryState((byte) state)
                .setDeliveryCount((short) count);
    }

    private static ReadShareGroupStateRequestData read(Uuid topic, int leaderEpoch) {
        return new ReadShareGroupStateRequestData()
                .setGroupId(GROUP)
                .setTopics(List.of(new ReadShareGroupStateRequestData.ReadStateData()
                        .setTopicId(topic)
                        .setPartitions(List.of(
                                new ReadShareGroupStateRequestData.PartitionData().setLeaderEpoch(leaderEpoch)))));
    }

    private static ReadShareGroupStateSummaryRequestData summary(Uuid topic) {
        return new ReadShareGroupStateSummaryRequestData()
                .setGroupId(GROUP)
                .setTopics(List.of(new ReadShareGroupStateSummaryRequestData.ReadStateSummaryData()
                        .setTopicId(topic)
                        .setPartitions(List.of(new ReadShareGroupStateSummaryRequestData.PartitionData()))));
    }

    private static DeleteShareGroupStateRequestData delete(Uuid topic) {
        return new DeleteShareGroupStateRequestData()
                .setGroupId(GROUP)
                .setTopics(List.of(new DeleteShareGroupStateRequestData.DeleteStateData()
                        .setTopicId(topic)
                        .setPartitions(List.of(new DeleteShareGroupStateRequestData.PartitionData()))));
    }
}
