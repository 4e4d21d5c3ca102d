package dev.heddle.requestchannel;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * A buffer that several requests share, and that goes back to its pool when the last of them has released it. Any
 * thread that holds a reference may retain and release it; only the Processor that filled it writes to it.
 */
public final class PooledBuffer {

    private static final AtomicIntegerFieldUpdater<PooledBuffer> REFERENCES =
            AtomicIntegerFieldUpdater.newUpdater(PooledBuffer.class, "references");

    private final @Nullable BufferPool pool;
    private final ByteBuffer buffer;

    /** How many hold it; at 0 it belongs to the pool. Only through {@link #REFERENCES}. */
    private volatile int references = 1;

    /** The next one in the pool's stack, written before it is published there. */
    @Nullable PooledBuffer next;

    PooledBuffer(@Nullable BufferPool pool, ByteBuffer buffer) {
        this.pool = pool;
        this.buffer = buffer;
    }

    /** A buffer without a pool, held once. */
    public static PooledBuffer unpooled(ByteBuffer buffer) {
        return new PooledBuffer(null, buffer);
    }

    /** The bytes; shared, so whoever reads them takes a slice. */
    public ByteBuffer bytes() {
        return buffer;
    }

    /** Adds a reference. The caller holds one already. */
    public void retain() {
        if (REFERENCES.getAndIncrement(this) <= 0) {
            throw new IllegalStateException("A buffer was retained after it had been released");
        }
    }

    /** Gives a reference back. After the last one the bytes belong to somebody else. */
    public void release() {
        int left = REFERENCES.decrementAndGet(this);
        if (left < 0) throw new IllegalStateException("A buffer was released more often than it was retained");
        if (left == 0 && pool != null) pool.recycle(this);
    }

    /** Whether the caller's reference is the only one, so that what the buffer holds may be moved. */
    public boolean isExclusive() {
        return references == 1;
    }

    /** Taken out of the pool again. */
    void reuse() {
        buffer.clear();
        references = 1;
    }
}
