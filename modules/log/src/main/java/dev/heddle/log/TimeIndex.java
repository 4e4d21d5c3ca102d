package dev.heddle.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * From which offset on a segment holds larger timestamps. One thread at a time, which holds the log's lock, changes it;
 * any thread may look up at any moment.
 */
final class TimeIndex extends AbstractIndex {

    /** Touches no file yet; the first call that needs it reads it. A missing file is an empty index. */
    TimeIndex(FileSystemCalls files, Path file, long baseOffset, int maxSizeBytes) {
        super(files, file, baseOffset, TimeIndexLayout.SIZE, maxSizeBytes);
    }

    /** The last entry whose timestamp is not above {@code timestamp}, or (-1, base offset). */
    TimeIndexEntry lookup(long timestamp) throws IOException {
        return decode(largestLowerBound(Field.KEY, timestamp));
    }

    /** The entry number {@code slot}, from 0. */
    TimeIndexEntry entry(int slot) throws IOException {
        return decode(locate(slot));
    }

    /** The last entry, or (-1, base offset). */
    TimeIndexEntry lastEntry() throws IOException {
        return decode(last());
    }

    /**
     * Adds an entry if its timestamp is larger than the last one's; the same entry as the last is no mistake.
     *
     * @param evenIfFull takes the slot that is kept free for the last entry of a segment
     */
    void maybeAppend(long timestamp, long offset, boolean evenIfFull) throws IOException {
        if (!evenIfFull && isFull()) throw new IllegalStateException("No room for another entry in " + file());
        TimeIndexEntry last = lastEntry();
        if (entries() > 0 && (offset < last.offset() || timestamp < last.timestamp())) {
            throw new IllegalArgumentException(
                    new TimeIndexEntry(timestamp, offset) + " does not follow " + last + " in " + file());
        }
        if (timestamp <= last.timestamp()) return;
        int relativeOffset = relativeOffset(offset);
        Found free = beginAppend();
        free.in().putLong(free.position() + TimeIndexLayout.TIMESTAMP, timestamp);
        free.in().putInt(free.position() + TimeIndexLayout.RELATIVE_OFFSET, relativeOffset);
        endAppend(free);
    }

    /** One slot is kept free for the entry that a segment gets when it is rolled. */
    @Override
    boolean isFull() throws IOException {
        return entries() >= maxEntries() - 1;
    }

    @Override
    void truncateTo(long offset) throws IOException {
        Found found = smallestUpperBound(Field.VALUE, offset - baseOffset());
        if (found != null) truncateToEntries(found.slot());
    }

    @Override
    void checkLastEntries(ByteBuffer tail, int entries) throws CorruptFileException {
        long lastKey = RecordBatch.NO_TIMESTAMP;
        long lastValue = 0;
        for (int i = 0; i < entries; i++) {
            long key = key(tail, i * TimeIndexLayout.SIZE);
            long value = value(tail, i * TimeIndexLayout.SIZE);
            if (key <= lastKey || value < lastValue) {
                throw new CorruptFileException(
                        file(),
                        "entry " + decode(new Found(i, tail, i * TimeIndexLayout.SIZE))
                                + " is not beyond the one before it");
            }
            lastKey = key;
            lastValue = value;
        }
    }

    @Override
    long key(ByteBuffer in, int position) {
        return in.getLong(position + TimeIndexLayout.TIMESTAMP);
    }

    @Override
    long value(ByteBuffer in, int position) {
        return in.getInt(position + TimeIndexLayout.RELATIVE_OFFSET);
    }

    private TimeIndexEntry decode(@Nullable Found found) {
        if (found == null) return new TimeIndexEntry(RecordBatch.NO_TIMESTAMP, baseOffset());
        return new TimeIndexEntry(
                key(found.in(), found.position()), baseOffset() + value(found.in(), found.position()));
    }
}
