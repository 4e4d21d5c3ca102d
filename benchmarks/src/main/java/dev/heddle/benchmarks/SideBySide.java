package dev.heddle.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;

/**
 * Runs Apache Kafka and Heddle, or Heddle's handler strategies, side by side, with the same loads, in turn, and prints
 * ratios: {@code ./build benchmark quick|full|strategies [OPTION…]}. The main thread is the only one.
 */
public final class SideBySide {

    private static final Options OPTIONS = new Options()
            .addOption(null, "only", true, "a pattern of scenarios; without it a quick run has one of each kind")
            .addOption(null, "brokers", true, "a pattern of brokers: kafka, kafka-flush, heddle-virtual …")
            .addOption(null, "strategies", true, "Heddle's handler strategies, separated by commas")
            .addOption(null, "flags", true, "flags of the JVM, for Heddle once more with them; repeatable")
            .addOption(null, "rounds", true, "how often each broker is measured")
            .addOption(null, "seconds", true, "how long a usual measurement lasts")
            .addOption(null, "json", true, "where the figures go");

    private final Mode mode;
    private final CommandLine arguments;

    private SideBySide(Mode mode, CommandLine arguments) {
        this.mode = mode;
        this.arguments = arguments;
    }

    public static void main(String[] args) throws Exception {
        try {
            of(args).run(String.join(" ", args));
        } catch (ParseException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
    }

    static SideBySide of(String... args) throws ParseException {
        String first = args.length == 0 ? "" : args[0];
        Mode mode = Arrays.stream(Mode.values())
                .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(first))
                .findFirst()
                .orElseThrow(() ->
                        new ParseException("Usage: quick|full|strategies [OPTION…], with " + OPTIONS.getOptions()));
        String[] options = Arrays.copyOfRange(args, 1, args.length);
        return new SideBySide(mode, new DefaultParser().parse(OPTIONS, options));
    }

    private void run(String command) throws IOException {
        Plan plan = plan();
        List<Broker.Kind> kinds = kinds(Installation.ofThisProgram(
                Path.of(System.getProperty("heddle.home")), Path.of(System.getProperty("heddle.plugins"))));
        List<Scenario> scenarios = scenarios();
        Environment environment = Environment.here(command);
        double expected = scenarios.stream()
                .mapToDouble(one ->
                        plan.expectedSeconds(one, Runner.kindsOf(one, kinds).size()))
                .sum();
        var progress = new Progress(System.err, System.console() != null, expected);
        Path target = Files.createDirectories(Path.of("benchmarks", "target"));
        Path root = Files.createTempDirectory(target.toAbsolutePath(), "run");
        BrokerProcess.deleteAtExit(root);
        var results = new Results(environment, new Runner(plan, kinds, root, progress).run(scenarios));
        progress.step("done");
        Path json = Path.of(
                arguments.getOptionValue("json", target.resolve("results.json").toString()));
        results.write(json);
        System.out.println();
        System.out.println(Tables.all(results));
        System.out.println("All figures are in " + json);
    }

    private Plan plan() {
        Plan usual = mode.plan();
        Plan plan = usual;
        if (arguments.hasOption("rounds")) {
            int rounds = Integer.parseInt(arguments.getOptionValue("rounds"));
            plan = new Plan(rounds, rounds, usual.time(), usual.warmUp());
        }
        if (arguments.hasOption("seconds")) {
            var time = Duration.ofMillis((long) (1e3 * Double.parseDouble(arguments.getOptionValue("seconds"))));
            plan = new Plan(plan.rounds(), plan.startingRounds(), time, usual.warmUp());
        }
        return plan;
    }

    List<Broker.Kind> kinds(Installation installation) {
        String strategies = arguments.getOptionValue("strategies", mode.strategies());
        Pattern wanted = Pattern.compile(arguments.getOptionValue("brokers", mode.brokers()));
        return Kinds.all(installation, List.of(strategies.split(",")), flags()).stream()
                .filter(kind -> wanted.matcher(kind.name()).matches())
                .toList();
    }

    private List<String> flags() {
        String[] flags = arguments.getOptionValues("flags");
        return flags == null ? List.of() : List.of(flags);
    }

    List<Scenario> scenarios() {
        String only = arguments.getOptionValue("only");
        if (only == null) return Scenarios.all().stream().filter(mode::has).toList();
        Pattern wanted = Pattern.compile(only);
        return Scenarios.all().stream()
                .filter(one -> wanted.matcher(one.name()).matches())
                .toList();
    }
}
