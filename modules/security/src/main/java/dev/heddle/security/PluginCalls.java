package dev.heddle.security;

import dev.heddle.common.ManagedWait;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls a plugin, which may take as long as it likes. Any thread may call it but a Processor's: it waits until the plugin
 * has answered, and meanwhile its request's place is lent to others and a pool has a stand-in for it.
 *
 * <p>For maintainers: before Java 24 a virtual thread that waits inside {@code synchronized} keeps its carrier, and
 * plugins are written for platform threads: a few such waits would hold back every request. There, only so many virtual
 * threads are inside the plugin at once as carriers were provided for, {@value #MAX_PINNED}; further calls are made by
 * platform threads, {@code authorizer-<n>}, which exist only while they are needed. From Java 24 on every call stays on
 * its own thread.
 */
final class PluginCalls implements AutoCloseable {

    /** How many carriers the plugin may hold. */
    static final int MAX_PINNED = 4;

    /** How many calls are made beside them; each costs a platform thread. Those beyond wait for their turn. */
    static final int MAX_THREADS = 256;

    private static final int FIRST_JAVA_WITHOUT_PINNING = 24;
    private static final long IDLE_SECONDS = 10;

    private final Time time;

    /** Counts those virtual threads that may be inside the plugin; null if there is no limit. */
    private final @Nullable Semaphore carriers;

    private final ThreadPoolExecutor threads;

    PluginCalls(Time time) {
        this(time, waitsMayPin());
    }

    /** @param mayPin whether a virtual thread that waits may hold its carrier */
    PluginCalls(Time time, boolean mayPin) {
        this.time = time;
        carriers = mayPin ? new Semaphore(MAX_PINNED) : null;
        threads = new ThreadPoolExecutor(
                MAX_THREADS,
                MAX_THREADS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Threads.platformFactory("authorizer"));
        threads.allowCoreThreadTimeOut(true);
    }

    /** Whether a wait inside {@code synchronized} holds a carrier in the Java that runs. */
    static boolean waitsMayPin() {
        return Runtime.version().feature() < FIRST_JAVA_WITHOUT_PINNING;
    }

    /** Calls the plugin; what it throws is thrown here. */
    <T> T call(Supplier<T> plugin) {
        Semaphore limit = Thread.currentThread().isVirtual() ? carriers : null;
        if (limit == null) return callHere(plugin);
        if (!limit.tryAcquire()) return callElsewhere(plugin);
        try {
            return callHere(plugin);
        } finally {
            limit.release();
        }
    }

    private static <T> T callHere(Supplier<T> plugin) {
        try (var ignored = ManagedWait.begin()) {
            return plugin.get();
        }
    }

    private <T> T callElsewhere(Supplier<T> plugin) {
        var done = new Waiter(time);
        var task = new FutureTask<T>(plugin::get) {
            @Override
            protected void done() {
                done.wake();
            }
        };
        threads.execute(task);
        while (!task.isDone()) done.await(time.deadlineAfterMs(Long.MAX_VALUE));
        return resultOf(task);
    }

    private static <T> T resultOf(FutureTask<T> task) {
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) throw failure;
            if (e.getCause() instanceof Error failure) throw failure;
            throw new IllegalStateException(e.getCause()); // a Supplier throws nothing else
        } catch (InterruptedException e) {
            throw new IllegalStateException(e); // it is done, so this does not wait
        }
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
