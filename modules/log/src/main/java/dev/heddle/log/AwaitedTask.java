package dev.heddle.log;

import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Work that one thread does while another waits for it. Two threads use it: the one that runs it, the one that awaits.
 *
 * @param <T> what comes of it
 */
final class AwaitedTask<T extends @Nullable Object> implements Runnable {

    private final Supplier<T> work;
    private final Time time;
    private final Waiter waiter;
    private @Nullable T result;
    private @Nullable Throwable failure;

    /** Publishes {@link #result} and {@link #failure} to the waiting thread. */
    private volatile boolean done;

    AwaitedTask(Supplier<T> work, Time time) {
        this.work = work;
        this.time = time;
        this.waiter = new Waiter(time);
    }

    @Override
    public void run() {
        try {
            result = work.get();
        } catch (RuntimeException | Error e) {
            failure = e;
        } finally {
            done = true;
            waiter.wake();
        }
    }

    /** Waits until the work is done; throws what it threw. */
    @Nullable T await() {
        while (!done) waiter.await(time.deadlineAfterMs(Long.MAX_VALUE));
        if (failure instanceof RuntimeException e) throw e;
        if (failure instanceof Error e) throw e;
        return result;
    }
}
