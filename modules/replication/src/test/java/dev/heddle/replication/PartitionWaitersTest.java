package dev.heddle.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.heddle.common.ManualTime;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PartitionWaitersTest {

    private final PartitionWaiters waiters = new PartitionWaiters();

    @Test
    void aRegisteredWaiterIsWoken() {
        var waiter = new Waiter(new ManualTime(0));
        waiters.add(waiter);
        waiters.wakeAll();
        assertEquals(Waiter.Outcome.WOKEN, waiter.await(0));
    }

    @Test
    void aWaiterThatHasLeftIsNotWoken() {
        var waiter = new Waiter(new ManualTime(0));
        waiters.add(waiter);
        waiters.remove(waiter);
        waiters.wakeAll();
        assertEquals(Waiter.Outcome.TIMED_OUT, waiter.await(0));
        assertEquals(0, waiters.size());
    }

    @Test
    void registeringTwiceIsRegisteringOnce() {
        var waiter = new Waiter(new ManualTime(0));
        waiters.add(waiter);
        waiters.add(waiter);
        assertEquals(1, waiters.size());
        waiters.remove(waiter);
        waiters.remove(waiter);
        assertEquals(0, waiters.size());
    }

    @Test
    void manyWaitersAreAllWoken() throws InterruptedException {
        int count = 500;
        long forever = Time.SYSTEM.deadlineAfterMs(60_000);
        var woken = new CountDownLatch(count);
        var ready = new CountDownLatch(count);
        for (int i = 0; i < count; i++) {
            Threads.virtual("waiting", () -> {
                        var waiter = new Waiter(Time.SYSTEM);
                        waiters.add(waiter);
                        ready.countDown();
                        if (waiter.await(forever) == Waiter.Outcome.WOKEN) woken.countDown();
                        waiters.remove(waiter);
                    })
                    .start();
        }
        ready.await();
        waiters.wakeAll();
        woken.await();
    }

    @Test
    void noNewsIsLostWhileWaitersComeAndGo() throws InterruptedException {
        var news = new AtomicLong();
        var failures = new AtomicInteger();
        long rounds = 2_000;
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            threads.add(Threads.virtual("reader", () -> readUntil(rounds, news, failures)));
        }
        threads.forEach(Thread::start);
        for (int i = 0; i < rounds; i++) {
            news.incrementAndGet();
            waiters.wakeAll();
            Thread.yield();
        }
        for (Thread thread : threads) thread.join();
        assertEquals(0, failures.get());
        assertEquals(0, waiters.size());
    }

    /** Registers anew for each piece of news, as fetches do; a lost wake-up shows as a time-out. */
    private void readUntil(long last, AtomicLong news, AtomicInteger failures) {
        long seen = 0;
        while (seen < last) {
            var waiter = new Waiter(Time.SYSTEM);
            waiters.add(waiter);
            try {
                while (news.get() == seen) {
                    if (waiter.await(Time.SYSTEM.deadlineAfterMs(20_000)) == Waiter.Outcome.TIMED_OUT) {
                        failures.incrementAndGet();
                        return;
                    }
                }
                seen = news.get();
            } finally {
                waiters.remove(waiter);
            }
        }
    }
}
