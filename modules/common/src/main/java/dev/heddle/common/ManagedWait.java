package dev.heddle.common;

import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/**
 * Tells whoever accounts for a thread that it is about to wait: a bounded pool, which can put another thread in its
 * place, and the request that the thread works on, whose place others can have meanwhile. Called by the waiting thread
 * itself; on a thread that nobody accounts for it does nothing.
 *
 * <p>The idea is that of {@link java.util.concurrent.ForkJoinPool.ManagedBlocker}. A pool's thread is a {@link Host} by
 * its class. A request's thread, which may be a virtual one, has its host from {@link #enter} to {@link #leave}.
 */
public final class ManagedWait implements AutoCloseable {

    /** Who wants to know of a thread's waits; both are called on that very thread. */
    public interface Host {
        /** The thread is about to wait. Must not block. */
        void waitBegins();

        /** The thread runs again. Must not block. */
        void waitEnds();
    }

    /** Whose work a thread does at the moment. Nothing is kept here beyond that: it is no cache. */
    private static final ThreadLocal<@Nullable Host> WORK = new ThreadLocal<>();

    private static final ManagedWait NOTHING = new ManagedWait(null, null);

    private final @Nullable Host pool;
    private final @Nullable Host work;

    private ManagedWait(@Nullable Host pool, @Nullable Host work) {
        this.pool = pool;
        this.work = work;
    }

    /**
     * From now on {@code host} is told of each wait of this thread. There is no closure to run: its frames would be part of
     * the stack of every request that waits.
     *
     * @return who was told so far, for {@link #leave}
     */
    public static @Nullable Host enter(Host host) {
        Host before = WORK.get();
        WORK.set(host);
        return before;
    }

    /** Ends what {@link #enter} began; to be called in any case. */
    public static void leave(@Nullable Host before) {
        if (before == null) WORK.remove();
        else WORK.set(before);
    }

    /** Opens a wait, which {@link #close()} ends; waits do not nest. */
    public static ManagedWait begin() {
        Host pool = Thread.currentThread() instanceof Host host ? host : null;
        Host work = WORK.get();
        if (pool == null && work == null) return NOTHING;
        if (work != null) work.waitBegins();
        if (pool != null) pool.waitBegins();
        return new ManagedWait(pool, work);
    }

    /** Takes a lock; to wait for it is a wait like others. */
    public static void lock(Lock lock) {
        if (lock.tryLock()) return;
        try (var ignored = begin()) {
            lock.lock();
        }
    }

    @Override
    public void close() {
        if (pool != null) pool.waitEnds();
        if (work != null) work.waitEnds();
    }
}
