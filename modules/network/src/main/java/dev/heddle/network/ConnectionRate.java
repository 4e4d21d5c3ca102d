package dev.heddle.network;

/**
 * A bound on connections per second that lets a second's worth come at once. Used under the lock of {@link
 * ConnectionQuotas}.
 */
final class ConnectionRate {

    static final long SECOND_NANOS = 1_000_000_000;

    private final int perSecond;
    private double tokens;
    private long countedNanos;

    ConnectionRate(int perSecond, long nowNanos) {
        this.perSecond = perSecond;
        tokens = perSecond;
        countedNanos = nowNanos;
    }

    /** After how many nanoseconds the next may come; 0 if now. */
    long delayNanos(long nowNanos) {
        if (perSecond == Integer.MAX_VALUE) return 0;
        if (perSecond == 0) return SECOND_NANOS;
        refill(nowNanos);
        return tokens >= 1 ? 0 : (long) Math.ceil((1 - tokens) / perSecond * SECOND_NANOS);
    }

    /** One has come. */
    void record(long nowNanos) {
        if (perSecond == Integer.MAX_VALUE) return;
        refill(nowNanos);
        tokens--;
    }

    private void refill(long nowNanos) {
        double earned = (double) (nowNanos - countedNanos) / SECOND_NANOS * perSecond;
        tokens = Math.min(perSecond, tokens + earned);
        countedNanos = nowNanos;
    }
}
