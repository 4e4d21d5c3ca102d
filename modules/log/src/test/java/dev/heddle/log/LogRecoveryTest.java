package dev.heddle.log;

import static dev.heddle.log.LogFixture.append;
import static dev.heddle.log.LogFixture.contents;
import static dev.heddle.log.LogFixture.values;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogRecoveryTest {

    private static final Map<String, String> SMALL =
            Map.of("internal.segment.bytes", "2000", "index.interval.bytes", "200");

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

    private static void cut(Path file, long size) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(size);
        }
    }

    private static void overwrite(Path file, long at, byte... bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), at);
        }
    }

    @Test
    void cutAtEveryByteOfTheLastBatchTheRestIsKept() throws Exception {
        PartitionLog log = fixture.create();
        append(log, "a", "b");
        append(log, "c");
        long whole = Files.size(fixture.logFile(0));
        append(log, "d", "e");
        long end = Files.size(fixture.logFile(0));
        byte[] bytes = fixture.content(fixture.logFile(0));
        fixture.crash(log);
        for (long size = whole; size < end; size++) {
            Files.write(fixture.logFile(0), bytes);
            cut(fixture.logFile(0), size);
            PartitionLog recovered = fixture.recover(Map.of(), 0);
            assertEquals(3, recovered.logEndOffset(), "cut at " + size);
            assertEquals(whole, Files.size(fixture.logFile(0)));
            append(recovered, "new");
            assertEquals(List.of("0=a", "1=b", "2=c", "3=new"), contents(recovered));
            fixture.crash(recovered);
        }
    }

    @Test
    void flippedAtEveryByteOfTheLastBatchTheRestIsKept() throws Exception {
        PartitionLog log = fixture.create();
        append(log, "a", "b");
        int whole = (int) Files.size(fixture.logFile(0));
        append(log, "d", "e");
        byte[] bytes = fixture.content(fixture.logFile(0));
        fixture.crash(log);
        // Offset and epoch are outside the CRC, as in Kafka: only what makes an offset impossible is noticed there.
        for (int at = whole + RecordBatchLayout.LENGTH; at < bytes.length; at++) {
            if (at >= whole + 12 && at < whole + RecordBatchLayout.MAGIC) continue;
            byte[] broken = bytes.clone();
            broken[at] ^= 0x55;
            Files.write(fixture.logFile(0), broken);
            PartitionLog recovered = fixture.recover(Map.of(), 0);
            assertEquals(List.of("0=a", "1=b"), contents(recovered), "flipped at " + at);
            fixture.crash(recovered);
        }
    }

    @Test
    void aCorruptMiddleEndsTheLogThereAndDeletesLaterSegments() throws Exception {
        PartitionLog log = fixture.create(SMALL);
        for (int i = 0; i < 60; i++) append(log, "v" + i + "-" + "x".repeat(30));
        List<String> before = contents(log);
        LogSegment[] segments = segmentsOf(log);
        assertTrue(segments.length > 3);
        fixture.crash(log);
        long secondBase = segments[1].baseOffset();
        overwrite(fixture.logFile(secondBase), 400, (byte) 1, (byte) 2, (byte) 3);

        PartitionLog recovered = fixture.recover(SMALL, 0);
        assertTrue(recovered.logEndOffset() > secondBase);
        assertTrue(recovered.logEndOffset() < segments[2].baseOffset());
        assertEquals(before.subList(0, (int) recovered.logEndOffset()), contents(recovered));
        assertFalse(Files.exists(fixture.logFile(segments[2].baseOffset())));
    }

    /** Otherwise it could come back behind what is appended to the next segment. */
    @Test
    void whatIsCutOffIsDurablySo() throws Exception {
        PartitionLog log = fixture.create();
        append(log, "a");
        append(log, "b");
        fixture.crash(log);
        cut(fixture.logFile(0), Files.size(fixture.logFile(0)) - 1);
        fixture.files.calls().clear();
        fixture.recover(Map.of(), 1);
        List<String> calls = fixture.files.calls();
        String name = fixture.logFile(0).getFileName().toString();
        assertTrue(calls.indexOf("TRUNCATE " + name) < calls.indexOf("FORCE " + name), calls.toString());
    }

    @Test
    void aSegmentThatWasFlushedIsFlushedAgainWhenItIsCutOffOrCompleted() {
        PartitionLog log = fixture.create();
        append(log, "a");
        append(log, "b");
        log.flush();
        String name = fixture.logFile(0).getFileName().toString();
        log.truncateTo(1);
        fixture.files.calls().clear();
        log.roll();
        append(log, "c");
        log.flush();
        assertTrue(fixture.files.calls().contains("FORCE " + name));
    }

    /** What is missing was not synced, so what follows was promised to nobody. */
    @Test
    void aSegmentThatEndsEarlyAtABatchEndsTheLogThereToo() throws Exception {
        PartitionLog log = fixture.create(SMALL);
        for (int i = 0; i < 60; i++) append(log, "v" + i + "-" + "x".repeat(30));
        List<String> before = contents(log);
        LogSegment[] segments = segmentsOf(log);
        long secondBase = segments[1].baseOffset();
        fixture.crash(log);
        Files.write(fixture.logFile(secondBase), new byte[0]);

        PartitionLog recovered = fixture.recover(SMALL, 0);
        assertEquals(secondBase, recovered.logEndOffset());
        assertEquals(before.subList(0, (int) secondBase), contents(recovered));
        assertFalse(Files.exists(fixture.logFile(segments[2].baseOffset())));
    }

    @Test
    void aMissingSegmentEndsTheLogBeforeIt() throws Exception {
        PartitionLog log = fixture.create(SMALL);
        for (int i = 0; i < 60; i++) append(log, "v" + i + "-" + "x".repeat(30));
        long secondBase = segmentsOf(log)[1].baseOffset();
        fixture.crash(log);
        Files.delete(fixture.logFile(secondBase));

        PartitionLog recovered = fixture.recover(SMALL, 0);
        assertEquals(secondBase, recovered.logEndOffset());
        assertEquals(1, recovered.segmentCount());
    }

    @Test
    void inACompactedLogAGapMayBeTheCleaners() throws Exception {
        var compacted = new HashMap<>(SMALL);
        compacted.put("cleanup.policy", "compact");
        PartitionLog log = fixture.create(compacted);
        for (int i = 0; i < 60; i++) append(log, "v" + i + "-" + "x".repeat(30));
        long secondBase = segmentsOf(log)[1].baseOffset();
        fixture.crash(log);
        Files.write(fixture.logFile(secondBase), new byte[0]);
        assertEquals(60, fixture.recover(compacted, 0).logEndOffset());
    }

    private static LogSegment[] segmentsOf(PartitionLog log) throws IOException {
        return Files.list(log.directory().path().resolve("orders-0"))
                .filter(file -> file.toString().endsWith(".log"))
                .sorted()
                .map(LogRecoveryTest::openSegment)
                .toArray(LogSegment[]::new);
    }

    private static LogSegment openSegment(Path file) {
        try {
            var settings = new LogSegment.Settings(4096, 1 << 20, 0, 0);
            Path directory = file.getParent();
            LogSegment segment =
                    LogSegment.open(FileSystemCalls.REAL, directory, LogFileNames.offsetOf(file), settings, 0);
            segment.closeQuietly();
            return segment;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void corruptionBelowTheRecoveryPointIsRefusedAndNothingIsCutOff() throws Exception {
        PartitionLog log = fixture.create();
        for (int i = 0; i < 20; i++) append(log, "v" + i);
        fixture.crash(log);
        long size = Files.size(fixture.logFile(0));
        overwrite(fixture.logFile(0), size / 2, (byte) 1, (byte) 2, (byte) 3, (byte) 4, (byte) 5, (byte) 6, (byte) 7);
        byte[] broken = fixture.content(fixture.logFile(0));

        assertThrows(CorruptFileException.class, () -> fixture.recover(Map.of(), 15));
        assertTrue(fixture.directory.online());
        assertEquals(size, Files.size(fixture.logFile(0)));
        assertArrayEquals(broken, fixture.content(fixture.logFile(0)));
    }

    /** Cut between two batches, the file alone does not tell that anything is missing. */
    @Test
    void aLogThatEndsBelowItsRecoveryPointIsRefused() throws Exception {
        PartitionLog log = fixture.create();
        append(log, "a");
        long first = Files.size(fixture.logFile(0));
        append(log, "b");
        fixture.crash(log);
        cut(fixture.logFile(0), first);
        assertThrows(CorruptFileException.class, () -> fixture.recover(Map.of(), 2));
        assertThrows(CorruptFileException.class, () -> fixture.open(Map.of(), true, 0, 2));
        Files.delete(fixture.logFile(0));
        assertThrows(CorruptFileException.class, () -> fixture.recover(Map.of(), 2));
        // All of it was deleted by its owner: nobody misses anything.
        assertEquals(2, fixture.open(Map.of(), false, 2, 2).logEndOffset());
    }

    @Test
    void aMissingSegmentBelowTheRecoveryPointIsRefusedAndNothingIsCutOff() throws Exception {
        PartitionLog log = fixture.create(SMALL);
        for (int i = 0; i < 60; i++) append(log, "v" + i + "-" + "x".repeat(30));
        LogSegment[] segments = segmentsOf(log);
        fixture.crash(log);
        long middle = segments[segments.length / 2].baseOffset();
        Files.delete(fixture.logFile(middle));
        assertThrows(CorruptFileException.class, () -> fixture.recover(SMALL, middle + 1));
        for (LogSegment segment : segments) {
            assertEquals(segment.baseOffset() != middle, Files.exists(fixture.logFile(segment.baseOffset())));
        }
    }

    @Test
    void onlyWhatLiesBeyondTheRecoveryPointIsRead() throws Exception {
        PartitionLog log = fixture.create(SMALL);
        for (int i = 0; i < 60; i++) append(log, "v" + i + "-" + "x".repeat(30));
        log.flush();
        long recoveryPoint = log.recoveryPoint();
        LogSegment[] segments = segmentsOf(log);
        fixture.crash(log);
        // A change in the first segment goes unnoticed, because nobody looks.
        overwrite(fixture.logFile(0), 100, (byte) 0x7f);
        PartitionLog recovered = fixture.recover(SMALL, recoveryPoint);
        assertEquals(60, recovered.logEndOffset());
        assertEquals(segments.length, recovered.segmentCount());
    }

    @ParameterizedTest
    @ValueSource(strings = {".index", ".timeindex"})
    void missingAndCorruptIndexesAreRebuilt(String suffix) throws Exception {
        PartitionLog log = fixture.create(SMALL);
        for (int i = 0; i < 60; i++) append(log, "v" + i + "-" + "x".repeat(30));
        List<String> before = contents(log);
        log.close();
        Path index = fixture.path.resolve("00000000000000000000" + suffix);
        byte[] good = fixture.content(index);
        assertTrue(good.length > 0);
        for (byte[] bad : new byte[][] {null, {1, 2, 3}}) {
            if (bad == null) Files.delete(index);
            else Files.write(index, bad);
            PartitionLog reopened = fixture.open(SMALL, true, 0, 60);
            assertEquals(before, contents(reopened));
            reopened.close();
            assertArrayEquals(good, fixture.content(index));
        }
    }

    @Test
    void indexesOfTheActiveSegmentAreRebuiltAfterACrash() throws Exception {
        PartitionLog log = fixture.create(Map.of("index.interval.bytes", "200"));
        for (int i = 0; i < 60; i++) append(log, "v" + i + "-" + "x".repeat(30));
        fixture.crash(log);
        assertEquals(0, Files.size(fixture.path.resolve("00000000000000000000.index")));
        PartitionLog recovered = fixture.recover(Map.of("index.interval.bytes", "200"), 0);
        recovered.close();
        assertTrue(Files.size(fixture.path.resolve("00000000000000000000.index")) > 100);
    }

    @Test
    void leaderEpochsAreRebuiltFromTheBatches() throws Exception {
        PartitionLog log = fixture.create();
        log.appendAsLeader(LogFixture.batch("a"), 1, AppendOrigin.CLIENT);
        log.appendAsLeader(LogFixture.batch("b"), 4, AppendOrigin.CLIENT);
        log.close();
        Path checkpoint = fixture.path.resolve("leader-epoch-checkpoint");
        Files.writeString(checkpoint, "0\n7\ngarbage");
        PartitionLog reopened = fixture.open(Map.of(), true, 0, 2);
        assertEquals(OptionalInt.of(4), reopened.latestEpoch());
        assertEquals(new EpochEndOffset(1, 1), reopened.endOffsetForEpoch(1));
    }

    @Test
    void epochsThatBeganAfterTheLastFlushSurviveACrash() throws Exception {
        PartitionLog log = fixture.create();
        log.appendAsLeader(LogFixture.batch("a"), 1, AppendOrigin.CLIENT);
        log.flush();
        log.appendAsLeader(LogFixture.batch("b"), 4, AppendOrigin.CLIENT);
        log.appendAsLeader(LogFixture.batch("c"), 6, AppendOrigin.CLIENT);
        log.assignEpoch(8);
        fixture.crash(log);
        Path checkpoint = fixture.path.resolve("leader-epoch-checkpoint");
        assertEquals("0\n1\n1 0\n", Files.readString(checkpoint));

        PartitionLog recovered = fixture.recover(Map.of(), 1);
        assertEquals(OptionalInt.of(6), recovered.latestEpoch());
        assertEquals(new EpochEndOffset(1, 1), recovered.endOffsetForEpoch(1));
        assertEquals(new EpochEndOffset(4, 2), recovered.endOffsetForEpoch(4));
        recovered.close();
        assertEquals("0\n3\n1 0\n4 1\n6 2\n", Files.readString(checkpoint));
    }

    @Test
    void epochsThatTheBatchesContradictAreForgottenAfterACrash() throws Exception {
        PartitionLog log = fixture.create();
        log.appendAsLeader(LogFixture.batch("a"), 1, AppendOrigin.CLIENT);
        log.appendAsLeader(LogFixture.batch("b"), 4, AppendOrigin.CLIENT);
        fixture.crash(log);
        Path checkpoint = fixture.path.resolve("leader-epoch-checkpoint");
        Files.writeString(checkpoint, "0\n3\n1 0\n7 1\n9 200\n");
        PartitionLog recovered = fixture.recover(Map.of(), 0);
        assertEquals(OptionalInt.of(4), recovered.latestEpoch());
        assertEquals(new EpochEndOffset(1, 1), recovered.endOffsetForEpoch(1));
        assertEquals("0\n2\n1 0\n4 1\n", Files.readString(checkpoint));
    }

    @Test
    void anEpochThatWroteNothingIsKnownAfterACleanRestartWithoutAWrite() throws Exception {
        PartitionLog log = fixture.create();
        log.appendAsLeader(LogFixture.batch("a"), 1, AppendOrigin.CLIENT);
        log.assignEpoch(5);
        log.close();
        int writes = fixture.files.count(FaultyFiles.Call.WRITE);
        PartitionLog reopened = fixture.open(Map.of(), true, 0, 1);
        assertEquals(OptionalInt.of(5), reopened.latestEpoch());
        assertEquals(new EpochEndOffset(1, 1), reopened.endOffsetForEpoch(1));
        assertEquals(writes, fixture.files.count(FaultyFiles.Call.WRITE));
    }

    @Test
    void whatWasTruncatedIsGoneFromTheDiskAfterACleanShutdown() {
        PartitionLog log = fixture.create();
        append(log, "a");
        append(log, "b");
        log.flush();
        log.truncateTo(1);
        fixture.files.calls().clear();
        log.close();
        assertTrue(fixture.files.calls().contains("FORCE 00000000000000000000.log"));
    }

    @Test
    void cleanlyClosedAndReopenedEverythingIsThere() throws Exception {
        PartitionLog log = fixture.create(SMALL);
        for (int i = 0; i < 60; i++) append(log, values("v" + i + "-", 2));
        List<String> before = contents(log);
        log.close();
        assertEquals(0, fixture.files.openChannels());
        PartitionLog reopened = fixture.open(SMALL, true, 0, 120);
        assertEquals(before, contents(reopened));
        assertEquals(120, reopened.recoveryPoint());
        assertEquals(LogFixture.TOPIC_ID, reopened.topicId());
        append(reopened, "more");
        assertEquals(121, reopened.logEndOffset());
    }

    @Test
    void leftoversOfDeletionAndCompactionAreClearedAway() throws Exception {
        PartitionLog log = fixture.create();
        append(log, "a");
        log.close();
        for (String name : List.of(
                "00000000000000000000.log.deleted",
                "00000000000000000005.log.cleaned",
                "00000000000000000007.log.swap",
                "leader-epoch-checkpoint.tmp",
                "00000000000000000099.index")) {
            Files.writeString(fixture.path.resolve(name), "x");
        }
        PartitionLog reopened = fixture.open(Map.of(), true, 0, 1);
        assertEquals(List.of("0=a"), contents(reopened));
        try (var names = Files.list(fixture.path)) {
            assertTrue(names.noneMatch(file -> file.toString().matches(".*(deleted|cleaned|swap|tmp|99.index)$")));
        }
    }

    @Test
    void aFinishedReplacementTakesThePlaceOfTheSegmentsItCovers() throws Exception {
        PartitionLog log = fixture.create(Map.of("internal.segment.bytes", "300"));
        for (int i = 0; i < 6; i++) append(log, "v" + i + "-" + "x".repeat(60));
        List<String> before = contents(log);
        log.close();
        // What the cleaner would write: the first two segments in one.
        byte[] both = ByteBuffer.allocate((int) (Files.size(fixture.logFile(0)) + Files.size(fixture.logFile(1))))
                .put(fixture.content(fixture.logFile(0)))
                .put(fixture.content(fixture.logFile(1)))
                .array();
        Files.write(fixture.path.resolve("00000000000000000000.log.swap"), both);
        PartitionLog reopened = fixture.open(Map.of("internal.segment.bytes", "300"), true, 0, 6);
        assertEquals(before, contents(reopened));
        assertEquals(5, reopened.segmentCount());
        assertFalse(Files.exists(fixture.logFile(1)));
    }

    @Test
    void aLogThatEndsBeforeItStartsBeginsAnewAtItsStart() throws Exception {
        PartitionLog log = fixture.create();
        append(log, "a");
        log.close();
        PartitionLog reopened = fixture.open(Map.of(), true, 50, 1);
        assertEquals(50, reopened.logStartOffset());
        assertEquals(50, reopened.logEndOffset());
        append(reopened, "b");
        assertEquals(List.of("50=b"), contents(reopened));
    }

    @Test
    void preallocatedSegmentsAreCutToWhatTheyHold() throws Exception {
        Map<String, String> preallocate = Map.of("preallocate", "true", "internal.segment.bytes", "100000");
        PartitionLog log = fixture.create(preallocate);
        append(log, "a");
        assertEquals(100_000, Files.size(fixture.logFile(0)));
        fixture.crash(log);
        PartitionLog recovered = fixture.recover(preallocate, 0);
        assertEquals(List.of("0=a"), contents(recovered));
        recovered.close();
        assertTrue(Files.size(fixture.logFile(0)) < 1000);
    }

    @Test
    void logStartOffsetSurvivesInTheMiddleOfASegment() throws Exception {
        PartitionLog log = fixture.create();
        append(log, "a", "b", "c");
        log.close();
        PartitionLog reopened = fixture.open(Map.of(), true, 2, 3);
        assertEquals(2, reopened.logStartOffset());
        assertEquals(List.of("2=c"), contents(reopened));
    }
}
