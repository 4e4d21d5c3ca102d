package dev.heddle.common;

import java.util.concurrent.locks.LockSupport;

/**
 * The one source of time, and of waiting for it to pass. Any thread may call it.
 *
 * <p>Code that asks {@code Time} instead of the JDK can be tested with {@link ManualTime}, without sleeping.
 */
public interface Time {

    /** The machine's own clock. */
    Time SYSTEM = new Time() {
        @Override
        public long milliseconds() {
            return System.currentTimeMillis();
        }

        @Override
        public long nanoseconds() {
            return System.nanoTime();
        }

        @Override
        public void park(Object blocker, long nanos) {
            LockSupport.parkNanos(blocker, nanos);
        }
    };

    /** Wall-clock time, in milliseconds since the epoch; it may jump. Use it for what is written down. */
    long milliseconds();

    /** Monotonic time in nanoseconds from an arbitrary origin. Use it for deadlines and durations. */
    long nanoseconds();

    /**
     * Parks the calling thread until it is unparked, {@code nanos} have passed, or for no reason at all, as
     * {@link LockSupport#parkNanos(Object, long)} does.
     */
    void park(Object blocker, long nanos);

    /** The {@link #nanoseconds()} value that lies {@code delayMs} milliseconds ahead; a huge delay means "never". */
    default long deadlineAfterMs(long delayMs) {
        long delayNanos = delayMs >= Long.MAX_VALUE / 4_000_000 ? Long.MAX_VALUE / 4 : delayMs * 1_000_000;
        return nanoseconds() + delayNanos;
    }
}
