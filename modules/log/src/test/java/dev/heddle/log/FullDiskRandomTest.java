package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.ManualTime;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Logs on a volume that becomes smaller and larger: whatever is refused, what was acknowledged is there, once and whole. */
@Timeout(180)
class FullDiskRandomTest {

    private static final int SEEDS = 25;
    private static final int STEPS = 250;
    private static final int PARTITIONS = 3;
    private static final int PRODUCERS = 2;

    @TempDir
    Path root;

    /** The logs of a few partitions in one directory, and what they must hold. */
    private static final class Volume implements AutoCloseable {

        final ManualTime time = new ManualTime(LogFixture.START_MS);
        final FaultyFiles files = new FaultyFiles();
        final Path root;
        final LogConfig config;
        final PartitionLog[] logs = new PartitionLog[PARTITIONS];
        LogDirectory directory;
        private LogRuntime runtime;
        private ManualScheduler scheduler;

        Volume(Path root, Map<String, String> overrides) {
            this.root = root.toAbsolutePath();
            config = LogFixture.config(overrides);
            begin();
        }

        private void begin() {
            directory = new LogDirectory(files, root, time, LogFixture.LIMITS);
            scheduler = new ManualScheduler(time);
            runtime = new LogRuntime(time, scheduler, new MetricRegistry(), LogFixture.PRODUCERS, lowered -> {});
        }

        static TopicPartition partition(int id) {
            return new TopicPartition("orders", id);
        }

        void create(int id) {
            logs[id] = new LogOpener(runtime).create(directory, partition(id), LogFixture.TOPIC_ID, config);
            logs[id].commitOnAppend(true);
        }

        private void open(int id, boolean clean, long start, long recoveryPoint) throws IOException {
            Path path = directory.path().resolve(LogFileNames.partitionDirectory(partition(id)));
            var request =
                    new LogLoader.Request(partition(id), directory, path, config, clean, start, recoveryPoint, false);
            logs[id] = new LogOpener(runtime).open(request, remaining -> {});
            logs[id].commitOnAppend(true);
            logs[id].updateHighWatermark(logs[id].logEndOffset());
        }

        /** @param recoveryPoints as they were written down; null if the logs are closed properly */
        void reopen(Map<Integer, Long> recoveryPoints) throws IOException {
            boolean[] clean = new boolean[PARTITIONS];
            long[] starts = new long[PARTITIONS];
            for (int i = 0; i < PARTITIONS; i++) {
                if (logs[i] == null) continue;
                starts[i] = logs[i].logStartOffset();
                if (recoveryPoints == null) clean[i] = logs[i].closeWhole();
                if (!logs[i].state().isClosed()) logs[i].abandon();
            }
            scheduler.runDue();
            end();
            begin();
            for (int i = 0; i < PARTITIONS; i++) {
                if (logs[i] == null) continue;
                long point = recoveryPoints == null ? 0 : recoveryPoints.getOrDefault(i, 0L);
                open(i, clean[i], starts[i], point);
            }
        }

        /** Retention's and truncation's files go. */
        void deleteFiles() {
            time.advance(config.fileDeleteDelayMs() + 1);
            scheduler.runDue();
        }

        /** What is under way in the background comes to its end. */
        private void end() {
            runtime.close();
            directory.close();
        }

        @Override
        public void close() {
            for (PartitionLog log : logs) if (log != null) log.abandon();
            end();
        }
    }

    /** What one seed does. */
    private static final class Run {

        private final Random random;
        private final Volume volume;
        private final List<List<String>> expected = new ArrayList<>();
        private final Map<String, Integer> sequences = new HashMap<>();
        private final Map<String, AppendResult> lastResults = new HashMap<>();
        private final Map<String, String> lastValues = new HashMap<>();
        private final Map<Integer, Long> recoveryPoints = new HashMap<>();
        private int values;
        private int refusals;
        private int appends;

        Run(long seed, Path root) {
            random = new Random(seed);
            var overrides = Map.of(
                    "internal.segment.bytes", Integer.toString(1500 + random.nextInt(2000)),
                    "index.interval.bytes", Integer.toString(random.nextInt(300)),
                    "preallocate", Boolean.toString(random.nextInt(6) == 0),
                    "file.delete.delay.ms", "1000");
            volume = new Volume(root, overrides);
            for (int i = 0; i < PARTITIONS; i++) expected.add(new ArrayList<>());
        }

        void run() throws IOException {
            try (volume) {
                for (int step = 0; step < STEPS; step++) step();
                check();
                volume.files.volume().unlimited();
                for (int i = 0; i < PARTITIONS; i++) if (volume.logs[i] != null) append(i);
                volume.reopen(random.nextBoolean() ? null : recoveryPoints);
                check();
                // Everything could be written now: the next start finds nothing to do.
                for (PartitionLog log : volume.logs) if (log != null) log.flush();
                for (PartitionLog log : volume.logs)
                    if (log != null) assertEquals(log.logEndOffset(), log.recoveryPoint());
                volume.reopen(null);
                check();
            }
        }

        private void step() throws IOException {
            int id = random.nextInt(PARTITIONS);
            if (volume.logs[id] == null) {
                unlessFull(() -> volume.create(id));
                return;
            }
            PartitionLog log = volume.logs[id];
            int dice = random.nextInt(100);
            if (dice < 30) append(id);
            else if (dice < 55) appendIdempotent(id, random.nextInt(PRODUCERS));
            else if (dice < 60) repeat(id, random.nextInt(PRODUCERS));
            else if (dice < 75) resize();
            else if (dice < 80) unlessFull(log::roll);
            else if (dice < 84) log.flush();
            else if (dice < 87) recoveryPoints.put(id, log.recoveryPoint());
            else if (dice < 89) await(log);
            else if (dice < 91) deleteRecords(id);
            else if (dice < 94) volume.deleteFiles();
            else reopen();
            assertTrue(volume.directory.online());
        }

        private interface Work {
            void run() throws IOException;
        }

        private boolean unlessFull(Work work) throws IOException {
            try {
                work.run();
                return true;
            } catch (NoRoomException e) {
                refusals++;
                return false;
            }
        }

        private String value() {
            return values++ + "-" + "x".repeat(random.nextInt(200));
        }

        private void append(int id) throws IOException {
            String[] batch = new String[1 + random.nextInt(3)];
            for (int i = 0; i < batch.length; i++) batch[i] = value();
            unlessFull(() -> {
                AppendResult result = LogFixture.append(volume.logs[id], batch);
                for (int i = 0; i < batch.length; i++) note(id, result.firstOffset() + i, batch[i]);
            });
        }

        private void note(int id, long offset, String value) {
            appends++;
            expected.get(id).add(offset + "=" + value);
        }

        private AppendResult send(int id, int producer, int sequence, String value) {
            var records = LogFixture.idempotent(100 + producer, (short) 0, sequence, value);
            return volume.logs[id].appendAsLeader(records, 3, AppendOrigin.CLIENT);
        }

        private void appendIdempotent(int id, int producer) throws IOException {
            String key = id + "/" + producer;
            int sequence = sequences.getOrDefault(key, 0);
            String value = value();
            unlessFull(() -> {
                AppendResult result = send(id, producer, sequence, value);
                assertFalse(result.duplicate());
                note(id, result.firstOffset(), value);
                sequences.put(key, sequence + 1);
                lastResults.put(key, result);
                lastValues.put(key, value);
            });
        }

        /** The answer to the last batch was lost: it is sent again, and known, on a full disk too. */
        private void repeat(int id, int producer) {
            String key = id + "/" + producer;
            AppendResult last = lastResults.get(key);
            // Of whom no record is left, a recovery forgets.
            if (last == null || last.firstOffset() < volume.logs[id].logStartOffset()) return;
            AppendResult again = send(id, producer, sequences.get(key) - 1, lastValues.get(key));
            assertTrue(again.duplicate());
            assertEquals(last.firstOffset(), again.firstOffset());
        }

        private void resize() throws IOException {
            switch (random.nextInt(5)) {
                case 0 -> volume.files.volume().unlimited();
                case 1 -> volume.files.volume().leave(volume.root, 0);
                default -> volume.files.volume().leave(volume.root, random.nextInt(2500));
            }
        }

        private static void await(PartitionLog log) {
            assertTrue(
                    log.awaitDurable(log.logEndOffset(), new Waiter(Time.SYSTEM), Time.SYSTEM.deadlineAfterMs(60_000)));
        }

        private void deleteRecords(int id) {
            PartitionLog log = volume.logs[id];
            long range = log.logEndOffset() - log.logStartOffset();
            if (range == 0) return;
            long start = log.deleteRecordsBefore(log.logStartOffset() + random.nextLong(range));
            log.deleteOldSegments();
            expected.get(id).removeIf(entry -> Long.parseLong(entry.substring(0, entry.indexOf('='))) < start);
        }

        private void reopen() throws IOException {
            volume.reopen(random.nextBoolean() ? null : recoveryPoints);
            check();
        }

        private void check() {
            for (int i = 0; i < PARTITIONS; i++) {
                if (volume.logs[i] != null) assertEquals(expected.get(i), LogFixture.contents(volume.logs[i]));
            }
        }
    }

    @Test
    void whateverIsRefusedWhatWasAcknowledgedIsThereOnceAndWhole() throws IOException {
        int refusals = 0;
        int appends = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            Run run = new Run(seed, Files.createDirectory(root.resolve("seed-" + seed)));
            try {
                run.run();
            } catch (RuntimeException | IOException | AssertionError e) {
                throw new AssertionError("seed " + seed, e);
            }
            refusals += run.refusals;
            appends += run.appends;
        }
        assertTrue(refusals > 10 * SEEDS, "only " + refusals + " refusals");
        assertTrue(appends > 30 * SEEDS, "only " + appends + " appends");
    }

    @Test
    void producersGoOnThroughFullAndEmptyTimesWithoutLossOrDoubling() throws Exception {
        int each = 150;
        try (var volume = new Volume(root, Map.of("internal.segment.bytes", "4000", "index.interval.bytes", "100"))) {
            for (int i = 0; i < PARTITIONS; i++) volume.create(i);
            var failures = new ConcurrentLinkedQueue<Throwable>();
            var left = new AtomicInteger(PARTITIONS * PRODUCERS);
            var refusals = new AtomicInteger();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < PARTITIONS * PRODUCERS; i++) {
                int producer = i;
                threads.add(Threads.virtual("producer", () -> {
                    try {
                        produce(volume.logs[producer % PARTITIONS], producer, each, refusals);
                    } catch (RuntimeException | AssertionError e) {
                        failures.add(e);
                    } finally {
                        left.decrementAndGet();
                    }
                }));
            }
            threads.forEach(Thread::start);
            var random = new Random(7);
            while (left.get() > 0) {
                int before = refusals.get();
                volume.files.volume().leave(volume.root, random.nextInt(3000));
                while (refusals.get() < before + 5 && left.get() > 0) Thread.onSpinWait();
            }
            for (Thread thread : threads) thread.join();
            assertEquals(List.of(), List.copyOf(failures));
            assertTrue(volume.directory.online());
            checkProducers(volume, each);
            volume.reopen(Map.of());
            checkProducers(volume, each);
        }
    }

    /** As a client does: a refused batch is sent again until it is taken; some batches are sent twice all the same. */
    private static void produce(PartitionLog log, int producer, int count, AtomicInteger refusals) {
        for (int sequence = 0; sequence < count; ) {
            String value = producer + ":" + sequence + ":" + "x".repeat(sequence % 90);
            try {
                log.appendAsLeader(LogFixture.idempotent(producer, (short) 0, sequence, value), 3, AppendOrigin.CLIENT);
                if (sequence % 7 == 0) {
                    var again = LogFixture.idempotent(producer, (short) 0, sequence, value);
                    assertTrue(log.appendAsLeader(again, 3, AppendOrigin.CLIENT).duplicate());
                }
                sequence++;
            } catch (NoRoomException e) {
                refusals.incrementAndGet();
                Thread.yield();
            }
        }
    }

    private static void checkProducers(Volume volume, int each) {
        for (int i = 0; i < PARTITIONS; i++) {
            int[] next = new int[PARTITIONS * PRODUCERS];
            long offset = 0;
            for (String entry : LogFixture.contents(volume.logs[i])) {
                String[] parts = entry.substring(entry.indexOf('=') + 1).split(":");
                assertEquals(offset++, Long.parseLong(entry.substring(0, entry.indexOf('='))));
                assertEquals(next[Integer.parseInt(parts[0])]++, Integer.parseInt(parts[1]));
            }
            assertEquals((long) PRODUCERS * each, offset);
        }
    }
}
