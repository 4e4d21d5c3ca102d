package dev.heddle.log;

import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * A few platform threads, {@code log-cpu-<n>}, for long computations: nothing preempts a virtual thread, so a handler
 * that recompresses megabytes would hold its carrier all the while. Any thread may call it.
 */
final class CpuPool implements AutoCloseable {

    private final Time time;
    private final ExecutorService executor;

    CpuPool(int threads, Time time) {
        this.time = time;
        this.executor = Executors.newFixedThreadPool(threads, Threads.platformFactory("log-cpu"));
    }

    /**
     * Computes on a thread of the pool while the caller waits; on the caller's own thread if that is a platform thread.
     * What the computation throws is thrown here.
     */
    <T> T compute(Supplier<T> computation) {
        if (!Thread.currentThread().isVirtual()) return computation.get();
        var task = new AwaitedTask<T, RuntimeException>(computation::get, time);
        executor.execute(task);
        return Objects.requireNonNull(task.await());
    }

    @Override
    public void close() {
        executor.close();
    }
}
