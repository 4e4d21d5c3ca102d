package dev.heddle.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Runs Apache Kafka and Heddle side by side, with the same loads, in turn, and prints ratios. All brokers run all the
 * time; only one is under load.
 */
public final class SideBySide {

    private final List<Broker.Kind> kinds;
    private final List<Scenario> scenarios;
    private final int rounds;
    private final long millis;

    private SideBySide(List<Broker.Kind> kinds, List<Scenario> scenarios, int rounds, long millis) {
        this.kinds = kinds;
        this.scenarios = scenarios;
        this.rounds = rounds;
        this.millis = millis;
    }

    /** Arguments: a pattern of scenarios; a pattern of brokers; rounds; milliseconds of each. */
    public static void main(String[] args) throws Exception {
        Installation installation = Installation.ofThisProgram(Path.of(System.getProperty("heddle.home")));
        Pattern wanted = Pattern.compile(args.length > 0 ? args[0] : ".*");
        Pattern brokers = Pattern.compile(args.length > 1 ? args[1] : ".*");
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 5;
        long millis = args.length > 3 ? Long.parseLong(args[3]) : 3_000;
        new SideBySide(
                        Broker.kinds(installation).stream()
                                .filter(kind -> brokers.matcher(kind.name()).matches())
                                .toList(),
                        Scenarios.all().stream()
                                .filter(one -> wanted.matcher(one.name()).matches())
                                .toList(),
                        rounds,
                        millis)
                .run();
    }

    private void run() throws Exception {
        Path root = Files.createTempDirectory(Path.of("").toAbsolutePath(), "side-by-side");
        List<Broker> brokers = new ArrayList<>();
        try {
            for (Broker.Kind kind : kinds) {
                brokers.add(kind.start(Files.createDirectory(root.resolve(kind.name())), Map.of()));
            }
            for (Scenario scenario : scenarios) run(scenario, brokers);
        } finally {
            brokers.forEach(Broker::close);
            delete(root);
        }
    }

    private void run(Scenario scenario, List<Broker> brokers) throws Exception {
        for (Broker broker : brokers) {
            scenario.prepare(broker);
            scenario.measure(broker, millis); // the JVM compiles what is hot
        }
        Map<String, List<Map<Metric, Double>>> found = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < brokers.size(); i++) {
                int at = (i + round) % brokers.size();
                found.computeIfAbsent(kinds.get(at).name(), name -> new ArrayList<>())
                        .add(scenario.measure(brokers.get(at), millis));
            }
        }
        print(scenario, found);
    }

    private void print(Scenario scenario, Map<String, List<Map<Metric, Double>>> found) {
        System.out.println(scenario.name());
        String reference = kinds.getFirst().name();
        List<Map<Metric, Double>> base = found.get(reference);
        for (Broker.Kind kind : kinds) {
            var line = new StringBuilder(String.format("  %-16s", kind.name()));
            List<Map<Metric, Double>> all = found.get(kind.name());
            for (Metric metric : all.getFirst().keySet()) {
                List<Double> values = values(all, metric);
                line.append(String.format("  %s %.2f %s", metric.name(), median(values), metric.unit()));
                if (kind.name().equals(reference)) continue;
                List<Double> ratios = new ArrayList<>();
                for (int i = 0; i < rounds; i++)
                    ratios.add(all.get(i).get(metric) / base.get(i).get(metric));
                ratios.sort(Comparator.naturalOrder());
                line.append(
                        String.format(" (x%.2f, %.2f to %.2f)", median(ratios), ratios.getFirst(), ratios.getLast()));
            }
            System.out.println(line);
        }
    }

    private static List<Double> values(List<Map<Metric, Double>> all, Metric metric) {
        return all.stream().map(one -> one.get(metric)).toList();
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }

    private static void delete(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) Files.delete(path);
        }
    }
}
