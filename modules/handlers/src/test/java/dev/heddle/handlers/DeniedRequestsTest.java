package dev.heddle.handlers;

import static dev.heddle.handlers.DenyingAuthorizer.deny;
import static dev.heddle.handlers.DenyingAuthorizer.denyOnCluster;
import static dev.heddle.handlers.TransactionClient.GROUP;
import static dev.heddle.handlers.TransactionClient.ID;
import static dev.heddle.handlers.TransactionClient.ORDERS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.heddle.security.AuthorizerPlugin;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.ConsumerGroupDescribeRequestData;
import org.apache.kafka.common.message.ConsumerGroupDescribeResponseData.DescribedGroup;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ConsumerGroupDescribeRequest;
import org.apache.kafka.common.requests.ConsumerGroupDescribeResponse;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatRequest;
import org.apache.kafka.common.requests.ConsumerGroupHeartbeatResponse;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What clients of transactions and of consumer groups are told that may not do what they ask. */
@Timeout(120)
class DeniedRequestsTest {

    private final AuthorizerPlugin authorizer = DenyingAuthorizer.load();
    private WholeBroker broker;
    private TestConnection connection;
    private TransactionClient client;

    @BeforeEach
    void start(@TempDir Path directory) {
        broker = WholeBroker.start(directory, authorizer.accessControl());
        connection = broker.connect();
        client = new TransactionClient(connection);
        client.prepare();
    }

    @AfterEach
    void stop() throws Exception {
        DenyingAuthorizer.allowAll();
        broker.close();
        authorizer.close();
    }

    // ---- transactions ----

    @Test
    void withoutWriteOnTheTransactionalIdNothingChanges() {
        deny(AclOperation.WRITE, ResourceType.TRANSACTIONAL_ID, ID);
        assertEquals(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, client.init(4));
        assertEquals(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, client.add(3, ORDERS));
        assertEquals(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, client.addOffsets(3));
        assertEquals(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, client.commitOffsets(5, client.offsets(ORDERS, 42)));
        assertEquals(Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, client.end(5, true));
        DenyingAuthorizer.allowAll();
        assertEquals("Empty", client.describe().transactionState());
        assertEquals(-1, client.committed(ORDERS).committedOffset());
    }

    @Test
    void withoutDescribeOnTheTransactionalIdItIsNotShown() {
        deny(AclOperation.DESCRIBE, ResourceType.TRANSACTIONAL_ID, ID);
        assertEquals(
                Errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED.code(),
                client.describe().errorCode());
        assertEquals(List.of(), client.list());
    }

    @Test
    void withoutWriteOnATopicNoPartitionIsAdded() {
        deny(AclOperation.WRITE, ResourceType.TOPIC, ORDERS.topic());
        assertEquals(Errors.TOPIC_AUTHORIZATION_FAILED, client.add(3, ORDERS));
        assertEquals("Empty", client.describe().transactionState());
        assertEquals(
                Errors.TOPIC_AUTHORIZATION_FAILED,
                client.add(3, new TopicPartition(Topic.GROUP_METADATA_TOPIC_NAME, 0)),
                "internal topics are nobody's to write");
    }

    @Test
    void withoutDescribeOnATopicItsPartitionsAreNotShown() {
        client.add(3, ORDERS);
        assertEquals(1, client.describe().topics().size());
        deny(AclOperation.DESCRIBE, ResourceType.TOPIC, ORDERS.topic());
        assertEquals(0, client.describe().topics().size());
    }

    @Test
    void withoutReadOnTheGroupItsOffsetsStay() {
        deny(AclOperation.READ, ResourceType.GROUP, GROUP);
        assertEquals(Errors.GROUP_AUTHORIZATION_FAILED, client.addOffsets(3));
        assertEquals(Errors.GROUP_AUTHORIZATION_FAILED, client.commitOffsets(5, client.offsets(ORDERS, 42)));
        assertEquals("Empty", client.describe().transactionState());
    }

    @Test
    void withoutReadOnATopicItsOffsetsStay() {
        deny(AclOperation.READ, ResourceType.TOPIC, ORDERS.topic());
        assertEquals(Errors.TOPIC_AUTHORIZATION_FAILED, client.commitOffsets(5, client.offsets(ORDERS, 42)));
        assertEquals("Empty", client.describe().transactionState());
        assertEquals(-1, client.committed(ORDERS).committedOffset());
    }

    @Test
    void markersNeedOneOfTwoPermissionsOnTheCluster() {
        denyOnCluster(AclOperation.ALTER);
        assertEquals(Errors.NONE, client.mark(ORDERS));
        denyOnCluster(AclOperation.CLUSTER_ACTION);
        assertEquals(Errors.CLUSTER_AUTHORIZATION_FAILED, client.mark(ORDERS));
    }

    // ---- consumer groups ----

    private ConsumerGroupHeartbeatResponseData join() {
        var request = new ConsumerGroupHeartbeatRequestData()
                .setGroupId(GROUP)
                .setMemberId("member")
                .setRebalanceTimeoutMs(1_000)
                .setSubscribedTopicNames(List.of(ORDERS.topic()))
                .setTopicPartitions(List.of());
        ConsumerGroupHeartbeatResponse answer =
                connection.call(new ConsumerGroupHeartbeatRequest.Builder(request).build());
        return answer.data();
    }

    private DescribedGroup describe() {
        ConsumerGroupDescribeResponse answer = connection.call(new ConsumerGroupDescribeRequest.Builder(
                        new ConsumerGroupDescribeRequestData().setGroupIds(List.of(GROUP)))
                .build());
        return answer.data().groups().getFirst();
    }

    @Test
    void withoutReadOnTheGroupNobodyJoins() {
        deny(AclOperation.READ, ResourceType.GROUP, GROUP);
        ConsumerGroupHeartbeatResponseData refused = join();
        assertEquals(Errors.GROUP_AUTHORIZATION_FAILED.code(), refused.errorCode());
        assertNull(refused.errorMessage(), "as with Apache Kafka");
        assertEquals(Errors.GROUP_ID_NOT_FOUND.code(), describe().errorCode());
    }

    @Test
    void withoutDescribeOnATopicNobodySubscribesToIt() {
        deny(AclOperation.DESCRIBE, ResourceType.TOPIC, ORDERS.topic());
        ConsumerGroupHeartbeatResponseData refused = join();
        assertEquals(Errors.TOPIC_AUTHORIZATION_FAILED.code(), refused.errorCode());
        assertNull(refused.errorMessage(), "as with Apache Kafka");
    }

    @Test
    void withoutDescribeOnTheGroupItIsNotShown() {
        assertEquals(Errors.NONE.code(), join().errorCode());
        deny(AclOperation.DESCRIBE, ResourceType.GROUP, GROUP);
        assertEquals(Errors.GROUP_AUTHORIZATION_FAILED.code(), describe().errorCode());
    }

    @Test
    void withoutDescribeOnATopicNoGroupThatUsesItIsShown() {
        assertEquals(Errors.NONE.code(), join().errorCode());
        assertEquals(1, describe().members().size());
        deny(AclOperation.DESCRIBE, ResourceType.TOPIC, ORDERS.topic());
        assertEquals(Errors.TOPIC_AUTHORIZATION_FAILED.code(), describe().errorCode());
        assertEquals(List.of(), describe().members());
    }
}
