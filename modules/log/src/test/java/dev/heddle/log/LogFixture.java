package dev.heddle.log;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.ManualTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** A log directory with one log, whose clock and background work stand still until they are told to go on. */
final class LogFixture implements AutoCloseable {

    static final TopicPartition PARTITION = new TopicPartition("orders", 0);
    static final Uuid TOPIC_ID = new Uuid(7, 9);
    static final long START_MS = 1_700_000_000_000L;

    static final FileCallGate.Limits LIMITS = new FileCallGate.Limits(1, 100);

    /** A cleaner that is not started by itself, and has room for a few thousand keys. */
    static final LogCleanerConfig CLEANER =
            new LogCleanerConfig(false, 1, 1 << 17, 0.9, 16 << 10, Double.MAX_VALUE, 15_000);

    /** Kafka's defaults, but that transactions need no verification. */
    static final ProducerStateConfig PRODUCERS = new ProducerStateConfig(86_400_000, 900_000, false);

    final ManualTime time = new ManualTime(START_MS);
    final ManualScheduler scheduler = new ManualScheduler(time);
    final MetricRegistry metrics = new MetricRegistry();
    final FaultyFiles files = new FaultyFiles();
    final LogDirectory directory;
    final LogRuntime runtime;
    final Path path;
    private final List<PartitionLog> opened = new ArrayList<>();

    LogFixture(Path root) {
        directory = new LogDirectory(files, root.toAbsolutePath(), time, LIMITS);
        runtime = new LogRuntime(time, scheduler, metrics, PRODUCERS, lowered -> {});
        path = directory.path().resolve("orders-0");
    }

    static LogConfig config(Map<String, String> overrides) {
        var parsed = new AbstractConfig(LogConfig.define(new ConfigDef()), Map.of(), false);
        return LogConfig.defaults(parsed).withOverrides(overrides);
    }

    PartitionLog create(Map<String, String> overrides) {
        return remember(new LogOpener(runtime).create(directory, PARTITION, TOPIC_ID, config(overrides)));
    }

    PartitionLog create() {
        return create(Map.of());
    }

    /** Opens the log as after a crash: nothing was closed. */
    PartitionLog recover(Map<String, String> overrides, long recoveryPoint) throws IOException {
        return open(overrides, false, 0, recoveryPoint);
    }

    PartitionLog open(Map<String, String> overrides, boolean clean, long logStartOffset, long recoveryPoint)
            throws IOException {
        LogConfig config = config(overrides);
        var request = new LogLoader.Request(
                PARTITION, directory, path, config, clean, logStartOffset, recoveryPoint, config.compact());
        return remember(new LogOpener(runtime).open(request, remaining -> {}));
    }

    private PartitionLog remember(PartitionLog log) {
        opened.add(log);
        log.directory().onOffline(failed -> log.directoryFailed());
        return log;
    }

    /** Leaves the log as a killed process does. */
    void crash(PartitionLog log) {
        log.abandon();
    }

    static SimpleRecord record(long timestamp, String value) {
        return new SimpleRecord(timestamp, ("k-" + value).getBytes(StandardCharsets.UTF_8), bytes(value));
    }

    static byte[] bytes(String value) {
        return value.getBytes(StandardCharsets.UTF_8);
    }

    /** A batch of the given values, as a producer sends it. */
    static MemoryRecords batch(Compression compression, String... values) {
        SimpleRecord[] records = new SimpleRecord[values.length];
        for (int i = 0; i < values.length; i++) records[i] = record(START_MS, values[i]);
        return MemoryRecords.withRecords(compression, records);
    }

    static MemoryRecords batch(String... values) {
        return batch(Compression.NONE, values);
    }

    static MemoryRecords batchAt(long timestamp, String... values) {
        SimpleRecord[] records = new SimpleRecord[values.length];
        for (int i = 0; i < values.length; i++) records[i] = record(timestamp, values[i]);
        return MemoryRecords.withRecords(Compression.NONE, records);
    }

    static MemoryRecords idempotent(long producerId, short epoch, int sequence, String... values) {
        SimpleRecord[] records = new SimpleRecord[values.length];
        for (int i = 0; i < values.length; i++) records[i] = record(START_MS, values[i]);
        return MemoryRecords.withIdempotentRecords(Compression.NONE, producerId, epoch, sequence, records);
    }

    static MemoryRecords direct(MemoryRecords records) {
        ByteBuffer source = records.buffer();
        return MemoryRecords.readableRecords(
                ByteBuffer.allocateDirect(source.remaining()).put(source).flip());
    }

    static AppendResult append(PartitionLog log, String... values) {
        return log.appendAsLeader(batch(values), 3, AppendOrigin.CLIENT);
    }

    /** {@code count} values that can be told apart. */
    static String[] values(String prefix, int count) {
        return IntStream.range(0, count).mapToObj(i -> prefix + i).toArray(String[]::new);
    }

    /** Everything from {@code offset} to the log end, as {@code offset=value}. */
    static List<String> contents(PartitionLog log, long offset) {
        List<String> found = new ArrayList<>();
        long next = offset;
        while (next < log.logEndOffset()) {
            long before = next;
            for (Record record : records(log.read(next, 1 << 20, FetchIsolation.LOG_END, true))) {
                if (record.offset() < next) continue;
                found.add(record.offset() + "=" + value(record));
                next = record.offset() + 1;
            }
            if (next == before) break;
        }
        return found;
    }

    static List<String> contents(PartitionLog log) {
        return contents(log, log.logStartOffset());
    }

    static List<Record> records(ReadResult result) {
        try {
            List<Record> found = new ArrayList<>();
            result.records().records().records().forEach(found::add);
            return found;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static String value(Record record) {
        return StandardCharsets.UTF_8.decode(record.value().duplicate()).toString();
    }

    Path logFile(long baseOffset) {
        return LogFileNames.logFile(path, baseOffset);
    }

    byte[] content(Path file) throws IOException {
        return Files.readAllBytes(file);
    }

    @Override
    public void close() {
        opened.forEach(PartitionLog::abandon);
        runtime.close();
        directory.close();
    }
}
