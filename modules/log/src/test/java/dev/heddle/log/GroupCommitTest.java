package dev.heddle.log;

import static dev.heddle.log.LogFixture.append;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class GroupCommitTest {

    @TempDir
    Path root;

    private LogFixture fixture;

    @BeforeEach
    void open() {
        fixture = new LogFixture(root);
    }

    @AfterEach
    void close() {
        fixture.files.unblock();
        fixture.close();
    }

    private static boolean await(PartitionLog log, long endOffset) {
        return log.awaitDurable(endOffset, new Waiter(Time.SYSTEM), Time.SYSTEM.deadlineAfterMs(30_000));
    }

    @Test
    void aNewLogAndANewEpochWaitForNoDisk() {
        PartitionLog log = fixture.create();
        log.assignEpoch(3);
        append(log, "a");
        assertEquals(0, fixture.files.count(FaultyFiles.Call.FORCE));
        assertEquals(0, fixture.files.count(FaultyFiles.Call.SYNC_DIRECTORY));
    }

    @Test
    void theFirstCommitSyncsTheTopicIdAndTheNamesOfTheLogToo() {
        PartitionLog log = fixture.create();
        append(log, "a");
        assertEquals(0, log.durableOffset());
        fixture.files.calls().clear();
        assertTrue(await(log, 1));
        assertEquals(1, log.durableOffset());
        assertEquals(
                List.of(
                        "FORCE 00000000000000000000.log",
                        "FORCE partition.metadata",
                        "SYNC_DIRECTORY orders-0",
                        "SYNC_DIRECTORY " + root.getFileName()),
                fixture.files.calls());
        append(log, "b");
        fixture.files.calls().clear();
        assertTrue(await(log, 2));
        assertEquals(List.of("FORCE 00000000000000000000.log"), fixture.files.calls());
    }

    @Test
    void whatIsAwaitedIsSyncedWithTheNameOfItsFile() throws Exception {
        PartitionLog log = fixture.create(Map.of("internal.segment.bytes", "1000"));
        append(log, "x".repeat(400));
        assertTrue(await(log, 1));
        CountDownLatch flushing = fixture.files.blockNext(FaultyFiles.Call.FORCE);
        append(log, "y".repeat(400));
        flushing.await(); // the flush of the segment that was completed
        fixture.files.calls().clear();
        fixture.files.unblock();
        assertTrue(await(log, 2));
        assertTrue(fixture.files.calls().contains("FORCE 00000000000000000001.log"));
        assertTrue(fixture.files.calls().contains("SYNC_DIRECTORY orders-0"));
        assertFalse(fixture.files.calls().contains("FORCE partition.metadata"));
        assertFalse(fixture.files.calls().contains("SYNC_DIRECTORY " + root.getFileName()));
    }

    @Test
    void whatWasClosedBeforeItWasSyncedIsNotDurable() throws Exception {
        PartitionLog log = fixture.create();
        append(log, "a");
        assertTrue(await(log, 1));
        CountDownLatch syncing = fixture.files.blockNext(FaultyFiles.Call.FORCE);
        append(log, "b");
        log.requestDurable(2);
        syncing.await();
        log.abandon(); // as when another call has found that the directory has failed
        fixture.files.unblock();
        fixture.directory.close();
        assertEquals(1, log.durableOffset());
    }

    @Test
    void theFirstFlushSyncsTheTopicIdBeforeAnythingCountsAsFlushed() {
        PartitionLog log = fixture.create();
        append(log, "a");
        fixture.files.calls().clear();
        log.flush();
        List<String> calls = fixture.files.calls();
        int epochs = calls.indexOf("FORCE leader-epoch-checkpoint.tmp");
        assertTrue(calls.indexOf("FORCE partition.metadata") >= 0);
        assertTrue(calls.indexOf("SYNC_DIRECTORY orders-0") > calls.indexOf("FORCE partition.metadata"));
        assertTrue(epochs > calls.indexOf("SYNC_DIRECTORY " + root.getFileName()));
        assertEquals(1, log.recoveryPoint());
    }

    @Test
    void aRecoveryPointDoesNotRiseOverEpochsThatCouldNotBeWritten() {
        PartitionLog log = fixture.create();
        append(log, "a");
        fixture.files.failNext(FaultyFiles.Call.RENAME);
        assertThrows(DirectoryOfflineException.class, log::flush);
        assertEquals(0, log.recoveryPoint());
    }

    @Test
    void whatIsDurableAlreadyIsNotSyncedAgain() {
        PartitionLog log = fixture.create();
        append(log, "a");
        assertTrue(await(log, 1));
        int before = fixture.files.count(FaultyFiles.Call.FORCE);
        assertTrue(await(log, 1));
        assertEquals(before, fixture.files.count(FaultyFiles.Call.FORCE));
    }

    @Test
    void oneSyncServesEveryoneWhoCameWhileAnotherWasRunning() throws Exception {
        PartitionLog log = fixture.create();
        append(log, "born");
        assertTrue(await(log, 1));
        append(log, "first");
        CountDownLatch inside = fixture.files.blockNext(FaultyFiles.Call.FORCE);
        Thread first = Threads.virtual("first", () -> await(log, 2));
        first.start();
        inside.await();

        int waiters = 500;
        var served = new AtomicInteger();
        var started = new CountDownLatch(waiters);
        Thread[] all = new Thread[waiters];
        for (int i = 0; i < waiters; i++) {
            all[i] = Threads.virtual("waiter", () -> {
                AppendResult result = append(log, "v");
                log.requestDurable(result.endOffset());
                started.countDown();
                if (await(log, result.endOffset())) served.incrementAndGet();
            });
            all[i].start();
        }
        started.await();
        int before = fixture.files.count(FaultyFiles.Call.FORCE);
        fixture.files.unblock();
        for (Thread thread : all) thread.join();
        first.join();
        assertEquals(waiters, served.get());
        assertEquals(before + 1, fixture.files.count(FaultyFiles.Call.FORCE));
        assertEquals(waiters + 2, log.durableOffset());
    }

    @Test
    void bothSegmentsAreSyncedWhenTheLogWasRolledInBetween() {
        PartitionLog log = fixture.create(Map.of("internal.segment.bytes", "1000"));
        append(log, "x".repeat(400));
        // The roll's own flush does not count here: what is awaited must be there in any case.
        append(log, "y".repeat(400));
        assertEquals(2, log.segmentCount());
        assertTrue(await(log, 2));
        assertTrue(fixture.files.forced().containsAll(Set.of("00000000000000000000.log", "00000000000000000001.log")));
    }

    @Test
    void syncsRunOnTheLanesOfTheDirectory() {
        PartitionLog log = fixture.create();
        append(log, "a");
        fixture.files.forcingThreads().clear();
        assertTrue(await(log, 1));
        log.flush();
        assertFalse(fixture.files.forcingThreads().isEmpty());
        for (String thread : fixture.files.forcingThreads()) {
            assertTrue(thread.startsWith("log-io-" + root.toAbsolutePath() + "-"), thread);
        }
    }

    @Test
    void aDeadlineThatPassesAndACancellationEndTheWait() throws Exception {
        PartitionLog log = fixture.create();
        append(log, "a");
        fixture.files.blockNext(FaultyFiles.Call.FORCE);
        assertFalse(log.awaitDurable(1, new Waiter(Time.SYSTEM), Time.SYSTEM.nanoseconds() + 1_000_000));
        var waiter = new Waiter(Time.SYSTEM);
        waiter.cancel();
        assertFalse(log.awaitDurable(1, waiter, Time.SYSTEM.deadlineAfterMs(30_000)));
        assertEquals(0, log.durableOffset());
    }

    @Test
    void aFailedSyncTakesTheDirectoryOfflineAndTellsEveryoneWhoWaits() throws Exception {
        PartitionLog log = fixture.create();
        append(log, "a");
        CountDownLatch inside = fixture.files.blockNext(FaultyFiles.Call.FORCE);
        Set<Class<?>> outcomes = ConcurrentHashMap.newKeySet();
        Thread[] all = new Thread[20];
        for (int i = 0; i < all.length; i++) {
            all[i] = Threads.virtual("waiter", () -> {
                var thrown = assertThrows(DirectoryOfflineException.class, () -> await(log, 1));
                outcomes.add(thrown.getClass());
            });
            all[i].start();
        }
        inside.await();
        fixture.files.failAll(FaultyFiles.Call.FORCE);
        fixture.files.unblockFailing(new IOException("the disk is gone"));
        for (Thread thread : all) thread.join();
        assertEquals(Set.of(DirectoryOfflineException.class), outcomes);
        assertFalse(fixture.directory.online());
        assertThrows(DirectoryOfflineException.class, () -> append(log, "b"));
        assertEquals(0, log.durableOffset());

        // A sync that came after the failed one could succeed and prove nothing: there is none.
        int syncs = fixture.files.count(FaultyFiles.Call.FORCE);
        assertThrows(DirectoryOfflineException.class, () -> await(log, 1));
        assertThrows(DirectoryOfflineException.class, log::flush);
        assertEquals(syncs, fixture.files.count(FaultyFiles.Call.FORCE));
    }

    @Test
    void aFlushSyncsIndexesToo() {
        PartitionLog log = fixture.create(Map.of("index.interval.bytes", "100"));
        for (int i = 0; i < 10; i++) append(log, "v" + i + "x".repeat(100));
        log.flush();
        assertEquals(10, log.recoveryPoint());
        assertEquals(10, log.durableOffset());
        assertTrue(fixture.files
                .forced()
                .containsAll(Set.of(
                        "00000000000000000000.log", "00000000000000000000.index", "00000000000000000000.timeindex")));
    }

    @Test
    void everySoManyMessagesAreFlushedWhereTheTopicAsksForIt() {
        PartitionLog log = fixture.create(Map.of("flush.messages", "3"));
        append(log, "a", "b");
        assertEquals(0, log.recoveryPoint());
        append(log, "c");
        assertEquals(3, log.recoveryPoint());
    }

    @Test
    void truncationTakesTheDurableOffsetBack() {
        PartitionLog log = fixture.create();
        append(log, "a");
        append(log, "b");
        assertTrue(await(log, 2));
        log.truncateTo(1);
        assertEquals(1, log.durableOffset());
        append(log, "c");
        int before = fixture.files.count(FaultyFiles.Call.FORCE);
        assertTrue(await(log, 2));
        assertEquals(before + 1, fixture.files.count(FaultyFiles.Call.FORCE));
    }

    @Test
    void whoeverWaitsForALogThatIsDeletedIsTold() throws Exception {
        PartitionLog log = fixture.create();
        append(log, "a");
        CountDownLatch inside = fixture.files.blockNext(FaultyFiles.Call.FORCE);
        var outcome = new AtomicReference<Throwable>();
        Thread waiting = Threads.virtual("waiting", () -> {
            try {
                await(log, 1);
            } catch (RuntimeException e) {
                outcome.set(e);
            }
        });
        waiting.start();
        inside.await();
        log.renameForDeletion();
        waiting.join();
        assertInstanceOf(AnswerException.class, outcome.get());
    }
}
