package dev.heddle.log;

import com.codahale.metrics.Meter;
import dev.heddle.common.Time;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps what several threads read and write together below a rate. Any thread may call it; it does not wait itself, but
 * says how long to wait.
 */
public final class IoThrottle {

    private static final double NANOS_PER_SECOND = 1e9;

    /** Longer than anybody waits; keeps the sums in range. */
    private static final double LONGEST_NANOS = 3600 * NANOS_PER_SECOND;

    private final Time time;
    private final Meter meter;

    /** Guards the field below. */
    private final ReentrantLock lock = new ReentrantLock();

    /** When what was read and written so far is paid for, as {@link Time#nanoseconds()}. */
    private long paidNanos;

    /** Publishes the rate. */
    private volatile double bytesPerSecond;

    /** @param meter counts the bytes */
    public IoThrottle(Time time, Meter meter, double bytesPerSecond) {
        this.time = time;
        this.meter = meter;
        this.bytesPerSecond = bytesPerSecond;
        this.paidNanos = time.nanoseconds();
    }

    /** From the next use on. */
    public void updateRate(double newBytesPerSecond) {
        bytesPerSecond = newBytesPerSecond;
    }

    /** The rate, in bytes a second. */
    public double bytesPerSecond() {
        return bytesPerSecond;
    }

    /** So much was read or written. Returns until when to wait before the next, as {@link Time#nanoseconds()}. */
    public long used(int bytes) {
        meter.mark(bytes);
        long costNanos = (long) Math.min(LONGEST_NANOS, bytes * NANOS_PER_SECOND / bytesPerSecond);
        lock.lock();
        try {
            long now = time.nanoseconds();
            // What was not used before cannot be made up for now: that would be a burst.
            if (paidNanos - now < 0) paidNanos = now;
            paidNanos += costNanos;
            return paidNanos;
        } finally {
            lock.unlock();
        }
    }
}
