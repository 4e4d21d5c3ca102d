package dev.heddle.system;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.CreateAclsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.DeleteAclsRequestData;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteRecordsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DescribeAclsRequestData;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.ListConfigResourcesRequestData;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.StreamsGroupDescribeRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.UpdateFeaturesRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** The requests that Heddle and Apache Kafka are both sent, and what their authorizer denies in each. */
final class AuthorizerScript {

    /**
     * One request.
     *
     * @param deny as {@link RecordingAuthorizer} understands it; empty to allow everything
     * @param request made for a broker whose topics have these ids
     */
    record Step(ApiKeys api, short version, String deny, Function<Map<String, Uuid>, ApiMessage> request) {}

    private final List<Step> steps = new ArrayList<>();

    private AuthorizerScript() {}

    /** The steps, in the order in which they are to be taken: some change what is there. */
    static List<Step> steps() {
        var script = new AuthorizerScript();
        script.metadata();
        script.describeTopicPartitions();
        script.data();
        script.groups();
        script.streamsGroups();
        script.steps.addAll(ShareAuthorizerScript.steps());
        script.coordinators();
        script.configs();
        script.cluster();
        script.topics();
        script.rules();
        return script.steps;
    }

    /** The same request with nothing denied, and with each of these. */
    private void ask(ApiKeys api, int version, ApiMessage request, String... denied) {
        ask(api, version, ids -> request, denied);
    }

    private void ask(ApiKeys api, int version, Function<Map<String, Uuid>, ApiMessage> request, String... denied) {
        steps.add(new Step(api, (short) version, "", request));
        Arrays.stream(denied).forEach(deny -> steps.add(new Step(api, (short) version, deny, request)));
    }

    /** Only with these denied: allowed, it would change too much. */
    private void refuse(ApiKeys api, int version, ApiMessage request, String... denied) {
        Arrays.stream(denied).forEach(deny -> steps.add(new Step(api, (short) version, deny, ids -> request)));
    }

    private void metadata() {
        for (int version : List.of(4, 8, 10, 13)) {
            var named = metadataOf("a", "b", "missing", "bad name");
            if (version >= 8) named.setIncludeTopicAuthorizedOperations(true);
            if (version >= 8 && version <= 10) named.setIncludeClusterAuthorizedOperations(true);
            ask(
                    ApiKeys.METADATA,
                    version,
                    named.setAllowAutoTopicCreation(false),
                    "DESCRIBE:TOPIC:a WRITE:TOPIC:b",
                    "DESCRIBE:*:*",
                    "CREATE:CLUSTER:*",
                    "CREATE:*:*");
            ask(
                    ApiKeys.METADATA,
                    version,
                    new MetadataRequestData().setTopics(null).setAllowAutoTopicCreation(true),
                    "DESCRIBE:TOPIC:a",
                    "DESCRIBE:*:*");
        }
        ask(
                ApiKeys.METADATA,
                13,
                ids -> {
                    var request = new MetadataRequestData().setIncludeTopicAuthorizedOperations(true);
                    for (Uuid id : List.of(ids.get("a"), ids.get("b"), new Uuid(7, 7)))
                        request.topics()
                                .add(new MetadataRequestData.MetadataRequestTopic()
                                        .setTopicId(id)
                                        .setName(null));
                    return request;
                },
                "DESCRIBE:TOPIC:b");
        var creating = metadataOf("a", "auto-1", "auto-2").setAllowAutoTopicCreation(true);
        refuse(
                ApiKeys.METADATA,
                13,
                creating,
                "CREATE:*:*",
                "CREATE:CLUSTER:* CREATE:TOPIC:auto-1 CREATE:TOPIC:auto-2",
                "DESCRIBE:TOPIC:auto-1 CREATE:CLUSTER:* CREATE:TOPIC:auto-2");
    }

    private static MetadataRequestData metadataOf(String... topics) {
        var request = new MetadataRequestData();
        for (String topic : topics) request.topics().add(new MetadataRequestData.MetadataRequestTopic().setName(topic));
        return request;
    }

    private void describeTopicPartitions() {
        var named = new DescribeTopicPartitionsRequestData();
        for (String topic : List.of("b", "a", "missing"))
            named.topics().add(new DescribeTopicPartitionsRequestData.TopicRequest().setName(topic));
        ask(ApiKeys.DESCRIBE_TOPIC_PARTITIONS, 0, named, "DESCRIBE:TOPIC:a", "DESCRIBE:*:*");
        ask(ApiKeys.DESCRIBE_TOPIC_PARTITIONS, 0, new DescribeTopicPartitionsRequestData(), "DESCRIBE:TOPIC:a");
    }

    private void data() {
        for (int version : List.of(9, 13)) {
            ask(ApiKeys.PRODUCE, version, ids -> produce(ids, version, false), "WRITE:TOPIC:a", "WRITE:*:*");
        }
        refuse(ApiKeys.PRODUCE, 9, produce(Map.of(), 9, true), "WRITE:TRANSACTIONAL_ID:*");
        for (int version : List.of(4, 12, 17)) {
            ask(ApiKeys.FETCH, version, ids -> fetch(ids, version), "READ:TOPIC:a", "READ:*:*");
        }
        refuse(ApiKeys.FETCH, 12, fetch(Map.of(), 12).setReplicaId(1), "CLUSTER_ACTION:*:*");
        listOffsets();
        ask(
                ApiKeys.OFFSET_FOR_LEADER_EPOCH,
                4,
                leaderEpochs(),
                "CLUSTER_ACTION:*:*",
                "CLUSTER_ACTION:*:* DESCRIBE:TOPIC:a");
        var deletion = new DeleteRecordsRequestData().setTimeoutMs(5000);
        for (String topic : List.of("a", "b", "missing"))
            deletion.topics()
                    .add(new DeleteRecordsRequestData.DeleteRecordsTopic()
                            .setName(topic)
                            .setPartitions(List.of(
                                    new DeleteRecordsRequestData.DeleteRecordsPartition().setPartitionIndex(0))));
        ask(ApiKeys.DELETE_RECORDS, 2, deletion, "DELETE:TOPIC:b", "DELETE:*:*");
        var producers = new DescribeProducersRequestData();
        for (String topic : List.of("a", "b", "missing", "bad name"))
            producers
                    .topics()
                    .add(new DescribeProducersRequestData.TopicRequest()
                            .setName(topic)
                            .setPartitionIndexes(List.of(0)));
        ask(ApiKeys.DESCRIBE_PRODUCERS, 0, producers, "READ:TOPIC:b", "READ:*:*");
        refuse(ApiKeys.DESCRIBE_LOG_DIRS, 4, new DescribeLogDirsRequestData().setTopics(null), "DESCRIBE:CLUSTER:*");
        refuse(ApiKeys.ALTER_REPLICA_LOG_DIRS, 2, new AlterReplicaLogDirsRequestData(), "ALTER:CLUSTER:*");
        ask(
                ApiKeys.INIT_PRODUCER_ID,
                5,
                new InitProducerIdRequestData().setTransactionalId(null).setTransactionTimeoutMs(1000),
                "IDEMPOTENT_WRITE:CLUSTER:*",
                "IDEMPOTENT_WRITE:*:* WRITE:TOPIC:*");
        refuse(
                ApiKeys.INIT_PRODUCER_ID,
                5,
                new InitProducerIdRequestData().setTransactionalId("t").setTransactionTimeoutMs(1000),
                "WRITE:TRANSACTIONAL_ID:t");
    }

    private static ProduceRequestData produce(Map<String, Uuid> ids, int version, boolean transactional) {
        var request = new ProduceRequestData().setAcks((short) -1).setTimeoutMs(5000);
        if (transactional) request.setTransactionalId("t");
        for (String topic : List.of("a", "b", "missing")) {
            var records = transactional
                    ? MemoryRecords.withTransactionalRecords(
                            Compression.NONE, 1, (short) 0, 0, new SimpleRecord(new byte[3]))
                    : MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(new byte[3]));
            var data = new ProduceRequestData.TopicProduceData();
            if (version >= 13) data.setTopicId(ids.getOrDefault(topic, new Uuid(7, 7)));
            else data.setName(topic);
            for (int partition = 0; partition < 2; partition++)
                data.partitionData()
                        .add(new ProduceRequestData.PartitionProduceData()
                                .setIndex(partition)
                                .setRecords(records));
            request.topicData().add(data);
        }
        return request;
    }

    private static FetchRequestData fetch(Map<String, Uuid> ids, int version) {
        var request = new FetchRequestData()
                .setMaxBytes(1)
                .setMaxWaitMs(0)
                .setMinBytes(0)
                .setSessionEpoch(version >= 7 ? -1 : 0);
        for (String topic : List.of("a", "b", "missing")) {
            var asked = new FetchRequestData.FetchTopic();
            if (version >= 13) asked.setTopicId(ids.getOrDefault(topic, new Uuid(7, 7)));
            else asked.setTopic(topic);
            for (int partition = 0; partition < (topic.equals("a") ? 2 : 1); partition++)
                asked.partitions()
                        .add(new FetchRequestData.FetchPartition()
                                .setPartition(partition)
                                .setPartitionMaxBytes(0));
            request.topics().add(asked);
        }
        return request;
    }

    private void listOffsets() {
        var request = new ListOffsetsRequestData().setReplicaId(-1);
        for (String topic : List.of("a", "b", "missing"))
            request.topics()
                    .add(new ListOffsetsRequestData.ListOffsetsTopic()
                            .setName(topic)
                            .setPartitions(List.of(
                                    new ListOffsetsRequestData.ListOffsetsPartition()
                                            .setPartitionIndex(0)
                                            .setTimestamp(-2),
                                    new ListOffsetsRequestData.ListOffsetsPartition()
                                            .setPartitionIndex(1)
                                            .setTimestamp(-2))));
        ask(ApiKeys.LIST_OFFSETS, 7, request, "DESCRIBE:TOPIC:a", "DESCRIBE:*:*");
    }

    private static OffsetForLeaderEpochRequestData leaderEpochs() {
        var request = new OffsetForLeaderEpochRequestData().setReplicaId(-2);
        for (String topic : List.of("a", "b"))
            request.topics()
                    .add(new OffsetForLeaderEpochRequestData.OffsetForLeaderTopic()
                            .setTopic(topic)
                            .setPartitions(List.of(new OffsetForLeaderEpochRequestData.OffsetForLeaderPartition()
                                    .setPartition(0)
                                    .setLeaderEpoch(0))));
        return request;
    }

    private void groups() {
        refuse(
                ApiKeys.JOIN_GROUP,
                9,
                new JoinGroupRequestData()
                        .setGroupId("g")
                        .setProtocolType("consumer")
                        .setSessionTimeoutMs(6000),
                "READ:GROUP:g");
        refuse(
                ApiKeys.SYNC_GROUP,
                5,
                new SyncGroupRequestData()
                        .setGroupId("g")
                        .setProtocolType("consumer")
                        .setProtocolName("p"),
                "READ:GROUP:g");
        ask(ApiKeys.SYNC_GROUP, 5, new SyncGroupRequestData().setGroupId("g"));
        ask(ApiKeys.HEARTBEAT, 4, new HeartbeatRequestData().setGroupId("g").setMemberId("m"), "READ:GROUP:g");
        ask(
                ApiKeys.LEAVE_GROUP,
                5,
                new LeaveGroupRequestData()
                        .setGroupId("g")
                        .setMembers(List.of(new LeaveGroupRequestData.MemberIdentity().setMemberId("m"))),
                "READ:GROUP:g");
        for (int version : List.of(8, 9, 10)) {
            ask(
                    ApiKeys.OFFSET_COMMIT,
                    version,
                    ids -> commit(ids, version),
                    "READ:GROUP:g",
                    "READ:TOPIC:a",
                    "READ:TOPIC:*");
            ask(
                    ApiKeys.OFFSET_FETCH,
                    version,
                    ids -> fetchOffsets(ids, version),
                    "DESCRIBE:GROUP:g",
                    "DESCRIBE:TOPIC:a",
                    "DESCRIBE:TOPIC:*");
            ask(
                    ApiKeys.OFFSET_FETCH,
                    version,
                    new OffsetFetchRequestData()
                            .setGroups(List.of(new OffsetFetchRequestData.OffsetFetchRequestGroup()
                                    .setGroupId("g")
                                    .setTopics(null))),
                    "DESCRIBE:TOPIC:a",
                    "DESCRIBE:*:*");
        }
        ask(
                ApiKeys.OFFSET_FETCH,
                5,
                new OffsetFetchRequestData()
                        .setGroupId("g")
                        .setTopics(List.of(new OffsetFetchRequestData.OffsetFetchRequestTopic()
                                .setName("a")
                                .setPartitionIndexes(List.of(0)))),
                "DESCRIBE:GROUP:g",
                "DESCRIBE:TOPIC:a");
        var offsets = new OffsetDeleteRequestData().setGroupId("g");
        for (String topic : List.of("b", "missing"))
            offsets.topics()
                    .add(new OffsetDeleteRequestData.OffsetDeleteRequestTopic()
                            .setName(topic)
                            .setPartitions(List.of(
                                    new OffsetDeleteRequestData.OffsetDeleteRequestPartition().setPartitionIndex(0))));
        ask(ApiKeys.OFFSET_DELETE, 0, offsets, "DELETE:GROUP:g", "READ:TOPIC:b");
        ask(
                ApiKeys.DESCRIBE_GROUPS,
                6,
                new DescribeGroupsRequestData().setGroups(List.of("g", "h")).setIncludeAuthorizedOperations(true),
                "DESCRIBE:GROUP:h DELETE:GROUP:g",
                "DESCRIBE:*:*");
        for (int version : List.of(0, 5))
            ask(ApiKeys.LIST_GROUPS, version, new ListGroupsRequestData(), "DESCRIBE:CLUSTER:*", "DESCRIBE:*:*");
        ask(
                ApiKeys.DELETE_GROUPS,
                2,
                new DeleteGroupsRequestData().setGroupsNames(List.of("h", "none", "h")),
                "DELETE:GROUP:h",
                "DELETE:*:*");
    }

    private void streamsGroups() {
        var topology = new StreamsGroupHeartbeatRequestData.Topology()
                .setSubtopologies(List.of(new StreamsGroupHeartbeatRequestData.Subtopology()
                        .setSubtopologyId("0")
                        .setSourceTopics(List.of("a"))
                        .setStateChangelogTopics(
                                List.of(new StreamsGroupHeartbeatRequestData.TopicInfo().setName("s-changelog")))));
        refuse(
                ApiKeys.STREAMS_GROUP_HEARTBEAT,
                0,
                new StreamsGroupHeartbeatRequestData()
                        .setGroupId("s")
                        .setMemberId("m")
                        .setRebalanceTimeoutMs(10_000)
                        .setProcessId("p")
                        .setTopology(topology)
                        .setActiveTasks(List.of())
                        .setStandbyTasks(List.of())
                        .setWarmupTasks(List.of()),
                "READ:GROUP:s",
                "DESCRIBE:TOPIC:a",
                "DESCRIBE:TOPIC:s-changelog",
                "CREATE:CLUSTER:* CREATE:TOPIC:s-changelog");
        ask(
                ApiKeys.STREAMS_GROUP_DESCRIBE,
                0,
                new StreamsGroupDescribeRequestData()
                        .setGroupIds(List.of("s", "none"))
                        .setIncludeAuthorizedOperations(true),
                "DESCRIBE:GROUP:none DELETE:GROUP:s",
                "DESCRIBE:TOPIC:a",
                "DESCRIBE:*:*");
    }

    private static OffsetCommitRequestData commit(Map<String, Uuid> ids, int version) {
        var request = new OffsetCommitRequestData().setGroupId("g");
        for (String topic : List.of("a", "b", "missing")) {
            var asked = new OffsetCommitRequestData.OffsetCommitRequestTopic()
                    .setPartitions(List.of(new OffsetCommitRequestData.OffsetCommitRequestPartition()
                            .setPartitionIndex(0)
                            .setCommittedOffset(1)));
            if (version >= 10) asked.setTopicId(ids.getOrDefault(topic, new Uuid(7, 7)));
            else asked.setName(topic);
            request.topics().add(asked);
        }
        return request;
    }

    private static OffsetFetchRequestData fetchOffsets(Map<String, Uuid> ids, int version) {
        List<OffsetFetchRequestData.OffsetFetchRequestTopics> topics = new ArrayList<>();
        for (String topic : List.of("a", "b", "missing")) {
            var asked = new OffsetFetchRequestData.OffsetFetchRequestTopics().setPartitionIndexes(List.of(0));
            if (version >= 10) asked.setTopicId(ids.getOrDefault(topic, new Uuid(7, 7)));
            else asked.setName(topic);
            topics.add(asked);
        }
        return new OffsetFetchRequestData()
                .setGroups(List.of(
                        new OffsetFetchRequestData.OffsetFetchRequestGroup()
                                .setGroupId("g")
                                .setTopics(topics),
                        new OffsetFetchRequestData.OffsetFetchRequestGroup()
                                .setGroupId("h")
                                .setTopics(List.of())));
    }

    private void coordinators() {
        for (int version : List.of(1, 3))
            ask(ApiKeys.FIND_COORDINATOR, version, new FindCoordinatorRequestData().setKey("g"), "DESCRIBE:GROUP:g");
        ask(
                ApiKeys.FIND_COORDINATOR,
                6,
                new FindCoordinatorRequestData().setCoordinatorKeys(List.of("g", "h")),
                "DESCRIBE:GROUP:h");
        refuse(
                ApiKeys.FIND_COORDINATOR,
                6,
                new FindCoordinatorRequestData().setKeyType((byte) 1).setCoordinatorKeys(List.of("t")),
                "DESCRIBE:TRANSACTIONAL_ID:t");
        refuse(
                ApiKeys.FIND_COORDINATOR,
                6,
                new FindCoordinatorRequestData()
                        .setKeyType((byte) 2)
                        .setCoordinatorKeys(List.of("g:AAAAAAAAAAAAAAAAAAAAAQ:0")),
                "CLUSTER_ACTION:*:*");
    }

    private void configs() {
        var describe = new DescribeConfigsRequestData();
        for (var resource : List.of(
                new ConfigResource(ConfigResource.Type.TOPIC, "a"),
                new ConfigResource(ConfigResource.Type.TOPIC, "missing"),
                new ConfigResource(ConfigResource.Type.BROKER, "1"),
                new ConfigResource(ConfigResource.Type.BROKER_LOGGER, "1"),
                new ConfigResource(ConfigResource.Type.GROUP, "g"),
                new ConfigResource(ConfigResource.Type.CLIENT_METRICS, "m")))
            describe.resources()
                    .add(new DescribeConfigsRequestData.DescribeConfigsResource()
                            .setResourceType(resource.type().id())
                            .setResourceName(resource.name()));
        ask(
                ApiKeys.DESCRIBE_CONFIGS,
                4,
                describe,
                "DESCRIBE_CONFIGS:CLUSTER:*",
                "DESCRIBE_CONFIGS:TOPIC:*",
                "DESCRIBE_CONFIGS:*:*");
        var alter = new AlterConfigsRequestData().setValidateOnly(true);
        alter.resources()
                .add(new AlterConfigsRequestData.AlterConfigsResource()
                        .setResourceType((byte) 2)
                        .setResourceName("a"));
        alter.resources()
                .add(new AlterConfigsRequestData.AlterConfigsResource()
                        .setResourceType((byte) 4)
                        .setResourceName("1"));
        ask(ApiKeys.ALTER_CONFIGS, 2, alter, "ALTER_CONFIGS:TOPIC:a", "ALTER_CONFIGS:*:*");
        var incremental = new IncrementalAlterConfigsRequestData().setValidateOnly(true);
        for (int type : List.of(2, 4, 8, 16, 32)) {
            String name = switch (type) {
                case 2 -> "a";
                case 16 -> "m";
                case 32 -> "g";
                default -> "1";
            };
            incremental
                    .resources()
                    .add(new IncrementalAlterConfigsRequestData.AlterConfigsResource()
                            .setResourceType((byte) type)
                            .setResourceName(name));
        }
        ask(
                ApiKeys.INCREMENTAL_ALTER_CONFIGS,
                1,
                incremental,
                "ALTER_CONFIGS:CLUSTER:*",
                "ALTER_CONFIGS:TOPIC:*",
                "ALTER_CONFIGS:GROUP:*",
                "ALTER_CONFIGS:*:*");
        for (int version : List.of(0, 1))
            ask(ApiKeys.LIST_CONFIG_RESOURCES, version, new ListConfigResourcesRequestData(), "DESCRIBE_CONFIGS:*:*");
    }

    private void cluster() {
        var request = new DescribeClusterRequestData().setIncludeClusterAuthorizedOperations(true);
        ask(ApiKeys.DESCRIBE_CLUSTER, 1, request, "ALTER:CLUSTER:* CREATE:CLUSTER:*", "DESCRIBE:CLUSTER:*");
        ask(ApiKeys.DESCRIBE_CLUSTER, 0, new DescribeClusterRequestData(), "DESCRIBE:CLUSTER:*");
        ask(
                ApiKeys.API_VERSIONS,
                4,
                new ApiVersionsRequestData().setClientSoftwareName("n").setClientSoftwareVersion("v"),
                "*:*:*");
        ask(ApiKeys.UPDATE_FEATURES, 2, new UpdateFeaturesRequestData(), "ALTER:CLUSTER:*");
    }

    private void topics() {
        var creation = new CreateTopicsRequestData().setTimeoutMs(5000).setValidateOnly(true);
        for (String topic : List.of("c1", "c2", "a", "__cluster_metadata"))
            creation.topics()
                    .add(new CreateTopicsRequestData.CreatableTopic()
                            .setName(topic)
                            .setNumPartitions(2)
                            .setReplicationFactor((short) 1));
        ask(
                ApiKeys.CREATE_TOPICS,
                7,
                creation,
                "CREATE:CLUSTER:*",
                "CREATE:CLUSTER:* CREATE:TOPIC:c1 DESCRIBE_CONFIGS:TOPIC:c2",
                "CREATE:*:*",
                "DESCRIBE_CONFIGS:*:*");
        var growth = new CreatePartitionsRequestData().setTimeoutMs(5000).setValidateOnly(true);
        for (String topic : List.of("a", "b", "missing"))
            growth.topics()
                    .add(new CreatePartitionsRequestData.CreatePartitionsTopic()
                            .setName(topic)
                            .setCount(5)
                            .setAssignments(null));
        ask(ApiKeys.CREATE_PARTITIONS, 3, growth, "ALTER:TOPIC:b", "ALTER:*:*");
        refuse(
                ApiKeys.DELETE_TOPICS,
                5,
                new DeleteTopicsRequestData().setTimeoutMs(5000).setTopicNames(List.of("a", "b", "missing")),
                "DELETE:*:*",
                "DELETE:*:* DESCRIBE:TOPIC:a DESCRIBE:TOPIC:missing",
                "DELETE:CLUSTER:* DELETE:TOPIC:a DELETE:TOPIC:b");
        Function<Map<String, Uuid>, ApiMessage> byId = ids -> new DeleteTopicsRequestData()
                .setTimeoutMs(5000)
                .setTopics(List.of(
                        new DeleteTopicsRequestData.DeleteTopicState()
                                .setName(null)
                                .setTopicId(ids.get("a")),
                        new DeleteTopicsRequestData.DeleteTopicState().setName("b"),
                        new DeleteTopicsRequestData.DeleteTopicState()
                                .setName(null)
                                .setTopicId(new Uuid(7, 7))));
        for (String deny : List.of("DELETE:*:*", "DELETE:*:* DESCRIBE:*:*"))
            steps.add(new Step(ApiKeys.DELETE_TOPICS, (short) 6, deny, byId));
        steps.add(new Step(ApiKeys.DELETE_TOPICS, (short) 6, "DELETE:CLUSTER:* DELETE:TOPIC:a", byId));
        steps.add(new Step(ApiKeys.DELETE_TOPICS, (short) 6, "", byId));
    }

    private void rules() {
        ask(
                ApiKeys.DESCRIBE_ACLS,
                3,
                new DescribeAclsRequestData()
                        .setResourceTypeFilter((byte) 1)
                        .setPatternTypeFilter((byte) 1)
                        .setOperation((byte) 1)
                        .setPermissionType((byte) 1),
                "DESCRIBE:CLUSTER:*");
        var creations = new CreateAclsRequestData();
        for (String name : List.of("a", "", "b"))
            creations
                    .creations()
                    .add(new CreateAclsRequestData.AclCreation()
                            .setResourceType((byte) 2)
                            .setResourceName(name)
                            .setPrincipal("User:u")
                            .setHost("*")
                            .setOperation((byte) 3)
                            .setPermissionType((byte) 3));
        creations
                .creations()
                .add(new CreateAclsRequestData.AclCreation()
                        .setResourceType((byte) 4)
                        .setResourceName("other")
                        .setPrincipal("User:u")
                        .setHost("*")
                        .setOperation((byte) 3)
                        .setPermissionType((byte) 3));
        ask(ApiKeys.CREATE_ACLS, 3, creations, "ALTER:CLUSTER:*");
        var deletions = new DeleteAclsRequestData();
        deletions
                .filters()
                .add(new DeleteAclsRequestData.DeleteAclsFilter()
                        .setResourceTypeFilter((byte) 2)
                        .setResourceNameFilter("a")
                        .setPatternTypeFilter((byte) 3)
                        .setOperation((byte) 1)
                        .setPermissionType((byte) 1));
        ask(ApiKeys.DELETE_ACLS, 3, deletions, "ALTER:CLUSTER:*");
    }
}
