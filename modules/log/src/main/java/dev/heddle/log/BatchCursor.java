package dev.heddle.log;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * Goes through the batches of a segment file, from header to header. Used by one thread; several cursors may read one
 * file at the same time, also while it grows.
 *
 * <p>For maintainers: it reads the file through a window. A search needs headers only and takes a small window; recovery
 * needs every byte and takes a large one, which grows where a batch does not fit.
 */
final class BatchCursor {

    /** For searches: about what lies between two index entries. */
    static final int HEADER_WINDOW_BYTES = 4 << 10;

    /** For whoever reads everything. */
    static final int BULK_WINDOW_BYTES = 1 << 20;

    private final FileChannel channel;
    private final Path file;
    private final int end;
    private final int windowBytes;

    private ByteBuffer window = ByteBuffer.allocate(0);
    private int windowStart;
    private int position;
    private int size;

    /**
     * @param start where a batch begins
     * @param end where to stop; a batch that is not whole before it does not count
     */
    BatchCursor(FileChannel channel, Path file, int start, int end, int windowBytes) {
        this.channel = channel;
        this.file = file;
        this.position = start;
        this.end = end;
        this.windowBytes = windowBytes;
    }

    /**
     * Goes on to the next batch.
     *
     * @return false if there is no whole one
     * @throws CorruptFileException if what is there cannot be a batch
     */
    boolean next() throws IOException {
        int at = position + size;
        if (end - at < RecordBatchLayout.HEADER_UP_TO_MAGIC) return false;
        require(at, RecordBatchLayout.HEADER_UP_TO_MAGIC);
        int length = window.getInt(at - windowStart + RecordBatchLayout.LENGTH);
        if (length < RecordBatchLayout.MIN_LENGTH) throw corrupt(at, "a batch of length " + length);
        byte magic = window.get(at - windowStart + RecordBatchLayout.MAGIC);
        if (magic < 0 || magic > RecordBatch.CURRENT_MAGIC_VALUE) throw corrupt(at, "magic " + magic);
        long whole = (long) length + RecordBatchLayout.LOG_OVERHEAD;
        if (magic == RecordBatch.CURRENT_MAGIC_VALUE && whole < RecordBatchLayout.RECORDS) {
            throw corrupt(at, "a batch smaller than its header: " + whole);
        }
        if (whole > end - at) return false;
        position = at;
        size = (int) whole;
        return true;
    }

    private CorruptFileException corrupt(int at, String what) {
        return new CorruptFileException(file, what + " at byte " + at);
    }

    /** Where the batch begins in the file. */
    int position() {
        return position;
    }

    int sizeInBytes() {
        return size;
    }

    /** Where the next batch begins. */
    int endPosition() {
        return position + size;
    }

    byte magic() throws IOException {
        require(position, RecordBatchLayout.HEADER_UP_TO_MAGIC);
        return window.get(position - windowStart + RecordBatchLayout.MAGIC);
    }

    /** The offset of the batch's last record. */
    long lastOffset() throws IOException {
        require(position, headerBytes());
        int at = position - windowStart;
        long offset = window.getLong(at + RecordBatchLayout.BASE_OFFSET);
        // Before format 2 a batch carried its last offset.
        return magic() < RecordBatch.MAGIC_VALUE_V2
                ? offset
                : offset + window.getInt(at + RecordBatchLayout.LAST_OFFSET_DELTA);
    }

    /** The batch's header, as the codec sees it; its records can not be read. */
    RecordBatch header() throws IOException {
        if (magic() < RecordBatch.MAGIC_VALUE_V2) return batch();
        require(position, RecordBatchLayout.RECORDS);
        ByteBuffer header = ByteBuffer.allocate(RecordBatchLayout.RECORDS);
        header.put(0, window, position - windowStart, RecordBatchLayout.RECORDS);
        // The codec takes what is as long as it says it is: it shall be just the header.
        header.putInt(RecordBatchLayout.LENGTH, RecordBatchLayout.RECORDS - RecordBatchLayout.LOG_OVERHEAD);
        return MemoryRecords.readableRecords(header).batchIterator().next();
    }

    /** The whole batch; a view that is good until the cursor goes on. */
    MutableRecordBatch batch() throws IOException {
        require(position, size);
        ByteBuffer bytes = window.slice(position - windowStart, size);
        return MemoryRecords.readableRecords(bytes).batchIterator().next();
    }

    private int headerBytes() {
        return Math.min(size, RecordBatchLayout.RECORDS);
    }

    /** Brings a range of the file into the window. */
    private void require(int from, int bytes) throws IOException {
        if (from >= windowStart && from + bytes <= windowStart + window.limit()) return;
        int wanted = Math.min(Math.max(bytes, windowBytes), end - from);
        if (window.capacity() < wanted) window = ByteBuffer.allocate(wanted);
        window.clear().limit(wanted);
        windowStart = from;
        while (window.hasRemaining()) {
            int read = channel.read(window, (long) from + window.position());
            if (read < 0) throw new EOFException("File " + file + " ends before byte " + (from + wanted));
        }
        window.flip();
    }
}
