package dev.heddle.app;

import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.jmx.JmxReporter;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows the metrics in JMX: a registry's key is the object name, so Kafka's dashboards find Kafka's names, as
 * beans or, where Kafka has them so, as {@linkplain JmxAttributes attributes of one}. Any thread may call it; starting takes a few hundred milliseconds of class loading, so it comes after the broker is ready.
 */
final class JmxMetrics implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(JmxMetrics.class);

    private final MetricRegistry registry;
    private final JmxReporter reporter;
    private final JmxAttributes attributes = new JmxAttributes();

    JmxMetrics(MetricRegistry registry) {
        this.registry = registry;
        reporter = JmxReporter.forRegistry(registry)
                .filter((name, metric) -> !JmxAttributes.covers(name))
                .createsObjectNamesWith((type, domain, name) -> objectName(name))
                .build();
    }

    void start() {
        reporter.start();
        registry.addListener(attributes);
    }

    private static ObjectName objectName(String key) {
        try {
            return new ObjectName(key);
        } catch (MalformedObjectNameException e) {
            LOG.error("A metric's name is no JMX object name: name={}", key, e);
            return quoted(key);
        }
    }

    private static ObjectName quoted(String key) {
        try {
            return new ObjectName("heddle:name=" + ObjectName.quote(key));
        } catch (MalformedObjectNameException e) {
            throw new IllegalStateException("a quoted name is always well-formed", e);
        }
    }

    @Override
    public void close() {
        reporter.stop();
        registry.removeListener(attributes);
        attributes.close();
    }
}
