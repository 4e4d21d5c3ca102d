package dev.heddle.log;

import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.BackgroundScheduler;
import dev.heddle.common.Time;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.record.internal.MemoryRecords;

/** Heddle's {@link PartitionLog}. */
final class HeddleLog implements MeasuredLog {

    private static final LogCleanerConfig CLEANER =
            new LogCleanerConfig(false, 1, 128 << 20, 0.9, 512 << 10, Double.MAX_VALUE, 15_000);

    private final LogDirectory directory;
    private final LogRuntime runtime;
    private final BackgroundScheduler scheduler;
    private final PartitionLog log;

    private HeddleLog(LogDirectory directory, LogRuntime runtime, BackgroundScheduler scheduler, PartitionLog log) {
        this.directory = directory;
        this.runtime = runtime;
        this.scheduler = scheduler;
        this.log = log;
    }

    static HeddleLog open(Path root, LogShape shape) {
        var defaults = LogConfig.defaults(new AbstractConfig(LogConfig.define(new ConfigDef()), Map.of(), false));
        LogConfig config = defaults.withOverrides(shape.topicConfig());
        var limits = new FileCallGate.Limits(8, 1_000);
        var directory = new LogDirectory(new RealFileSystem(), root.toAbsolutePath(), Time.SYSTEM, limits);
        var scheduler = new BackgroundScheduler();
        var producers = new ProducerStateConfig(86_400_000, 900_000, true);
        var runtime = new LogRuntime(Time.SYSTEM, scheduler, new MetricRegistry(), producers, lowered -> {});
        PartitionLog log = open(new LogOpener(runtime), directory, config, shape.clean());
        log.updateHighWatermark(log.logEndOffset());
        return new HeddleLog(directory, runtime, scheduler, log);
    }

    private static PartitionLog open(LogOpener opener, LogDirectory directory, LogConfig config, boolean clean) {
        TopicPartition partition = Workload.PARTITION;
        Path path = directory.path().resolve(partition.toString());
        if (!Files.isDirectory(path)) return opener.create(directory, partition, Workload.TOPIC_ID, config);
        try {
            var request = new LogLoader.Request(partition, directory, path, config, clean, 0, 0, config.compact());
            return opener.open(request, remaining -> {});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void append(MemoryRecords records) {
        AppendResult result = log.appendAsLeader(records, 0, AppendOrigin.CLIENT);
        log.updateHighWatermark(result.lastOffset() + 1);
    }

    @Override
    public int fetch(long offset, int maxBytes) {
        return log.read(offset, maxBytes, FetchIsolation.HIGH_WATERMARK, true)
                .records()
                .sizeInBytes();
    }

    @Override
    public long read(long offset, ByteBuffer buffer) {
        LogSlice slice = log.read(offset, buffer.capacity(), FetchIsolation.HIGH_WATERMARK, true)
                .records();
        try {
            slice.readInto(buffer.clear().limit(slice.sizeInBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Workload.nextOffset(buffer.flip(), offset);
    }

    @Override
    public long offsetForTimestamp(long timestamp) {
        return log.offsetForTimestamp(timestamp).offset();
    }

    @Override
    public long endOffset() {
        return log.logEndOffset();
    }

    @Override
    public void clear() {
        log.truncateFullyAndStartAt(0);
    }

    @Override
    public void rollAndFlush() {
        log.roll();
        log.flush();
    }

    @Override
    public long compact() {
        long before = log.sizeInBytes();
        var worker = new CleanerWorker(new CleanerWorker.Shared(
                CLEANER,
                () -> List.of(log),
                cleaned -> {},
                new IoThrottle(Time.SYSTEM, new Meter(), CLEANER.maxIoBytesPerSecond()),
                ratio -> {},
                Time.SYSTEM));
        if (!worker.cleanOnce()) throw new IllegalStateException("there was nothing to clean");
        return before;
    }

    /** A virtual thread, whose file calls are counted. */
    @Override
    public void onHandlerThread(Runnable work) {
        var failure = new Throwable[1];
        Thread thread = Thread.ofVirtual().unstarted(work);
        thread.setUncaughtExceptionHandler((of, e) -> failure[0] = e);
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        if (failure[0] != null) throw new IllegalStateException(failure[0]);
    }

    @Override
    public void close() {
        log.abandon();
        scheduler.close();
        runtime.close();
        directory.close();
    }
}
