package dev.heddle.common;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ThreadsTest {

    @Test
    void aPlatformThreadIsANamedDaemonThatIsNotStarted() {
        Thread thread = Threads.platform("acceptor-PLAINTEXT", () -> {});
        assertEquals("acceptor-PLAINTEXT", thread.getName());
        assertTrue(thread.isDaemon());
        assertFalse(thread.isVirtual());
        assertSame(Thread.State.NEW, thread.getState());
    }

    @Test
    void aVirtualThreadIsNamedToo() {
        Thread thread = Threads.virtual("checkpoint", () -> {});
        assertEquals("checkpoint", thread.getName());
        assertTrue(thread.isVirtual());
    }

    @Test
    void aFactoryOfPlatformThreadsNumbersThem() {
        ThreadFactory factory = Threads.platformFactory("handler");
        assertEquals("handler-0", factory.newThread(() -> {}).getName());
        assertEquals("handler-1", factory.newThread(() -> {}).getName());
    }

    @Test
    void aFactoryOfVirtualThreadsDoesNot() {
        ThreadFactory factory = Threads.virtualFactory("request");
        assertEquals("request", factory.newThread(() -> {}).getName());
        assertEquals("request", factory.newThread(() -> {}).getName());
    }

    @Test
    void whatNobodyCatchesEndsTheThreadAndNothingElse() throws InterruptedException {
        Thread thread = Threads.platform("fails", () -> {
            throw new IllegalStateException("on purpose");
        });
        thread.start();
        thread.join();
        assertSame(Thread.State.TERMINATED, thread.getState());
    }
}
