package dev.heddle.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.HeartbeatRequest;
import org.apache.kafka.common.requests.InitProducerIdRequest;
import org.apache.kafka.common.requests.JoinGroupRequest;
import org.apache.kafka.common.requests.JoinGroupResponse;
import org.apache.kafka.common.requests.LeaveGroupRequest;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.OffsetCommitRequest;
import org.apache.kafka.common.requests.OffsetFetchRequest;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.SyncGroupRequest;

/** What a producer and a member of a group say to a broker, from the first request to the last. For one thread. */
final class RehearsalScript {

    private static final String TOPIC = "rehearsal";
    private static final String GROUP = "rehearsal";
    private static final int TIMEOUT_MS = 10_000;

    private final RehearsalClient client;

    RehearsalScript(RehearsalClient client) {
        this.client = client;
    }

    void play() throws IOException {
        asProducer();
        asMember();
    }

    private void ask(AbstractRequest.Builder<?> request) throws IOException {
        client.ask(request.build());
    }

    private void asProducer() throws IOException {
        ask(new ApiVersionsRequest.Builder());
        ask(new CreateTopicsRequest.Builder(createTopic()));
        ask(MetadataRequest.Builder.forTopicNames(List.of(TOPIC), true));
        ask(new InitProducerIdRequest.Builder(
                new InitProducerIdRequestData().setTransactionalId(null).setTransactionTimeoutMs(TIMEOUT_MS)));
        // Names, not ids: version 12 is the last to have them.
        client.ask(ProduceRequest.builder(produce()).build((short) 12));
    }

    private void asMember() throws IOException {
        ask(new FindCoordinatorRequest.Builder(new FindCoordinatorRequestData()
                .setCoordinatorKeys(List.of(GROUP))
                .setKeyType((byte) 0)));
        // Version 3 is the last that lets a member join without knowing its id.
        var joined = (JoinGroupResponse) client.ask(new JoinGroupRequest.Builder(join()).build((short) 3));
        String member = joined.data().memberId();
        int generation = joined.data().generationId();
        ask(new SyncGroupRequest.Builder(sync(member, generation)));
        ask(new HeartbeatRequest.Builder(
                new HeartbeatRequestData().setGroupId(GROUP).setMemberId(member).setGenerationId(generation)));
        ask(OffsetFetchRequest.Builder.forTopicNames(fetchOffsets(), false));
        ask(ListOffsetsRequest.Builder.forConsumer(false, IsolationLevel.READ_UNCOMMITTED)
                .setTargetTimes(List.of(new ListOffsetsTopic()
                        .setName(TOPIC)
                        .setPartitions(List.of(new ListOffsetsPartition().setTimestamp(-2))))));
        client.ask(fetch().build((short) 12));
        ask(OffsetCommitRequest.Builder.forTopicNames(commit(member, generation)));
        ask(new LeaveGroupRequest.Builder(GROUP, List.of(new MemberIdentity().setMemberId(member))));
    }

    private static CreateTopicsRequestData createTopic() {
        var data = new CreateTopicsRequestData().setTimeoutMs(TIMEOUT_MS);
        data.topics()
                .add(new CreatableTopic().setName(TOPIC).setNumPartitions(1).setReplicationFactor((short) 1));
        return data;
    }

    private static ProduceRequestData produce() {
        var records = MemoryRecords.withRecords(
                Compression.NONE, new SimpleRecord("to be or not to be".getBytes(StandardCharsets.UTF_8)));
        var topics = new TopicProduceDataCollection();
        topics.add(new TopicProduceData()
                .setName(TOPIC)
                .setPartitionData(List.of(new PartitionProduceData().setRecords(records))));
        return new ProduceRequestData()
                .setAcks((short) -1)
                .setTimeoutMs(TIMEOUT_MS)
                .setTopicData(topics);
    }

    private static JoinGroupRequestData join() {
        var data = new JoinGroupRequestData()
                .setGroupId(GROUP)
                .setProtocolType("consumer")
                .setSessionTimeoutMs(TIMEOUT_MS)
                .setRebalanceTimeoutMs(TIMEOUT_MS);
        data.protocols().add(new JoinGroupRequestProtocol().setName("range").setMetadata(new byte[0]));
        return data;
    }

    private static SyncGroupRequestData sync(String member, int generation) {
        return new SyncGroupRequestData()
                .setGroupId(GROUP)
                .setMemberId(member)
                .setGenerationId(generation)
                .setProtocolType("consumer")
                .setProtocolName("range")
                .setAssignments(List.of(
                        new SyncGroupRequestAssignment().setMemberId(member).setAssignment(new byte[0])));
    }

    private static OffsetFetchRequestData fetchOffsets() {
        return new OffsetFetchRequestData()
                .setGroups(List.of(new OffsetFetchRequestGroup()
                        .setGroupId(GROUP)
                        .setTopics(List.of(
                                new OffsetFetchRequestTopics().setName(TOPIC).setPartitionIndexes(List.of(0))))));
    }

    private static FetchRequest.Builder fetch() {
        Map<TopicPartition, FetchRequest.PartitionData> partitions = new LinkedHashMap<>();
        partitions.put(
                new TopicPartition(TOPIC, 0),
                new FetchRequest.PartitionData(Uuid.ZERO_UUID, 0, 0, 1 << 20, Optional.empty()));
        return FetchRequest.Builder.forConsumer((short) 12, 500, 1, partitions);
    }

    private static OffsetCommitRequestData commit(String member, int generation) {
        return new OffsetCommitRequestData()
                .setGroupId(GROUP)
                .setMemberId(member)
                .setGenerationIdOrMemberEpoch(generation)
                .setTopics(List.of(new OffsetCommitRequestTopic()
                        .setName(TOPIC)
                        .setPartitions(List.of(new OffsetCommitRequestPartition()
                                .setPartitionIndex(0)
                                .setCommittedOffset(1)))));
    }
}
