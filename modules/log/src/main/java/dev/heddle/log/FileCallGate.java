package dev.heddle.log;

import dev.heddle.common.ManagedWait;
import dev.heddle.common.Time;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Bounds how many handlers are inside the file calls of one directory at a time: each of them holds a carrier, or a thread
 * of the handlers' pool, for as long as the disk likes, and a disk that hangs must not hold them all. Any thread may call
 * it.
 *
 * <p>For maintainers: a handler's thread that finds a free slot makes its call itself, which costs two atomic writes. Where
 * there is none, a thread of the directory makes the call while the handler's waits, which its pool is told. Other
 * platform threads hold nobody back and are not counted. A slot holds the moment its call began, so that anyone can see that a directory
 * does not respond: requests that have not begun there are refused then, instead of piling up behind the disk. What has
 * begun is not given up halfway.
 */
final class FileCallGate implements AutoCloseable {

    /**
     * How much a directory may hold back.
     *
     * @param insiders how many handlers may make calls themselves, at least 1
     * @param stallMs how long a call may take before the directory counts as stalled
     */
    record Limits(int insiders, long stallMs) {}

    /** {@link #enter()} says: make the call, nothing is counted. */
    private static final int UNCOUNTED = -1;

    /** {@link #enter()} says: there is no slot, use {@link #onLane}. */
    static final int FULL = -2;

    private static final int LANE_THREADS = 4;
    private static final int LOAD_STEP_BYTES = 1 << 20;
    private static final long FREE = 0;

    /** Slots lie a cache line apart. */
    private static final int STRIDE = Long.SIZE / Byte.SIZE;

    private final Time time;
    private final int insiders;
    private final long stallNanos;
    private final LogIoLane shortCalls;

    /** Apart from the others, so that those who sync or read old records do not hold back those who write. */
    private final LogIoLane longCalls;

    /** When the call in each slot began, {@link #FREE} without one; those of the lane's threads come last. */
    private final AtomicLongArray began;

    FileCallGate(Path directory, Time time, Limits limits) {
        this.time = time;
        this.insiders = limits.insiders;
        this.stallNanos = TimeUnit.MILLISECONDS.toNanos(limits.stallMs);
        this.shortCalls = new LogIoLane("log-io-" + directory + "-short", LANE_THREADS, time);
        this.longCalls = new LogIoLane("log-io-" + directory + "-long", LANE_THREADS, time);
        this.began = new AtomicLongArray((limits.insiders + 2 * LANE_THREADS) * STRIDE);
    }

    /** Comes before a call; {@link #leave} comes after it, unless it is {@link #FULL}. */
    int enter() {
        Thread thread = Thread.currentThread();
        if (!isBounded(thread)) return UNCOUNTED;
        int first = (int) (thread.threadId() % insiders);
        for (int i = 0; i < insiders; i++) {
            int slot = first + i < insiders ? first + i : first + i - insiders;
            if (claim(slot)) return slot;
        }
        return FULL;
    }

    /** Whether it is one of a few that serve everybody: a virtual thread on its carrier, or one of a handlers' pool. */
    private static boolean isBounded(Thread thread) {
        return thread.isVirtual() || thread instanceof ManagedWait.Host;
    }

    /** Ends what {@link #enter()} began. */
    void leave(int slot) {
        if (slot >= 0) began.set(slot * STRIDE, FREE);
    }

    private boolean claim(int slot) {
        int at = slot * STRIDE;
        return began.get(at) == FREE && began.compareAndSet(at, FREE, time.nanoseconds() | 1);
    }

    /** Makes a call on a thread of the directory while the caller waits; a thread that is not bounded makes it itself. */
    <T> T onLane(LogState.IoCall<T> call) throws IOException {
        return await(shortCalls, () -> counted(call));
    }

    /** As {@link #onLane}, for syncs. They may take long, and say nothing about whether the disk is stalled. */
    void sync(IoWork work) throws IOException {
        await(longCalls, () -> {
            work.run();
            return true;
        });
    }

    /** As {@link #onLane}: brings a region of a file into the page cache, step by step, unless it is there. */
    void load(FileChannel file, long position, long sizeInBytes) throws IOException {
        if (PageCache.holds(file, position, sizeInBytes)) return;
        await(longCalls, () -> {
            long end = position + sizeInBytes;
            for (long at = position; at < end; at += LOAD_STEP_BYTES) {
                long from = at;
                counted(() -> PageCache.load(file, from, Math.min(end - from, LOAD_STEP_BYTES)));
            }
            return true;
        });
    }

    private <T> T await(LogIoLane lane, LogState.IoCall<T> call) throws IOException {
        if (!isBounded(Thread.currentThread())) return call.run();
        var task = new AwaitedTask<T, IOException>(call::run, time);
        if (!lane.submit(task)) return call.run();
        return task.await();
    }

    private <T> T counted(LogState.IoCall<T> call) throws IOException {
        int slot = insiders;
        while (!claim(slot)) slot = slot + 1 < insiders + 2 * LANE_THREADS ? slot + 1 : insiders;
        try {
            return call.run();
        } finally {
            leave(slot);
        }
    }

    /** Whether some call has been under way for too long. */
    boolean isStalled() {
        long now = time.nanoseconds();
        for (int at = 0; at < began.length(); at += STRIDE) {
            long since = began.get(at);
            if (since != FREE && now - since > stallNanos) return true;
        }
        return false;
    }

    /** How long to wait for something that a call may hold back, before one asks whether the directory is stalled. */
    long stallNanos() {
        return stallNanos;
    }

    @Override
    public void close() {
        shortCalls.close();
        longCalls.close();
    }
}
