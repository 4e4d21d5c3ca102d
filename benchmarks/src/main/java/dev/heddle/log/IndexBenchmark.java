package dev.heddle.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Looking offsets and times up in the indexes of a full segment of 1 GB. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class IndexBenchmark {

    private static final int ENTRIES = 1 << 18;
    private static final int MAX_BYTES = 10 << 20;
    private static final int OFFSETS_AN_ENTRY = 38;

    /** Where a consumer is: warm is what those who keep up need. */
    public enum Where {
        TAIL,
        ANYWHERE
    }

    @Param
    public Implementation implementation;

    @Param
    public Where where;

    private final Random random = new Random(1);
    private Path directory;
    private Indexes indexes;

    /** The indexes of either implementation. */
    private interface Indexes extends AutoCloseable {
        void append(long offset, int position) throws IOException;

        int position(long offset) throws IOException;

        long offset(long timestamp) throws IOException;

        @Override
        void close() throws IOException;
    }

    @Setup
    public void fill() throws IOException {
        directory = Workload.newDirectory();
        indexes = switch (implementation) {
            case HEDDLE -> new HeddleIndexes(directory);
            case APACHE -> new ApacheIndexes(directory);
        };
        for (int i = 1; i <= ENTRIES; i++) indexes.append((long) i * OFFSETS_AN_ENTRY, i * 4096);
    }

    private long target() {
        return switch (where) {
            case TAIL -> (long) ENTRIES * OFFSETS_AN_ENTRY - random.nextInt(1_000);
            case ANYWHERE -> random.nextLong((long) ENTRIES * OFFSETS_AN_ENTRY);
        };
    }

    @Benchmark
    public int findOffset() throws IOException {
        return indexes.position(target());
    }

    /** Each offset's time is the offset. */
    @Benchmark
    public long findTimestamp() throws IOException {
        return indexes.offset(target());
    }

    @TearDown
    public void close() throws IOException {
        indexes.close();
        Workload.delete(directory);
    }

    private static final class HeddleIndexes implements Indexes {

        private final OffsetIndex offsets;
        private final TimeIndex times;

        HeddleIndexes(Path directory) {
            var files = new RealFileSystem();
            offsets = new OffsetIndex(files, LogFileNames.offsetIndexFile(directory, 0), 0, MAX_BYTES);
            times = new TimeIndex(files, LogFileNames.timeIndexFile(directory, 0), 0, MAX_BYTES);
        }

        @Override
        public void append(long offset, int position) throws IOException {
            offsets.append(offset, position);
            times.maybeAppend(offset, offset, false);
        }

        @Override
        public int position(long offset) throws IOException {
            return offsets.lookup(offset).position();
        }

        @Override
        public long offset(long timestamp) throws IOException {
            return times.lookup(timestamp).offset();
        }

        @Override
        public void close() {}
    }

    private static final class ApacheIndexes implements Indexes {

        private final org.apache.kafka.storage.internals.log.OffsetIndex offsets;
        private final org.apache.kafka.storage.internals.log.TimeIndex times;

        ApacheIndexes(Path directory) throws IOException {
            offsets = new org.apache.kafka.storage.internals.log.OffsetIndex(
                    LogFileNames.offsetIndexFile(directory, 0).toFile(), 0, MAX_BYTES);
            times = new org.apache.kafka.storage.internals.log.TimeIndex(
                    LogFileNames.timeIndexFile(directory, 0).toFile(), 0, MAX_BYTES);
        }

        @Override
        public void append(long offset, int position) {
            offsets.append(offset, position);
            times.maybeAppend(offset, offset, false);
        }

        @Override
        public int position(long offset) {
            return offsets.lookup(offset).position();
        }

        @Override
        public long offset(long timestamp) {
            return times.lookup(timestamp).offset();
        }

        @Override
        public void close() throws IOException {
            offsets.close();
            times.close();
        }
    }
}
