package dev.heddle.log;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Appending to a log with acks=1: validation, offsets, producer state, the write, the indexes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class AppendBenchmark {

    private static final int APPENDS = 1_000;

    /** What one request brings. */
    public enum Records {
        ONE_OF_100_BYTES(1, CompressionType.NONE),
        BATCH_OF_60_KB(550, CompressionType.NONE),
        BATCH_OF_60_KB_LZ4(550, CompressionType.LZ4),
        BATCH_OF_60_KB_ZSTD(550, CompressionType.ZSTD);

        private final int count;
        private final CompressionType codec;

        Records(int count, CompressionType codec) {
            this.count = count;
            this.codec = codec;
        }
    }

    @Param
    public Implementation implementation;

    @Param
    public Records records;

    private Path directory;
    private MeasuredLog log;
    private MemoryRecords received;

    @Setup
    public void open() {
        directory = Workload.newDirectory();
        log = implementation.open(directory, LogShape.PLAIN);
        Compression codec = Compression.of(records.codec).build();
        received = Workload.received(Workload.batch(records.count, codec), implementation);
    }

    @Setup(Level.Invocation)
    public void clear() {
        log.clear();
    }

    @Benchmark
    @OperationsPerInvocation(APPENDS)
    public void append() {
        log.onHandlerThread(this::appendAll);
    }

    private void appendAll() {
        for (int i = 0; i < APPENDS; i++) {
            // It was stamped where it lies; the next request brings one that is not.
            received.buffer().putLong(RecordBatchLayout.BASE_OFFSET, 0);
            log.append(received);
        }
    }

    @TearDown
    public void close() {
        log.close();
        Workload.delete(directory);
    }
}
