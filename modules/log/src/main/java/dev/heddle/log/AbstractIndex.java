package dev.heddle.log;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What the offset index and the time index have in common: a file of entries of a fixed size, in ascending order. One
 * thread at a time, which holds the log's lock, changes an index; any thread may look up or {@link #flush()} at any
 * moment.
 *
 * <p>For maintainers. The file is neither mapped nor kept open: an idle segment costs a few hundred bytes and no
 * descriptor, nothing has to be unmapped, and a page that is not in memory is waited for in a call that
 * {@link FileSystemCalls} can see. It is read in blocks of about 4 kB. Appends go to the last block, the tail, which is in
 * memory: so a consumer near the end of the log is served without a system call. A full tail is written to the file. For
 * a lookup further back, the first entry of every block is kept in memory once it was needed, which leaves one block to
 * read. A crash loses what was not written; recovery rebuilds the indexes of the segments it reads, and those that it
 * does not read were {@linkplain #flush() flushed}.
 *
 * <p>Readers take a {@link View}, which is immutable. Appending puts entries behind those that any view shows, in the same
 * arrays; truncating copies. So a reader needs no lock; one that holds a view from before a truncation may find an entry
 * that is no longer true, as it may have found it just before.
 *
 * <p>Kafka, which maps the file, makes it {@code segment.index.bytes} long and cuts it when the segment is rolled. Ours
 * grows. After a crash of Kafka the file ends with zeros: they are no entries, and are cut off at the next write.
 */
abstract sealed class AbstractIndex permits OffsetIndex, TimeIndex {

    private static final int TARGET_BLOCK_BYTES = 4096;
    private static final int FIRST_TAIL_ENTRIES = 16;

    /**
     * The entries at one moment.
     *
     * @param blocks the full blocks before the tail
     * @param tail the last block, which is not empty unless the index is
     * @param tailStart number of the tail's first entry
     */
    private record View(IndexBlocks blocks, ByteBuffer tail, int tailStart, int entries) {}

    /**
     * An entry that was found.
     *
     * @param slot its number in the index
     * @param in holds it, at {@code position}
     */
    record Found(int slot, ByteBuffer in, int position) {}

    /** The part of an entry that a search compares; both ascend through the file. */
    enum Field {
        KEY,
        VALUE
    }

    private final IndexFile file;
    private final long baseOffset;
    private final int entrySize;
    private final int entriesPerBlock;
    private final int maxEntries;

    /** Publishes the entries; null until the file is read for the first time. */
    private final AtomicReference<@Nullable View> view = new AtomicReference<>();

    /** How many entries, from the first on, the file holds as they are; guarded by the file's lock. */
    private int writtenEntries;

    AbstractIndex(FileSystemCalls files, Path file, long baseOffset, int entrySize, int maxSizeBytes) {
        this.file = new IndexFile(files, file);
        this.baseOffset = baseOffset;
        this.entrySize = entrySize;
        this.entriesPerBlock = TARGET_BLOCK_BYTES / entrySize;
        this.maxEntries = maxSizeBytes / entrySize;
    }

    /** What the index is searched by, of the entry at {@code position}. */
    abstract long key(ByteBuffer in, int position);

    /** What it is searched for, of the entry at {@code position}. */
    abstract long value(ByteBuffer in, int position);

    /** Throws if the entries, of which these are the last ones, cannot be right. */
    abstract void checkLastEntries(ByteBuffer tail, int entries) throws CorruptFileException;

    /** Whether another entry fits under the configured size. */
    abstract boolean isFull() throws IOException;

    /** Removes the entries whose offset is not below {@code offset}. */
    abstract void truncateTo(long offset) throws IOException;

    /** How many entries there are. */
    final int entries() throws IOException {
        return view().entries;
    }

    /** How many entries fit under the configured size. */
    final int maxEntries() {
        return maxEntries;
    }

    /** What the entries take, in bytes. */
    final int sizeInBytes() throws IOException {
        return entries() * entrySize;
    }

    final long baseOffset() {
        return baseOffset;
    }

    /** Where the file is, or would be. */
    final Path file() {
        return file.path();
    }

    /** Whether the offset can be told relative to the base offset: it lies in a range of 2<sup>31</sup>. */
    final boolean canAppendOffset(long offset) {
        return offset >= baseOffset && offset - baseOffset <= Integer.MAX_VALUE;
    }

    final int relativeOffset(long offset) {
        if (!canAppendOffset(offset))
            throw new IllegalArgumentException("Offset " + offset + " is out of range of " + file());
        return (int) (offset - baseOffset);
    }

    /** Looks for what can be seen without reading everything; an index that fails must be rebuilt. */
    final void sanityCheck() throws IOException, CorruptFileException {
        View now = view();
        long bytes = file.bytes();
        if (bytes % entrySize != 0) {
            throw new CorruptFileException(file(), "its size of " + bytes + " is no multiple of " + entrySize);
        }
        if (now.entries > 0) checkLastEntries(now.tail, now.entries - now.tailStart);
    }

    // Looking up

    /** The entry with this number. */
    final Found locate(int slot) throws IOException {
        View now = view();
        if (slot < 0 || slot >= now.entries) {
            throw new IllegalArgumentException("No entry " + slot + " in " + file() + ", which has " + now.entries);
        }
        return locate(now, slot);
    }

    /** The last entry, or null if there is none. */
    final @Nullable Found last() throws IOException {
        View now = view();
        return now.entries == 0 ? null : locate(now, now.entries - 1);
    }

    private Found locate(View now, int slot) throws IOException {
        if (slot >= now.tailStart) return new Found(slot, now.tail, (slot - now.tailStart) * entrySize);
        return new Found(slot, now.blocks.block(slot / entriesPerBlock), slot % entriesPerBlock * entrySize);
    }

    /** The last entry whose field is not above {@code target}, or null if there is none. */
    final @Nullable Found largestLowerBound(Field field, long target) throws IOException {
        while (true) {
            View now = view();
            try {
                return largestLowerBound(now, field, target);
            } catch (EOFException e) {
                if (view.get() == now) throw new CorruptFileException(file(), "it has become shorter");
            }
        }
    }

    /** The first entry whose field is not below {@code target}, or null if there is none. */
    final @Nullable Found smallestUpperBound(Field field, long target) throws IOException {
        while (true) {
            View now = view();
            try {
                // Equal ones may follow each other: the first is the one after the last that is below.
                Found lower = largestLowerBound(now, field, target - 1);
                int slot = lower == null ? 0 : lower.slot + 1;
                return slot < now.entries ? locate(now, slot) : null;
            } catch (EOFException e) {
                if (view.get() == now) throw new CorruptFileException(file(), "it has become shorter");
            }
        }
    }

    private @Nullable Found largestLowerBound(View now, Field field, long target) throws IOException {
        if (now.entries == 0) return null;
        if (field(field, now.tail, 0) <= target) {
            int i = search(field, now.tail, now.entries - now.tailStart, target);
            return new Found(now.tailStart + i, now.tail, i * entrySize);
        }
        int blocks = now.tailStart / entriesPerBlock;
        int block = search(field, now.blocks.firstEntries(blocks), blocks, target);
        if (block < 0) return null;
        ByteBuffer in = now.blocks.block(block);
        int i = search(field, in, entriesPerBlock, target);
        return new Found(block * entriesPerBlock + i, in, i * entrySize);
    }

    /** The last of the first {@code count} entries whose field is not above {@code target}, or -1. */
    private int search(Field field, ByteBuffer in, int count, long target) {
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (field(field, in, middle * entrySize) <= target) low = middle + 1;
            else high = middle - 1;
        }
        return high;
    }

    private long field(Field field, ByteBuffer in, int position) {
        return switch (field) {
            case KEY -> key(in, position);
            case VALUE -> value(in, position);
        };
    }

    // Reading the file

    private View view() throws IOException {
        View now = view.get();
        return now != null ? now : load();
    }

    private View load() throws IOException {
        file.lock().lock();
        try {
            View now = view.get();
            if (now != null) return now;
            View loaded = viewOfFile(countEntries(file.load()));
            writtenEntries = loaded.entries;
            view.set(loaded);
            return loaded;
        } finally {
            file.lock().unlock();
        }
    }

    /** A view of the first {@code entries} in the file. */
    private View viewOfFile(int entries) throws IOException {
        int tailStart = entries == 0 ? 0 : (entries - 1) / entriesPerBlock * entriesPerBlock;
        ByteBuffer tail = ByteBuffer.allocate((entries - tailStart) * entrySize);
        if (entries > 0) file.read(tail, (long) tailStart * entrySize);
        return new View(newBlocks(), tail, tailStart, entries);
    }

    private IndexBlocks newBlocks() {
        return new IndexBlocks(entrySize, entriesPerBlock * entrySize, file::read);
    }

    /**
     * How many entries the file holds, without the zeros that Kafka leaves at the end of a file it still writes to. An
     * entry of zeros that is the file's only one counts: it is right in a time index, for a record of 1970.
     */
    private int countEntries(long bytes) throws IOException {
        int count = Math.toIntExact(bytes / entrySize);
        if (count == 1) return 1;
        ByteBuffer chunk = ByteBuffer.allocate(entriesPerBlock * entrySize);
        while (count > 0) {
            int first = (count - 1) / entriesPerBlock * entriesPerBlock;
            file.read(chunk.clear().limit((count - first) * entrySize), (long) first * entrySize);
            while (count > first) {
                if (!isZero(chunk, (count - 1 - first) * entrySize)) return count;
                count--;
            }
        }
        return 0;
    }

    private boolean isZero(ByteBuffer in, int position) {
        for (int i = 0; i < entrySize; i++) {
            if (in.get(position + i) != 0) return false;
        }
        return true;
    }

    // Changing

    /** Makes room for one more entry behind the last, and returns where to put it; nobody sees it yet. */
    final Found beginAppend() throws IOException {
        View now = view();
        int inTail = now.entries - now.tailStart;
        if (inTail == entriesPerBlock) {
            write();
            return new Found(now.entries, newTail(FIRST_TAIL_ENTRIES), 0);
        }
        if (inTail * entrySize < now.tail.capacity()) return new Found(now.entries, now.tail, inTail * entrySize);
        ByteBuffer larger = newTail(Math.max(FIRST_TAIL_ENTRIES, inTail * 2)).put(0, now.tail, 0, inTail * entrySize);
        return new Found(now.entries, larger, inTail * entrySize);
    }

    /** Shows the entry that was put there. */
    final void endAppend(Found added) throws IOException {
        int tailStart = added.slot - added.position / entrySize;
        view.set(new View(view().blocks, added.in, tailStart, added.slot + 1));
    }

    private ByteBuffer newTail(int entries) {
        return ByteBuffer.allocate(Math.min(entries, entriesPerBlock) * entrySize);
    }

    /** Keeps the first {@code entries}. */
    final void truncateToEntries(int entries) throws IOException {
        View now = view();
        if (entries >= now.entries) return;
        file.lock().lock();
        try {
            view.set(entries > now.tailStart ? cutTail(now, entries) : viewOfFile(entries));
            writtenEntries = Math.min(writtenEntries, entries);
            if (file.bytes() > (long) entries * entrySize) write();
        } finally {
            file.lock().unlock();
        }
    }

    private View cutTail(View now, int entries) {
        int bytes = (entries - now.tailStart) * entrySize;
        return new View(now.blocks, ByteBuffer.allocate(bytes).put(0, now.tail, 0, bytes), now.tailStart, entries);
    }

    /** Removes all entries, readable or not. */
    final void reset() throws IOException {
        file.lock().lock();
        try {
            view.set(new View(newBlocks(), ByteBuffer.allocate(0), 0, 0));
            writtenEntries = 0;
            if (file.load() > 0) write();
        } finally {
            file.lock().unlock();
        }
    }

    /**
     * Hands what is only in memory to the operating system, and creates the file if there is none. For a segment that is
     * new, stops being the active one, or is closed.
     */
    final void write() throws IOException {
        view();
        file.lock().lock();
        try {
            View now = view();
            int from = (writtenEntries - now.tailStart) * entrySize;
            int to = (now.entries - now.tailStart) * entrySize;
            ByteBuffer unwritten = now.tail.duplicate().limit(to).position(from);
            file.write(unwritten, (long) writtenEntries * entrySize, (long) now.entries * entrySize);
            writtenEntries = now.entries;
        } finally {
            file.lock().unlock();
        }
    }

    /** Makes every entry durable. The caller syncs the directory if the segment is new. */
    final void flush() throws IOException {
        write();
        file.force();
    }

    /** Renames the file, if there is one; the index stays usable. */
    final void renameTo(Path target) throws IOException {
        file.renameTo(target);
    }

    /** The partition's directory has been renamed; a flush between that and this finds no file and fails. */
    final void directoryMoved(Path directory) {
        file.directoryMoved(directory);
    }

    /** Deletes the file; a lookup that comes too late and needs it fails with {@code NoSuchFileException}. */
    final boolean deleteIfExists() throws IOException {
        return file.deleteIfExists();
    }
}
