package dev.heddle.benchmarks;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HangingDiskTest {

    @TempDir
    Path directory;

    @Test
    void whatCannotHangSaysWhatItNeedsAndLeavesNothing() {
        var disk = new HangingDisk(directory);
        IOException failure = assertThrows(IOException.class, disk::freeze);
        assertTrue(
                failure.getMessage().startsWith("needs root, mkfs.ext4, mount, umount and fsfreeze"),
                failure::getMessage);
        assertDoesNotThrow(disk::thaw);
        assertDoesNotThrow(disk::close);
    }

    @Test
    void onlySettingsThatSayItHaveASecondDirectory() {
        String own = directory.resolve("data").toString();
        assertEquals(own, Setting.PRODUCTION.logDirectories(directory));
        assertEquals(
                own + "," + new HangingDisk(directory).logDirectory(),
                Setting.PRODUCTION.withHangingDisk().with("a.key", "value").logDirectories(directory));
    }
}
