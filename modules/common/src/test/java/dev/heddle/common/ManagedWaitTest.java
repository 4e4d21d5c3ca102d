package dev.heddle.common;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ManagedWaitTest {

    /** A thread of a bounded pool, which notes what it is told. */
    private static final class PoolThread extends Thread implements ManagedWait.Host {
        final List<String> told = new CopyOnWriteArrayList<>();

        PoolThread(Runnable task) {
            super(task);
        }

        @Override
        public void waitBegins() {
            told.add("begins");
        }

        @Override
        public void waitEnds() {
            told.add("ends");
        }
    }

    private static List<String> toldDuring(Runnable task) throws InterruptedException {
        var thread = new PoolThread(task);
        thread.start();
        thread.join();
        return thread.told;
    }

    @Test
    void thePoolHearsOfTheBeginningAndTheEnd() throws InterruptedException {
        assertEquals(List.of("begins", "ends"), toldDuring(() -> {
            try (var ignored = ManagedWait.begin()) {
                Thread.onSpinWait();
            }
        }));
    }

    @Test
    void aWaiterThatWaitsTellsThePool() throws InterruptedException {
        var time = new ManualTime(0);
        var waiter = new Waiter(time);
        var thread = new PoolThread(() -> waiter.await(time.deadlineAfterMs(10)));
        thread.start();
        while (time.parkedThreads() == 0) Thread.onSpinWait();
        assertEquals(List.of("begins"), thread.told);
        waiter.wake();
        thread.join();
        assertEquals(List.of("begins", "ends"), thread.told);
    }

    @Test
    void aWaiterThatNeedNotWaitDoesNot() throws InterruptedException {
        var waiter = new Waiter(new ManualTime(0));
        waiter.wake();
        assertEquals(List.of(), toldDuring(() -> waiter.await(Long.MAX_VALUE / 2)));
    }

    @Test
    void otherThreadsHaveNobodyToTell() throws InterruptedException {
        try (var ignored = ManagedWait.begin()) {
            Thread.onSpinWait();
        }
        Thread virtual = Threads.virtual("other", () -> ManagedWait.begin().close());
        virtual.start();
        virtual.join();
    }

    @Test
    void theHostOfAThreadsWorkIsToldWhileItRuns() throws InterruptedException {
        var told = new ArrayList<String>();
        ManagedWait.Host host = new ManagedWait.Host() {
            @Override
            public void waitBegins() {
                told.add("begins");
            }

            @Override
            public void waitEnds() {
                told.add("ends");
            }
        };
        Thread virtual = Threads.virtual("worker", () -> {
            ManagedWait.Host before = ManagedWait.enter(host);
            ManagedWait.begin().close();
            ManagedWait.leave(before);
            ManagedWait.begin().close();
        });
        virtual.start();
        virtual.join();
        assertEquals(List.of("begins", "ends"), told);
    }
}
