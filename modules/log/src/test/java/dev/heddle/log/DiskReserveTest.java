package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.DirectoryOfflineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskReserveTest {

    @TempDir
    Path root;

    private LogFixture fixture;
    private FaultyFiles files;
    private LogDirectory directory;
    private DiskReserve reserve;

    @BeforeEach
    void create() {
        fixture = new LogFixture(root);
        files = fixture.files;
        directory = fixture.directory;
        reserve = new DiskReserve(directory);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private long size() throws IOException {
        return Files.size(root.resolve(".reserve"));
    }

    @Test
    void allOfItIsSetAsideAndGivenBackStepByStep() throws IOException {
        assertFalse(reserve.release(), "there is none yet");
        assertTrue(reserve.fill());
        assertEquals(DiskReserve.BYTES, size());
        files.volume().leave(root, 0);
        for (int left = DiskReserve.BYTES; left > 0; left -= DiskReserve.STEP_BYTES) {
            assertTrue(reserve.release());
            assertEquals(
                    DiskReserve.BYTES - left + DiskReserve.STEP_BYTES,
                    files.volume().left());
        }
        assertFalse(reserve.release());
        assertTrue(reserve.fill());
        assertEquals(0, files.volume().left());
    }

    @Test
    void whereThereIsNotEnoughRoomWhatThereIsIsSetAside() throws IOException {
        files.volume().leave(root, 10_000);
        assertFalse(reserve.fill());
        assertTrue(directory.online());
        assertTrue(directory.isFull());
        assertEquals(10_000 - LimitedVolume.ENTRY_BYTES, size());
        files.volume().unlimited();
        assertTrue(reserve.fill());
        assertEquals(DiskReserve.BYTES, size());
    }

    @Test
    void thereMayNotEvenBeRoomForTheFile() throws IOException {
        files.volume().leave(root, 0);
        assertFalse(reserve.fill());
        assertFalse(reserve.release());
        assertTrue(directory.online());
    }

    @Test
    void aDiskThatFailsGoesOffline() {
        reserve.fill();
        files.failNext(FaultyFiles.Call.TRUNCATE);
        assertThrows(DirectoryOfflineException.class, reserve::release);
        assertThrows(DirectoryOfflineException.class, reserve::fill);
    }
}
