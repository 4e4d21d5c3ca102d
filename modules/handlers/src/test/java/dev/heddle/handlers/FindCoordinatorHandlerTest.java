package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.coordinator.ShareState.SharePartitionKey;
import dev.heddle.requestchannel.ConnectionInfo;
import dev.heddle.security.Access;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FindCoordinatorHandlerTest {

    private static final String OFFSETS = "__consumer_offsets";
    private static final ConnectionInfo CLIENT = FakeConnection.info(FakeConnection.LISTENER);

    private final TestMetadata metadata = TestMetadata.withOneBroker();
    private final FakeController controller = new FakeController(metadata);

    /** A group's name is the number of its partition, a transactional id has its length, a share partition is its own. */
    private final FindCoordinatorHandler handler = new FindCoordinatorHandler(
            TestMetadata.IDENTITY,
            metadata.cache,
            new FindCoordinatorHandler.Places(Integer::parseInt, String::length, SharePartitionKey::partition),
            MetadataHandlerTest.creation(controller, metadata));

    private FindCoordinatorResponseData ask(FindCoordinatorRequestData data, int version) {
        return handler.answer(
                        new FindCoordinatorRequest.Builder(data).build((short) version), CLIENT, Access.UNRESTRICTED)
                .data();
    }

    private static FindCoordinatorRequestData keys(int type, String... keys) {
        return new FindCoordinatorRequestData().setKeyType((byte) type).setCoordinatorKeys(List.of(keys));
    }

    @Test
    void findsTheLeaderOfTheGroupsPartitionInEveryVersion() {
        metadata.topic(OFFSETS, 3, 1);
        for (short version : ApiKeys.FIND_COORDINATOR.allVersions()) {
            if (version >= 4) {
                FindCoordinatorResponseData answer = ask(keys(0, "0", "2"), version);
                assertEquals(2, answer.coordinators().size());
                assertEquals("2", answer.coordinators().get(1).key());
                assertEquals(1, answer.coordinators().get(1).nodeId());
                assertEquals("broker1.example", answer.coordinators().get(1).host());
                assertEquals(Errors.NONE.code(), answer.coordinators().get(1).errorCode());
            } else {
                FindCoordinatorResponseData answer = ask(new FindCoordinatorRequestData().setKey("1"), version);
                assertEquals(Errors.NONE.code(), answer.errorCode());
                assertEquals(1, answer.nodeId());
                assertEquals(9092, answer.port());
            }
        }
    }

    @Test
    void createsTheOffsetsTopicWhenItIsFirstNeeded() {
        FindCoordinatorResponseData answer = ask(keys(0, "7"), 6);
        assertEquals(Errors.NONE.code(), answer.coordinators().get(0).errorCode());
        var asked = (CreateTopicsRequestData) controller.asked.get(0);
        assertEquals(50, asked.topics().find(OFFSETS).numPartitions());
        ask(keys(0, "8"), 6);
        assertEquals(1, controller.asked.size());
    }

    @Test
    void theClientIsToAskAgainWhenThereIsNoLeader() {
        metadata.topic(OFFSETS, 1, 1);
        metadata.replay(new PartitionChangeRecord()
                .setTopicId(TestMetadata.idOf(OFFSETS))
                .setPartitionId(0)
                .setLeader(-1));
        var answer = ask(keys(0, "0"), 6).coordinators().get(0);
        assertEquals(Errors.COORDINATOR_NOT_AVAILABLE.code(), answer.errorCode());
        assertEquals(-1, answer.nodeId());
        assertEquals("", answer.host());
        FindCoordinatorResponseData old = ask(new FindCoordinatorRequestData().setKey("0"), 2);
        assertEquals(Errors.COORDINATOR_NOT_AVAILABLE.code(), old.errorCode());
        assertEquals(Errors.COORDINATOR_NOT_AVAILABLE.message(), old.errorMessage());
    }

    @Test
    void theClientIsToAskAgainWhenTheTopicCannotBeCreated() {
        controller.refused.add(OFFSETS);
        assertEquals(
                Errors.COORDINATOR_NOT_AVAILABLE.code(),
                ask(keys(0, "0"), 6).coordinators().get(0).errorCode());
    }

    @Test
    void findsTheLeaderOfATransactionsPartition() {
        metadata.topic("__transaction_state", 3, 1);
        var found = ask(keys(1, "ab"), 6).coordinators().get(0);
        assertEquals(Errors.NONE.code(), found.errorCode());
        assertEquals(1, found.nodeId());
        assertEquals(
                Errors.COORDINATOR_NOT_AVAILABLE.code(),
                ask(keys(1, "abc"), 6).coordinators().get(0).errorCode());
    }

    @Test
    void findsTheLeaderOfASharePartitionsState() {
        metadata.topic("__share_group_state", 3, 1);
        String topicId = Uuid.randomUuid().toString();
        var found = ask(keys(2, "a:group:" + topicId + ":2"), 6).coordinators().get(0);
        assertEquals(Errors.NONE.code(), found.errorCode());
        assertEquals(1, found.nodeId());
        assertEquals(
                Errors.COORDINATOR_NOT_AVAILABLE.code(),
                ask(keys(2, "group:" + topicId + ":3"), 6).coordinators().get(0).errorCode());
    }

    @Test
    void createsTheTopicOfSharePartitionsWhenItIsFirstNeeded() {
        var found = ask(keys(2, "group:" + Uuid.randomUuid() + ":0"), 6)
                .coordinators()
                .get(0);
        assertEquals(Errors.NONE.code(), found.errorCode());
        var asked = (CreateTopicsRequestData) controller.asked.get(0);
        assertEquals(30, asked.topics().find("__share_group_state").numPartitions());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"s", "group:0", ":AAAAAAAAAAAAAAAAAAAAAQ:0", "group:no-id:0", "group:AAAAAAAAAAAAAAAAAAAAAQ:x"})
    void aKeyThatNamesNoSharePartitionIsRefusedForGood(String key) {
        assertEquals(
                Errors.INVALID_REQUEST.code(),
                ask(keys(2, key), 6).coordinators().get(0).errorCode());
        assertTrue(controller.asked.isEmpty());
    }

    @Test
    void sharePartitionsCannotBeAskedForBeforeVersion6() {
        String key = "group:" + Uuid.randomUuid() + ":0";
        assertEquals(
                Errors.INVALID_REQUEST.code(),
                ask(keys(2, key), 5).coordinators().get(0).errorCode());
    }

    @Test
    void refusesAnUnknownTypeOfCoordinator() {
        assertThrows(InvalidRequestException.class, () -> ask(keys(9, "x"), 6));
    }
}
