package dev.heddle.network;

import java.time.Duration;

/** Waiting for threads to end, even where the waiting thread is interrupted meanwhile. Any thread may call it. */
final class Joining {

    private static final Duration FOREVER = Duration.ofDays(1);

    private Joining() {}

    static void join(Thread thread) {
        join(thread, FOREVER);
    }

    /** Returns false if the thread has not ended within {@code limit}. */
    static boolean join(Thread thread, Duration limit) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return thread.join(limit);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) Thread.currentThread().interrupt();
        }
    }
}
