package dev.heddle.log;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The three indexes of a segment. One thread at a time, which holds the log's lock, changes them; any thread may look
 * up.
 */
record SegmentIndexes(OffsetIndex offset, TimeIndex time, TransactionIndex transactions) {

    static SegmentIndexes of(FileSystemCalls files, Path directory, long baseOffset, int maxBytes) {
        return new SegmentIndexes(
                new OffsetIndex(files, LogFileNames.offsetIndexFile(directory, baseOffset), baseOffset, maxBytes),
                new TimeIndex(files, LogFileNames.timeIndexFile(directory, baseOffset), baseOffset, maxBytes),
                new TransactionIndex(files, LogFileNames.transactionIndexFile(directory, baseOffset), baseOffset));
    }

    boolean isFull() throws IOException {
        return offset.isFull() || time.isFull();
    }

    /** Adds an entry to both, as long as there is room: a search then takes a little longer, no more. */
    void append(long lastOffset, int position, TimeIndexEntry maxTimestamp) throws IOException {
        if (isFull()) return;
        offset.append(lastOffset, position);
        time.maybeAppend(maxTimestamp.timestamp(), maxTimestamp.offset(), false);
    }

    /** Adds the segment's largest timestamp, so that it need not be searched for, and writes what is in memory. */
    void complete(TimeIndexEntry maxTimestamp) throws IOException {
        time.maybeAppend(maxTimestamp.timestamp(), maxTimestamp.offset(), true);
        write();
    }

    /** Writes what is in memory, and creates the files that every segment has. */
    void write() throws IOException {
        offset.write();
        time.write();
    }

    void sanityCheck() throws IOException {
        offset.sanityCheck();
        time.sanityCheck();
        transactions.sanityCheck();
    }

    void reset() throws IOException {
        offset.reset();
        time.reset();
        transactions.reset();
    }

    void truncateTo(long endOffset) throws IOException {
        offset.truncateTo(endOffset);
        time.truncateTo(endOffset);
        transactions.truncateTo(endOffset);
    }

    void flush() throws IOException {
        offset.flush();
        time.flush();
        transactions.flush();
    }

    void rename(String suffix) throws IOException {
        offset.renameTo(withSuffix(offset.file(), suffix));
        time.renameTo(withSuffix(time.file(), suffix));
        transactions.renameTo(withSuffix(transactions.file(), suffix));
    }

    private static Path withSuffix(Path file, String suffix) {
        return file.resolveSibling(file.getFileName() + suffix);
    }

    void directoryMoved(Path directory) {
        offset.directoryMoved(directory);
        time.directoryMoved(directory);
        transactions.directoryMoved(directory);
    }

    void delete() throws IOException {
        offset.deleteIfExists();
        time.deleteIfExists();
        transactions.deleteIfExists();
    }
}
