package dev.heddle.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * The file {@code replaced-logs} in a partition's directory: which other log directories may still hold a log of the
 * partition that this one has taken the place of. Any thread may call it, one at a time for a partition.
 *
 * <p>For maintainers. To move a partition takes two renamings on two disks, and a crash, or a disk that fails, may come
 * between them: then two directories hold a log of the same partition, under the same name. The one that is right says so
 * in this file, which it has had since before the first renaming. When both say so, because a move was given up when
 * nobody could tell how far it had come, the higher number is right. The file is gone as soon as the other log is.
 *
 * <pre>
 *  0                           version
 *  1                           entries
 *  Tm90IGEgcmVhbCBpZCE 3       a directory's id, and which log wins if that in the directory names this one too
 * </pre>
 */
final class ReplacedLogs {

    static final String NAME = "replaced-logs";

    private ReplacedLogs() {}

    private static Map<Uuid, Long> read(FileSystemCalls files, Path partitionDirectory) throws IOException {
        Path file = partitionDirectory.resolve(NAME);
        var entries = new HashMap<Uuid, Long>();
        if (!files.exists(file)) return entries;
        CheckpointFile.read(files, file, ReplacedLogs::parse)
                .forEach(entry -> entries.put(entry.getKey(), entry.getValue()));
        return entries;
    }

    private static Map.@Nullable Entry<Uuid, Long> parse(String[] fields) {
        if (fields.length != 2) return null;
        try {
            return Map.entry(Uuid.fromString(fields[0]), Long.parseLong(fields[1]));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static void write(FileSystemCalls files, Path partitionDirectory, Map<Uuid, Long> entries)
            throws IOException {
        Path file = partitionDirectory.resolve(NAME);
        if (!entries.isEmpty()) {
            CheckpointFile.write(files, file, entries.entrySet(), entry -> entry.getKey() + " " + entry.getValue());
        } else if (files.deleteIfExists(file)) {
            FileIo.syncDirectory(files, partitionDirectory);
        }
    }

    /** Whether, of two logs of a partition, this is the one that counts. */
    static boolean replaces(PartitionLog log, PartitionLog other) {
        long own = of(log).getOrDefault(other.directory().id(), 0L);
        return own > of(other).getOrDefault(log.directory().id(), 0L);
    }

    /** What a log's file says, by the ids of the directories; empty if there is no such file. */
    static Map<Uuid, Long> of(PartitionLog log) {
        LogState state = log.state();
        return state.io("read", () -> read(state.files(), state.path()));
    }

    /** Replaces a log's file, or deletes it when there is nothing to say. Returns when that is durable. */
    static void write(PartitionLog log, Map<Uuid, Long> entries) {
        LogState state = log.state();
        state.io("write", () -> {
            write(state.files(), state.path(), entries);
            return true;
        });
    }
}
