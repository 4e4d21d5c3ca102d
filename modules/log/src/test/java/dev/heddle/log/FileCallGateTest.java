package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.ManagedWait;
import dev.heddle.common.ManualTime;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
final class FileCallGateTest {

    private static final long STALL_MS = 1_000;

    private final ManualTime time = new ManualTime(0);
    private final FileCallGate gate = gate(1, time);
    private final CountDownLatch released = new CountDownLatch(1);

    private static FileCallGate gate(int insiders, Time time) {
        return new FileCallGate(Path.of("/data"), time, new FileCallGate.Limits(insiders, STALL_MS));
    }

    @AfterEach
    void close() {
        released.countDown();
        gate.close();
    }

    private static <T> FutureTask<T> virtually(Callable<T> work) {
        var task = new FutureTask<>(work);
        Threads.virtual("caller", task).start();
        return task;
    }

    /** Makes a call as the log's files do; returns the name of the thread that made it. */
    private String call(FileCallGate through, LogState.IoCall<Boolean> inside) throws IOException {
        int slot = through.enter();
        LogState.IoCall<String> named = () -> {
            inside.run();
            return Thread.currentThread().getName();
        };
        if (slot == FileCallGate.FULL) return through.onLane(named);
        try {
            return named.run();
        } finally {
            through.leave(slot);
        }
    }

    private FutureTask<String> hang(CountDownLatch begun) {
        return virtually(() -> call(gate, () -> {
            begun.countDown();
            try {
                released.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            return true;
        }));
    }

    @Test
    @EnabledForJreRange(minVersion = 22)
    void whatIsCachedIsLoadedWithoutAThreadOfTheDirectory(@TempDir Path directory) throws Exception {
        try (var own = new FileCallGate(directory, time, new FileCallGate.Limits(1, STALL_MS));
                FileChannel file = FileChannel.open(
                        directory.resolve("file"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(10_000), 0);
            virtually(() -> {
                        own.load(file, 0, 10_000);
                        return true;
                    })
                    .get();
            String lane = "log-io-" + directory + "-long";
            assertFalse(Thread.getAllStackTraces().keySet().stream()
                    .anyMatch(thread -> thread.getName().startsWith(lane)));
        }
    }

    @Test
    void aVirtualThreadMakesItsCallItselfWhereThereIsASlot() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertEquals("caller", virtually(() -> call(gate, () -> true)).get());
        }
    }

    @Test
    void whereThereIsNoSlotAThreadOfTheDirectoryMakesTheCall() throws Exception {
        var begun = new CountDownLatch(1);
        FutureTask<String> first = hang(begun);
        begun.await();
        assertEquals(
                "log-io-/data-short-0", virtually(() -> call(gate, () -> true)).get());
        released.countDown();
        assertEquals("caller", first.get());
        assertEquals("caller", virtually(() -> call(gate, () -> true)).get());
    }

    @Test
    void aPlatformThreadMakesItsCallItselfHoweverManyHang() throws Exception {
        var begun = new CountDownLatch(1);
        hang(begun);
        begun.await();
        assertEquals(Thread.currentThread().getName(), call(gate, () -> true));
    }

    /** As those of a pool of handlers, which others take the place of while it waits. */
    private static final class PoolThread extends Thread implements ManagedWait.Host {

        private final List<String> told = new ArrayList<>();

        PoolThread(Runnable work) {
            super(work, "pool");
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

    @Test
    void aThreadOfAHandlersPoolIsBoundedAsAVirtualOneIs() throws Exception {
        var begun = new CountDownLatch(1);
        hang(begun);
        begun.await();
        var caller = new FutureTask<>(() -> call(gate, () -> true));
        var thread = new PoolThread(caller);
        thread.start();
        assertEquals("log-io-/data-short-0", caller.get());
        thread.join();
        assertEquals(0, thread.told.size() % 2, () -> "The pool was told of the end of each wait: " + thread.told);
    }

    @Test
    void whatFailsOnAThreadOfTheDirectoryFailsForTheCaller() throws Exception {
        var begun = new CountDownLatch(1);
        hang(begun);
        begun.await();
        var failure = new IOException("broken");
        FutureTask<Boolean> failing = virtually(() -> {
            IOException thrown = assertThrows(
                    IOException.class,
                    () -> call(gate, () -> {
                        throw failure;
                    }));
            assertSame(failure, thrown);
            return true;
        });
        assertTrue(failing.get());
    }

    @Test
    void aDirectoryIsStalledWhileACallTakesTooLong() throws Exception {
        var begun = new CountDownLatch(1);
        FutureTask<String> first = hang(begun);
        begun.await();
        time.advance(STALL_MS);
        assertFalse(gate.isStalled());
        time.advance(1);
        assertTrue(gate.isStalled());
        released.countDown();
        first.get();
        assertFalse(gate.isStalled());
    }

    @Test
    void aCallOnAThreadOfTheDirectoryCanStallItToo() throws Exception {
        var inside = new CountDownLatch(1);
        hang(inside);
        inside.await();
        var onLane = new CountDownLatch(1);
        hang(onLane);
        onLane.await();
        time.advance(STALL_MS + 1);
        assertTrue(gate.isStalled());
    }

    @Test
    void aLongSyncIsNoStall() throws Exception {
        var begun = new CountDownLatch(1);
        FutureTask<Boolean> syncing = virtually(() -> {
            gate.sync(() -> {
                begun.countDown();
                try {
                    released.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            });
            return true;
        });
        begun.await();
        time.advance(10 * STALL_MS);
        assertFalse(gate.isStalled());
        released.countDown();
        assertTrue(syncing.get());
    }

    /** With one carrier held, as many as the limit says, there must be others: here at least one more. */
    @Test
    void callersThatFindNoSlotHoldNoCarrier() throws Exception {
        Set<FutureTask<String>> hanging = ConcurrentHashMap.newKeySet();
        var begun = new CountDownLatch(5); // one inside, four on threads of the directory
        for (int i = 0; i < 100; i++) hanging.add(hang(begun));
        begun.await();
        FileCallGate other = gate(1, Time.SYSTEM);
        for (int i = 0; i < 20; i++)
            assertEquals("caller", virtually(() -> call(other, () -> true)).get());
        other.close();
        released.countDown();
        for (FutureTask<String> one : hanging) one.get();
    }
}
