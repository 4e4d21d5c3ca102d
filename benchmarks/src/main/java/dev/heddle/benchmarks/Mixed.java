package dev.heddle.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.compress.Compression;

/**
 * Producers and consumers of one topic at a fixed rate, in the manner of the OpenMessaging benchmark: a producer and a
 * consumer for each partition, at half of what the slowest broker, Apache Kafka if it has a part, can bring from producers
 * to consumers on this machine. The thread that runs the benchmark uses it.
 */
final class Mixed implements Scenario {

    private static final String TOPIC = "mixed";
    private static final double SHARE = 0.5;

    /** What a producer with {@code linger.ms=5} makes of about 20,000 records a second. */
    static final Frames.Batch BATCH = new Frames.Batch(8, 1_000, Compression.NONE);

    private static final Duration RAMP_UP = Duration.ofMillis(500);
    private static final Duration MAXIMUM_TIME = Duration.ofMillis(1_200);
    private static final int MAXIMUM_RUNS = 5;

    /** Requests a second: no broker has been found to take less than twice as many. */
    private double rate = Double.MAX_VALUE;

    @Override
    public String name() {
        return "mixed";
    }

    @Override
    public String about() {
        return TailSession.EVERYONE
                + ", requests of 8 records of 1 kB, at half the rate that the slowest broker can take; from when a"
                + " request is due to when the consumer has it";
    }

    @Override
    public Duration time(Duration usual) {
        return usual.multipliedBy(3);
    }

    @Override
    public void prepare(Broker broker) throws Exception {
        Topics.create(broker, new NewTopic(TOPIC, TailSession.PARTITIONS, (short) 1).configs(Scenarios.SMALL));
        rate = Math.min(rate, maximum(broker) * SHARE);
    }

    /** Requests a second that consumers have had: the median of some runs, the first of which warm up. */
    private double maximum(Broker broker) throws Exception {
        var found = new double[MAXIMUM_RUNS];
        for (int i = 0; i < MAXIMUM_RUNS; i++) {
            try (var session = new TailSession(broker, TOPIC, BATCH, 0)) {
                session.run(RAMP_UP);
                session.run(MAXIMUM_TIME);
                found[i] = session.endToEndNanos().getTotalCount() / (MAXIMUM_TIME.toNanos() / 1e9);
            }
        }
        double[] warm = Arrays.stream(found).skip(2).sorted().toArray();
        return warm[warm.length / 2];
    }

    @Override
    public void tidyUp(Broker broker) throws Exception {
        Topics.delete(broker, TOPIC);
    }

    @Override
    public Map<Metric, Double> measure(Broker broker, Duration time) throws Exception {
        try (var session = new TailSession(broker, TOPIC, BATCH, rate)) {
            session.run(RAMP_UP);
            Usage usage = Usage.from(broker);
            Measured produced = session.run(time);
            Usage.Used used = usage.until();
            requireRate(produced.count() / used.seconds());
            return metrics(session.endToEndNanos(), produced, used);
        }
    }

    /** A broker that cannot take the rate has no latencies: they grow as long as one measures. */
    private void requireRate(double reached) throws IOException {
        if (reached < 0.95 * rate)
            throw new IOException(String.format("It takes %.0f requests a second only, not %.0f", reached, rate));
    }

    static double megabytes(Measured produced) {
        return produced.count() * (double) BATCH.records() * BATCH.valueBytes() / 1e6;
    }

    private static Map<Metric, Double> metrics(Histogram endToEndNanos, Measured produced, Usage.Used used) {
        double megabytes = megabytes(produced);
        Map<Metric, Double> found = new LinkedHashMap<>();
        found.put(Metric.P99.of("produce"), produced.latencyMs(99));
        for (Metric metric : List.of(Metric.P50, Metric.P99, Metric.P999, Metric.P9999)) {
            double percentile = Double.parseDouble(metric.name().substring(1));
            found.put(metric.of("end-to-end"), endToEndNanos.getValueAtPercentile(percentile) / 1e6);
        }
        found.put(Metric.CPU_PER_MB, used.brokerMillisPer(megabytes));
        found.put(Metric.context("rate", "MB/s"), megabytes / used.seconds());
        used.addTo(found);
        return found;
    }
}
