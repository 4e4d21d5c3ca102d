package dev.heddle.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.MetricNames;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JmxMetricsTest {

    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    private final MetricRegistry registry = new MetricRegistry();
    private final JmxMetrics jmx = new JmxMetrics(registry);

    @AfterEach
    void close() {
        jmx.close();
    }

    @Test
    void aMeterHasTheAttributesThatKafkasHas() throws JMException {
        String name = MetricNames.of("test.server", "BrokerTopicMetrics", "BytesInPerSec", "topic", "orders");
        registry.meter(name).mark(3);
        jmx.start();
        var bean = new ObjectName(name);
        assertEquals(3L, server.getAttribute(bean, "Count"));
        for (String attribute : new String[] {"OneMinuteRate", "FiveMinuteRate", "FifteenMinuteRate", "MeanRate"}) {
            assertTrue(server.getAttribute(bean, attribute) instanceof Double, attribute);
        }
    }

    @Test
    void aHistogramHasTheAttributesThatKafkasHas() throws JMException {
        String name = MetricNames.of("test.network", "RequestMetrics", "TotalTimeMs", "request", "Fetch");
        registry.histogram(name).update(5);
        jmx.start();
        for (String attribute : new String[] {
            "Count",
            "Max",
            "Min",
            "Mean",
            "StdDev",
            "50thPercentile",
            "75thPercentile",
            "95thPercentile",
            "98thPercentile",
            "99thPercentile",
            "999thPercentile"
        }) {
            server.getAttribute(new ObjectName(name), attribute);
        }
    }

    @Test
    void whatIsRegisteredLaterAppearsAndWhatIsRemovedGoes() throws JMException {
        jmx.start();
        var bean = new ObjectName("test.log:type=Log,name=Size");
        registry.register(bean.toString(), (Gauge<Integer>) () -> 7);
        assertEquals(7, server.getAttribute(bean, "Value"));
        registry.remove(bean.toString());
        assertFalse(server.isRegistered(bean));
    }

    @Test
    void whatKafkaShowsAsAttributesOfOneBeanIsOne() throws JMException {
        jmx.start();
        String group = "test-coordinator-metrics";
        String count = MetricNames.of("test.server", group, "group-count", "protocol", "classic");
        registry.register(count, (Gauge<Long>) () -> 7L);
        registry.meter(MetricNames.of("test.server", group, "offset-commit")).mark(3);
        registry.timer(MetricNames.of("test.server", group, "partition-load-time"))
                .update(Duration.ofMillis(20));
        var tagged = new ObjectName("test.server:type=test-coordinator-metrics,protocol=classic");
        assertEquals(7L, server.getAttribute(tagged, "group-count"));
        var plain = new ObjectName("test.server:type=test-coordinator-metrics");
        assertEquals(3L, server.getAttribute(plain, "offset-commit-count"));
        assertEquals(20.0, server.getAttribute(plain, "partition-load-time-max"));
        assertEquals(20.0, server.getAttribute(plain, "partition-load-time-avg"));
        assertEquals(
                List.of(
                        "offset-commit-count",
                        "offset-commit-rate",
                        "partition-load-time-avg",
                        "partition-load-time-max"),
                Arrays.stream(server.getMBeanInfo(plain).getAttributes())
                        .map(MBeanAttributeInfo::getName)
                        .toList());
        assertFalse(server.isRegistered(new ObjectName(count)), "no bean of its own");
        registry.remove(count);
        assertFalse(server.isRegistered(tagged));
        jmx.close();
        assertFalse(server.isRegistered(plain));
    }

    @ParameterizedTest
    @ValueSource(strings = {"orders", "a,b", "what?", "star*", "key=value", "colon:", "\"quoted\"", "line\nbreak", "é"})
    void anyValueOfATagIsFoundAgain(String value) throws JMException {
        String name = MetricNames.of("test.log", "Log", "Size", "topic", value, "partition", "0");
        registry.counter(name).inc();
        jmx.start();
        var bean = new ObjectName(name);
        assertEquals(1L, server.getAttribute(bean, "Count"));
        String tag = bean.getKeyProperty("topic");
        assertEquals(value, tag.startsWith("\"") ? ObjectName.unquote(tag) : tag);
    }

    @Test
    void closingTakesEverythingAway() throws JMException {
        registry.counter("test.server:type=T,name=N").inc();
        jmx.start();
        jmx.close();
        assertFalse(server.isRegistered(new ObjectName("test.server:type=T,name=N")));
    }
}
