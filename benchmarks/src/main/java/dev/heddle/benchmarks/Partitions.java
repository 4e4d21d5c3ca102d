package dev.heddle.benchmarks;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * A broker with very many partitions: how fast it starts and makes more of them, what it holds, and produces all over.
 *
 * @param count how many there are
 * @param withMore whether to make another thousand
 */
record Partitions(int count, boolean withMore) implements Scenario {

    private static final int IN_TOPIC = 1_000;
    private static final int DELETE_DELAY_MS = 1_000;
    private static final String MORE = "more";
    private static final int CONNECTIONS = 16;
    private static final int IN_FLIGHT = 4;
    private static final Frames.Batch RECORD = new Frames.Batch(1, 100, Compression.NONE);
    private static final Duration RAMP_UP = Duration.ofMillis(500);
    private static final Duration IDLE_AT_MOST = Duration.ofSeconds(2);

    private static final Metric CREATE = Metric.less("create 1,000 more", "ms");

    @Override
    public String name() {
        return "partitions-" + count;
    }

    @Override
    public String about() {
        return String.format(
                "%,d partitions: restart, memory, produces of 100 bytes to one after the other on %d connections%s",
                count, CONNECTIONS, withMore ? ", and 1,000 more" : "");
    }

    @Override
    public Setting setting() {
        // What was deleted is to be gone when it starts again.
        return Setting.SCRIPT.with("log.segment.delete.delay.ms", Integer.toString(DELETE_DELAY_MS));
    }

    @Override
    public Life life() {
        return Life.RESTARTED;
    }

    @Override
    public void prepare(Broker broker) throws Exception {
        for (int i = 0; i < count / IN_TOPIC; i++) Topics.create(broker, new NewTopic(topic(i), IN_TOPIC, (short) 1));
    }

    private static String topic(int number) {
        return "many-" + number;
    }

    @Override
    public Map<Metric, Double> measure(Broker broker, Duration time) throws Exception {
        Map<Metric, Double> found = new LinkedHashMap<>();
        found.put(Start.START, broker.startUp().toNanos() / 1e6);
        broker.process().awaitIdle(IDLE_AT_MOST);
        found.put(Start.IDLE, broker.process().residentBytes() / 1e6);
        produce(broker, time, found);
        found.put(Start.LOAD, broker.process().residentBytes() / 1e6);
        if (withMore) found.put(CREATE, createMore(broker).toNanos() / 1e6);
        return found;
    }

    private static Duration createMore(Broker broker) throws Exception {
        Duration created = Topics.create(broker, new NewTopic(MORE, IN_TOPIC, (short) 1));
        Topics.delete(broker, MORE);
        TimeUnit.MILLISECONDS.sleep(2L * DELETE_DELAY_MS);
        return created;
    }

    private void produce(Broker broker, Duration time, Map<Metric, Double> found) throws Exception {
        try (var driver = new LoadDriver()) {
            driver.connect(broker.port(), Load.closed(name(), ApiKeys.PRODUCE, produces(), IN_FLIGHT));
            driver.run(RAMP_UP);
            Usage usage = Usage.from(broker);
            Measured measured = driver.run(time).get(name());
            Usage.Used used = usage.until();
            found.put(Metric.REQUEST_RATE, measured.count() / used.seconds());
            found.put(Metric.CPU_PER_REQUEST, used.brokerMicrosPer(measured.count()));
            found.put(Metric.P99, measured.latencyMs(99));
            used.addTo(found);
        }
    }

    /** Each connection goes round its own share of the partitions. */
    private List<Requests> produces() {
        List<List<ByteBuffer>> shares = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) shares.add(new ArrayList<>());
        for (int i = 0; i < count; i++) {
            ByteBuffer frame = Frames.produce(topic(i / IN_TOPIC), i % IN_TOPIC, (short) 1, RECORD);
            shares.get(i % CONNECTIONS).add(frame);
        }
        return shares.stream().map(Requests::inTurn).toList();
    }
}
