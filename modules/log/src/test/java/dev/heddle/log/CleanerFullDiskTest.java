package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Cleaning writes before it deletes: on a full disk it has to wait. */
@Timeout(60)
class CleanerFullDiskTest {

    private static final List<String> CLEANED = List.of("5:b=2", "6:a=4", "7:c", "8:d=1");

    @TempDir
    Path root;

    private CleanerFixture fixture(String name) throws IOException {
        Path directory = Files.createDirectory(root.resolve(name));
        var fixture = new CleanerFixture(directory, "internal.segment.bytes", "400", "file.delete.delay.ms", "0");
        fixture.create().appendSegments("a=1", "b=1", "a=2");
        fixture.transactional(4000, 0, "a=3");
        fixture.log.roll();
        fixture.endTransaction(4000, ControlRecordType.ABORT);
        fixture.appendSegments("b=2", "a=4", "c", "d=1");
        fixture.log.flush();
        return fixture;
    }

    private static void checkWhole(CleanerFixture fixture, String when) {
        assertEquals("{a=4, b=2, d=1}", fixture.latest().toString(), when);
        fixture.batches().forEach(batch -> batch.ensureValid());
        assertEquals(9, fixture.log.logEndOffset(), when);
    }

    private static List<String> unfinished(CleanerFixture fixture) throws IOException {
        try (var all = Files.list(fixture.logs.path)) {
            return all.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches(".*\\.(cleaned|swap|tmp)"))
                    .toList();
        }
    }

    @Test
    void whereverItRunsOutOfRoomTheLogIsWholeAndIsCleanedLater() throws IOException {
        int givenUp = 0;
        for (int room = 0; room < 2000; room += 30) givenUp += cleanWithin(room) ? 0 : 1;
        assertTrue(givenUp > 10, "only " + givenUp);
        assertTrue(givenUp < 60, "even " + givenUp);
    }

    private boolean cleanWithin(int room) throws IOException {
        try (CleanerFixture fixture = fixture("with-" + room)) {
            String when = "with room for " + room;
            fixture.logs.files.volume().leave(root, room);
            fixture.cleanAll();
            assertTrue(fixture.logs.directory.online(), when);
            assertFalse(fixture.log.state().cleaning().isUncleanable(), when);
            assertEquals(List.of(), unfinished(fixture), when);
            checkWhole(fixture, when);
            boolean cleaned = !fixture.log.state().cleaning().isPostponed();

            fixture.logs.files.volume().unlimited();
            fixture.logs.time.advance(LogFixture.CLEANER.backoffMs());
            if (!cleaned) assertTrue(fixture.cleanAll(), when);
            checkWhole(fixture, when);
            assertEquals(CLEANED, fixture.contents(), when);
            return cleaned;
        }
    }

    @Test
    void itRestsLongerEachTimeAndNotLongerThanTenMinutes() throws IOException {
        try (CleanerFixture fixture = fixture("resting")) {
            CleaningState cleaning = fixture.log.state().cleaning();
            fixture.logs.files.volume().leave(root, 0);
            long restMs = LogFixture.CLEANER.backoffMs();
            for (int i = 0; i < 10; i++) {
                assertTrue(fixture.clean());
                assertTrue(cleaning.isPostponed());
                fixture.logs.time.advance(restMs - 1);
                assertFalse(fixture.clean(), "too early");
                fixture.logs.time.advance(1);
                assertFalse(cleaning.isPostponed());
                restMs = Math.min(2 * restMs, CleaningState.MAX_REST_MS);
            }
        }
    }
}
