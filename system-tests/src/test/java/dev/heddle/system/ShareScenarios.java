package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgePartition;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgeTopic;
import org.apache.kafka.common.message.ShareFetchRequestData;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchPartition;
import org.apache.kafka.common.message.ShareFetchRequestData.FetchTopic;
import org.apache.kafka.common.message.ShareFetchResponseData.PartitionData;
import org.apache.kafka.common.message.ShareGroupHeartbeatRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.apache.kafka.common.requests.ShareAcknowledgeResponse;
import org.apache.kafka.common.requests.ShareFetchResponse;
import org.apache.kafka.common.requests.ShareGroupHeartbeatResponse;

/** What is asked of the APIs for the records of share groups in every version; the group is named after the setting. */
final class ShareScenarios {

    private static final short LATEST = ApiKeys.SHARE_FETCH.latestVersion();

    private ShareScenarios() {}

    static void fetch(Scenarios.Setting setting) {
        String member = join(setting);
        PartitionData answer = fetch(setting, member, setting.version());
        assertEquals(1, answer.acquiredRecords().getFirst().deliveryCount());
        ShareFetchResponse again =
                setting.ask(ApiKeys.SHARE_FETCH, request(setting, member).setShareSessionEpoch(1));
        assertEquals(Errors.NONE, again.error());
        assertTrue(again.data().responses().isEmpty(), "there is nothing more");
    }

    static void acknowledge(Scenarios.Setting setting) {
        String member = join(setting);
        PartitionData answer = fetch(setting, member, LATEST);
        var acquired = answer.acquiredRecords().getFirst();
        var batch = new ShareAcknowledgeRequestData.AcknowledgementBatch()
                .setFirstOffset(acquired.firstOffset())
                .setLastOffset(acquired.lastOffset())
                .setAcknowledgeTypes(List.of((byte) 1));
        assertEquals(Errors.NONE, acknowledge(setting, member, 1, batch));
        batch.setFirstOffset(acquired.lastOffset() + 1).setLastOffset(acquired.lastOffset() + 1);
        assertEquals(Errors.INVALID_RECORD_STATE, acknowledge(setting, member, 2, batch), "nobody has that one");
    }

    private static Errors acknowledge(
            Scenarios.Setting setting,
            String member,
            int epoch,
            ShareAcknowledgeRequestData.AcknowledgementBatch batch) {
        Uuid id = setting.clients().topicId(setting.name());
        var request = new ShareAcknowledgeRequestData()
                .setGroupId(setting.name())
                .setMemberId(member)
                .setShareSessionEpoch(epoch);
        var topic = new AcknowledgeTopic().setTopicId(id);
        topic.partitions()
                .add(new AcknowledgePartition().setPartitionIndex(0).setAcknowledgementBatches(List.of(batch)));
        request.topics().add(topic);
        ShareAcknowledgeResponse answer = setting.ask(ApiKeys.SHARE_ACKNOWLEDGE, request);
        assertEquals(Errors.NONE, Errors.forCode(answer.data().errorCode()));
        return Errors.forCode(
                answer.data().responses().find(id).partitions().getFirst().errorCode());
    }

    private static ShareFetchRequestData request(Scenarios.Setting setting, String member) {
        return new ShareFetchRequestData()
                .setGroupId(setting.name())
                .setMemberId(member)
                .setMinBytes(1)
                .setMaxBytes(1_000_000)
                .setMaxRecords(10)
                .setBatchSize(10);
    }

    /** Begins a session, and fetches the topic's only record. */
    private static PartitionData fetch(Scenarios.Setting setting, String member, short version) {
        Uuid id = setting.clients().topicId(setting.name());
        ShareFetchRequestData request = request(setting, member).setMaxWaitMs(20_000);
        var topic = new FetchTopic().setTopicId(id);
        topic.partitions().add(new FetchPartition().setPartitionIndex(0));
        request.topics().add(topic);
        ShareFetchResponse answer = setting.connection().ask(ApiKeys.SHARE_FETCH, version, request);
        assertEquals(Errors.NONE, answer.error());
        PartitionData partition =
                answer.data().responses().find(id).partitions().getFirst();
        assertEquals(Errors.NONE, Errors.forCode(partition.errorCode()));
        assertEquals(0, partition.acquiredRecords().getFirst().firstOffset());
        return partition;
    }

    /** A member that has been given the topic, with one record. */
    private static String join(Scenarios.Setting setting) {
        String name = setting.name();
        setting.clients().createTopic(name, 1);
        var resource = new ConfigResource(ConfigResource.Type.GROUP, name);
        var earliest =
                new AlterConfigOp(new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET);
        Clients.get(setting.clients()
                .admin()
                .incrementalAlterConfigs(Map.of(resource, List.of(earliest)))
                .all());
        Clients.get(setting.clients().producer(Map.of()).send(new ProducerRecord<>(name, "a", "b")));
        return join(setting.connection(), name, name);
    }

    /** @return the id of a member that has been given the topic */
    static String join(RawConnection connection, String group, String topic) {
        String member = Uuid.randomUuid().toString();
        var find = new FindCoordinatorRequestData().setCoordinatorKeys(List.of(group));
        Await.that(
                () -> {
                    FindCoordinatorResponse answer = connection.ask(ApiKeys.FIND_COORDINATOR, (short) 4, find);
                    return answer.data().coordinators().getFirst().errorCode() == Errors.NONE.code();
                },
                "there is a coordinator");
        var heartbeat = new ShareGroupHeartbeatRequestData()
                .setGroupId(group)
                .setMemberId(member)
                .setMemberEpoch(0)
                .setSubscribedTopicNames(List.of(topic));
        Await.that(
                () -> {
                    ShareGroupHeartbeatResponse answer =
                            connection.ask(ApiKeys.SHARE_GROUP_HEARTBEAT, (short) 1, heartbeat);
                    if (answer.data().errorCode() != Errors.NONE.code()) return false;
                    heartbeat.setMemberEpoch(answer.data().memberEpoch());
                    return answer.data().assignment() != null
                            && !answer.data().assignment().topicPartitions().isEmpty();
                },
                "the member has been given the topic");
        return member;
    }
}
