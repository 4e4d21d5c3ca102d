package dev.heddle.metadata;

import dev.heddle.common.Scheduler;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** A scheduler whose work runs when the test says so, on its thread. */
final class ManualScheduler implements Scheduler {

    private final Deque<Runnable> once = new ArrayDeque<>();
    private final List<Runnable> repeated = new ArrayList<>();

    @Override
    public Task repeat(String name, long initialDelayMs, long periodMs, Runnable work) {
        repeated.add(work);
        return () -> repeated.remove(work);
    }

    @Override
    public Task once(String name, long delayMs, Runnable work) {
        once.add(work);
        return () -> once.remove(work);
    }

    void runOnce() {
        while (!once.isEmpty()) once.removeFirst().run();
    }

    void runRepeated() {
        List.copyOf(repeated).forEach(Runnable::run);
        runOnce();
    }

    int repeatedTasks() {
        return repeated.size();
    }
}
