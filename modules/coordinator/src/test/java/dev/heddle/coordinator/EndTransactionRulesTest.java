package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.heddle.coordinator.TransactionDecision.Keep;
import dev.heddle.coordinator.TransactionDecision.Move;
import dev.heddle.coordinator.TransactionDecision.NeedProducerId;
import dev.heddle.coordinator.TransactionDecision.Refuse;
import dev.heddle.coordinator.TransactionMetadata.Producer;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.requests.TransactionResult;
import org.apache.kafka.common.utils.ProducerIdAndEpoch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EndTransactionRulesTest {

    private static final long ID = 5;
    private static final short EPOCH = 9;
    private static final long NOW = 1_000;

    private static TransactionMetadata at(TransactionState state, int epoch) {
        Set<TopicPartition> partitions = state.isIdle() ? Set.of() : Set.of(TransactionRig.ORDERS);
        var producer = new Producer(ID, ID, -1, (short) epoch, (short) (epoch - 1));
        return new TransactionMetadata(producer, state, partitions, state.isIdle() ? -1 : 10, 20, 60_000, (short) 2);
    }

    private static TransactionDecision decide(
            TransactionMetadata current, long id, int epoch, boolean commit, int version, OptionalLong reserve) {
        var wish = new EndTransactionRules.Wish(
                new ProducerIdAndEpoch(id, (short) epoch),
                TransactionResult.forId(commit),
                (short) version,
                reserve,
                NOW);
        return EndTransactionRules.decide(current, wish);
    }

    private static String said(TransactionDecision decision) {
        return switch (decision) {
            case Refuse refuse -> refuse.error().name();
            case Keep keep -> "DONE";
            case Move move ->
                move.next().state().name() + "@" + move.next().producer().epoch();
            case NeedProducerId need -> "NEEDS_ID";
        };
    }

    /** The state, what a request with the current epoch gets, and one with the epoch before it; abort, then commit. */
    @ParameterizedTest
    @CsvSource({
        "EMPTY, PREPARE_ABORT@10, PRODUCER_FENCED, INVALID_TXN_STATE, PRODUCER_FENCED",
        "ONGOING, PREPARE_ABORT@10, PRODUCER_FENCED, PREPARE_COMMIT@10, PRODUCER_FENCED",
        "PREPARE_COMMIT, CONCURRENT_TRANSACTIONS, CONCURRENT_TRANSACTIONS, CONCURRENT_TRANSACTIONS, CONCURRENT_TRANSACTIONS",
        "PREPARE_ABORT, CONCURRENT_TRANSACTIONS, CONCURRENT_TRANSACTIONS, CONCURRENT_TRANSACTIONS, CONCURRENT_TRANSACTIONS",
        "COMPLETE_ABORT, PREPARE_ABORT@10, DONE, INVALID_TXN_STATE, INVALID_TXN_STATE",
        "COMPLETE_COMMIT, PREPARE_ABORT@10, INVALID_TXN_STATE, INVALID_TXN_STATE, DONE"
    })
    void version2RaisesTheEpochWithEveryEnd(
            TransactionState state, String abort, String abortAgain, String commit, String commitAgain) {
        TransactionMetadata current = at(state, EPOCH);
        assertEquals(abort, said(decide(current, ID, EPOCH, false, 2, OptionalLong.empty())));
        assertEquals(abortAgain, said(decide(current, ID, EPOCH - 1, false, 2, OptionalLong.empty())));
        assertEquals(commit, said(decide(current, ID, EPOCH, true, 2, OptionalLong.empty())));
        assertEquals(commitAgain, said(decide(current, ID, EPOCH - 1, true, 2, OptionalLong.empty())));
    }

    @ParameterizedTest
    @CsvSource({
        "EMPTY, INVALID_TXN_STATE, INVALID_TXN_STATE",
        "ONGOING, PREPARE_ABORT@9, PREPARE_COMMIT@9",
        "PREPARE_COMMIT, CONCURRENT_TRANSACTIONS, CONCURRENT_TRANSACTIONS",
        "PREPARE_ABORT, CONCURRENT_TRANSACTIONS, CONCURRENT_TRANSACTIONS",
        "COMPLETE_ABORT, DONE, INVALID_TXN_STATE",
        "COMPLETE_COMMIT, INVALID_TXN_STATE, DONE"
    })
    void version1LeavesTheEpoch(TransactionState state, String abort, String commit) {
        TransactionMetadata current = at(state, EPOCH);
        assertEquals(abort, said(decide(current, ID, EPOCH, false, 0, OptionalLong.empty())));
        assertEquals(commit, said(decide(current, ID, EPOCH, true, 0, OptionalLong.empty())));
        assertEquals("PRODUCER_FENCED", said(decide(current, ID, EPOCH - 1, true, 0, OptionalLong.empty())));
        assertEquals("PRODUCER_FENCED", said(decide(current, ID, EPOCH + 1, true, 0, OptionalLong.empty())));
    }

    @ParameterizedTest
    @CsvSource({"0", "2"})
    void anotherProducersIdIsUnknown(int version) {
        for (TransactionState state : TransactionState.values()) {
            if (version == 2 && state.isPrepared()) continue;
            assertEquals(
                    "INVALID_PRODUCER_ID_MAPPING",
                    said(decide(at(state, EPOCH), ID + 1, EPOCH, true, version, OptionalLong.empty())));
        }
    }

    @Test
    void whenTheEpochsAreUsedUpTheNextTransactionHasAnotherId() {
        int last = Short.MAX_VALUE - 1;
        TransactionMetadata current = at(TransactionState.ONGOING, last);
        assertEquals("NEEDS_ID", said(decide(current, ID, last, true, 2, OptionalLong.empty())));
        var move = assertInstanceOf(Move.class, decide(current, ID, last, true, 2, OptionalLong.of(77)));
        Producer ending = move.next().producer();
        assertEquals(new Producer(ID, ID, 77, Short.MAX_VALUE, (short) last), ending);
        TransactionMetadata completed = move.next().completed(NOW);
        assertEquals(new Producer(77, ID, -1, (short) 0, (short) last), completed.producer());
        // The client did not hear of it and asks again, as whom it was.
        assertEquals("DONE", said(decide(completed, ID, last, true, 2, OptionalLong.empty())));
        assertEquals("INVALID_TXN_STATE", said(decide(completed, ID, last, false, 2, OptionalLong.empty())));
    }

    @Test
    void anAbortOfNothingBeginsAndEndsNow() {
        var move = assertInstanceOf(
                Move.class, decide(at(TransactionState.EMPTY, EPOCH), ID, EPOCH, false, 2, OptionalLong.empty()));
        assertEquals(NOW, move.next().startMs());
        assertEquals(Set.of(), move.next().partitions());
    }

    @Test
    void theCoordinatorsOwnAbortFencesTheProducer() {
        for (short version : new short[] {0, 1, 2}) {
            var move = assertInstanceOf(
                    Move.class,
                    EndTransactionRules.abort(at(TransactionState.ONGOING, EPOCH), OptionalLong.empty(), version, NOW));
            assertEquals(EPOCH + 1, move.next().producer().epoch());
            assertEquals(version == 2 ? EPOCH : -1, move.next().producer().lastEpoch());
            assertEquals(version == 2 ? 2 : 0, move.next().clientVersion());
            assertEquals(EPOCH + 1, move.next().completed(NOW).producer().epoch());
        }
    }
}
