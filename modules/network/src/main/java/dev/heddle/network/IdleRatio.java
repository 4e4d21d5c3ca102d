package dev.heddle.network;

import dev.heddle.common.Time;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Which part of the last half minute or so a thread has waited for its selector. The thread itself says when a wait
 * begins and ends; any thread may ask for the ratio.
 */
final class IdleRatio {

    private static final long SAMPLE_NANOS = 15L * 1_000_000_000;

    private record Sample(long atNanos, long idleNanos) {}

    private final Time time;

    /** Nanoseconds of all waits that are over. Written by the thread itself. */
    private volatile long idleNanos;

    /** When the present wait began; 0 while the thread runs. Written by the thread itself. */
    private volatile long waitingSinceNanos;

    /** Guards the two samples; never taken by the thread itself. */
    private final ReentrantLock lock = new ReentrantLock();

    private Sample older;
    private Sample newer;

    IdleRatio(Time time) {
        this.time = time;
        older = new Sample(time.nanoseconds(), 0);
        newer = older;
    }

    void waitBegins(long nowNanos) {
        waitingSinceNanos = nowNanos == 0 ? 1 : nowNanos;
    }

    void waitEnds(long nowNanos) {
        idleNanos = idleNanos + nowNanos - waitingSinceNanos;
        waitingSinceNanos = 0;
    }

    /** Between 0 (always busy) and 1 (always waiting). */
    double ratio() {
        lock.lock();
        try {
            Sample now = sample();
            if (now.atNanos - newer.atNanos >= SAMPLE_NANOS) {
                older = newer;
                newer = now;
            }
            long elapsed = now.atNanos - older.atNanos;
            if (elapsed <= 0) return 1;
            return Math.clamp((double) (now.idleNanos - older.idleNanos) / elapsed, 0.0, 1.0);
        } finally {
            lock.unlock();
        }
    }

    private Sample sample() {
        long nowNanos = time.nanoseconds();
        long since = waitingSinceNanos;
        return new Sample(nowNanos, idleNanos + (since == 0 ? 0 : nowNanos - since));
    }
}
