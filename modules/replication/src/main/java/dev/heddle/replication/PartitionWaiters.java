package dev.heddle.replication;

import dev.heddle.common.Threads;
import dev.heddle.common.Waiter;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Who waits for news of one partition. Any thread may call it, and nothing here blocks.
 *
 * <p>For maintainers: an append must not pay for those who wait. With nobody waiting, {@link #wakeAll()} is one volatile
 * read. A few waiters are woken on the spot. Many are woken by a virtual thread of their own, and however many appends
 * ask while it is at work, it makes one more round for all of them; a waiter that has not yet run since its last
 * wake-up costs a read.
 *
 * <p>The count is kept apart from the set because the set's own size, spread over cells, may be read as zero while one
 * waiter comes and another goes. Who registers looks at the condition afterwards, and who changes the condition looks
 * at the count afterwards: one of the two sees the other.
 */
final class PartitionWaiters {

    /** Up to so many are woken by the thread that brings the news. */
    static final int WOKEN_IN_PLACE = 4;

    private final Set<Waiter> waiters = ConcurrentHashMap.newKeySet(1);

    /** How many are registered, or about to be. */
    private final AtomicInteger count = new AtomicInteger();

    /** How many wake-ups were asked for since the waking thread last found nothing left to do. */
    private final AtomicInteger asked = new AtomicInteger();

    /** Wakes {@code waiter} at every piece of news from now on. Registering twice is registering once. */
    void add(Waiter waiter) {
        if (waiters.add(waiter)) count.incrementAndGet();
    }

    /** The opposite of {@link #add}. */
    void remove(Waiter waiter) {
        if (waiters.remove(waiter)) count.decrementAndGet();
    }

    int size() {
        return count.get();
    }

    /** Says that there may be news. */
    void wakeAll() {
        int waiting = count.get();
        if (waiting == 0) return;
        if (waiting <= WOKEN_IN_PLACE) {
            waiters.forEach(Waiter::wake);
        } else if (asked.getAndIncrement() == 0) {
            Threads.virtual("partition-waker", this::wakeMany).start();
        }
    }

    private void wakeMany() {
        int seen;
        do {
            seen = asked.get();
            waiters.forEach(Waiter::wake);
        } while (!asked.compareAndSet(seen, 0));
    }
}
