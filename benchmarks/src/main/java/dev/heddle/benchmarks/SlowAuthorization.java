package dev.heddle.benchmarks;

import dev.heddle.benchmarks.plugins.SlowAuthorizer;
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

/** Clients whose authorization takes 100 ms, and what others notice of them. The benchmark's thread uses it. */
record SlowAuthorization() implements Scenario {

    private static final String TOPIC = "authorized";
    private static final int PARTITIONS = 16;
    private static final int SLOW = 32;
    private static final int OTHERS = 8;
    private static final Frames.Batch RECORD = new Frames.Batch(1, 100, Compression.NONE);
    private static final Duration RAMP_UP = Duration.ofMillis(300);

    private static final Metric ALONE = Metric.more("requests of the others, undisturbed", "1/s");
    private static final Metric BESIDE = Metric.more("requests of the others, disturbed", "1/s");
    static final Metric SHARE = Metric.more("disturbed, of undisturbed", "%");
    private static final Metric P99_BESIDE = Metric.less("p99 of the others, disturbed", "ms");

    @Override
    public String name() {
        return "slow-authorizer";
    }

    @Override
    public String about() {
        return OTHERS + " connections that produce 100 bytes each time, without and with " + SLOW
                + " more whose every request the authorizer plugin delays by 100 ms";
    }

    @Override
    public Setting setting() {
        return Setting.PRODUCTION.withAuthorizer(SlowAuthorizer.class.getName());
    }

    @Override
    public int parts() {
        return 2;
    }

    @Override
    public void prepare(Broker broker) throws Exception {
        Topics.create(broker, new NewTopic(TOPIC, PARTITIONS, (short) 1).configs(Scenarios.SMALL));
    }

    @Override
    public Map<Metric, Double> measure(Broker broker, Duration time) throws IOException {
        try (var driver = new LoadDriver()) {
            driver.connect(
                    broker.port(), Load.closed("others", ApiKeys.PRODUCE, produces(OTHERS, Frames.CLIENT_ID), 1));
            driver.run(RAMP_UP);
            double seconds = time.toNanos() / 1e9;
            double alone = driver.run(time).get("others").count() / seconds;
            driver.connect(
                    broker.port(), Load.closed("slow", ApiKeys.PRODUCE, produces(SLOW, SlowAuthorizer.SLOW_CLIENT), 1));
            driver.run(RAMP_UP);
            Usage usage = Usage.from(broker);
            Measured others = driver.run(time).get("others");
            Map<Metric, Double> found = new LinkedHashMap<>();
            found.put(ALONE, alone);
            found.put(BESIDE, others.count() / seconds);
            found.put(SHARE, 100 * others.count() / seconds / alone);
            found.put(P99_BESIDE, others.latencyMs(99));
            usage.until().addTo(found);
            return found;
        }
    }

    private static List<Requests> produces(int count, String clientId) {
        List<Requests> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ByteBuffer frame = Frames.produce(clientId, TOPIC, i % PARTITIONS, (short) 1, RECORD);
            all.add(Requests.repeat(frame));
        }
        return all;
    }
}
