package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimeIndexTest {

    private static final long BASE = 1000;
    private static final TimeIndexEntry NONE = new TimeIndexEntry(-1, BASE);

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = directory.resolve("00000000000000001000.timeindex");
    }

    private TimeIndex index() {
        return index(1 << 20);
    }

    private TimeIndex index(int maxBytes) {
        return new TimeIndex(FileSystemCalls.REAL, file, BASE, maxBytes);
    }

    private TimeIndex reopened(TimeIndex index) throws IOException {
        index.write();
        return index();
    }

    /** Timestamps 100, 200 …, offsets 1007, 1014 …. */
    private static void fill(TimeIndex index, int from, int to) throws IOException {
        for (int i = from; i < to; i++) index.maybeAppend(nth(i).timestamp(), nth(i).offset(), false);
    }

    private static TimeIndexEntry nth(int i) {
        return new TimeIndexEntry(100L * (i + 1), BASE + 7L * (i + 1));
    }

    @Test
    void anEmptyIndexKnowsNoTimestamp() throws Exception {
        TimeIndex index = index();
        assertEquals(NONE, index.lastEntry());
        assertEquals(NONE, index.lookup(Long.MAX_VALUE));
        index.truncateTo(BASE);
        assertEquals(0, index.entries());
    }

    @Test
    void theFileHasKafkasFormat() throws Exception {
        TimeIndex index = index();
        index.maybeAppend(1_700_000_000_000L, 1001, false);
        index.maybeAppend(1_700_000_000_001L, 1016, false);
        index.write();
        assertEquals(
                "0000018bcfe56800" + "00000001" + "0000018bcfe56801" + "00000010",
                HexFormat.of().formatHex(Files.readAllBytes(file)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 340, 341, 342, 682, 683, 1500})
    void aLookupFindsTheLastEntryNotAboveTheTimestamp(int entries) throws Exception {
        TimeIndex index = index();
        fill(index, 0, entries);
        for (TimeIndex each : new TimeIndex[] {index, reopened(index)}) {
            assertEquals(entries, each.entries());
            assertEquals(NONE, each.lookup(99));
            for (int i = 0; i < entries; i++) {
                assertEquals(nth(i), each.lookup(nth(i).timestamp()));
                assertEquals(nth(i), each.lookup(nth(i).timestamp() + 99));
                assertEquals(nth(i), each.entry(i));
            }
            assertEquals(nth(entries - 1), each.lastEntry());
        }
    }

    @Test
    void onlyALargerTimestampMakesAnEntry() throws Exception {
        TimeIndex index = index();
        index.maybeAppend(100, 1010, false);
        index.maybeAppend(100, 1010, false);
        index.maybeAppend(100, 1020, false);
        assertEquals(1, index.entries());
        index.maybeAppend(101, 1010, false);
        assertEquals(2, index.entries());
        assertEquals(new TimeIndexEntry(101, 1010), index.lookup(500));
    }

    @Test
    void recordsWithoutTimestampMakeNoEntry() throws Exception {
        TimeIndex index = index();
        index.maybeAppend(-1, 1010, false);
        assertEquals(0, index.entries());
    }

    @Test
    void whatGoesBackIsRefused() throws Exception {
        TimeIndex index = index();
        index.maybeAppend(100, 1010, false);
        assertThrows(IllegalArgumentException.class, () -> index.maybeAppend(200, 1009, false));
        assertThrows(IllegalArgumentException.class, () -> index.maybeAppend(99, 1011, false));
        assertEquals(new TimeIndexEntry(100, 1010), index.lastEntry());
    }

    @Test
    void oneSlotIsKeptForTheLastEntryOfTheSegment() throws Exception {
        TimeIndex index = index(36);
        fill(index, 0, 1);
        assertFalse(index.isFull());
        fill(index, 1, 2);
        assertTrue(index.isFull());
        assertThrows(IllegalStateException.class, () -> fill(index, 2, 3));
        index.maybeAppend(nth(2).timestamp(), nth(2).offset(), true);
        assertEquals(3, index.entries());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 340, 341, 342, 999})
    void truncatingRemovesTheEntriesFromAnOffsetOn(int kept) throws Exception {
        TimeIndex index = index();
        fill(index, 0, 1000);
        index = reopened(index);
        index.truncateTo(nth(kept).offset());
        assertEquals(kept, index.entries());
        assertEquals(kept == 0 ? NONE : nth(kept - 1), index.lastEntry());
        assertEquals(kept * 12L, Files.size(file));
    }

    @Test
    void truncatingRemovesEveryEntryOfTheSameOffset() throws Exception {
        TimeIndex index = index();
        index.maybeAppend(100, 1005, false);
        index.maybeAppend(200, 1010, false);
        index.maybeAppend(300, 1010, false);
        index.maybeAppend(400, 1010, false);
        index.truncateTo(1010);
        assertEquals(1, index.entries());
    }

    @Test
    void theZerosThatKafkaPreallocatesAreNoEntries() throws Exception {
        TimeIndex index = index();
        fill(index, 0, 500);
        index.write();
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), (10 << 20) / 12 * 12));
        TimeIndex padded = index(10 << 20);
        padded.sanityCheck();
        assertEquals(500, padded.entries());
        assertEquals(nth(499), padded.lastEntry());
        Files.write(file, new byte[(10 << 20) / 12 * 12]);
        assertEquals(0, index().entries());
    }

    @Test
    void aRecordOfTheFirstMomentOf1970HasAnEntry() throws Exception {
        TimeIndex index = index();
        index.maybeAppend(0, BASE, false);
        assertEquals(new TimeIndexEntry(0, BASE), reopened(index).lastEntry());
        TimeIndex again = reopened(index());
        again.maybeAppend(5, BASE + 1, false);
        assertEquals(2, reopened(again).entries());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0000000000000064" + "ffffffff", // before the base offset
                "0000000000000064" + "00000001" + "0000000000000064" + "00000002", // the same timestamp twice
                "0000000000000064" + "00000002" + "0000000000000065" + "00000001", // an offset that goes back
                "0000000000000064" + "00000002" + "00000000", // not a multiple of an entry
            })
    void entriesThatCannotBeRightAreCorrupt(String content) throws Exception {
        Files.write(file, HexFormat.of().parseHex(content));
        assertThrows(CorruptFileException.class, () -> index().sanityCheck());
    }
}
