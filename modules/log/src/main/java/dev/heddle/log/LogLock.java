package dev.heddle.log;

import dev.heddle.common.ManagedWait;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** A lock that is held over the file calls of one directory. Any thread may take it. */
final class LogLock {

    private final ReentrantLock lock = new ReentrantLock();
    private final LogDirectory directory;

    LogLock(LogDirectory directory) {
        this.directory = directory;
    }

    /** Waits as long as it takes. */
    void lock() {
        ManagedWait.lock(lock);
    }

    /**
     * For requests, before they have begun: waits as long as the directory responds.
     *
     * @throws dev.heddle.common.AnswerException KAFKA_STORAGE_ERROR, if whoever holds the lock is stuck in the disk
     */
    void lockWhileResponsive() {
        if (lock.tryLock()) return;
        try (var ignored = ManagedWait.begin()) {
            while (!tryLock(directory.gate().stallNanos())) directory.ensureResponsive();
        }
    }

    private boolean tryLock(long nanos) {
        try {
            return lock.tryLock(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            return false; // Nobody interrupts these threads; if somebody did, there is still the lock to wait for.
        }
    }

    /** Takes it if nobody holds it. */
    boolean tryLock() {
        return lock.tryLock();
    }

    void unlock() {
        lock.unlock();
    }
}
