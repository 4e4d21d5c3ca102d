package dev.heddle.log;

import static dev.heddle.log.LogFixture.contents;
import static dev.heddle.log.LogFixture.idempotent;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.AnswerException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdempotentProducerTest {

    private static final long ID = 4000;

    @TempDir
    Path root;

    private LogFixture fixture;

    @BeforeEach
    void open() {
        fixture = new LogFixture(root);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private static AppendResult append(PartitionLog log, int epoch, int sequence, String... values) {
        return log.appendAsLeader(idempotent(ID, (short) epoch, sequence, values), 3, AppendOrigin.CLIENT);
    }

    private static Errors refused(PartitionLog log, int epoch, int sequence) {
        return assertThrows(AnswerException.class, () -> append(log, epoch, sequence, "x"))
                .error();
    }

    @Test
    void aBatchSentAgainIsAnsweredWithItsFirstOffsetsAndNotWritten() {
        PartitionLog log = fixture.create();
        AppendResult first = append(log, 0, 0, "a", "b");
        append(log, 0, 2, "c");
        AppendResult again = append(log, 0, 0, "a", "b");
        assertFalse(first.duplicate());
        assertTrue(again.duplicate());
        assertEquals(0, again.firstOffset());
        assertEquals(1, again.lastOffset());
        assertEquals(List.of("0=a", "1=b", "2=c"), contents(log));
    }

    @Test
    void onlyTheLastFiveBatchesAreKnownAgain() {
        PartitionLog log = fixture.create();
        for (int i = 0; i < 6; i++) append(log, 0, i, "v" + i);
        for (int i = 1; i < 6; i++) assertTrue(append(log, 0, i, "v" + i).duplicate());
        assertEquals(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, refused(log, 0, 0));
    }

    @Test
    void aGapInTheSequenceIsRefused() {
        PartitionLog log = fixture.create();
        append(log, 0, 0, "a");
        assertEquals(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, refused(log, 0, 2));
        append(log, 0, 1, "b");
        assertEquals(2, log.logEndOffset());
    }

    @Test
    void anOlderEpochIsRefusedAndANewOneBeginsAtZero() {
        PartitionLog log = fixture.create();
        append(log, 1, 0, "a");
        assertEquals(Errors.INVALID_PRODUCER_EPOCH, refused(log, 0, 1));
        assertEquals(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, refused(log, 2, 1));
        append(log, 2, 0, "b");
        assertEquals(2, log.logEndOffset());
    }

    @Test
    void sequencesAreRememberedAfterACrash() throws Exception {
        PartitionLog log = fixture.create(Map.of("internal.segment.bytes", "500"));
        for (int i = 0; i < 20; i++) append(log, 0, i, "v" + i);
        fixture.crash(log);
        PartitionLog recovered = fixture.recover(Map.of("internal.segment.bytes", "500"), 0);
        assertTrue(append(recovered, 0, 19, "v19").duplicate());
        assertEquals(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, refused(recovered, 0, 21));
        append(recovered, 0, 20, "v20");
        assertEquals(21, contents(recovered).size());
    }

    @Test
    void allBatchesThatMayBeInFlightAreKnownAgainAfterEachOfSeveralCrashes() throws Exception {
        PartitionLog log = fixture.create();
        for (int i = 0; i < 7; i++) append(log, 0, i, "v" + i);
        for (int crash = 0; crash < 3; crash++) {
            fixture.crash(log);
            log = fixture.recover(Map.of(), 0);
            for (int i = 2; i < 7; i++) assertTrue(append(log, 0, i, "v" + i).duplicate());
            assertEquals(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, refused(log, 0, 1));
        }
        assertEquals(7, contents(log).size());
    }

    @Test
    void sequencesAreRememberedAfterACleanShutdown() throws Exception {
        PartitionLog log = fixture.create();
        append(log, 0, 0, "a");
        append(log, 0, 1, "b");
        log.close();
        assertTrue(Files.exists(LogFileNames.producerSnapshotFile(fixture.path, 2)));
        PartitionLog reopened = fixture.open(Map.of(), true, 0, 2);
        assertTrue(append(reopened, 0, 1, "b").duplicate());
    }

    @Test
    void sequencesAreRolledBackWithTruncation() {
        PartitionLog log = fixture.create();
        append(log, 0, 0, "a");
        append(log, 0, 1, "b");
        append(log, 0, 2, "c");
        log.truncateTo(1);
        assertEquals(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, refused(log, 0, 3));
        assertFalse(append(log, 0, 1, "b").duplicate());
    }

    @Test
    void rollingLeavesASnapshotAtTheSegmentsStart() {
        PartitionLog log = fixture.create();
        append(log, 0, 0, "a");
        log.roll();
        assertTrue(Files.exists(LogFileNames.producerSnapshotFile(fixture.path, 1)));
    }

    @Test
    void activeProducersAreShownUntilTheyExpire() {
        PartitionLog log = fixture.create();
        append(log, 5, 0, "a", "b");
        ActiveProducer producer = log.activeProducers().getFirst();
        assertEquals(ID, producer.producerId());
        assertEquals(1, producer.lastSequence());
        assertEquals(-1, producer.currentTxnStartOffset());
        fixture.time.advance(86_400_000);
        log.removeExpiredProducers();
        assertEquals(List.of(), log.activeProducers());
    }

    @Test
    void anOpenTransactionHoldsTheLastStableOffsetBack() {
        PartitionLog log = fixture.create();
        LogFixture.append(log, "before");
        appendTransactional(log, 0, "t1");
        LogFixture.append(log, "after");
        log.updateHighWatermark(3);
        assertEquals(1, log.lastStableOffset());
        ReadResult stable = log.read(0, 10_000, FetchIsolation.TXN_COMMITTED, true);
        assertEquals(1, LogFixture.records(stable).size());

        endTransaction(log, ControlRecordType.ABORT);
        assertEquals(1, log.lastStableOffset());
        log.updateHighWatermark(4);
        assertEquals(4, log.lastStableOffset());
        ReadResult all = log.read(0, 10_000, FetchIsolation.TXN_COMMITTED, true);
        assertEquals(1, all.abortedTransactions().size());
        AbortedTxn aborted = all.abortedTransactions().getFirst();
        assertEquals(ID, aborted.producerId());
        assertEquals(1, aborted.firstOffset());
        assertEquals(3, aborted.lastOffset());
    }

    @Test
    void abortedTransactionsAreFoundAgainAfterACrash() throws Exception {
        PartitionLog log = fixture.create();
        appendTransactional(log, 0, "t1");
        endTransaction(log, ControlRecordType.ABORT);
        appendTransactional(log, 1, "t2");
        fixture.crash(log);
        PartitionLog recovered = fixture.recover(Map.of(), 0);
        recovered.updateHighWatermark(3);
        assertEquals(2, recovered.lastStableOffset());
        endTransaction(recovered, ControlRecordType.COMMIT);
        recovered.updateHighWatermark(4);
        ReadResult all = recovered.read(0, 10_000, FetchIsolation.TXN_COMMITTED, true);
        assertEquals(
                List.of(0L),
                all.abortedTransactions().stream().map(AbortedTxn::firstOffset).toList());
    }

    private static void appendTransactional(PartitionLog log, int sequence, String value) {
        MemoryRecords records = MemoryRecords.withTransactionalRecords(
                Compression.NONE, ID, (short) 0, sequence, LogFixture.record(LogFixture.START_MS, value));
        log.appendAsLeader(records, 3, AppendOrigin.CLIENT);
    }

    private static void endTransaction(PartitionLog log, ControlRecordType how) {
        MemoryRecords marker = MemoryRecords.withEndTransactionMarker(
                LogFixture.START_MS, ID, (short) 0, new EndTransactionMarker(how, 0));
        log.appendAsLeader(marker, 3, AppendOrigin.COORDINATOR);
    }
}
