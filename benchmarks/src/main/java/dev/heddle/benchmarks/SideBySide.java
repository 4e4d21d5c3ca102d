package dev.heddle.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

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
            Directories.delete(root);
        }
    }

    private void run(Scenario scenario, List<Broker> brokers) throws Exception {
        for (Broker broker : brokers) {
            scenario.prepare(broker);
            scenario.measure(broker, millis); // the JVM compiles what is hot
        }
        var found = new Rounds(kinds);
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < brokers.size(); i++) {
                int at = (i + round) % brokers.size();
                found.add(kinds.get(at), scenario.measure(brokers.get(at), millis));
            }
        }
        found.print(scenario.name());
    }
}
