package dev.heddle.log;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Kafka's checkpoint files: text, with a version, the number of entries, and an entry a line. Any thread may call it; two
 * that write the same file at once must be kept apart by the caller.
 *
 * <pre>
 *  0             version
 *  2             entries
 *  orders 0 42
 *  orders 1 7
 * </pre>
 */
final class CheckpointFile {

    private static final int VERSION = 0;

    private CheckpointFile() {}

    /**
     * Reads every entry; a missing or empty file has none.
     *
     * @param parser makes an entry of a line's fields, or null of the wrong number of them; it may throw {@link
     *     NumberFormatException}
     */
    static <T> List<T> read(FileSystemCalls files, Path file, Function<String[], @Nullable T> parser)
            throws IOException, CorruptFileException {
        String content;
        try {
            content = new String(FileIo.readAll(files, file), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return List.of();
        }
        List<String> lines = content.lines().toList();
        if (lines.size() < 2) return onlyVersion(file, lines);
        int version = number(file, lines.getFirst());
        if (version != VERSION) throw new CorruptFileException(file, "unrecognized version " + version);
        int count = number(file, lines.get(1));
        if (count != lines.size() - 2) {
            throw new CorruptFileException(file, "it says " + count + " entries but has " + (lines.size() - 2));
        }
        var entries = new ArrayList<T>(count);
        for (String line : lines.subList(2, lines.size())) entries.add(entry(file, line, parser));
        return entries;
    }

    private static <T> List<T> onlyVersion(Path file, List<String> lines) throws CorruptFileException {
        if (!lines.isEmpty()) number(file, lines.getFirst());
        return List.of();
    }

    private static int number(Path file, String line) throws CorruptFileException {
        try {
            return Integer.parseInt(line);
        } catch (NumberFormatException e) {
            throw new CorruptFileException(file, "malformed line: " + line);
        }
    }

    private static <T> T entry(Path file, String line, Function<String[], @Nullable T> parser)
            throws CorruptFileException {
        try {
            T entry = parser.apply(line.split("\\s+"));
            if (entry != null) return entry;
        } catch (NumberFormatException e) {
            // Reported below, as a wrong number of fields is.
        }
        throw new CorruptFileException(file, "malformed line: " + line);
    }

    /** Replaces the file, atomically and durably. */
    static <T> void write(FileSystemCalls files, Path file, Collection<T> entries, Function<T, String> formatter)
            throws IOException {
        var content = new StringBuilder(32 + entries.size() * 32);
        content.append(VERSION).append('\n').append(entries.size()).append('\n');
        for (T entry : entries) content.append(formatter.apply(entry)).append('\n');
        FileIo.replace(files, file, content.toString().getBytes(StandardCharsets.UTF_8));
    }
}
