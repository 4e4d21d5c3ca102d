package dev.heddle.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * A segment: a file of batches with its indexes. One thread at a time, which holds the log's lock, changes it; any
 * thread may read it at any moment.
 */
final class LogSegment {

    private static final long UNKNOWN = Long.MIN_VALUE;

    private final FileSystemCalls files;
    private final long baseOffset;
    private final FileChannel channel;
    private final SegmentIndexes indexes;
    private final Settings settings;

    /** Publishes where the file is, which renames change. */
    private volatile Path file;

    /** Publishes to readers how much of the file holds whole batches. */
    private volatile int size;

    /** Publishes the largest timestamp with the last offset of its batch; null until the time index was asked. */
    private volatile @Nullable TimeIndexEntry maxTimestamp;

    /** Whether its files have been handed to the deletion: what is flushed or read then may fail. */
    private volatile boolean deleted;

    private int bytesSinceIndexEntry;
    private long createdMs;

    /** Publishes the largest timestamp of the first batch; {@link #UNKNOWN} until somebody asks. */
    private volatile long firstBatchTimestamp = UNKNOWN;

    /**
     * What a segment takes from the configuration when it is opened.
     *
     * @param rollJitterMs taken off the time after which it rolls
     */
    record Settings(int indexIntervalBytes, int maxIndexBytes, long rollJitterMs, int preallocateBytes) {

        static Settings of(LogConfig config) {
            return new Settings(
                    config.indexIntervalBytes(),
                    config.segmentIndexBytes(),
                    config.randomSegmentJitterMs(),
                    config.preallocate() ? config.segmentBytes() : 0);
        }

        Settings withoutPreallocation() {
            return new Settings(indexIntervalBytes, maxIndexBytes, rollJitterMs, 0);
        }
    }

    private LogSegment(
            FileSystemCalls files,
            Path file,
            FileChannel channel,
            SegmentIndexes indexes,
            Settings settings,
            long createdMs) {
        this.files = files;
        this.file = file;
        this.channel = channel;
        this.indexes = indexes;
        this.settings = settings;
        this.createdMs = createdMs;
        this.baseOffset = LogFileNames.offsetOf(file);
    }

    /** Opens a segment that is there, all of whose bytes count. */
    static LogSegment open(FileSystemCalls files, Path directory, long baseOffset, Settings settings, long nowMs)
            throws IOException {
        LogSegment segment =
                open(files, LogFileNames.logFile(directory, baseOffset), "", settings, nowMs, StandardOpenOption.READ);
        try {
            long size = segment.channel.size();
            if (size > Integer.MAX_VALUE) throw new CorruptFileException(segment.file, "it has " + size + " bytes");
            segment.size = (int) size;
            return segment;
        } catch (IOException e) {
            segment.closeQuietly();
            throw e;
        }
    }

    /** Creates an empty segment; the caller syncs the directory before anything in it is called durable. */
    static LogSegment create(FileSystemCalls files, Path directory, long baseOffset, Settings settings, long nowMs)
            throws IOException {
        Path file = LogFileNames.logFile(directory, baseOffset);
        LogSegment segment = open(files, file, "", settings, nowMs, StandardOpenOption.CREATE);
        segment.writeFiles(settings.preallocateBytes);
        return segment;
    }

    /** Creates what belongs to a new segment beside its file; if that fails, nothing is left of it. */
    private void writeFiles(int preallocateBytes) throws IOException {
        try {
            if (preallocateBytes > 0) {
                FileIo.writeFully(channel, ByteBuffer.wrap(new byte[1]), preallocateBytes - 1L);
            }
            indexes.write();
        } catch (IOException e) {
            try {
                deleteFiles();
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    /** Creates an empty segment for the cleaner, beside the one of that name; what an earlier try has left goes. */
    static LogSegment createCleaned(
            FileSystemCalls files, Path directory, long baseOffset, Settings settings, long nowMs) throws IOException {
        String suffix = LogFileNames.CLEANED_SUFFIX;
        for (Path file : LogRoller.filesOf(directory, baseOffset)) {
            files.deleteIfExists(LogFileNames.changeSuffix(file, "", suffix));
        }
        Path file = LogFileNames.changeSuffix(LogFileNames.logFile(directory, baseOffset), "", suffix);
        LogSegment segment = open(files, file, suffix, settings, nowMs, StandardOpenOption.CREATE);
        segment.writeFiles(0);
        return segment;
    }

    private static LogSegment open(
            FileSystemCalls files, Path file, String suffix, Settings settings, long nowMs, StandardOpenOption option)
            throws IOException {
        FileChannel channel = files.open(file, option, StandardOpenOption.READ, StandardOpenOption.WRITE);
        long baseOffset = LogFileNames.offsetOf(file);
        var indexes = SegmentIndexes.of(files, FileIo.parentOf(file), baseOffset, suffix, settings.maxIndexBytes);
        return new LogSegment(files, file, channel, indexes, settings, nowMs);
    }

    long baseOffset() {
        return baseOffset;
    }

    Path file() {
        return file;
    }

    FileChannel channel() {
        return channel;
    }

    SegmentIndexes indexes() {
        return indexes;
    }

    /** How many bytes of batches it holds. */
    int sizeInBytes() {
        return size;
    }

    /**
     * Appends whole batches, in one write, and index entries where they are due. If there is no room for the batches,
     * nothing is left of them; if there is none for index entries, there are fewer.
     */
    void append(MemoryRecords records) throws IOException {
        int position = size;
        ByteBuffer bytes = records.buffer();
        int appended = bytes.remaining();
        FileIo.append(channel, bytes, position);
        for (RecordBatch batch : records.batches()) {
            noteBatch(batch.maxTimestamp(), batch.lastOffset(), position);
            position += batch.sizeInBytes();
            bytesSinceIndexEntry += batch.sizeInBytes();
        }
        if (firstBatchTimestamp == UNKNOWN && size == 0 && appended > 0) {
            firstBatchTimestamp = records.batchIterator().next().maxTimestamp();
        }
        size = position;
    }

    private void noteBatch(long batchMaxTimestamp, long lastOffset, int position) throws IOException {
        if (batchMaxTimestamp > maxTimestamp().timestamp()) {
            maxTimestamp = new TimeIndexEntry(batchMaxTimestamp, lastOffset);
        }
        if (bytesSinceIndexEntry > settings.indexIntervalBytes
                && indexes.append(lastOffset, position, maxTimestamp())) {
            bytesSinceIndexEntry = 0;
        }
    }

    /** The largest timestamp so far, with the last offset of its batch; (-1, base offset) if there is none. */
    TimeIndexEntry maxTimestamp() throws IOException {
        TimeIndexEntry known = maxTimestamp;
        if (known != null) return known;
        TimeIndexEntry last = indexes.time().lastEntry();
        maxTimestamp = last;
        return last;
    }

    /** For retention: the largest timestamp, or, where the records have none, when the file was last written. */
    long largestTimestampMs() throws IOException {
        long timestamp = maxTimestamp().timestamp();
        return timestamp >= 0 ? timestamp : files.lastModifiedMs(file);
    }

    /** Whether the offset fits under this segment's base offset, in the indexes' 32 bits. */
    boolean canHold(long offset) {
        long relative = offset - baseOffset;
        return relative >= 0 && relative <= Integer.MAX_VALUE;
    }

    /** How long the segment has been filling: by its records' time, or where they have none, by the clock. */
    long timeWaitedForRollMs(long nowMs, long incomingTimestamp) throws IOException {
        long first = firstBatchTimestampMs();
        return first >= 0 ? incomingTimestamp - first : nowMs - createdMs;
    }

    /** The largest timestamp of the first batch; negative if there is none. */
    long firstBatchTimestampMs() throws IOException {
        if (firstBatchTimestamp == UNKNOWN && size > 0) {
            BatchCursor cursor = cursor(0);
            if (cursor.next()) firstBatchTimestamp = cursor.header().maxTimestamp();
        }
        return firstBatchTimestamp;
    }

    /** When the file was last written. */
    long lastModifiedMs() throws IOException {
        return files.lastModifiedMs(file);
    }

    /** Makes the file look as old as the one whose records it holds. */
    void lastModifiedMs(long timestampMs) throws IOException {
        files.setLastModifiedMs(file, timestampMs);
    }

    long rollJitterMs() {
        return settings.rollJitterMs;
    }

    /** A cursor for headers, from {@code start} to the end of what is published. */
    BatchCursor cursor(int start) {
        return new BatchCursor(channel, file, start, size, BatchCursor.HEADER_WINDOW_BYTES);
    }

    /** A cursor for whoever reads everything between two positions. */
    BatchCursor bulkCursor(int start, int end) {
        return new BatchCursor(channel, file, start, Math.min(end, size), BatchCursor.BULK_WINDOW_BYTES);
    }

    /** Finds the batch that holds {@code offset}, or the first one after it; null if there is none. */
    @Nullable BatchPosition find(long offset) throws IOException {
        BatchCursor cursor = cursor(indexes.offset().lookup(offset).position());
        while (cursor.next()) {
            if (cursor.lastOffset() >= offset) return new BatchPosition(cursor.position(), cursor.sizeInBytes());
        }
        return null;
    }

    /** The offset after the last record. */
    long readNextOffset() throws IOException {
        long next = baseOffset;
        BatchCursor cursor =
                cursor(indexes.offset().lookup(indexes.offset().lastOffset()).position());
        while (cursor.next()) next = cursor.lastOffset() + 1;
        return next;
    }

    /** @param coldIn its log, if the region may have to come from the disk */
    LogSlice slice(int position, int sizeInBytes, @Nullable LogState coldIn) {
        return new LogSlice(channel, position, sizeInBytes, coldIn);
    }

    /**
     * It is no longer the active segment: nothing behind the batches is kept, the indexes are completed. Where there is
     * no room for these, they are whole in memory, and the next flush tries again.
     */
    void becomeInactive() throws IOException {
        trim();
        indexes.complete(maxTimestamp());
    }

    private void trim() throws IOException {
        if (channel.size() > size) channel.truncate(size);
    }

    /** Forgets every record from {@code offset} on; returns how many bytes went. */
    int truncateTo(long offset, long nowMs) throws IOException {
        BatchPosition from = find(offset);
        indexes.truncateTo(offset);
        int before = size;
        if (from != null) truncateBytes(from.position());
        if (size == 0) {
            createdMs = nowMs;
            firstBatchTimestamp = UNKNOWN;
        }
        bytesSinceIndexEntry = 0;
        maxTimestamp = readMaxTimestamp();
        return before - size;
    }

    private void truncateBytes(int newSize) throws IOException {
        size = newSize;
        channel.truncate(newSize);
    }

    private TimeIndexEntry readMaxTimestamp() throws IOException {
        TimeIndexEntry max = indexes.time().lastEntry();
        BatchCursor cursor = cursor(indexes.offset().lookup(max.offset()).position());
        while (cursor.next()) {
            long timestamp = cursor.header().maxTimestamp();
            if (timestamp > max.timestamp()) max = new TimeIndexEntry(timestamp, cursor.lastOffset());
        }
        return max;
    }

    /** Recovery found the file good up to {@code validBytes}, and this to be the largest timestamp. */
    void recovered(int validBytes, TimeIndexEntry max) throws IOException {
        if (channel.size() > validBytes) truncateBytes(validBytes);
        maxTimestamp = max;
    }

    /** Completes the indexes, and writes what of them is only in memory. */
    void completeIndexes() throws IOException {
        indexes.complete(maxTimestamp());
    }

    int indexIntervalBytes() {
        return settings.indexIntervalBytes;
    }

    /** Makes the records durable, not the indexes: enough to acknowledge them. */
    void syncRecords() throws IOException {
        FileIo.force(channel, false);
    }

    /** Makes the whole file durable, not the indexes; the caller syncs the directory if the segment is new. */
    void syncFile() throws IOException {
        FileIo.force(channel, true);
    }

    /** Renames the files; readers find them. */
    void changeSuffix(String from, String to) throws IOException {
        Path target = LogFileNames.changeSuffix(file, from, to);
        files.rename(file, target);
        file = target;
        indexes.changeSuffix(from, to);
    }

    /** From here on, failures to flush or read it mean nothing. */
    void markDeleted() {
        deleted = true;
    }

    boolean isDeleted() {
        return deleted;
    }

    /** The partition's directory has been renamed. */
    void directoryMoved(Path directory) {
        file = directory.resolve(file.getFileName());
        indexes.directoryMoved(directory);
    }

    void deleteFiles() throws IOException {
        channel.close();
        files.deleteIfExists(file);
        indexes.delete();
    }

    /** Completes the indexes and closes the file, even if there is no room for them. */
    void close() throws IOException {
        if (!channel.isOpen()) return;
        try {
            becomeInactive();
        } finally {
            channel.close();
        }
    }

    /** Closes the file and leaves everything else to recovery. */
    void closeQuietly() {
        try {
            channel.close();
        } catch (IOException e) {
            // The directory has failed: there is nothing to save.
            deleted = true;
        }
    }

    @Override
    public String toString() {
        return "LogSegment(baseOffset=" + baseOffset + ", sizeInBytes=" + size + ")";
    }
}
