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
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TransactionIndexTest {

    private static final long BASE = 1000;
    private static final AbortedTxn FIRST = new AbortedTxn(4242, 1003, 1010, 1011);
    private static final AbortedTxn SECOND = new AbortedTxn(-7, 1004, 1020, 1005);

    /** What Apache Kafka 4.3.1 writes for the two. */
    private static final String APACHES = "0000" + "0000000000001092" + "00000000000003eb" + "00000000000003f2"
            + "00000000000003f3" + "0000" + "fffffffffffffff9" + "00000000000003ec" + "00000000000003fc"
            + "00000000000003ed";

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = directory.resolve("00000000000000001000.txnindex");
    }

    private TransactionIndex index() {
        return new TransactionIndex(FileSystemCalls.REAL, file, BASE);
    }

    private TransactionIndex filled() throws IOException {
        TransactionIndex index = index();
        index.append(FIRST);
        index.append(SECOND);
        index.write();
        return index;
    }

    @Test
    void theFileHasKafkasFormat() throws Exception {
        filled();
        assertEquals(APACHES, HexFormat.of().formatHex(Files.readAllBytes(file)));
    }

    @Test
    void aFileOfKafkasIsRead() throws Exception {
        Files.write(file, HexFormat.of().parseHex(APACHES));
        TransactionIndex index = index();
        index.sanityCheck();
        assertEquals(List.of(FIRST, SECOND), index.allAbortedTxns());
    }

    @Test
    void thereIsNoFileBeforeTheFirstAbort() throws Exception {
        TransactionIndex index = index();
        assertTrue(index.isEmpty());
        index.sanityCheck();
        index.flush();
        index.truncateTo(0);
        index.reset();
        index.renameTo(directory.resolve("other"));
        assertFalse(index.deleteIfExists());
        try (var entries = Files.list(directory)) {
            assertEquals(0, entries.count());
        }
    }

    @Test
    void transactionsThatOverlapWithAFetchAreCollected() throws Exception {
        TransactionIndex index = index();
        var a = new AbortedTxn(0, 1000, 1010, 1011);
        var b = new AbortedTxn(1, 1005, 1015, 1013);
        var c = new AbortedTxn(2, 1018, 1025, 1020);
        var d = new AbortedTxn(3, 1032, 1050, 1040);
        for (AbortedTxn each : List.of(a, b, c, d)) index.append(each);
        assertEquals(
                new TransactionIndex.SearchResult(List.of(a, b, c, d), false), index.collectAbortedTxns(1000, 1100));
        assertEquals(new TransactionIndex.SearchResult(List.of(a, b, c), true), index.collectAbortedTxns(1000, 1032));
        assertEquals(new TransactionIndex.SearchResult(List.of(d), false), index.collectAbortedTxns(1035, 1051));
        assertEquals(new TransactionIndex.SearchResult(List.of(), false), index.collectAbortedTxns(1051, 1100));
        assertEquals(new TransactionIndex.SearchResult(List.of(a), true), index.collectAbortedTxns(1000, 1005));
    }

    @Test
    void anAbortThatDoesNotFollowIsRefused() throws Exception {
        TransactionIndex index = filled();
        assertThrows(IllegalArgumentException.class, () -> index.append(new AbortedTxn(5, 1000, 1020, 1021)));
        TransactionIndex reopened = index();
        assertThrows(IllegalArgumentException.class, () -> reopened.append(new AbortedTxn(5, 1000, 1019, 1021)));
    }

    @Test
    void truncatingRemovesWhatEndsAtTheOffsetOrLater() throws Exception {
        TransactionIndex index = filled();
        index.truncateTo(1021);
        assertEquals(2, index.allAbortedTxns().size());
        index.truncateTo(1020);
        assertEquals(List.of(FIRST), index.allAbortedTxns());
        assertEquals(34, Files.size(file));
        index.append(SECOND);
        index.write();
        assertEquals(List.of(FIRST, SECOND), index().allAbortedTxns());
        index.reset();
        assertTrue(index().isEmpty());
        assertEquals(0, Files.size(file));
    }

    @Test
    void aTornEntryAtTheEndIsIgnoredAndWrittenOver() throws Exception {
        filled();
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 34 + 20));
        TransactionIndex index = index();
        assertEquals(List.of(FIRST), index.allAbortedTxns());
        index.append(SECOND);
        index.write();
        assertEquals(APACHES, HexFormat.of().formatHex(Files.readAllBytes(file)));
    }

    @Test
    void anAbortNeedsNoFileBeforeTheIndexIsWritten() throws Exception {
        var files = new FaultyFiles();
        files.failAll(FaultyFiles.Call.WRITE);
        files.failAll(FaultyFiles.Call.TRUNCATE);
        var index = new TransactionIndex(files, file, BASE);
        index.append(FIRST);
        assertEquals(List.of(FIRST), index.allAbortedTxns());
        assertFalse(Files.exists(file));
    }

    @Test
    void whatCouldNotBeWrittenStaysInMemoryIsCutOffInTheFileAndWrittenByTheNextTry() throws Exception {
        var files = new FaultyFiles();
        var index = new TransactionIndex(files, file, BASE);
        index.append(FIRST);
        index.write();
        index.append(SECOND);
        files.failNext(FaultyFiles.Call.WRITE);
        assertThrows(IOException.class, index::write);
        assertEquals(List.of(FIRST, SECOND), index.allAbortedTxns());
        assertEquals(34, Files.size(file), "no half of an entry");
        index.flush();
        assertEquals(List.of(FIRST, SECOND), index().allAbortedTxns());
    }

    @Test
    void whatIsTruncatedBeforeItWasWrittenNeverIs() throws Exception {
        TransactionIndex index = index();
        index.append(FIRST);
        index.append(SECOND);
        index.truncateTo(1020);
        index.write();
        assertEquals(List.of(FIRST), index().allAbortedTxns());
    }

    @Test
    void aLateWriteDoesNotCreateADeletedIndexAgain() throws Exception {
        TransactionIndex index = index();
        index.append(FIRST);
        assertFalse(index.deleteIfExists());
        index.flush();
        assertFalse(Files.exists(file));
    }

    @Test
    void entriesThatCannotBeRightAreCorrupt() throws Exception {
        Files.write(file, HexFormat.of().parseHex("0001" + "00".repeat(32)));
        assertThrows(CorruptFileException.class, () -> index().sanityCheck());
        Files.write(file, new byte[34]);
        assertThrows(CorruptFileException.class, () -> index().sanityCheck(), "before the base offset");
        TransactionIndex index = index();
        index.reset();
        index.sanityCheck();
        assertTrue(index.isEmpty());
    }

    @Test
    void flushingSyncsTheFileAndOnceItsDirectory() throws Exception {
        var files = new FaultyFiles();
        var index = new TransactionIndex(files, file, BASE);
        index.append(FIRST);
        index.flush();
        assertEquals(1, files.count(FaultyFiles.Call.FORCE));
        assertEquals(1, files.count(FaultyFiles.Call.SYNC_DIRECTORY));
        index.flush();
        assertEquals(1, files.count(FaultyFiles.Call.FORCE), "nothing is new");
        index.append(SECOND);
        index.flush();
        assertEquals(2, files.count(FaultyFiles.Call.FORCE));
        assertEquals(1, files.count(FaultyFiles.Call.SYNC_DIRECTORY));
        assertEquals(0, files.openChannels());
    }

    @Test
    void aFailedSyncIsRepeatedByTheNextFlush() throws Exception {
        var files = new FaultyFiles();
        var index = new TransactionIndex(files, file, BASE);
        index.append(FIRST);
        files.failNext(FaultyFiles.Call.FORCE);
        assertThrows(IOException.class, index::flush);
        index.flush();
        assertEquals(2, files.count(FaultyFiles.Call.FORCE));
        assertEquals(1, files.count(FaultyFiles.Call.SYNC_DIRECTORY));
    }

    @Test
    void anIndexIsRenamedAndDeleted() throws Exception {
        TransactionIndex index = filled();
        index.renameTo(directory.resolve("00000000000000001000.txnindex.deleted"));
        assertFalse(Files.exists(file));
        assertEquals(2, index.allAbortedTxns().size());
        index.directoryMoved(directory.resolve("elsewhere"));
        assertEquals(directory.resolve("elsewhere/00000000000000001000.txnindex.deleted"), index.file());
        index.directoryMoved(directory);
        assertTrue(index.deleteIfExists());
        index.flush();
        assertFalse(Files.exists(index.file()));
    }
}
