package dev.heddle.log;

import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Type.BOOLEAN;
import static org.apache.kafka.common.config.ConfigDef.Type.DOUBLE;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.LONG;

import java.util.Set;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;

/**
 * The log cleaner's configuration. Immutable: any thread may read it. (What topics may override, {@code
 * delete.retention.ms} for instance, is in {@link LogConfig}.)
 *
 * @param enabled {@code log.cleaner.enable}
 * @param threads {@code log.cleaner.threads}
 * @param dedupeBufferBytes {@code log.cleaner.dedupe.buffer.size}, of all threads together
 * @param dedupeBufferLoadFactor {@code log.cleaner.io.buffer.load.factor}
 * @param ioBufferBytes {@code log.cleaner.io.buffer.size}, of all threads together
 * @param maxIoBytesPerSecond {@code log.cleaner.io.max.bytes.per.second}, of all threads together
 * @param backoffMs {@code log.cleaner.backoff.ms}
 */
public record LogCleanerConfig(
        boolean enabled,
        int threads,
        long dedupeBufferBytes,
        double dedupeBufferLoadFactor,
        int ioBufferBytes,
        double maxIoBytesPerSecond,
        long backoffMs) {

    private static final String ENABLE = "log.cleaner.enable";
    private static final String THREADS = "log.cleaner.threads";
    private static final String DEDUPE_BUFFER_SIZE = "log.cleaner.dedupe.buffer.size";
    private static final String LOAD_FACTOR = "log.cleaner.io.buffer.load.factor";
    private static final String IO_BUFFER_SIZE = "log.cleaner.io.buffer.size";
    private static final String IO_MAX_BYTES_PER_SECOND = "log.cleaner.io.max.bytes.per.second";
    private static final String BACKOFF_MS = "log.cleaner.backoff.ms";

    private static final long MIN_DEDUPE_BYTES_PER_THREAD = 1 << 20;

    /** One of so many parts of the heap may be used for maps. */
    private static final int HEAP_PARTS = 8;

    /** The keys whose change takes effect while the broker runs, as in Kafka. */
    public static final Set<String> DYNAMIC_KEYS =
            Set.of(THREADS, DEDUPE_BUFFER_SIZE, LOAD_FACTOR, IO_BUFFER_SIZE, IO_MAX_BYTES_PER_SECOND, BACKOFF_MS);

    /** Adds the keys to {@code def}; {@link LogManagerConfig#define} does so too. */
    static ConfigDef define(ConfigDef def) {
        return defineMemory(def)
                .define(
                        ENABLE,
                        BOOLEAN,
                        true,
                        MEDIUM,
                        "Whether logs are compacted. Without it, topics with cleanup.policy=compact, the committed"
                                + " offsets among them, grow without end. Kafka will remove this key.")
                .define(
                        THREADS,
                        INT,
                        1,
                        atLeast(0),
                        MEDIUM,
                        "How many threads compact logs; each works on one log at a time.")
                .define(
                        IO_MAX_BYTES_PER_SECOND,
                        DOUBLE,
                        Double.MAX_VALUE,
                        MEDIUM,
                        "What all cleaner threads together may read and write in a second, on average, in bytes.")
                .define(
                        BACKOFF_MS,
                        LONG,
                        15_000L,
                        atLeast(0),
                        MEDIUM,
                        "How long a cleaner thread waits before it looks again, when no log needed it, in milliseconds.");
    }

    private static ConfigDef defineMemory(ConfigDef def) {
        return def.define(
                        DEDUPE_BUFFER_SIZE,
                        LONG,
                        128L << 20,
                        MEDIUM,
                        "What the maps from keys to offsets of all cleaner threads together may take, in bytes. A key"
                                + " takes 24 of them; a map that is full is used, and the rest of the log is cleaned in"
                                + " another round. It is taken only while logs are cleaned, no more than they need, and at"
                                + " most an eighth of the heap.")
                .define(
                        LOAD_FACTOR,
                        DOUBLE,
                        0.9,
                        MEDIUM,
                        "How full the maps from keys to offsets may become, from 0 to 1. Fuller ones clean more of a log"
                                + " at once, and are slower.")
                .define(
                        IO_BUFFER_SIZE,
                        INT,
                        512 << 10,
                        atLeast(0),
                        MEDIUM,
                        "What the buffers for reading and writing of all cleaner threads together take, in bytes.");
    }

    /**
     * Reads the keys.
     *
     * @throws ConfigException if a thread would get less than 1 MiB for its map
     */
    public static LogCleanerConfig from(AbstractConfig parsed) {
        var config = new LogCleanerConfig(
                parsed.getBoolean(ENABLE),
                parsed.getInt(THREADS),
                parsed.getLong(DEDUPE_BUFFER_SIZE),
                parsed.getDouble(LOAD_FACTOR),
                parsed.getInt(IO_BUFFER_SIZE),
                parsed.getDouble(IO_MAX_BYTES_PER_SECOND),
                parsed.getLong(BACKOFF_MS));
        if (config.dedupeBytesPerThread() <= MIN_DEDUPE_BYTES_PER_THREAD) {
            throw new ConfigException(
                    DEDUPE_BUFFER_SIZE, config.dedupeBufferBytes, "Value must be above 1 MiB for each cleaner thread");
        }
        if (!(config.dedupeBufferLoadFactor > 0.001)) {
            throw new ConfigException(LOAD_FACTOR, config.dedupeBufferLoadFactor, "Value must be between 0 and 1");
        }
        return config;
    }

    /**
     * Checks a change while the broker runs, as Kafka does: the number of threads may not change by more than a factor of
     * two at once.
     */
    public void validateChange(LogCleanerConfig changed) {
        if (changed.threads == threads) return;
        if (changed.threads < 1) throw new ConfigException(THREADS, changed.threads, "Value must be at least 1");
        if (changed.threads < threads / 2 || changed.threads > threads * 2) {
            throw new ConfigException(
                    THREADS, changed.threads, "Value must be between half of " + threads + ", as it is, and twice");
        }
    }

    /**
     * The same, with maps that take no more than a part of the heap: a log with many keys must take several rounds, not
     * the memory of the whole broker.
     */
    LogCleanerConfig within(long heapBytes) {
        long bytes = Math.min(dedupeBufferBytes, heapBytes / HEAP_PARTS);
        return new LogCleanerConfig(
                enabled, threads, bytes, dedupeBufferLoadFactor, ioBufferBytes, maxIoBytesPerSecond, backoffMs);
    }

    long dedupeBytesPerThread() {
        return dedupeBufferBytes / Math.max(1, threads);
    }

    /** Half of it is for reading, half for writing. */
    int ioBufferBytesPerThread() {
        return ioBufferBytes / Math.max(1, threads) / 2;
    }
}
