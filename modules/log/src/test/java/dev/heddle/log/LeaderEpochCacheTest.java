package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LeaderEpochCacheTest {

    @TempDir
    Path directory;

    private final FaultyFiles files = new FaultyFiles();

    private LeaderEpochCache cache() throws IOException {
        var cache = new LeaderEpochCache(files, directory);
        cache.load();
        return cache;
    }

    /** Epochs 2, 3 and 7 begin at the offsets 6, 10 and 20. */
    private LeaderEpochCache filled() throws IOException {
        LeaderEpochCache cache = cache();
        cache.assign(2, 6);
        cache.assign(3, 10);
        cache.assign(7, 20);
        return cache;
    }

    private Path file() {
        return directory.resolve("leader-epoch-checkpoint");
    }

    @Test
    void theFileHasKafkasFormat() throws Exception {
        LeaderEpochCache cache = cache();
        cache.assign(0, 0);
        cache.assign(5, 1_234_567_890_123L);
        cache.flush();
        assertEquals("0\n2\n0 0\n5 1234567890123\n", Files.readString(file()));
        assertEquals(cache.entries(), cache().entries());
    }

    @Test
    void anEmptyCacheKnowsNothing() throws Exception {
        LeaderEpochCache cache = cache();
        assertNull(cache.latestEntry());
        assertNull(cache.earliestEntry());
        assertEquals(OptionalInt.empty(), cache.latestEpoch());
        assertEquals(OptionalInt.empty(), cache.epochForOffset(5));
        assertEquals(EpochEndOffset.UNDEFINED, cache.endOffsetFor(0, 10));
        cache.truncateFromStart(5);
        cache.truncateFromEnd(5);
        cache.flush();
        assertEquals(0, files.count(FaultyFiles.Call.WRITE));
    }

    @Test
    void anEpochIsOnTheDiskWithTheNextFlush() throws Exception {
        LeaderEpochCache cache = cache();
        cache.assign(1, 0);
        assertEquals(List.of(), files.calls(), "a new epoch does not wait for the disk");
        assertFalse(cache.isFlushed());
        cache.flush();
        assertTrue(cache.isFlushed());
        assertEquals(
                List.of(
                        "WRITE leader-epoch-checkpoint.tmp",
                        "FORCE leader-epoch-checkpoint.tmp",
                        "RENAME leader-epoch-checkpoint.tmp",
                        "SYNC_DIRECTORY " + directory.getFileName()),
                files.calls());
    }

    @Test
    void anEpochThatIsKnownIsNotWrittenAgain() throws Exception {
        LeaderEpochCache cache = filled();
        cache.flush();
        int writes = files.count(FaultyFiles.Call.WRITE);
        cache.assign(7, 25);
        cache.assign(7, 20);
        assertTrue(cache.isFlushed());
        cache.flush();
        assertEquals(writes, files.count(FaultyFiles.Call.WRITE));
        assertEquals(new EpochEntry(7, 20), cache.latestEntry());
    }

    @Test
    void anEpochThatCouldNotBeWrittenIsWrittenByTheNextFlush() throws Exception {
        LeaderEpochCache cache = cache();
        cache.assign(1, 0);
        files.failNext(FaultyFiles.Call.FORCE);
        assertThrows(IOException.class, cache::flush);
        assertFalse(cache.isFlushed());
        cache.flush();
        assertEquals(OptionalInt.of(1), cache().latestEpoch());
    }

    @Test
    void entriesThatContradictANewOneAreForgotten() throws Exception {
        LeaderEpochCache cache = filled();
        cache.assign(8, 10);
        assertEquals(List.of(new EpochEntry(2, 6), new EpochEntry(8, 10)), cache.entries());
        cache.assign(1, 30);
        assertEquals(List.of(new EpochEntry(1, 30)), cache.entries());
        cache.assign(1, 12);
        assertEquals(List.of(new EpochEntry(1, 12)), cache.entries());
        cache.flush();
        assertEquals(cache.entries(), cache().entries());
    }

    @Test
    void anEpochThatGoesOnAfterALaterOneBeginsWhereItBegan() throws Exception {
        LeaderEpochCache cache = filled();
        cache.assign(3, 25);
        assertEquals(List.of(new EpochEntry(2, 6), new EpochEntry(3, 10)), cache.entries());
    }

    @Test
    void whatRecoveryFindsIsAddedIfItIsNew() throws Exception {
        LeaderEpochCache cache = filled();
        cache.found(2, 6);
        cache.found(3, 15);
        cache.found(7, 20);
        cache.found(2, 4); // lies before the log start offset
        assertEquals(filled().entries(), cache.entries());
        cache.found(9, 30);
        cache.found(9, 31);
        assertEquals(
                List.of(new EpochEntry(2, 6), new EpochEntry(3, 10), new EpochEntry(7, 20), new EpochEntry(9, 30)),
                cache.entries());
    }

    @Test
    void whatRecoveryFindsIsRightAgainstTheCheckpoint() throws Exception {
        LeaderEpochCache cache = filled();
        cache.found(3, 22);
        assertEquals(List.of(new EpochEntry(2, 6), new EpochEntry(3, 10)), cache.entries());
        cache.found(5, 25);
        assertEquals(new EpochEntry(5, 25), cache.latestEntry());
    }

    @Test
    void onlyAWrongCheckpointIsWrittenAtOnce() throws Exception {
        LeaderEpochCache cache = filled();
        cache.flush();
        int writes = files.count(FaultyFiles.Call.WRITE);
        cache.assign(8, 30);
        cache.flushIfWrong();
        assertEquals(writes, files.count(FaultyFiles.Call.WRITE), "it lacks an epoch, but what it says is true");
        cache.truncateFromEnd(20);
        cache.flushIfWrong();
        assertEquals("0\n2\n2 6\n3 10\n", Files.readString(file()));
    }

    @Test
    void whatIsNoEpochIsRefused() throws Exception {
        LeaderEpochCache cache = cache();
        assertThrows(IllegalArgumentException.class, () -> cache.assign(-1, 0));
        assertThrows(IllegalArgumentException.class, () -> cache.assign(0, -1));
    }

    @ParameterizedTest
    @CsvSource({
        "7, 7, 50", // the current epoch ends at the log end offset
        "2, 2, 10",
        "3, 3, 20",
        "5, 3, 20", // one that wrote nothing: the one before it
        "1, 1, 6", // one whose records are gone
        "0, 0, 6",
        "8, -1, -1", // one that nobody knows yet
        "-1, -1, -1"
    })
    void anEpochEndsWhereTheNextBegins(int requested, int epoch, long endOffset) throws Exception {
        assertEquals(new EpochEndOffset(epoch, endOffset), filled().endOffsetFor(requested, 50));
    }

    @Test
    void theEpochOfAnOffsetIsFound() throws Exception {
        LeaderEpochCache cache = filled();
        assertEquals(OptionalInt.empty(), cache.epochForOffset(5));
        assertEquals(OptionalInt.of(2), cache.epochForOffset(6));
        assertEquals(OptionalInt.of(2), cache.epochForOffset(9));
        assertEquals(OptionalInt.of(3), cache.epochForOffset(10));
        assertEquals(OptionalInt.of(7), cache.epochForOffset(20));
        assertEquals(OptionalInt.of(7), cache.epochForOffset(Long.MAX_VALUE));
    }

    @Test
    void theEpochBeforeIsFound() throws Exception {
        LeaderEpochCache cache = filled();
        assertEquals(OptionalInt.of(3), cache.previousEpoch(7));
        assertEquals(OptionalInt.of(7), cache.previousEpoch(100));
        assertEquals(OptionalInt.empty(), cache.previousEpoch(2));
        assertEquals(new EpochEntry(2, 6), cache.earliestEntry());
    }

    @Test
    void truncatingTheEndForgetsTheEpochsFromThere() throws Exception {
        LeaderEpochCache cache = filled();
        cache.truncateFromEnd(21);
        assertEquals(3, cache.entries().size());
        cache.truncateFromEnd(20);
        assertEquals(List.of(new EpochEntry(2, 6), new EpochEntry(3, 10)), cache.entries());
        cache.truncateFromEnd(-1);
        assertEquals(2, cache.entries().size());
        cache.truncateFromEnd(0);
        assertEquals(List.of(), cache.entries());
    }

    @Test
    void truncatingTheStartLetsTheCurrentEpochBeginThere() throws Exception {
        LeaderEpochCache cache = filled();
        cache.truncateFromStart(5);
        assertEquals(new EpochEntry(2, 6), cache.earliestEntry());
        cache.truncateFromStart(8);
        assertEquals(new EpochEntry(2, 8), cache.earliestEntry());
        cache.truncateFromStart(10);
        assertEquals(List.of(new EpochEntry(3, 10), new EpochEntry(7, 20)), cache.entries());
        cache.truncateFromStart(100);
        assertEquals(List.of(new EpochEntry(7, 100)), cache.entries());
    }

    @Test
    void truncationsReachTheFileWithTheNextFlush() throws Exception {
        LeaderEpochCache cache = filled();
        cache.flush();
        cache.truncateFromEnd(15);
        assertEquals(3, cache().entries().size(), "a truncation does not wait for the disk");
        cache.flush();
        assertEquals(cache.entries(), cache().entries());
        int writes = files.count(FaultyFiles.Call.WRITE);
        cache.flush();
        assertEquals(writes, files.count(FaultyFiles.Call.WRITE));
        cache.clear();
        cache.flush();
        assertEquals("0\n0\n", Files.readString(file()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"1\n0\n", "0\n1\n", "0\n1\n2\n", "0\n1\n2 3 4\n", "0\n1\nx 3\n", "0\n1\n-1 3\n", "x\n", "0\nx\n"
            })
    void aCorruptCheckpointIsReported(String content) throws Exception {
        Files.writeString(file(), content);
        assertThrows(CorruptFileException.class, this::cache);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0\n", "0\n0\n", "0\n0"})
    void aCheckpointWithoutEntriesIsEmpty(String content) throws Exception {
        Files.writeString(file(), content);
        assertEquals(List.of(), cache().entries());
    }

    @Test
    void theFileFollowsItsDirectory() throws Exception {
        LeaderEpochCache cache = filled();
        Path moved = Files.createDirectory(directory.resolve("moved"));
        cache.directoryMoved(moved);
        cache.assign(9, 90);
        cache.flush();
        assertEquals("0\n4\n2 6\n3 10\n7 20\n9 90\n", Files.readString(moved.resolve("leader-epoch-checkpoint")));
    }
}
