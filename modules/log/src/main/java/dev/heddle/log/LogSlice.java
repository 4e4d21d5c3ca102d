package dev.heddle.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.network.TransferableChannel;
import org.apache.kafka.common.record.internal.DefaultRecordsSend;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordsSend;
import org.apache.kafka.common.record.internal.TransferableRecords;
import org.jspecify.annotations.Nullable;

/**
 * A region of a segment file: whole batches, but for the last one, of which only a part may lie in it. Immutable; any
 * thread may read it or send it, at any time while its segment is there: a segment that is deleted stays readable for
 * {@code file.delete.delay.ms}. Who sends it from a thread that must not wait for a disk calls {@link #load} before,
 * from another.
 */
public final class LogSlice implements TransferableRecords {

    /** No records at all. */
    public static final LogSlice EMPTY = new LogSlice(null, 0, 0, null);

    /** What a slice can say of the file it is a part of. */
    private static final Path THE_SLICE = Path.of("segment");

    private final @Nullable FileChannel channel;
    private final long position;
    private final int size;

    /** Whose disk the region may have to come from; null if it is surely cached. */
    private final @Nullable LogState coldIn;

    LogSlice(@Nullable FileChannel channel, long position, int size, @Nullable LogState coldIn) {
        this.channel = channel;
        this.position = position;
        this.size = size;
        this.coldIn = coldIn;
    }

    /**
     * Waits until the region is in the page cache, unless it was written so lately that it must be there: to send it takes
     * no disk afterwards. The disk is read by a thread of the log's directory.
     *
     * @throws dev.heddle.common.DirectoryOfflineException if the disk fails
     * @throws dev.heddle.common.AnswerException KAFKA_STORAGE_ERROR, while the directory does not respond
     */
    public void load() {
        if (channel == null || coldIn == null) return;
        coldIn.directory().ensureResponsive();
        coldIn.io("read", () -> {
            coldIn.directory().gate().load(channel, position, size);
            return true;
        });
    }

    @Override
    public int sizeInBytes() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    @Override
    public RecordsSend<LogSlice> toSend() {
        return new DefaultRecordsSend<>(this);
    }

    /** Sends bytes straight from the file, without bringing them into the JVM where the channel allows. */
    @Override
    public int writeTo(TransferableChannel destination, int from, int length) throws IOException {
        if (channel == null) return 0;
        int count = Math.min(length, size - from);
        int sent = (int) destination.transferFrom(channel, position + from, count);
        if (sent <= 0 && count > 0 && channel.size() < position + from + count) throw truncated(from);
        return sent;
    }

    private IOException truncated(int at) {
        return new IOException("The segment was truncated while a slice of it was read: at=" + (position + at));
    }

    /**
     * Reads this slice from the file into {@code buffer}, which must have room, and leaves its position behind the bytes
     * read.
     */
    public void readInto(ByteBuffer buffer) throws IOException {
        if (channel == null) return;
        int end = buffer.position() + size;
        int limit = buffer.limit();
        buffer.limit(end);
        long at = position;
        while (buffer.hasRemaining()) {
            int read = channel.read(buffer, at);
            if (read < 0) throw truncated((int) (at - position));
            at += read;
        }
        buffer.limit(limit);
    }

    /**
     * Which batches lie in it, as their headers say; one that is cut off is left out.
     *
     * @param untilOffset a batch that begins behind it is of no interest, and nor is what follows
     * @throws IOException if the file cannot be read, or has no batches here
     */
    public List<SlicedBatch> batches(long untilOffset) throws IOException {
        if (channel == null) return List.of();
        List<SlicedBatch> batches = new ArrayList<>();
        int start = Math.toIntExact(position);
        var cursor = new BatchCursor(channel, THE_SLICE, start, start + size, BatchCursor.HEADER_WINDOW_BYTES);
        while (cursor.next()) {
            SlicedBatch batch = SlicedBatch.of(cursor, start);
            if (batch.baseOffset() > untilOffset) break;
            batches.add(batch);
        }
        return batches;
    }

    /** A part of it: {@code length} bytes from byte {@code from} on. */
    public LogSlice part(int from, int length) {
        Objects.checkFromIndexSize(from, length, size);
        return from == 0 && length == size ? this : new LogSlice(channel, position + from, length, coldIn);
    }

    /** Reads this slice into a new heap buffer: for readers inside the broker. */
    public MemoryRecords records() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(size);
        readInto(buffer);
        return MemoryRecords.readableRecords(buffer.flip());
    }
}
