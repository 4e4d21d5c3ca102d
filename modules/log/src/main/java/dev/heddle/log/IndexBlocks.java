package dev.heddle.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of the full blocks of an index file: the first entry of each, and the block that was read last. Any
 * thread may call it: what it remembers never changes, it only grows, and two threads that read the same block at once
 * remember the same.
 */
final class IndexBlocks {

    /** Reads from the index file, filling the buffer. */
    interface Source {
        void read(ByteBuffer target, long position) throws IOException;
    }

    private record Block(int number, ByteBuffer entries) {}

    /** So much of the file is read at once to find the first entries. */
    private static final int BLOCKS_PER_READ = 16;

    private final int entrySize;
    private final int blockBytes;
    private final Source source;

    /** Publishes the first entries of the blocks from 0 on, one after the other; replaced by longer ones. */
    private volatile ByteBuffer firstEntries = ByteBuffer.allocate(0);

    /** Publishes the block that was read last; a consumer that reads on needs the same one again and again. */
    private volatile @Nullable Block lastRead;

    IndexBlocks(int entrySize, int blockBytes, Source source) {
        this.entrySize = entrySize;
        this.blockBytes = blockBytes;
        this.source = source;
    }

    /** The first entry of each of the first {@code count} blocks, and perhaps more. */
    ByteBuffer firstEntries(int count) throws IOException {
        ByteBuffer known = firstEntries;
        int knownCount = known.capacity() / entrySize;
        if (knownCount >= count) return known;
        ByteBuffer all = ByteBuffer.allocate(count * entrySize).put(0, known, 0, known.capacity());
        for (int block = knownCount; block < count; block += BLOCKS_PER_READ) {
            readFirstEntries(all, block, Math.min(BLOCKS_PER_READ, count - block));
        }
        firstEntries = all;
        return all;
    }

    private void readFirstEntries(ByteBuffer target, int firstBlock, int count) throws IOException {
        ByteBuffer blocks = ByteBuffer.allocate((count - 1) * blockBytes + entrySize);
        source.read(blocks, (long) firstBlock * blockBytes);
        for (int i = 0; i < count; i++) {
            target.put((firstBlock + i) * entrySize, blocks, i * blockBytes, entrySize);
        }
    }

    /** The entries of a full block; only to be read by index. */
    ByteBuffer block(int number) throws IOException {
        Block last = lastRead;
        if (last != null && last.number == number) return last.entries;
        ByteBuffer entries = ByteBuffer.allocate(blockBytes);
        source.read(entries, (long) number * blockBytes);
        lastRead = new Block(number, entries);
        return entries;
    }
}
