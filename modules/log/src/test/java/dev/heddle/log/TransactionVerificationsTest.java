package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heddle.common.AnswerException;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TransactionVerificationsTest {

    private static final TopicPartition PARTITION = new TopicPartition("orders", 0);
    private static final long PRODUCER = 7;

    private final TransactionVerifications verifications = new TransactionVerifications(() -> true);

    private static RecordBatch data(int epoch) {
        return MemoryRecords.withTransactionalRecords(
                        Compression.NONE, PRODUCER, (short) epoch, 0, new SimpleRecord("a".getBytes()))
                .batches()
                .iterator()
                .next();
    }

    private static RecordBatch marker(int epoch) {
        return MemoryRecords.withEndTransactionMarker(
                        PRODUCER, (short) epoch, new EndTransactionMarker(ControlRecordType.ABORT, 0))
                .batches()
                .iterator()
                .next();
    }

    private static ProducerStateEntry known(int epoch, OptionalLong transaction) {
        return new ProducerStateEntry(PRODUCER, (short) epoch, 0, 0, transaction);
    }

    private @Nullable VerificationGuard start(@Nullable ProducerStateEntry known, int epoch, boolean bumps) {
        return verifications.start(PARTITION, known, new TransactionStart(PRODUCER, (short) epoch, 0, bumps), 1_000);
    }

    private Errors errorOf(@Nullable ProducerStateEntry known, int epoch, @Nullable VerificationGuard shown) {
        var refused =
                assertThrows(AnswerException.class, () -> verifications.check(PARTITION, known, data(epoch), shown));
        return refused.error();
    }

    @Test
    void withoutAGuardNothingBegins() {
        assertEquals(Errors.INVALID_TXN_STATE, errorOf(null, 0, null));
        assertNotNull(start(null, 0, false));
        assertEquals(Errors.INVALID_TXN_STATE, errorOf(null, 0, null));
        assertEquals(Errors.INVALID_TXN_STATE, errorOf(null, 0, new VerificationGuard()));
    }

    @Test
    void withTheGuardThatWasGivenItBegins() {
        VerificationGuard guard = start(null, 0, false);
        assertSame(guard, start(null, 0, false));
        assertDoesNotThrow(() -> verifications.check(PARTITION, null, data(0), guard));
    }

    @Test
    void anOpenTransactionNeedsNoGuard() {
        ProducerStateEntry open = known(3, OptionalLong.of(10));
        assertNull(start(open, 3, false));
        assertDoesNotThrow(() -> verifications.check(PARTITION, open, data(3), null));
        assertEquals(Errors.INVALID_TXN_STATE, errorOf(open, 4, null));
    }

    @Test
    void anOlderEpochIsTold() {
        ProducerStateEntry later = known(3, OptionalLong.empty());
        assertEquals(Errors.INVALID_PRODUCER_EPOCH, errorOf(later, 2, null));
        assertThrows(AnswerException.class, () -> start(later, 2, false));
    }

    @Test
    void aMarkerMakesTheGuardWorthless() {
        VerificationGuard guard = start(null, 0, false);
        verifications.appended(marker(0));
        assertEquals(Errors.INVALID_TXN_STATE, errorOf(null, 0, guard));
        VerificationGuard another = start(null, 0, false);
        assertNotSame(guard, another);
        assertEquals(Errors.INVALID_TXN_STATE, errorOf(null, 0, guard));
    }

    @Test
    void theLastMarkerDoesNotTouchTheNextTransactionOfItsEpoch() {
        VerificationGuard guard = start(null, 1, true);
        verifications.appended(marker(1));
        assertDoesNotThrow(() -> verifications.check(PARTITION, null, data(1), guard));
        verifications.appended(marker(2));
        assertEquals(Errors.INVALID_TXN_STATE, errorOf(null, 1, guard));
    }

    @Test
    void aGuardIsForgottenInTime() {
        VerificationGuard guard = start(null, 0, false);
        verifications.removeExpired(1_999, 1_000);
        assertDoesNotThrow(() -> verifications.check(PARTITION, null, data(0), guard));
        verifications.removeExpired(2_000, 1_000);
        assertEquals(Errors.INVALID_TXN_STATE, errorOf(null, 0, guard));
    }

    @Test
    void whereVerificationIsOffOnlyEpochsAreChecked() {
        var off = new TransactionVerifications(() -> false);
        assertDoesNotThrow(() -> off.check(PARTITION, null, data(0), null));
        assertThrows(AnswerException.class, () -> off.check(PARTITION, known(1, OptionalLong.empty()), data(0), null));
    }
}
