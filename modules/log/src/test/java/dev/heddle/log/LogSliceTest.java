package dev.heddle.log;

import static dev.heddle.log.LogFixture.append;
import static dev.heddle.log.LogFixture.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogSliceTest {

    @TempDir
    Path root;

    private LogFixture fixture;
    private PartitionLog log;

    @BeforeEach
    void open() {
        fixture = new LogFixture(root);
        log = fixture.create();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private LogSlice slice(long offset, int maxBytes) {
        return log.read(offset, maxBytes, FetchIsolation.LOG_END, true).records();
    }

    private static List<String> show(List<SlicedBatch> batches) {
        return batches.stream()
                .map(batch -> batch.baseOffset() + "-" + batch.lastOffset())
                .toList();
    }

    @Test
    void tellsWhichBatchesLieInIt() throws IOException {
        for (int i = 1; i <= 100; i++) append(log, values("v", i % 3 + 1));
        LogSlice slice = slice(2, 1 << 20);
        List<SlicedBatch> batches = slice.batches(Long.MAX_VALUE);
        assertEquals(99, batches.size());
        assertEquals(List.of("2-4", "5-5"), show(batches.subList(0, 2)));
        int position = 0;
        for (SlicedBatch batch : batches) {
            assertEquals(position, batch.position());
            position += batch.sizeInBytes();
        }
        assertEquals(slice.sizeInBytes(), position);
    }

    @Test
    void looksNoFurtherThanItIsAskedTo() throws IOException {
        for (int i = 0; i < 5; i++) append(log, "a", "b");
        assertEquals(List.of("0-1", "2-3"), show(slice(0, 1 << 20).batches(3)));
        assertEquals(List.of("0-1", "2-3", "4-5"), show(slice(0, 1 << 20).batches(4)));
    }

    @Test
    void leavesOutABatchThatIsCutOff() throws IOException {
        append(log, "a");
        append(log, "b".repeat(1000));
        LogSlice both = slice(0, 1 << 20);
        assertEquals(List.of("0-0"), show(slice(0, both.sizeInBytes() - 1).batches(Long.MAX_VALUE)));
        assertEquals(List.of(), LogSlice.EMPTY.batches(Long.MAX_VALUE));
    }

    @Test
    void hasPartsThatCanBeReadAlone() throws IOException {
        append(log, "a");
        append(log, "b");
        append(log, "c");
        LogSlice all = slice(0, 1 << 20);
        SlicedBatch second = all.batches(Long.MAX_VALUE).get(1);
        MemoryRecords part = all.part(second.position(), second.sizeInBytes()).records();
        assertEquals(1, part.records().iterator().next().offset());
        assertEquals(second.sizeInBytes(), part.sizeInBytes());
        assertSame(all, all.part(0, all.sizeInBytes()));
        assertThrows(IndexOutOfBoundsException.class, () -> all.part(1, all.sizeInBytes()));
    }

    @Test
    void tellsRecordsOfTransactionsFromTheirMarkers() throws IOException {
        append(log, "a");
        log.appendAsLeader(
                MemoryRecords.withTransactionalRecords(Compression.NONE, 7, (short) 0, 0, LogFixture.record(1, "b")),
                0,
                AppendOrigin.COORDINATOR);
        log.appendAsLeader(
                MemoryRecords.withEndTransactionMarker(
                        0, 1, 0, 7, (short) 0, new EndTransactionMarker(ControlRecordType.ABORT, 0)),
                0,
                AppendOrigin.COORDINATOR);
        List<SlicedBatch> batches = slice(0, 1 << 20).batches(Long.MAX_VALUE);
        assertEquals(
                List.of(false, true, false),
                batches.stream().map(SlicedBatch::transactionalData).toList());
        assertEquals(
                List.of(-1L, 7L, 7L),
                batches.stream().map(SlicedBatch::producerId).toList());
    }
}
