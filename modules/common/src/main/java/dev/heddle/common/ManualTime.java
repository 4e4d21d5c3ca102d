package dev.heddle.common;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A clock that stands still until it is told to {@linkplain #advance advance}: for tests and simulations. Any thread
 * may call it. Whoever waits on it is woken at each step, to look at the clock again.
 */
public final class ManualTime implements Time {

    private final AtomicLong nowNanos;
    private final Set<Thread> parked = ConcurrentHashMap.newKeySet();

    /** What each thread saw when it last looked at {@link #nanoseconds()}. */
    private final Map<Thread, Long> lastLooks = new ConcurrentHashMap<>();

    /** Starts at {@code startMs}, in milliseconds since the epoch. */
    public ManualTime(long startMs) {
        nowNanos = new AtomicLong(startMs * 1_000_000);
    }

    @Override
    public long milliseconds() {
        return nowNanos.get() / 1_000_000;
    }

    @Override
    public long nanoseconds() {
        long now = nowNanos.get();
        lastLooks.put(Thread.currentThread(), now);
        return now;
    }

    @Override
    public void park(Object blocker, long nanos) {
        if (nanos <= 0) return;
        parked.add(Thread.currentThread());
        try {
            // The clock may have moved between the caller's look at it and this registration.
            Long lastLook = lastLooks.get(Thread.currentThread());
            if (lastLook == null || lastLook == nowNanos.get()) LockSupport.park(blocker);
        } finally {
            parked.remove(Thread.currentThread());
        }
    }

    /** Moves the clock forward by {@code millis} and wakes every thread parked on it. */
    public void advance(long millis) {
        nowNanos.addAndGet(millis * 1_000_000);
        parked.forEach(LockSupport::unpark);
    }

    /** How many threads are parked on this clock: lets a test wait until a waiter has arrived. */
    public int parkedThreads() {
        return parked.size();
    }
}
