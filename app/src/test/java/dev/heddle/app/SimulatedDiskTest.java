package dev.heddle.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SimulatedDiskTest {

    private static final int CUTS = 2000;
    private static final Path DIRECTORY = Path.of("/disk");
    private static final Path FILE = DIRECTORY.resolve("file");
    private static final Path OTHER = DIRECTORY.resolve("other");

    /** What is done before a cut. */
    private interface Work {
        void on(SimulatedDisk disk) throws IOException;
    }

    /** How a disk is described after a cut. */
    private interface View {
        String of(SimulatedDisk disk) throws IOException;
    }

    /** A disk with an empty directory. */
    private static SimulatedDisk formatted() throws IOException {
        var disk = new SimulatedDisk();
        disk.createDirectories(DIRECTORY);
        disk.syncDirectory(Path.of("/"));
        return disk;
    }

    private static Set<String> outcomes(Work work, View view) throws IOException {
        return outcomes(CUTS, work, view);
    }

    /** Everything that {@code view} finds after as many cuts. */
    private static Set<String> outcomes(int cuts, Work work, View view) throws IOException {
        var found = new TreeSet<String>();
        for (int seed = 0; seed < cuts; seed++) {
            SimulatedDisk disk = formatted();
            work.on(disk);
            found.add(view.of(disk.reboot(new Random(seed))));
        }
        return found;
    }

    private static FileChannel open(SimulatedDisk disk, Path path) throws IOException {
        return disk.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private static void write(SimulatedDisk disk, Path path, int position, String text, boolean sync)
            throws IOException {
        try (FileChannel channel = open(disk, path)) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), position);
            if (sync) channel.force(false);
        }
    }

    private static void writeSynced(SimulatedDisk disk, Path path, String text) throws IOException {
        write(disk, path, 0, text, true);
        disk.syncDirectory(DIRECTORY);
    }

    /** The content, with zeros as dots; "-" if there is no such file. */
    private static String content(SimulatedDisk disk, Path path) throws IOException {
        if (!disk.exists(path)) return "-";
        try (FileChannel channel = disk.open(path, StandardOpenOption.READ)) {
            ByteBuffer buffer = ByteBuffer.allocate((int) channel.size());
            channel.read(buffer, 0);
            return new String(buffer.array(), StandardCharsets.US_ASCII).replace('\0', '.');
        }
    }

    /** The first letter of each block of 4 KiB. */
    private static String blocks(SimulatedDisk disk) throws IOException {
        String all = content(disk, FILE);
        var firsts = new StringBuilder();
        for (int i = 0; i < all.length(); i += 4096) firsts.append(all.charAt(i));
        return firsts.toString();
    }

    @Test
    void whatWasSyncedWithItsNameIsThere() throws IOException {
        assertEquals(Set.of("whole"), outcomes(disk -> writeSynced(disk, FILE, "whole"), disk -> content(disk, FILE)));
    }

    @Test
    void whatWasSyncedStaysAmidstUnsyncedWritesOfOtherBlocks() throws IOException {
        Set<String> found = outcomes(
                disk -> {
                    writeSynced(disk, FILE, "a".repeat(8192));
                    for (int i = 0; i < 5; i++) write(disk, FILE, 8192 + 3000 * i, "b".repeat(3000), false);
                },
                disk -> content(disk, FILE).substring(0, 8192));
        assertEquals(Set.of("a".repeat(8192)), found);
    }

    @Test
    void ofUnsyncedBlocksAnyMayBeThereAndTheRestIsZeros() throws IOException {
        Set<String> found = outcomes(
                disk -> {
                    writeSynced(disk, FILE, "");
                    for (String letter : List.of("a", "b", "c")) {
                        write(disk, FILE, (letter.charAt(0) - 'a') * 4096, letter.repeat(4096), false);
                    }
                },
                SimulatedDiskTest::blocks);
        assertEquals(Set.of("", ".", "a", "..", "a.", ".b", "ab"), first(found, 2));
        assertTrue(found.containsAll(Set.of("...", "a..", ".b.", "..c", "ab.", "a.c", ".bc", "abc")), "" + found);
    }

    private static Set<String> first(Set<String> all, int maxLength) {
        var some = new TreeSet<>(all);
        some.removeIf(one -> one.length() > maxLength);
        return some;
    }

    @Test
    void aWriteMayBeTornBetweenItsSectors() throws IOException {
        Set<String> found = outcomes(
                disk -> {
                    writeSynced(disk, FILE, "a".repeat(1024));
                    write(disk, FILE, 0, "b".repeat(1024), false);
                },
                disk -> content(disk, FILE).replaceAll("(.)\\1*", "$1"));
        assertEquals(Set.of("a", "b", "ab", "ba"), found);
    }

    @Test
    void aBlockMayBeAsItWasAfterAnyOfItsWrites() throws IOException {
        Set<String> found = outcomes(
                disk -> {
                    writeSynced(disk, FILE, "a");
                    write(disk, FILE, 0, "b", false);
                    write(disk, FILE, 0, "c", false);
                },
                disk -> content(disk, FILE));
        assertEquals(Set.of("a", "b", "c"), found);
    }

    @Test
    void aTruncationMayHaveHappenedOrNot() throws IOException {
        Set<String> found = outcomes(
                disk -> {
                    writeSynced(disk, FILE, "abcdef");
                    try (FileChannel channel = open(disk, FILE)) {
                        channel.truncate(2);
                    }
                },
                disk -> content(disk, FILE));
        assertEquals(Set.of("abcdef", "ab....", "ab"), found);
    }

    @Test
    void whatWasCutOffMayComeBackUnderALaterWrite() throws IOException {
        Set<String> found = outcomes(
                disk -> {
                    writeSynced(disk, FILE, "abcdef");
                    try (FileChannel channel = open(disk, FILE)) {
                        channel.truncate(2);
                    }
                    write(disk, FILE, 2, "xy", false);
                },
                disk -> content(disk, FILE));
        assertTrue(found.containsAll(Set.of("abcdef", "ab", "abxy", "abcd", "ab..")), "" + found);
    }

    @Test
    void aTruncationThatWasSyncedHasHappened() throws IOException {
        Set<String> found = outcomes(
                disk -> {
                    writeSynced(disk, FILE, "abcdef");
                    try (FileChannel channel = open(disk, FILE)) {
                        channel.truncate(2);
                        channel.force(false);
                    }
                },
                disk -> content(disk, FILE));
        assertEquals(Set.of("ab"), found);
    }

    @Test
    void aFileWhoseNameWasNotSyncedMayBeLostThoughItsContentWas() throws IOException {
        assertEquals(
                Set.of("-", "text"), outcomes(disk -> write(disk, FILE, 0, "text", true), disk -> content(disk, FILE)));
    }

    @Test
    void aNameMayBeThereWithoutTheContent() throws IOException {
        Set<String> found = outcomes(
                disk -> {
                    write(disk, FILE, 0, "text", false);
                    disk.syncDirectory(DIRECTORY);
                },
                disk -> content(disk, FILE));
        assertEquals(Set.of("", "....", "text"), found);
    }

    @Test
    void aDirectoryWhoseNameWasNotSyncedMayBeLostWithAllThatIsInIt() throws IOException {
        Path inner = DIRECTORY.resolve("inner");
        Set<String> found = outcomes(
                disk -> {
                    disk.createDirectories(inner);
                    write(disk, inner.resolve("file"), 0, "text", true);
                    disk.syncDirectory(inner);
                },
                disk -> disk.isDirectory(inner) + content(disk, inner.resolve("file")));
        assertEquals(Set.of("false-", "truetext"), found);
    }

    @Test
    void aRenameIsOneStep() throws IOException {
        Set<String> found = outcomes(
                disk -> {
                    writeSynced(disk, FILE, "new");
                    writeSynced(disk, OTHER, "old");
                    disk.rename(FILE, OTHER);
                },
                disk -> content(disk, FILE) + " " + content(disk, OTHER));
        assertEquals(Set.of("new old", "- new"), found);
    }

    @Test
    void aSyncedRenameHasHappened() throws IOException {
        Set<String> found = outcomes(
                disk -> {
                    writeSynced(disk, FILE, "new");
                    writeSynced(disk, OTHER, "old");
                    disk.rename(FILE, OTHER);
                    disk.syncDirectory(DIRECTORY);
                },
                disk -> content(disk, FILE) + " " + content(disk, OTHER));
        assertEquals(Set.of("- new"), found);
    }

    @Test
    void changesOfADirectorySurviveIndependently() throws IOException {
        Set<String> found = outcomes(
                disk -> {
                    writeSynced(disk, FILE, "a");
                    writeSynced(disk, OTHER, "b");
                    disk.deleteIfExists(FILE);
                    disk.rename(OTHER, DIRECTORY.resolve("third"));
                },
                disk -> content(disk, FILE) + content(disk, OTHER) + content(disk, DIRECTORY.resolve("third")));
        assertEquals(Set.of("ab-", "-b-", "a-b", "--b"), found);
    }

    @Test
    void aDeletionThatWasNotSyncedMayBeUndone() throws IOException {
        Set<String> found = outcomes(
                disk -> {
                    writeSynced(disk, FILE, "a");
                    disk.deleteIfExists(FILE);
                },
                disk -> content(disk, FILE));
        assertEquals(Set.of("-", "a"), found);
    }

    @Test
    void aKilledProcessLosesNothingAndSyncsNothing() throws IOException {
        Set<String> found = outcomes(
                disk -> {
                    writeSynced(disk, FILE, "a");
                    write(disk, FILE, 0, "b", false);
                },
                disk -> content(disk, FILE));
        assertEquals(Set.of("a", "b"), found);

        for (int seed = 0; seed < CUTS; seed++) {
            SimulatedDisk disk = formatted();
            writeSynced(disk, FILE, "a");
            write(disk, FILE, 0, "b", false);
            SimulatedDisk next = disk.killProcess();
            assertThrows(IOException.class, () -> disk.size(FILE));
            assertEquals("b", content(next, FILE));
            found.remove(content(next.reboot(new Random(seed)), FILE));
        }
        assertEquals(Set.of(), found);
    }

    @Test
    void whatSurvivedOneCutSurvivesTheNext() throws IOException {
        for (int seed = 0; seed < CUTS; seed++) {
            SimulatedDisk disk = formatted();
            write(disk, FILE, 0, "a".repeat(3000), false);
            SimulatedDisk next = disk.reboot(new Random(seed));
            String found = content(next, FILE);
            assertEquals(found, content(next.reboot(new Random(seed + 1)), FILE));
        }
    }

    @Test
    void aSyncThatFailedIsNotMadeGoodByTheNext() throws IOException {
        var found = new TreeSet<String>();
        for (int run = 0; run < 50; run++) {
            SimulatedDisk disk = formatted();
            for (int i = 0; i < run; i++) disk.syncDirectory(DIRECTORY);
            writeSynced(disk, FILE, "a".repeat(1024));
            write(disk, FILE, 0, "b".repeat(1024), false);
            failToSync(disk);
            assertEquals("b".repeat(1024), content(disk, FILE));
            write(disk, FILE, 1024, "c", true);
            found.add(content(disk.reboot(new Random(run)), FILE).replaceAll("(.)\\1*", "$1"));
        }
        assertEquals(Set.of("ac", "bc", "abc", "bac"), found);
    }

    private static void failToSync(SimulatedDisk disk) throws IOException {
        disk.trap((call, path) -> {
            if (call == DiskCall.FORCE) throw new IOException("made to fail");
        });
        try (FileChannel channel = open(disk, FILE)) {
            assertThrows(IOException.class, () -> channel.force(false));
        }
        disk.trap(SimulatedDisk.Trap.NONE);
    }

    @Test
    void afterTheCutNothingWorksAndNothingChanges() throws IOException {
        SimulatedDisk disk = formatted();
        FileChannel channel = open(disk, FILE);
        disk.syncDirectory(DIRECTORY);
        disk.cutPowerAfter(1);
        channel.write(ByteBuffer.wrap(new byte[] {'a'}), 0);
        assertFalse(disk.isOff());
        assertThrows(IOException.class, () -> channel.force(true));
        assertTrue(disk.isOff());
        assertThrows(IOException.class, () -> channel.write(ByteBuffer.wrap(new byte[] {'b'}), 0));
        assertThrows(IOException.class, () -> channel.read(ByteBuffer.allocate(1), 0));
        assertThrows(IOException.class, () -> disk.rename(FILE, OTHER));
        assertThrows(IOException.class, () -> disk.list(DIRECTORY));
        assertThrows(IOException.class, () -> disk.exists(FILE));
        assertEquals("a", content(disk.reboot(new Random(0), Survival.EVERYTHING), FILE));
    }

    @Test
    void theCallDuringWhichThePowerGoesMayBeDoneOrNot() throws IOException {
        var found = new TreeSet<String>();
        for (int calls = 0; calls < 2; calls++) {
            SimulatedDisk disk = formatted();
            writeSynced(disk, FILE, "before");
            for (int i = 0; i < calls; i++) disk.syncDirectory(DIRECTORY);
            try (FileChannel channel = open(disk, FILE)) {
                disk.cutPowerAfter(0);
                assertThrows(IOException.class, () -> channel.truncate(0));
            }
            found.add(content(disk.reboot(new Random(0), Survival.EVERYTHING), FILE));
        }
        assertEquals(Set.of("before", ""), found);
    }

    @Test
    void filesAndDirectoriesAreAsInAnyFileSystem() throws IOException {
        SimulatedDisk disk = formatted();
        assertThrows(NoSuchFileException.class, () -> disk.open(FILE, StandardOpenOption.READ));
        assertThrows(NoSuchFileException.class, () -> open(disk, Path.of("/nowhere/file")));
        assertThrows(NoSuchFileException.class, () -> disk.list(FILE));
        assertThrows(NoSuchFileException.class, () -> disk.rename(FILE, OTHER));
        assertFalse(disk.deleteIfExists(FILE));
        FileChannel channel = open(disk, FILE);
        assertThrows(DirectoryNotEmptyException.class, () -> disk.deleteIfExists(DIRECTORY));
        disk.rename(FILE, OTHER);
        channel.write(ByteBuffer.wrap(new byte[] {'x'}), 2);
        assertEquals("..x", content(disk, OTHER));
        assertEquals(List.of(OTHER), disk.list(DIRECTORY));
        assertEquals(-1, channel.read(ByteBuffer.allocate(1), 3));
        assertTrue(disk.deleteIfExists(OTHER));
        assertEquals(3, channel.size());
        assertEquals(1, disk.openChannels());
        channel.close();
        assertEquals(0, disk.openChannels());
    }

    @Test
    void aFileIsLockedByOneAtATimeAndNotByTheDead() throws IOException {
        SimulatedDisk disk = formatted();
        FileChannel owner = open(disk, FILE);
        owner.tryLock();
        assertThrows(OverlappingFileLockException.class, () -> open(disk, FILE).tryLock());
        owner.close();
        assertTrue(open(disk, FILE).tryLock().isValid());
        SimulatedDisk next = disk.killProcess();
        assertTrue(open(next, FILE).tryLock().isValid());
    }
}
