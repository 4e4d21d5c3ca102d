package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

class NoRoomTest {

    static boolean hasFullDevice() {
        return Files.exists(Path.of("/dev/full"));
    }

    @Test
    @EnabledIf("hasFullDevice")
    void aDeviceThatIsAlwaysFullHasNoRoom() throws IOException {
        try (FileChannel full = FileChannel.open(Path.of("/dev/full"), StandardOpenOption.WRITE)) {
            var failure = assertThrows(IOException.class, () -> full.write(ByteBuffer.allocate(1)));
            assertTrue(NoRoom.isCauseOf(failure));
        }
    }

    @Test
    void aFullVolumeAndAQuotaAreRecognisedInBothShapesThatTheJdkGivesThem() {
        for (String words : new String[] {"No space left on device", "Disk quota exceeded"}) {
            assertTrue(NoRoom.isCauseOf(new IOException(words)));
            assertTrue(NoRoom.isCauseOf(new FileSystemException("/data/file", null, words)));
        }
    }

    @Test
    void everyOtherFailureIsOneOfTheDisk() {
        assertFalse(NoRoom.isCauseOf(new IOException("Input/output error")));
        assertFalse(NoRoom.isCauseOf(new IOException((String) null)));
        assertFalse(NoRoom.isCauseOf(new FileSystemException("/data/No space left on device")));
        assertFalse(NoRoom.isCauseOf(new FileSystemException("/data/file", null, "Read-only file system")));
        var noSpace = new IOException("No space left on device");
        assertFalse(NoRoom.isCauseOf(new LostWriteException("A sync failed", noSpace)));
    }

    @Test
    void aCheckpointThatATruncationMakesWrongIsDeletedWhereThereIsNoRoomForANewOne(@TempDir Path root)
            throws IOException {
        try (var fixture = new LogFixture(root)) {
            var partition = new TopicPartition("orders", 0);
            var checkpoints = new LogCheckpoints(fixture.directory);
            var file = new OffsetCheckpointFile(fixture.directory, OffsetCheckpointFile.RECOVERY_POINT);
            assertTrue(file.write(Map.of(partition, 42L)));
            fixture.files.volume().leave(root, 0);
            assertFalse(file.write(Map.of(partition, 43L)));
            assertEquals(Map.of(partition, 42L), file.read());
            checkpoints.writeOutdated(List.of());
            assertEquals(Map.of(), file.read());
            assertTrue(fixture.directory.online());
        }
    }
}
