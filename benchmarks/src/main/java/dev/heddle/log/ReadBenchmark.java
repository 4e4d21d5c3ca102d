package dev.heddle.log;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.compress.Compression;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/** Fetching from a log that is in the page cache: finding the region that a response would send, and reading it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ReadBenchmark {

    private static final int FETCHES = 1_000;
    private static final int MEGABYTES = 128;
    private static final int FETCH_BYTES = 1 << 20;
    private static final int SEGMENT_BYTES = 32 << 20;

    @Param
    public Implementation implementation;

    private final Random random = new Random(1);
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(FETCH_BYTES);
    private Path directory;
    private MeasuredLog log;
    private long end;

    @Setup
    public void open() {
        directory = Workload.newDirectory();
        var shape = new LogShape(SEGMENT_BYTES, false, true);
        Workload.fill(directory, shape, MEGABYTES, Compression.NONE, null);
        log = implementation.open(directory, shape);
        // The tail is in the active segment.
        for (int i = 0; i < 10; i++) {
            log.append(Workload.received(Workload.batch(150, Compression.NONE), implementation));
        }
        end = log.endOffset();
    }

    /** As consumers that keep up do: the last batch. */
    @Benchmark
    @OperationsPerInvocation(FETCHES)
    public void findTail(Blackhole sink) {
        log.onHandlerThread(() -> {
            for (int i = 0; i < FETCHES; i++) sink.consume(log.fetch(end - 150, FETCH_BYTES));
        });
    }

    /** As consumers do that begin anywhere. */
    @Benchmark
    @OperationsPerInvocation(FETCHES)
    public void findAnyOffset(Blackhole sink) {
        log.onHandlerThread(() -> {
            for (int i = 0; i < FETCHES; i++) sink.consume(log.fetch(random.nextLong(end), FETCH_BYTES));
        });
    }

    /** As ListOffsets does. */
    @Benchmark
    @OperationsPerInvocation(FETCHES)
    public void findAnyTimestamp(Blackhole sink) {
        long span = end / 150 * 1_000;
        log.onHandlerThread(() -> {
            for (int i = 0; i < FETCHES; i++) {
                sink.consume(log.offsetForTimestamp(Workload.FIRST_TIMESTAMP + random.nextLong(span - 20_000)));
            }
        });
    }

    /** As a consumer that catches up does: everything, in steps of 1 MB, into a buffer. */
    @Benchmark
    @BenchmarkMode(Mode.Throughput)
    @OutputTimeUnit(TimeUnit.SECONDS)
    @OperationsPerInvocation(MEGABYTES)
    public void catchUpMegabytes() {
        log.onHandlerThread(() -> {
            long offset = 0;
            while (offset < end) offset = log.read(offset, buffer);
        });
    }

    @TearDown
    public void close() {
        log.close();
        Workload.delete(directory);
    }
}
