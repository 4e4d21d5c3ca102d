package dev.heddle.common;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@link Scheduler} of a running broker: one platform thread keeps the time and starts a virtual thread for each
 * run. Any thread may call it.
 */
public final class BackgroundScheduler implements Scheduler, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(BackgroundScheduler.class);

    private final ScheduledThreadPoolExecutor timer;

    public BackgroundScheduler() {
        timer = new ScheduledThreadPoolExecutor(1, task -> Threads.platform("scheduler", task));
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public Task repeat(String name, long initialDelayMs, long periodMs, Runnable work) {
        var task = new BackgroundTask(name, periodMs, work);
        task.arm(initialDelayMs);
        return task;
    }

    @Override
    public Task once(String name, long delayMs, Runnable work) {
        var task = new BackgroundTask(name, BackgroundTask.NEVER_AGAIN, work);
        task.arm(delayMs);
        return task;
    }

    /** No further run starts; runs that are under way go on to their end. */
    @Override
    public void close() {
        timer.shutdownNow();
    }

    private final class BackgroundTask implements Task {

        static final long NEVER_AGAIN = -1;

        private final String name;
        private final long periodMs;
        private final Runnable work;
        private final AtomicBoolean cancelled = new AtomicBoolean();

        BackgroundTask(String name, long periodMs, Runnable work) {
            this.name = name;
            this.periodMs = periodMs;
            this.work = work;
        }

        void arm(long delayMs) {
            if (cancelled.get() || timer.isShutdown()) return;
            timer.schedule(() -> Threads.virtual(name, this::run).start(), delayMs, TimeUnit.MILLISECONDS);
        }

        private void run() {
            if (cancelled.get()) return;
            try {
                work.run();
            } catch (RuntimeException e) {
                LOG.error("Background work failed: task={}", name, e);
            }
            if (periodMs != NEVER_AGAIN) arm(periodMs);
        }

        @Override
        public void cancel() {
            cancelled.set(true);
        }
    }
}
