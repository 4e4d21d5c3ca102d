package dev.heddle.log;

import dev.heddle.common.MetricNames;
import dev.heddle.common.Time;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** One compacted log, and a cleaner that looks at it when it is told to. */
final class CleanerFixture implements AutoCloseable {

    final LogFixture logs;
    private final Map<String, String> overrides = new HashMap<>();
    private final List<LogDirectory> progressed = new ArrayList<>();
    private double dirtiest;
    PartitionLog log;

    CleanerFixture(Path root, String... overrides) {
        this.logs = new LogFixture(root);
        this.overrides.put("cleanup.policy", "compact");
        this.overrides.put("min.cleanable.dirty.ratio", "0");
        this.overrides.put("delete.retention.ms", "1000");
        for (int i = 0; i < overrides.length; i += 2) this.overrides.put(overrides[i], overrides[i + 1]);
    }

    CleanerFixture create() {
        log = logs.create(overrides);
        log.commitOnAppend(true);
        return this;
    }

    /** As after a crash. */
    CleanerFixture recover(long recoveryPoint) throws IOException {
        log = logs.recover(overrides, recoveryPoint);
        log.commitOnAppend(true);
        return this;
    }

    /** Waits for what another thread is about to do. */
    static void until(BooleanSupplier condition) {
        long deadline = Time.SYSTEM.deadlineAfterMs(30_000);
        while (!condition.getAsBoolean()) {
            if (deadline - Time.SYSTEM.nanoseconds() < 0) throw new AssertionError("it never came true");
            Thread.onSpinWait();
        }
    }

    // Writing

    static byte[] utf8(String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    SimpleRecord record(String key, String value) {
        return new SimpleRecord(logs.time.milliseconds(), utf8(key), utf8(value));
    }

    /** One batch of pairs such as {@code a=1}; {@code a} alone is a tombstone. */
    SimpleRecord[] records(String... pairs) {
        SimpleRecord[] records = new SimpleRecord[pairs.length];
        for (int i = 0; i < pairs.length; i++) {
            int at = pairs[i].indexOf('=');
            records[i] =
                    at < 0 ? record(pairs[i], null) : record(pairs[i].substring(0, at), pairs[i].substring(at + 1));
        }
        return records;
    }

    AppendResult append(Compression compression, String... pairs) {
        return log.appendAsLeader(MemoryRecords.withRecords(compression, records(pairs)), 3, AppendOrigin.CLIENT);
    }

    AppendResult append(String... pairs) {
        return append(Compression.NONE, pairs);
    }

    /** Each pair a segment of its own. */
    void appendSegments(String... pairs) {
        for (String pair : pairs) {
            append(pair);
            log.roll();
        }
    }

    AppendResult idempotent(long producerId, int sequence, String... pairs) {
        return log.appendAsLeader(
                MemoryRecords.withIdempotentRecords(Compression.NONE, producerId, (short) 0, sequence, records(pairs)),
                3,
                AppendOrigin.CLIENT);
    }

    AppendResult transactional(long producerId, int sequence, String... pairs) {
        return log.appendAsLeader(
                MemoryRecords.withTransactionalRecords(
                        Compression.NONE, producerId, (short) 0, sequence, records(pairs)),
                3,
                AppendOrigin.CLIENT);
    }

    void endTransaction(long producerId, ControlRecordType type) {
        log.appendAsLeader(
                MemoryRecords.withEndTransactionMarker(
                        logs.time.milliseconds(), producerId, (short) 0, new EndTransactionMarker(type, 0)),
                3,
                AppendOrigin.COORDINATOR);
    }

    // Cleaning

    CleanerWorker worker(LogCleanerConfig config) {
        return new CleanerWorker(new CleanerWorker.Shared(
                config,
                this::all,
                progressed::add,
                new IoThrottle(
                        logs.time,
                        logs.metrics.meter(MetricNames.of("kafka.utils", "Throttler", "cleaner-io")),
                        config.maxIoBytesPerSecond()),
                ratio -> dirtiest = ratio,
                logs.time));
    }

    private Collection<PartitionLog> all() {
        return List.of(log);
    }

    CleanerWorker worker() {
        return worker(LogFixture.CLEANER);
    }

    /** One look; whether the log was cleaned. */
    boolean clean() {
        return worker().cleanOnce();
    }

    /** As above, after a new segment has begun: everything so far may be cleaned. */
    boolean cleanAll() {
        log.roll();
        return clean();
    }

    /** How often progress was noted. */
    int progressed() {
        return progressed.size();
    }

    /** Of the dirtiest log, at the last look. */
    double dirtiest() {
        return dirtiest;
    }

    // Reading

    List<MutableRecordBatch> batches() {
        List<MutableRecordBatch> found = new ArrayList<>();
        long next = log.logStartOffset();
        while (next < log.logEndOffset()) {
            long before = next;
            for (MutableRecordBatch batch : batchesAt(next)) {
                if (batch.lastOffset() < next) continue;
                found.add(batch);
                next = batch.nextOffset();
            }
            if (next == before) break;
        }
        return found;
    }

    private Iterable<MutableRecordBatch> batchesAt(long offset) {
        try {
            return log.read(offset, 1 << 20, FetchIsolation.LOG_END, true)
                    .records()
                    .records()
                    .batches();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }

    /** Every record of data, as {@code offset:key=value}. */
    List<String> contents() {
        List<String> found = new ArrayList<>();
        for (RecordBatch batch : batches()) {
            if (batch.isControlBatch()) continue;
            for (Record record : batch) {
                String pair = record.hasValue() ? text(record.key()) + "=" + text(record.value()) : text(record.key());
                found.add(record.offset() + ":" + pair);
            }
        }
        return found;
    }

    /** What a reader who knew nothing has learnt at the end: the latest value of each key. */
    Map<String, String> latest() {
        var latest = new TreeMap<String, String>();
        for (RecordBatch batch : batches()) {
            if (batch.isControlBatch()) continue;
            for (Record record : batch) {
                if (record.hasValue()) latest.put(text(record.key()), text(record.value()));
                else latest.remove(text(record.key()));
            }
        }
        return latest;
    }

    @Override
    public void close() {
        logs.close();
    }
}
