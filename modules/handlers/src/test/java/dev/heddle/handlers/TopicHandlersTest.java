package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.security.Access;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.TopicDeletionDisabledException;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData.CreatePartitionsTopicResult;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.CreatePartitionsRequest;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.DeleteTopicsRequest;
import org.junit.jupiter.api.Test;

/** CreateTopics, CreatePartitions and DeleteTopics. */
class TopicHandlersTest {

    private static final short LATEST = ApiKeys.DELETE_TOPICS.latestVersion();

    private final TestMetadata metadata = TestMetadata.withOneBroker();
    private final FakeController controller = new FakeController(metadata);

    private Map<String, CreatableTopicResult> create(CreatableTopic... topics) {
        var data = new CreateTopicsRequestData().setTimeoutMs(1000).setValidateOnly(true);
        for (CreatableTopic topic : topics) data.topics().mustAdd(topic);
        Map<String, CreatableTopicResult> results = new TreeMap<>();
        new CreateTopicsHandler(controller)
                .answer(new CreateTopicsRequest.Builder(data).build(), Access.UNRESTRICTED)
                .data()
                .topics()
                .forEach(result -> assertNull(results.put(result.name(), result), "answered twice"));
        return results;
    }

    private static CreatableTopic topic(String name) {
        return new CreatableTopic().setName(name).setNumPartitions(1).setReplicationFactor((short) 1);
    }

    @Test
    void passesNewTopicsToTheController() {
        assertEquals(Errors.NONE.code(), create(topic("a")).get("a").errorCode());
        assertTrue(((CreateTopicsRequestData) controller.asked.get(0)).validateOnly());
    }

    @Test
    void aTopicNamedTwiceIsRefusedAndTheOthersAreCreated() {
        var data = new CreateTopicsRequestData();
        data.topics().mustAdd(topic("a"));
        data.topics().mustAdd(topic("b"));
        data.topics().mustAdd(topic("a").setNumPartitions(7));
        var answer = new CreateTopicsHandler(controller)
                .answer(new CreateTopicsRequest.Builder(data).build(), Access.UNRESTRICTED)
                .data()
                .topics();
        assertEquals(2, answer.size());
        assertEquals(Errors.INVALID_REQUEST.code(), answer.find("a").errorCode());
        assertEquals("Duplicate topic name.", answer.find("a").errorMessage());
        assertEquals(Errors.NONE.code(), answer.find("b").errorCode());
        assertNull(metadata.image().topics().topic("a"));
    }

    @Test
    void theMetadataLogCannotBeCreated() {
        CreatableTopicResult result = create(topic("__cluster_metadata")).get("__cluster_metadata");
        assertEquals(Errors.INVALID_REQUEST.code(), result.errorCode());
        assertTrue(controller.asked.isEmpty());
    }

    @Test
    void partitionsOfATopicNamedTwiceAreNotCreated() {
        var data = new CreatePartitionsRequestData();
        data.topics().mustAdd(new CreatePartitionsTopic().setName("a").setCount(2));
        data.topics().mustAdd(new CreatePartitionsTopic().setName("b").setCount(2));
        data.topics().mustAdd(new CreatePartitionsTopic().setName("a").setCount(3));
        List<CreatePartitionsTopicResult> results = new CreatePartitionsHandler(controller)
                .answer(new CreatePartitionsRequest.Builder(data).build(), Access.UNRESTRICTED)
                .data()
                .results();
        assertEquals(
                List.of("a", "b"),
                results.stream().map(CreatePartitionsTopicResult::name).toList());
        assertEquals(Errors.INVALID_REQUEST.code(), results.get(0).errorCode());
        assertEquals(Errors.NONE.code(), results.get(1).errorCode());
        assertEquals(
                1,
                ((CreatePartitionsRequestData) controller.asked.get(0)).topics().size());
    }

    private List<DeletableTopicResult> delete(DeleteTopicsRequestData data, short version) {
        return List.copyOf(new DeleteTopicsHandler(controller, metadata.cache, true)
                .answer(new DeleteTopicsRequest.Builder(data).build(version), Access.UNRESTRICTED)
                .data()
                .responses());
    }

    private static DeleteTopicState byName(String name) {
        return new DeleteTopicState().setName(name);
    }

    private static DeleteTopicState byId(Uuid id) {
        return new DeleteTopicState().setName(null).setTopicId(id);
    }

    private static DeleteTopicsRequestData topics(DeleteTopicState... topics) {
        return new DeleteTopicsRequestData().setTopics(List.of(topics));
    }

    @Test
    void deletesByNameInEveryVersion() {
        for (short version : ApiKeys.DELETE_TOPICS.allVersions()) {
            metadata.topic("a", 1, 1);
            var data = version >= 6 ? topics(byName("a")) : new DeleteTopicsRequestData().setTopicNames(List.of("a"));
            List<DeletableTopicResult> results = delete(data, version);
            assertEquals(1, results.size());
            assertEquals("a", results.get(0).name());
            assertEquals(Errors.NONE.code(), results.get(0).errorCode());
            assertNull(metadata.image().topics().topic("a"));
        }
    }

    @Test
    void deletesByIdAndAnswersWithTheName() {
        metadata.topic("a", 1, 1);
        List<DeletableTopicResult> results = delete(topics(byId(TestMetadata.idOf("a"))), LATEST);
        assertEquals("a", results.get(0).name());
        assertEquals(TestMetadata.idOf("a"), results.get(0).topicId());
        assertNull(metadata.image().topics().topic("a"));
    }

    @Test
    void saysWhatThereIsNotToDelete() {
        List<DeletableTopicResult> results = delete(topics(byName("a"), byId(TestMetadata.idOf("b"))), LATEST);
        Map<Errors, DeletableTopicResult> byError = new TreeMap<>();
        results.forEach(result -> byError.put(Errors.forCode(result.errorCode()), result));
        assertEquals("a", byError.get(Errors.UNKNOWN_TOPIC_OR_PARTITION).name());
        assertEquals(
                TestMetadata.idOf("b"), byError.get(Errors.UNKNOWN_TOPIC_ID).topicId());
        assertNull(byError.get(Errors.UNKNOWN_TOPIC_ID).name());
        assertTrue(controller.asked.isEmpty());
    }

    @Test
    void deletesNothingThatIsNamedTwiceInWhateverForm() {
        metadata.topic("a", 1, 1).topic("b", 1, 1).topic("c", 1, 1);
        List<DeletableTopicResult> results = delete(
                topics(
                        byName("a"),
                        byId(TestMetadata.idOf("a")),
                        byName("b"),
                        byName("b"),
                        byId(TestMetadata.idOf("c")),
                        byId(TestMetadata.idOf("c")),
                        byName("c")),
                LATEST);
        assertTrue(results.stream().allMatch(result -> result.errorCode() == Errors.INVALID_REQUEST.code()));
        for (String topic : List.of("a", "b", "c"))
            assertNotNull(metadata.image().topics().topic(topic));
        assertTrue(controller.asked.isEmpty());
    }

    @Test
    void refusesATopicWithBothNameAndIdOrNeither() {
        metadata.topic("a", 1, 1);
        List<DeletableTopicResult> results =
                delete(topics(byName("a").setTopicId(TestMetadata.idOf("a")), byId(Uuid.ZERO_UUID)), LATEST);
        assertEquals(2, results.size());
        assertTrue(results.stream().allMatch(result -> result.errorCode() == Errors.INVALID_REQUEST.code()));
        assertNotNull(metadata.image().topics().topic("a"));
    }

    @Test
    void deletesNothingWhereDeletionIsDisabled() {
        metadata.topic("a", 1, 1);
        var handler = new DeleteTopicsHandler(controller, metadata.cache, false);
        var data = new DeleteTopicsRequestData().setTopicNames(List.of("a"));
        assertThrows(
                TopicDeletionDisabledException.class,
                () -> handler.answer(new DeleteTopicsRequest.Builder(data).build((short) 3), Access.UNRESTRICTED));
        assertThrows(
                InvalidRequestException.class,
                () -> handler.answer(new DeleteTopicsRequest.Builder(data).build((short) 2), Access.UNRESTRICTED));
        assertNotNull(metadata.image().topics().topic("a"));
    }
}
