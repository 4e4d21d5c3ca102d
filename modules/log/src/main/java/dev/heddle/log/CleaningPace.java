package dev.heddle.log;

import dev.heddle.common.Time;
import dev.heddle.common.Waiter;

/** Asked before each piece of the work on one log: whether it goes on, and when. Used by one cleaner thread. */
final class CleaningPace {

    /** Shorter waits are put off until they have added up: they would cost more than they are worth. */
    private static final long MIN_WAIT_NANOS = 10_000_000;

    private final LogState log;
    private final Waiter worker;
    private final IoThrottle throttle;
    private final Time time;

    /** @param worker cancelled when the cleaner stops, woken when somebody wants the log for himself */
    CleaningPace(LogState log, Waiter worker, IoThrottle throttle) {
        this.log = log;
        this.worker = worker;
        this.throttle = throttle;
        this.time = log.runtime().time();
    }

    /** Throws if the work has to stop, or the log is gone. */
    void check() throws CleaningAbortedException {
        if (worker.isCancelled() || log.cleaning().mustStop()) throw new CleaningAbortedException();
        log.ensureOpen();
    }

    /** So much was read or written: waits until more may be. */
    void used(int bytes) throws CleaningAbortedException {
        long until = throttle.used(bytes);
        boolean longEnough = until - time.nanoseconds() >= MIN_WAIT_NANOS;
        while (longEnough && until - time.nanoseconds() > 0) {
            check();
            worker.await(until);
        }
        check();
    }
}
