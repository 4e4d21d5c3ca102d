package dev.heddle.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.ManagedWait;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PluginCallsTest {

    private static final int CALLERS = 5 * PluginCalls.MAX_PINNED;

    /** The threads that were inside the plugin while all callers were. */
    private static List<Thread> threadsOf(PluginCalls calls) throws Exception {
        var inside = new CountDownLatch(CALLERS);
        var threads = new ConcurrentLinkedQueue<Thread>();
        var callers = new ArrayList<Thread>();
        for (int i = 0; i < CALLERS; i++) {
            callers.add(Threads.virtual(
                    "caller",
                    () -> calls.call(() -> {
                        threads.add(Thread.currentThread());
                        inside.countDown();
                        await(inside);
                        return true;
                    })));
        }
        callers.forEach(Thread::start);
        for (Thread caller : callers) caller.join();
        return List.copyOf(threads);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whereWaitsPinMakesFurtherCallsOnThreadsOfTheirOwn() throws Exception {
        try (var calls = new PluginCalls(Time.SYSTEM, true)) {
            List<Thread> threads = threadsOf(calls);
            assertEquals(
                    PluginCalls.MAX_PINNED,
                    threads.stream().filter(Thread::isVirtual).count());
            assertEquals(
                    CALLERS - PluginCalls.MAX_PINNED,
                    threads.stream()
                            .filter(thread -> !thread.isVirtual())
                            .distinct()
                            .count());
            assertTrue(threads.stream()
                    .filter(thread -> !thread.isVirtual())
                    .allMatch(thread -> thread.getName().startsWith("authorizer-")));
        }
    }

    @Test
    void elsewhereEachCallStaysOnItsOwnThread() throws Exception {
        try (var calls = new PluginCalls(Time.SYSTEM, false)) {
            assertTrue(threadsOf(calls).stream().allMatch(Thread::isVirtual));
        }
    }

    @Test
    void whatThePluginThrowsComesOutWhereverItRan() throws Exception {
        try (var calls = new PluginCalls(Time.SYSTEM, true)) {
            var failures = new ConcurrentLinkedQueue<Throwable>();
            var inside = new CountDownLatch(CALLERS);
            var error = new NoClassDefFoundError("missing");
            var callers = new ArrayList<Thread>();
            for (int i = 0; i < CALLERS; i++) {
                boolean fatal = i % 2 == 0;
                callers.add(Threads.virtual("caller", () -> {
                    try {
                        calls.call(() -> {
                            inside.countDown();
                            await(inside);
                            if (fatal) throw error;
                            throw new InvalidRequestException("no");
                        });
                    } catch (RuntimeException | Error e) {
                        failures.add(e);
                    }
                }));
            }
            callers.forEach(Thread::start);
            for (Thread caller : callers) caller.join();
            assertEquals(
                    CALLERS / 2,
                    failures.stream().filter(failure -> failure == error).count());
            assertEquals(
                    CALLERS / 2,
                    failures.stream()
                            .filter(InvalidRequestException.class::isInstance)
                            .count());
            assertThrows(
                    InvalidRequestException.class,
                    () -> calls.call(() -> {
                        throw new InvalidRequestException("no");
                    }));
        }
    }

    @Test
    void aCallIsAWaitToWhoeverAccountsForTheThread() throws Exception {
        var begun = new AtomicInteger();
        var ended = new AtomicInteger();
        var host = new ManagedWait.Host() {
            @Override
            public void waitBegins() {
                begun.incrementAndGet();
            }

            @Override
            public void waitEnds() {
                ended.incrementAndGet();
            }
        };
        try (var calls = new PluginCalls(Time.SYSTEM)) {
            ManagedWait.Host before = ManagedWait.enter(host);
            String during = calls.call(() -> begun.get() + " " + ended.get());
            ManagedWait.leave(before);
            assertEquals("1 0", during);
            assertEquals(1, ended.get());
            assertSame("x", calls.call(() -> "x"));
        }
    }
}
