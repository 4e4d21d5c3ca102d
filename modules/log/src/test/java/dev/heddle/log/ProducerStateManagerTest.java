package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProducerStateManagerTest {

    private static final long NOW = 1_700_000_000_000L;
    private static final int EXPIRATION_MS = 86_400_000;
    private static final int TXN_TIMEOUT_MS = 900_000;
    private static final ProducerStateConfig CONFIG = new ProducerStateConfig(EXPIRATION_MS, TXN_TIMEOUT_MS, false);

    /** What Apache Kafka 4.3.1 writes for the two producers of {@link #apachesProducers}. */
    private static final String APACHES = "0001" + "0da94d6a" + "00000002"
            + "0000000000001092" + "0003" + "00000009" + "0000000000000031" + "00000009" + "0000018bcfe56800"
            + "ffffffff" + "ffffffffffffffff"
            + "000000000000004d" + "0000" + "ffffffff" + "ffffffffffffffff" + "00000000" + "0000018bcfe56805"
            + "00000005" + "000000000000002c";

    @TempDir
    Path directory;

    private final FaultyFiles files = new FaultyFiles();
    private final ManualTime time = new ManualTime(NOW);
    private ProducerStateManager manager;

    @BeforeEach
    void create() {
        manager = newManager();
    }

    private ProducerStateManager newManager() {
        return new ProducerStateManager(new TopicPartition("orders", 0), files, directory, () -> CONFIG, time);
    }

    /** The state that a start finds: what the last snapshot in range says. */
    private ProducerStateManager reloaded(long logStartOffset, long logEndOffset) throws IOException {
        ProducerStateManager reloaded = newManager();
        reloaded.snapshots().find();
        reloaded.truncateAndReload(logStartOffset, logEndOffset, time.milliseconds());
        return reloaded;
    }

    private static List<ProducerStateEntry> apachesProducers() {
        var idempotent = new ProducerStateEntry(4242, (short) 3, -1, NOW, OptionalLong.empty());
        idempotent.addBatch((short) 3, 9, 40, 49, NOW);
        return List.of(idempotent, new ProducerStateEntry(77, (short) 0, 5, NOW + 5, OptionalLong.of(44)));
    }

    /** One record of the producer at the offset, with the sequence that follows. */
    private void append(long producerId, long offset, boolean transactional) {
        ProducerAppend append = manager.prepareUpdate(producerId, AppendOrigin.CLIENT);
        ProducerStateEntry known = manager.lastEntry(producerId);
        int sequence = known == null ? 0 : known.lastSequence() + 1;
        append.appendData((short) 0, sequence, sequence, time.milliseconds(), offset, offset, transactional);
        manager.update(append);
        manager.updateMapEndOffset(offset + 1);
    }

    private CompletedTxn mark(long producerId, long offset, ControlRecordType type) {
        ProducerAppend append = manager.prepareUpdate(producerId, AppendOrigin.COORDINATOR);
        CompletedTxn completed = append.appendMarker(
                new EndTransactionMarker(type, 0), (short) 0, offset, time.milliseconds(), (short) 1);
        manager.update(append);
        manager.updateMapEndOffset(offset + 1);
        return completed;
    }

    private List<String> snapshotFiles() throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(it -> it.getFileName().toString())
                    .sorted()
                    .map(it -> it.replaceFirst("^0+(?=\\d)", ""))
                    .toList();
        }
    }

    // The file

    @Test
    void aSnapshotHasKafkasFormat() throws Exception {
        Path file = directory.resolve("00000000000000000050.snapshot");
        ProducerSnapshotFile.write(files, file, apachesProducers(), true);
        assertEquals(APACHES, HexFormat.of().formatHex(Files.readAllBytes(file)));
        assertEquals(
                List.of(
                        "WRITE 00000000000000000050.snapshot",
                        "FORCE 00000000000000000050.snapshot",
                        "SYNC_DIRECTORY " + directory.getFileName()),
                files.calls());
    }

    @Test
    void aSnapshotOfKafkasIsRead() throws Exception {
        Path file = directory.resolve("00000000000000000050.snapshot");
        Files.write(file, HexFormat.of().parseHex(APACHES));
        List<ProducerStateEntry> read = ProducerSnapshotFile.read(files, file);
        assertEquals(
                apachesProducers().stream()
                        .map(ProducerStateEntry::toActiveProducer)
                        .toList(),
                read.stream().map(ProducerStateEntry::toActiveProducer).toList());
        assertEquals(
                new ProducerStateEntry.Batch(0, 9, 40, 49, NOW), read.getFirst().findDuplicate((short) 3, 0, 9));
    }

    @Test
    void everyTruncatedOrAlteredSnapshotIsCorrupt() throws Exception {
        Path file = directory.resolve("00000000000000000050.snapshot");
        byte[] good = HexFormat.of().parseHex(APACHES);
        for (int length = 0; length < good.length; length++) {
            Files.write(file, Arrays.copyOf(good, length));
            assertThrows(CorruptFileException.class, () -> ProducerSnapshotFile.read(files, file));
        }
        for (int i = 0; i < good.length; i++) {
            byte[] altered = good.clone();
            altered[i] ^= 0x10;
            Files.write(file, altered);
            assertThrows(CorruptFileException.class, () -> ProducerSnapshotFile.read(files, file), "byte " + i);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ffffffff", "00000001", "7fffffff"})
    void aSnapshotThatCountsMoreEntriesThanItHasIsCorruptThoughItsCrcIsRight(String count) throws Exception {
        Path file = directory.resolve("00000000000000000050.snapshot");
        byte[] body = HexFormat.of().parseHex(count);
        var crc = new CRC32C();
        crc.update(body);
        Files.write(file, HexFormat.of().parseHex("0001" + HexFormat.of().toHexDigits((int) crc.getValue()) + count));
        assertThrows(CorruptFileException.class, () -> ProducerSnapshotFile.read(files, file));
    }

    // Taking and loading snapshots

    @Test
    void aSnapshotBringsTheStateBack() throws Exception {
        append(1, 0, false);
        append(1, 1, false);
        append(2, 2, true);
        assertEquals(directory.resolve("00000000000000000003.snapshot"), manager.takeSnapshot(true));
        assertNull(manager.takeSnapshot(true), "nothing has changed since");

        ProducerStateManager reloaded = reloaded(0, 3);
        assertEquals(3, reloaded.mapEndOffset());
        assertEquals(2, reloaded.producerIdCount());
        assertEquals(1, reloaded.lastEntry(1).lastSequence());
        assertNotNull(reloaded.lastEntry(1).findDuplicate((short) 0, 1, 1));
        assertEquals(OptionalLong.of(2), reloaded.firstUnstableOffset());
        assertEquals(manager.activeProducers(), reloaded.activeProducers());
    }

    @Test
    void aSnapshotIsSyncedOnlyWhenAskedFor() throws Exception {
        append(1, 0, false);
        manager.takeSnapshot(false);
        assertEquals(0, files.count(FaultyFiles.Call.FORCE));
        append(1, 1, false);
        manager.takeSnapshot(true);
        assertEquals(1, files.count(FaultyFiles.Call.FORCE));
    }

    @Test
    void aSnapshotReplacesALongerOneOfTheSameOffset() throws Exception {
        for (int producer = 0; producer < 10; producer++) append(producer, producer, false);
        manager.takeSnapshot(false);
        manager = newManager();
        append(1, 9, false);
        manager.takeSnapshot(false);
        assertEquals(1, reloaded(0, 10).producerIdCount());
        assertEquals(10 + 46, Files.size(directory.resolve("00000000000000000010.snapshot")));
    }

    @Test
    void aCorruptSnapshotIsDeletedAndTheOneBeforeItLoaded() throws Exception {
        append(1, 0, false);
        manager.takeSnapshot(false);
        append(2, 1, false);
        manager.takeSnapshot(false);
        Files.write(directory.resolve("00000000000000000002.snapshot"), new byte[7]);
        ProducerStateManager reloaded = reloaded(0, 2);
        assertEquals(1, reloaded.mapEndOffset());
        assertEquals(1, reloaded.producerIdCount());
        assertEquals(List.of("1.snapshot"), snapshotFiles());
    }

    @Test
    void withoutSnapshotTheStateBeginsAtTheLogStart() throws Exception {
        ProducerStateManager reloaded = reloaded(5, 9);
        assertEquals(5, reloaded.mapEndOffset());
        assertTrue(reloaded.isEmpty());
        assertEquals(OptionalLong.empty(), reloaded.snapshots().latest());
    }

    @Test
    void aDiskThatFailsIsNotTakenForACorruptSnapshot() throws Exception {
        append(1, 0, false);
        manager.takeSnapshot(false);
        files.failAll(FaultyFiles.Call.READ);
        assertThrows(IOException.class, () -> reloaded(0, 1));
        assertEquals(List.of("1.snapshot"), snapshotFiles());
    }

    @Test
    void aSnapshotThatCannotBeWrittenCanBeTakenLater() throws Exception {
        append(1, 0, false);
        files.failNext(FaultyFiles.Call.WRITE);
        assertThrows(IOException.class, () -> manager.takeSnapshot(true));
        assertEquals(OptionalLong.empty(), manager.snapshots().latest());
        assertNotNull(manager.takeSnapshot(true));
        assertEquals(1, reloaded(0, 1).producerIdCount());
    }

    // Truncation

    @Test
    void truncatingGoesBackToTheLastSnapshotInRange() throws Exception {
        append(1, 0, false);
        append(1, 1, false);
        manager.takeSnapshot(false);
        append(1, 2, true);
        append(2, 3, false);
        manager.takeSnapshot(false);
        append(3, 4, false);

        manager.truncateAndReload(0, 3, NOW);
        assertEquals(2, manager.mapEndOffset());
        assertEquals(1, manager.producerIdCount());
        assertEquals(1, manager.lastEntry(1).lastSequence());
        assertEquals(OptionalLong.empty(), manager.firstUnstableOffset());
        assertEquals(List.of("2.snapshot"), snapshotFiles());
    }

    @Test
    void truncatingToTheEndOffsetKeepsTheState() throws Exception {
        append(1, 0, false);
        append(2, 1, false);
        manager.truncateAndReload(1, 2, NOW);
        assertEquals(2, manager.producerIdCount());
        assertEquals(2, manager.mapEndOffset());
    }

    @Test
    void snapshotsOutOfRangeAreDeleted() throws Exception {
        for (int offset = 0; offset < 6; offset++) {
            append(1, offset, false);
            manager.takeSnapshot(false);
        }
        manager.truncateAndReload(2, 4, NOW);
        assertEquals(List.of("3.snapshot", "4.snapshot"), snapshotFiles());
        assertEquals(OptionalLong.of(4), manager.snapshots().latest());
    }

    @Test
    void truncatingFullyForgetsEverything() throws Exception {
        append(1, 0, true);
        manager.takeSnapshot(false);
        manager.truncateFullyAndStartAt(100);
        assertEquals(100, manager.mapEndOffset());
        assertTrue(manager.isEmpty());
        assertEquals(0, manager.producerIdCount());
        assertEquals(OptionalLong.empty(), manager.firstUnstableOffset());
        assertEquals(List.of(), snapshotFiles());
        append(1, 100, false);
        assertNotNull(manager.takeSnapshot(false));
    }

    @Test
    void whenTheLogStartMovesProducersStayKnown() throws Exception {
        append(1, 0, true);
        CompletedTxn completed = mark(1, 1, ControlRecordType.COMMIT);
        manager.completeTxn(completed);
        assertEquals(OptionalLong.of(0), manager.firstUnstableOffset());
        manager.onLogStartOffsetIncremented(10);
        assertEquals(10, manager.mapEndOffset());
        assertNotNull(manager.lastEntry(1));
        assertEquals(OptionalLong.empty(), manager.firstUnstableOffset());
    }

    // Snapshot files

    @Test
    void straySnapshotsAreRemovedButNotTheLastBeyondTheSegments() throws Exception {
        for (long offset : new long[] {1, 2, 5, 8, 10, 12, 14}) {
            Files.write(LogFileNames.producerSnapshotFile(directory, offset), new byte[0]);
        }
        Files.write(directory.resolve("00000000000000000001.log"), new byte[0]);
        Files.write(directory.resolve("nonsense.snapshot"), new byte[0]);
        manager.snapshots().removeStrays(List.of(5L, 10L));
        assertEquals(
                List.of("1.log", "5.snapshot", "10.snapshot", "14.snapshot", "nonsense.snapshot"), snapshotFiles());
        assertEquals(OptionalLong.of(14), manager.snapshots().latest());
    }

    @Test
    void straySnapshotsBeforeTheLastSegmentAreAllRemoved() throws Exception {
        for (long offset : new long[] {1, 2, 5}) {
            Files.write(LogFileNames.producerSnapshotFile(directory, offset), new byte[0]);
        }
        manager.snapshots().removeStrays(List.of(0L, 5L));
        assertEquals(List.of("5.snapshot"), snapshotFiles());
    }

    @Test
    void aSnapshotIsMarkedForDeletionByItsName() throws Exception {
        append(1, 0, false);
        manager.takeSnapshot(false);
        Path marked = manager.snapshots().markForDeletion(1);
        assertEquals(directory.resolve("00000000000000000001.snapshot.deleted"), marked);
        assertTrue(Files.exists(marked));
        assertNull(manager.snapshots().file(1));
        assertNull(manager.snapshots().markForDeletion(1));
        assertNull(reloaded(0, 1).snapshots().file(1));
    }

    @Test
    void markingASnapshotThatIsGoneIsNoError() throws Exception {
        append(1, 0, false);
        Files.delete(manager.takeSnapshot(false));
        assertNull(manager.snapshots().markForDeletion(1));
    }

    @Test
    void snapshotsFollowTheirDirectory() throws Exception {
        append(1, 0, false);
        manager.takeSnapshot(false);
        Path moved = directory.resolveSibling("moved");
        manager.snapshots().directoryMoved(moved);
        assertEquals(
                moved.resolve("00000000000000000001.snapshot"),
                manager.snapshots().file(1));
    }

    // The last stable offset

    @Test
    void offsetsAreUnstableFromTheFirstOpenTransactionOn() {
        assertEquals(OptionalLong.empty(), manager.firstUnstableOffset());
        append(1, 0, false);
        append(2, 1, true);
        append(3, 2, true);
        assertEquals(OptionalLong.of(1), manager.firstUndecidedOffset());
        assertEquals(OptionalLong.of(1), manager.firstUnstableOffset());

        CompletedTxn second = mark(2, 3, ControlRecordType.ABORT);
        assertEquals(2, manager.lastStableOffset(second), "the other transaction is still open");
        manager.completeTxn(second);
        assertEquals(OptionalLong.of(2), manager.firstUndecidedOffset());
        assertEquals(OptionalLong.of(1), manager.firstUnstableOffset(), "its marker is not replicated yet");
        manager.onHighWatermarkUpdated(3);
        assertEquals(OptionalLong.of(1), manager.firstUnstableOffset());
        manager.onHighWatermarkUpdated(4);
        assertEquals(OptionalLong.of(2), manager.firstUnstableOffset());

        CompletedTxn third = mark(3, 4, ControlRecordType.COMMIT);
        assertEquals(5, manager.lastStableOffset(third));
        manager.completeTxn(third);
        manager.onHighWatermarkUpdated(5);
        assertEquals(OptionalLong.empty(), manager.firstUnstableOffset());
    }

    @Test
    void aTransactionIsCompletedOnce() {
        append(1, 0, true);
        CompletedTxn completed = mark(1, 1, ControlRecordType.COMMIT);
        manager.completeTxn(completed);
        assertThrows(IllegalArgumentException.class, () -> manager.completeTxn(completed));
    }

    @Test
    void aTransactionThatIsOpenForTooLongIsLate() {
        assertFalse(manager.hasLateTransaction(Long.MAX_VALUE));
        append(1, 0, true);
        long allowed = TXN_TIMEOUT_MS + ProducerStateManager.LATE_TRANSACTION_BUFFER_MS;
        assertFalse(manager.hasLateTransaction(NOW + allowed));
        assertTrue(manager.hasLateTransaction(NOW + allowed + 1));
        time.advance(1000);
        append(1, 1, true);
        assertFalse(manager.hasLateTransaction(NOW + allowed + 1));
        manager.completeTxn(mark(1, 2, ControlRecordType.COMMIT));
        assertFalse(manager.hasLateTransaction(Long.MAX_VALUE));
    }

    // Expiry

    @Test
    void aProducerIsForgottenWhenItHasNotWrittenForTooLong() {
        append(1, 0, false);
        time.advance(10);
        append(2, 1, false);
        manager.removeExpiredProducers(NOW + EXPIRATION_MS - 1);
        assertEquals(2, manager.producerIdCount());
        manager.removeExpiredProducers(NOW + EXPIRATION_MS);
        assertEquals(1, manager.producerIdCount());
        assertNull(manager.lastEntry(1));
        manager.removeExpiredProducers(NOW + 10 + EXPIRATION_MS);
        assertTrue(manager.isEmpty());
    }

    @Test
    void aProducerWithAnOpenTransactionIsNotForgotten() {
        append(1, 0, true);
        manager.removeExpiredProducers(NOW + 100L * EXPIRATION_MS);
        assertNotNull(manager.lastEntry(1));
    }

    @Test
    void expiredProducersAreNotLoaded() throws Exception {
        append(1, 0, false);
        append(2, 1, true);
        manager.takeSnapshot(false);
        time.advance(EXPIRATION_MS);
        ProducerStateManager reloaded = reloaded(0, 2);
        assertNull(reloaded.lastEntry(1));
        assertNotNull(reloaded.lastEntry(2));
    }
}
