package dev.heddle.common;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricNamesTest {

    @Test
    void aNameIsThatOfKafkasMBean() {
        assertEquals(
                "kafka.server:type=BrokerTopicMetrics,name=BytesInPerSec",
                MetricNames.of("kafka.server", "BrokerTopicMetrics", "BytesInPerSec"));
    }

    @Test
    void tagsFollowInTheirOrder() {
        assertEquals(
                "kafka.network:type=RequestMetrics,name=RequestsPerSec,request=Produce,version=12",
                MetricNames.of(
                        "kafka.network", "RequestMetrics", "RequestsPerSec", "request", "Produce", "version", "12"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a,b", "what?", "star*", "key=value", "colon:", "line\nbreak"})
    void aValueThatCouldBreakTheNameIsQuoted(String value) {
        String name = MetricNames.of("kafka.log", "Log", "Size", "topic", value, "partition", "0");
        assertTrue(name.startsWith("kafka.log:type=Log,name=Size,topic=\""), name);
        assertTrue(name.endsWith("\",partition=0"), name);
    }
}
