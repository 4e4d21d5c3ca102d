package dev.heddle.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Tells a full volume (ENOSPC), or a quota that is used up (EDQUOT), from every other failure of a disk. Any thread may
 * call it.
 *
 * <p>The JDK hands on only what the operating system says, so its words are what there is to go by. Where it does not
 * speak English, it is asked for its words: Linux has a device that is always full.
 */
final class NoRoom {

    private static final List<String> WORDS = List.of(
            "no space left on device",
            "disk quota exceeded",
            "disc quota exceeded",
            "not enough space on the disk",
            "disk is full");

    private static final Path ALWAYS_FULL = Path.of("/dev/full");

    private NoRoom() {}

    /** Whether a call failed only because there was no room. Of a {@link LostWriteException} that is never said. */
    static boolean isCauseOf(IOException failure) {
        if (failure instanceof LostWriteException) return false;
        String words = failure instanceof FileSystemException named ? named.getReason() : failure.getMessage();
        if (words == null) return false;
        String lower = words.toLowerCase(Locale.ROOT);
        return WORDS.stream().anyMatch(lower::contains) || words.equals(Local.WORDS);
    }

    /** What this machine says; asked for at the first failure that is not understood. */
    private static final class Local {

        static final @Nullable String WORDS = ask();

        private static @Nullable String ask() {
            try (FileChannel full = FileSystemCalls.REAL.open(ALWAYS_FULL, StandardOpenOption.WRITE)) {
                full.write(ByteBuffer.allocate(1));
                return null;
            } catch (FileSystemException e) {
                return null; // there is no such device
            } catch (IOException e) {
                return e.getMessage();
            }
        }
    }
}
