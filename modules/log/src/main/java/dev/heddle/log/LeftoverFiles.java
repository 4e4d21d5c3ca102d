package dev.heddle.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clears away what a crash has left in a partition's directory: files that were to be deleted, and the cleaner's
 * replacement of segments, which is either finished or undone. The loading thread calls it.
 *
 * <p>For maintainers. The cleaner writes new segments as {@code .cleaned}; when they are complete it renames them to
 * {@code .swap}, the last one first, then deletes the old ones, then drops the suffix. So a {@code .swap} file is
 * complete, and takes the place of every segment in the range of offsets that the {@code .swap} files cover; unless a
 * {@code .cleaned} file with a smaller offset is there: then the renaming was still going on, and all is undone.
 */
final class LeftoverFiles {

    private static final Logger LOG = LoggerFactory.getLogger(LeftoverFiles.class);

    /** Snapshots of the metadata log are named so when they are to be deleted; its owner looks after them. */
    private static final String METADATA_SNAPSHOT_DELETED_SUFFIX = ".checkpoint.deleted";

    private final FileSystemCalls files;
    private final Path directory;

    LeftoverFiles(FileSystemCalls files, Path directory) {
        this.files = files;
        this.directory = directory;
    }

    /** Does it; returns what is in the directory then. */
    List<Path> cleanUp() throws IOException {
        List<Path> all = files.list(directory);
        List<Path> cleaned = new ArrayList<>();
        List<Path> swaps = new ArrayList<>();
        int deleted = 0;
        for (Path file : all) {
            if (LogFileNames.hasSuffix(file, LogFileNames.CLEANED_SUFFIX)) cleaned.add(file);
            if (LogFileNames.hasSuffix(file, LogFileNames.SWAP_SUFFIX)) swaps.add(file);
            if (isDeleted(file) || LogFileNames.hasSuffix(file, FileIo.TEMPORARY_SUFFIX)) {
                delete(file);
                deleted++;
            }
        }
        boolean replacing = !swaps.isEmpty() || !cleaned.isEmpty();
        if (replacing) finishOrUndo(cleaned, swaps);
        return replacing || deleted > 0 ? files.list(directory) : all;
    }

    private void finishOrUndo(List<Path> cleaned, List<Path> swaps) throws IOException {
        long firstCleaned =
                cleaned.stream().mapToLong(LogFileNames::offsetOf).min().orElse(Long.MAX_VALUE);
        for (Path file : cleaned) delete(file);
        List<Path> complete = new ArrayList<>();
        for (Path file : swaps) {
            if (LogFileNames.offsetOf(file) >= firstCleaned) delete(file);
            else complete.add(file);
        }
        if (!complete.isEmpty()) finishSwap(complete);
        FileIo.syncDirectory(files, directory);
    }

    private static boolean isDeleted(Path file) {
        return LogFileNames.hasSuffix(file, LogFileNames.DELETED_SUFFIX)
                && !LogFileNames.hasSuffix(file, METADATA_SNAPSHOT_DELETED_SUFFIX);
    }

    private void delete(Path file) throws IOException {
        LOG.debug("Deleting a leftover file: file={}", file);
        files.deleteIfExists(file);
    }

    private void finishSwap(List<Path> swaps) throws IOException {
        long from = Long.MAX_VALUE;
        long to = Long.MIN_VALUE;
        for (Path file : swaps) {
            if (!LogFileNames.hasSuffix(file, LogFileNames.LOG_SUFFIX + LogFileNames.SWAP_SUFFIX)) continue;
            LOG.info("Finishing the replacement of segments: file={}", file);
            from = Math.min(from, LogFileNames.offsetOf(file));
            to = Math.max(to, endOffsetOf(file));
        }
        for (Path file : files.list(directory)) {
            long offset = LogFileNames.offsetOf(file);
            boolean replaced = offset >= from && offset < to;
            if (replaced && !LogFileNames.hasSuffix(file, LogFileNames.SWAP_SUFFIX)) delete(file);
        }
        // A power cut must not keep what is renamed and bring back what it replaces.
        FileIo.syncDirectory(files, directory);
        for (Path file : swaps) {
            files.rename(file, LogFileNames.changeSuffix(file, LogFileNames.SWAP_SUFFIX, ""));
        }
    }

    private long endOffsetOf(Path file) throws IOException {
        long end = LogFileNames.offsetOf(file);
        try (FileChannel channel = files.open(file, StandardOpenOption.READ)) {
            int size = Math.toIntExact(channel.size());
            var cursor = new BatchCursor(channel, file, 0, size, BatchCursor.HEADER_WINDOW_BYTES);
            while (cursor.next()) end = cursor.lastOffset() + 1;
        }
        return end;
    }
}
