package dev.heddle.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * How long brokers take from the start of their process to the first answered Metadata request, how much CPU time that
 * costs, and how much memory they hold a while later: on a new directory, and on one with many partitions.
 */
public final class StartUp {

    private static final Metric START = new Metric("start", "ms", false);
    private static final Metric CPU = new Metric("CPU until idle", "ms", false);
    private static final long SETTLE_S = 3;

    private StartUp() {}

    /** Arguments: rounds; how many partitions. */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 5;
        int partitions = args.length > 1 ? Integer.parseInt(args[1]) : 1_000;
        Installation installation = Installation.ofThisProgram(Path.of(System.getProperty("heddle.home")));
        List<Broker.Kind> kinds =
                List.of(new KafkaBroker.Kind(installation), new HeddleBroker.Kind(installation, "virtual"));
        Path root = Files.createTempDirectory(Path.of("").toAbsolutePath(), "start-up");
        try {
            Map<String, Path> filled = new LinkedHashMap<>();
            for (Broker.Kind kind : kinds) filled.put(kind.name(), filled(kind, root, partitions));
            var fresh = new Rounds(kinds);
            var many = new Rounds(kinds);
            for (int round = 0; round < rounds; round++) {
                for (Broker.Kind kind : kinds) {
                    fresh.add(kind, measure(kind, Files.createTempDirectory(root, kind.name())));
                    many.add(kind, measure(kind, filled.get(kind.name())));
                }
            }
            fresh.print("start on a new directory");
            many.print("start with " + partitions + " partitions");
        } finally {
            Directories.delete(root);
        }
    }

    private static Path filled(Broker.Kind kind, Path root, int partitions) throws Exception {
        Path directory = Files.createDirectory(root.resolve("filled-" + kind.name()));
        try (Broker broker = kind.start(directory, Map.of())) {
            Topics.create(broker, new NewTopic("many", partitions, (short) 1));
        }
        return directory;
    }

    private static Map<Metric, Double> measure(Broker.Kind kind, Path directory) throws Exception {
        try (Broker broker = kind.start(directory, Map.of())) {
            TimeUnit.SECONDS.sleep(SETTLE_S);
            Map<Metric, Double> found = new LinkedHashMap<>();
            found.put(START, broker.startUp().toNanos() / 1e6);
            found.put(CPU, broker.process().cpuTime().toNanos() / 1e6);
            found.put(Metric.RESIDENT, broker.process().residentBytes() / 1e6);
            return found;
        }
    }
}
