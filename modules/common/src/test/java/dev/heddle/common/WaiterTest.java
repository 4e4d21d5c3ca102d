package dev.heddle.common;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.Waiter.Outcome;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WaiterTest {

    private final ManualTime time = new ManualTime(1_000);
    private final Waiter waiter = new Waiter(time);
    private final BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();

    private void awaitInBackground(long deadlineNanos) {
        Threads.virtual("awaiting", () -> outcomes.add(waiter.await(deadlineNanos)))
                .start();
        while (time.parkedThreads() == 0 && outcomes.isEmpty()) Thread.onSpinWait();
    }

    private Outcome outcome() throws InterruptedException {
        return outcomes.poll(20, TimeUnit.SECONDS);
    }

    @Test
    void aWakeUpEndsTheWait() throws InterruptedException {
        awaitInBackground(time.deadlineAfterMs(100));
        waiter.wake();
        assertEquals(Outcome.WOKEN, outcome());
    }

    @Test
    void aWakeUpBeforeTheWaitIsNotLost() {
        waiter.wake();
        assertEquals(Outcome.WOKEN, waiter.await(time.deadlineAfterMs(100)));
    }

    @Test
    void aWakeUpIsConsumedByOneWait() {
        waiter.wake();
        waiter.wake();
        assertEquals(Outcome.WOKEN, waiter.await(time.nanoseconds()));
        assertEquals(Outcome.TIMED_OUT, waiter.await(time.nanoseconds()));
    }

    @Test
    void theWaitLastsUntilItsDeadlineToTheMillisecond() throws InterruptedException {
        awaitInBackground(time.deadlineAfterMs(100));
        time.advance(99);
        while (time.parkedThreads() == 0) Thread.onSpinWait();
        assertTrue(outcomes.isEmpty(), "99 ms are not 100");
        time.advance(1);
        assertEquals(Outcome.TIMED_OUT, outcome());
    }

    @Test
    void aDeadlineInThePastDoesNotWait() {
        assertEquals(Outcome.TIMED_OUT, waiter.await(time.nanoseconds()));
        assertEquals(Outcome.TIMED_OUT, waiter.await(time.nanoseconds() - 1));
    }

    @Test
    void newsCountsEvenAfterTheDeadline() {
        waiter.wake();
        assertEquals(Outcome.WOKEN, waiter.await(time.nanoseconds() - 1));
    }

    @Test
    void cancellingEndsThisWaitAndEveryLaterOne() throws InterruptedException {
        assertFalse(waiter.isCancelled());
        awaitInBackground(time.deadlineAfterMs(100));
        waiter.cancel();
        assertEquals(Outcome.CANCELLED, outcome());
        assertEquals(Outcome.CANCELLED, waiter.await(time.deadlineAfterMs(100)));
        assertTrue(waiter.isCancelled());
    }

    @Test
    void cancellationWinsOverNewsAndDeadline() {
        waiter.wake();
        waiter.cancel();
        assertEquals(Outcome.CANCELLED, waiter.await(time.nanoseconds() - 1));
    }

    @Test
    void aDelayWithoutEndIsADeadlineThatNeverPasses() throws InterruptedException {
        awaitInBackground(time.deadlineAfterMs(Long.MAX_VALUE));
        time.advance(TimeUnit.DAYS.toMillis(3650));
        while (time.parkedThreads() == 0) Thread.onSpinWait();
        assertTrue(outcomes.isEmpty());
        waiter.wake();
        assertEquals(Outcome.WOKEN, outcome());
    }

    @Test
    void oneWaiterServesManyWaitsOneAfterTheOther() throws InterruptedException {
        for (int i = 0; i < 100; i++) {
            awaitInBackground(time.deadlineAfterMs(100));
            waiter.wake();
            assertEquals(Outcome.WOKEN, outcome());
        }
    }

    /** Real threads and the real clock: each item is signalled once, and a lost signal would stall the consumer. */
    @Test
    void noWakeUpIsLostBetweenLookingAndWaiting() throws InterruptedException {
        int items = 200_000;
        var real = new Waiter(Time.SYSTEM);
        var produced = new AtomicInteger();
        var consumed = new AtomicInteger();
        Thread consumer = Threads.platform("consumer", () -> {
            long deadline = Time.SYSTEM.deadlineAfterMs(20_000);
            while (consumed.get() < items) {
                if (produced.get() > consumed.get()) {
                    consumed.incrementAndGet();
                } else if (real.await(deadline) != Outcome.WOKEN) {
                    return;
                }
            }
        });
        consumer.start();
        for (int i = 0; i < items; i++) {
            produced.incrementAndGet();
            real.wake();
            // Let the consumer catch up at times, so that it parks.
            if (i % 1_000 == 0) while (consumed.get() < i && consumer.isAlive()) Thread.onSpinWait();
        }
        consumer.join();
        assertEquals(items, consumed.get());
    }

    @Test
    void manyThreadsMayWakeAtOnce() throws InterruptedException {
        var real = new Waiter(Time.SYSTEM);
        var wakers = new AtomicInteger(8);
        for (int i = 0; i < 8; i++) {
            Threads.virtual("waker", () -> {
                        for (int n = 0; n < 10_000; n++) real.wake();
                        wakers.decrementAndGet();
                        real.wake();
                    })
                    .start();
        }
        long deadline = Time.SYSTEM.deadlineAfterMs(20_000);
        while (wakers.get() > 0) assertEquals(Outcome.WOKEN, real.await(deadline));
    }
}
