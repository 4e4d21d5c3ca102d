package dev.heddle.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/**
 * Room that is set aside on a log directory's volume, in the file {@code .reserve}, for what must be written even when
 * the disk is full. One thread at a time uses it.
 *
 * <p>For maintainers. To delete a topic, which is what a person does when a disk is full, something has to be written
 * first; so it is with a start, and with a stop. Whoever has to write that, and finds no room, gives a step of the reserve
 * back to the volume and tries again. It is given back in steps because others are looking for room too. The file outlives
 * the broker, so that a start finds it. What is in it does not matter, but it is nothing that a file system could compress.
 */
public final class DiskReserve {

    static final String NAME = ".reserve";

    /** Enough for some thousand small records. */
    static final int BYTES = 128 << 10;

    /** What file systems give out at least. */
    static final int STEP_BYTES = 4 << 10;

    private final LogDirectory directory;
    private final Path file;

    DiskReserve(LogDirectory directory) {
        this.directory = directory;
        this.file = directory.path().resolve(NAME);
    }

    /**
     * Sets aside what is missing, as much as there is.
     *
     * @return whether all of it is set aside
     * @throws dev.heddle.common.DirectoryOfflineException if the disk fails
     */
    public boolean fill() {
        directory.ensureOnline();
        try (FileChannel channel = directory.files().open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            int size = (int) Math.min(BYTES, channel.size());
            return size == BYTES || directory.ifRoom("set room aside", () -> write(channel, size));
        } catch (IOException e) {
            if (directory.refuse("set room aside", e) instanceof NoRoomException) return false;
            throw directory.failed("set room aside", e);
        }
    }

    private static void write(FileChannel channel, int from) throws IOException {
        byte[] anything = new byte[BYTES - from];
        new Random(from).nextBytes(anything);
        FileIo.writeFully(channel, ByteBuffer.wrap(anything), from);
    }

    /**
     * Gives a step of it back to the volume.
     *
     * @return false if there is nothing left
     * @throws dev.heddle.common.DirectoryOfflineException if the disk fails
     */
    public boolean release() {
        directory.ensureOnline();
        try (FileChannel channel = directory.files().open(file, StandardOpenOption.WRITE)) {
            long size = channel.size();
            if (size == 0) return false;
            channel.truncate(Math.max(0, size - STEP_BYTES));
            return true;
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw directory.failed("give room back", e);
        }
    }
}
