package dev.heddle.log;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentSkipListSet;
import org.jspecify.annotations.Nullable;

/**
 * The files in which a log keeps what it knows of its producers, each named after the offset up to which it knows it. Any
 * thread may call it; the log's lock is held by whoever writes one or deletes the latest.
 */
final class ProducerSnapshots {

    private final FileSystemCalls files;

    /** The offsets of the files. */
    private final ConcurrentSkipListSet<Long> offsets = new ConcurrentSkipListSet<>();

    /** Publishes the partition's directory to threads that do not hold the log's lock. */
    private volatile Path directory;

    /** Touches no file yet: {@link #find} does. */
    ProducerSnapshots(FileSystemCalls files, Path directory) {
        this.files = files;
        this.directory = directory;
    }

    /** Looks which files there are. */
    void find() throws IOException {
        offsets.clear();
        if (!files.isDirectory(directory)) return;
        for (Path file : files.list(directory)) {
            if (!LogFileNames.hasSuffix(file, LogFileNames.PRODUCER_SNAPSHOT_SUFFIX)) continue;
            long offset = LogFileNames.offsetOf(file);
            if (offset >= 0) offsets.add(offset);
        }
    }

    /**
     * Deletes those that belong to no segment. The last of them is kept if it lies beyond every segment: it was written when
     * the broker was shut down.
     */
    void removeStrays(Collection<Long> segmentBaseOffsets) throws IOException {
        find();
        long lastSegment =
                segmentBaseOffsets.stream().mapToLong(Long::longValue).max().orElse(-1);
        var strays = new HashSet<Long>(offsets);
        segmentBaseOffsets.forEach(strays::remove);
        long lastStray = strays.stream().mapToLong(Long::longValue).max().orElse(-1);
        for (long stray : strays) {
            if (stray < lastStray || stray < lastSegment) delete(stray);
        }
    }

    OptionalLong latest() {
        Long latest = offsets.floor(Long.MAX_VALUE);
        return latest == null ? OptionalLong.empty() : OptionalLong.of(latest);
    }

    /** The file at exactly this offset. */
    @Nullable Path file(long offset) {
        return offsets.contains(offset) ? path(offset) : null;
    }

    /**
     * What was known at that offset.
     *
     * @throws CorruptFileException if the file is torn
     */
    List<ProducerStateEntry> read(long offset) throws IOException {
        return ProducerSnapshotFile.read(files, path(offset));
    }

    /** Writes a file, and makes it durable at once if {@code sync}. */
    Path write(long offset, Collection<ProducerStateEntry> known, boolean sync) throws IOException {
        Path file = path(offset);
        ProducerSnapshotFile.write(files, file, known, sync);
        offsets.add(offset);
        return file;
    }

    /** Deletes those that are not behind {@code logStartOffset}, or beyond {@code logEndOffset}. */
    void deleteOutside(long logStartOffset, long logEndOffset) throws IOException {
        for (long offset : offsets) {
            if (offset > logEndOffset || offset <= logStartOffset) delete(offset);
        }
    }

    void deleteAll() throws IOException {
        for (long offset : offsets) delete(offset);
    }

    void delete(long offset) throws IOException {
        offsets.remove(offset);
        files.deleteIfExists(path(offset));
    }

    /** Renames a file so that it counts as deleted; returns the new name, for the delayed deletion. */
    @Nullable Path markForDeletion(long offset) throws IOException {
        if (!offsets.remove(offset)) return null;
        Path file = path(offset);
        Path renamed = file.resolveSibling(file.getFileName() + LogFileNames.DELETED_SUFFIX);
        try {
            files.rename(file, renamed);
            return renamed;
        } catch (NoSuchFileException e) {
            return null; // deleted already, which was the purpose
        } catch (IOException e) {
            if (!NoRoom.isCauseOf(e)) throw e;
            files.deleteIfExists(file); // no room even for another name
            return null;
        }
    }

    private Path path(long offset) {
        return LogFileNames.producerSnapshotFile(directory, offset);
    }

    /** The partition's directory has been renamed. */
    void directoryMoved(Path moved) {
        directory = moved;
    }
}
