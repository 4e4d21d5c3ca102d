package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ConsumerGroupDescribeResponse;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatResponse;
import org.apache.kafka.common.requests.FindCoordinatorResponse;

/** What is asked of the APIs of the consumer protocol in every version; the group is named after the setting. */
final class ConsumerGroupScenarios {

    private static final String MEMBER = "3yHHUkpoTqKvWlrOqxn2aA";

    private ConsumerGroupScenarios() {}

    static void heartbeat(Scenarios.Setting setting) {
        var joined = join(setting, setting.version());
        ConsumerGroupHeartbeatResponse again = setting.ask(
                ApiKeys.CONSUMER_GROUP_HEARTBEAT,
                new ConsumerGroupHeartbeatRequestData()
                        .setGroupId(setting.name())
                        .setMemberId(joined.memberId())
                        .setMemberEpoch(joined.memberEpoch()));
        assertEquals(Errors.NONE, Errors.forCode(again.data().errorCode()));
        assertEquals(joined.memberEpoch(), again.data().memberEpoch());
        ConsumerGroupHeartbeatResponse fenced = setting.ask(
                ApiKeys.CONSUMER_GROUP_HEARTBEAT,
                new ConsumerGroupHeartbeatRequestData()
                        .setGroupId(setting.name())
                        .setMemberId(joined.memberId())
                        .setMemberEpoch(joined.memberEpoch() + 1));
        assertEquals(Errors.FENCED_MEMBER_EPOCH, Errors.forCode(fenced.data().errorCode()));
    }

    static void describe(Scenarios.Setting setting) {
        var joined = join(setting, (short) 1);
        ConsumerGroupDescribeResponse answer = setting.ask(
                ApiKeys.CONSUMER_GROUP_DESCRIBE,
                new ConsumerGroupDescribeRequestData().setGroupIds(List.of(setting.name(), "no-such-group")));
        var group = answer.data().groups().getFirst();
        assertEquals(Errors.NONE, Errors.forCode(group.errorCode()));
        assertEquals("Stable", group.groupState());
        assertEquals(joined.memberEpoch(), group.groupEpoch());
        assertEquals(MEMBER, group.members().getFirst().memberId());
        assertEquals(
                setting.name(),
                group.members()
                        .getFirst()
                        .assignment()
                        .topicPartitions()
                        .getFirst()
                        .topicName());
        assertEquals(
                Errors.GROUP_ID_NOT_FOUND,
                Errors.forCode(answer.data().groups().getLast().errorCode()));
    }

    private static ConsumerGroupHeartbeatResponseData join(Scenarios.Setting setting, short version) {
        setting.clients().createTopic(setting.name(), 3);
        var find = new FindCoordinatorRequestData().setCoordinatorKeys(List.of(setting.name()));
        Await.that(
                () -> {
                    FindCoordinatorResponse answer =
                            setting.connection().ask(ApiKeys.FIND_COORDINATOR, (short) 4, find);
                    return answer.data().coordinators().getFirst().errorCode() == Errors.NONE.code();
                },
                "there is a coordinator");
        ConsumerGroupHeartbeatResponse answer = setting.connection()
                .ask(
                        ApiKeys.CONSUMER_GROUP_HEARTBEAT,
                        version,
                        new ConsumerGroupHeartbeatRequestData()
                                .setGroupId(setting.name())
                                .setMemberId(version == 0 ? "" : MEMBER)
                                .setMemberEpoch(0)
                                .setRebalanceTimeoutMs(30_000)
                                .setSubscribedTopicNames(List.of(setting.name()))
                                .setTopicPartitions(List.of()));
        assertEquals(Errors.NONE, Errors.forCode(answer.data().errorCode()));
        var topic = answer.data().assignment().topicPartitions().getFirst();
        assertEquals(setting.clients().topicId(setting.name()), topic.topicId());
        assertEquals(3, topic.partitions().size());
        return answer.data();
    }
}
