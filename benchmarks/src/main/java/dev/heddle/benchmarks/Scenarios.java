package dev.heddle.benchmarks;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.ApiKeys;

/** What is measured. */
final class Scenarios {

    private static final int PARTITIONS = 16;
    private static final int BATCH_BYTES = 60_000;
    private static final int MAX_FETCH_BYTES = 1 << 20;

    /** Benchmarks must not fill the disk: of each partition the last of these bytes is kept. */
    private static final Map<String, String> SMALL =
            Map.of("retention.bytes", "268435456", "segment.bytes", "134217728", "file.delete.delay.ms", "1000");

    private Scenarios() {}

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
        all.add(catchUp());
        return all;
    }

    private static LoadScenario smallProduces(int connections, int inFlight) {
        String name = "small-" + connections + "x" + inFlight;
        var batch = new Frames.Batch(1, 100, Compression.NONE);
        return new LoadScenario(
                name,
                topic(name),
                () -> Load.closed(name, ApiKeys.PRODUCE, produces(name, connections, 1, batch), inFlight),
                0);
    }

    private static LoadScenario batches(Compression compression, int valueBytes) {
        String name = "batch-" + compression.type().name + "-" + valueBytes;
        var batch = new Frames.Batch(BATCH_BYTES / valueBytes, valueBytes, compression);
        return new LoadScenario(
                name,
                topic(name),
                () -> Load.closed(name, ApiKeys.PRODUCE, produces(name, 8, 1, batch), 2),
                BATCH_BYTES);
    }

    private static LoadScenario durable(int connections) {
        String name = "durable-" + connections;
        var batch = new Frames.Batch(1, 100, Compression.NONE);
        return new LoadScenario(
                name,
                topic(name),
                () -> Load.closed(name, ApiKeys.PRODUCE, produces(name, connections, -1, batch), 1),
                0);
    }

    private static Scenario catchUp() {
        return new CatchUp("catch-up", topic("catch-up"), MAX_FETCH_BYTES);
    }

    private static NewTopic topic(String name) {
        return new NewTopic(name, PARTITIONS, (short) 1).configs(SMALL);
    }

    /** Each connection produces to one partition. */
    static List<Supplier<ByteBuffer>> produces(String topic, int connections, int acks, Frames.Batch batch) {
        List<Supplier<ByteBuffer>> all = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            ByteBuffer frame = Frames.produce(topic, i % PARTITIONS, (short) acks, batch);
            all.add(() -> frame);
        }
        return all;
    }
}
