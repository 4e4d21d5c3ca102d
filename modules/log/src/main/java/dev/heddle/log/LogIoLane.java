package dev.heddle.log;

import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/**
 * The platform threads of one log directory, {@code log-io-<dir>-<n>}, on which its flushes run: a flush blocks for as
 * long as the disk likes, and must hold no carrier of virtual threads meanwhile. Any thread may call it.
 */
final class LogIoLane implements AutoCloseable {

    /** Enough to keep a disk's queue busy with the flushes of several logs. */
    private static final int THREADS = 4;

    private final Time time;
    private final String name;
    private final ExecutorService executor;

    LogIoLane(Path directory, Time time) {
        this.time = time;
        this.name = "log-io-" + directory;
        this.executor = Executors.newFixedThreadPool(THREADS, Threads.platformFactory(name));
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
        var task = new AwaitedTask<>(
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

    @Override
    public void close() {
        executor.close();
    }
}
