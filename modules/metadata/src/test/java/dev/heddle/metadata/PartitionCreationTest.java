package dev.heddle.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heddle.common.AnswerException;
import java.util.List;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsAssignment;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

final class PartitionCreationTest {

    private final Fixture fixture = Fixture.running();

    private static CreatePartitionsTopic increase(String topic, int count) {
        return new CreatePartitionsTopic().setName(topic).setCount(count).setAssignments(null);
    }

    private static CreatePartitionsAssignment on(Integer... brokers) {
        return new CreatePartitionsAssignment().setBrokerIds(List.of(brokers));
    }

    private CreatePartitionsResponseData request(boolean validateOnly, CreatePartitionsTopic... topics) {
        var request = new CreatePartitionsRequestData().setValidateOnly(validateOnly);
        for (CreatePartitionsTopic topic : topics) request.topics().mustAdd(topic);
        return fixture.controller.createPartitions(request);
    }

    private void assertRefused(Errors error, String message, CreatePartitionsTopic topic) {
        var result = request(false, topic).results().getFirst();
        assertEquals(error.code(), result.errorCode());
        assertEquals(message, result.errorMessage());
    }

    @Test
    void partitions_are_added_behind_the_old_ones() {
        fixture.createTopic("a", 2);
        PartitionImage before = fixture.topic("a").partition(1);
        assertEquals(
                Errors.NONE.code(),
                request(false, increase("a", 4)).results().getFirst().errorCode());
        assertEquals(
                List.of(0, 1, 2, 3),
                fixture.topic("a").partitions().keySet().stream().toList());
        assertEquals(before, fixture.topic("a").partition(1));
        assertEquals(1, fixture.topic("a").partition(3).leader());
        assertEquals(4, fixture.image().topics().partitionCount());
    }

    @Test
    void partitions_are_never_taken_away() {
        fixture.createTopic("a", 2);
        assertRefused(Errors.INVALID_PARTITIONS, "Topic already has 2 partition(s).", increase("a", 2));
        assertRefused(
                Errors.INVALID_PARTITIONS,
                "The topic a currently has 2 partition(s); 1 would not be an increase.",
                increase("a", 1));
        assertRefused(
                Errors.UNKNOWN_TOPIC_OR_PARTITION, Errors.UNKNOWN_TOPIC_OR_PARTITION.message(), increase("nope", 1));
    }

    @Test
    void new_partitions_can_be_assigned_by_hand() {
        fixture.createTopic("a", 1);
        assertRefused(
                Errors.INVALID_REPLICA_ASSIGNMENT,
                "Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified.",
                increase("a", 3).setAssignments(List.of(on(1))));
        assertRefused(
                Errors.INVALID_REPLICA_ASSIGNMENT,
                "The manual partition assignment includes broker 9, but no such broker is registered.",
                increase("a", 2).setAssignments(List.of(on(9))));
        assertEquals(
                Errors.NONE.code(),
                request(false, increase("a", 2).setAssignments(List.of(on(1))))
                        .results()
                        .getFirst()
                        .errorCode());
        assertEquals(2, fixture.topic("a").partitions().size());
    }

    @Test
    void validation_alone_changes_nothing() {
        fixture.createTopic("a", 1);
        assertEquals(
                Errors.NONE.code(),
                request(true, increase("a", 3)).results().getFirst().errorCode());
        assertEquals(1, fixture.topic("a").partitions().size());
    }

    @Test
    void a_topic_named_twice_stays_as_it_is() {
        fixture.createTopic("a", 1);
        var response = request(false, increase("a", 2), increase("a", 3));
        assertEquals(1, response.results().size());
        assertEquals(
                Errors.INVALID_REQUEST.code(), response.results().getFirst().errorCode());
        assertEquals(1, fixture.topic("a").partitions().size());
    }

    @Test
    void a_request_for_too_much_is_refused_whole() {
        fixture.createTopic("a", 1);
        var refusal = assertThrows(AnswerException.class, () -> request(false, increase("a", Integer.MAX_VALUE)));
        assertEquals(Errors.POLICY_VIOLATION, refusal.error());
    }
}
