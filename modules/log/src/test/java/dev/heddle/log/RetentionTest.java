package dev.heddle.log;

import static dev.heddle.log.LogFixture.append;
import static dev.heddle.log.LogFixture.batchAt;
import static dev.heddle.log.LogFixture.contents;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetentionTest {

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

    /** Ten segments of one record each, one every second, all below the high watermark. */
    private PartitionLog tenSegments(Map<String, String> overrides) {
        PartitionLog log = fixture.create(overrides);
        for (int i = 0; i < 10; i++) {
            if (i > 0) log.roll();
            log.appendAsLeader(batchAt(LogFixture.START_MS + 1000L * i, "v" + i), 3, AppendOrigin.CLIENT);
        }
        log.updateHighWatermark(10);
        return log;
    }

    @Test
    void segmentsOlderThanTheLimitGo() {
        PartitionLog log = tenSegments(Map.of("retention.ms", "5000"));
        fixture.time.advance(7_999);
        assertEquals(3, log.deleteOldSegments());
        assertEquals(3, log.logStartOffset());
        assertEquals(7, log.segmentCount());
        assertEquals("3=v3", contents(log).getFirst());
    }

    @Test
    void evenTheActiveSegmentGoesWhenItIsOldEnough() {
        PartitionLog log = tenSegments(Map.of("retention.ms", "5000"));
        fixture.time.advance(100_000);
        assertEquals(10, log.deleteOldSegments());
        assertEquals(10, log.logStartOffset());
        assertEquals(10, log.logEndOffset());
        assertEquals(1, log.segmentCount());
        assertEquals(0, log.sizeInBytes());
        append(log, "next");
        assertEquals(10, log.logEndOffset() - 1);
    }

    /** Otherwise a power cut could bring back segments with gaps between them, or leave none that tells where the log ends. */
    @Test
    void eachStepOfADeletionIsDurableBeforeTheNext() {
        PartitionLog log = tenSegments(Map.of("retention.ms", "5000"));
        log.flush();
        fixture.time.advance(100_000);
        fixture.files.calls().clear();
        log.deleteOldSegments();
        // The flush that follows a roll may sync the directory once more.
        String steps = fixture.files.calls().stream()
                .filter(call -> call.equals("SYNC_DIRECTORY orders-0") || call.matches("RENAME \\d+\\.log"))
                .map(call -> call.startsWith("SYNC") ? "sync" : call.substring(call.length() - 5, call.length() - 4))
                .collect(Collectors.joining(" "))
                .replaceAll("sync( sync)+", "sync");
        assertEquals("sync 0 sync 1 sync 2 sync 3 sync 4 sync 5 sync 6 sync 7 sync 8 sync 9 sync", steps);
    }

    @Test
    void anEmptyLogKeepsItsSegment() {
        PartitionLog log = fixture.create(Map.of("retention.ms", "1"));
        fixture.time.advance(1_000_000);
        assertEquals(0, log.deleteOldSegments());
        assertEquals(1, log.segmentCount());
    }

    @Test
    void segmentsOverTheSizeGoOldestFirst() {
        PartitionLog log = tenSegments(Map.of("retention.ms", "-1"));
        long one = log.sizeInBytes() / 10;
        log.updateConfig(LogFixture.config(Map.of("retention.ms", "-1", "retention.bytes", "" + (one * 4 + one / 2))));
        assertEquals(5, log.deleteOldSegments());
        assertEquals(5, log.logStartOffset());
    }

    @Test
    void nothingBeyondTheHighWatermarkGoes() {
        PartitionLog log = fixture.create(Map.of("retention.ms", "1"));
        append(log, "a");
        log.roll();
        append(log, "b");
        log.roll();
        log.updateHighWatermark(1);
        fixture.time.advance(1_000_000);
        assertEquals(1, log.deleteOldSegments());
        assertEquals(1, log.logStartOffset());
    }

    @Test
    void segmentsBelowTheLogStartGoWhateverTheCleanupPolicyIs() {
        PartitionLog log = tenSegments(Map.of("cleanup.policy", "compact", "retention.ms", "1"));
        fixture.time.advance(1_000_000);
        log.deleteRecordsBefore(4);
        assertEquals(4, log.deleteOldSegments());
        assertEquals(6, log.segmentCount());
    }

    @Test
    void filesAreRenamedAtOnceAndGoneAfterTheDelay() {
        PartitionLog log = tenSegments(Map.of("retention.ms", "5000", "file.delete.delay.ms", "60000"));
        fixture.time.advance(6_500);
        assertEquals(2, log.deleteOldSegments());
        Path renamed = fixture.path.resolve("00000000000000000000.log.deleted");
        assertFalse(Files.exists(fixture.logFile(0)));
        assertTrue(Files.exists(renamed));
        fixture.time.advance(60_000);
        fixture.scheduler.runDue();
        assertFalse(Files.exists(renamed));
        assertFalse(Files.exists(fixture.path.resolve("00000000000000000000.index.deleted")));
        assertFalse(Files.exists(fixture.path.resolve("00000000000000000001.snapshot")));
    }
}
