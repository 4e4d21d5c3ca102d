package dev.heddle.log;

import static dev.heddle.log.LogFixture.append;
import static dev.heddle.log.LogFixture.batch;
import static dev.heddle.log.LogFixture.batchAt;
import static dev.heddle.log.LogFixture.contents;
import static dev.heddle.log.LogFixture.direct;
import static dev.heddle.log.LogFixture.records;
import static dev.heddle.log.LogFixture.value;
import static dev.heddle.log.LogFixture.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.AnswerException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PartitionLogTest {

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

    @Test
    void whatIsAppendedIsReadBackWithItsOffsets() {
        PartitionLog log = fixture.create();
        AppendResult first = append(log, "a", "b");
        AppendResult second = append(log, "c");

        assertEquals(0, first.firstOffset());
        assertEquals(1, first.lastOffset());
        assertEquals(2, second.firstOffset());
        assertEquals(3, log.logEndOffset());
        assertEquals(List.of("0=a", "1=b", "2=c"), contents(log));
    }

    @Test
    void offsetsAndEpochAreStampedIntoTheBufferTheRecordsCameIn() {
        PartitionLog log = fixture.create();
        append(log, "a", "b", "c");
        MemoryRecords records = direct(batch("d", "e"));
        log.appendAsLeader(records, 7, AppendOrigin.CLIENT);

        RecordBatch batch = records.batchIterator().next();
        assertEquals(3, batch.baseOffset());
        assertEquals(4, batch.lastOffset());
        assertEquals(7, batch.partitionLeaderEpoch());
        assertTrue(batch.isValid());
    }

    @Test
    void anAppendIsOneWrite() {
        PartitionLog log = fixture.create();
        append(log, "a");
        int before = fixture.files.count(FaultyFiles.Call.WRITE);
        append(log, values("v", 100));
        assertEquals(before + 1, fixture.files.count(FaultyFiles.Call.WRITE));
    }

    @Test
    void apacheReadsTheSegmentFile() throws Exception {
        PartitionLog log = fixture.create();
        for (int i = 0; i < 10; i++) append(log, values("v" + i + "-", 20));

        try (FileRecords file = FileRecords.open(fixture.logFile(0).toFile(), false)) {
            int batches = 0;
            for (var batch : file.batches()) {
                batch.ensureValid();
                assertEquals(20L * batches, batch.baseOffset());
                batches++;
            }
            assertEquals(10, batches);
        }
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void batchesOfEveryCodecAreStoredAsTheyCome(CompressionType type) throws Exception {
        PartitionLog log = fixture.create();
        MemoryRecords sent = direct(batch(Compression.of(type).build(), values("value-", 500)));
        AppendResult result = log.appendAsLeader(sent, 3, AppendOrigin.CLIENT);

        assertEquals(500, result.recordCount());
        assertEquals(500, contents(log).size());
        RecordBatch stored = log.read(0, 1 << 20, FetchIsolation.LOG_END, true)
                .records()
                .records()
                .batchIterator()
                .next();
        assertEquals(type, stored.compressionType());
        stored.ensureValid();
    }

    @Test
    void readStopsAtTheIsolationsLimit() {
        PartitionLog log = fixture.create();
        append(log, "a");
        append(log, "b");
        append(log, "c");
        log.updateHighWatermark(2);

        assertEquals(
                3, records(log.read(0, 1 << 20, FetchIsolation.LOG_END, true)).size());
        ReadResult committed = log.read(0, 1 << 20, FetchIsolation.HIGH_WATERMARK, true);
        assertEquals(
                List.of("a", "b"),
                records(committed).stream().map(LogFixture::value).toList());
        assertEquals(2, committed.highWatermark());
        assertEquals(3, committed.logEndOffset());
        assertTrue(log.read(2, 1 << 20, FetchIsolation.HIGH_WATERMARK, true)
                .records()
                .isEmpty());
    }

    @Test
    void readAtTheEndIsEmptyAndBeyondItIsOutOfRange() {
        PartitionLog log = fixture.create();
        append(log, "a");
        assertTrue(log.read(1, 100, FetchIsolation.LOG_END, true).records().isEmpty());
        assertError(Errors.OFFSET_OUT_OF_RANGE, () -> log.read(2, 100, FetchIsolation.LOG_END, true));
        assertError(Errors.OFFSET_OUT_OF_RANGE, () -> log.read(-1, 100, FetchIsolation.LOG_END, true));
    }

    @Test
    void firstBatchComesWholeOnlyIfItFitsOrIsAskedForAnyway() {
        PartitionLog log = fixture.create();
        append(log, "a".repeat(1000));
        append(log, "b");
        assertTrue(log.read(0, 100, FetchIsolation.LOG_END, false).records().isEmpty());
        ReadResult whole = log.read(0, 100, FetchIsolation.LOG_END, true);
        assertEquals(1, records(whole).size());
        assertTrue(whole.records().sizeInBytes() > 1000);
    }

    @Test
    void readFromEveryOffsetFindsItAcrossSegmentsAndIndexEntries() {
        PartitionLog log = fixture.create(Map.of("internal.segment.bytes", "2000", "index.interval.bytes", "200"));
        for (int i = 0; i < 200; i++) append(log, values("v" + i + ".", 1 + i % 4));
        assertTrue(log.segmentCount() > 5);
        for (long offset = 0; offset < log.logEndOffset(); offset++) {
            ReadResult result = log.read(offset, 1, FetchIsolation.LOG_END, true);
            long wanted = offset;
            assertTrue(records(result).stream().anyMatch(record -> record.offset() == wanted), "offset " + offset);
        }
    }

    @Test
    void readersSeeOnlyWholeAppendsWhileAWriterGoesOn() throws Exception {
        PartitionLog log = fixture.create(Map.of("internal.segment.bytes", "20000", "index.interval.bytes", "500"));
        Thread writer = Thread.ofVirtual().start(() -> {
            for (int i = 0; i < 500; i++) append(log, values("v" + i + ".", 5));
        });
        long next = 0;
        while (next < 2500) {
            for (Record record : records(log.read(next, 4000, FetchIsolation.LOG_END, true))) {
                if (record.offset() < next) continue;
                assertEquals(next, record.offset());
                assertEquals("v" + next / 5 + "." + next % 5, value(record));
                next++;
            }
        }
        writer.join();
        assertEquals(2500, log.logEndOffset());
    }

    @Test
    void aFullSegmentIsRolled() {
        PartitionLog log = fixture.create(Map.of("internal.segment.bytes", "1400"));
        for (int i = 0; i < 10; i++) append(log, "x".repeat(300));
        assertEquals(5, log.segmentCount());
        assertTrue(Files.exists(fixture.logFile(8)));
        assertEquals(10, contents(log).size());
    }

    @Test
    void anOldSegmentIsRolledByTheTimeOfItsRecords() {
        PartitionLog log = fixture.create(Map.of("segment.ms", "10000"));
        log.appendAsLeader(batchAt(LogFixture.START_MS, "a"), 3, AppendOrigin.CLIENT);
        fixture.time.advance(10_000);
        log.appendAsLeader(batchAt(LogFixture.START_MS + 10_000, "b"), 3, AppendOrigin.CLIENT);
        assertEquals(1, log.segmentCount());
        fixture.time.advance(1);
        log.appendAsLeader(batchAt(LogFixture.START_MS + 10_001, "c"), 3, AppendOrigin.CLIENT);
        assertEquals(2, log.segmentCount());
    }

    @Test
    void aSegmentWithAFullIndexIsRolled() {
        // Room for two entries, one of them kept for the segment's end.
        PartitionLog log = fixture.create(Map.of("segment.index.bytes", "24", "index.interval.bytes", "100"));
        for (int i = 0; i < 20; i++) append(log, "x".repeat(200));
        assertTrue(log.segmentCount() > 3);
        assertEquals(20, contents(log).size());
    }

    @Test
    void anOffsetThatDoesNotFitUnderTheBaseOffsetBeginsASegment() {
        PartitionLog log = fixture.create();
        append(log, "a");
        long far = 1L + Integer.MAX_VALUE;
        log.appendAsFollower(assigned(far, 3, "b"));
        assertEquals(2, log.segmentCount());
        assertEquals(far + 1, log.logEndOffset());
        assertEquals(List.of("0=a", far + "=b"), contents(log));
    }

    @Test
    void followerTakesOffsetsAndEpochsAsTheyAre() {
        PartitionLog log = fixture.create();
        log.appendAsFollower(assigned(5, 2, "a", "b"));
        assertEquals(7, log.logEndOffset());
        assertEquals(OptionalInt.of(2), log.latestEpoch());
        assertThrows(UnexpectedAppendOffsetException.class, () -> log.appendAsFollower(assigned(6, 2, "c")));
    }

    @Test
    void followerStopsAtTheFirstBatchOfALaterEpoch() {
        PartitionLog log = fixture.create();
        ByteBuffer both = ByteBuffer.allocate(1000);
        both.put(assigned(0, 4, "a").buffer()).put(assigned(1, 5, "b").buffer()).flip();
        log.appendAsFollower(MemoryRecords.readableRecords(both), 4);
        assertEquals(1, log.logEndOffset());
    }

    private static MemoryRecords assigned(long offset, int epoch, String... values) {
        MemoryRecords records = batch(values);
        var made = records.batchIterator().next();
        made.setLastOffset(offset + values.length - 1);
        made.setPartitionLeaderEpoch(epoch);
        return records;
    }

    @Test
    void epochsEndWhereTheNextOneBegins() {
        PartitionLog log = fixture.create();
        log.appendAsLeader(batch("a", "b"), 1, AppendOrigin.CLIENT);
        log.appendAsLeader(batch("c"), 4, AppendOrigin.CLIENT);
        assertEquals(new EpochEndOffset(1, 2), log.endOffsetForEpoch(1));
        assertEquals(new EpochEndOffset(1, 2), log.endOffsetForEpoch(3));
        assertEquals(new EpochEndOffset(4, 3), log.endOffsetForEpoch(4));
        log.assignEpoch(6);
        assertEquals(OptionalInt.of(6), log.latestEpoch());
    }

    @Test
    void truncationRemovesTheEndAndMakesRoomForOtherRecords() {
        PartitionLog log = fixture.create(Map.of("internal.segment.bytes", "1000"));
        for (int i = 0; i < 10; i++) append(log, "v" + i + "x".repeat(300));
        log.updateHighWatermark(10);
        log.truncateTo(3);
        assertEquals(3, log.logEndOffset());
        assertEquals(3, log.highWatermark());
        append(log, "new");
        assertEquals(4, contents(log).size());
        assertEquals("3=new", contents(log, 3).getFirst());
        fixture.time.advance(60_000);
        fixture.scheduler.runDue();
        assertFalse(Files.exists(fixture.logFile(8)));
        assertFalse(Files.exists(fixture.path.resolve("00000000000000000008.log.deleted")));
    }

    @Test
    void truncatedFullyTheLogStartsAnew() {
        PartitionLog log = fixture.create();
        append(log, "a", "b");
        log.truncateFullyAndStartAt(100);
        assertEquals(100, log.logStartOffset());
        assertEquals(100, log.logEndOffset());
        append(log, "c");
        assertEquals(List.of("100=c"), contents(log));
        log.truncateFullyAndStartAt(100);
        assertEquals(List.of(), contents(log));
    }

    @Test
    void deleteRecordsRaisesTheStartButNotBeyondTheHighWatermark() {
        PartitionLog log = fixture.create();
        append(log, "a", "b", "c");
        log.updateHighWatermark(2);
        assertEquals(1, log.deleteRecordsBefore(1));
        assertEquals(1, log.deleteRecordsBefore(0));
        assertError(Errors.OFFSET_OUT_OF_RANGE, () -> log.deleteRecordsBefore(3));
        assertError(Errors.OFFSET_OUT_OF_RANGE, () -> log.deleteRecordsBefore(-2));
        assertEquals(2, log.deleteRecordsBefore(-1));
        assertError(Errors.OFFSET_OUT_OF_RANGE, () -> log.read(1, 100, FetchIsolation.LOG_END, true));
        assertEquals(List.of("2=c"), contents(log));
    }

    @Test
    void highWatermarkStaysBetweenStartAndEnd() {
        PartitionLog log = fixture.create();
        append(log, "a", "b");
        log.updateHighWatermark(50);
        assertEquals(2, log.highWatermark());
        log.deleteRecordsBefore(1);
        log.updateHighWatermark(0);
        assertEquals(1, log.highWatermark());
    }

    @Test
    void timestampsAreFoundThroughTheIndex() {
        PartitionLog log = fixture.create(Map.of("internal.segment.bytes", "4000", "index.interval.bytes", "300"));
        for (int i = 0; i < 100; i++) {
            log.appendAsLeader(batchAt(LogFixture.START_MS + 10L * i, "v" + i, "w" + i), 3, AppendOrigin.CLIENT);
        }
        for (int i = 0; i < 100; i++) {
            TimestampOffset found = log.offsetForTimestamp(LogFixture.START_MS + 10L * i - 5);
            assertEquals(2L * i, found.offset());
            assertEquals(LogFixture.START_MS + 10L * i, found.timestamp());
            assertEquals(OptionalInt.of(3), found.leaderEpoch());
        }
        assertEquals(TimestampOffset.NONE, log.offsetForTimestamp(LogFixture.START_MS + 991));
    }

    @Test
    void specialTimestampsMeanTheEndsOfTheLog() {
        PartitionLog log = fixture.create();
        log.appendAsLeader(batchAt(LogFixture.START_MS, "a"), 3, AppendOrigin.CLIENT);
        log.appendAsLeader(batchAt(LogFixture.START_MS + 50, "b", "c"), 3, AppendOrigin.CLIENT);
        log.appendAsLeader(batchAt(LogFixture.START_MS + 20, "d"), 3, AppendOrigin.CLIENT);
        assertEquals(
                0, log.offsetForTimestamp(ListOffsetsRequest.EARLIEST_TIMESTAMP).offset());
        assertEquals(
                0,
                log.offsetForTimestamp(ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP)
                        .offset());
        assertEquals(
                4, log.offsetForTimestamp(ListOffsetsRequest.LATEST_TIMESTAMP).offset());
        TimestampOffset max = log.offsetForTimestamp(ListOffsetsRequest.MAX_TIMESTAMP);
        assertEquals(1, max.offset());
        assertEquals(LogFixture.START_MS + 50, max.timestamp());
        assertEquals(
                -1,
                log.offsetForTimestamp(ListOffsetsRequest.LATEST_TIERED_TIMESTAMP)
                        .offset());
    }

    @Test
    void emptyLogHasNoLargestTimestamp() {
        PartitionLog log = fixture.create();
        assertEquals(TimestampOffset.NONE, log.offsetForTimestamp(ListOffsetsRequest.MAX_TIMESTAMP));
        assertEquals(TimestampOffset.NONE, log.offsetForTimestamp(5));
    }

    @Test
    void logAppendTimeIsWrittenIntoTheBatch() throws Exception {
        PartitionLog log = fixture.create(Map.of("message.timestamp.type", "LogAppendTime"));
        fixture.time.advance(77);
        AppendResult result = append(log, "a", "b");
        assertEquals(LogFixture.START_MS + 77, result.logAppendTimeMs());
        ReadResult read = log.read(0, 1000, FetchIsolation.LOG_END, true);
        for (Record record : records(read)) assertEquals(LogFixture.START_MS + 77, record.timestamp());
        RecordBatch stored = read.records().records().batchIterator().next();
        assertEquals(TimestampType.LOG_APPEND_TIME, stored.timestampType());
        stored.ensureValid();
    }

    @Test
    void anEmptyRequestAppendsNothing() {
        PartitionLog log = fixture.create();
        AppendResult result = log.appendAsLeader(MemoryRecords.EMPTY, 3, AppendOrigin.CLIENT);
        assertEquals(-1, result.firstOffset());
        assertEquals(0, log.logEndOffset());
    }

    @Test
    void aBatchLargerThanASegmentIsRefused() {
        PartitionLog log = fixture.create(Map.of("internal.segment.bytes", "2000"));
        assertError(Errors.RECORD_LIST_TOO_LARGE, () -> append(log, "x".repeat(3000)));
        assertEquals(0, log.logEndOffset());
    }

    @Test
    void aSliceStaysReadableAfterItsSegmentIsGone() throws Exception {
        PartitionLog log = fixture.create(Map.of("internal.segment.bytes", "1000", "retention.bytes", "500"));
        for (int i = 0; i < 10; i++) append(log, "v" + i + "x".repeat(300));
        log.updateHighWatermark(10);
        ReadResult before = log.read(0, 10_000, FetchIsolation.LOG_END, true);
        assertTrue(log.deleteOldSegments() > 0);
        assertTrue(value(records(before).getFirst()).startsWith("v0"));
    }

    @Test
    void gaugesShowTheLogUnderKafkasNames() {
        PartitionLog log = fixture.create();
        append(log, "a", "b");
        assertEquals(2L, gauge("LogEndOffset"));
        assertEquals(0L, gauge("LogStartOffset"));
        assertEquals(1, gauge("NumLogSegments"));
        assertEquals(log.sizeInBytes(), gauge("Size"));
        log.close();
        assertTrue(fixture.metrics.getGauges().isEmpty());
    }

    private Object gauge(String name) {
        return fixture.metrics
                .getGauges()
                .get("kafka.log:type=Log,name=" + name + ",topic=orders,partition=0")
                .getValue();
    }

    @Test
    void aClosedLogSaysThatItIsGone() {
        PartitionLog log = fixture.create();
        append(log, "a");
        log.close();
        assertError(Errors.UNKNOWN_TOPIC_OR_PARTITION, () -> append(log, "b"));
        assertError(Errors.UNKNOWN_TOPIC_OR_PARTITION, () -> log.read(0, 10, FetchIsolation.LOG_END, true));
    }

    @Test
    void randomBytesNeverGetIntoTheLog() {
        PartitionLog log = fixture.create();
        var random = new Random(42);
        for (int i = 0; i < 2000; i++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            if (bytes.length > 16) bytes[16] = 2;
            if (bytes.length > 12) ByteBuffer.wrap(bytes).putInt(8, bytes.length - 12);
            try {
                log.appendAsLeader(MemoryRecords.readableRecords(ByteBuffer.wrap(bytes)), 0, AppendOrigin.CLIENT);
            } catch (AnswerException e) {
                assertTrue(e.error() != Errors.UNKNOWN_SERVER_ERROR, e.toString());
            }
        }
        assertEquals(0, log.logEndOffset());
    }

    private static void assertError(Errors expected, Runnable work) {
        assertEquals(expected, assertThrows(AnswerException.class, work::run).error());
    }
}
