package dev.heddle.log;

import static dev.heddle.log.LogFixture.append;
import static dev.heddle.log.LogFixture.contents;
import static dev.heddle.log.LogFixture.idempotent;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import java.io.IOException;
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
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a log does where there is no room. */
@Timeout(60)
class FullDiskTest {

    /** Makes a batch of 473 bytes: two fit into a segment of 1,000. */
    private static final String LARGE = "x".repeat(200);

    @TempDir
    Path root;

    private LogFixture fixture;

    @BeforeEach
    void open() {
        fixture = new LogFixture(root);
    }

    @AfterEach
    void close() throws IOException {
        fixture.files.volume().unlimited();
        fixture.close();
    }

    private void leave(long bytes) throws IOException {
        fixture.files.volume().leave(root, bytes);
    }

    private void refused(PartitionLog log, String value) {
        var refused = assertThrows(NoRoomException.class, () -> append(log, value));
        assertEquals(Errors.KAFKA_STORAGE_ERROR, refused.error());
        assertTrue(fixture.directory.online());
    }

    private static boolean await(PartitionLog log, long endOffset) {
        return log.awaitDurable(endOffset, new Waiter(Time.SYSTEM), Time.SYSTEM.deadlineAfterMs(30_000));
    }

    private List<String> reopened(Map<String, String> overrides, PartitionLog log) throws IOException {
        fixture.crash(log);
        return contents(fixture.recover(overrides, 0));
    }

    @Test
    void anAppendThatFindsNoRoomIsRefusedAndLeavesNothing() throws Exception {
        PartitionLog log = fixture.create();
        log.commitOnAppend(true);
        append(log, "a");
        byte[] before = fixture.content(fixture.logFile(0));
        leave(100);
        refused(log, LARGE);
        refused(log, LARGE);
        assertArrayEquals(before, fixture.content(fixture.logFile(0)));
        assertEquals(1, log.logEndOffset());
        assertEquals(1, log.highWatermark());
        assertEquals(List.of("0=a"), contents(log));

        append(log, "b"); // which is small enough
        fixture.files.volume().unlimited();
        append(log, LARGE);
        assertEquals(List.of("0=a", "1=b", "2=" + LARGE), contents(log));
        assertTrue(await(log, 3));
        assertEquals(List.of("0=a", "1=b", "2=" + LARGE), reopened(Map.of(), log));
    }

    @Test
    void leaderEpochsAndProducersAreAsBeforeAfterARefusal() throws Exception {
        PartitionLog log = fixture.create();
        append(log, "a");
        log.appendAsLeader(idempotent(7, (short) 0, 0, "p0"), 3, AppendOrigin.CLIENT);
        leave(0);
        var next = List.of(idempotent(7, (short) 0, 1, LARGE), idempotent(8, (short) 0, 0, LARGE));
        for (MemoryRecords records : next) {
            assertThrows(NoRoomException.class, () -> log.appendAsLeader(records, 4, AppendOrigin.CLIENT));
        }
        assertEquals(3, log.latestEpoch().orElseThrow());
        assertEquals(1, log.producerIdCount());
        assertEquals(0, log.activeProducers().getFirst().lastSequence());

        fixture.files.volume().unlimited();
        var again = idempotent(7, (short) 0, 1, "p1");
        assertEquals(2, log.appendAsLeader(again, 4, AppendOrigin.CLIENT).firstOffset());
        assertTrue(log.appendAsLeader(idempotent(7, (short) 0, 1, "p1"), 4, AppendOrigin.CLIENT)
                .duplicate());
        assertEquals(4, log.latestEpoch().orElseThrow());
    }

    @Test
    void aFollowersAppendOfSeveralEpochsChangesNothingWhereThereIsNoRoom() throws Exception {
        PartitionLog log = fixture.create();
        append(log, "a");
        MemoryRecords fetched =
                MemoryRecords.withRecords(1L, Compression.NONE, 5, LogFixture.record(LogFixture.START_MS, LARGE));
        leave(10);
        assertThrows(NoRoomException.class, () -> log.appendAsFollower(fetched));
        assertEquals(3, log.latestEpoch().orElseThrow());
        fixture.files.volume().unlimited();
        log.appendAsFollower(fetched);
        assertEquals(5, log.latestEpoch().orElseThrow());
    }

    @Test
    void aWriteThatCannotBeCutBackTakesTheDirectoryOffline() throws Exception {
        PartitionLog log = fixture.create();
        append(log, "a");
        leave(100);
        fixture.files.failNext(FaultyFiles.Call.TRUNCATE);
        assertThrows(DirectoryOfflineException.class, () -> append(log, LARGE));
        assertFalse(fixture.directory.online());
        fixture.files.volume().unlimited();
        assertEquals(List.of("0=a"), reopenedAfterFailure(log));
    }

    private List<String> reopenedAfterFailure(PartitionLog log) throws IOException {
        fixture.crash(log);
        try (var fresh = new LogFixture(root)) {
            return contents(fresh.recover(Map.of(), 0));
        }
    }

    @Test
    void anyOtherFailureOfAWriteStillTakesTheDirectoryOffline() {
        PartitionLog log = fixture.create();
        append(log, "a");
        fixture.files.failNext(FaultyFiles.Call.WRITE);
        assertThrows(DirectoryOfflineException.class, () -> append(log, "b"));
        assertFalse(fixture.directory.online());
    }

    @Test
    void aSyncThatFindsNoRoomTakesTheDirectoryOffline() {
        PartitionLog log = fixture.create();
        append(log, "a");
        fixture.files.failNextForNoRoom(FaultyFiles.Call.FORCE);
        assertThrows(DirectoryOfflineException.class, () -> await(log, 1));
        assertFalse(fixture.directory.online());
    }

    @Test
    void indexEntriesThatCannotBeWrittenCostNoRecords() throws Exception {
        // An offset index keeps 512 entries in memory before it writes them.
        var overrides = Map.of("index.interval.bytes", "0");
        PartitionLog log = fixture.create(overrides);
        for (int i = 0; i < 505; i++) append(log, "v" + i);
        Path index = LogFileNames.offsetIndexFile(fixture.path, 0);
        leave(100 * 100);
        fixture.files.failAllWritesTo(".index");
        for (int i = 505; i < 540; i++) append(log, "v" + i);
        assertEquals(540, log.logEndOffset());
        assertEquals(0, Files.size(index), "no half of it");
        assertEquals("539=v539", contents(log, 539).getFirst());

        fixture.files.failAllWritesTo();
        for (int i = 540; i < 560; i++) append(log, "v" + i);
        assertEquals(4096, Files.size(index));
        for (int i = 0; i < 560; i++)
            assertEquals(i + "=v" + i, contents(log, i).getFirst());
        log.closeWhole();
        assertEquals(560, contents(fixture.open(overrides, true, 0, 0)).size());
    }

    @Test
    void aLogThatCannotBeRolledKeepsItsActiveSegment() throws Exception {
        var overrides = Map.of("internal.segment.bytes", "1000");
        PartitionLog log = fixture.create(overrides);
        append(log, LARGE);
        append(log, LARGE);
        leave(2 * LimitedVolume.ENTRY_BYTES); // for the new segment's file, and one index
        List<Path> before = files();
        refused(log, LARGE);
        refused(log, LARGE);
        assertEquals(before, files(), "nothing is left of the new segment");
        assertEquals(1, log.segmentCount());
        fixture.files.volume().unlimited();
        append(log, LARGE);
        assertEquals(2, log.segmentCount());
        var expected = List.of("0=" + LARGE, "1=" + LARGE, "2=" + LARGE);
        assertEquals(expected, contents(log));
        assertEquals(expected, reopened(overrides, log));
    }

    private List<Path> files() throws IOException {
        try (var all = Files.list(fixture.path)) {
            return all.sorted().toList();
        }
    }

    @Test
    void aPreallocatedSegmentThatFindsNoRoomLeavesNothing() throws Exception {
        var overrides = Map.of("internal.segment.bytes", "1000", "preallocate", "true");
        PartitionLog log = fixture.create(overrides);
        append(log, LARGE);
        leave(600);
        refused(log, LARGE + LARGE);
        assertEquals(1, log.segmentCount());
        fixture.files.volume().unlimited();
        append(log, LARGE + LARGE);
        assertEquals(2, contents(log).size());
    }

    @Test
    void aRollGoesOnWithoutRoomForIndexesAndASnapshotAndLosesNeitherOfThem() throws Exception {
        var overrides = Map.of("internal.segment.bytes", "1000", "index.interval.bytes", "0");
        PartitionLog log = fixture.create(overrides);
        log.appendAsLeader(idempotent(7, (short) 0, 0, LARGE), 3, AppendOrigin.CLIENT);
        append(log, "a");
        fixture.files.failAllWritesTo(".timeindex", ".snapshot");
        append(log, LARGE);
        assertEquals(2, log.segmentCount());
        assertFalse(Files.exists(LogFileNames.producerSnapshotFile(fixture.path, 2)), "no half of it");
        log.flush();
        assertEquals(0, log.recoveryPoint(), "the indexes are not there");
        assertEquals(3, log.durableOffset(), "the records are");

        fixture.files.failAllWritesTo();
        log.flush();
        assertEquals(3, log.recoveryPoint());
        assertEquals(12, Files.size(LogFileNames.timeIndexFile(fixture.path, 0)));
        fixture.crash(log);
        PartitionLog again = fixture.recover(overrides, 3);
        assertEquals(3, contents(again).size());
        assertTrue(again.appendAsLeader(idempotent(7, (short) 0, 0, LARGE), 3, AppendOrigin.CLIENT)
                .duplicate());
    }

    @Test
    void retentionAndDeleteRecordsFreeAFullDisk() throws Exception {
        var overrides = Map.of("internal.segment.bytes", "1000", "retention.ms", "1000", "file.delete.delay.ms", "0");
        PartitionLog log = fixture.create(overrides);
        log.commitOnAppend(true);
        for (int i = 0; i < 6; i++) append(log, LARGE + i);
        assertEquals(3, log.segmentCount());
        leave(0);
        refused(log, LARGE);
        log.deleteRecordsBefore(2);
        assertEquals(1, log.deleteOldSegments());
        assertEquals(2, log.logStartOffset());
        // Everything has expired, but there is no room for a new segment: the active one stays for now.
        fixture.files.volume().leave(root, 0);
        fixture.time.advance(10_000);
        assertEquals(1, log.deleteOldSegments());
        assertEquals(List.of("4=" + LARGE + "4", "5=" + LARGE + "5"), contents(log));
        fixture.scheduler.runDue();
        assertTrue(fixture.files.volume().left() > 1000);
        append(log, LARGE);
        assertEquals(3, contents(log).size());
    }

    @Test
    void aTruncationNeedsNoRoom() throws Exception {
        var overrides = Map.of("internal.segment.bytes", "1000");
        PartitionLog log = fixture.create(overrides);
        for (int i = 0; i < 6; i++) append(log, LARGE + i);
        log.appendAsLeader(idempotent(7, (short) 0, 0, "p"), 4, AppendOrigin.CLIENT);
        log.flush();
        leave(0);
        log.truncateTo(1);
        assertEquals(1, log.logEndOffset());
        assertEquals(List.of("0=" + LARGE + "0"), contents(log));
        assertTrue(fixture.directory.online());
        append(log, "b");
        assertEquals(List.of("0=" + LARGE + "0", "1=b"), reopened(overrides, log));
    }

    @Test
    void aCleanStopEndsAndWhatCouldNotBeWrittenIsRecovered() throws Exception {
        var overrides = Map.of("index.interval.bytes", "0");
        PartitionLog log = fixture.create(overrides);
        append(log, "a");
        log.appendAsLeader(idempotent(7, (short) 0, 0, "p0"), 3, AppendOrigin.CLIENT);
        leave(0);
        assertFalse(log.closeWhole());
        assertTrue(fixture.directory.online());
        PartitionLog again = fixture.recover(overrides, 0);
        assertEquals(List.of("0=a", "1=p0"), contents(again));
        assertTrue(again.appendAsLeader(idempotent(7, (short) 0, 0, "p0"), 3, AppendOrigin.CLIENT)
                .duplicate());
        fixture.files.volume().unlimited();
        assertTrue(again.closeWhole());
        assertEquals(2, contents(fixture.open(overrides, true, 0, 0)).size());
    }

    @Test
    void aLogIsRecoveredOnAFullDiskWithAllOfItsIndexes() throws Exception {
        var overrides = Map.of("index.interval.bytes", "0", "internal.segment.bytes", "60000");
        PartitionLog log = fixture.create(overrides);
        for (int i = 0; i < 900; i++) append(log, "v" + i);
        log.appendAsLeader(idempotent(7, (short) 0, 0, "p0"), 3, AppendOrigin.CLIENT);
        fixture.crash(log);
        leave(0);
        PartitionLog again = fixture.recover(overrides, 0);
        assertTrue(fixture.directory.online());
        for (int i = 0; i < 900; i++)
            assertEquals(i + "=v" + i, contents(again, i).getFirst());
        assertTrue(again.appendAsLeader(idempotent(7, (short) 0, 0, "p0"), 3, AppendOrigin.CLIENT)
                .duplicate());
        refused(again, LARGE);

        fixture.files.volume().unlimited();
        append(again, "more");
        again.flush();
        assertEquals(902, again.recoveryPoint());
        fixture.crash(again);
        assertEquals(902, contents(fixture.recover(overrides, 902)).size());
    }

    @Test
    void anAbortedTransactionIsKnownThoughTheIndexHasNoRoom() throws Exception {
        PartitionLog log = fixture.create();
        log.commitOnAppend(true);
        log.appendAsLeader(
                MemoryRecords.withTransactionalRecords(
                        Compression.NONE, 9, (short) 0, 0, LogFixture.record(LogFixture.START_MS, "t")),
                3,
                AppendOrigin.CLIENT);
        leave(100); // for the marker, of 78 bytes, and not for a file and its entry
        log.appendAsLeader(
                MemoryRecords.withEndTransactionMarker(
                        LogFixture.START_MS, 9, (short) 0, new EndTransactionMarker(ControlRecordType.ABORT, 1)),
                3,
                AppendOrigin.COORDINATOR);
        assertEquals(2, log.lastStableOffset());
        assertEquals(1, aborted(log));
        log.flush();
        assertEquals(0, log.recoveryPoint());
        fixture.crash(log);
        PartitionLog again = fixture.recover(Map.of(), 0);
        again.updateHighWatermark(2);
        assertEquals(1, aborted(again));
        fixture.files.volume().unlimited();
        again.flush();
        assertEquals(2, again.recoveryPoint());
        assertEquals(34, Files.size(LogFileNames.transactionIndexFile(fixture.path, 0)));
    }

    private static int aborted(PartitionLog log) {
        return log.read(0, 1 << 20, FetchIsolation.TXN_COMMITTED, true)
                .abortedTransactions()
                .size();
    }

    @Test
    void aLogThatCannotBeCreatedLeavesNothingAndCanBeCreatedLater() throws Exception {
        for (int room = 0; room < 700; room += 20) {
            leave(room);
            try {
                fixture.create();
                break;
            } catch (NoRoomException e) {
                assertTrue(fixture.directory.online());
                assertFalse(Files.exists(fixture.path), "with room for " + room + " bytes");
            }
        }
        fixture.files.volume().unlimited();
        PartitionLog log =
                fixture.directory.path().toFile().list().length > 0 ? fixture.recover(Map.of(), 0) : fixture.create();
        append(log, "a");
        assertEquals(List.of("0=a"), contents(log));
    }

    @Test
    void aDirectoryIsFullUntilNothingHasBeenRefusedForAWhile() throws Exception {
        PartitionLog log = fixture.create();
        leave(100);
        refused(log, LARGE);
        assertTrue(fixture.directory.isFull());
        append(log, "a");
        assertTrue(fixture.directory.isFull(), "it may only have been smaller");
        fixture.time.advance(LogDirectory.ROOM_AGAIN_AFTER_MS);
        assertTrue(fixture.directory.isFull(), "nobody has tried");
        fixture.files.volume().unlimited();
        append(log, LARGE);
        assertFalse(fixture.directory.isFull());
    }
}
