package dev.heddle.replication;

import com.codahale.metrics.MetricRegistry;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * What goes in and out of each topic and of all topics together: {@code kafka.server:type=BrokerTopicMetrics}. Any
 * thread may call it.
 */
public final class BrokerTopicMetrics implements AutoCloseable {

    private final MetricRegistry registry;
    private final TopicMeters allTopics;
    private final ConcurrentMap<String, TopicMeters> topics = new ConcurrentHashMap<>();

    /** The metrics appear in {@code registry}: those of all topics at the first {@link #start()}. */
    public BrokerTopicMetrics(MetricRegistry registry) {
        this.registry = registry;
        allTopics = new TopicMeters(registry, null, null);
    }

    /** Shows the meters of all topics from the beginning, at zero, as dashboards expect. */
    void start() {
        for (TopicMeter meter : TopicMeter.values()) allTopics.mark(meter, 0);
    }

    /** The meters of {@code topic}; what is marked there counts for all topics too. */
    public TopicMeters topic(String topic) {
        TopicMeters known = topics.get(topic);
        if (known != null) return known;
        return topics.computeIfAbsent(topic, name -> new TopicMeters(registry, name, allTopics));
    }

    /** The meters of all topics together. */
    public TopicMeters allTopics() {
        return allTopics;
    }

    /** Forgets a topic of which nothing is left on this broker. */
    void remove(String topic) {
        TopicMeters gone = topics.remove(topic);
        if (gone != null) gone.close();
    }

    @Override
    public void close() {
        topics.keySet().forEach(this::remove);
        allTopics.close();
    }
}
