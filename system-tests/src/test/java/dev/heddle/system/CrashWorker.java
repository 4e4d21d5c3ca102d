package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.concurrent.TimeUnit;

/** A thread that does something over and over while the broker is killed, and knows what must be left of it. */
abstract class CrashWorker {

    private final Thread thread;
    private volatile boolean finishing;
    private volatile Throwable failure;

    CrashWorker(String name) {
        thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
    }

    final void begin() {
        thread.start();
    }

    private void run() {
        try {
            while (!finishing) step();
        } catch (Throwable e) {
            failure = e;
        }
    }

    abstract void step();

    /** The broker is up, and stays so: ends what is under way. */
    void finish() {
        finishing = true;
        try {
            thread.join(TimeUnit.MINUTES.toMillis(2));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        assertFalse(thread.isAlive(), () -> thread.getName() + " hangs");
        if (failure != null) throw new AssertionError(thread.getName(), failure);
    }

    /** @param context is part of what is said of a failure */
    abstract void verify(String context);
}
