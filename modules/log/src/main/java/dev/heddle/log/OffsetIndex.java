package dev.heddle.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where in a segment file an offset is to be found: one entry for about every {@code index.interval.bytes}. One thread
 * at a time, which holds the log's lock, changes it; any thread may look up at any moment.
 */
final class OffsetIndex extends AbstractIndex {

    /** Touches no file yet; the first call that needs it reads it. A missing file is an empty index. */
    OffsetIndex(FileSystemCalls files, Path file, long baseOffset, int maxSizeBytes) {
        super(files, file, baseOffset, OffsetIndexLayout.SIZE, maxSizeBytes);
    }

    /** The last entry at or below {@code offset}, or the start of the segment. */
    OffsetPosition lookup(long offset) throws IOException {
        Found found = largestLowerBound(Field.KEY, offset - baseOffset());
        return found == null ? new OffsetPosition(baseOffset(), 0) : decode(found);
    }

    /** The entry number {@code slot}, from 0. */
    OffsetPosition entry(int slot) throws IOException {
        return decode(locate(slot));
    }

    /** The first entry that lies at or beyond {@code fetchSize} bytes after {@code from}; null if there is none. */
    @Nullable OffsetPosition fetchUpperBound(OffsetPosition from, int fetchSize) throws IOException {
        Found found = smallestUpperBound(Field.VALUE, (long) from.position() + fetchSize);
        return found == null ? null : decode(found);
    }

    /** Adds an entry; its offset must be larger than the last one's. */
    void append(long offset, int position) throws IOException {
        if (isFull()) throw new IllegalStateException("No room for another entry in " + file());
        Found last = last();
        if (last != null && offset <= decode(last).offset()) {
            throw new IllegalArgumentException(
                    "Offset " + offset + " does not follow " + decode(last) + " in " + file());
        }
        int relativeOffset = relativeOffset(offset);
        Found free = beginAppend();
        free.in().putInt(free.position() + OffsetIndexLayout.RELATIVE_OFFSET, relativeOffset);
        free.in().putInt(free.position() + OffsetIndexLayout.POSITION, position);
        endAppend(free);
    }

    /** The offset of the last entry, or the base offset. */
    long lastOffset() throws IOException {
        Found last = last();
        return last == null ? baseOffset() : decode(last).offset();
    }

    @Override
    boolean isFull() throws IOException {
        return entries() >= maxEntries();
    }

    @Override
    void truncateTo(long offset) throws IOException {
        Found found = smallestUpperBound(Field.KEY, offset - baseOffset());
        if (found != null) truncateToEntries(found.slot());
    }

    @Override
    void checkLastEntries(ByteBuffer tail, int entries) throws CorruptFileException {
        long lastKey = -1;
        long lastValue = 0;
        for (int i = 0; i < entries; i++) {
            long key = key(tail, i * OffsetIndexLayout.SIZE);
            long value = value(tail, i * OffsetIndexLayout.SIZE);
            if (key <= lastKey || value <= lastValue) {
                throw new CorruptFileException(
                        file(),
                        "entry " + decode(new Found(i, tail, i * OffsetIndexLayout.SIZE))
                                + " is not beyond the one before it");
            }
            lastKey = key;
            lastValue = value;
        }
    }

    @Override
    long key(ByteBuffer in, int position) {
        return in.getInt(position + OffsetIndexLayout.RELATIVE_OFFSET);
    }

    @Override
    long value(ByteBuffer in, int position) {
        return in.getInt(position + OffsetIndexLayout.POSITION);
    }

    private OffsetPosition decode(Found found) {
        return new OffsetPosition(
                baseOffset() + key(found.in(), found.position()), (int) value(found.in(), found.position()));
    }
}
