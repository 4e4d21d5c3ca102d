package dev.heddle.coordinator;

import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import org.jspecify.annotations.Nullable;

/**
 * An answer that a handler's thread waits for and another thread may have to give. One thread {@linkplain #await
 * awaits}; any thread that holds the group's lock {@linkplain #complete completes}, once.
 */
final class Awaited<T> {

    private final Waiter waiter;
    private final Time time;

    /** Publishes the answer to the thread that waits for it. */
    private volatile @Nullable T answer;

    Awaited(Waiter waiter, Time time) {
        this.waiter = waiter;
        this.time = time;
    }

    /** Gives the answer; a second one is ignored. Never blocks. */
    void complete(T value) {
        if (answer != null) return;
        answer = value;
        waiter.wake();
    }

    boolean isComplete() {
        return answer != null;
    }

    /**
     * Waits for the answer, without a limit of its own: the group's deadlines see to it that there is one.
     *
     * @return null when nobody wants the answer any more
     */
    @Nullable T await() {
        while (answer == null) {
            if (waiter.await(time.deadlineAfterMs(Long.MAX_VALUE)) == Waiter.Outcome.CANCELLED) break;
        }
        return answer;
    }
}
