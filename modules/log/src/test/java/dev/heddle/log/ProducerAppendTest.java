package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.AnswerException;
import dev.heddle.common.ManualTime;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProducerAppendTest {

    private static final long PID = 4242;
    private static final short TV_1 = 1;
    private static final short TV_2 = 2;

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime(1_700_000_000_000L);
    private ProducerStateManager manager;
    private long nextOffset;

    private ProducerStateManager manager() {
        if (manager == null) {
            manager = new ProducerStateManager(
                    new TopicPartition("orders", 0), FileSystemCalls.REAL, directory, () -> LogFixture.PRODUCERS, time);
        }
        return manager;
    }

    /** Appends {@code count} records from {@code sequence} on, at the next offsets. */
    private void append(AppendOrigin origin, int epoch, int sequence, int count, boolean transactional) {
        ProducerAppend append = manager().prepareUpdate(PID, origin);
        int last = (int) ((sequence + (long) count - 1) % (1L << 31));
        append.appendData(
                (short) epoch, sequence, last, time.milliseconds(), nextOffset, nextOffset + count - 1, transactional);
        manager().update(append);
        nextOffset += count;
        manager().updateMapEndOffset(nextOffset);
    }

    private void append(int epoch, int sequence, int count) {
        append(AppendOrigin.CLIENT, epoch, sequence, count, false);
    }

    private CompletedTxn mark(AppendOrigin origin, int epoch, boolean commit, int coordinatorEpoch, short version) {
        ProducerAppend append = manager().prepareUpdate(PID, origin);
        var type = commit ? ControlRecordType.COMMIT : ControlRecordType.ABORT;
        CompletedTxn completed = append.appendMarker(
                new EndTransactionMarker(type, coordinatorEpoch),
                (short) epoch,
                nextOffset,
                time.milliseconds(),
                version);
        manager().update(append);
        nextOffset++;
        manager().updateMapEndOffset(nextOffset);
        return completed;
    }

    private void assertRefused(Errors error, Runnable append) {
        ProducerStateEntry before = manager().lastEntry(PID);
        ActiveProducer known = before == null ? null : before.toActiveProducer();
        assertEquals(error, assertThrows(AnswerException.class, append::run).error());
        ProducerStateEntry after = manager().lastEntry(PID);
        assertEquals(known, after == null ? null : after.toActiveProducer(), "a refused append changes nothing");
    }

    @Test
    void sequencesMustFollowEachOther() {
        append(0, 0, 3);
        append(0, 3, 1);
        assertRefused(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, () -> append(0, 5, 1));
        assertRefused(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, () -> append(0, 3, 1));
        assertRefused(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, () -> append(0, 0, 1));
        append(0, 4, 1);
        assertEquals(4, manager().lastEntry(PID).lastSequence());
    }

    @Test
    void anUnknownProducerMayBeginAnywhere() {
        append(7, 1234, 1);
        assertEquals(1234, manager().lastEntry(PID).lastSequence());
        assertEquals(7, manager().lastEntry(PID).producerEpoch());
    }

    @Test
    void sequencesWrapAroundAtTheLargestInt() {
        append(0, Integer.MAX_VALUE - 2, 2);
        append(0, Integer.MAX_VALUE, 3);
        assertEquals(1, manager().lastEntry(PID).lastSequence());
        append(0, 2, 1);
        ProducerStateEntry.Batch wrapped = manager().lastEntry(PID).findDuplicate((short) 0, Integer.MAX_VALUE, 1);
        assertNotNull(wrapped);
        assertEquals(2, wrapped.firstOffset());
        assertEquals(4, wrapped.lastOffset());
    }

    @Test
    void aSequenceMayNotWrapAroundEarly() {
        append(0, 10, 1);
        assertRefused(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, () -> append(0, 0, 1));
    }

    @Test
    void aNewEpochBeginsWithSequenceZero() {
        append(0, 5, 1);
        assertRefused(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, () -> append(1, 6, 1));
        append(1, 0, 1);
        append(1, 1, 1);
        assertNull(manager().lastEntry(PID).findDuplicate((short) 0, 5, 5), "batches of older epochs are forgotten");
    }

    @Test
    void anOlderEpochIsFenced() {
        append(5, 0, 1);
        assertRefused(Errors.INVALID_PRODUCER_EPOCH, () -> append(4, 1, 1));
        assertRefused(
                Errors.INVALID_PRODUCER_EPOCH,
                () -> append(AppendOrigin.COORDINATOR, 4, RecordBatch.NO_SEQUENCE, 1, true));
    }

    @Test
    void coordinatorsHaveNoSequences() {
        append(AppendOrigin.COORDINATOR, 0, RecordBatch.NO_SEQUENCE, 1, true);
        append(AppendOrigin.COORDINATOR, 0, RecordBatch.NO_SEQUENCE, 1, true);
        assertEquals(OptionalLong.of(0), manager().lastEntry(PID).currentTxnFirstOffset());
    }

    @Test
    void whatTheLeaderAcceptedIsAcceptedInAnyOrder() {
        append(AppendOrigin.REPLICATION, 5, 10, 1, false);
        append(AppendOrigin.REPLICATION, 4, 99, 1, false);
        assertEquals(4, manager().lastEntry(PID).producerEpoch());
        assertEquals(99, manager().lastEntry(PID).lastSequence());
    }

    @Test
    void oneAppendMayHoldSeveralBatches() {
        append(0, 0, 1);
        ProducerAppend append = manager().prepareUpdate(PID, AppendOrigin.CLIENT);
        append.appendData((short) 0, 1, 2, 100, 1, 2, false);
        append.appendData((short) 0, 3, 3, 101, 3, 3, false);
        assertThrows(AnswerException.class, () -> append.appendData((short) 0, 5, 5, 102, 4, 4, false));
        assertEquals(0, manager().lastEntry(PID).lastSequence(), "nothing changes before the update");
        manager().update(append);
        assertEquals(3, manager().lastEntry(PID).lastSequence());
        assertEquals(101, manager().lastEntry(PID).lastTimestamp());
    }

    @Test
    void aProducerWhoseFirstBatchFollowsAMarkerBeginsWithZero() {
        mark(AppendOrigin.COORDINATOR, 3, true, 0, TV_1);
        assertRefused(Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, () -> append(3, 5, 1));
        append(3, 0, 1);
    }

    // Repetitions

    @Test
    void theLastFiveBatchesAreRecognised() {
        for (int i = 0; i < 7; i++) append(0, i * 10, 10);
        ProducerStateEntry entry = manager().lastEntry(PID);
        assertNull(entry.findDuplicate((short) 0, 0, 9));
        assertNull(entry.findDuplicate((short) 0, 10, 19));
        for (int i = 2; i < 7; i++) {
            assertEquals(
                    new ProducerStateEntry.Batch(i * 10, i * 10 + 9, i * 10, i * 10 + 9, time.milliseconds()),
                    entry.findDuplicate((short) 0, i * 10, i * 10 + 9));
        }
        assertNull(entry.findDuplicate((short) 1, 60, 69), "another epoch is another batch");
        assertNull(entry.findDuplicate((short) 0, 60, 68), "a part of a batch is another batch");
    }

    // Transactions

    @Test
    void aTransactionLastsFromItsFirstRecordToItsMarker() {
        append(AppendOrigin.CLIENT, 0, 0, 2, true);
        append(AppendOrigin.CLIENT, 0, 2, 2, true);
        assertEquals(OptionalLong.of(0), manager().lastEntry(PID).currentTxnFirstOffset());
        assertEquals(new CompletedTxn(PID, 0, 4, true), mark(AppendOrigin.COORDINATOR, 0, false, 1, TV_1));
        assertEquals(OptionalLong.empty(), manager().lastEntry(PID).currentTxnFirstOffset());
        append(AppendOrigin.CLIENT, 0, 4, 1, true);
        assertEquals(new CompletedTxn(PID, 5, 6, false), mark(AppendOrigin.COORDINATOR, 0, true, 1, TV_1));
    }

    @Test
    void anEmptyTransactionCompletesNothing() {
        assertNull(mark(AppendOrigin.COORDINATOR, 0, true, 1, TV_1));
        assertEquals(1, manager().lastEntry(PID).coordinatorEpoch());
    }

    @Test
    void recordsOutsideOfAnOpenTransactionAreRefused() {
        append(AppendOrigin.CLIENT, 0, 0, 1, true);
        assertRefused(Errors.INVALID_TXN_STATE, () -> append(AppendOrigin.CLIENT, 0, 1, 1, false));
    }

    @Test
    void aMarkerOfAnOldCoordinatorIsFenced() {
        append(AppendOrigin.CLIENT, 0, 0, 1, true);
        mark(AppendOrigin.COORDINATOR, 0, true, 5, TV_1);
        assertRefused(Errors.TRANSACTION_COORDINATOR_FENCED, () -> mark(AppendOrigin.COORDINATOR, 0, true, 4, TV_1));
        mark(AppendOrigin.REPLICATION, 0, true, 4, ProducerAppend.TV_UNKNOWN);
        assertEquals(4, manager().lastEntry(PID).coordinatorEpoch());
    }

    @Test
    void aMarkerOfTheSameEpochIsValidUpToTransactionVersionOne() {
        append(AppendOrigin.CLIENT, 3, 0, 1, true);
        assertRefused(Errors.INVALID_PRODUCER_EPOCH, () -> mark(AppendOrigin.COORDINATOR, 2, true, 0, TV_1));
        assertNotNull(mark(AppendOrigin.COORDINATOR, 3, true, 0, TV_1));
    }

    @Test
    void aMarkerOfTransactionVersionTwoMustHaveANewEpoch() {
        append(AppendOrigin.CLIENT, 3, 0, 1, true);
        assertRefused(Errors.INVALID_PRODUCER_EPOCH, () -> mark(AppendOrigin.COORDINATOR, 3, true, 0, TV_2));
        assertRefused(Errors.INVALID_PRODUCER_EPOCH, () -> mark(AppendOrigin.COORDINATOR, 2, true, 0, TV_2));
        assertNotNull(mark(AppendOrigin.COORDINATOR, 4, true, 0, TV_2));
        assertNull(mark(AppendOrigin.COORDINATOR, 4, true, 0, TV_2), "the same marker again is let through");
    }

    @Test
    void atTheLastEpochAMarkerOfTransactionVersionTwoIsLetThrough() {
        append(AppendOrigin.CLIENT, Short.MAX_VALUE, 0, 1, true);
        assertNotNull(mark(AppendOrigin.COORDINATOR, Short.MAX_VALUE, false, 0, TV_2));
    }

    @ParameterizedTest
    @EnumSource(
            value = AppendOrigin.class,
            names = {"CLIENT", "COORDINATOR"})
    void aMarkerMustTellItsTransactionVersionUnlessItIsReplicated(AppendOrigin origin) {
        assertThrows(IllegalArgumentException.class, () -> mark(origin, 0, true, 0, ProducerAppend.TV_UNKNOWN));
    }

    @Test
    void replicatedBatchesMayHoldSeveralTransactionsAtOnce() {
        ProducerAppend append = manager().prepareUpdate(PID, AppendOrigin.REPLICATION);
        var commit = new EndTransactionMarker(ControlRecordType.COMMIT, 0);
        append.appendData((short) 0, 0, 0, 1, 0, 0, true);
        CompletedTxn first = append.appendMarker(commit, (short) 0, 1, 1, ProducerAppend.TV_UNKNOWN);
        append.appendData((short) 0, 1, 1, 1, 2, 2, true);
        CompletedTxn second = append.appendMarker(commit, (short) 0, 3, 1, ProducerAppend.TV_UNKNOWN);
        append.appendData((short) 0, 2, 2, 1, 4, 4, true);
        manager().update(append);
        assertEquals(new CompletedTxn(PID, 0, 1, false), first);
        assertEquals(new CompletedTxn(PID, 2, 3, false), second);
        manager().completeTxn(first);
        manager().completeTxn(second);
        assertEquals(OptionalLong.of(4), manager().firstUndecidedOffset());
    }

    // Batches as they are in the log

    @Test
    void aBatchOfRecordsIsTakenAsItIs() {
        MemoryRecords records = MemoryRecords.withTransactionalRecords(
                100L,
                Compression.NONE,
                PID,
                (short) 2,
                0,
                RecordBatch.NO_PARTITION_LEADER_EPOCH,
                new SimpleRecord(50, "a".getBytes()),
                new SimpleRecord(40, "b".getBytes()));
        ProducerAppend append = manager().prepareUpdate(PID, AppendOrigin.CLIENT);
        assertNull(append.append(records.firstBatch(), ProducerAppend.TV_UNKNOWN));
        manager().update(append);
        ProducerStateEntry entry = manager().lastEntry(PID);
        assertEquals(new ActiveProducer(PID, (short) 2, 1, 50, -1, 100), entry.toActiveProducer());
        assertEquals(101, entry.lastDataOffset());
        assertEquals(1, entry.batchesOrNone().getLast().offsetDelta());
    }

    @Test
    void aBatchWithAMarkerEndsTheTransaction() {
        append(AppendOrigin.CLIENT, 2, 0, 3, true);
        MemoryRecords marker = MemoryRecords.withEndTransactionMarker(
                3, 77, 0, PID, (short) 2, new EndTransactionMarker(ControlRecordType.ABORT, 9));
        ProducerAppend append = manager().prepareUpdate(PID, AppendOrigin.COORDINATOR);
        assertEquals(new CompletedTxn(PID, 0, 3, true), append.append(marker.firstBatch(), TV_1));
        manager().update(append);
        ProducerStateEntry entry = manager().lastEntry(PID);
        assertEquals(9, entry.coordinatorEpoch());
        assertEquals(77, entry.lastTimestamp());
        assertEquals(2, entry.lastSequence(), "a marker is no batch of data");
    }

    @Test
    void anEmptyControlBatchThatTheCleanerLeftChangesNothing() {
        ByteBuffer buffer = ByteBuffer.allocate(200);
        DefaultRecordBatch.writeEmptyHeader(
                buffer,
                RecordBatch.MAGIC_VALUE_V2,
                PID,
                (short) 2,
                RecordBatch.NO_SEQUENCE,
                0,
                0,
                0,
                TimestampType.CREATE_TIME,
                5,
                true,
                true);
        buffer.flip();
        ProducerAppend append = manager().prepareUpdate(PID, AppendOrigin.REPLICATION);
        assertNull(append.append(
                MemoryRecords.readableRecords(buffer).batches().iterator().next(), ProducerAppend.TV_UNKNOWN));
        assertTrue(append.startedTransactions().isEmpty());
        assertEquals(List.of(), manager().activeProducers());
    }
}
