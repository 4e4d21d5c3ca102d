package dev.heddle.handlers;

import java.util.Arrays;
import java.util.Locale;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidString;

/**
 * How requests get their threads. Immutable, so any thread may read it.
 *
 * @param strategy the kind of thread a request runs on
 * @param numIoThreads how many handlers the {@code platform} strategy keeps runnable, at least 1
 * @param maxRequestPartitionSizeLimit the most partitions that one DescribeTopicPartitions answer lists, at least 1
 * @param fetch what fetches are bounded by
 */
public record HandlersConfig(Kind strategy, int numIoThreads, int maxRequestPartitionSizeLimit, FetchConfig fetch) {

    /** {@value}: one of {@link Kind}; Heddle's own key. */
    public static final String HANDLER_STRATEGY = "handler.strategy";

    public static final String NUM_IO_THREADS = "num.io.threads";
    public static final String MAX_REQUEST_PARTITION_SIZE_LIMIT = "max.request.partition.size.limit";

    /** The handler strategies, by the names that {@value #HANDLER_STRATEGY} takes. */
    public enum Kind {
        /** A virtual thread a request. */
        VIRTUAL,
        /** A pool of {@code num.io.threads} platform threads. */
        PLATFORM,
        /** On the Processor's own thread where a request cannot wait, otherwise on a virtual thread. */
        INLINE;

        /** The name in the configuration. */
        public String configName() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Kind named(String configName) {
            return valueOf(configName.toUpperCase(Locale.ROOT));
        }
    }

    /** Declares this module's keys. */
    public static ConfigDef define(ConfigDef def) {
        String[] strategies = Arrays.stream(Kind.values()).map(Kind::configName).toArray(String[]::new);
        return FetchConfig.define(def)
                .define(
                        HANDLER_STRATEGY,
                        Type.STRING,
                        Kind.VIRTUAL.configName(),
                        ValidString.in(strategies),
                        Importance.MEDIUM,
                        "What each request runs on: 'virtual' gives it a virtual thread of its own, 'platform' one of "
                                + "num.io.threads pooled platform threads, 'inline' the network thread that read it, "
                                + "provided that it can wait for nothing, not even a file.")
                .define(
                        NUM_IO_THREADS,
                        Type.INT,
                        8,
                        Range.atLeast(1),
                        Importance.HIGH,
                        "With handler.strategy=platform, how many threads process requests, which may include disk I/O. "
                                + "A thread whose request waits does not count: another takes its place.")
                .define(
                        MAX_REQUEST_PARTITION_SIZE_LIMIT,
                        Type.INT,
                        2000,
                        Range.atLeast(1),
                        Importance.MEDIUM,
                        "The most partitions that one answer to DescribeTopicPartitions contains.");
    }

    /** Reads this module's keys. */
    public static HandlersConfig from(AbstractConfig parsed) {
        return new HandlersConfig(
                Kind.named(parsed.getString(HANDLER_STRATEGY)),
                parsed.getInt(NUM_IO_THREADS),
                parsed.getInt(MAX_REQUEST_PARTITION_SIZE_LIMIT),
                FetchConfig.from(parsed));
    }
}
