package dev.heddle.replication;

import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;

/**
 * What replication is configured with. Immutable: any thread may read it.
 *
 * @param highWatermarkCheckpointIntervalMs how often the high watermarks are written down
 */
public record ReplicationConfig(long highWatermarkCheckpointIntervalMs) {

    private static final String HIGH_WATERMARK_CHECKPOINT_INTERVAL_MS = "replica.high.watermark.checkpoint.interval.ms";

    /** Adds this module's keys. */
    public static ConfigDef define(ConfigDef def) {
        return def.define(
                HIGH_WATERMARK_CHECKPOINT_INTERVAL_MS,
                ConfigDef.Type.LONG,
                5000L,
                ConfigDef.Importance.HIGH,
                "How often, in milliseconds, each partition's high watermark is written to its log directory.");
    }

    /** Reads this module's keys out of the broker's configuration. */
    public static ReplicationConfig from(AbstractConfig parsed) {
        return new ReplicationConfig(parsed.getLong(HIGH_WATERMARK_CHECKPOINT_INTERVAL_MS));
    }
}
