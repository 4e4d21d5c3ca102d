package dev.heddle.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.regex.Pattern;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** {@code partition.metadata}: the id of the topic a partition's directory belongs to. Any thread may call it. */
final class PartitionMetadataFile {

    static final String NAME = "partition.metadata";

    private static final int VERSION = 0;
    private static final Pattern COLON = Pattern.compile(":\\s+");

    private PartitionMetadataFile() {}

    /** The topic id, or null if there is no such file. */
    static @Nullable Uuid read(FileSystemCalls files, Path partitionDirectory)
            throws IOException, CorruptFileException {
        Path file = partitionDirectory.resolve(NAME);
        String[] lines;
        try {
            lines = new String(FileIo.readAll(files, file), StandardCharsets.UTF_8).split("\\R");
        } catch (NoSuchFileException e) {
            return null;
        }
        if (lines.length < 2) throw new CorruptFileException(file, "it has fewer than two lines");
        readVersion(file, lines[0]);
        return readTopicId(file, lines[1]);
    }

    /** Writes it; it is durable after {@link #sync}. */
    static void write(FileSystemCalls files, Path partitionDirectory, Uuid topicId) throws IOException {
        String content = "version: " + VERSION + "\ntopic_id: " + topicId;
        FileIo.write(files, partitionDirectory.resolve(NAME), content.getBytes(StandardCharsets.UTF_8));
    }

    /** Makes its content durable, if there is such a file; its name is durable once its directory is synced. */
    static void sync(FileSystemCalls files, Path partitionDirectory) throws IOException {
        try (FileChannel channel = files.open(partitionDirectory.resolve(NAME), StandardOpenOption.WRITE)) {
            FileIo.force(channel, true);
        } catch (NoSuchFileException e) {
            // Logs that no topic id is known of have none.
        }
    }

    private static void readVersion(Path file, String line) throws CorruptFileException {
        try {
            if (Integer.parseInt(value(file, line)) >= VERSION) return;
        } catch (NumberFormatException e) {
            // Reported below, as a negative one is.
        }
        throw new CorruptFileException(file, "unrecognized version: " + line);
    }

    private static Uuid readTopicId(Path file, String line) throws CorruptFileException {
        try {
            Uuid topicId = Uuid.fromString(value(file, line));
            if (!topicId.equals(Uuid.ZERO_UUID)) return topicId;
        } catch (IllegalArgumentException e) {
            // Reported below, as the zero id is.
        }
        throw new CorruptFileException(file, "invalid topic id: " + line);
    }

    private static String value(Path file, String line) throws CorruptFileException {
        String[] parts = COLON.split(line);
        if (parts.length != 2) throw new CorruptFileException(file, "malformed line: " + line);
        return parts[1];
    }
}
