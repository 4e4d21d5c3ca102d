package dev.heddle.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/**
 * Reads the batches of a segment that no longer grows, some at a time. Used by one cleaner thread.
 *
 * <p>The buffer is lent by the one who reads; where a batch does not fit, a larger one takes its place.
 */
final class SegmentChunks {

    private final LogSegment segment;
    private final CleaningPace pace;
    private final int end;
    private ByteBuffer buffer;
    private int position;

    /** @param position where a batch begins */
    SegmentChunks(LogSegment segment, int position, CleaningPace pace, ByteBuffer buffer) {
        this.segment = segment;
        this.position = position;
        this.pace = pace;
        this.buffer = buffer;
        this.end = segment.sizeInBytes();
    }

    /** The batches at the position, at least one; null at the end. They are good until the next call. */
    @Nullable MemoryRecords next() throws IOException {
        if (position == end) return null;
        pace.check();
        read();
        Integer size = MemoryRecords.readableRecords(buffer).firstBatchSize();
        if (size == null || size > end - position) {
            throw new CorruptFileException(segment.file(), "no whole batch at byte " + position + " of " + end);
        }
        if (size > buffer.limit()) {
            buffer = ByteBuffer.allocate(size);
            read();
        }
        return MemoryRecords.readableRecords(buffer);
    }

    private void read() throws IOException {
        buffer.clear().limit(Math.min(buffer.capacity(), end - position));
        FileIo.readFully(segment.channel(), buffer, position);
        buffer.flip();
        pace.used(buffer.limit());
    }

    /** So many bytes of them are dealt with. */
    void consumed(int bytes) throws CorruptFileException {
        if (bytes <= 0) throw new CorruptFileException(segment.file(), "a batch without bytes at byte " + position);
        position += bytes;
    }
}
