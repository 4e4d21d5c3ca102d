package dev.heddle.log;

import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import org.jspecify.annotations.Nullable;

/**
 * Work that one thread does while another waits for it. Two threads use it: the one that runs it, the one that awaits.
 *
 * @param <T> what comes of it
 * @param <E> the checked exception that the work may throw; {@link RuntimeException} for none
 */
final class AwaitedTask<T extends @Nullable Object, E extends Exception> implements Runnable {

    /** What is to be done. */
    interface Work<T extends @Nullable Object, E extends Exception> {
        T run() throws E;
    }

    private final Work<T, E> work;
    private final Time time;
    private final Waiter waiter;
    private @Nullable T result;
    private @Nullable Throwable failure;

    /** Publishes {@link #result} and {@link #failure} to the waiting thread. */
    private volatile boolean done;

    AwaitedTask(Work<T, E> work, Time time) {
        this.work = work;
        this.time = time;
        this.waiter = new Waiter(time);
    }

    @Override
    public void run() {
        try {
            result = work.run();
        } catch (Exception | Error e) {
            failure = e;
        } finally {
            done = true;
            waiter.wake();
        }
    }

    /** Waits until the work is done; throws what it threw. */
    @SuppressWarnings("unchecked") // the work throws nothing else
    @Nullable T await() throws E {
        while (!done) waiter.await(time.deadlineAfterMs(Long.MAX_VALUE));
        switch (failure) {
            case null -> {
                return result;
            }
            case Error e -> throw e;
            case RuntimeException e -> throw e;
            default -> throw (E) failure;
        }
    }
}
