package dev.heddle.app;

import java.util.Map;

/** The kinds of topics in the workload, by what happens to their records. */
enum TopicKind {
    /** Nothing is ever deleted; there are idempotent producers and transactions. */
    KEPT,
    /** Retention and DeleteRecords take records away. */
    DELETED,
    /** The cleaner takes records away. */
    COMPACTED;

    /** The configuration of such a topic, with segments so small that there are many. */
    Map<String, String> config() {
        return switch (this) {
            case KEPT -> Map.of("internal.segment.bytes", "9000", "index.interval.bytes", "200", "segment.ms", "5000");
            case DELETED ->
                Map.of(
                        "internal.segment.bytes", "8000",
                        "retention.bytes", "20000",
                        "retention.ms", "-1",
                        "flush.messages", "25");
            case COMPACTED ->
                Map.of(
                        "internal.segment.bytes", "8000",
                        "cleanup.policy", "compact",
                        "min.cleanable.dirty.ratio", "0.01",
                        "index.interval.bytes", "500",
                        "segment.index.bytes", "40");
        };
    }
}
