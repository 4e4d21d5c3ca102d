package dev.heddle.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import org.junit.jupiter.api.Test;

class BrokerTopicMetricsTest {

    private static final String ALL = "kafka.server:type=BrokerTopicMetrics,name=BytesInPerSec";
    private static final String ORDERS = ALL + ",topic=orders";

    private final MetricRegistry registry = new MetricRegistry();
    private final BrokerTopicMetrics metrics = new BrokerTopicMetrics(registry);

    @Test
    void whatIsMarkedForATopicCountsForAllTopics() {
        metrics.topic("orders").mark(TopicMeter.BYTES_IN, 70);
        metrics.topic("payments").mark(TopicMeter.BYTES_IN, 30);
        assertEquals(70, registry.meter(ORDERS).getCount());
        assertEquals(100, registry.meter(ALL).getCount());
    }

    @Test
    void theMetersOfAllTopicsAreThereFromTheStart() {
        metrics.start();
        for (TopicMeter meter : TopicMeter.values()) {
            String name = "kafka.server:type=BrokerTopicMetrics,name=" + meter.metricName();
            assertTrue(registry.getMeters().containsKey(name), name);
        }
    }

    @Test
    void aTopicHasNoMeterBeforeItIsMarked() {
        metrics.topic("orders");
        assertTrue(registry.getMeters().isEmpty());
    }

    @Test
    void theMetersOfADeletedTopicAreGoneForGood() {
        TopicMeters meters = metrics.topic("orders");
        meters.mark(TopicMeter.BYTES_IN, 1);
        metrics.remove("orders");
        meters.mark(TopicMeter.BYTES_IN, 1);
        assertFalse(registry.getMeters().containsKey(ORDERS));
        assertEquals(2, registry.meter(ALL).getCount(), "all topics go on counting");
    }

    @Test
    void aTopicOfTheSameNameStartsFromZero() {
        metrics.topic("orders").mark(TopicMeter.BYTES_IN, 7);
        metrics.remove("orders");
        metrics.topic("orders").mark(TopicMeter.BYTES_IN, 2);
        assertEquals(2, registry.meter(ORDERS).getCount());
    }

    @Test
    void closingTakesEverythingOut() {
        metrics.start();
        metrics.topic("orders").mark(TopicMeter.MESSAGES_IN);
        metrics.close();
        assertTrue(registry.getMetrics().isEmpty());
    }
}
