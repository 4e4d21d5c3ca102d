package dev.heddle.benchmarks;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.ApiKeys;

/** What is measured. Stateless. */
final class Scenarios {

    private static final int PARTITIONS = 16;
    private static final int BATCH_BYTES = 60_000;
    private static final int MAX_FETCH_BYTES = 1 << 20;

    /** Larger than every storm is. */
    private static final int LARGE_BACKLOG = 4_096;

    /** Benchmarks must not fill the disk: of each partition the last of these bytes is kept. */
    static final Map<String, String> SMALL =
            Map.of("retention.bytes", "268435456", "segment.bytes", "134217728", "file.delete.delay.ms", "1000");

    /** What a quick run does: one of each kind. */
    private static final Set<String> QUICK = Set.of(
            "small-8x8",
            "batch-none-1000",
            "batch-lz4-1000",
            "durable-256",
            "catch-up",
            "mixed",
            "storm-default",
            "connections",
            "slow-authorizer",
            "start");

    /** Apache Kafka's own programs: what they tell of strategies the other scenarios tell more exactly. */
    private static final String WITHOUT_STRATEGIES = "tool-.*";

    private Scenarios() {}

    static boolean isQuick(Scenario scenario) {
        return QUICK.contains(scenario.name());
    }

    static boolean isOfStrategies(Scenario scenario) {
        return !scenario.name().matches(WITHOUT_STRATEGIES);
    }

    static List<Scenario> all() {
        List<Scenario> all = new ArrayList<>();
        for (int connections : new int[] {8, 200}) {
            for (int inFlight : new int[] {1, 8}) all.add(smallProduces(connections, inFlight));
        }
        for (Compression compression : List.of(
                Compression.NONE, Compression.lz4().build(), Compression.zstd().build())) {
            for (int valueBytes : new int[] {100, 1_000}) all.add(batches(compression, valueBytes));
        }
        for (int connections : new int[] {1, 16, 256}) all.add(durable(connections));
        all.add(new CatchUp("catch-up", topic("catch-up"), MAX_FETCH_BYTES));
        all.add(new ColdCatchUp(2_500));
        all.add(new BacklogReader());
        all.add(new TailFetch());
        all.add(new Mixed());
        all.addAll(ToolScenario.all());
        all.add(new Flood());
        all.add(new SlowAuthorization());
        all.add(new StalledDirectory());
        all.add(new Storm("storm-default", 0));
        all.add(new Storm("storm-equal", LARGE_BACKLOG));
        all.add(new Connections(10_000));
        all.add(new Start());
        all.add(new Partitions(1_000, true));
        all.add(new Partitions(10_000, false));
        return all;
    }

    private static LoadScenario smallProduces(int connections, int inFlight) {
        String name = "small-" + connections + "x" + inFlight;
        String about = "produces of one record of 100 bytes, acks=1, on " + connections + " connections, " + inFlight
                + " in flight on each";
        var batch = new Frames.Batch(1, 100, Compression.NONE);
        return new LoadScenario(
                new LoadScenario.Text(name, about, false),
                topic(name),
                () -> Load.closed(name, ApiKeys.PRODUCE, produces(name, connections, 1, batch), inFlight),
                0);
    }

    private static LoadScenario batches(Compression compression, int valueBytes) {
        String name = "batch-" + compression.type().name + "-" + valueBytes;
        String about = "produces of 60 kB in records of " + valueBytes + " bytes, compression "
                + compression.type().name + ", acks=1, on 8 connections, 2 in flight on each; MB before compression";
        var batch = new Frames.Batch(BATCH_BYTES / valueBytes, valueBytes, compression);
        return new LoadScenario(
                new LoadScenario.Text(name, about, false),
                topic(name),
                () -> Load.closed(name, ApiKeys.PRODUCE, produces(name, 8, 1, batch), 2),
                BATCH_BYTES);
    }

    private static LoadScenario durable(int connections) {
        String name = "durable-" + connections;
        String about = "produces of one record of 100 bytes with acks=all on " + connections
                + " connections, one in flight on each; Heddle syncs before it answers, kafka-flush too, kafka does not";
        var batch = new Frames.Batch(1, 100, Compression.NONE);
        return new LoadScenario(
                new LoadScenario.Text(name, about, true),
                topic(name),
                () -> Load.closed(name, ApiKeys.PRODUCE, produces(name, connections, -1, batch), 1),
                0);
    }

    private static NewTopic topic(String name) {
        return new NewTopic(name, PARTITIONS, (short) 1);
    }

    /** Each connection produces to one partition. */
    static List<Requests> produces(String topic, int connections, int acks, Frames.Batch batch) {
        List<Requests> all = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            ByteBuffer frame = Frames.produce(topic, i % PARTITIONS, (short) acks, batch);
            all.add(Requests.repeat(frame));
        }
        return all;
    }
}
