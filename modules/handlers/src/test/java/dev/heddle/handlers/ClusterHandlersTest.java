package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.requestchannel.ConnectionInfo;
import dev.heddle.security.Access;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData.Cursor;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.ListConfigResourcesRequestData;
import org.apache.kafka.common.message.ListConfigResourcesResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeClusterRequest;
import org.apache.kafka.common.requests.DescribeTopicPartitionsRequest;
import org.apache.kafka.common.requests.ListConfigResourcesRequest;
import org.junit.jupiter.api.Test;

/** DescribeCluster, DescribeTopicPartitions and ListConfigResources. */
class ClusterHandlersTest {

    private static final ConnectionInfo CLIENT = FakeConnection.info(FakeConnection.LISTENER);

    private final TestMetadata metadata = TestMetadata.withOneBroker();

    private DescribeClusterResponseData cluster(DescribeClusterRequestData data, int version) {
        return new DescribeClusterHandler(TestMetadata.IDENTITY, metadata.cache)
                .answer(new DescribeClusterRequest(data, (short) version), CLIENT, Access.UNRESTRICTED)
                .data();
    }

    @Test
    void describesTheBrokersThatAreAliveAndTheClusterId() {
        metadata.broker(2, FakeConnection.LISTENER, "broker2.example", 9094).fence(2);
        DescribeClusterResponseData answer = cluster(new DescribeClusterRequestData(), 2);
        assertEquals("the-cluster", answer.clusterId());
        assertEquals(1, answer.controllerId());
        assertEquals(1, answer.brokers().size());
        assertEquals("broker1.example", answer.brokers().find(1).host());
        assertEquals(Integer.MIN_VALUE, answer.clusterAuthorizedOperations());
    }

    @Test
    void describesFencedBrokersToWhomAsksForThem() {
        metadata.broker(2, FakeConnection.LISTENER, "broker2.example", 9094).fence(2);
        var data = new DescribeClusterRequestData()
                .setIncludeFencedBrokers(true)
                .setIncludeClusterAuthorizedOperations(true);
        DescribeClusterResponseData answer = cluster(data, 2);
        assertTrue(answer.brokers().find(2).isFenced());
        assertFalse(answer.brokers().find(1).isFenced());
        assertEquals(AuthorizedOperations.onCluster(Access.UNRESTRICTED), answer.clusterAuthorizedOperations());
    }

    @Test
    void refusesToSpeakForTheControllers() {
        assertEquals(
                Errors.MISMATCHED_ENDPOINT_TYPE.code(),
                cluster(new DescribeClusterRequestData().setEndpointType((byte) 2), 1)
                        .errorCode());
        assertEquals(
                Errors.UNSUPPORTED_ENDPOINT_TYPE.code(),
                cluster(new DescribeClusterRequestData().setEndpointType((byte) 77), 1)
                        .errorCode());
    }

    private DescribeTopicPartitionsResponseData describe(int limit, Cursor cursor, String... topics) {
        var data = new DescribeTopicPartitionsRequestData()
                .setTopics(Stream.of(topics)
                        .map(topic -> new TopicRequest().setName(topic))
                        .toList())
                .setResponsePartitionLimit(limit)
                .setCursor(cursor);
        return new DescribeTopicPartitionsHandler(metadata.cache, 5)
                .answer(new DescribeTopicPartitionsRequest(data), CLIENT, Access.UNRESTRICTED)
                .data();
    }

    private static Cursor cursor(String topic, int partition) {
        return new Cursor().setTopicName(topic).setPartitionIndex(partition);
    }

    /** As {@code a-0}, page by page. */
    private static List<String> partitions(DescribeTopicPartitionsResponseData page) {
        List<String> all = new ArrayList<>();
        page.topics()
                .forEach(topic -> topic.partitions()
                        .forEach(partition -> all.add(topic.name() + "-" + partition.partitionIndex())));
        return all;
    }

    @Test
    void pagesThroughAllTopicsInTheOrderOfTheirNames() {
        metadata.topic("c", 1, 1).topic("a", 3, 1).topic("b", 2, 1);
        List<String> all = new ArrayList<>();
        Cursor next = null;
        int pages = 0;
        do {
            DescribeTopicPartitionsResponseData page = describe(2, next);
            assertTrue(partitions(page).size() <= 2);
            all.addAll(partitions(page));
            var end = page.nextCursor();
            next = end == null ? null : cursor(end.topicName(), end.partitionIndex());
            pages++;
        } while (next != null);
        assertEquals(List.of("a-0", "a-1", "a-2", "b-0", "b-1", "c-0"), all);
        assertEquals(3, pages);
    }

    @Test
    void aFullPageEndsWithTheBeginningOfTheNextTopic() {
        metadata.topic("a", 2, 1).topic("b", 1, 1);
        DescribeTopicPartitionsResponseData page = describe(2, null);
        assertEquals("b", page.nextCursor().topicName());
        assertEquals(0, page.nextCursor().partitionIndex());
    }

    @Test
    void answersNoMoreThanTheBrokerAllowsAndNoLessThanOne() {
        metadata.topic("a", 9, 1);
        assertEquals(5, partitions(describe(1_000_000, null)).size());
        assertEquals(1, partitions(describe(-3, null)).size());
    }

    @Test
    void saysWhichOfTheNamedTopicsDoNotExist() {
        metadata.topic("a", 1, 1);
        DescribeTopicPartitionsResponseData answer = describe(100, null, "missing", "a", "not valid");
        assertEquals(Errors.NONE.code(), answer.topics().find("a").errorCode());
        assertEquals(TestMetadata.idOf("a"), answer.topics().find("a").topicId());
        assertEquals(
                AuthorizedOperations.onTopic(Access.UNRESTRICTED, "a"),
                answer.topics().find("a").topicAuthorizedOperations());
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION.code(),
                answer.topics().find("missing").errorCode());
        assertEquals(Uuid.ZERO_UUID, answer.topics().find("missing").topicId());
        assertEquals(
                Errors.INVALID_TOPIC_EXCEPTION.code(),
                answer.topics().find("not valid").errorCode());
        assertNull(answer.nextCursor());
    }

    @Test
    void aCursorPastTheTopicsEndOrIntoADeletedTopicGoesOn() {
        metadata.topic("a", 2, 1).topic("c", 1, 1);
        assertEquals(List.of("c-0"), partitions(describe(5, cursor("a", Integer.MAX_VALUE))));
        assertEquals(List.of("c-0"), partitions(describe(5, cursor("b", 1))));
    }

    @Test
    void refusesACursorThatCannotBe() {
        metadata.topic("a", 2, 1);
        assertThrows(InvalidRequestException.class, () -> describe(5, cursor("a", -1)));
        assertThrows(InvalidRequestException.class, () -> describe(5, cursor("b", 0), "a"));
    }

    private List<String> resources(int version, ConfigResource.Type... types) {
        var data = new ListConfigResourcesRequestData()
                .setResourceTypes(Stream.of(types).map(ConfigResource.Type::id).toList());
        ListConfigResourcesResponseData answer = new ListConfigResourcesHandler(metadata.cache)
                .answer(new ListConfigResourcesRequest.Builder(data).build((short) version), FakeConnection.LISTENER)
                .data();
        assertEquals(Errors.NONE.code(), answer.errorCode());
        return answer.configResources().stream()
                .map(resource -> ConfigResource.Type.forId(resource.resourceType()) + " " + resource.resourceName())
                .toList();
    }

    @Test
    void listsEverythingThatHasAConfiguration() {
        metadata.topic("a", 1, 1)
                .config(ConfigResource.Type.GROUP, "g", "share.session.timeout.ms", "46000")
                .config(ConfigResource.Type.CLIENT_METRICS, "m", "interval.ms", "1000")
                .config(ConfigResource.Type.TOPIC, "a", "retention.ms", "1");
        assertEquals(List.of("GROUP g", "CLIENT_METRICS m", "BROKER_LOGGER 1", "BROKER 1", "TOPIC a"), resources(1));
        assertEquals(List.of("TOPIC a"), resources(1, ConfigResource.Type.TOPIC));
        assertEquals(List.of("CLIENT_METRICS m"), resources(0, ConfigResource.Type.CLIENT_METRICS));
    }

    @Test
    void refusesResourceTypesThatItDoesNotKnow() {
        var data = new ListConfigResourcesRequestData().setResourceTypes(List.of((byte) 99));
        assertEquals(
                Errors.UNSUPPORTED_VERSION.code(),
                new ListConfigResourcesHandler(metadata.cache)
                        .answer(new ListConfigResourcesRequest.Builder(data).build((short) 1), FakeConnection.LISTENER)
                        .data()
                        .errorCode());
    }
}
