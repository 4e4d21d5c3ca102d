package dev.heddle.handlers;

import static dev.heddle.handlers.TransactionClient.ORDERS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The APIs of transactions, in the hands of a client that speaks one version after the other of each. */
@Timeout(120)
class TransactionHandlersTest {

    private static final int EPOCH_PER_TRANSACTION = 5;

    private WholeBroker broker;
    private TransactionClient client;

    @BeforeEach
    void start(@TempDir Path directory) {
        broker = WholeBroker.start(directory);
        client = new TransactionClient(broker.connect());
        client.prepare();
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    static IntStream steps() {
        return IntStream.rangeClosed(0, 5);
    }

    /** The last version is that of clients that have an epoch for each transaction; it may only be spoken everywhere. */
    private static int version(ApiKeys api, int step, int lastOfOldClients) {
        int latest = step == EPOCH_PER_TRANSACTION ? api.latestVersion(false) : lastOfOldClients;
        return Math.min(api.oldestVersion() + step, latest);
    }

    @ParameterizedTest
    @MethodSource("steps")
    void aTransactionLivesItsLifeInEveryVersion(int step) {
        int commitVersion = version(ApiKeys.TXN_OFFSET_COMMIT, step, 4);
        int endVersion = version(ApiKeys.END_TXN, step, 4);
        assertEquals(Errors.NONE, client.init(version(ApiKeys.INIT_PRODUCER_ID, step, 5)));
        assertEquals(Errors.NONE, client.add(Math.min(step, 3), ORDERS));
        if (step < EPOCH_PER_TRANSACTION) {
            assertEquals(Errors.NONE, client.addOffsets(version(ApiKeys.ADD_OFFSETS_TO_TXN, step, 4)));
        }
        assertEquals("Ongoing", client.describe().transactionState());
        assertEquals(List.of("payments Ongoing"), client.list());
        assertEquals(Errors.NONE, client.commitOffsets(commitVersion, client.offsets(ORDERS, 42)));
        assertEquals(
                Errors.UNSTABLE_OFFSET_COMMIT.code(), client.committed(ORDERS).errorCode());
        assertEquals(Errors.NONE, client.end(endVersion, true));
        assertEquals("CompleteCommit", client.stateAtRest());
        assertEquals(42, client.committed(ORDERS).committedOffset());
    }

    @Test
    void offsetsOfAnAbortedTransactionWereNeverCommitted() {
        client.commitOffsets(5, client.offsets(ORDERS, 1));
        client.end(5, true);
        assertEquals("CompleteCommit", client.stateAtRest());
        assertEquals(Errors.NONE, client.commitOffsets(5, client.offsets(ORDERS, 42)));
        assertEquals(Errors.NONE, client.end(5, false));
        assertEquals("CompleteAbort", client.stateAtRest());
        assertEquals(1, client.committed(ORDERS).committedOffset());
    }

    @Test
    void offsetsOfAGroupThatIsNotPartOfTheTransactionAreRefused() {
        assertEquals(Errors.NONE, client.add(3, ORDERS));
        assertEquals(Errors.TRANSACTION_ABORTABLE, client.commitOffsets(4, client.offsets(ORDERS, 42)));
        assertEquals(Errors.INVALID_TXN_STATE, client.commitOffsets(3, client.offsets(ORDERS, 42)));
        assertEquals(-1, client.committed(ORDERS).committedOffset());
    }

    @Test
    void offsetsOfAnotherEpochAreRefused() {
        var late = client.offsets(ORDERS, 42);
        client.init(4);
        assertEquals(Errors.INVALID_PRODUCER_EPOCH, client.commitOffsets(5, late));
        assertEquals(-1, client.committed(ORDERS).committedOffset());
    }

    @Test
    void eachPartitionsOffsetHasItsOwnAnswer() {
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION,
                client.commitOffsets(5, client.offsets(new TopicPartition("orders", 9), 42)));
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION,
                client.commitOffsets(5, client.offsets(new TopicPartition("nowhere", 0), 42)));
        var tooMuch = client.offsets(ORDERS, 42);
        tooMuch.topics().getFirst().partitions().getFirst().setCommittedMetadata("m".repeat(5_000));
        assertEquals(Errors.OFFSET_METADATA_TOO_LARGE, client.commitOffsets(5, tooMuch));
        assertEquals(
                Errors.INVALID_GROUP_ID,
                client.commitOffsets(5, client.offsets(ORDERS, 42).setGroupId("")));
    }

    @Test
    void aMemberMustBeOneToCommitInATransaction() {
        var ofNobody = client.offsets(ORDERS, 42).setMemberId("nobody").setGenerationId(3);
        assertEquals(Errors.ILLEGAL_GENERATION, client.commitOffsets(5, ofNobody));
        client.commitOffsets(5, client.offsets(ORDERS, 42));
        assertEquals(Errors.UNKNOWN_MEMBER_ID, client.commitOffsets(5, ofNobody));
    }

    @Test
    void anOldClientIsToldOfAnErrorThatItKnows() {
        client.add(3, ORDERS);
        client.epoch--;
        assertEquals(Errors.INVALID_PRODUCER_EPOCH, client.add(1, ORDERS));
        assertEquals(Errors.PRODUCER_FENCED, client.add(2, ORDERS));
        assertEquals(Errors.INVALID_PRODUCER_EPOCH, client.addOffsets(1));
        assertEquals(Errors.PRODUCER_FENCED, client.addOffsets(2));
        assertEquals(Errors.INVALID_PRODUCER_EPOCH, client.end(1, true));
        assertEquals(Errors.PRODUCER_FENCED, client.end(2, true));
    }

    @Test
    void onlyPartitionsThatExistCanBeAdded() {
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, client.add(3, new TopicPartition("nowhere", 0)));
        assertEquals("Empty", client.describe().transactionState());
    }

    @Test
    void anOperatorEndsATransactionInOnePartition() {
        client.add(3, ORDERS);
        assertEquals(Errors.NONE, client.mark(ORDERS));
        assertEquals(Errors.UNKNOWN_TOPIC_OR_PARTITION, client.mark(new TopicPartition("nowhere", 0)));
    }
}
