package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.AnswerException;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CleanerTransactionsTest {

    private static final long P = 4000;
    private static final long Q = 4001;

    @TempDir
    Path root;

    private CleanerFixture fixture;

    @BeforeEach
    void start() {
        fixture = new CleanerFixture(root).create();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private List<Long> markers() {
        return fixture.batches().stream()
                .filter(RecordBatch::isControlBatch)
                .map(RecordBatch::baseOffset)
                .toList();
    }

    private List<Long> emptyBatches() {
        return fixture.batches().stream()
                .filter(batch -> batch.countOrNull() == 0)
                .map(RecordBatch::lastOffset)
                .toList();
    }

    private List<AbortedTxn> abortedFrom(long offset) {
        return fixture.log
                .read(offset, 1 << 20, FetchIsolation.TXN_COMMITTED, true)
                .abortedTransactions();
    }

    /** Enough time for every tombstone and marker, and something new so that the log is dirty. */
    private void cleanLater(String pair) {
        fixture.logs.time.advance(1000);
        fixture.append(pair);
        assertTrue(fixture.cleanAll());
    }

    @Test
    void whatWasCommittedMakesOlderRecordsObsolete() {
        fixture.append("a=1");
        fixture.transactional(P, 0, "a=2", "b=1");
        fixture.endTransaction(P, ControlRecordType.COMMIT);
        fixture.cleanAll();
        assertEquals(List.of("1:a=2", "2:b=1"), fixture.contents());
        assertEquals(List.of(3L), markers());
    }

    @Test
    void whatWasAbortedGoesAndMakesNothingObsolete() {
        fixture.append("a=1");
        fixture.transactional(P, 0, "a=2", "b=1");
        fixture.endTransaction(P, ControlRecordType.ABORT);
        fixture.append("c=1");
        fixture.cleanAll();
        assertEquals(List.of("0:a=1", "4:c=1"), fixture.contents());
        assertEquals(List.of(3L), markers());
        assertEquals(List.of(2L), emptyBatches(), "it tells the producer's last sequence");
    }

    @Test
    void readersInTheMiddleOfAnAbortedTransactionStillLearnOfIt() {
        fixture.transactional(P, 0, "a=1");
        fixture.log.roll();
        fixture.transactional(P, 1, "a=2");
        fixture.endTransaction(P, ControlRecordType.ABORT);
        fixture.append("c=1");
        fixture.cleanAll();
        assertEquals(1, abortedFrom(0).size());
        assertEquals(P, abortedFrom(0).getFirst().producerId());
        assertEquals(0, abortedFrom(0).getFirst().firstOffset());
    }

    @Test
    void aMarkerGoesWhenItsTransactionIsGoneAndTheTimeForReadersHasPassed() {
        fixture.transactional(P, 0, "a=1");
        fixture.endTransaction(P, ControlRecordType.ABORT);
        fixture.transactional(Q, 0, "b=1");
        fixture.endTransaction(Q, ControlRecordType.COMMIT);
        // Newer batches of theirs, so that the old ones need not stay for the sequences.
        fixture.idempotent(P, 1, "p=1");
        fixture.idempotent(Q, 1, "q=1");
        fixture.append("b=2");
        fixture.cleanAll();
        assertEquals(List.of(1L, 3L), markers(), "their transactions' batches were still there");
        cleanLater("x=1");
        assertEquals(List.of(1L, 3L), markers(), "now they have a horizon");
        assertEquals(List.of(), abortedFrom(0));
        cleanLater("x=2");
        assertEquals(List.of(), markers());
        assertEquals(List.of("4:p=1", "5:q=1", "6:b=2", "8:x=2"), fixture.contents());
    }

    @Test
    void aMarkerStaysWithAnyRecordOfItsTransaction() {
        fixture.transactional(P, 0, "a=1");
        fixture.endTransaction(P, ControlRecordType.COMMIT);
        for (int i = 0; i < 4; i++) cleanLater("x=" + i);
        assertEquals(List.of(1L), markers());
        assertEquals(List.of("0:a=1", "5:x=3"), fixture.contents());
    }

    @Test
    void whatIsUndecidedIsNotCleaned() {
        fixture.append("a=1");
        fixture.log.roll();
        fixture.append("a=2");
        fixture.log.roll();
        fixture.transactional(P, 0, "a=3");
        fixture.log.roll();
        fixture.append("a=4");
        fixture.cleanAll();
        assertEquals(List.of("1:a=2", "2:a=3", "3:a=4"), fixture.contents());
        fixture.endTransaction(P, ControlRecordType.ABORT);
        fixture.cleanAll();
        assertEquals(List.of("3:a=4"), fixture.contents());
    }

    @Test
    void transactionsOfSeveralProducersAreKeptApartAcrossSegments() {
        fixture.transactional(P, 0, "p=1");
        fixture.transactional(Q, 0, "q=1");
        fixture.log.roll();
        fixture.endTransaction(P, ControlRecordType.ABORT);
        fixture.transactional(P, 1, "p=2");
        fixture.log.roll();
        fixture.endTransaction(Q, ControlRecordType.COMMIT);
        fixture.endTransaction(P, ControlRecordType.COMMIT);
        fixture.cleanAll();
        assertEquals(List.of("1:q=1", "3:p=2"), fixture.contents());
        assertEquals(1, abortedFrom(0).size());
    }

    @Test
    void sequencesGoOnAfterEveryRecordOfAProducerIsGone() throws Exception {
        fixture.idempotent(P, 0, "a=1", "b=1");
        fixture.idempotent(P, 2, "a=2");
        fixture.append("a=3", "b=2");
        fixture.cleanAll();
        assertEquals(List.of("3:a=3", "4:b=2"), fixture.contents());
        assertEquals(List.of(2L), emptyBatches());
        fixture.logs.crash(fixture.log);
        for (String suffix : List.of(".snapshot")) deleteFiles(suffix);
        fixture.recover(0);
        assertTrue(fixture.idempotent(P, 2, "a=2").duplicate());
        assertEquals(
                Errors.OUT_OF_ORDER_SEQUENCE_NUMBER,
                assertThrows(AnswerException.class, () -> fixture.idempotent(P, 4, "x=1"))
                        .error());
        assertFalse(fixture.idempotent(P, 3, "c=1").duplicate());
    }

    private void deleteFiles(String suffix) throws Exception {
        for (Path file : fixture.logs.files.list(fixture.logs.path)) {
            if (LogFileNames.hasSuffix(file, suffix)) fixture.logs.files.deleteIfExists(file);
        }
    }

    @Test
    void theEmptyBatchGoesWithTheNextOneOrWhenTheProducerHasExpired() {
        fixture.idempotent(P, 0, "a=1");
        fixture.idempotent(Q, 0, "b=1");
        fixture.append("a=2", "b=2");
        fixture.cleanAll();
        assertEquals(List.of(0L, 1L), emptyBatches());
        fixture.idempotent(P, 1, "c=1");
        cleanLater("x=1");
        assertEquals(List.of(1L), emptyBatches());
        fixture.logs.time.advance(86_400_000);
        fixture.log.removeExpiredProducers();
        cleanLater("x=2");
        assertEquals(List.of(), emptyBatches());
    }

    @Test
    void theLastMarkerOfAProducerStaysForItsEpoch() {
        fixture.endTransaction(P, ControlRecordType.COMMIT);
        for (int i = 0; i < 3; i++) cleanLater("x=" + i);
        assertEquals(List.of(0L), markers());
    }
}
