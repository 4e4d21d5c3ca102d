package dev.heddle.replication;

import com.codahale.metrics.Meter;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.common.MetricNames;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * The meters of one topic. Any thread may mark them; they do not contend.
 *
 * <p>A meter appears in the registry when it is first marked, so that a thousand idle topics cost nothing, and every
 * mark counts for all topics together as well.
 */
public final class TopicMeters {

    /** A topic's meter that the log makes, which does not know when the last partition of a topic has gone. */
    private static final String COUNTED_BY_THE_LOG = "BytesRejectedPerSec";

    private final MetricRegistry registry;
    private final @Nullable String topic;
    private final @Nullable TopicMeters allTopics;
    private final AtomicReferenceArray<@Nullable Meter> meters = new AtomicReferenceArray<>(TopicMeter.values().length);

    /** Guards the registry's entries of this topic against being made while they are taken away. */
    private final ReentrantLock registration = new ReentrantLock();

    /** Whether the topic has gone, guarded by {@link #registration}. */
    private boolean closed;

    TopicMeters(MetricRegistry registry, @Nullable String topic, @Nullable TopicMeters allTopics) {
        this.registry = registry;
        this.topic = topic;
        this.allTopics = allTopics;
    }

    /** Adds {@code n} to the meter of the topic and of all topics. */
    public void mark(TopicMeter meter, long n) {
        if (allTopics != null) allTopics.mark(meter, n);
        Meter mine = meters.get(meter.ordinal());
        if (mine == null) mine = register(meter);
        if (mine != null) mine.mark(n);
    }

    /** Adds one to the meter of the topic and of all topics. */
    public void mark(TopicMeter meter) {
        mark(meter, 1);
    }

    /** A produce request has failed on a partition of the topic. */
    void markFailure(RuntimeException failure) {
        if (failure instanceof DirectoryOfflineException) return;
        Errors error = failure instanceof AnswerException answer ? answer.error() : Errors.UNKNOWN_SERVER_ERROR;
        switch (error) {
            // Everyday life: clients look for the leader, disks fail, and what is too large or torn is counted apart.
            case UNKNOWN_TOPIC_OR_PARTITION,
                    NOT_LEADER_OR_FOLLOWER,
                    KAFKA_STORAGE_ERROR,
                    MESSAGE_TOO_LARGE,
                    RECORD_LIST_TOO_LARGE,
                    CORRUPT_MESSAGE -> {}
            default -> mark(TopicMeter.FAILED_PRODUCE_REQUESTS);
        }
    }

    private @Nullable Meter register(TopicMeter meter) {
        registration.lock();
        try {
            if (closed) return null;
            Meter made = registry.meter(nameOf(meter.metricName()));
            meters.set(meter.ordinal(), made);
            return made;
        } finally {
            registration.unlock();
        }
    }

    /** Takes the topic's meters out of the registry, for good. */
    void close() {
        registration.lock();
        try {
            closed = true;
            for (TopicMeter meter : TopicMeter.values()) {
                if (meters.getAndSet(meter.ordinal(), null) != null) registry.remove(nameOf(meter.metricName()));
            }
            if (topic != null) registry.remove(nameOf(COUNTED_BY_THE_LOG));
        } finally {
            registration.unlock();
        }
    }

    private String nameOf(String metric) {
        return topic == null
                ? MetricNames.of("kafka.server", "BrokerTopicMetrics", metric)
                : MetricNames.of("kafka.server", "BrokerTopicMetrics", metric, "topic", topic);
    }
}
