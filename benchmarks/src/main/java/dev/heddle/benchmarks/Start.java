package dev.heddle.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * From the start of the process to the first answer to a Metadata request, on a new directory; what it holds when idle, and
 * under load. The thread that runs the benchmark uses it.
 */
record Start() implements Scenario {

    private static final String LOADED = "loaded";
    private static final int CONNECTIONS = 8;
    private static final int IN_FLIGHT = 8;
    private static final Frames.Batch RECORD = new Frames.Batch(1, 100, Compression.NONE);
    private static final Duration IDLE_AT_MOST = Duration.ofSeconds(10);

    static final Metric START = Metric.less("start to first answer", "ms");
    private static final Metric CPU = Metric.less("CPU until idle", "ms");
    static final Metric IDLE = Metric.RESIDENT.of("idle");
    static final Metric LOAD = Metric.RESIDENT.of("under load");
    private static final Metric HEAP = Metric.LIVE_HEAP.of("idle");

    @Override
    public String name() {
        return "start";
    }

    @Override
    public String about() {
        return "from the start of the process to the first answered Metadata request, on a new directory; memory when idle, and"
                + " after small produces on " + CONNECTIONS + " connections";
    }

    @Override
    public Setting setting() {
        return Setting.SCRIPT;
    }

    @Override
    public Life life() {
        return Life.FRESH;
    }

    @Override
    public Map<Metric, Double> measure(Broker broker, Duration time) throws Exception {
        BrokerProcess process = broker.process();
        Map<Metric, Double> found = new LinkedHashMap<>();
        found.put(START, broker.startUp().toNanos() / 1e6);
        process.awaitIdle(IDLE_AT_MOST);
        found.put(CPU, process.cpuTime().toNanos() / 1e6);
        found.put(IDLE, process.residentBytes() / 1e6);
        Topics.create(broker, new NewTopic(LOADED, CONNECTIONS, (short) 1).configs(Scenarios.SMALL));
        load(broker, time);
        found.put(LOAD, process.residentBytes() / 1e6);
        process.awaitIdle(IDLE_AT_MOST);
        found.put(HEAP, process.liveHeapBytes() / 1e6);
        return found;
    }

    private static void load(Broker broker, Duration time) throws IOException {
        try (var driver = new LoadDriver()) {
            driver.connect(
                    broker.port(),
                    Load.closed(
                            LOADED, ApiKeys.PRODUCE, Scenarios.produces(LOADED, CONNECTIONS, 1, RECORD), IN_FLIGHT));
            driver.run(time.multipliedBy(2));
        }
    }
}
