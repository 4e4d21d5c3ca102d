package dev.heddle.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.NewTopic;

/** Consumers that have everything as soon as it is there, as fast as the broker can. The benchmark's thread uses it. */
record TailFetch() implements Scenario {

    private static final String TOPIC = "tail";
    private static final Duration RAMP_UP = Duration.ofMillis(300);

    @Override
    public String name() {
        return "tail";
    }

    @Override
    public String about() {
        return TailSession.EVERYONE
                + ", requests of 8 records of 1 kB as fast as the broker takes them, each fetched at once";
    }

    @Override
    public void prepare(Broker broker) throws Exception {
        Topics.create(broker, new NewTopic(TOPIC, TailSession.PARTITIONS, (short) 1).configs(Scenarios.SMALL));
    }

    @Override
    public void tidyUp(Broker broker) throws Exception {
        Topics.delete(broker, TOPIC);
    }

    @Override
    public Map<Metric, Double> measure(Broker broker, Duration time) throws Exception {
        try (var session = new TailSession(broker, TOPIC, Mixed.BATCH, 0)) {
            session.run(RAMP_UP);
            Usage usage = Usage.from(broker);
            Measured produced = session.run(time);
            Usage.Used used = usage.until();
            long fetched = session.endToEndNanos().getTotalCount();
            if (fetched < produced.count() / 2) throw new IOException("The consumers have fallen behind");
            double megabytes = Mixed.megabytes(produced);
            Map<Metric, Double> found = new LinkedHashMap<>();
            found.put(Metric.THROUGHPUT, megabytes / used.seconds());
            found.put(Metric.CPU_PER_MB, used.brokerMillisPer(megabytes));
            used.addTo(found);
            return found;
        }
    }
}
