package dev.heddle.log;

import java.util.Map;

/**
 * How a log is configured and opened.
 *
 * @param segmentBytes the size of its segments
 * @param compacted whether the cleaner works on it
 * @param clean whether it was closed properly; else it is recovered from its first byte
 */
record LogShape(int segmentBytes, boolean compacted, boolean clean) {

    static final LogShape PLAIN = new LogShape(1 << 30, false, true);

    LogShape crashed() {
        return new LogShape(segmentBytes, compacted, false);
    }

    /** Kafka's topic configuration. */
    Map<String, String> topicConfig() {
        return Map.of(
                "segment.bytes", String.valueOf(segmentBytes),
                "cleanup.policy", compacted ? "compact" : "delete",
                "min.cleanable.dirty.ratio", "0",
                "retention.ms", "-1",
                "file.delete.delay.ms", "0");
    }
}
