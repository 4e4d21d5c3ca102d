package dev.heddle.common;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The one way in which a handler waits: for appended records, for the high watermark, for a group to gather. One thread
 * at a time awaits; any thread may {@link #wake()} or {@link #cancel()} it.
 *
 * <p>A waiter is registered with whatever may bring news, and then awaited in a loop around the condition itself:
 *
 * <pre>{@code
 * partition.register(waiter);
 * try {
 *     while (!enough() && waiter.await(deadline) == Waiter.Outcome.WOKEN) {}
 * } finally {
 *     partition.deregister(waiter);
 * }
 * }</pre>
 *
 * <p>For maintainers: a wake-up is a permit that one {@code await} consumes, so that none is lost between the look at
 * the condition and the wait. A cancellation is for good. There is no interrupt anywhere: interrupting a thread inside
 * a {@code FileChannel} closes the file for everyone.
 */
public final class Waiter {

    /** Why an {@link #await} came back. */
    public enum Outcome {
        /** There may be news: look at the condition again. */
        WOKEN,
        /** The deadline has passed. */
        TIMED_OUT,
        /** Nobody is interested in the answer any more: the client has gone or the broker is stopping. */
        CANCELLED
    }

    /** Told when a wait really begins and ends, on the waiting thread; must not block. */
    public interface Listener {
        /** Nothing to tell. */
        Listener NONE = new Listener() {
            @Override
            public void waitBegins() {}

            @Override
            public void waitEnds() {}
        };

        /** The thread is about to park. */
        void waitBegins();

        /** The thread runs again. */
        void waitEnds();
    }

    private final Time time;
    private final Listener listener;

    /** The permit: set by {@link #wake()}, taken by the awaiting thread. */
    private volatile boolean woken;

    /** Set once, for good. */
    private volatile boolean cancelled;

    /** Publishes the parked thread to whoever wakes it; null while nobody is parked. */
    private volatile @Nullable Thread parked;

    public Waiter(Time time) {
        this(time, Listener.NONE);
    }

    /** A waiter that tells {@code listener} of each wait, so that the time spent can be accounted for. */
    public Waiter(Time time, Listener listener) {
        this.time = time;
        this.listener = listener;
    }

    /**
     * Waits for news.
     *
     * @param deadlineNanos a value of {@link Time#nanoseconds()}, see {@link Time#deadlineAfterMs}
     */
    public Outcome await(long deadlineNanos) {
        Outcome outcome = poll(deadlineNanos);
        if (outcome != null) return outcome;
        listener.waitBegins();
        try (var ignored = ManagedWait.begin()) {
            parked = Thread.currentThread();
            while ((outcome = poll(deadlineNanos)) == null) {
                time.park(this, deadlineNanos - time.nanoseconds());
            }
            return outcome;
        } finally {
            parked = null;
            listener.waitEnds();
        }
    }

    private @Nullable Outcome poll(long deadlineNanos) {
        if (cancelled) return Outcome.CANCELLED;
        if (woken) {
            woken = false;
            return Outcome.WOKEN;
        }
        return deadlineNanos - time.nanoseconds() <= 0 ? Outcome.TIMED_OUT : null;
    }

    /** Says that there may be news. Never blocks. */
    public void wake() {
        if (woken) return;
        woken = true;
        unpark();
    }

    /** Ends this and every later wait with {@link Outcome#CANCELLED}. Never blocks. */
    public void cancel() {
        cancelled = true;
        unpark();
    }

    /** Whether {@link #cancel()} was called. */
    public boolean isCancelled() {
        return cancelled;
    }

    private void unpark() {
        Thread thread = parked;
        if (thread != null) LockSupport.unpark(thread);
    }
}
