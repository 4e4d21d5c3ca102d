package dev.heddle.network;

import dev.heddle.common.CloseConnectionException;
import dev.heddle.requestchannel.BufferPool;
import dev.heddle.requestchannel.Frame;
import dev.heddle.requestchannel.PooledBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what a connection sends into frames: a length of four bytes, then as many bytes. Used by the connection's
 * Processor alone.
 *
 * <p>For maintainers: one read may bring many frames, and each of them is a view of the buffer that it was read into.
 * What is left over, the beginning of a frame that has not wholly arrived, stays in that buffer; unless it is small,
 * and then it is put aside on the heap so that a connection which is quiet, or dribbles, holds no more memory than it
 * has sent. A long frame gets its memory in steps of at most {@link #GROWTH} times what has arrived, whatever length it
 * announces, and beyond {@link #FREE_BYTES} only as far as the {@link Budget} has room.
 */
final class FrameReader {

    /** Where the memory of long frames is accounted for. */
    interface Budget {
        /** Takes {@code bytes}, or refuses; who was refused is told when to try again. */
        boolean tryReserve(long bytes);

        /** Gives {@code bytes} back. */
        void unreserve(long bytes);
    }

    /** What {@link #read} returns when there is no memory for more. */
    static final int NO_ROOM = -2;

    /** What {@link #read} returns when the client will send no more. */
    static final int END = -1;

    static final int FREE_BYTES = 64 * 1024;

    private static final int LENGTH_BYTES = Integer.BYTES;
    private static final int STASH_BYTES = 2 * 1024;
    private static final int GROWTH = 4;
    private static final int LARGEST_CHUNK = 256 * 1024;
    private static final int SMALL_READS_BEFORE_SHRINKING = 16;
    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;
    private static final byte[] EMPTY = {};

    private final BufferPool pool;
    private final Budget budget;
    private final int maxFrameBytes;

    /** Holds what was read and not yet cut, from {@link #frameStart} to its position. */
    private @Nullable PooledBuffer memory;

    private int frameStart;

    /** The beginning of a frame, put aside while {@link #memory} is null. */
    private byte[] stash = EMPTY;

    /** The size of the next buffer: it follows how much a read brings. */
    private int chunkBytes = BufferPool.SMALLEST;

    private int smallReads;
    private long reserved;

    FrameReader(BufferPool pool, Budget budget, int maxFrameBytes) {
        this.pool = pool;
        this.budget = budget;
        this.maxFrameBytes = maxFrameBytes;
    }

    /**
     * Reads once.
     *
     * @return how many bytes came, {@link #END}, or {@link #NO_ROOM}
     */
    int read(Transport transport) throws IOException {
        PooledBuffer into = memory == null ? openMemory() : memory;
        if (needsMore(into.bytes())) {
            PooledBuffer larger = grow(into);
            if (larger == null) return NO_ROOM;
            into = larger;
        }
        int count = readBounded(transport, into.bytes());
        if (count <= 0) putAside(into);
        return count;
    }

    private PooledBuffer openMemory() {
        PooledBuffer opened = pool.acquire(chunkBytes);
        opened.bytes().put(stash);
        stash = EMPTY;
        memory = opened;
        frameStart = 0;
        return opened;
    }

    /** Heap buffers are read in bounded steps: the JDK copies each through direct memory of the same size. */
    private int readBounded(Transport transport, ByteBuffer bytes) throws IOException {
        int space = bytes.remaining();
        if (!bytes.isDirect() && space > LARGEST_CHUNK) {
            bytes.limit(bytes.position() + LARGEST_CHUNK);
            int count = transport.read(bytes);
            bytes.limit(bytes.capacity());
            return count;
        }
        int count = transport.read(bytes);
        adapt(count, space);
        return count;
    }

    private void adapt(int count, int space) {
        if (count == space) {
            chunkBytes = Math.min(LARGEST_CHUNK, chunkBytes * GROWTH);
            smallReads = 0;
        } else if (count < chunkBytes / 8 && ++smallReads >= SMALL_READS_BEFORE_SHRINKING) {
            chunkBytes = Math.max(BufferPool.SMALLEST, chunkBytes / GROWTH);
            smallReads = 0;
        }
    }

    private boolean needsMore(ByteBuffer bytes) {
        if (!bytes.hasRemaining()) return true;
        int have = bytes.position() - frameStart;
        // The frame does not fit, and too little room is left for a read to be worth while.
        return have >= LENGTH_BYTES
                && bytes.capacity() - frameStart < frameBytes(bytes)
                && bytes.remaining() < STASH_BYTES;
    }

    private @Nullable PooledBuffer grow(PooledBuffer old) {
        ByteBuffer bytes = old.bytes();
        int have = bytes.position() - frameStart;
        long needed = have < LENGTH_BYTES ? LENGTH_BYTES : frameBytes(bytes);
        long size = Math.min(Math.max(needed, have + 1L), Math.max(chunkBytes, (long) have * GROWTH));
        if (!reserve(size)) return null;
        PooledBuffer larger = pool.acquire((int) Math.min(size, LARGEST_ARRAY));
        larger.bytes().put(bytes.slice(frameStart, have));
        old.release();
        memory = larger;
        frameStart = 0;
        return larger;
    }

    private long frameBytes(ByteBuffer bytes) {
        return (long) LENGTH_BYTES + bytes.getInt(frameStart);
    }

    private boolean reserve(long size) {
        if (size <= FREE_BYTES || size <= reserved) return true;
        if (!budget.tryReserve(size - reserved)) return false;
        reserved = size;
        return true;
    }

    /**
     * The next whole frame, which then holds a reference to its memory; null if more has to be read first.
     *
     * @throws CloseConnectionException if the next frame's length is negative or too large
     */
    @Nullable Frame nextFrame(long nowNanos) {
        PooledBuffer from = memory;
        if (from == null) return null;
        ByteBuffer bytes = from.bytes();
        int have = bytes.position() - frameStart;
        if (have < LENGTH_BYTES) return putAside(from);
        int length = bytes.getInt(frameStart);
        if (length < 0 || length > maxFrameBytes) {
            throw new CloseConnectionException("A frame announced " + length + " bytes; allowed are " + maxFrameBytes);
        }
        if (have - LENGTH_BYTES < length) return putAside(from);
        from.retain();
        ByteBuffer payload = bytes.slice(frameStart + LENGTH_BYTES, length);
        frameStart += LENGTH_BYTES + length;
        return new Frame(payload, from, nowNanos);
    }

    /** No whole frame is left: lets go of the buffer, unless a good part of a frame is in it. */
    private @Nullable Frame putAside(PooledBuffer from) {
        ByteBuffer bytes = from.bytes();
        int have = bytes.position() - frameStart;
        if (have > STASH_BYTES) return null;
        if (have > 0) {
            stash = new byte[have];
            bytes.get(frameStart, stash);
        }
        memory = null;
        from.release();
        return null;
    }

    /** How many bytes are reserved for the frame that comes next. */
    long reservedBytes() {
        return reserved;
    }

    /** What was reserved belongs to the frame that was cut last from now on. */
    void reservationPassedOn() {
        reserved = 0;
    }

    /** Gives everything back. */
    void close() {
        if (memory != null) memory.release();
        memory = null;
        stash = EMPTY;
        if (reserved > 0) budget.unreserve(reserved);
        reserved = 0;
    }
}
