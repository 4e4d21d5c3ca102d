package dev.heddle.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.ApiKeys;

/** Heartbeats of consumers, while producers send as much as they can. The benchmark's thread uses it. */
record Flood() implements Scenario {

    private static final String TOPIC = "flood";
    private static final String GROUP = "flood";
    private static final int PARTITIONS = 16;
    private static final int MEMBERS = 16;
    private static final double HEARTBEATS_PER_SECOND = 20;
    private static final int PRODUCERS = 64;
    private static final int IN_FLIGHT = 5;
    private static final Frames.Batch BATCH = new Frames.Batch(60, 1_000, Compression.NONE);
    private static final Duration RAMP_UP = Duration.ofMillis(500);

    private static final Metric QUIET_P99 = Metric.less("p99 of heartbeats, undisturbed", "ms");
    private static final Metric FLOOD_P50 = Metric.less("p50 of heartbeats, in the flood", "ms");
    private static final Metric FLOOD_P99 = Metric.less("p99 of heartbeats, in the flood", "ms");

    @Override
    public String name() {
        return "flood";
    }

    @Override
    public String about() {
        return "heartbeats of " + MEMBERS + " connections, without and with " + PRODUCERS
                + " connections that produce 60 kB as fast as they can, " + IN_FLIGHT + " in flight on each";
    }

    @Override
    public Duration time(Duration usual) {
        return usual.multipliedBy(2);
    }

    @Override
    public void prepare(Broker broker) throws Exception {
        Topics.create(broker, new NewTopic(TOPIC, PARTITIONS, (short) 1).configs(Scenarios.SMALL));
        Topics.createOffsets(broker, GROUP);
    }

    @Override
    public void tidyUp(Broker broker) throws Exception {
        Topics.delete(broker, TOPIC);
    }

    @Override
    public Map<Metric, Double> measure(Broker broker, Duration time) throws IOException {
        try (var driver = new LoadDriver()) {
            driver.connect(
                    broker.port(),
                    Load.open(
                            "heartbeats",
                            ApiKeys.HEARTBEAT,
                            Load.same(Frames.heartbeat(GROUP), MEMBERS),
                            HEARTBEATS_PER_SECOND));
            driver.run(RAMP_UP);
            Measured quiet = driver.run(time.dividedBy(2)).get("heartbeats");
            driver.connect(
                    broker.port(),
                    Load.closed(
                            "produces", ApiKeys.PRODUCE, Scenarios.produces(TOPIC, PRODUCERS, 1, BATCH), IN_FLIGHT));
            driver.run(RAMP_UP);
            Usage usage = Usage.from(broker);
            Map<String, Measured> flood = driver.run(time);
            return metrics(quiet, flood.get("heartbeats"), flood.get("produces"), usage.until());
        }
    }

    private static Map<Metric, Double> metrics(
            Measured quiet, Measured heartbeats, Measured produces, Usage.Used used) {
        double megabytes = produces.count() * (double) BATCH.records() * BATCH.valueBytes() / 1e6;
        Map<Metric, Double> found = new LinkedHashMap<>();
        found.put(QUIET_P99, quiet.latencyMs(99));
        found.put(FLOOD_P50, heartbeats.latencyMs(50));
        found.put(FLOOD_P99, heartbeats.latencyMs(99));
        found.put(Metric.THROUGHPUT.of("flood's"), megabytes / used.seconds());
        used.addTo(found);
        return found;
    }
}
