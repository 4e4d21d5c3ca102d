package dev.heddle.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A log whose topic id was not on the disk yet when the power went. The loading thread calls it.
 *
 * <p>A log's first commit or flush makes its topic id durable together with its records. So where the id is missing or
 * torn, and there is no record, nothing in the log was promised to anyone. Records that reached the disk before the id
 * did stay, and whoever leads the partition says to which topic they belong.
 */
final class UnbornLog {

    private final FileSystemCalls files;
    private final LogLoader.Request request;

    UnbornLog(FileSystemCalls files, LogLoader.Request request) {
        this.files = files;
        this.request = request;
    }

    boolean isUnborn() throws IOException {
        if (request.clean() || request.recoveryPoint() > 0 || request.logStartOffset() > 0) return false;
        return !isNamed() && isEmpty();
    }

    private boolean isNamed() throws IOException {
        try {
            return PartitionMetadataFile.read(files, request.path()) != null;
        } catch (CorruptFileException e) {
            return false;
        }
    }

    /** Whether there are only files that a log has before its first record. */
    private boolean isEmpty() throws IOException {
        for (Path file : files.list(request.path())) {
            if (isSegmentFile(file)) {
                if (LogFileNames.hasSuffix(file, LogFileNames.LOG_SUFFIX) && beginsWithBatch(file)) return false;
            } else if (!file.endsWith(PartitionMetadataFile.NAME)
                    && !file.endsWith(LeaderEpochCache.NAME)
                    && !LogFileNames.hasSuffix(file, FileIo.TEMPORARY_SUFFIX)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSegmentFile(Path file) {
        return LogFileNames.offsetOf(file) == 0
                && (LogFileNames.hasSuffix(file, LogFileNames.LOG_SUFFIX)
                        || LogFileNames.hasSuffix(file, LogFileNames.OFFSET_INDEX_SUFFIX)
                        || LogFileNames.hasSuffix(file, LogFileNames.TIME_INDEX_SUFFIX));
    }

    /** Zeros, as many as you like, are what was preallocated, or a size that reached the disk before its content. */
    private boolean beginsWithBatch(Path file) throws IOException {
        if (files.size(file) <= RecordBatchLayout.LENGTH + Integer.BYTES) return false;
        try (FileChannel channel = files.open(file, StandardOpenOption.READ)) {
            ByteBuffer length = ByteBuffer.allocate(Integer.BYTES);
            FileIo.readFully(channel, length, RecordBatchLayout.LENGTH);
            return length.getInt(0) != 0;
        }
    }

    /** Deletes it; a crash meanwhile leaves one that is unborn too. */
    void delete() throws IOException {
        List<Path> content = files.list(request.path());
        for (Path file : content) files.deleteIfExists(file);
        files.deleteIfExists(request.path());
    }
}
