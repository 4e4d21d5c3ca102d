package dev.heddle.log;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The three indexes of a segment. One thread at a time, which holds the log's lock, changes them; any thread may look
 * up.
 */
record SegmentIndexes(OffsetIndex offset, TimeIndex time, TransactionIndex transactions) {

    /** @param suffix of the files' names; empty, but while the cleaner works on them */
    static SegmentIndexes of(FileSystemCalls files, Path directory, long baseOffset, String suffix, int maxBytes) {
        Path offset = LogFileNames.changeSuffix(LogFileNames.offsetIndexFile(directory, baseOffset), "", suffix);
        Path time = LogFileNames.changeSuffix(LogFileNames.timeIndexFile(directory, baseOffset), "", suffix);
        Path transactions =
                LogFileNames.changeSuffix(LogFileNames.transactionIndexFile(directory, baseOffset), "", suffix);
        return new SegmentIndexes(
                new OffsetIndex(files, offset, baseOffset, maxBytes),
                new TimeIndex(files, time, baseOffset, maxBytes),
                new TransactionIndex(files, transactions, baseOffset));
    }

    boolean isFull() throws IOException {
        return offset.isFull() || time.isFull();
    }

    /**
     * Adds an entry to both, as long as they are not full: without it a search takes a little longer, no more.
     *
     * @return false if the disk has no room for what is in memory: then one of the next batches may get the entry
     */
    boolean append(long lastOffset, int position, TimeIndexEntry maxTimestamp) throws IOException {
        if (isFull()) return true;
        try {
            offset.append(lastOffset, position);
            time.maybeAppend(maxTimestamp.timestamp(), maxTimestamp.offset(), false);
            return true;
        } catch (IOException e) {
            if (!NoRoom.isCauseOf(e)) throw e;
            return false;
        }
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
        transactions.write();
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

    void changeSuffix(String from, String to) throws IOException {
        offset.renameTo(LogFileNames.changeSuffix(offset.file(), from, to));
        time.renameTo(LogFileNames.changeSuffix(time.file(), from, to));
        transactions.renameTo(LogFileNames.changeSuffix(transactions.file(), from, to));
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
