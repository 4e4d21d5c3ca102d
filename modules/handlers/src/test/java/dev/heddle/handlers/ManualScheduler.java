package dev.heddle.handlers;

import dev.heddle.common.ManualTime;
import dev.heddle.common.Scheduler;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Does what is due when its clock is moved on, on the thread that moves it. Any thread may schedule. */
final class ManualScheduler implements Scheduler {

    private record Planned(long atNanos, Runnable work) {}

    private final ManualTime time;
    private final ConcurrentLinkedQueue<Planned> planned = new ConcurrentLinkedQueue<>();

    ManualScheduler(ManualTime time) {
        this.time = time;
    }

    @Override
    public Task repeat(String name, long initialDelayMs, long periodMs, Runnable work) {
        throw new UnsupportedOperationException(name);
    }

    @Override
    public Task once(String name, long delayMs, Runnable work) {
        var task = new Planned(time.deadlineAfterMs(delayMs), work);
        planned.add(task);
        return () -> planned.remove(task);
    }

    /** Moves the clock on, and does what has become due. */
    void advance(long ms) {
        time.advance(ms);
        for (Planned task : planned) {
            if (task.atNanos - time.nanoseconds() <= 0 && planned.remove(task)) task.work.run();
        }
    }
}
