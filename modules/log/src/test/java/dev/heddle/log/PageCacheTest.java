package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.heddle.common.ManualTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PageCacheTest {

    private static final int BYTES = 100_000;

    /** Before Java 22 the kernel cannot be asked. */
    private static final boolean CAN_TELL = Runtime.version().feature() >= 22;

    @TempDir
    private Path directory;

    private FileChannel written() throws IOException {
        FileChannel file = FileChannel.open(
                directory.resolve("file"),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        file.write(ByteBuffer.allocate(BYTES), 0);
        return file;
    }

    @Test
    void holdsWhatHasJustBeenWrittenFromAnyByteOn() throws IOException {
        try (FileChannel file = written()) {
            assertEquals(CAN_TELL, PageCache.holds(file, 0, BYTES));
            assertEquals(CAN_TELL, PageCache.holds(file, 4_097, BYTES - 4_097));
        }
    }

    @Test
    void doesNotHoldWhatNobodyHasReadOrWritten() throws IOException {
        try (FileChannel file = written()) {
            int hole = 1 << 20;
            file.write(ByteBuffer.allocate(1), 2 * hole);
            assertFalse(PageCache.holds(file, hole, hole));
            assertFalse(PageCache.holds(file, 0, hole));
        }
    }

    @Test
    void cannotTellOfAFileThatCannotBeMapped() throws IOException {
        Path path = directory.resolve("faulty");
        try (FileChannel file = new FaultyFiles()
                .open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(BYTES), 0);
            assertFalse(PageCache.holds(file, 0, BYTES));
        }
    }

    @Test
    void looksThroughTheGateOfADirectory() throws IOException {
        try (var gate = new FileCallGate(directory, new ManualTime(0), new FileCallGate.Limits(1, 1));
                var file = new GatedChannel(written(), gate)) {
            assertEquals(CAN_TELL, PageCache.holds(file, 0, BYTES));
        }
    }
}
