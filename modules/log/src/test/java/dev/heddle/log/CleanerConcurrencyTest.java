package dev.heddle.log;

import static dev.heddle.log.CleanerFixture.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class CleanerConcurrencyTest {

    @TempDir
    Path root;

    private CleanerFixture fixture;

    @BeforeEach
    void start() {
        fixture = new CleanerFixture(root).create();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private static <T> AwaitedTask<T, RuntimeException> inBackground(Supplier<T> work) {
        var task = new AwaitedTask<T, RuntimeException>(work::get, Time.SYSTEM);
        Threads.platform("log-cleaner-test", task).start();
        return task;
    }

    /** What is flushed in the background after a roll must not be taken for the cleaner's work. */
    private CountDownLatch blockNext(FaultyFiles.Call call) {
        fixture.log.flush();
        return fixture.logs.files.blockNext(call);
    }

    @Test
    void nothingGoesBecauseOfARecordThatIsNotDurable() throws Exception {
        fixture.append("a=1");
        fixture.log.roll();
        CountDownLatch syncing = blockNext(FaultyFiles.Call.FORCE);
        fixture.append("a=2");
        fixture.log.roll();
        syncing.await();
        AwaitedTask<Boolean, RuntimeException> cleaning = inBackground(() -> fixture.cleanAll());
        CleanerFixture.until(() -> fixture.logs.time.parkedThreads() > 0);
        assertFalse(fixture.logs.files.calls().stream().anyMatch(call -> call.contains("cleaned")));
        fixture.logs.files.unblock();
        assertTrue(cleaning.await());
        assertEquals(Map.of("a", "2"), fixture.latest());
        assertTrue(fixture.logs.files.calls().stream().anyMatch(call -> call.contains("cleaned")));
    }

    @Test
    void whoeverReadsSeesEveryKeyWhileSegmentsAreReplaced() {
        for (int i = 0; i < 50; i++) fixture.append("k" + i + "=0");
        fixture.log.roll();
        var done = new AtomicBoolean();
        List<AwaitedTask<Integer, RuntimeException>> readers = new ArrayList<>();
        for (int r = 0; r < 2; r++) {
            readers.add(inBackground(() -> {
                int rounds = 0;
                while (!done.get() || rounds == 0) {
                    assertEquals(50, fixture.latest().size());
                    rounds++;
                }
                return rounds;
            }));
        }
        for (int round = 1; round <= 60; round++) {
            for (int i = 0; i < 50; i += 5) fixture.append("k" + (i + round % 5) + "=" + round);
            assertTrue(fixture.cleanAll());
        }
        done.set(true);
        for (AwaitedTask<Integer, RuntimeException> reader : readers) assertTrue(reader.await() > 0);
        assertEquals(50, fixture.contents().size());
    }

    @Test
    void aSliceStaysReadableUntilTheOldFilesAreDeleted() throws IOException {
        fixture.append("a=1");
        fixture.append("a=2");
        fixture.log.roll();
        LogSlice slice = fixture.log
                .read(0, 1 << 20, FetchIsolation.HIGH_WATERMARK, true)
                .records();
        fixture.clean();
        assertEquals(2, count(slice.records()));
        assertEquals(1, fixture.contents().size());
    }

    private static int count(MemoryRecords records) {
        int count = 0;
        for (var ignored : records.records()) count++;
        return count;
    }

    @Test
    void nothingBeyondTheHighWatermarkIsCleaned() {
        fixture.log.commitOnAppend(false);
        fixture.appendSegments("a=1", "a=2", "a=3");
        assertFalse(fixture.clean());
        fixture.log.updateHighWatermark(2);
        assertTrue(fixture.clean());
        assertEquals(List.of("1:a=2", "2:a=3"), fixture.contents());
    }

    @Test
    void readersAtAHighWatermarkThatWasCleanedUnderneathSeeWholeBatchesOnly() {
        fixture.log.commitOnAppend(false);
        fixture.append("a=1", "b=1");
        fixture.append("a=2");
        fixture.log.updateHighWatermark(3);
        fixture.append("c=1");
        fixture.log.roll();
        fixture.append("d=1");
        fixture.clean();
        fixture.log.updateHighWatermark(4);
        fixture.clean();
        var result = fixture.log.read(0, 1 << 20, FetchIsolation.HIGH_WATERMARK, true);
        assertEquals(
                List.of(1L, 2L, 3L),
                LogFixture.records(result).stream().map(Record::offset).toList());
    }

    @Test
    void truncationStopsTheCleaningAndWaitsForItsEnd() throws Exception {
        fixture.append("a=1");
        fixture.append("a=2");
        fixture.append("b=1");
        fixture.log.roll();
        CountDownLatch flushing = blockNext(FaultyFiles.Call.FORCE);
        AwaitedTask<Boolean, RuntimeException> cleaning = inBackground(fixture::clean);
        flushing.await();
        AwaitedTask<Boolean, RuntimeException> truncation = inBackground(() -> {
            fixture.log.truncateTo(2);
            return true;
        });
        until(() -> fixture.log.state().cleaning().mustStop());
        assertEquals(3, fixture.log.logEndOffset(), "it waits");
        fixture.logs.files.unblock();
        cleaning.await();
        truncation.await();
        assertEquals(2, fixture.log.logEndOffset());
        assertEquals(Map.of("a", "2"), fixture.latest());
        assertTrue(fixture.log.state().cleaning().isIdle());
    }

    @Test
    void aLogThatIsToBeDeletedIsLeftByTheCleaner() throws Exception {
        fixture.appendSegments("a=1", "a=2");
        CountDownLatch writing = blockNext(FaultyFiles.Call.WRITE);
        AwaitedTask<Boolean, RuntimeException> cleaning = inBackground(fixture::clean);
        writing.await();
        AwaitedTask<Boolean, RuntimeException> deletion = inBackground(() -> {
            fixture.log.stopCleaning();
            fixture.log.renameForDeletion();
            return true;
        });
        until(() -> fixture.log.state().cleaning().mustStop());
        fixture.logs.files.unblock();
        cleaning.await();
        deletion.await();
        assertTrue(fixture.logs.directory.online());
        assertFalse(fixture.clean());
        for (Path file : fixture.logs.files.list(fixture.log.state().path())) {
            assertFalse(LogFileNames.hasSuffix(file, LogFileNames.CLEANED_SUFFIX), file.toString());
        }
    }

    @Test
    void retentionLeavesALogAloneThatIsBeingCleaned() throws Exception {
        fixture.log.updateConfig(LogFixture.config(
                Map.of("cleanup.policy", "compact,delete", "retention.ms", "1", "min.cleanable.dirty.ratio", "0")));
        fixture.appendSegments("a=1", "a=2");
        fixture.logs.time.advance(1000);
        CountDownLatch writing = blockNext(FaultyFiles.Call.WRITE);
        AwaitedTask<Boolean, RuntimeException> cleaning = inBackground(fixture::clean);
        writing.await();
        assertEquals(0, fixture.log.deleteOldSegments());
        fixture.logs.files.unblock();
        assertTrue(cleaning.await());
        assertEquals(List.of(), fixture.contents(), "the cleaner itself does it when it is through");
    }

    private LogCleanerConfig throttled(double bytesPerSecond) {
        return new LogCleanerConfig(true, 1, 1 << 17, 0.9, 16 << 10, bytesPerSecond, 15_000);
    }

    @Test
    void readingAndWritingAreNotFasterThanAllowed() {
        String value = "=" + "v".repeat(1000);
        for (int i = 0; i < 100; i++) fixture.append("k" + i + value);
        fixture.log.roll();
        long bytes = fixture.log.sizeInBytes();
        long start = fixture.logs.time.milliseconds();
        CleanerWorker worker = fixture.worker(throttled(10_000));
        var finished = new AtomicBoolean();
        AwaitedTask<Boolean, RuntimeException> cleaning = inBackground(() -> {
            boolean cleaned = worker.cleanOnce();
            finished.set(true);
            return cleaned;
        });
        until(() -> {
            if (fixture.logs.time.parkedThreads() > 0) fixture.logs.time.advance(5);
            return finished.get();
        });
        assertEquals(Boolean.TRUE, cleaning.await());
        double seconds = (fixture.logs.time.milliseconds() - start) / 1000.0;
        // Everything is read twice, and written once.
        double expected = 3.0 * bytes / 10_000;
        assertTrue(seconds > 0.95 * expected, seconds + " s instead of " + expected);
        assertEquals(
                3 * bytes,
                fixture.logs
                        .metrics
                        .meter("kafka.utils:type=Throttler,name=cleaner-io")
                        .getCount(),
                0.3 * bytes,
                "batches of which the buffer held a part only are read again");
    }

    @Test
    void aThrottledCleanerStopsAtOnce() {
        fixture.append("a=1", "a=2");
        fixture.log.roll();
        CleanerWorker worker = fixture.worker(throttled(1));
        AwaitedTask<Boolean, RuntimeException> running = inBackground(() -> {
            worker.run();
            return true;
        });
        until(() -> fixture.logs.time.parkedThreads() > 0);
        worker.stop();
        assertEquals(Boolean.TRUE, running.await());
        assertFalse(worker.isDead());
        assertEquals(0, fixture.progressed());
        assertEquals(2, fixture.contents().size());
    }

    @Test
    void aThrottledCleanerGivesALogAwayAtOnce() {
        fixture.append("a=1", "a=2");
        fixture.log.roll();
        CleanerWorker worker = fixture.worker(throttled(1));
        AwaitedTask<Boolean, RuntimeException> cleaning = inBackground(worker::cleanOnce);
        until(() -> fixture.logs.time.parkedThreads() > 0);
        AwaitedTask<Boolean, RuntimeException> truncation = inBackground(() -> {
            fixture.log.truncateTo(1);
            return true;
        });
        assertEquals(Boolean.TRUE, truncation.await());
        cleaning.await();
        assertEquals(1, fixture.log.logEndOffset());
    }
}
