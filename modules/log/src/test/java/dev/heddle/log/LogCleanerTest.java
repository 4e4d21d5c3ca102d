package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LogCleanerTest {

    @TempDir
    Path root;

    private CleanerFixture fixture;

    private CleanerFixture start(String... overrides) {
        fixture = new CleanerFixture(root, overrides).create();
        return fixture;
    }

    @AfterEach
    void close() {
        if (fixture != null) fixture.close();
    }

    private List<String> files(String suffix) throws IOException {
        try (Stream<Path> all = Files.list(fixture.logs.path)) {
            return all.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(suffix))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void onlyTheLastRecordOfEachKeyStays() {
        start().append("a=1", "b=1", "a=2");
        fixture.append("c=1", "b=2");
        assertTrue(fixture.cleanAll());
        assertEquals(List.of("2:a=2", "3:c=1", "4:b=2"), fixture.contents());
        assertEquals(5, fixture.log.state().cleaning().cleanedOffset());
        assertEquals(1, fixture.progressed());
    }

    @Test
    void whatIsInTheActiveSegmentNeitherGoesNorCounts() {
        start().append("a=1", "b=1");
        fixture.log.roll();
        fixture.append("a=2");
        assertTrue(fixture.clean());
        assertEquals(List.of("0:a=1", "1:b=1", "2:a=2"), fixture.contents());
    }

    @Test
    void aCleanLogIsNotCleanedAgain() {
        start().append("a=1");
        assertTrue(fixture.cleanAll());
        assertFalse(fixture.clean());
        assertFalse(fixture.cleanAll());
    }

    @Test
    void whatBecameObsoleteInTheCleanPartGoesWithTheNextRound() {
        start().append("a=1", "b=1");
        fixture.cleanAll();
        fixture.append("a=2");
        assertTrue(fixture.cleanAll());
        assertEquals(List.of("1:b=1", "2:a=2"), fixture.contents());
    }

    @Test
    void aLogThatIsNotCompactedIsLeftAlone() {
        start("cleanup.policy", "delete").append("a=1", "a=2");
        assertFalse(fixture.cleanAll());
        assertEquals(2, fixture.contents().size());
    }

    @Test
    void readersFindTheNextRecordBehindAHole() {
        start().append("a=1");
        fixture.append("a=2");
        fixture.append("b=1");
        fixture.cleanAll();
        var result = fixture.log.read(0, 1 << 20, FetchIsolation.HIGH_WATERMARK, true);
        assertEquals(1, LogFixture.records(result).getFirst().offset());
    }

    @Test
    void tombstonesStayForTheirTimeAndThenGo() {
        start().append("a=1", "b=1");
        fixture.append("a");
        fixture.append("c=1");
        fixture.cleanAll();
        assertEquals(List.of("1:b=1", "2:a", "3:c=1"), fixture.contents());
        long horizon = LogFixture.START_MS + 1000;
        assertEquals(
                List.of(horizon),
                fixture.batches().stream()
                        .filter(batch -> batch.deleteHorizonMs().isPresent())
                        .map(batch -> batch.deleteHorizonMs().getAsLong())
                        .toList());
        fixture.logs.time.advance(999);
        fixture.append("d=1");
        fixture.cleanAll();
        assertTrue(fixture.contents().contains("2:a"), "before the horizon");
        fixture.logs.time.advance(1);
        fixture.append("e=1");
        fixture.cleanAll();
        assertEquals(List.of("1:b=1", "3:c=1", "4:d=1", "5:e=1"), fixture.contents());
    }

    @Test
    void timestampsSurviveTheHorizonThatIsWrittenIntoTheirBatch() {
        start().append("a", "b=1");
        fixture.cleanAll();
        RecordBatch batch = fixture.batches().getFirst();
        batch.forEach(record -> assertEquals(LogFixture.START_MS, record.timestamp()));
        assertEquals(LogFixture.START_MS, batch.maxTimestamp());
    }

    @Test
    void youngRecordsAreNotCompacted() {
        start("min.compaction.lag.ms", "5000").append("a=1", "a=2");
        fixture.log.roll();
        fixture.logs.time.advance(3000);
        fixture.append("a=3", "a=4");
        fixture.log.roll();
        assertFalse(fixture.clean());
        fixture.logs.time.advance(2000);
        assertTrue(fixture.clean());
        assertEquals(List.of("1:a=2", "2:a=3", "3:a=4"), fixture.contents());
        fixture.logs.time.advance(3000);
        assertTrue(fixture.clean());
        assertEquals(List.of("3:a=4"), fixture.contents());
    }

    @Test
    void theDirtyPartMustBeLargeEnough() {
        start("min.cleanable.dirty.ratio", "0.5").append("a=1", "b=1");
        assertTrue(fixture.cleanAll(), "all of it is dirty");
        fixture.append("c=1");
        assertFalse(fixture.cleanAll());
        assertTrue(fixture.dirtiest() > 0 && fixture.dirtiest() < 0.5);
        fixture.append("d=1", "a=2");
        assertTrue(fixture.cleanAll());
        assertEquals(List.of("1:b=1", "2:c=1", "3:d=1", "4:a=2"), fixture.contents());
    }

    @Test
    void oldRecordsAreCompactedHoweverFewTheyAre() {
        start("min.cleanable.dirty.ratio", "0.9", "max.compaction.lag.ms", "5000")
                .append("a=1", "b=1", "c=1");
        fixture.cleanAll();
        fixture.append("a=2");
        fixture.log.roll();
        fixture.logs.time.advance(5000);
        assertFalse(fixture.clean());
        fixture.logs.time.advance(1);
        CleanerWorker worker = fixture.worker();
        assertTrue(worker.cleanOnce());
        assertEquals(1, worker.maxCompactionDelayMs());
        assertEquals(List.of("1:b=1", "2:c=1", "3:a=2"), fixture.contents());
    }

    @Test
    void everyCodecIsKept() {
        start();
        List<Compression> codecs = List.of(
                Compression.gzip().build(),
                Compression.snappy().build(),
                Compression.lz4().build(),
                Compression.zstd().build());
        for (Compression codec : codecs) fixture.append(codec, "a=1", "b-" + codec.type() + "=1", "a=2");
        fixture.append("a=3");
        fixture.cleanAll();
        assertEquals(List.of("1:b-gzip=1", "4:b-snappy=1", "7:b-lz4=1", "10:b-zstd=1", "12:a=3"), fixture.contents());
        assertEquals(
                codecs.stream().map(Compression::type).toList(),
                fixture.batches().stream()
                        .map(RecordBatch::compressionType)
                        .limit(4)
                        .toList());
    }

    @Test
    void batchesLargerThanTheBuffersAreCleaned() {
        start("max.message.bytes", "10000000");
        String large = "x".repeat(100_000);
        for (int i = 0; i < 3; i++) fixture.append("a=" + large, "b=" + i);
        fixture.cleanAll();
        assertEquals(List.of("4:a=" + large, "5:b=2"), fixture.contents());
    }

    @Test
    void smallSegmentsBecomeOneAgain() throws IOException {
        start().appendSegments("a=1", "b=1", "a=2", "c=1");
        assertTrue(fixture.clean());
        assertEquals(2, fixture.log.segmentCount());
        assertEquals(List.of("1:b=1", "2:a=2", "3:c=1"), fixture.contents());
        fixture.logs.time.advance(fixture.log.config().fileDeleteDelayMs());
        fixture.logs.scheduler.runDue();
        assertEquals(List.of("00000000000000000000.log", "00000000000000000004.log"), files(".log"));
        assertEquals(List.of(), files(".deleted"));
        assertEquals(List.of("00000000000000000004.snapshot"), files(".snapshot"));
    }

    @Test
    void noSegmentBecomesLargerThanItMayBe() {
        start("internal.segment.bytes", "1000");
        String value = "=" + "v".repeat(200);
        for (int i = 0; i < 40; i++) fixture.append("k" + (i % 20) + value);
        fixture.cleanAll();
        assertTrue(fixture.log.segmentCount() >= 5, fixture.log.toString());
        for (LogSegment segment : fixture.log.state().segments().snapshot()) {
            assertTrue(segment.sizeInBytes() <= 1000);
        }
        assertEquals(20, fixture.contents().size());
    }

    @Test
    void aFullMapTakesSeveralRounds() {
        start();
        for (int i = 0; i < 50; i++) fixture.append("k" + (i % 25) + "=" + i);
        fixture.log.roll();
        // Room for 9 keys: 10 slots, all but a tenth of them.
        var small =
                new LogCleanerConfig(true, 1, 10 * OffsetMap.BYTES_PER_ENTRY, 0.9, 16 << 10, Double.MAX_VALUE, 15_000);
        int rounds = 0;
        long before = 0;
        while (fixture.worker(small).cleanOnce()) {
            rounds++;
            long now = fixture.log.state().cleaning().cleanedOffset();
            assertTrue(now > before);
            before = now;
        }
        assertTrue(rounds > 3, "rounds=" + rounds);
        assertEquals(
                IntStream.range(25, 50)
                        .mapToObj(i -> i + ":k" + (i - 25) + "=" + i)
                        .toList(),
                fixture.contents());
    }

    @Test
    void recordsWithoutAKeyGo() {
        start("cleanup.policy", "delete").append("a=1");
        fixture.log.appendAsLeader(
                MemoryRecords.withRecords(Compression.NONE, fixture.record(null, "no key")), 3, AppendOrigin.CLIENT);
        fixture.append("b=1");
        fixture.log.updateConfig(
                LogFixture.config(Map.of("cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0")));
        CleanerWorker worker = fixture.worker();
        fixture.log.roll();
        assertTrue(worker.cleanOnce());
        assertEquals(List.of("0:a=1", "2:b=1"), fixture.contents());
        assertEquals(1, worker.lastStats().invalidRecords);
    }

    @Test
    void compactAndDeleteDoBoth() {
        start("cleanup.policy", "compact,delete", "retention.ms", "10000").append("a=1", "a=2");
        fixture.log.roll();
        fixture.append("b=1");
        assertTrue(fixture.cleanAll());
        assertEquals(List.of("1:a=2", "2:b=1"), fixture.contents());
        fixture.logs.time.advance(10_001);
        assertFalse(fixture.clean());
        assertEquals(List.of(), fixture.contents());
        assertEquals(3, fixture.log.logStartOffset());
        fixture.append("c=1", "c=2");
        assertTrue(fixture.cleanAll(), "what was noted before the new log start offset does not matter");
        assertEquals(List.of("4:c=2"), fixture.contents());
    }

    @Test
    void deletedRecordsAreNoReasonToKeepOthers() {
        start().append("a=1", "b=1");
        fixture.append("a=2");
        fixture.log.deleteRecordsBefore(2);
        fixture.cleanAll();
        assertEquals(List.of("2:a=2"), fixture.contents());
        assertEquals(2, fixture.log.logStartOffset());
    }

    @Test
    void aSearchByTimeGoesOnBehindWhatWasRemoved() {
        start().append("a=1");
        fixture.log.roll();
        fixture.logs.time.advance(1000);
        fixture.append("b=1");
        fixture.log.roll();
        fixture.append("a=2");
        fixture.cleanAll();
        assertEquals(1, fixture.log.offsetForTimestamp(LogFixture.START_MS).offset());
        assertEquals(
                LogFixture.START_MS + 1000,
                fixture.log.offsetForTimestamp(LogFixture.START_MS).timestamp());
    }

    @Test
    void aDamagedLogIsLeftAloneAndNothingOfItIsLost() throws IOException {
        start().append("a=1");
        fixture.append("a=2");
        fixture.log.roll();
        Path file = fixture.logs.logFile(0);
        byte[] before = Files.readAllBytes(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {(byte) (before[before.length - 1] ^ 1)}), before.length - 1);
        }
        byte[] damaged = Files.readAllBytes(file);
        assertFalse(fixture.clean());
        assertTrue(fixture.log.state().cleaning().isUncleanable());
        assertTrue(fixture.log.directory().online());
        assertEquals(List.of(), files(".cleaned"));
        assertEquals(Arrays.toString(damaged), Arrays.toString(Files.readAllBytes(file)));
        assertFalse(fixture.clean(), "it is not tried again");
    }

    @Test
    void truncationMakesTheLogDirtyFromThere() {
        start().append("a=1");
        fixture.append("b=1");
        fixture.append("a=2");
        fixture.cleanAll();
        fixture.log.truncateTo(2);
        assertEquals(2, fixture.log.state().cleaning().cleanedOffset());
        fixture.append("b=2");
        assertTrue(fixture.cleanAll());
        assertEquals(List.of("2:b=2"), fixture.contents());
    }

    @Test
    void theFilesAgeIsKept() throws IOException {
        start().append("a=1");
        fixture.log.roll();
        fixture.logs.files.setLastModifiedMs(fixture.logs.logFile(0), 1_234_567_000L);
        fixture.clean();
        assertEquals(1_234_567_000L, fixture.logs.files.lastModifiedMs(fixture.logs.logFile(0)));
    }

    @Test
    void figuresTellWhatWasDone() {
        start().append("a=1", "a=2", "b=1");
        fixture.log.roll();
        CleanerWorker worker = fixture.worker();
        worker.cleanOnce();
        CleanerStats stats = worker.lastStats();
        assertEquals(3, stats.recordsRead);
        assertEquals(2, stats.recordsWritten);
        assertTrue(stats.bytesWritten < stats.bytesRead && stats.bytesWritten > 0);
        assertTrue(stats.bufferUtilization > 0 && stats.bufferUtilization < 0.01);
    }
}
