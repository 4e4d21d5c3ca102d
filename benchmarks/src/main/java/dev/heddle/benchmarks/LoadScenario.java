package dev.heddle.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.protocol.Errors;

/**
 * A load on one topic, of which throughput, latency and CPU time are measured. Each measurement has a topic of its own,
 * which is gone before the kernel begins to write it to the disk: or else one broker would be measured while the disk is
 * busy with the records of the other.
 *
 * @param text by which it is told
 * @param topic what it needs
 * @param load made anew for each measurement
 * @param payloadBytes what each request or answer carries; 0 if requests are what counts
 */
record LoadScenario(Text text, NewTopic topic, LoadOf load, long payloadBytes) implements Scenario {

    private static final Duration RAMP_UP = Duration.ofMillis(200);

    /**
     * What does not touch the load.
     *
     * @param withFlush whether Apache Kafka has a part in it with syncs, too
     */
    record Text(String name, String about, boolean withFlush) {}

    /** Makes a load. */
    interface LoadOf {
        Load make();
    }

    @Override
    public String name() {
        return text.name;
    }

    @Override
    public String about() {
        return text.about;
    }

    @Override
    public boolean takes(Broker.Kind kind) {
        return text.withFlush || !Kinds.isVariant(kind);
    }

    @Override
    public Map<Metric, Double> measure(Broker broker, Duration time) throws Exception {
        Topics.create(broker, topic);
        try {
            return measureOnNewTopic(broker, time);
        } finally {
            Topics.delete(broker, topic.name());
        }
    }

    private Map<Metric, Double> measureOnNewTopic(Broker broker, Duration time) throws IOException {
        Load made = load.make();
        try (var driver = new LoadDriver()) {
            driver.connect(broker.port(), made);
            driver.run(RAMP_UP);
            Usage usage = Usage.from(broker);
            Measured measured = driver.run(time).get(made.name());
            Usage.Used used = usage.until();
            requireNoErrors(measured);
            return metrics(measured, used);
        }
    }

    private void requireNoErrors(Measured measured) throws IOException {
        boolean fine = measured.errors().keySet().stream().allMatch(Errors.NONE::equals);
        if (!fine || measured.count() == 0) throw new IOException("Errors among the answers: " + measured.errors());
    }

    private Map<Metric, Double> metrics(Measured measured, Usage.Used used) {
        Map<Metric, Double> found = new LinkedHashMap<>();
        if (payloadBytes == 0) {
            found.put(Metric.REQUEST_RATE, measured.count() / used.seconds());
            found.put(Metric.CPU_PER_REQUEST, used.brokerMicrosPer(measured.count()));
        } else {
            double megabytes = payloadBytes * measured.count() / 1e6;
            found.put(Metric.THROUGHPUT, megabytes / used.seconds());
            found.put(Metric.CPU_PER_MB, used.brokerMillisPer(megabytes));
        }
        found.put(Metric.P50, measured.latencyMs(50));
        found.put(Metric.P99, measured.latencyMs(99));
        used.addTo(found);
        return found;
    }
}
