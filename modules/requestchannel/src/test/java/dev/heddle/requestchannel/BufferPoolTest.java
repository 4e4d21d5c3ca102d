package dev.heddle.requestchannel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.Threads;
import java.util.ArrayList;
import java.util.concurrent.ArrayBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
class BufferPoolTest {

    @ParameterizedTest
    @CsvSource({
        "0,16384",
        "16384,16384",
        "16385,32768",
        "1000000,1048576",
        "4194304,4194304",
        "4194305,4194305",
        "9999999,9999999"
    })
    void aBufferHasTheNextPowerOfTwoOrIsOnTheHeap(int size, int capacity) {
        var pool = new BufferPool(0);
        PooledBuffer buffer = pool.acquire(size);
        assertEquals(capacity, buffer.bytes().capacity());
        assertEquals(size <= BufferPool.LARGEST_POOLED, buffer.bytes().isDirect());
        assertEquals(1, pool.outstanding());
        buffer.release();
        assertEquals(0, pool.outstanding());
        assertEquals(0, pool.retainedBytes());
    }

    @Test
    void aBufferComesBackCleanAfterItsLastReference() {
        var pool = new BufferPool(1 << 20);
        PooledBuffer buffer = pool.acquire(100);
        buffer.bytes().position(50).limit(60);
        buffer.retain();
        assertFalse(buffer.isExclusive());
        buffer.release();
        assertTrue(buffer.isExclusive());
        assertNotSame(buffer, pool.acquire(100));
        buffer.release();
        PooledBuffer again = pool.acquire(100);
        assertSame(buffer, again);
        assertEquals(0, again.bytes().position());
        assertEquals(16384, again.bytes().limit());
    }

    @Test
    void usingABufferAfterItsEndIsAnError() {
        PooledBuffer buffer = new BufferPool(0).acquire(1);
        buffer.release();
        assertThrows(IllegalStateException.class, buffer::retain);
        PooledBuffer another = new BufferPool(0).acquire(1);
        another.release();
        assertThrows(IllegalStateException.class, another::release);
    }

    @Test
    void noMoreIsKeptThanAllowed() {
        var pool = new BufferPool(3 * 16384);
        var buffers = new ArrayList<PooledBuffer>();
        for (int i = 0; i < 10; i++) buffers.add(pool.acquire(1));
        buffers.forEach(PooledBuffer::release);
        assertEquals(3 * 16384, pool.retainedBytes());
        assertEquals(0, pool.outstanding());
    }

    @Test
    void manyThreadsGiveBackWhatOneThreadTakes() throws InterruptedException {
        var pool = new BufferPool(1 << 20);
        var handed = new ArrayBlockingQueue<PooledBuffer>(64);
        int total = 40_000;
        var threads = new ArrayList<Thread>();
        for (int t = 0; t < 4; t++) {
            threads.add(Threads.platform("releaser", () -> {
                for (int i = 0; i < total / 4; i++) take(handed).release();
            }));
        }
        threads.forEach(Thread::start);
        for (int i = 0; i < total; i++) {
            PooledBuffer buffer = pool.acquire(1);
            assertTrue(buffer.isExclusive());
            handed.put(buffer);
        }
        for (Thread thread : threads) thread.join();
        assertEquals(0, pool.outstanding());
    }

    private static PooledBuffer take(ArrayBlockingQueue<PooledBuffer> queue) {
        try {
            return queue.take();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
