package dev.heddle.common;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BackgroundSchedulerTest {

    private final BackgroundScheduler scheduler = new BackgroundScheduler();

    @AfterEach
    void close() {
        scheduler.close();
    }

    private static void await(CountDownLatch latch) throws InterruptedException {
        assertTrue(latch.await(20, TimeUnit.SECONDS));
    }

    @Test
    void workThatRepeatsRunsAgainAndAgain() throws InterruptedException {
        var runs = new CountDownLatch(5);
        scheduler.repeat("repeats", 0, 1, runs::countDown);
        await(runs);
    }

    @Test
    void aFailureDoesNotEndTheRepetition() throws InterruptedException {
        var runs = new CountDownLatch(3);
        scheduler.repeat("fails", 0, 1, () -> {
            runs.countDown();
            throw new IllegalStateException("on purpose");
        });
        await(runs);
    }

    @Test
    void eachRunHasAVirtualThreadWithTheTasksName() throws InterruptedException {
        var threads = new LinkedBlockingQueue<Thread>();
        scheduler.once("log-retention", 0, () -> threads.add(Thread.currentThread()));
        Thread thread = threads.poll(20, TimeUnit.SECONDS);
        assertTrue(thread.isVirtual());
        assertEquals("log-retention", thread.getName());
    }

    @Test
    void aTaskThatWaitsDelaysNoOther() throws InterruptedException {
        var release = new CountDownLatch(1);
        var waiting = new CountDownLatch(1);
        scheduler.once("waits", 0, () -> {
            waiting.countDown();
            new Gate(release).pass();
        });
        await(waiting);
        var other = new CountDownLatch(1);
        scheduler.once("other", 0, other::countDown);
        await(other);
        release.countDown();
    }

    @Test
    void runsOfOneTaskDoNotOverlap() throws InterruptedException {
        var inside = new AtomicInteger();
        var overlaps = new AtomicInteger();
        var runs = new CountDownLatch(20);
        scheduler.repeat("one-at-a-time", 0, 0, () -> {
            if (inside.incrementAndGet() > 1) overlaps.incrementAndGet();
            Thread.yield();
            inside.decrementAndGet();
            runs.countDown();
        });
        await(runs);
        assertEquals(0, overlaps.get());
    }

    @Test
    void aCancelledTaskDoesNotRun() throws InterruptedException {
        var ran = new Semaphore(0);
        Scheduler.Task cancelled = scheduler.once("cancelled", 50, ran::release);
        cancelled.cancel();
        var after = new CountDownLatch(1);
        scheduler.once("after", 100, after::countDown);
        await(after);
        assertFalse(ran.tryAcquire());
    }

    @Test
    void aTaskMayCancelItself() throws InterruptedException {
        var runs = new AtomicInteger();
        var task = new LinkedBlockingQueue<Scheduler.Task>();
        task.add(scheduler.repeat("cancels-itself", 50, 1, () -> {
            runs.incrementAndGet();
            task.remove().cancel();
        }));
        var after = new CountDownLatch(1);
        scheduler.once("after", 150, after::countDown);
        await(after);
        assertEquals(1, runs.get());
    }

    @Test
    void afterClosingNothingStartsAndSchedulingIsHarmless() {
        scheduler.close();
        var ran = new Semaphore(0);
        scheduler.once("late", 0, ran::release);
        scheduler.repeat("late", 0, 1, ran::release).cancel();
        scheduler.close();
        assertFalse(ran.tryAcquire());
    }

    /** A latch to wait for without a checked exception. */
    private record Gate(CountDownLatch latch) {
        void pass() {
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
