package dev.heddle.requestchannel;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The direct buffers of one Processor, in sizes that are powers of two. Only that Processor acquires; any thread
 * releases.
 *
 * <p>For maintainers: each size has a stack, newest on top because its bytes are the likeliest to be in the CPU's
 * cache. Any thread pushes with compare-and-set; one thread alone pops, and therefore the stack needs no protection
 * against a top that left and came back. Beyond {@link #LARGEST_POOLED} bytes a buffer is on the heap and left to the
 * collector: such frames are rare, and direct memory of that size would come back late.
 */
public final class BufferPool {

    /** The size of the smallest buffer, in bytes. */
    public static final int SMALLEST = 16 * 1024;

    /** The size of the largest buffer that is kept, in bytes. */
    public static final int LARGEST_POOLED = 4 * 1024 * 1024;

    private static final int SMALLEST_SHIFT = Integer.numberOfTrailingZeros(SMALLEST);
    private static final int CLASSES = Integer.numberOfTrailingZeros(LARGEST_POOLED) - SMALLEST_SHIFT + 1;

    private final long maxRetainedBytes;

    /** The top of each size's stack. */
    private final AtomicReferenceArray<@Nullable PooledBuffer> free = new AtomicReferenceArray<>(CLASSES);

    /** Bytes that lie in the stacks. */
    private final AtomicLong retainedBytes = new AtomicLong();

    /** How many buffers were taken and have not come back. */
    private final AtomicLong outstanding = new AtomicLong();

    /** @param maxRetainedBytes how much unused memory is kept at most; what comes back beyond it is dropped */
    public BufferPool(long maxRetainedBytes) {
        this.maxRetainedBytes = maxRetainedBytes;
    }

    /** A buffer of at least {@code size} bytes, held once, with undefined content. */
    public PooledBuffer acquire(int size) {
        outstanding.incrementAndGet();
        if (size > LARGEST_POOLED) return new PooledBuffer(this, ByteBuffer.allocate(size));
        int sizeClass = sizeClass(size);
        PooledBuffer buffer = pop(sizeClass);
        if (buffer == null) return allocate(sizeClass);
        retainedBytes.addAndGet(-buffer.bytes().capacity());
        buffer.reuse();
        return buffer;
    }

    private PooledBuffer allocate(int sizeClass) {
        try {
            return new PooledBuffer(this, ByteBuffer.allocateDirect(SMALLEST << sizeClass));
        } catch (OutOfMemoryError e) {
            outstanding.decrementAndGet();
            throw e;
        }
    }

    /** How many buffers are in use. */
    public long outstanding() {
        return outstanding.get();
    }

    /** How many bytes of unused buffers are kept. */
    public long retainedBytes() {
        return retainedBytes.get();
    }

    void recycle(PooledBuffer buffer) {
        outstanding.decrementAndGet();
        int capacity = buffer.bytes().capacity();
        if (!buffer.bytes().isDirect() || retainedBytes.get() + capacity > maxRetainedBytes) return;
        retainedBytes.addAndGet(capacity);
        push(buffer, sizeClass(capacity));
    }

    private void push(PooledBuffer buffer, int sizeClass) {
        PooledBuffer top;
        do {
            top = free.get(sizeClass);
            buffer.next = top;
        } while (!free.compareAndSet(sizeClass, top, buffer));
    }

    private @Nullable PooledBuffer pop(int sizeClass) {
        PooledBuffer top;
        do {
            top = free.get(sizeClass);
            if (top == null) return null;
        } while (!free.compareAndSet(sizeClass, top, top.next));
        top.next = null;
        return top;
    }

    private static int sizeClass(int size) {
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(size, SMALLEST) - 1);
        return bits - SMALLEST_SHIFT;
    }
}
