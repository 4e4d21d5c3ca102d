package dev.heddle.log;

import java.util.concurrent.ArrayBlockingQueue;
import org.apache.kafka.common.utils.BufferSupplier;

/**
 * Lends out the work buffers of the decompressors, which are too large to allocate for each batch (64 KB for LZ4). Any
 * thread may call it; what is borrowed belongs to one thread until it is given back.
 */
final class DecompressionBuffers {

    private final ArrayBlockingQueue<BufferSupplier> idle;

    /** Keeps at most {@code kept} sets of buffers for reuse; more may be on loan. */
    DecompressionBuffers(int kept) {
        idle = new ArrayBlockingQueue<>(kept);
    }

    BufferSupplier borrow() {
        BufferSupplier buffers = idle.poll();
        return buffers == null ? BufferSupplier.create() : buffers;
    }

    void giveBack(BufferSupplier buffers) {
        if (!idle.offer(buffers)) buffers.close();
    }
}
