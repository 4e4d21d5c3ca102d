package dev.heddle.log;

import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.MetricNames;

/** Counts refused records, under Kafka's names. Any thread may call it. */
final class ValidationMetrics {

    private static final String DOMAIN = "kafka.server";
    private static final String TYPE = "BrokerTopicMetrics";

    private final Meter invalidMagic;
    private final Meter invalidCrc;
    private final Meter noKey;
    private final Meter invalidOffsetOrSequence;
    private final Meter bytesRejected;
    private final Meter topicBytesRejected;

    ValidationMetrics(MetricRegistry registry, String topic) {
        invalidMagic = registry.meter(MetricNames.of(DOMAIN, TYPE, "InvalidMagicNumberRecordsPerSec"));
        invalidCrc = registry.meter(MetricNames.of(DOMAIN, TYPE, "InvalidMessageCrcRecordsPerSec"));
        noKey = registry.meter(MetricNames.of(DOMAIN, TYPE, "NoKeyCompactedTopicRecordsPerSec"));
        invalidOffsetOrSequence = registry.meter(MetricNames.of(DOMAIN, TYPE, "InvalidOffsetOrSequenceRecordsPerSec"));
        bytesRejected = registry.meter(MetricNames.of(DOMAIN, TYPE, "BytesRejectedPerSec"));
        topicBytesRejected = registry.meter(MetricNames.of(DOMAIN, TYPE, "BytesRejectedPerSec", "topic", topic));
    }

    void invalidMagic() {
        invalidMagic.mark();
    }

    void invalidCrc() {
        invalidCrc.mark();
    }

    void noKey() {
        noKey.mark();
    }

    void invalidOffsetOrSequence() {
        invalidOffsetOrSequence.mark();
    }

    void bytesRejected(int bytes) {
        bytesRejected.mark(bytes);
        topicBytesRejected.mark(bytes);
    }
}
