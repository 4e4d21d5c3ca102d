package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random writes, transactions, cleanings, crashes and time, against a map of the latest value of each key. A seed that
 * fails can be run again.
 */
class CleanerModelTest {

    private static final int KEYS = 40;
    private static final List<Compression> CODECS = List.of(
            Compression.NONE,
            Compression.gzip().build(),
            Compression.lz4().build(),
            Compression.zstd().build());

    /** What a record says of a key; null for a tombstone. */
    private record Entry(String key, String value) {}

    @TempDir
    Path root;

    private Random random;
    private CleanerFixture fixture;
    private int written;

    /** Everything that is decided, by offset, whether or not it is obsolete. */
    private final NavigableMap<Long, Entry> decided = new TreeMap<>();

    private final Map<Long, Map<Long, Entry>> open = new HashMap<>();
    private final Map<Long, Integer> sequences = new HashMap<>();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void theLatestValueOfEachKeyIsAlwaysThere(long seed) throws Exception {
        random = new Random(seed);
        fixture = newFixture().create();
        try {
            for (int step = 0; step < 400; step++) {
                act();
                if (step % 10 == 9) check("seed " + seed + ", step " + step);
            }
            for (long producer : List.copyOf(open.keySet())) end(producer);
            while (fixture.cleanAll()) fixture.logs.time.advance(5000);
            check("seed " + seed + ", at the end");
            int left = fixture.contents().size();
            assertTrue(left <= 2 * KEYS, left + " records are left of " + written);
        } finally {
            fixture.close();
        }
    }

    private CleanerFixture newFixture() {
        return new CleanerFixture(root, "internal.segment.bytes", "1500", "index.interval.bytes", "100");
    }

    private void act() throws Exception {
        switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> write();
            case 4, 5, 6 -> writeTransactional(4000 + random.nextInt(3));
            case 7, 8 -> end(4000 + random.nextInt(3));
            case 9 -> clean();
            case 10 -> fixture.logs.time.advance(random.nextInt(600));
            default -> maybeCrash();
        }
    }

    private Entry[] entries() {
        Entry[] entries = new Entry[1 + random.nextInt(4)];
        for (int i = 0; i < entries.length; i++) {
            boolean tombstone = random.nextInt(5) == 0;
            entries[i] = new Entry("k" + random.nextInt(KEYS), tombstone ? null : "v" + written);
            written++;
        }
        return entries;
    }

    private static String[] pairs(Entry[] entries) {
        String[] pairs = new String[entries.length];
        for (int i = 0; i < pairs.length; i++) {
            pairs[i] = entries[i].value == null ? entries[i].key : entries[i].key + "=" + entries[i].value;
        }
        return pairs;
    }

    private static void note(Entry[] entries, AppendResult result, Map<Long, Entry> in) {
        for (int i = 0; i < entries.length; i++) in.put(result.firstOffset() + i, entries[i]);
    }

    private void write() {
        Entry[] entries = entries();
        note(entries, fixture.append(CODECS.get(random.nextInt(CODECS.size())), pairs(entries)), decided);
    }

    private void writeTransactional(long producer) {
        Entry[] entries = entries();
        int sequence = sequences.getOrDefault(producer, 0);
        AppendResult result = fixture.transactional(producer, sequence, pairs(entries));
        note(entries, result, open.computeIfAbsent(producer, id -> new HashMap<>()));
        sequences.put(producer, sequence + entries.length);
    }

    private void end(long producer) {
        Map<Long, Entry> transaction = open.remove(producer);
        if (transaction == null) return;
        boolean commit = random.nextBoolean();
        fixture.endTransaction(producer, commit ? ControlRecordType.COMMIT : ControlRecordType.ABORT);
        if (commit) decided.putAll(transaction);
    }

    private void clean() {
        if (random.nextBoolean()) fixture.log.roll();
        // Sometimes there is room for so few keys that several rounds are needed.
        long slots = random.nextInt(3) == 0 ? 8 : 5000;
        var config = new LogCleanerConfig(
                true, 1, slots * OffsetMap.BYTES_PER_ENTRY, 0.9, 16 << 10, Double.MAX_VALUE, 15_000);
        fixture.worker(config).cleanOnce();
        assertTrue(!fixture.log.state().cleaning().isUncleanable());
    }

    private void maybeCrash() throws Exception {
        if (random.nextInt(4) != 0) return;
        long cleaned = fixture.log.state().cleaning().cleanedOffset();
        long recoveryPoint = fixture.log.recoveryPoint();
        long now = fixture.logs.time.milliseconds();
        fixture.close();
        fixture = newFixture();
        fixture.logs.time.advance(now - fixture.logs.time.milliseconds());
        fixture.recover(recoveryPoint);
        fixture.log.state().cleaning().cleanedTo(cleaned);
    }

    private void check(String when) {
        assertEquals(latest(decided), latest(readCommitted()), when);
        long next = 0;
        for (RecordBatch batch : fixture.batches()) {
            assertTrue(batch.baseOffset() >= next, when);
            next = batch.nextOffset();
        }
    }

    private static Map<String, String> latest(NavigableMap<Long, Entry> entries) {
        var latest = new TreeMap<String, String>();
        for (Entry entry : entries.values()) {
            if (entry.value == null) latest.remove(entry.key);
            else latest.put(entry.key, entry.value);
        }
        return latest;
    }

    /** What is in the log, without what was aborted or is undecided. */
    private NavigableMap<Long, Entry> readCommitted() {
        var found = new TreeMap<Long, Entry>();
        var pending = new HashMap<Long, Map<Long, Entry>>();
        for (RecordBatch batch : fixture.batches()) {
            if (batch.isControlBatch()) {
                Map<Long, Entry> transaction = pending.remove(batch.producerId());
                if (transaction != null && isCommit(batch)) found.putAll(transaction);
                continue;
            }
            Map<Long, Entry> to = batch.isTransactional()
                    ? pending.computeIfAbsent(batch.producerId(), id -> new HashMap<>())
                    : found;
            batch.forEach(record -> to.put(
                    record.offset(), new Entry(text(record.key()), record.hasValue() ? text(record.value()) : null)));
        }
        return found;
    }

    private static boolean isCommit(RecordBatch batch) {
        var records = batch.iterator();
        return records.hasNext() && ControlRecordType.parse(records.next().key()) == ControlRecordType.COMMIT;
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }
}
