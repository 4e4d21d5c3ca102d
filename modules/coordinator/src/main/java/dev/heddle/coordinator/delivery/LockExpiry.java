package dev.heddle.coordinator.delivery;

import dev.heddle.common.Scheduler;
import dev.heddle.common.Time;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that a share partition is looked at when its next acquisition lock ends: one planned look, or a few. Not
 * thread-safe: the lock of {@link SharePartition} guards it.
 */
final class LockExpiry {

    private final Time time;
    private final Scheduler scheduler;
    private final Runnable look;

    /** When the next look is planned; null if none is. */
    private @Nullable Long plannedNanos;

    LockExpiry(Time time, Scheduler scheduler, Runnable look) {
        this.time = time;
        this.scheduler = scheduler;
        this.look = look;
    }

    /** Plans a look, unless an earlier one is planned: that one will plan the next. */
    void plan(OptionalLong deadlineNanos) {
        if (deadlineNanos.isEmpty()) return;
        long at = deadlineNanos.getAsLong();
        if (plannedNanos != null && plannedNanos - at <= 0) return;
        plannedNanos = at;
        long left = Math.max(0, at - time.nanoseconds());
        scheduler.once("share-lock-expiry", TimeUnit.NANOSECONDS.toMillis(left) + 1, look);
    }

    /** The partition is being looked at. */
    void looked() {
        if (plannedNanos != null && plannedNanos - time.nanoseconds() <= 0) plannedNanos = null;
    }
}
