package dev.heddle.log;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.Time;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.PrimitiveRef;
import org.apache.kafka.server.common.RequestLocal;
import org.apache.kafka.storage.internals.log.LogValidator;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import org.apache.kafka.storage.log.metrics.BrokerTopicStats;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Checking a batch of 60 kB before it is appended: its CRC, and every record of it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ValidationBenchmark {

    private static final ValidationRules RULES =
            new ValidationRules(1 << 20, false, TimestampType.CREATE_TIME, Long.MAX_VALUE, 3_600_000, null);

    @Param
    public Implementation implementation;

    @Param({"NONE", "LZ4", "ZSTD"})
    public CompressionType codec;

    private MemoryRecords received;
    private CpuPool cpu;
    private RecordValidator validator;
    private LogValidator.MetricsRecorder refusals;
    private RequestLocal requestLocal;

    @Setup
    public void begin() {
        Compression compression = Compression.of(codec).build();
        received = Workload.received(Workload.batch(550, compression), implementation);
        int processors = Runtime.getRuntime().availableProcessors();
        cpu = new CpuPool(processors, Time.SYSTEM);
        validator = new RecordValidator(
                Workload.PARTITION,
                new ValidationMetrics(new MetricRegistry(), Workload.PARTITION.topic()),
                new DecompressionBuffers(2 * processors),
                cpu);
        refusals = UnifiedLog.newValidatorMetricsRecorder(new BrokerTopicStats().allTopicsStats());
        requestLocal = RequestLocal.withThreadConfinedCaching();
    }

    @Benchmark
    public Object validate() {
        received.buffer().putLong(RecordBatchLayout.BASE_OFFSET, 0);
        return switch (implementation) {
            case HEDDLE -> validator.validate(received, RULES, AppendOrigin.CLIENT, Time.SYSTEM.milliseconds());
            case APACHE -> validateByApache();
        };
    }

    /** What its log does before it writes: the CRC in one place, the records in another. */
    private Object validateByApache() {
        for (RecordBatch batch : received.batches()) batch.ensureValid();
        var records = new LogValidator(
                received,
                Workload.PARTITION,
                org.apache.kafka.common.utils.Time.SYSTEM,
                codec,
                Compression.of(codec).build(),
                false,
                RecordBatch.CURRENT_MAGIC_VALUE,
                TimestampType.CREATE_TIME,
                Long.MAX_VALUE,
                3_600_000,
                0,
                org.apache.kafka.storage.internals.log.AppendOrigin.CLIENT);
        return records.validateMessagesAndAssignOffsets(
                PrimitiveRef.ofLong(0), refusals, requestLocal.bufferSupplier());
    }

    @TearDown
    public void end() {
        cpu.close();
    }
}
