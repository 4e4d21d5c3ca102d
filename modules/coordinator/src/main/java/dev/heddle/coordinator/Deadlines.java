package dev.heddle.coordinator;

/** Arithmetic of deadlines, which are values of {@link dev.heddle.common.Time#nanoseconds()}. Any thread may call it. */
final class Deadlines {

    /** A deadline that does not exist. */
    static final long NEVER = Long.MAX_VALUE;

    private Deadlines() {}

    static boolean isDue(long deadlineNanos, long nowNanos) {
        return deadlineNanos != NEVER && deadlineNanos - nowNanos <= 0;
    }

    static boolean isEarlier(long deadlineNanos, long otherNanos) {
        if (deadlineNanos == NEVER) return false;
        return otherNanos == NEVER || deadlineNanos - otherNanos < 0;
    }

    static long earlier(long deadlineNanos, long otherNanos) {
        return isEarlier(otherNanos, deadlineNanos) ? otherNanos : deadlineNanos;
    }
}
