package dev.heddle.log;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.CompressionType;
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

/** Opening a log after a crash, when all of it has to be read: by one thread, in MB per second. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class RecoveryBenchmark {

    private static final int MEGABYTES = 128;

    @Param
    public Implementation implementation;

    private final LogShape shape = new LogShape(64 << 20, false, true);
    private Path directory;

    @Setup
    public void fill() {
        directory = Workload.newDirectory();
        Workload.fill(
                directory,
                shape,
                MEGABYTES,
                Compression.of(CompressionType.NONE).build(),
                null);
    }

    @Benchmark
    @OperationsPerInvocation(MEGABYTES)
    public long recoverMegabytes() {
        try (MeasuredLog log = implementation.open(directory, shape.crashed())) {
            return log.endOffset();
        }
    }

    @TearDown
    public void delete() {
        Workload.delete(directory);
    }
}
