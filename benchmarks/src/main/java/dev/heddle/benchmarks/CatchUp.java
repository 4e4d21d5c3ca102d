package dev.heddle.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * Consumers that read what is in the page cache from the beginning on, and again.
 *
 * @param name by which it is told
 * @param topic a partition for each consumer
 * @param maxBytes of an answer
 */
record CatchUp(String name, NewTopic topic, int maxBytes) implements Scenario {

    private static final int BATCHES = 1_000;
    private static final int RECORDS_IN_BATCH = 60;
    private static final int CONSUMERS = 4;
    private static final Frames.Batch BATCH = new Frames.Batch(RECORDS_IN_BATCH, 1_000, Compression.NONE);

    /** How many batches fit into an answer. */
    private static final int STEP = 16;

    @Override
    public String about() {
        return CONSUMERS + " consumers read " + BATCHES * CONSUMERS * RECORDS_IN_BATCH / 1_000
                + " MB in the page cache from the beginning, and again, with answers of up to " + (maxBytes >> 20)
                + " MiB";
    }

    @Override
    public void prepare(Broker broker) throws Exception {
        Topics.create(broker, topic);
        try (var driver = new LoadDriver()) {
            driver.connect(
                    broker.port(),
                    Load.closed("fill", ApiKeys.PRODUCE, Scenarios.produces(name, CONSUMERS, 1, BATCH), 4));
            for (long sent = 0; sent < (long) BATCHES * CONSUMERS; ) {
                sent += driver.run(Duration.ofMillis(200)).get("fill").count();
            }
        }
    }

    @Override
    public void tidyUp(Broker broker) throws Exception {
        Topics.delete(broker, topic.name());
    }

    @Override
    public Map<Metric, Double> measure(Broker broker, Duration time) throws IOException {
        try (var driver = new LoadDriver()) {
            driver.connect(broker.port(), Load.closed(name, ApiKeys.FETCH, fetches(), 1));
            Usage usage = Usage.from(broker);
            Measured measured = driver.run(time).get(name);
            Usage.Used used = usage.until();
            double megabytes = measured.bytes() / 1e6;
            Map<Metric, Double> found = new LinkedHashMap<>();
            found.put(Metric.THROUGHPUT, megabytes / used.seconds());
            found.put(Metric.CPU_PER_MB, used.brokerMillisPer(megabytes));
            found.put(Metric.P50, measured.latencyMs(50));
            found.put(Metric.P99, measured.latencyMs(99));
            used.addTo(found);
            return found;
        }
    }

    private List<Requests> fetches() {
        List<Requests> all = new ArrayList<>();
        for (int consumer = 0; consumer < CONSUMERS; consumer++) {
            List<ByteBuffer> frames = new ArrayList<>();
            for (int batch = 0; batch + STEP <= BATCHES * 9 / 10; batch += STEP) {
                frames.add(Frames.fetch(name, consumer, (long) batch * RECORDS_IN_BATCH, maxBytes, 500));
            }
            all.add(Requests.inTurn(frames));
        }
        return all;
    }
}
