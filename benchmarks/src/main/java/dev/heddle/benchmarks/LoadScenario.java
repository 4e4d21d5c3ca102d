package dev.heddle.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.protocol.Errors;

/**
 * A load on one topic, of which throughput, latency and CPU time are measured.
 *
 * @param name by which it is told
 * @param topic what it needs
 * @param load made anew for each measurement
 * @param payloadBytes what each request or answer carries; 0 if requests are what counts
 */
record LoadScenario(String name, NewTopic topic, LoadOf load, long payloadBytes) implements Scenario {

    private static final long WARM_UP_MS = 300;

    /** Makes a load. */
    interface LoadOf {
        Load make();
    }

    @Override
    public void prepare(Broker broker) throws Exception {
        Topics.create(broker, topic);
    }

    @Override
    public Map<Metric, Double> measure(Broker broker, long millis) throws IOException {
        Load made = load.make();
        try (var driver = new LoadDriver()) {
            driver.connect(broker.port(), made);
            driver.run(WARM_UP_MS);
            Duration cpuBefore = broker.process().cpuTime();
            long from = System.nanoTime();
            Measured measured = driver.run(millis).get(made.name());
            double seconds = (System.nanoTime() - from) / 1e9;
            Duration cpu = broker.process().cpuTime().minus(cpuBefore);
            requireNoErrors(measured);
            return metrics(measured, seconds, cpu);
        }
    }

    private void requireNoErrors(Measured measured) throws IOException {
        boolean fine = measured.errors().keySet().stream().allMatch(Errors.NONE::equals);
        if (!fine || measured.count() == 0) throw new IOException(name + " failed: " + measured.errors());
    }

    private Map<Metric, Double> metrics(Measured measured, double seconds, Duration cpu) {
        Map<Metric, Double> found = new LinkedHashMap<>();
        double cpuMicros = cpu.toNanos() / 1e3;
        if (payloadBytes == 0) {
            found.put(Metric.REQUEST_RATE, measured.count() / seconds);
            found.put(Metric.CPU_PER_REQUEST, cpuMicros / measured.count());
        } else {
            double megabytes = payloadBytes * measured.count() / 1e6;
            found.put(Metric.THROUGHPUT, megabytes / seconds);
            found.put(Metric.CPU_PER_MB, cpuMicros / 1e3 / megabytes);
        }
        found.put(Metric.P50, measured.latencyMs(50));
        found.put(Metric.P99, measured.latencyMs(99));
        return found;
    }
}
