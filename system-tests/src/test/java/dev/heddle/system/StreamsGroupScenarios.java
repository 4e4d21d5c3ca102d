package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.StreamsGroupDescribeRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Subtopology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.TopicInfo;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Topology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.apache.kafka.common.requests.StreamsGroupDescribeResponse;
import org.apache.kafka.common.requests.StreamsGroupHeartbeatResponse;

/** What is asked of the APIs of the streams protocol in every version; the group is named after the setting. */
final class StreamsGroupScenarios {

    private static final String MEMBER = "3yHHUkpoTqKvWlrOqxn2aA";
    private static final int PARTITIONS = 3;

    private StreamsGroupScenarios() {}

    static void heartbeat(Scenarios.Setting setting) {
        var member = stable(setting, setting.version());
        assertEquals(2, member.activeTasks().size());
        var fenced = ask(setting, setting.version(), request(setting).setMemberEpoch(member.memberEpoch() + 1));
        assertEquals(Errors.FENCED_MEMBER_EPOCH, Errors.forCode(fenced.errorCode()));
        leave(setting);
    }

    /** A member comes, is given all tasks, and leaves. */
    static void visit(Scenarios.Setting setting) {
        stable(setting, setting.version());
        leave(setting);
    }

    private static void leave(Scenarios.Setting setting) {
        var left = ask(setting, setting.version(), request(setting).setMemberEpoch(-1));
        assertEquals(Errors.NONE, Errors.forCode(left.errorCode()));
    }

    static void describe(Scenarios.Setting setting) {
        var member = stable(setting, (short) 0);
        StreamsGroupDescribeResponse answer = setting.ask(
                ApiKeys.STREAMS_GROUP_DESCRIBE,
                new StreamsGroupDescribeRequestData().setGroupIds(List.of(setting.name(), "no-such-group")));
        var group = answer.data().groups().getFirst();
        assertEquals(Errors.NONE, Errors.forCode(group.errorCode()));
        assertEquals("Stable", group.groupState());
        assertEquals(member.memberEpoch(), group.groupEpoch());
        assertEquals(MEMBER, group.members().getFirst().memberId());
        var keeper = group.topology().subtopologies().getLast();
        assertEquals(PARTITIONS, keeper.stateChangelogTopics().getFirst().partitions());
        assertEquals(
                Errors.GROUP_ID_NOT_FOUND,
                Errors.forCode(answer.data().groups().getLast().errorCode()));
    }

    /** A group with one member that has all tasks, for which the broker has created the topics. */
    private static StreamsGroupHeartbeatResponseData stable(Scenarios.Setting setting, short version) {
        setting.clients().createTopic(setting.name(), PARTITIONS);
        var find = new FindCoordinatorRequestData().setCoordinatorKeys(List.of(setting.name()));
        Await.that(
                () -> {
                    FindCoordinatorResponse answer =
                            setting.connection().ask(ApiKeys.FIND_COORDINATOR, (short) 4, find);
                    return answer.data().coordinators().getFirst().errorCode() == Errors.NONE.code();
                },
                "there is a coordinator");
        var last = new StreamsGroupHeartbeatResponseData[] {ask(setting, version, joinRequest(setting))};
        assertEquals(Errors.NONE, Errors.forCode(last[0].errorCode()), last[0].errorMessage());
        Await.that(
                () -> {
                    var again = request(setting)
                            .setMemberEpoch(last[0].memberEpoch())
                            .setActiveTasks(List.of())
                            .setStandbyTasks(List.of())
                            .setWarmupTasks(List.of());
                    last[0] = ask(setting, version, again);
                    assertEquals(Errors.NONE, Errors.forCode(last[0].errorCode()), last[0].errorMessage());
                    return last[0].activeTasks() != null
                            && !last[0].activeTasks().isEmpty();
                },
                "the member has its tasks");
        return last[0];
    }

    private static StreamsGroupHeartbeatRequestData joinRequest(Scenarios.Setting setting) {
        String repartition = setting.name() + "-repartition";
        return request(setting)
                .setMemberEpoch(0)
                .setRebalanceTimeoutMs(30_000)
                .setProcessId("process")
                .setActiveTasks(List.of())
                .setStandbyTasks(List.of())
                .setWarmupTasks(List.of())
                .setTopology(new Topology()
                        .setSubtopologies(List.of(
                                new Subtopology()
                                        .setSubtopologyId("0")
                                        .setSourceTopics(List.of(setting.name()))
                                        .setRepartitionSinkTopics(List.of(repartition)),
                                new Subtopology()
                                        .setSubtopologyId("1")
                                        .setRepartitionSourceTopics(List.of(new TopicInfo().setName(repartition)))
                                        .setStateChangelogTopics(
                                                List.of(new TopicInfo().setName(setting.name() + "-changelog"))))));
    }

    private static StreamsGroupHeartbeatRequestData request(Scenarios.Setting setting) {
        return new StreamsGroupHeartbeatRequestData().setGroupId(setting.name()).setMemberId(MEMBER);
    }

    private static StreamsGroupHeartbeatResponseData ask(
            Scenarios.Setting setting, short version, StreamsGroupHeartbeatRequestData request) {
        StreamsGroupHeartbeatResponse answer =
                setting.connection().ask(ApiKeys.STREAMS_GROUP_HEARTBEAT, version, request);
        return answer.data();
    }
}
