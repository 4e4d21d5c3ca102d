package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.AnswerException;
import dev.heddle.common.StopBrokerException;
import dev.heddle.coordinator.GroupCoordinatorConfig;
import dev.heddle.coordinator.ShareCoordinatorConfig;
import dev.heddle.coordinator.ShareStateTopic;
import dev.heddle.coordinator.TransactionConfig;
import dev.heddle.requestchannel.ConnectionInfo;
import dev.heddle.security.Access;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.junit.jupiter.api.Test;

class MetadataHandlerTest {

    private static final short LATEST = ApiKeys.METADATA.latestVersion();
    private static final ConnectionInfo CLIENT = FakeConnection.info(FakeConnection.LISTENER);

    private final TestMetadata metadata = TestMetadata.withOneBroker();
    private final FakeController controller = new FakeController(metadata);

    private MetadataResponse ask(BrokerIdentity self, boolean autoCreate, MetadataRequestData data, short version) {
        var handler = new MetadataHandler(self, metadata.cache, creation(controller, metadata), autoCreate);
        MetadataResponse response = handler.answer(new MetadataRequest(data, version), CLIENT, Access.UNRESTRICTED);
        return MetadataResponse.parse(encoded(response, version), version);
    }

    private static ByteBufferAccessor encoded(MetadataResponse response, short version) {
        var cache = new ObjectSerializationCache();
        var buffer = ByteBuffer.allocate(response.data().size(cache, version));
        response.data().write(new ByteBufferAccessor(buffer), cache, version);
        return new ByteBufferAccessor(buffer.flip());
    }

    static AutoTopicCreation creation(FakeController controller, TestMetadata metadata) {
        return new AutoTopicCreation(
                controller,
                metadata.cache,
                new FakeBrokerConfiguration(),
                new GroupCoordinatorConfig.OffsetsTopic(50, (short) 3, 1024 * 1024, CompressionType.NONE),
                new TransactionConfig(
                        900_000,
                        false,
                        new TransactionConfig.StateTopic(20, (short) 3, 2 * 1024 * 1024, 2, 1),
                        new TransactionConfig.Cleanup(1, 1, 1),
                        new TransactionConfig.Verification(true, 0)),
                new ShareStateTopic(
                        new ShareCoordinatorConfig.StateTopic(
                                30, (short) 3, false, (short) 2, false, 1024 * 1024, CompressionType.NONE),
                        controller,
                        metadata.cache));
    }

    private MetadataResponse ask(MetadataRequestData data) {
        return ask(TestMetadata.IDENTITY, true, data, LATEST);
    }

    private static MetadataRequestData names(String... names) {
        return new MetadataRequestData()
                .setAllowAutoTopicCreation(false)
                .setTopics(Arrays.stream(names)
                        .map(name -> new MetadataRequestTopic().setName(name))
                        .toList());
    }

    private static MetadataRequestData ids(Uuid... ids) {
        return new MetadataRequestData()
                .setAllowAutoTopicCreation(false)
                .setTopics(Arrays.stream(ids)
                        .map(id -> new MetadataRequestTopic().setName(null).setTopicId(id))
                        .toList());
    }

    private static MetadataRequestData all() {
        return new MetadataRequestData().setTopics(null);
    }

    private static MetadataResponseTopic only(MetadataResponse response) {
        assertEquals(1, response.data().topics().size());
        return response.data().topics().iterator().next();
    }

    @Test
    void everyVersionIsAnsweredAndCanBeEncoded() {
        metadata.topic("orders", 3, TestMetadata.SELF);
        for (short version : ApiKeys.METADATA.allVersions()) {
            MetadataResponse response = ask(TestMetadata.IDENTITY, true, names("orders"), version);
            MetadataResponseTopic topic = only(response);
            assertEquals(Errors.NONE.code(), topic.errorCode());
            assertEquals(3, topic.partitions().size());
            assertEquals(List.of(1), topic.partitions().get(2).replicaNodes());
            assertEquals(version >= 10 ? TestMetadata.idOf("orders") : Uuid.ZERO_UUID, topic.topicId());
            assertEquals(version >= 7 ? 5 : -1, topic.partitions().get(0).leaderEpoch());
            assertEquals(1, response.brokers().size());
            if (version >= 2) assertEquals("the-cluster", response.clusterId());
            if (version >= 1) assertEquals(1, response.controller().id());
        }
    }

    @Test
    void givesTheAdvertisedAddressOfTheListenerThatTheClientCameInOn() {
        metadata.broker(2, "INTERNAL", "hidden.example", 1);
        MetadataResponse response = ask(all());
        Node broker = response.brokers().iterator().next();
        assertEquals(1, response.brokers().size());
        assertEquals("broker1.example:9092", broker.host() + ":" + broker.port());
        assertEquals("rack1", broker.rack());
    }

    @Test
    void givesTheAddressThatTheClientDialledWhenNoneIsAdvertised() {
        metadata.broker(2, FakeConnection.LISTENER, "broker2.example", 9094);
        var self = new BrokerIdentity(TestMetadata.SELF, "the-cluster", true);
        Map<Integer, Node> brokers = ask(self, true, all(), LATEST).brokersById();
        assertEquals("192.0.2.7", brokers.get(1).host());
        assertEquals(9092, brokers.get(1).port());
        assertEquals("broker2.example", brokers.get(2).host());
    }

    @Test
    void listsEveryTopicWhenAskedForAllAndCreatesNone() {
        metadata.topic("a", 1, 1).topic("b", 1, 1).topic("__consumer_offsets", 1, 1);
        MetadataResponse response = ask(all().setAllowAutoTopicCreation(true));
        assertEquals(
                List.of("__consumer_offsets", "a", "b"),
                response.data().topics().stream()
                        .map(MetadataResponseTopic::name)
                        .toList());
        assertTrue(response.data().topics().find("__consumer_offsets").isInternal());
        assertFalse(response.data().topics().find("a").isInternal());
        assertEquals(0, ask(names()).data().topics().size());
        assertTrue(controller.asked.isEmpty());
    }

    @Test
    void anEmptyListMeansAllTopicsInVersion0Only() {
        metadata.topic("a", 1, 1);
        assertEquals(
                1,
                ask(TestMetadata.IDENTITY, true, names(), (short) 0)
                        .data()
                        .topics()
                        .size());
        assertEquals(
                0,
                ask(TestMetadata.IDENTITY, true, names(), (short) 1)
                        .data()
                        .topics()
                        .size());
    }

    @Test
    void answersATopicOncePerName() {
        metadata.topic("a", 1, 1);
        assertEquals("a", only(ask(names("a", "a"))).name());
    }

    @Test
    void findsTopicsByTheirIds() {
        metadata.topic("a", 2, 1).topic("b", 1, 1);
        MetadataResponseTopic topic = only(ask(ids(TestMetadata.idOf("a"))));
        assertEquals("a", topic.name());
        assertEquals(2, topic.partitions().size());
    }

    @Test
    void anUnknownIdIsAnsweredWithoutAName() {
        Uuid unknown = Uuid.randomUuid();
        MetadataResponseTopic topic = only(ask(ids(unknown)));
        assertEquals(Errors.UNKNOWN_TOPIC_ID.code(), topic.errorCode());
        assertEquals(unknown, topic.topicId());
        assertEquals(null, topic.name());
    }

    @Test
    void refusesNullNamesAndIdsInVersionsThatDoNotHaveThem() {
        var handler = new MetadataHandler(TestMetadata.IDENTITY, metadata.cache, creation(controller, metadata), true);
        for (short version : new short[] {10, 11}) {
            var byId = new MetadataRequest(ids(Uuid.randomUuid()), version);
            assertThrows(InvalidRequestException.class, () -> handler.answer(byId, CLIENT, Access.UNRESTRICTED));
            var named = names("a");
            named.topics().get(0).setTopicId(Uuid.randomUuid());
            assertThrows(
                    InvalidRequestException.class,
                    () -> handler.answer(new MetadataRequest(named, version), CLIENT, Access.UNRESTRICTED));
        }
        var neither = new MetadataRequest(ids(Uuid.ZERO_UUID), LATEST);
        assertThrows(InvalidRequestException.class, () -> handler.answer(neither, CLIENT, Access.UNRESTRICTED));
    }

    @Test
    void createsATopicThatIsMissingAndAnswersWithIt() {
        MetadataResponseTopic topic = only(ask(names("new").setAllowAutoTopicCreation(true)));
        assertEquals(Errors.NONE.code(), topic.errorCode());
        assertEquals(1, topic.partitions().get(0).leaderId());
        var asked = (CreateTopicsRequestData) controller.asked.get(0);
        assertEquals(-1, asked.topics().find("new").numPartitions());
        assertEquals(-1, asked.topics().find("new").replicationFactor());
    }

    @Test
    void createsNothingWhereTheClientOrTheBrokerDoesNotAllowIt() {
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION.code(),
                only(ask(names("new"))).errorCode());
        var allowed = names("new").setAllowAutoTopicCreation(true);
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION.code(),
                only(ask(TestMetadata.IDENTITY, false, allowed, LATEST)).errorCode());
        assertTrue(controller.asked.isEmpty());
    }

    @Test
    void namesThatNoTopicCanHaveAreInvalidAndNotCreated() {
        for (String name : List.of("", ".", "..", "a b", "ä", "x".repeat(250))) {
            MetadataResponseTopic topic = only(ask(names(name).setAllowAutoTopicCreation(true)));
            assertEquals(Errors.INVALID_TOPIC_EXCEPTION.code(), topic.errorCode(), name);
        }
        assertTrue(controller.asked.isEmpty());
    }

    @Test
    void theMetadataLogIsNeverCreatedAsATopic() {
        MetadataResponseTopic topic = only(ask(names("__cluster_metadata").setAllowAutoTopicCreation(true)));
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION.code(), topic.errorCode());
        assertTrue(controller.asked.isEmpty());
    }

    @Test
    void aTopicThatTheControllerRefusesStaysUnknown() {
        controller.refused.add("forbidden");
        MetadataResponse response = ask(names("forbidden", "new").setAllowAutoTopicCreation(true));
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION.code(),
                response.data().topics().find("forbidden").errorCode());
        assertEquals(Errors.NONE.code(), response.data().topics().find("new").errorCode());
    }

    @Test
    void aTopicStaysUnknownWhileTheControllerCannotWrite() {
        controller.failure = new AnswerException(Errors.NOT_CONTROLLER);
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION.code(),
                only(ask(names("new").setAllowAutoTopicCreation(true))).errorCode());
        controller.failure = new StopBrokerException("the metadata log is gone");
        assertThrows(StopBrokerException.class, () -> ask(names("new").setAllowAutoTopicCreation(true)));
    }

    @Test
    void theOffsetsTopicIsCreatedWithItsOwnConfigurationAndNoMoreReplicasThanBrokers() {
        ask(names("__consumer_offsets").setAllowAutoTopicCreation(true));
        var asked = ((CreateTopicsRequestData) controller.asked.get(0)).topics().find("__consumer_offsets");
        assertEquals(50, asked.numPartitions());
        assertEquals(1, asked.replicationFactor());
        assertEquals("compact", asked.configs().find("cleanup.policy").value());
        assertEquals("producer", asked.configs().find("compression.type").value());
        assertEquals("1048576", asked.configs().find("segment.bytes").value());
    }

    @Test
    void theTransactionTopicIsCreatedWithItsOwnConfiguration() {
        ask(names("__transaction_state").setAllowAutoTopicCreation(true));
        var asked = ((CreateTopicsRequestData) controller.asked.get(0)).topics().find("__transaction_state");
        assertEquals(20, asked.numPartitions());
        assertEquals(1, asked.replicationFactor());
        assertEquals("1", asked.configs().find("min.insync.replicas").value());
        assertEquals("uncompressed", asked.configs().find("compression.type").value());
        assertEquals(
                "false", asked.configs().find("unclean.leader.election.enable").value());
    }

    @Test
    void aFencedBrokerIsHiddenAndItsReplicasAreOffline() {
        metadata.broker(2, FakeConnection.LISTENER, "broker2.example", 9094).topic("a", 1, 1, 2);
        assertEquals(List.of(), partition("a", LATEST).offlineReplicas());
        metadata.fence(2);
        assertEquals(List.of(1), ask(all()).brokers().stream().map(Node::id).toList());
        MetadataResponsePartition now = partition("a", LATEST);
        assertEquals(List.of(2), now.offlineReplicas());
        assertEquals(List.of(1, 2), now.replicaNodes());
        assertEquals(Errors.NONE.code(), now.errorCode());
    }

    @Test
    void version0LeavesOutReplicasThatAreNotAliveAndSaysSo() {
        metadata.broker(2, FakeConnection.LISTENER, "broker2.example", 9094).topic("a", 1, 1, 2);
        metadata.fence(2);
        MetadataResponsePartition partition = partition("a", (short) 0);
        assertEquals(List.of(1), partition.replicaNodes());
        assertEquals(Errors.REPLICA_NOT_AVAILABLE.code(), partition.errorCode());
    }

    @Test
    void aLeaderWithoutTheClientsListenerIsNoLeaderForIt() {
        metadata.broker(2, "INTERNAL", "hidden.example", 1).topic("a", 1, 2, 1);
        assertEquals(-1, partition("a", LATEST).leaderId());
        assertEquals(Errors.LISTENER_NOT_FOUND.code(), partition("a", LATEST).errorCode());
        assertEquals(List.of(2), partition("a", LATEST).offlineReplicas());
        assertEquals(Errors.LISTENER_NOT_FOUND.code(), partition("a", (short) 6).errorCode());
        assertEquals(
                Errors.LEADER_NOT_AVAILABLE.code(), partition("a", (short) 5).errorCode());
    }

    @Test
    void aPartitionWithoutALeaderSaysSo() {
        metadata.topic("a", 1, 1);
        metadata.replay(new PartitionChangeRecord()
                .setTopicId(TestMetadata.idOf("a"))
                .setPartitionId(0)
                .setLeader(-1));
        MetadataResponsePartition partition = partition("a", LATEST);
        assertEquals(-1, partition.leaderId());
        assertEquals(Errors.LEADER_NOT_AVAILABLE.code(), partition.errorCode());
    }

    @Test
    void aReplicaInADirectoryThatFailedIsOffline() {
        metadata.topic("a", 1, 1);
        metadata.replay(new PartitionChangeRecord()
                .setTopicId(TestMetadata.idOf("a"))
                .setPartitionId(0)
                .setDirectories(List.of(new Uuid(1, 2000))));
        assertEquals(List.of(1), partition("a", LATEST).offlineReplicas());
    }

    private MetadataResponsePartition partition(String topic, short version) {
        return ask(TestMetadata.IDENTITY, false, names(topic).setAllowAutoTopicCreation(true), version)
                .data()
                .topics()
                .find(topic)
                .partitions()
                .get(0);
    }

    @Test
    void saysWhatTheClientMayDoOnlyWhenAsked() {
        metadata.topic("a", 1, 1);
        assertEquals(Integer.MIN_VALUE, only(ask(names("a"))).topicAuthorizedOperations());
        var asking = names("a").setIncludeTopicAuthorizedOperations(true);
        assertEquals(
                AuthorizedOperations.onTopic(Access.UNRESTRICTED, "a"),
                only(ask(asking)).topicAuthorizedOperations());
        var cluster = names("a").setIncludeClusterAuthorizedOperations(true);
        assertEquals(
                AuthorizedOperations.onCluster(Access.UNRESTRICTED),
                ask(TestMetadata.IDENTITY, true, cluster, (short) 10).clusterAuthorizedOperations());
        assertEquals(
                Integer.MIN_VALUE,
                ask(TestMetadata.IDENTITY, true, names("a"), (short) 10).clusterAuthorizedOperations());
    }

    @Test
    void waitsOnlyWhereItMayCreateSomething() {
        metadata.topic("a", 1, 1);
        var handler = new MetadataHandler(TestMetadata.IDENTITY, metadata.cache, creation(controller, metadata), true);
        List<Boolean> waits = new ArrayList<>();
        var connection = new FakeConnection(FakeConnection.plane(request -> request.handle(taken -> {
            waits.add(handler.mayWait(taken));
            taken.respondNothing();
        })));
        connection.send(new MetadataRequest(names("a").setAllowAutoTopicCreation(true), LATEST));
        connection.send(new MetadataRequest(names("a", "new").setAllowAutoTopicCreation(true), LATEST));
        connection.send(new MetadataRequest(names("new").setAllowAutoTopicCreation(false), LATEST));
        connection.send(new MetadataRequest(all(), LATEST));
        connection.send(new MetadataRequest(ids(Uuid.randomUuid()).setAllowAutoTopicCreation(true), LATEST));
        assertEquals(List.of(false, true, false, false, false), waits);
    }
}
