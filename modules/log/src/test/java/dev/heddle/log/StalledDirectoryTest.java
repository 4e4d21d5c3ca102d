package dev.heddle.log;

import static dev.heddle.log.LogFixture.append;
import static dev.heddle.log.LogFixture.contents;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.AnswerException;
import dev.heddle.common.Threads;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A disk that hangs: who is inside waits for it, who comes later is told to come again, and nothing is lost. */
@Timeout(30)
final class StalledDirectoryTest {

    @TempDir
    private Path root;

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

    private static <T> FutureTask<T> virtually(Callable<T> work) {
        var task = new FutureTask<>(work);
        Threads.virtual("handler", task).start();
        return task;
    }

    private static Errors errorOf(Callable<?> work) {
        return assertThrows(AnswerException.class, work::call).error();
    }

    private FutureTask<Long> appendThatHangs(PartitionLog log, String value) throws InterruptedException {
        CountDownLatch hanging = fixture.files.blockNext(FaultyFiles.Call.WRITE);
        FutureTask<Long> stuck = virtually(() -> append(log, value).firstOffset());
        hanging.await();
        return stuck;
    }

    @Test
    void whoComesLaterIsToldToComeAgain() throws Exception {
        PartitionLog log = fixture.create();
        append(log, "a");
        FutureTask<Long> stuck = appendThatHangs(log, "b");
        fixture.time.advance(101);

        assertEquals(
                Errors.KAFKA_STORAGE_ERROR,
                virtually(() -> errorOf(() -> append(log, "c"))).get());
        assertEquals(
                Errors.KAFKA_STORAGE_ERROR,
                virtually(() -> errorOf(() -> log.read(0, 100, FetchIsolation.LOG_END, true)))
                        .get());
        assertEquals(
                Errors.KAFKA_STORAGE_ERROR,
                virtually(() -> errorOf(() -> log.offsetForTimestamp(LogFixture.START_MS)))
                        .get());
        assertTrue(fixture.directory.online());

        fixture.files.unblock();
        assertEquals(1, stuck.get());
        assertEquals(2, virtually(() -> append(log, "d").firstOffset()).get());
        assertEquals(List.of("0=a", "1=b", "2=d"), contents(log));
    }

    @Test
    void whoWaitsForTheLogIsToldToComeAgain() throws Exception {
        PartitionLog log = fixture.create();
        append(log, "a");
        FutureTask<Long> stuck = appendThatHangs(log, "b");
        FutureTask<Errors> queued = virtually(() -> errorOf(() -> append(log, "c")));
        FutureTask<Errors> alsoQueued = virtually(() -> errorOf(() -> log.deleteRecordsBefore(1)));
        fixture.time.advance(101);
        assertEquals(Errors.KAFKA_STORAGE_ERROR, queued.get());
        assertEquals(Errors.KAFKA_STORAGE_ERROR, alsoQueued.get());
        fixture.files.unblock();
        assertEquals(1, stuck.get());
        assertEquals(List.of("0=a", "1=b"), contents(log));
    }

    @Test
    void anotherDirectoryGoesOn() throws Exception {
        try (var healthy = new LogFixture(root.resolve("other"))) {
            PartitionLog log = fixture.create();
            append(log, "a");
            FutureTask<Long> stuck = appendThatHangs(log, "b");
            PartitionLog other = healthy.create();
            for (int i = 0; i < 100; i++) {
                long offset = i;
                assertEquals(
                        offset,
                        virtually(() -> append(other, "x").firstOffset()).get());
            }
            fixture.files.unblock();
            assertEquals(1, stuck.get());
        }
    }

    @Test
    void oldRecordsAreReadByAThreadOfTheDirectoryAndNewOnesByNone() throws Exception {
        PartitionLog log = fixture.create(Map.of());
        append(log, "a");
        LogSlice fresh = log.read(0, 1000, FetchIsolation.LOG_END, true).records();
        int before = fixture.files.count(FaultyFiles.Call.READ);
        virtually(() -> load(fresh)).get();
        assertEquals(before, fixture.files.count(FaultyFiles.Call.READ));

        fixture.time.advance(HotTail.HOT_MS + 1);
        LogSlice old = log.read(0, 1000, FetchIsolation.LOG_END, true).records();
        before = fixture.files.count(FaultyFiles.Call.READ);
        CountDownLatch reading = fixture.files.blockNext(FaultyFiles.Call.READ);
        FutureTask<Boolean> loading = virtually(() -> load(old));
        reading.await();
        assertEquals(List.of(), waitingCarriers());
        fixture.files.unblock();
        assertTrue(loading.get());
        assertEquals(before + 1, fixture.files.count(FaultyFiles.Call.READ));
    }

    /** The platform threads that are inside the blocked call: those of the directory are meant to be there. */
    private static List<String> waitingCarriers() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(one -> List.of(one.getValue()).stream()
                        .anyMatch(frame -> frame.getMethodName().equals("stopAtBarrier")))
                .map(one -> one.getKey().getName())
                .filter(name -> !name.startsWith("log-io-"))
                .toList();
    }

    private static boolean load(LogSlice slice) {
        slice.load();
        return true;
    }
}
