package dev.heddle.log;

import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How far a log is clean, and who may replace or remove its old segments: one at a time, the cleaner or retention, and
 * neither while somebody truncates or deletes the log. Any thread may call it.
 *
 * <pre>
 *             tryBegin                    pause
 *   Idle ─────────────────► Working ────────────────► Working, told to stop
 *    ▲ │ ◄───────────────────── end                             │ end
 *    │ └──────── pause ────────► Paused ◄───────────────────────┘
 *    └────────── resume ────────── │
 * </pre>
 */
final class CleaningState {

    /** No offset has been written down, or read. */
    static final long UNKNOWN = -1;

    /** For so long at most cleaning rests after there was no room for it. */
    static final long MAX_REST_MS = 10 * 60 * 1000;

    private static final int MAX_DOUBLINGS = 20;

    private sealed interface Stage permits Idle, Working, Paused {}

    private record Idle() implements Stage {}

    /**
     * Somebody works on old segments.
     *
     * @param pauses how many want the work to stop
     */
    private record Working(Waiter worker, int pauses) implements Stage {}

    private record Paused(int times) implements Stage {}

    private static final Idle IDLE = new Idle();

    private final Time time;

    /** Guards the fields below; never held over anything that waits. */
    private final ReentrantLock lock = new ReentrantLock();

    private final List<Waiter> waitingForEnd = new ArrayList<>(1);
    private Stage stage = IDLE;

    /** Publishes below which offset the log is clean; {@link #UNKNOWN} if it never was cleaned. */
    private volatile long cleanedOffset = UNKNOWN;

    /** How often in a row there was no room for cleaning; the cleaner's thread that works on the log changes it. */
    private int refusals;

    /** Publishes when cleaning may be tried again after there was no room for it. */
    private volatile long notBeforeNanos = Long.MIN_VALUE;

    /** Publishes that cleaning has failed, for a reason that will not go away by itself. */
    private volatile boolean uncleanable;

    /** Publishes that the log is being copied, and must not be compacted. */
    private volatile boolean compactionHeld;

    CleaningState(Time time) {
        this.time = time;
    }

    /**
     * Stops a compaction that goes on and lets none begin before {@link #releaseCompaction}; retention goes on. A copy
     * that is made while the log is compacted could hold a value whose tombstone it has missed.
     */
    void holdCompaction() {
        compactionHeld = true;
        whilePaused(() -> {});
    }

    /** Takes {@link #holdCompaction} back. */
    void releaseCompaction() {
        compactionHeld = false;
    }

    /** Whether the log must not be compacted. To be asked, too, by whoever has just begun to work on it. */
    boolean isCompactionHeld() {
        return compactionHeld;
    }

    /** Begins to work on old segments, unless somebody does, or may not; {@link #end()} follows. */
    boolean tryBegin(Waiter worker) {
        lock.lock();
        try {
            if (!(stage instanceof Idle)) return false;
            stage = new Working(worker, 0);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The work has ended. */
    void end() {
        lock.lock();
        try {
            if (!(stage instanceof Working working)) throw new IllegalStateException("Nobody was working: " + stage);
            stage = working.pauses == 0 ? IDLE : new Paused(working.pauses);
            waitingForEnd.forEach(Waiter::wake);
            waitingForEnd.clear();
        } finally {
            lock.unlock();
        }
    }

    /** Whether the work has to stop. */
    boolean mustStop() {
        lock.lock();
        try {
            return stage instanceof Working working && working.pauses > 0;
        } finally {
            lock.unlock();
        }
    }

    boolean isIdle() {
        lock.lock();
        try {
            return stage instanceof Idle;
        } finally {
            lock.unlock();
        }
    }

    /** Stops the work that goes on, waits until it has stopped, and lets none begin before {@link #resume()}. */
    void pause() {
        var waiter = new Waiter(time);
        lock.lock();
        try {
            stage = switch (stage) {
                case Idle idle -> new Paused(1);
                case Paused paused -> new Paused(paused.times + 1);
                case Working working -> stopSoon(working, waiter);
            };
        } finally {
            lock.unlock();
        }
        while (isWorking()) waiter.await(time.deadlineAfterMs(Long.MAX_VALUE));
    }

    private Working stopSoon(Working working, Waiter waiter) {
        waitingForEnd.add(waiter);
        working.worker.wake();
        return new Working(working.worker, working.pauses + 1);
    }

    private boolean isWorking() {
        lock.lock();
        try {
            return stage instanceof Working;
        } finally {
            lock.unlock();
        }
    }

    /** Takes one {@link #pause()} back. */
    void resume() {
        lock.lock();
        try {
            if (!(stage instanceof Paused paused)) throw new IllegalStateException("Not paused: " + stage);
            stage = paused.times == 1 ? IDLE : new Paused(paused.times - 1);
        } finally {
            lock.unlock();
        }
    }

    /** Does something while nobody works on old segments. */
    void whilePaused(Runnable work) {
        pause();
        try {
            work.run();
        } finally {
            resume();
        }
    }

    long cleanedOffset() {
        return cleanedOffset;
    }

    /** Everything below the offset is clean. */
    void cleanedTo(long offset) {
        refusals = 0;
        cleanedOffset = offset;
    }

    /**
     * There was no room for cleaning: it rests, each time for twice as long as before.
     *
     * @return for how long
     */
    long postpone(long firstMs) {
        long restMs = Math.min(MAX_REST_MS, Math.min(MAX_REST_MS, firstMs) << Math.min(refusals, MAX_DOUBLINGS));
        refusals++;
        notBeforeNanos = time.deadlineAfterMs(restMs);
        return restMs;
    }

    boolean isPostponed() {
        long notBefore = notBeforeNanos;
        return notBefore != Long.MIN_VALUE && time.nanoseconds() - notBefore < 0;
    }

    /**
     * The log was truncated.
     *
     * @return whether what is written down about it is now wrong
     */
    boolean truncatedTo(long offset) {
        if (cleanedOffset <= offset) return false;
        cleanedOffset = offset;
        return true;
    }

    boolean isUncleanable() {
        return uncleanable;
    }

    void markUncleanable() {
        uncleanable = true;
    }
}
