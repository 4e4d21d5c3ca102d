package dev.heddle.log;

import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
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

/** Compacting a log in which nine records of ten are outdated: by one thread, in MB per second of what was there before. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class CompactionBenchmark {

    private static final int MEGABYTES = 64;
    private static final int KEYS = 50_000;

    @Param
    public Implementation implementation;

    @Param({"NONE", "LZ4"})
    public CompressionType codec;

    private final LogShape shape = new LogShape(16 << 20, true, true);
    private Path dirty;
    private Path directory;
    private MeasuredLog log;

    @Setup
    public void fill() {
        dirty = Workload.newDirectory();
        var keys = new Workload.Keys(new Random(1), KEYS);
        Workload.fill(dirty, shape, MEGABYTES, Compression.of(codec).build(), keys);
    }

    @Setup(Level.Invocation)
    public void open() {
        directory = Workload.newDirectory();
        Workload.copy(dirty, directory);
        log = implementation.open(directory, shape);
    }

    @Benchmark
    @OperationsPerInvocation(MEGABYTES)
    public long compactMegabytes() {
        return log.compact();
    }

    @TearDown(Level.Invocation)
    public void close() {
        log.close();
        Workload.delete(directory);
    }

    @TearDown
    public void delete() {
        Workload.delete(dirty);
    }
}
