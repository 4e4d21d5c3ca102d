package dev.heddle.log;

import dev.heddle.common.ManualTime;
import dev.heddle.common.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** Runs what is due when it is told to, on the thread that tells it. Any thread may schedule. */
final class ManualScheduler implements Scheduler {

    private final ManualTime time;
    private final ReentrantLock lock = new ReentrantLock();
    private final List<Entry> entries = new ArrayList<>();

    ManualScheduler(ManualTime time) {
        this.time = time;
    }

    @Override
    public Task repeat(String name, long initialDelayMs, long periodMs, Runnable work) {
        return add(new Entry(name, time.milliseconds() + initialDelayMs, periodMs, work));
    }

    @Override
    public Task once(String name, long delayMs, Runnable work) {
        return add(new Entry(name, time.milliseconds() + delayMs, -1, work));
    }

    private Task add(Entry entry) {
        lock.lock();
        try {
            entries.add(entry);
        } finally {
            lock.unlock();
        }
        return () -> remove(entry);
    }

    private void remove(Entry entry) {
        lock.lock();
        try {
            entries.remove(entry);
        } finally {
            lock.unlock();
        }
    }

    private List<Entry> takeDue() {
        lock.lock();
        try {
            List<Entry> due = entries.stream()
                    .filter(entry -> entry.dueMs <= time.milliseconds())
                    .toList();
            entries.removeAll(due);
            return due;
        } finally {
            lock.unlock();
        }
    }

    /** Runs everything whose time has come. */
    void runDue() {
        for (Entry entry : takeDue()) {
            entry.work.run();
            if (entry.periodMs >= 0) {
                add(new Entry(entry.name, time.milliseconds() + entry.periodMs, entry.periodMs, entry.work));
            }
        }
    }

    /** The names of what waits for its time. */
    List<String> waiting() {
        lock.lock();
        try {
            return entries.stream().map(entry -> entry.name).toList();
        } finally {
            lock.unlock();
        }
    }

    private record Entry(String name, long dueMs, long periodMs, Runnable work) {}
}
