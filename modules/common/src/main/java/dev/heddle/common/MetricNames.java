package dev.heddle.common;

import org.apache.kafka.common.utils.Sanitizer;

/**
 * Names of metrics, which are Kafka's to the letter: {@code kafka.server:type=BrokerTopicMetrics,name=BytesInPerSec,
 * topic=orders}. The registry's key is the JMX object name.
 */
public final class MetricNames {

    private MetricNames() {}

    /**
     * Builds a name.
     *
     * @param domain for instance {@code kafka.server}
     * @param tags pairs of key and value, in Kafka's order; values are escaped as Kafka does
     */
    public static String of(String domain, String type, String name, String... tags) {
        var full = new StringBuilder(96)
                .append(domain)
                .append(":type=")
                .append(type)
                .append(",name=")
                .append(name);
        for (int i = 0; i < tags.length; i += 2) {
            full.append(',').append(tags[i]).append('=').append(Sanitizer.jmxSanitize(tags[i + 1]));
        }
        return full.toString();
    }
}
