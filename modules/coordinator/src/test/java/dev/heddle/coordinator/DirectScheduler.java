package dev.heddle.coordinator;

import dev.heddle.common.Scheduler;
import java.util.ArrayList;
import java.util.List;

/** Does work at once, on the caller's thread, or when the test says so. */
final class DirectScheduler implements Scheduler {

    private final List<Runnable> held = new ArrayList<>();
    private final List<Runnable> repeated = new ArrayList<>();
    private boolean holding;

    @Override
    public Task repeat(String name, long initialDelayMs, long periodMs, Runnable work) {
        repeated.add(work);
        return () -> repeated.remove(work);
    }

    @Override
    public Task once(String name, long delayMs, Runnable work) {
        if (holding) held.add(work);
        else work.run();
        return () -> held.remove(work);
    }

    /** From now on work that is scheduled waits. */
    void hold() {
        holding = true;
    }

    /** Does the work that waits, and what comes from now on at once. */
    void release() {
        holding = false;
        var work = List.copyOf(held);
        held.clear();
        work.forEach(Runnable::run);
    }

    int repeating() {
        return repeated.size();
    }
}
