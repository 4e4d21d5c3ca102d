package dev.heddle.replication;

import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;

/**
 * What replication is configured with. Immutable: any thread may read it.
 *
 * @param highWatermarkCheckpointIntervalMs how often the high watermarks are written down
 * @param moverThreads how many threads move replicas between log directories; 0: as many as there are directories
 * @param moveBytesPerSecond how fast they do that, all together
 */
public record ReplicationConfig(long highWatermarkCheckpointIntervalMs, int moverThreads, long moveBytesPerSecond) {

    /** How fast replicas are moved; it can be altered while the broker runs. */
    public static final String MOVE_BYTES_PER_SECOND = "replica.alter.log.dirs.io.max.bytes.per.second";

    private static final String HIGH_WATERMARK_CHECKPOINT_INTERVAL_MS = "replica.high.watermark.checkpoint.interval.ms";
    private static final String MOVER_THREADS = "num.replica.alter.log.dirs.threads";

    /** Adds this module's keys. */
    public static ConfigDef define(ConfigDef def) {
        return def.define(
                        HIGH_WATERMARK_CHECKPOINT_INTERVAL_MS,
                        ConfigDef.Type.LONG,
                        5000L,
                        ConfigDef.Importance.HIGH,
                        "How often, in milliseconds, each partition's high watermark is written to its log directory.")
                .define(
                        MOVER_THREADS,
                        ConfigDef.Type.INT,
                        null,
                        ConfigDef.Importance.HIGH,
                        "How many threads move replicas from one log directory to another; if not set, as many as there"
                                + " are log directories.")
                .define(
                        MOVE_BYTES_PER_SECOND,
                        ConfigDef.Type.LONG,
                        Long.MAX_VALUE,
                        ConfigDef.Range.atLeast(0),
                        ConfigDef.Importance.MEDIUM,
                        "How many bytes a second, at most, are copied while replicas are moved from one log directory to"
                                + " another.");
    }

    /** Reads this module's keys out of the broker's configuration. */
    public static ReplicationConfig from(AbstractConfig parsed) {
        Integer threads = parsed.getInt(MOVER_THREADS);
        return new ReplicationConfig(
                parsed.getLong(HIGH_WATERMARK_CHECKPOINT_INTERVAL_MS),
                threads == null ? 0 : threads,
                parsed.getLong(MOVE_BYTES_PER_SECOND));
    }
}
