package dev.heddle.common;

import java.util.concurrent.ThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place where threads are made, so that every one of them has a name that can be searched for. Any thread may
 * call it.
 */
public final class Threads {

    private static final Logger LOG = LoggerFactory.getLogger(Threads.class);

    private Threads() {}

    /** A daemon platform thread, not started. Its uncaught exceptions are logged as errors. */
    public static Thread platform(String name, Runnable task) {
        return Thread.ofPlatform()
                .daemon()
                .name(name)
                .uncaughtExceptionHandler(Threads::uncaught)
                .unstarted(task);
    }

    /** A virtual thread, not started. Its uncaught exceptions are logged as errors. */
    public static Thread virtual(String name, Runnable task) {
        return Thread.ofVirtual()
                .name(name)
                .uncaughtExceptionHandler(Threads::uncaught)
                .unstarted(task);
    }

    /** Daemon platform threads named {@code prefix-0}, {@code prefix-1} and so on. */
    public static ThreadFactory platformFactory(String prefix) {
        return Thread.ofPlatform()
                .daemon()
                .name(prefix + "-", 0)
                .uncaughtExceptionHandler(Threads::uncaught)
                .factory();
    }

    /** Virtual threads that all carry {@code name}: cheaper than numbering them, for threads that live for a request. */
    public static ThreadFactory virtualFactory(String name) {
        return Thread.ofVirtual()
                .name(name)
                .uncaughtExceptionHandler(Threads::uncaught)
                .factory();
    }

    /** Logs what no one else caught; for {@link Thread} subclasses, which cannot come from a factory method here. */
    public static void uncaught(Thread thread, Throwable failure) {
        LOG.error("A thread ended by an exception: thread={}", thread.getName(), failure);
    }
}
