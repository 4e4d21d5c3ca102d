package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.FinalizedVersionRange;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData.AlterReplicaLogDir;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData.AlterReplicaLogDirTopic;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData.AlterReplicaLogDirTopicCollection;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopicCollection;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicCollection;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData.DescribableLogDirTopic;
import org.apache.kafka.common.message.DescribeLogDirsRequestData.DescribableLogDirTopicCollection;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.ListConfigResourcesRequestData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopicCollection;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.UpdateFeaturesRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Records;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.AlterConfigsResponse;
import org.apache.kafka.common.requests.AlterReplicaLogDirsResponse;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.requests.CreatePartitionsResponse;
import org.apache.kafka.common.requests.CreateTopicsResponse;
import org.apache.kafka.common.requests.DeleteGroupsResponse;
import org.apache.kafka.common.requests.DeleteRecordsResponse;
import org.apache.kafka.common.requests.DeleteTopicsResponse;
import org.apache.kafka.common.requests.DescribeClusterResponse;
import org.apache.kafka.common.requests.DescribeConfigsResponse;
import org.apache.kafka.common.requests.DescribeGroupsResponse;
import org.apache.kafka.common.requests.DescribeLogDirsResponse;
import org.apache.kafka.common.requests.DescribeProducersResponse;
import org.apache.kafka.common.requests.DescribeTopicPartitionsResponse;
import org.apache.kafka.common.requests.FetchResponse;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.apache.kafka.common.requests.HeartbeatResponse;
import org.apache.kafka.common.requests.IncrementalAlterConfigsResponse;
import org.apache.kafka.common.requests.InitProducerIdResponse;
import org.apache.kafka.common.requests.LeaveGroupResponse;
import org.apache.kafka.common.requests.ListConfigResourcesResponse;
import org.apache.kafka.common.requests.ListGroupsResponse;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.common.requests.ListOffsetsResponse;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.common.requests.OffsetCommitResponse;
import org.apache.kafka.common.requests.OffsetDeleteResponse;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochResponse;
import org.apache.kafka.common.requests.ProduceResponse;
import org.apache.kafka.common.requests.UpdateFeaturesResponse;
import org.apache.kafka.common.utils.Utils;

/** One exchange per API that has a right answer, in terms of the version that it is held in. */
final class Scenarios {

    /** An exchange over a raw connection, with its checks. */
    interface Scenario {
        void run(Setting setting);
    }

    /** Where a scenario is played: a name that is nobody else's, and the version to speak. */
    record Setting(Clients clients, RawConnection connection, String name, short version) {

        <T extends AbstractResponse> T ask(ApiKeys api, ApiMessage request) {
            return connection.ask(api, version, request);
        }

        /** Creates the topic {@link #name} and returns its id. */
        Uuid topic(int partitions) {
            clients.createTopic(name, partitions);
            return Clients.get(clients.admin().describeTopics(List.of(name)).allTopicNames())
                    .get(name)
                    .topicId();
        }

        /** Creates the topic with one partition that holds ten records, and returns its id. */
        Uuid topicWithRecords() {
            Uuid id = topic(1);
            try (var producer = clients.producer(Map.of())) {
                for (int i = 0; i < 10; i++) {
                    Clients.get(producer.send(new org.apache.kafka.clients.producer.ProducerRecord<>(
                            name, 0, 1000L + i, "key", "value-" + i)));
                }
            }
            return id;
        }

        boolean from(int since) {
            return version >= since;
        }
    }

    static final Map<ApiKeys, Scenario> ALL = new EnumMap<>(ApiKeys.class);

    static {
        ALL.put(ApiKeys.API_VERSIONS, Scenarios::apiVersions);
        ALL.put(ApiKeys.METADATA, Scenarios::metadata);
        ALL.put(ApiKeys.PRODUCE, Scenarios::produce);
        ALL.put(ApiKeys.FETCH, Scenarios::fetch);
        ALL.put(ApiKeys.LIST_OFFSETS, Scenarios::listOffsets);
        ALL.put(ApiKeys.OFFSET_FOR_LEADER_EPOCH, Scenarios::offsetForLeaderEpoch);
        ALL.put(ApiKeys.INIT_PRODUCER_ID, Scenarios::initProducerId);
        ALL.put(ApiKeys.FIND_COORDINATOR, Scenarios::findCoordinator);
        ALL.put(ApiKeys.JOIN_GROUP, setting -> GroupExchange.join(setting, setting.version()));
        ALL.put(ApiKeys.SYNC_GROUP, Scenarios::syncGroup);
        ALL.put(ApiKeys.HEARTBEAT, Scenarios::heartbeat);
        ALL.put(ApiKeys.LEAVE_GROUP, Scenarios::leaveGroup);
        ALL.put(ApiKeys.CONSUMER_GROUP_HEARTBEAT, ConsumerGroupScenarios::heartbeat);
        ALL.put(ApiKeys.CONSUMER_GROUP_DESCRIBE, ConsumerGroupScenarios::describe);
        ALL.put(ApiKeys.SHARE_GROUP_HEARTBEAT, ShareGroupScenarios::heartbeat);
        ALL.put(ApiKeys.SHARE_GROUP_DESCRIBE, ShareGroupScenarios::describe);
        ALL.put(ApiKeys.DESCRIBE_SHARE_GROUP_OFFSETS, ShareGroupScenarios::describeOffsets);
        ALL.put(ApiKeys.ALTER_SHARE_GROUP_OFFSETS, ShareGroupScenarios::alterOffsets);
        ALL.put(ApiKeys.DELETE_SHARE_GROUP_OFFSETS, ShareGroupScenarios::deleteOffsets);
        ALL.put(ApiKeys.INITIALIZE_SHARE_GROUP_STATE, ShareGroupScenarios::initializeState);
        ALL.put(ApiKeys.READ_SHARE_GROUP_STATE, ShareGroupScenarios::readState);
        ALL.put(ApiKeys.WRITE_SHARE_GROUP_STATE, ShareGroupScenarios::writeState);
        ALL.put(ApiKeys.DELETE_SHARE_GROUP_STATE, ShareGroupScenarios::deleteState);
        ALL.put(ApiKeys.READ_SHARE_GROUP_STATE_SUMMARY, ShareGroupScenarios::readSummary);
        ALL.put(ApiKeys.STREAMS_GROUP_HEARTBEAT, StreamsGroupScenarios::heartbeat);
        ALL.put(ApiKeys.STREAMS_GROUP_DESCRIBE, StreamsGroupScenarios::describe);
        ALL.put(ApiKeys.SHARE_FETCH, ShareScenarios::fetch);
        ALL.put(ApiKeys.SHARE_ACKNOWLEDGE, ShareScenarios::acknowledge);
        ALL.put(ApiKeys.ADD_PARTITIONS_TO_TXN, TransactionScenarios::addPartitions);
        ALL.put(ApiKeys.ADD_OFFSETS_TO_TXN, TransactionScenarios::addOffsets);
        ALL.put(ApiKeys.TXN_OFFSET_COMMIT, TransactionScenarios::commitOffsets);
        ALL.put(ApiKeys.END_TXN, TransactionScenarios::end);
        ALL.put(ApiKeys.WRITE_TXN_MARKERS, TransactionScenarios::writeMarkers);
        ALL.put(ApiKeys.DESCRIBE_TRANSACTIONS, TransactionScenarios::describe);
        ALL.put(ApiKeys.LIST_TRANSACTIONS, TransactionScenarios::list);
        ALL.put(ApiKeys.DESCRIBE_ACLS, AclScenarios::describe);
        ALL.put(ApiKeys.CREATE_ACLS, AclScenarios::create);
        ALL.put(ApiKeys.DELETE_ACLS, AclScenarios::delete);
        ALL.put(ApiKeys.OFFSET_COMMIT, Scenarios::offsetCommit);
        ALL.put(ApiKeys.OFFSET_FETCH, Scenarios::offsetFetch);
        ALL.put(ApiKeys.OFFSET_DELETE, Scenarios::offsetDelete);
        ALL.put(ApiKeys.DESCRIBE_GROUPS, Scenarios::describeGroups);
        ALL.put(ApiKeys.LIST_GROUPS, Scenarios::listGroups);
        ALL.put(ApiKeys.DELETE_GROUPS, Scenarios::deleteGroups);
        ALL.put(ApiKeys.CREATE_TOPICS, Scenarios::createTopics);
        ALL.put(ApiKeys.DELETE_TOPICS, Scenarios::deleteTopics);
        ALL.put(ApiKeys.CREATE_PARTITIONS, Scenarios::createPartitions);
        ALL.put(ApiKeys.DELETE_RECORDS, Scenarios::deleteRecords);
        ALL.put(ApiKeys.DESCRIBE_TOPIC_PARTITIONS, Scenarios::describeTopicPartitions);
        ALL.put(ApiKeys.DESCRIBE_CLUSTER, Scenarios::describeCluster);
        ALL.put(ApiKeys.DESCRIBE_CONFIGS, Scenarios::describeConfigs);
        ALL.put(ApiKeys.INCREMENTAL_ALTER_CONFIGS, Scenarios::incrementalAlterConfigs);
        ALL.put(ApiKeys.ALTER_CONFIGS, Scenarios::alterConfigs);
        ALL.put(ApiKeys.LIST_CONFIG_RESOURCES, Scenarios::listConfigResources);
        ALL.put(ApiKeys.UPDATE_FEATURES, Scenarios::updateFeatures);
        ALL.put(ApiKeys.DESCRIBE_LOG_DIRS, Scenarios::describeLogDirs);
        ALL.put(ApiKeys.ALTER_REPLICA_LOG_DIRS, Scenarios::alterReplicaLogDirs);
        ALL.put(ApiKeys.DESCRIBE_PRODUCERS, Scenarios::describeProducers);
    }

    private Scenarios() {}

    private static void assertNone(short errorCode) {
        assertEquals(Errors.NONE, Errors.forCode(errorCode));
    }

    private static void apiVersions(Setting setting) {
        var request = new ApiVersionsRequestData();
        if (setting.from(3)) request.setClientSoftwareName("raw").setClientSoftwareVersion("1");
        ApiVersionsResponse answer = setting.ask(ApiKeys.API_VERSIONS, request);
        assertNone(answer.data().errorCode());
        assertEquals(ALL.size(), answer.data().apiKeys().size());
    }

    private static void metadata(Setting setting) {
        Uuid id = setting.topic(3);
        var request = new MetadataRequestData().setTopics(List.of(new MetadataRequestTopic().setName(setting.name())));
        if (setting.from(4)) request.setAllowAutoTopicCreation(false);
        MetadataResponse answer = setting.ask(ApiKeys.METADATA, request);
        assertEquals(1, answer.data().brokers().size());
        MetadataResponseTopic topic = answer.data().topics().find(setting.name());
        assertNone(topic.errorCode());
        assertEquals(3, topic.partitions().size());
        if (setting.from(10)) assertEquals(id, topic.topicId());
        if (setting.from(12)) {
            MetadataResponse byId = setting.ask(
                    ApiKeys.METADATA,
                    new MetadataRequestData()
                            .setTopics(List.of(
                                    new MetadataRequestTopic().setName(null).setTopicId(id))));
            assertEquals(setting.name(), byId.data().topics().iterator().next().name());
        }
    }

    static MemoryRecords records(String... values) {
        SimpleRecord[] records = new SimpleRecord[values.length];
        for (int i = 0; i < values.length; i++) {
            records[i] = new SimpleRecord(
                    1000L + i, "key".getBytes(StandardCharsets.UTF_8), values[i].getBytes(StandardCharsets.UTF_8));
        }
        return MemoryRecords.withRecords(Compression.NONE, records);
    }

    private static void produce(Setting setting) {
        Uuid id = setting.topic(1);
        var topic = new TopicProduceData()
                .setPartitionData(List.of(new PartitionProduceData().setIndex(0).setRecords(records("a", "b"))));
        if (setting.from(13)) topic.setTopicId(id);
        else topic.setName(setting.name());
        var topics = new TopicProduceDataCollection();
        topics.add(topic);
        var request = new ProduceRequestData()
                .setAcks((short) -1)
                .setTimeoutMs(10_000)
                .setTopicData(topics);
        for (int round = 0; round < 2; round++) {
            ProduceResponse answer = setting.ask(ApiKeys.PRODUCE, request);
            PartitionProduceResponse partition = answer.data()
                    .responses()
                    .iterator()
                    .next()
                    .partitionResponses()
                    .getFirst();
            assertNone(partition.errorCode());
            assertEquals(2L * round, partition.baseOffset());
            if (setting.from(5)) assertEquals(0, partition.logStartOffset());
        }
    }

    private static void fetch(Setting setting) {
        Uuid id = setting.topicWithRecords();
        var topic = new FetchTopic()
                .setPartitions(List.of(
                        new FetchPartition().setPartition(0).setFetchOffset(4).setPartitionMaxBytes(1_000_000)));
        if (setting.from(13)) topic.setTopicId(id);
        else topic.setTopic(setting.name());
        var request = new FetchRequestData()
                .setMaxWaitMs(1000)
                .setMinBytes(1)
                .setMaxBytes(1_000_000)
                .setTopics(List.of(topic));
        FetchResponse answer = setting.ask(ApiKeys.FETCH, request);
        if (setting.from(7)) assertNone(answer.data().errorCode());
        var partition = answer.data().responses().getFirst().partitions().getFirst();
        assertNone(partition.errorCode());
        assertEquals(10, partition.highWatermark());
        var records = (Records) partition.records();
        var offset = new long[] {4};
        records.records().forEach(record -> {
            if (record.offset() < 4) return;
            assertEquals(offset[0]++, record.offset());
            assertEquals("value-" + record.offset(), Utils.utf8(record.value()));
        });
        assertEquals(10, offset[0]);
    }

    private static void listOffsets(Setting setting) {
        setting.topicWithRecords();
        assertEquals(0, offsetAt(setting, ListOffsetsRequest.EARLIEST_TIMESTAMP));
        assertEquals(10, offsetAt(setting, ListOffsetsRequest.LATEST_TIMESTAMP));
        assertEquals(5, offsetAt(setting, 1005));
        if (setting.from(7)) assertEquals(9, offsetAt(setting, ListOffsetsRequest.MAX_TIMESTAMP));
        if (setting.from(8)) assertEquals(0, offsetAt(setting, ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP));
        if (setting.from(9)) assertEquals(-1, offsetAt(setting, ListOffsetsRequest.LATEST_TIERED_TIMESTAMP));
    }

    private static long offsetAt(Setting setting, long timestamp) {
        var request = new ListOffsetsRequestData()
                .setReplicaId(-1)
                .setTopics(List.of(new ListOffsetsTopic()
                        .setName(setting.name())
                        .setPartitions(List.of(
                                new ListOffsetsPartition().setPartitionIndex(0).setTimestamp(timestamp)))));
        ListOffsetsResponse answer = setting.ask(ApiKeys.LIST_OFFSETS, request);
        var partition = answer.data().topics().getFirst().partitions().getFirst();
        assertNone(partition.errorCode());
        return partition.offset();
    }

    private static void offsetForLeaderEpoch(Setting setting) {
        setting.topicWithRecords();
        var topics = new OffsetForLeaderTopicCollection();
        topics.add(new OffsetForLeaderTopic()
                .setTopic(setting.name())
                .setPartitions(List.of(new OffsetForLeaderPartition()
                        .setPartition(0)
                        .setLeaderEpoch(0)
                        .setCurrentLeaderEpoch(0))));
        var request = new OffsetForLeaderEpochRequestData().setTopics(topics);
        if (setting.from(3)) request.setReplicaId(-1);
        OffsetsForLeaderEpochResponse answer = setting.ask(ApiKeys.OFFSET_FOR_LEADER_EPOCH, request);
        var partition = answer.data().topics().iterator().next().partitions().getFirst();
        assertNone(partition.errorCode());
        assertEquals(10, partition.endOffset());
        assertEquals(0, partition.leaderEpoch());
    }

    private static void initProducerId(Setting setting) {
        var request = new InitProducerIdRequestData().setTransactionalId(null).setTransactionTimeoutMs(10_000);
        InitProducerIdResponse first = setting.ask(ApiKeys.INIT_PRODUCER_ID, request);
        InitProducerIdResponse second = setting.ask(ApiKeys.INIT_PRODUCER_ID, request);
        assertNone(first.data().errorCode());
        assertTrue(first.data().producerId() >= 0);
        assertEquals(0, first.data().producerEpoch());
        assertEquals(first.data().producerId() + 1, second.data().producerId());
    }

    private static void findCoordinator(Setting setting) {
        var request = new FindCoordinatorRequestData();
        if (setting.from(4)) request.setCoordinatorKeys(List.of(setting.name()));
        else request.setKey(setting.name());
        FindCoordinatorResponse answer = setting.ask(ApiKeys.FIND_COORDINATOR, request);
        if (setting.from(4)) {
            var coordinator = answer.data().coordinators().getFirst();
            assertNone(coordinator.errorCode());
            assertEquals(setting.name(), coordinator.key());
            assertTrue(coordinator.port() > 0);
        } else {
            assertNone(answer.data().errorCode());
            assertTrue(answer.data().port() > 0);
        }
    }

    private static void syncGroup(Setting setting) {
        var member = GroupExchange.join(setting, (short) 5);
        assertNotNull(GroupExchange.sync(setting, member, setting.version()));
    }

    private static void heartbeat(Setting setting) {
        var member = GroupExchange.stable(setting);
        HeartbeatResponse answer = setting.ask(
                ApiKeys.HEARTBEAT,
                new HeartbeatRequestData()
                        .setGroupId(setting.name())
                        .setMemberId(member.memberId())
                        .setGenerationId(member.generationId()));
        assertNone(answer.data().errorCode());
        HeartbeatResponse old = setting.ask(
                ApiKeys.HEARTBEAT,
                new HeartbeatRequestData()
                        .setGroupId(setting.name())
                        .setMemberId(member.memberId())
                        .setGenerationId(member.generationId() - 1));
        assertEquals(Errors.ILLEGAL_GENERATION.code(), old.data().errorCode());
    }

    private static void leaveGroup(Setting setting) {
        var member = GroupExchange.stable(setting);
        var request = new LeaveGroupRequestData().setGroupId(setting.name());
        if (setting.from(3)) request.setMembers(List.of(new MemberIdentity().setMemberId(member.memberId())));
        else request.setMemberId(member.memberId());
        LeaveGroupResponse answer = setting.ask(ApiKeys.LEAVE_GROUP, request);
        assertNone(answer.data().errorCode());
        if (setting.from(3)) assertNone(answer.data().members().getFirst().errorCode());
    }

    private static void offsetCommit(Setting setting) {
        Uuid id = setting.topic(1);
        var member = GroupExchange.stable(setting);
        var topic = new OffsetCommitRequestTopic()
                .setPartitions(List.of(new OffsetCommitRequestPartition()
                        .setPartitionIndex(0)
                        .setCommittedOffset(42)
                        .setCommittedMetadata("noted")));
        if (setting.from(10)) topic.setTopicId(id);
        else topic.setName(setting.name());
        var request = new OffsetCommitRequestData()
                .setGroupId(setting.name())
                .setMemberId(member.memberId())
                .setGenerationIdOrMemberEpoch(member.generationId())
                .setTopics(List.of(topic));
        OffsetCommitResponse answer = setting.ask(ApiKeys.OFFSET_COMMIT, request);
        assertNone(answer.data().topics().getFirst().partitions().getFirst().errorCode());
        var committed = Clients.get(setting.clients()
                        .admin()
                        .listConsumerGroupOffsets(setting.name())
                        .partitionsToOffsetAndMetadata())
                .get(new TopicPartition(setting.name(), 0));
        assertEquals(42, committed.offset());
        assertEquals("noted", committed.metadata());
    }

    private static void offsetFetch(Setting setting) {
        Uuid id = setting.topic(2);
        commit(setting, 42);
        if (setting.from(8)) {
            var topic = new OffsetFetchRequestTopics().setPartitionIndexes(List.of(0, 1));
            if (setting.from(10)) topic.setTopicId(id);
            else topic.setName(setting.name());
            var request = new OffsetFetchRequestData()
                    .setGroups(List.of(new OffsetFetchRequestGroup()
                            .setGroupId(setting.name())
                            .setTopics(List.of(topic))));
            OffsetFetchResponse answer = setting.ask(ApiKeys.OFFSET_FETCH, request);
            var group = answer.data().groups().getFirst();
            assertNone(group.errorCode());
            var partitions = group.topics().getFirst().partitions();
            assertEquals(42, partitions.get(0).committedOffset());
            assertEquals(-1, partitions.get(1).committedOffset());
        } else {
            var request = new OffsetFetchRequestData()
                    .setGroupId(setting.name())
                    .setTopics(List.of(new OffsetFetchRequestTopic()
                            .setName(setting.name())
                            .setPartitionIndexes(List.of(0, 1))));
            OffsetFetchResponse answer = setting.ask(ApiKeys.OFFSET_FETCH, request);
            var partitions = answer.data().topics().getFirst().partitions();
            assertEquals(42, partitions.get(0).committedOffset());
            assertEquals(-1, partitions.get(1).committedOffset());
        }
    }

    private static void commit(Setting setting, long offset) {
        Clients.get(setting.clients()
                .admin()
                .alterConsumerGroupOffsets(
                        setting.name(), Map.of(new TopicPartition(setting.name(), 0), new OffsetAndMetadata(offset)))
                .all());
    }

    private static void offsetDelete(Setting setting) {
        setting.topic(1);
        commit(setting, 42);
        var topics = new OffsetDeleteRequestTopicCollection();
        topics.add(new OffsetDeleteRequestTopic()
                .setName(setting.name())
                .setPartitions(List.of(new OffsetDeleteRequestPartition().setPartitionIndex(0))));
        OffsetDeleteResponse answer = setting.ask(
                ApiKeys.OFFSET_DELETE,
                new OffsetDeleteRequestData().setGroupId(setting.name()).setTopics(topics));
        assertNone(answer.data().errorCode());
        assertNone(
                answer.data().topics().find(setting.name()).partitions().find(0).errorCode());
    }

    private static void describeGroups(Setting setting) {
        GroupExchange.stable(setting);
        DescribeGroupsResponse answer = setting.ask(
                ApiKeys.DESCRIBE_GROUPS, new DescribeGroupsRequestData().setGroups(List.of(setting.name())));
        var group = answer.data().groups().getFirst();
        assertNone(group.errorCode());
        assertEquals("Stable", group.groupState());
        assertEquals("consumer", group.protocolType());
        assertEquals(1, group.members().size());
    }

    private static void listGroups(Setting setting) {
        GroupExchange.stable(setting);
        var request = new ListGroupsRequestData();
        if (setting.from(4)) request.setStatesFilter(List.of("Stable"));
        if (setting.from(5)) request.setTypesFilter(List.of("classic"));
        ListGroupsResponse answer = setting.ask(ApiKeys.LIST_GROUPS, request);
        assertNone(answer.data().errorCode());
        assertTrue(answer.data().groups().stream()
                .anyMatch(group -> group.groupId().equals(setting.name())));
    }

    private static void deleteGroups(Setting setting) {
        setting.topic(1);
        commit(setting, 42);
        var request = new DeleteGroupsRequestData().setGroupsNames(List.of(setting.name()));
        DeleteGroupsResponse answer = setting.ask(ApiKeys.DELETE_GROUPS, request);
        assertNone(answer.data().results().find(setting.name()).errorCode());
        DeleteGroupsResponse again = setting.ask(ApiKeys.DELETE_GROUPS, request);
        assertEquals(
                Errors.GROUP_ID_NOT_FOUND.code(),
                again.data().results().find(setting.name()).errorCode());
    }

    private static void createTopics(Setting setting) {
        var topics = new CreatableTopicCollection();
        topics.add(
                new CreatableTopic().setName(setting.name()).setNumPartitions(2).setReplicationFactor((short) 1));
        CreateTopicsResponse answer = setting.ask(
                ApiKeys.CREATE_TOPICS,
                new CreateTopicsRequestData().setTopics(topics).setTimeoutMs(10_000));
        var created = answer.data().topics().find(setting.name());
        assertNone(created.errorCode());
        if (setting.from(5)) {
            assertEquals(2, created.numPartitions());
            assertFalse(created.configs().isEmpty());
        }
        if (setting.from(7)) assertFalse(created.topicId().equals(Uuid.ZERO_UUID));
    }

    private static void deleteTopics(Setting setting) {
        Uuid id = setting.topic(1);
        var request = new DeleteTopicsRequestData().setTimeoutMs(10_000);
        if (setting.from(6))
            request.setTopics(List.of(new DeleteTopicState().setName(null).setTopicId(id)));
        else request.setTopicNames(List.of(setting.name()));
        DeleteTopicsResponse answer = setting.ask(ApiKeys.DELETE_TOPICS, request);
        var deleted = answer.data().responses().iterator().next();
        assertNone(deleted.errorCode());
        assertEquals(setting.name(), deleted.name());
    }

    private static void createPartitions(Setting setting) {
        setting.topic(1);
        var topics = new CreatePartitionsTopicCollection();
        topics.add(
                new CreatePartitionsTopic().setName(setting.name()).setCount(4).setAssignments(null));
        CreatePartitionsResponse answer = setting.ask(
                ApiKeys.CREATE_PARTITIONS,
                new CreatePartitionsRequestData().setTopics(topics).setTimeoutMs(10_000));
        assertNone(answer.data().results().getFirst().errorCode());
        assertEquals(
                4,
                Clients.get(setting.clients()
                                .admin()
                                .describeTopics(List.of(setting.name()))
                                .allTopicNames())
                        .get(setting.name())
                        .partitions()
                        .size());
    }

    private static void deleteRecords(Setting setting) {
        setting.topicWithRecords();
        var request = new DeleteRecordsRequestData()
                .setTimeoutMs(10_000)
                .setTopics(List.of(new DeleteRecordsTopic()
                        .setName(setting.name())
                        .setPartitions(List.of(new DeleteRecordsPartition()
                                .setPartitionIndex(0)
                                .setOffset(3)))));
        DeleteRecordsResponse answer = setting.ask(ApiKeys.DELETE_RECORDS, request);
        var partition = answer.data().topics().find(setting.name()).partitions().find(0);
        assertNone(partition.errorCode());
        assertEquals(3, partition.lowWatermark());
        var tp = new TopicPartition(setting.name(), 0);
        assertEquals(
                3,
                Clients.get(setting.clients()
                                .admin()
                                .listOffsets(Map.of(tp, OffsetSpec.earliest()))
                                .all())
                        .get(tp)
                        .offset());
    }

    private static void describeTopicPartitions(Setting setting) {
        Uuid id = setting.topic(5);
        var request = new DescribeTopicPartitionsRequestData()
                .setResponsePartitionLimit(3)
                .setTopics(List.of(new DescribeTopicPartitionsRequestData.TopicRequest().setName(setting.name())));
        DescribeTopicPartitionsResponse first = setting.ask(ApiKeys.DESCRIBE_TOPIC_PARTITIONS, request);
        var topic = first.data().topics().find(setting.name());
        assertNone(topic.errorCode());
        assertEquals(id, topic.topicId());
        assertEquals(3, topic.partitions().size());
        assertEquals(3, first.data().nextCursor().partitionIndex());
        request.setCursor(new DescribeTopicPartitionsRequestData.Cursor()
                .setTopicName(setting.name())
                .setPartitionIndex(3));
        DescribeTopicPartitionsResponse second = setting.ask(ApiKeys.DESCRIBE_TOPIC_PARTITIONS, request);
        assertEquals(2, second.data().topics().find(setting.name()).partitions().size());
    }

    private static void describeCluster(Setting setting) {
        DescribeClusterResponse answer = setting.ask(ApiKeys.DESCRIBE_CLUSTER, new DescribeClusterRequestData());
        assertNone(answer.data().errorCode());
        assertEquals(1, answer.data().brokers().size());
        assertEquals(22, answer.data().clusterId().length());
    }

    private static void describeConfigs(Setting setting) {
        setting.topic(1);
        var request = new DescribeConfigsRequestData()
                .setIncludeSynonyms(true)
                .setResources(List.of(new DescribeConfigsResource()
                        .setResourceType(ConfigResource.Type.TOPIC.id())
                        .setResourceName(setting.name())
                        .setConfigurationKeys(List.of("max.message.bytes"))));
        if (setting.from(3)) request.setIncludeDocumentation(true);
        DescribeConfigsResponse answer = setting.ask(ApiKeys.DESCRIBE_CONFIGS, request);
        var result = answer.data().results().getFirst();
        assertNone(result.errorCode());
        var config = result.configs().getFirst();
        assertEquals("max.message.bytes", config.name());
        assertEquals("1048588", config.value());
        assertFalse(config.synonyms().isEmpty());
        if (setting.from(3)) {
            assertEquals(DescribeConfigsResponse.ConfigType.INT.id(), config.configType());
            assertFalse(config.documentation().isBlank());
        }
    }

    private static void incrementalAlterConfigs(Setting setting) {
        setting.topic(1);
        var configs = new IncrementalAlterConfigsRequestData.AlterableConfigCollection();
        configs.add(new IncrementalAlterConfigsRequestData.AlterableConfig()
                .setName("retention.ms")
                .setConfigOperation((byte) 0)
                .setValue("12345"));
        var resources = new IncrementalAlterConfigsRequestData.AlterConfigsResourceCollection();
        resources.add(new IncrementalAlterConfigsRequestData.AlterConfigsResource()
                .setResourceType(ConfigResource.Type.TOPIC.id())
                .setResourceName(setting.name())
                .setConfigs(configs));
        IncrementalAlterConfigsResponse answer = setting.ask(
                ApiKeys.INCREMENTAL_ALTER_CONFIGS, new IncrementalAlterConfigsRequestData().setResources(resources));
        assertNone(answer.data().responses().getFirst().errorCode());
        assertEquals("12345", retention(setting));
    }

    private static void alterConfigs(Setting setting) {
        setting.topic(1);
        var configs = new AlterConfigsRequestData.AlterableConfigCollection();
        configs.add(new AlterConfigsRequestData.AlterableConfig()
                .setName("retention.ms")
                .setValue("54321"));
        var resources = new AlterConfigsRequestData.AlterConfigsResourceCollection();
        resources.add(new AlterConfigsRequestData.AlterConfigsResource()
                .setResourceType(ConfigResource.Type.TOPIC.id())
                .setResourceName(setting.name())
                .setConfigs(configs));
        AlterConfigsResponse answer =
                setting.ask(ApiKeys.ALTER_CONFIGS, new AlterConfigsRequestData().setResources(resources));
        assertNone(answer.data().responses().getFirst().errorCode());
        assertEquals("54321", retention(setting));
    }

    private static String retention(Setting setting) {
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, setting.name());
        return Clients.get(setting.clients()
                        .admin()
                        .describeConfigs(List.of(resource))
                        .all())
                .get(resource)
                .get("retention.ms")
                .value();
    }

    private static void listConfigResources(Setting setting) {
        setting.topic(1);
        var request = new ListConfigResourcesRequestData();
        if (setting.from(1)) request.setResourceTypes(List.of(ConfigResource.Type.TOPIC.id()));
        ListConfigResourcesResponse answer = setting.ask(ApiKeys.LIST_CONFIG_RESOURCES, request);
        assertNone(answer.data().errorCode());
        boolean listed = answer.data().configResources().stream()
                .anyMatch(resource -> resource.resourceName().equals(setting.name()));
        // Version 0 knows client metrics alone.
        assertEquals(setting.from(1), listed);
    }

    private static void updateFeatures(Setting setting) {
        String feature = "eligible.leader.replicas.version";
        assertNone(updateFeature(setting, feature, 0).data().errorCode());
        assertNull(finalized(setting, feature));
        assertNone(updateFeature(setting, feature, 1).data().errorCode());
        assertEquals((short) 1, finalized(setting, feature).maxVersionLevel());
        UpdateFeaturesResponse refused = updateFeature(setting, feature, 2);
        assertEquals(
                Errors.INVALID_UPDATE_VERSION, Errors.forCode(refused.data().errorCode()));
    }

    private static UpdateFeaturesResponse updateFeature(Setting setting, String feature, int level) {
        var update = new UpdateFeaturesRequestData.FeatureUpdateKey()
                .setFeature(feature)
                .setMaxVersionLevel((short) level);
        if (level == 0 && setting.version() == 0) update.setAllowDowngrade(true);
        else if (level == 0) update.setUpgradeType(FeatureUpdate.UpgradeType.SAFE_DOWNGRADE.code());
        var request = new UpdateFeaturesRequestData().setTimeoutMs(10_000);
        request.featureUpdates().add(update);
        return setting.ask(ApiKeys.UPDATE_FEATURES, request);
    }

    private static FinalizedVersionRange finalized(Setting setting, String feature) {
        return Clients.get(setting.clients().admin().describeFeatures().featureMetadata())
                .finalizedFeatures()
                .get(feature);
    }

    private static void describeLogDirs(Setting setting) {
        setting.topicWithRecords();
        var topics = new DescribableLogDirTopicCollection();
        topics.add(new DescribableLogDirTopic().setTopic(setting.name()).setPartitions(List.of(0)));
        DescribeLogDirsResponse answer =
                setting.ask(ApiKeys.DESCRIBE_LOG_DIRS, new DescribeLogDirsRequestData().setTopics(topics));
        var directory = answer.data().results().getFirst();
        assertNone(directory.errorCode());
        var partition = directory.topics().getFirst().partitions().getFirst();
        assertTrue(partition.partitionSize() > 0);
        assertEquals(0, partition.offsetLag());
        if (setting.from(4)) assertTrue(directory.totalBytes() > 0);
    }

    private static void alterReplicaLogDirs(Setting setting) {
        setting.topicWithRecords();
        DescribeLogDirsResponse directories =
                setting.ask(ApiKeys.DESCRIBE_LOG_DIRS, new DescribeLogDirsRequestData().setTopics(null));
        String here = directories.data().results().getFirst().logDir();
        assertNone(errorOfMoveTo(here, setting));
        assertEquals(Errors.LOG_DIR_NOT_FOUND.code(), errorOfMoveTo(here + "/nowhere", setting));
    }

    private static short errorOfMoveTo(String path, Setting setting) {
        var topics = new AlterReplicaLogDirTopicCollection();
        topics.add(new AlterReplicaLogDirTopic().setName(setting.name()).setPartitions(List.of(0)));
        var request = new AlterReplicaLogDirsRequestData();
        request.dirs().add(new AlterReplicaLogDir().setPath(path).setTopics(topics));
        AlterReplicaLogDirsResponse answer = setting.ask(ApiKeys.ALTER_REPLICA_LOG_DIRS, request);
        var topic = answer.data().results().getFirst();
        assertEquals(setting.name(), topic.topicName());
        return topic.partitions().getFirst().errorCode();
    }

    private static void describeProducers(Setting setting) {
        setting.topicWithRecords();
        var request = new DescribeProducersRequestData()
                .setTopics(List.of(new DescribeProducersRequestData.TopicRequest()
                        .setName(setting.name())
                        .setPartitionIndexes(List.of(0))));
        DescribeProducersResponse answer = setting.ask(ApiKeys.DESCRIBE_PRODUCERS, request);
        var partition = answer.data().topics().getFirst().partitions().getFirst();
        assertNone(partition.errorCode());
        assertEquals(9, partition.activeProducers().getFirst().lastSequence());
    }
}
