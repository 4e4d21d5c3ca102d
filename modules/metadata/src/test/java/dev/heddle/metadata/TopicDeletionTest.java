package dev.heddle.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heddle.common.AnswerException;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

final class TopicDeletionTest {

    private final Fixture fixture = Fixture.running();

    private static DeleteTopicState byId(Uuid id) {
        return new DeleteTopicState().setName(null).setTopicId(id);
    }

    private static DeleteTopicState byName(String name) {
        return new DeleteTopicState().setName(name);
    }

    private DeleteTopicsResponseData delete(DeleteTopicState... topics) {
        return fixture.controller.deleteTopics(new DeleteTopicsRequestData().setTopics(List.of(topics)));
    }

    private static void assertAnswer(DeletableTopicResult result, String name, Uuid id, Errors error) {
        assertEquals(name, result.name());
        assertEquals(id, result.topicId());
        assertEquals(error.code(), result.errorCode());
    }

    @Test
    void a_topic_goes_with_its_configuration() {
        assertEquals(
                Errors.NONE.code(),
                fixture.create(Fixture.with(Fixture.topic("a", 2, 1), "retention.ms", "5"))
                        .errorCode());
        Uuid id = fixture.topic("a").id();
        var response = fixture.controller.deleteTopics(new DeleteTopicsRequestData().setTopicNames(List.of("a")));
        assertAnswer(response.responses().iterator().next(), "a", id, Errors.NONE);
        assertNull(fixture.image().topics().topic("a"));
        assertNull(fixture.image().topics().topic(id));
        assertEquals(0, fixture.image().topics().partitionCount());
        assertEquals(Map.of(), fixture.image().configs().ofTopic("a"));
    }

    @Test
    void a_topic_can_be_named_by_its_id() {
        fixture.createTopic("a", 1);
        Uuid id = fixture.topic("a").id();
        assertAnswer(delete(byId(id)).responses().iterator().next(), "a", id, Errors.NONE);
        assertEquals(0, fixture.image().topics().size());
    }

    @Test
    void unknown_topics_are_answered_in_the_terms_of_the_question() {
        Uuid id = Uuid.randomUuid();
        var response = delete(byId(id), byName("nope"));
        assertAnswer(
                response.responses().stream()
                        .filter(r -> r.name() == null)
                        .findFirst()
                        .orElseThrow(),
                null,
                id,
                Errors.UNKNOWN_TOPIC_ID);
        assertAnswer(response.responses().find("nope"), "nope", Uuid.ZERO_UUID, Errors.UNKNOWN_TOPIC_OR_PARTITION);
    }

    @Test
    void a_topic_named_twice_stays() {
        fixture.createTopic("a", 1);
        fixture.createTopic("b", 1);
        Uuid a = fixture.topic("a").id();
        var twice = delete(byName("b"), byName("b"));
        assertEquals(1, twice.responses().size());
        assertEquals("Duplicate topic name.", twice.responses().find("b").errorMessage());
        var both = delete(byId(a), byName("a"));
        assertEquals(
                "The provided topic name maps to an ID that was already supplied.",
                both.responses().find("a").errorMessage());
        var ids = delete(byId(a), byId(a));
        assertEquals("Duplicate topic id.", ids.responses().iterator().next().errorMessage());
        assertNotNull(fixture.image().topics().topic("a"));
        assertNotNull(fixture.image().topics().topic("b"));
    }

    @Test
    void a_topic_must_be_named_in_exactly_one_way() {
        var neither = delete(byId(Uuid.ZERO_UUID));
        assertEquals(
                "Neither topic name nor id were specified.",
                neither.responses().iterator().next().errorMessage());
        var both = delete(byName("a").setTopicId(Uuid.randomUuid()));
        assertEquals(
                "You may not specify both topic name and topic id.",
                both.responses().iterator().next().errorMessage());
    }

    @Test
    void deletion_can_be_switched_off() {
        Fixture strict = Fixture.running(Map.of("delete.topic.enable", "false"));
        strict.createTopic("a", 1);
        var refusal = assertThrows(AnswerException.class, () -> strict.deleteTopic("a"));
        assertEquals(Errors.TOPIC_DELETION_DISABLED, refusal.error());
        assertNotNull(strict.image().topics().topic("a"));
    }
}
