package dev.heddle.common;

/**
 * Background work that repeats or comes later: retention, checkpoints, expiry. Any thread may schedule; each run has a
 * virtual thread of its own, so a task that waits delays nobody but itself.
 */
public interface Scheduler {

    /** A task that was scheduled. */
    interface Task {
        /** No further run starts; one that is under way goes on. */
        void cancel();
    }

    /**
     * Runs {@code work} repeatedly, {@code periodMs} milliseconds after the end of the run before. What it throws is
     * logged and does not end the repetition.
     *
     * @param name names the thread
     */
    Task repeat(String name, long initialDelayMs, long periodMs, Runnable work);

    /** Runs {@code work} once, {@code delayMs} milliseconds from now. What it throws is logged. */
    Task once(String name, long delayMs, Runnable work);
}
