package dev.heddle.log;

import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Some platform threads of one log directory, which block for as long as its disk likes, so that no carrier of virtual
 * threads is held meanwhile. They are started when they are first needed. Any thread may call it.
 */
final class LogIoLane implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LogIoLane.class);

    /** How long to wait, at the end, for a disk that may never answer. */
    private static final long CLOSE_TIMEOUT_MS = 30_000;

    private final Time time;
    private final String name;
    private final ExecutorService executor;

    /** @param name what the threads are called, before their numbers */
    LogIoLane(String name, int threads, Time time) {
        this.time = time;
        this.name = name;
        this.executor = Executors.newFixedThreadPool(threads, Threads.platformFactory(name));
    }

    /**
     * Runs {@code work} soon; it must not throw.
     *
     * @return false after {@link #close()}, when nothing runs any more
     */
    boolean submit(Runnable work) {
        try {
            executor.execute(work);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    /** Runs {@code work} while the caller waits, and throws here what it throws. */
    void run(Runnable work) {
        var task = new AwaitedTask<Boolean, RuntimeException>(
                () -> {
                    work.run();
                    return true;
                },
                time);
        if (isOwnThread() || !submit(task)) task.run();
        task.await();
    }

    private boolean isOwnThread() {
        return Thread.currentThread().getName().startsWith(name + "-");
    }

    /** Ends the threads once what they were given is done; those that are stuck in the disk are left behind. */
    @Override
    public void close() {
        executor.shutdown();
        if (!awaitEnd()) LOG.warn("Calls on a log directory do not end: threads={}", name);
    }

    private boolean awaitEnd() {
        try {
            return executor.awaitTermination(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            return false; // Nobody interrupts these threads; if somebody did, there is no time to wait.
        }
    }
}
