package dev.heddle.handlers;

import dev.heddle.common.CloseConnectionException;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the requests that a strategy has taken and not finished. Any thread may call it; {@link #close} belongs to one.
 *
 * <p>For maintainers: a request is counted before the flag is read, and uncounted before it is read again. So whoever
 * closes either sees a request in the count, or that request sees the flag: in {@link #beginOrRefuse} it is refused, in
 * {@link #end} it wakes the closer.
 */
final class InFlightRequests {

    private final Time time;
    private final Waiter allDone;
    private final LongAdder count = new LongAdder();

    /** Set once, for good: no request begins any more. */
    private volatile boolean closed;

    InFlightRequests(Time time) {
        this.time = time;
        this.allDone = new Waiter(time);
    }

    /**
     * Counts a request in.
     *
     * @throws CloseConnectionException if there is to be no further one; it is not counted then
     */
    void beginOrRefuse() {
        count.increment();
        if (!closed) return;
        end();
        throw new CloseConnectionException("The broker is stopping");
    }

    /** Counts a request out. */
    void end() {
        count.decrement();
        if (closed) allDone.wake();
    }

    long count() {
        return count.sum();
    }

    /** Lets no further request begin and waits until the last has ended; false if that takes too long. */
    boolean close(long timeoutMs) {
        closed = true;
        long deadlineNanos = time.deadlineAfterMs(timeoutMs);
        while (count.sum() > 0) {
            if (allDone.await(deadlineNanos) == Waiter.Outcome.TIMED_OUT) return count.sum() == 0;
        }
        return true;
    }
}
