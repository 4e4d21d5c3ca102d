package dev.heddle.log;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.DigestException;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.common.RequestLocal;
import org.apache.kafka.server.common.TransactionVersion;
import org.apache.kafka.server.storage.log.FetchIsolation;
import org.apache.kafka.server.util.KafkaScheduler;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.Cleaner;
import org.apache.kafka.storage.internals.log.LogAppendInfo;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;
import org.apache.kafka.storage.internals.log.LogToClean;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;
import org.apache.kafka.storage.internals.log.SkimpyOffsetMap;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import org.apache.kafka.storage.internals.utils.Throttler;
import org.apache.kafka.storage.log.metrics.BrokerTopicStats;

/** Apache Kafka's {@link UnifiedLog}. */
final class ApacheLog implements MeasuredLog {

    private static final int MAP_BYTES = 128 << 20;
    private static final int IO_BUFFER_BYTES = 256 << 10;
    private static final int MAX_IO_BUFFER_BYTES = 1 << 20;

    private final KafkaScheduler scheduler;
    private final UnifiedLog log;
    private final RequestLocal requestLocal = RequestLocal.withThreadConfinedCaching();

    private ApacheLog(KafkaScheduler scheduler, UnifiedLog log) {
        this.scheduler = scheduler;
        this.log = log;
    }

    static ApacheLog open(Path root, LogShape shape) {
        var scheduler = new KafkaScheduler(1);
        scheduler.startup();
        try {
            UnifiedLog log = UnifiedLog.create(
                    root.resolve(Workload.PARTITION.toString()).toFile(),
                    new LogConfig(shape.topicConfig()),
                    0,
                    0,
                    scheduler,
                    new BrokerTopicStats(),
                    Time.SYSTEM,
                    900_000,
                    new ProducerStateManagerConfig(86_400_000, true),
                    600_000,
                    new LogDirFailureChannel(1),
                    shape.clean(),
                    Optional.of(Workload.TOPIC_ID));
            log.updateHighWatermark(log.logEndOffset());
            return new ApacheLog(scheduler, log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void append(MemoryRecords records) {
        LogAppendInfo appended = log.appendAsLeader(
                records,
                0,
                AppendOrigin.CLIENT,
                requestLocal,
                VerificationGuard.SENTINEL,
                TransactionVersion.TV_UNKNOWN);
        try {
            log.updateHighWatermark(appended.lastOffset() + 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private FileRecords find(long offset, int maxBytes) {
        try {
            return (FileRecords) log.read(offset, maxBytes, FetchIsolation.HIGH_WATERMARK, true).records;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public int fetch(long offset, int maxBytes) {
        return find(offset, maxBytes).sizeInBytes();
    }

    @Override
    public long read(long offset, ByteBuffer buffer) {
        FileRecords found = find(offset, buffer.capacity());
        try {
            found.readInto(buffer.clear().limit(found.sizeInBytes()), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Workload.nextOffset(buffer, offset);
    }

    @Override
    public long offsetForTimestamp(long timestamp) {
        return log.fetchOffsetByTimestamp(timestamp, Optional.empty())
                .timestampAndOffsetOpt()
                .orElseThrow()
                .offset;
    }

    @Override
    public long endOffset() {
        return log.logEndOffset();
    }

    @Override
    public void clear() {
        log.truncateFullyAndStartAt(0, Optional.empty());
    }

    @Override
    public void rollAndFlush() {
        try {
            log.roll();
            log.flush(false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public long compact() {
        long before = log.size();
        try {
            var throttler = new Throttler(Double.MAX_VALUE, 300, "cleaner-io", "bytes", Time.SYSTEM);
            var cleaner = new Cleaner(
                    0,
                    new SkimpyOffsetMap(MAP_BYTES),
                    IO_BUFFER_BYTES,
                    MAX_IO_BUFFER_BYTES,
                    0.9,
                    throttler,
                    Time.SYSTEM,
                    partition -> {});
            cleaner.clean(new LogToClean(log, 0, log.activeSegment().baseOffset(), false));
            return before;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (DigestException | NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A platform thread of a pool: as good as the one that calls. */
    @Override
    public void onHandlerThread(Runnable work) {
        work.run();
    }

    @Override
    public void close() {
        log.closeHandlers();
        try {
            scheduler.shutdown();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
