package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.Time;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The small text files of log directories and partitions; the expected contents were written by Apache Kafka 4.3.1. */
class SmallFilesTest {

    private static final Uuid ID = Uuid.fromString("AAECAwQFBgcICQoLDA0ODw");

    @TempDir
    Path directory;

    private final FaultyFiles files = new FaultyFiles();

    private OffsetCheckpointFile checkpoint() {
        return new OffsetCheckpointFile(
                new LogDirectory(files, directory, Time.SYSTEM, LogFixture.LIMITS),
                OffsetCheckpointFile.RECOVERY_POINT);
    }

    private Path checkpointFile() {
        return directory.resolve("recovery-point-offset-checkpoint");
    }

    // Offset checkpoints

    @Test
    void anOffsetCheckpointHasKafkasFormat() throws Exception {
        checkpoint().write(Map.of(new TopicPartition("orders", 3), 42L));
        assertEquals("0\n1\norders 3 42\n", Files.readString(checkpointFile()));
    }

    @Test
    void whatIsWrittenToAnOffsetCheckpointIsRead() {
        var offsets = new HashMap<TopicPartition, Long>();
        for (int i = 0; i < 1000; i++) offsets.put(new TopicPartition("t." + i % 7, i), i * 1_000_000_007L);
        checkpoint().write(offsets);
        assertEquals(offsets, checkpoint().read());
        checkpoint().read().clear();
    }

    @Test
    void aMissingOffsetCheckpointIsEmpty() {
        assertEquals(Map.of(), checkpoint().read());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "7\n0\n",
                "0\n2\norders 3 42\n",
                "0\n1\norders 3\n",
                "0\n1\norders x 42\n",
                "0\n1\nor ders 3 42\n"
            })
    void aCorruptOffsetCheckpointIsEmptyAndLeavesTheDirectoryOnline(String content) throws Exception {
        Files.writeString(checkpointFile(), content);
        var logDirectory = new LogDirectory(files, directory, Time.SYSTEM, LogFixture.LIMITS);
        assertEquals(Map.of(), new OffsetCheckpointFile(logDirectory, OffsetCheckpointFile.RECOVERY_POINT).read());
        assertTrue(logDirectory.online());
    }

    @Test
    void anOffsetCheckpointThatCannotBeWrittenTakesTheDirectoryOfflineAndLeavesTheOldOne() throws Exception {
        for (var call : List.of(
                FaultyFiles.Call.OPEN, FaultyFiles.Call.WRITE, FaultyFiles.Call.FORCE, FaultyFiles.Call.RENAME)) {
            checkpoint().write(Map.of(new TopicPartition("old", 0), 1L));
            var logDirectory = new LogDirectory(files, directory, Time.SYSTEM, LogFixture.LIMITS);
            var checkpoint = new OffsetCheckpointFile(logDirectory, OffsetCheckpointFile.RECOVERY_POINT);
            files.failNext(call);
            assertThrows(
                    DirectoryOfflineException.class, () -> checkpoint.write(Map.of(new TopicPartition("new", 0), 2L)));
            assertFalse(logDirectory.online());
            assertThrows(DirectoryOfflineException.class, checkpoint::read);
            assertEquals("0\n1\nold 0 1\n", Files.readString(checkpointFile()));
        }
        assertEquals(0, files.openChannels());
    }

    @Test
    void anOffsetCheckpointIsSyncedBeforeItIsRenamedAndTheDirectoryAfter() {
        checkpoint().write(Map.of());
        assertEquals(
                List.of(
                        "WRITE recovery-point-offset-checkpoint.tmp",
                        "FORCE recovery-point-offset-checkpoint.tmp",
                        "RENAME recovery-point-offset-checkpoint.tmp",
                        "SYNC_DIRECTORY " + directory.getFileName()),
                files.calls());
    }

    // partition.metadata

    @Test
    void partitionMetadataHasKafkasFormat() throws Exception {
        PartitionMetadataFile.write(files, directory, ID);
        assertEquals(
                "version: 0\ntopic_id: AAECAwQFBgcICQoLDA0ODw",
                Files.readString(directory.resolve("partition.metadata")));
        assertEquals(ID, PartitionMetadataFile.read(files, directory));
    }

    @Test
    void missingPartitionMetadataIsNone() throws Exception {
        assertNull(PartitionMetadataFile.read(files, directory));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "version: 0\n",
                "version: -1\ntopic_id: AAECAwQFBgcICQoLDA0ODw",
                "version: x\ntopic_id: AAECAwQFBgcICQoLDA0ODw",
                "version 0\ntopic_id: AAECAwQFBgcICQoLDA0ODw",
                "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAA",
                "version: 0\ntopic_id: short",
                "version: 0\ntopic_id:"
            })
    void corruptPartitionMetadataIsReported(String content) throws Exception {
        Files.writeString(directory.resolve("partition.metadata"), content);
        assertThrows(CorruptFileException.class, () -> PartitionMetadataFile.read(files, directory));
    }

    @Test
    void partitionMetadataOfALaterVersionIsRead() throws Exception {
        Files.writeString(directory.resolve("partition.metadata"), "version: 1\ntopic_id: " + ID + "\nmore: yes\n");
        assertEquals(ID, PartitionMetadataFile.read(files, directory));
    }

    // .kafka_cleanshutdown

    @Test
    void theCleanShutdownFileHasKafkasFormat() throws Exception {
        assertFalse(CleanShutdownFile.exists(files, directory));
        CleanShutdownFile.write(files, directory, 12345);
        assertEquals(
                "{\"version\":0,\"brokerEpoch\":12345}", Files.readString(directory.resolve(".kafka_cleanshutdown")));
        assertTrue(CleanShutdownFile.exists(files, directory));
        assertEquals(OptionalLong.of(12345), CleanShutdownFile.brokerEpoch(files, directory));
        CleanShutdownFile.delete(files, directory);
        assertFalse(CleanShutdownFile.exists(files, directory));
        assertEquals("SYNC_DIRECTORY " + directory.getFileName(), files.calls().getLast());
        CleanShutdownFile.delete(files, directory);
    }

    @Test
    void aCleanShutdownFileCountsEvenIfItsEpochCannotBeRead() throws Exception {
        assertEquals(OptionalLong.empty(), CleanShutdownFile.brokerEpoch(files, directory));
        for (String content : List.of("", "{}", "{\"version\":0,\"brokerEpoch\":99999999999999999999}", "nonsense")) {
            Files.writeString(directory.resolve(".kafka_cleanshutdown"), content);
            assertEquals(OptionalLong.empty(), CleanShutdownFile.brokerEpoch(files, directory));
            assertTrue(CleanShutdownFile.exists(files, directory));
        }
        Files.writeString(
                directory.resolve(".kafka_cleanshutdown"), "{ \"brokerEpoch\" : -1 , \"version\":0, \"more\":1}");
        assertEquals(OptionalLong.of(-1), CleanShutdownFile.brokerEpoch(files, directory));
    }

    // meta.properties

    @Test
    void metaPropertiesHaveKafkasFormat() throws Exception {
        new MetaProperties("Some-cluster_id", 7, ID).write(files, directory);
        assertEquals(
                List.of("cluster.id=Some-cluster_id", "directory.id=AAECAwQFBgcICQoLDA0ODw", "node.id=7", "version=1"),
                Files.readAllLines(directory.resolve("meta.properties")).stream()
                        .filter(line -> !line.startsWith("#"))
                        .sorted()
                        .toList());
        assertEquals(new MetaProperties("Some-cluster_id", 7, ID), MetaProperties.read(files, directory));
    }

    @Test
    void metaPropertiesOfKafkasAreRead() throws Exception {
        Files.writeString(
                directory.resolve("meta.properties"),
                "#\n#Sun Nov 22 08:33:04 UTC 2026\ncluster.id=abc\nnode.id=7\nversion=1\n");
        assertEquals(new MetaProperties("abc", 7, null), MetaProperties.read(files, directory));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "version=0\nbroker.id=1\ncluster.id=abc\n",
                "version=2\nnode.id=1\ncluster.id=abc\n",
                "version=1\nnode.id=1\n",
                "version=1\ncluster.id=abc\n",
                "version=1\nnode.id=one\ncluster.id=abc\n",
                "version=1\nnode.id=1\ncluster.id=abc\ndirectory.id=short\n",
                "version=1\nnode.id=1\ncluster.id=abc\ndirectory.id=AAAAAAAAAAAAAAAAAAAAAg\n",
                "version=1\nnode.id=1\ncluster.id=\\u00zz\n",
            })
    void metaPropertiesThatCannotBeRightAreReported(String content) throws Exception {
        Files.writeString(directory.resolve("meta.properties"), content);
        assertThrows(CorruptFileException.class, () -> MetaProperties.read(files, directory));
    }

    @Test
    void directoryIdsDiffer() {
        assertNotEquals(MetaProperties.newDirectoryId(), MetaProperties.newDirectoryId());
    }

    // Replacing a file

    @Test
    void replacingAFileThatFailsLeavesTheOldContent() throws Exception {
        Path file = directory.resolve("file");
        FileIo.replace(files, file, new byte[] {1, 2, 3, 4});
        for (var call : List.of(
                FaultyFiles.Call.OPEN, FaultyFiles.Call.WRITE, FaultyFiles.Call.FORCE, FaultyFiles.Call.RENAME)) {
            files.failNext(call);
            assertThrows(IOException.class, () -> FileIo.replace(files, file, new byte[] {5, 6}));
            assertEquals(4, FileIo.readAll(files, file).length);
        }
        FileIo.replace(files, file, new byte[] {5, 6});
        assertEquals(2, FileIo.readAll(files, file).length);
        assertEquals(0, files.openChannels());
    }
}
