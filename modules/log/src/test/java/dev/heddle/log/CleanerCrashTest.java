package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The power is cut before each change of a file that a cleaning makes: the log must be there again, and be right. */
class CleanerCrashTest {

    private static final Map<String, String> LATEST = Map.of("a", "5", "b", "2", "d", "1", "e", "9");

    @TempDir
    Path root;

    private static CleanerFixture fixture(Path directory) {
        return new CleanerFixture(directory, "internal.segment.bytes", "400");
    }

    /** Three groups of segments, with tombstones and an aborted transaction. */
    private static void fill(CleanerFixture fixture) {
        fixture.appendSegments("a=1", "b=1", "a=2");
        fixture.transactional(4000, 0, "a=3");
        fixture.log.roll();
        fixture.endTransaction(4000, ControlRecordType.ABORT);
        fixture.appendSegments("c=1", "a=4", "b=2", "c", "a=5", "d=1", "e=9");
    }

    private static void checkWhole(CleanerFixture fixture, String when) {
        assertEquals(LATEST, fixture.latest(), when);
        long next = 0;
        for (var batch : fixture.batches()) {
            batch.ensureValid();
            assertTrue(batch.baseOffset() >= next, when + ": offset " + batch.baseOffset() + " comes again");
            next = batch.nextOffset();
        }
        assertEquals(12, fixture.log.logEndOffset(), when);
    }

    private static List<String> names(CleanerFixture fixture) throws IOException {
        try (Stream<Path> all = Files.list(fixture.logs.path)) {
            return all.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void theLogIsWholeWhereverItStops() throws IOException {
        var stoppedAt = new TreeSet<String>();
        int changes = 0;
        while (cleanUntil(changes, stoppedAt)) changes++;
        assertTrue(changes > 60, "there were only " + changes + " changes to stop before");
        assertTrue(
                stoppedAt.containsAll(List.of("RENAME .cleaned", "RENAME .swap", "RENAME .log")), stoppedAt::toString);
        assertTrue(stoppedAt.containsAll(List.of("WRITE .cleaned", "FORCE .cleaned", "SYNC_DIRECTORY orders-0")));
    }

    /** Whether it was stopped. */
    private boolean cleanUntil(int changes, TreeSet<String> stoppedAt) throws IOException {
        Path directory = Files.createDirectory(root.resolve("after-" + changes));
        boolean stopped;
        try (CleanerFixture before = fixture(directory).create()) {
            fill(before);
            before.log.flush();
            before.logs.files.calls().clear();
            before.logs.files.failAfter(changes);
            before.clean();
            stopped = !before.logs.directory.online();
            assertFalse(before.log.state().cleaning().isUncleanable());
            if (stopped) stoppedAt.add(kind(before.logs.files.calls().get(changes)));
        }
        try (CleanerFixture after = fixture(directory).recover(12)) {
            checkWhole(after, "after " + changes + " changes");
            assertEquals(
                    List.of(),
                    names(after).stream()
                            .filter(name -> name.matches(".*\\.(cleaned|swap|deleted|tmp)"))
                            .toList());
            after.cleanAll();
            checkWhole(after, "after " + changes + " changes and another cleaning");
            assertEquals(List.of("7:b=2", "8:c", "9:a=5", "10:d=1", "11:e=9"), after.contents());
        }
        try (CleanerFixture again = fixture(directory).recover(0)) {
            checkWhole(again, "after " + changes + " changes, once more");
        }
        return stopped;
    }

    private static String kind(String call) {
        String name = call.substring(call.indexOf(' ') + 1);
        int dot = name.lastIndexOf('.');
        return call.substring(0, call.indexOf(' ') + 1) + (dot < 0 ? name : name.substring(dot));
    }

    /** The changes to a directory may reach the disk in any order, but not across a sync of the directory. */
    @Test
    void renamingsAreSyncedBeforeOthersDependOnThem() {
        try (CleanerFixture fixture = fixture(root).create()) {
            fixture.appendSegments("a=1", "a=2");
            fixture.log.flush(); // what is flushed in the background would come in between
            fixture.logs.files.calls().clear();
            fixture.clean();
            String order = String.join(
                    " ",
                    fixture.logs.files.calls().stream()
                            .filter(call -> call.startsWith("RENAME") && call.contains(".log")
                                    || call.startsWith("SYNC_DIRECTORY"))
                            .map(CleanerCrashTest::kind)
                            .toList());
            assertEquals(
                    "RENAME .cleaned SYNC_DIRECTORY orders-0 RENAME .log RENAME .log SYNC_DIRECTORY orders-0"
                            + " RENAME .swap SYNC_DIRECTORY orders-0",
                    order);
        }
    }

    @Test
    void aFailingDiskTakesItsDirectoryOffline() {
        try (CleanerFixture fixture = fixture(root).create()) {
            fixture.appendSegments("a=1", "a=2");
            fixture.log.flush(); // what is flushed in the background would fail instead
            fixture.logs.files.failNext(FaultyFiles.Call.FORCE);
            assertFalse(fixture.clean());
            assertFalse(fixture.logs.directory.online());
        }
    }

    @Test
    void nothingStaysOpenWhereverItStops() throws IOException {
        for (int changes = 0; ; changes++) {
            Path directory = Files.createDirectory(root.resolve("open-" + changes));
            CleanerFixture fixture = fixture(directory).create();
            fixture.appendSegments("a=1", "a=2", "b=1");
            fixture.log.flush();
            fixture.logs.files.failAfter(changes);
            fixture.clean();
            boolean stopped = !fixture.logs.directory.online();
            fixture.log.abandon();
            fixture.logs.time.advance(60_000);
            fixture.logs.scheduler.runDue();
            fixture.close();
            if (!stopped) break;
            assertEquals(0, fixture.logs.files.openChannels(), "after " + changes + " changes");
        }
    }

    /** A producer whose answers were lost sends its batches again, and some of them have no record left. */
    @Test
    void batchesInFlightAreKnownWithoutTheirRecords() throws IOException {
        try (CleanerFixture before = fixture(root).create()) {
            for (int sequence = 0; sequence < 5; sequence++) before.idempotent(7, sequence, "a=" + sequence);
            before.append("b=1");
            before.log.roll();
            before.idempotent(7, 5, "a=5");
            before.cleanAll();
            assertEquals(List.of("5:b=1", "6:a=5"), before.contents());
        }
        for (int crash = 0; crash < 2; crash++) {
            try (CleanerFixture after = fixture(root).recover(0)) {
                for (int sequence = 1; sequence <= 5; sequence++) {
                    AppendResult repetition = after.idempotent(7, sequence, "a=" + sequence);
                    assertTrue(repetition.duplicate(), "sequence " + sequence + " after crash " + crash);
                    assertEquals(sequence == 5 ? 6 : sequence, repetition.firstOffset());
                }
                assertEquals(7, after.log.logEndOffset());
            }
        }
    }
}
