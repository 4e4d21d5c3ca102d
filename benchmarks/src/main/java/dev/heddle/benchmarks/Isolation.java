package dev.heddle.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * What others notice while one log directory hangs: the latencies of produces to another directory, of metadata and of
 * heartbeats, before and during the stall, in the same run.
 */
public final class Isolation {

    private static final String TOPIC = "isolation";
    private static final int PARTITIONS = 9;
    private static final String VICTIMS = "victims";
    private static final int OBSERVERS = 4;
    private static final int WARM_UP_MS = 10_000;
    private static final double OBSERVER_RATE = 50;
    private static final double VICTIM_RATE = 10;
    private static final Frames.Batch RECORD = new Frames.Batch(1, 1_000, Compression.NONE);

    private final String strategy;
    private final int seconds;
    private final int victims;

    private Isolation(String strategy, int seconds, int victims) {
        this.strategy = strategy;
        this.seconds = seconds;
        this.victims = victims;
    }

    /** Arguments: strategies, separated by commas; seconds of each phase; how many clients wait for the stalled disk; rounds. */
    public static void main(String[] args) throws Exception {
        String strategies = args.length > 0 ? args[0] : "virtual,inline";
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 30;
        int victims = args.length > 2 ? Integer.parseInt(args[2]) : 100;
        int rounds = args.length > 3 ? Integer.parseInt(args[3]) : 5;
        Comparison.rounds(strategies, rounds, strategy -> new Isolation(strategy, seconds, victims).run());
    }

    private Map<String, Double> run() throws IOException, ExecutionException, InterruptedException {
        Path root = Files.createTempDirectory("isolation");
        Path stalled = root.resolve("stalled");
        List<String> config = List.of(
                "listeners=PLAINTEXT://localhost:0",
                "log.dirs=" + root.resolve("healthy") + "," + stalled,
                "handler.strategy=" + strategy,
                "offsets.topic.num.partitions=1");
        try (var broker = new StallableProcess(config);
                var driver = new LoadDriver()) {
            Partitions partitions = prepare(broker.port(), stalled);
            for (Load load : loads(partitions)) driver.connect(broker.port(), load);
            driver.run(Duration.ofMillis(WARM_UP_MS));
            Map<String, Measured> normal = driver.run(Duration.ofSeconds(seconds));
            broker.stall(stalled);
            Map<String, Measured> during = driver.run(Duration.ofSeconds(seconds));
            broker.release();
            driver.run(Duration.ofSeconds(1));
            Map<String, Double> ratios = Comparison.print(normal, during);
            ratios.remove(VICTIMS);
            return ratios;
        } finally {
            Directories.delete(root);
        }
    }

    /** Those of the stalled directory, and the others. */
    private record Partitions(List<Integer> stalled, List<Integer> healthy) {}

    private static Partitions prepare(int port, Path stalled) throws ExecutionException, InterruptedException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", "localhost:" + port))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1)))
                    .all()
                    .get();
            Map<String, LogDirDescription> directories =
                    admin.describeLogDirs(List.of(1)).allDescriptions().get().get(1);
            var found = new Partitions(new ArrayList<>(), new ArrayList<>());
            directories.forEach((path, directory) -> {
                List<Integer> into = Path.of(path).equals(stalled) ? found.stalled : found.healthy;
                for (TopicPartition partition : directory.replicaInfos().keySet()) {
                    if (partition.topic().equals(TOPIC)) into.add(partition.partition());
                }
            });
            return found;
        }
    }

    private List<Load> loads(Partitions partitions) {
        return List.of(
                observers("produce acks=1", ApiKeys.PRODUCE, produces(partitions.healthy, OBSERVERS, (short) 1)),
                observers("produce acks=all", ApiKeys.PRODUCE, produces(partitions.healthy, OBSERVERS, (short) -1)),
                observers("metadata", ApiKeys.METADATA, Load.same(Frames.metadata(TOPIC), OBSERVERS)),
                observers("heartbeat", ApiKeys.HEARTBEAT, Load.same(Frames.heartbeat("group"), OBSERVERS)),
                Load.open(VICTIMS, ApiKeys.PRODUCE, produces(partitions.stalled, victims, (short) 1), VICTIM_RATE));
    }

    private static Load observers(String name, ApiKeys api, List<Requests> frames) {
        return Load.open(name, api, frames, OBSERVER_RATE);
    }

    private static List<Requests> produces(List<Integer> partitions, int count, short acks) {
        List<Requests> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ByteBuffer frame = Frames.produce(TOPIC, partitions.get(i % partitions.size()), acks, RECORD);
            all.add(Requests.repeat(frame));
        }
        return all;
    }
}
