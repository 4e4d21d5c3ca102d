package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.Threads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OffsetIndexTest {

    private static final long BASE = 1000;

    /** More than two blocks, and not a whole number of them. */
    private static final int MANY = 1300;

    @TempDir
    Path temporary;

    private Path directory;
    private Path file;

    @BeforeEach
    void nameTheFile() throws IOException {
        directory = Files.createDirectory(temporary.resolve("orders-0"));
        file = directory.resolve("00000000000000001000.index");
    }

    private OffsetIndex index() {
        return index(1 << 20);
    }

    private OffsetIndex index(int maxBytes) {
        return new OffsetIndex(FileSystemCalls.REAL, file, BASE, maxBytes);
    }

    /** Entries at offsets 1010, 1020 … and positions 4096, 8192 …. */
    private static void fill(OffsetIndex index, int from, int to) throws IOException {
        for (int i = from; i < to; i++) index.append(BASE + 10 * (i + 1), 4096 * (i + 1));
    }

    private static OffsetPosition nth(int i) {
        return new OffsetPosition(BASE + 10L * (i + 1), 4096 * (i + 1));
    }

    @Test
    void anEmptyIndexPointsToTheStartOfTheSegment() throws Exception {
        OffsetIndex index = index();
        assertEquals(new OffsetPosition(BASE, 0), index.lookup(BASE));
        assertEquals(new OffsetPosition(BASE, 0), index.lookup(BASE + 500));
        assertNull(index.fetchUpperBound(new OffsetPosition(BASE, 0), 1));
        assertEquals(BASE, index.lastOffset());
        assertEquals(0, index.entries());
        assertFalse(Files.exists(file), "looking must not create the file");
    }

    @Test
    void theFileHasKafkasFormat() throws Exception {
        OffsetIndex index = index();
        index.append(1010, 4096);
        index.append(1_001_000, 65536);
        index.write();
        assertEquals("0000000a00001000" + "000f424000010000", HexFormat.of().formatHex(Files.readAllBytes(file)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 511, 512, 513, 1024, 1025, MANY})
    void aLookupFindsTheLastEntryNotAboveTheOffset(int entries) throws Exception {
        OffsetIndex index = index();
        fill(index, 0, entries);
        assertFindsEverything(index, entries);
        index.write();
        assertFindsEverything(index(), entries);
    }

    private static void assertFindsEverything(OffsetIndex index, int entries) throws IOException {
        assertEquals(entries, index.entries());
        assertEquals(nth(entries - 1).offset(), index.lastOffset());
        assertEquals(new OffsetPosition(BASE, 0), index.lookup(BASE + 9));
        assertEquals(new OffsetPosition(BASE, 0), index.lookup(BASE - 1));
        for (int i = 0; i < entries; i++) {
            assertEquals(nth(i), index.lookup(nth(i).offset()));
            assertEquals(nth(i), index.lookup(nth(i).offset() + 9));
            assertEquals(nth(i), index.entry(i));
        }
        assertEquals(nth(entries - 1), index.lookup(Long.MAX_VALUE));
    }

    @Test
    void theUpperBoundIsTheFirstEntryAtOrBeyondTheEndOfTheFetch() throws Exception {
        OffsetIndex index = index();
        fill(index, 0, MANY);
        for (OffsetIndex each : new OffsetIndex[] {index, reopened(index)}) {
            assertEquals(nth(0), each.fetchUpperBound(new OffsetPosition(BASE, 0), 1));
            assertEquals(nth(0), each.fetchUpperBound(new OffsetPosition(BASE, 0), 4096));
            assertEquals(nth(1), each.fetchUpperBound(new OffsetPosition(BASE, 0), 4097));
            assertEquals(nth(512), each.fetchUpperBound(nth(511), 4096));
            assertEquals(nth(MANY - 1), each.fetchUpperBound(nth(MANY - 1), 0));
            assertNull(each.fetchUpperBound(nth(MANY - 1), 1));
            assertNull(each.fetchUpperBound(nth(MANY - 1), Integer.MAX_VALUE), "the sum overflows an int");
        }
    }

    private OffsetIndex reopened(OffsetIndex index) throws IOException {
        index.write();
        return index();
    }

    @Test
    void entriesAreOnlyInMemoryUntilABlockIsFull() throws Exception {
        OffsetIndex index = index();
        fill(index, 0, 512);
        assertFalse(Files.exists(file));
        fill(index, 512, 513);
        assertEquals(4096, Files.size(file));
        index.flush();
        assertEquals(513 * 8, Files.size(file));
    }

    @Test
    void writingAnEmptyIndexCreatesAnEmptyFile() throws Exception {
        index().write();
        assertEquals(0, Files.size(file));
    }

    @Test
    void appendingGoesOnAfterReopening() throws Exception {
        OffsetIndex index = index();
        for (int from = 0; from < MANY; from += 130) {
            fill(index, from, from + 130);
            index = reopened(index);
        }
        assertFindsEverything(index, MANY);
        index.write();
        assertEquals(MANY * 8L, Files.size(file));
    }

    @Test
    void anOffsetThatDoesNotFollowIsRefused() throws Exception {
        OffsetIndex index = index();
        index.append(1010, 4096);
        assertThrows(IllegalArgumentException.class, () -> index.append(1010, 8192));
        assertThrows(IllegalArgumentException.class, () -> index.append(1009, 8192));
        assertEquals(1, index.entries());
    }

    @Test
    void anOffsetOutOfRangeIsRefused() throws Exception {
        OffsetIndex index = index();
        assertTrue(index.canAppendOffset(BASE + Integer.MAX_VALUE));
        assertFalse(index.canAppendOffset(BASE + Integer.MAX_VALUE + 1L));
        assertFalse(index.canAppendOffset(BASE - 1));
        assertThrows(IllegalArgumentException.class, () -> index.append(BASE + Integer.MAX_VALUE + 1L, 1));
        index.append(BASE + Integer.MAX_VALUE, 4096);
        assertEquals(BASE + Integer.MAX_VALUE, reopened(index).lastOffset());
    }

    @Test
    void anIndexIsFullAtItsConfiguredSize() throws Exception {
        OffsetIndex index = index(27);
        fill(index, 0, 2);
        assertFalse(index.isFull());
        fill(index, 2, 3);
        assertTrue(index.isFull());
        assertThrows(IllegalStateException.class, () -> index.append(BASE + 1000, 1 << 20));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 511, 512, 513, 1023, 1024, 1025, 1299, 1300})
    void truncatingRemovesTheEntriesFromAnOffsetOn(int kept) throws Exception {
        for (boolean written : new boolean[] {false, true}) {
            Files.deleteIfExists(file);
            OffsetIndex index = index();
            fill(index, 0, MANY);
            if (written) index = reopened(index);
            index.truncateTo(nth(kept).offset() - 5);
            assertEquals(kept, index.entries());
            assertEquals(kept == 0 ? BASE : nth(kept - 1).offset(), index.lastOffset());
            fill(index, kept, MANY);
            assertFindsEverything(index, MANY);
            assertFindsEverything(reopened(index), MANY);
        }
    }

    @Test
    void truncatingToAnOffsetInTheIndexRemovesItsEntry() throws Exception {
        OffsetIndex index = index();
        fill(index, 0, 10);
        index.truncateTo(nth(4).offset());
        assertEquals(4, index.entries());
        index.truncateTo(BASE + 10_000);
        assertEquals(4, index.entries());
        index.truncateTo(BASE - 5);
        assertEquals(0, index.entries());
    }

    @Test
    void truncatingCutsTheFile() throws Exception {
        OffsetIndex index = index();
        fill(index, 0, MANY);
        index.write();
        index.truncateTo(nth(700).offset());
        assertEquals(700 * 8L, Files.size(file));
        assertFindsEverything(index(), 700);
    }

    @Test
    void resettingRemovesEverythingEvenWhatCannotBeRead() throws Exception {
        Files.write(file, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
        OffsetIndex index = index();
        assertThrows(CorruptFileException.class, index::sanityCheck);
        index.reset();
        index.sanityCheck();
        assertEquals(0, Files.size(file));
        fill(index, 0, 3);
        assertFindsEverything(reopened(index), 3);
    }

    @Test
    void theZerosThatKafkaPreallocatesAreNoEntries() throws Exception {
        OffsetIndex index = index();
        fill(index, 0, 700);
        index.write();
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 10 << 20));
        OffsetIndex padded = index(10 << 20);
        padded.sanityCheck();
        assertFindsEverything(padded, 700);
        fill(padded, 700, 701);
        padded.write();
        assertEquals(701 * 8, Files.size(file));
        assertFindsEverything(index(), 701);
    }

    @Test
    void aFileOfZerosIsAnEmptyIndex() throws Exception {
        Files.write(file, new byte[10 << 20]);
        OffsetIndex index = index();
        index.sanityCheck();
        assertEquals(0, index.entries());
        index.write();
        assertEquals(0, Files.size(file));
    }

    @Test
    void aSizeThatIsNoMultipleOfAnEntryIsCorrupt() throws Exception {
        OffsetIndex index = index();
        fill(index, 0, 10);
        index.write();
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 77));
        assertThrows(CorruptFileException.class, () -> index().sanityCheck());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ffffffff00001000", // before the base offset
                "0000000a00001000" + "0000000a00002000", // the same offset twice
                "0000000a00001000" + "0000000b00001000", // the same position twice
                "0000000a00002000" + "0000000b00001000", // a position that goes back
                "0000000a80000000", // a negative position
            })
    void entriesThatDoNotAscendAreCorrupt(String content) throws Exception {
        Files.write(file, HexFormat.of().parseHex(content));
        assertThrows(CorruptFileException.class, () -> index().sanityCheck());
    }

    @Test
    void lookupsWorkWhileAndAfterTheFileIsRenamed() throws Exception {
        OffsetIndex index = index();
        fill(index, 0, MANY);
        index.flush();
        Path renamed = directory.resolve("00000000000000001000.index.deleted");
        index.renameTo(renamed);
        assertFalse(Files.exists(file));
        assertEquals(renamed, index.file());
        assertFindsEverything(index, MANY);
        index.flush();
        assertFalse(Files.exists(file), "a late flush must not create the file under its old name");

        Path moved = Files.move(directory, temporary.resolve("orders-0-moved"));
        index.directoryMoved(moved);
        assertFindsEverything(index, MANY);
    }

    @Test
    void aDeletedIndexServesWhatIsInMemoryAndFailsCleanlyElsewhere() throws Exception {
        OffsetIndex index = index();
        fill(index, 0, MANY);
        index.flush();
        assertTrue(index.deleteIfExists());
        assertFalse(index.deleteIfExists());
        assertEquals(nth(MANY - 1), index.lookup(Long.MAX_VALUE));
        assertThrows(NoSuchFileException.class, () -> index.lookup(BASE + 11));
        index.flush();
        assertFalse(Files.exists(file), "a late flush must not bring the file back");
    }

    @Test
    void aFileThatLostItsEndIsReportedAsCorruptByALookup() throws Exception {
        OffsetIndex index = index();
        fill(index, 0, MANY);
        index.write();
        OffsetIndex reader = index();
        assertEquals(MANY, reader.entries());
        Files.write(file, new byte[100]);
        assertThrows(CorruptFileException.class, () -> reader.lookup(BASE + 100));
    }

    @Test
    void aWriteThatFailsCanBeRepeated() throws Exception {
        var files = new FaultyFiles();
        var index = new OffsetIndex(files, file, BASE, 1 << 20);
        fill(index, 0, 100);
        files.failNext(FaultyFiles.Call.WRITE);
        assertThrows(IOException.class, index::flush);
        index.flush();
        assertFindsEverything(index(), 100);
    }

    @Test
    void randomAppendsTruncationsAndReopeningsKeepTheIndexRight() throws Exception {
        var random = new Random(42);
        var expected = new TreeMap<Long, Integer>();
        OffsetIndex index = index();
        for (int step = 0; step < 3000; step++) {
            long offset = index.lastOffset();
            int position = expected.isEmpty() ? 0 : expected.lastEntry().getValue();
            for (int i = random.nextInt(20); i > 0; i--) {
                offset += 1 + random.nextInt(50);
                position += 1 + random.nextInt(5000);
                index.append(offset, position);
                expected.put(offset, position);
            }
            if (random.nextInt(40) == 0 && !expected.isEmpty()) {
                long from = BASE + random.nextLong(expected.lastKey() - BASE + 2);
                index.truncateTo(from);
                expected.tailMap(from, true).clear();
            }
            if (random.nextInt(20) == 0) index.write();
            if (random.nextInt(30) == 0) index = reopened(index);
            long target = BASE + random.nextLong(index.lastOffset() - BASE + 10);
            var floor = expected.floorEntry(target);
            var found =
                    floor == null ? new OffsetPosition(BASE, 0) : new OffsetPosition(floor.getKey(), floor.getValue());
            assertEquals(found, index.lookup(target));
        }
        assertEquals(expected.size(), index.entries());
        index.write();
        assertEquals(expected.size() * 8L, Files.size(file));
    }

    @Test
    @Timeout(60)
    void readersSeeOnlyWholeEntriesWhileTheIndexGrowsAndIsFlushed() throws Exception {
        OffsetIndex index = index(10 << 20);
        var failure = new AtomicReference<Throwable>();
        var done = new AtomicBoolean();
        Work read = () -> {
            var random = new Random(7);
            while (!done.get()) {
                long last = index.lastOffset();
                OffsetPosition found = index.lookup(BASE + random.nextLong(last - BASE + 1));
                assertEquals((found.offset() - BASE) / 10 * 4096, found.position());
            }
        };
        Thread[] threads = {
            Threads.platform("reader", () -> run(read, failure)),
            Threads.platform(
                    "flusher",
                    () -> run(
                            () -> {
                                while (!done.get()) index.flush();
                            },
                            failure))
        };
        for (Thread thread : threads) thread.start();
        fill(index, 0, 50_000);
        done.set(true);
        for (Thread thread : threads) thread.join();
        assertNull(failure.get());
        assertFindsEverything(reopened(index), 50_000);
    }

    private interface Work {
        void run() throws Exception;
    }

    private static void run(Work work, AtomicReference<Throwable> failure) {
        try {
            work.run();
        } catch (Throwable e) {
            failure.set(e);
        }
    }

    @Test
    void aSecondLookupInTheSameBlockReadsNothing() throws Exception {
        OffsetIndex writer = index();
        fill(writer, 0, 100_000);
        writer.write();
        var files = new FaultyFiles();
        var index = new OffsetIndex(files, file, BASE, 1 << 20);
        assertEquals(nth(600), index.lookup(nth(600).offset()));
        int reads = files.count(FaultyFiles.Call.READ);
        assertEquals(nth(700), index.lookup(nth(700).offset()));
        assertEquals(nth(99_999), index.lookup(Long.MAX_VALUE));
        assertEquals(reads, files.count(FaultyFiles.Call.READ));
        assertEquals(nth(5), index.lookup(nth(5).offset()));
        assertEquals(reads + 1, files.count(FaultyFiles.Call.READ), "another block is one read away");
    }

    @Test
    void theIndexHoldsNoFileOpen() throws Exception {
        var files = new FaultyFiles();
        var index = new OffsetIndex(files, file, BASE, 1 << 20);
        fill(index, 0, MANY);
        index.flush();
        assertNotNull(index.lookup(BASE + 11));
        assertEquals(0, files.openChannels());
        assertArrayEquals(new int[] {MANY}, new int[] {index.entries()});
    }
}
