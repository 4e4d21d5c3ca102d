package dev.heddle.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs scenarios on brokers, in turn, round after round. Brokers that are shared run all the time, but only one is under
 * load. What fails is told, and the others go on. One thread uses it.
 */
final class Runner {

    private final Plan plan;
    private final List<Broker.Kind> kinds;
    private final Path root;
    private final Progress progress;

    /** @param root a directory of its own, for what the brokers write */
    Runner(Plan plan, List<Broker.Kind> kinds, Path root, Progress progress) {
        this.plan = plan;
        this.kinds = kinds;
        this.root = root;
        this.progress = progress;
    }

    /** Those of {@code kinds} that have a part in a scenario. */
    static List<Broker.Kind> kindsOf(Scenario scenario, List<Broker.Kind> kinds) {
        return kinds.stream().filter(scenario::takes).toList();
    }

    List<ScenarioResult> run(List<Scenario> scenarios) throws IOException {
        Map<Setting, List<Scenario>> shared = new LinkedHashMap<>();
        List<Scenario> alone = new ArrayList<>();
        for (Scenario scenario : scenarios) {
            if (scenario.life() != Scenario.Life.SHARED) alone.add(scenario);
            else
                shared.computeIfAbsent(scenario.setting(), any -> new ArrayList<>())
                        .add(scenario);
        }
        Map<String, ScenarioResult> found = new LinkedHashMap<>();
        for (var group : shared.entrySet()) {
            Path directory = Files.createTempDirectory(root, "shared");
            try (var brokers = new RunningBrokers(directory, group.getKey())) {
                for (Scenario scenario : group.getValue()) found.put(scenario.name(), runShared(scenario, brokers));
            }
            Directories.delete(directory);
        }
        for (Scenario scenario : alone) found.put(scenario.name(), runAlone(scenario));
        return scenarios.stream().map(one -> found.get(one.name())).toList();
    }

    private ScenarioResult runShared(Scenario scenario, RunningBrokers brokers) {
        List<Broker.Kind> own = kindsOf(scenario, kinds);
        var result = new ScenarioResult.Builder(scenario, own);
        List<Broker.Kind> ready = new ArrayList<>();
        for (Broker.Kind kind : own) {
            progress.step(scenario.name() + ", " + kind.name() + " warms up");
            if (warmUp(scenario, kind, brokers, result)) ready.add(kind);
            progress.done(plan.warmUp().toMillis() / 1e3);
        }
        rounds(scenario, ready, result, kind -> measure(scenario, kind, brokers.get(kind), result));
        for (Broker.Kind kind : ready) tidyUp(scenario, kind, brokers, result);
        return result.build();
    }

    private boolean warmUp(Scenario scenario, Broker.Kind kind, RunningBrokers brokers, ScenarioResult.Builder result) {
        try {
            Duration time = plan.warmUpOf(!brokers.isRunning(kind)).dividedBy(scenario.parts());
            Broker broker = brokers.get(kind);
            scenario.prepare(broker);
            scenario.measure(broker, time);
            return true;
        } catch (Exception e) {
            failed(scenario, kind, e, result);
            return false;
        }
    }

    private void tidyUp(Scenario scenario, Broker.Kind kind, RunningBrokers brokers, ScenarioResult.Builder result) {
        try {
            scenario.tidyUp(brokers.get(kind));
        } catch (Exception e) {
            failed(scenario, kind, e, result);
        }
    }

    private ScenarioResult runAlone(Scenario scenario) throws IOException {
        List<Broker.Kind> own = kindsOf(scenario, kinds);
        var result = new ScenarioResult.Builder(scenario, own);
        Path directory = Files.createTempDirectory(root, scenario.name());
        rounds(scenario, own, result, kind -> {
            boolean fresh = scenario.life() == Scenario.Life.FRESH;
            Path where = fresh ? Files.createTempDirectory(directory, kind.name()) : directory.resolve(kind.name());
            if (!fresh && !Files.exists(where)) prepareFor(scenario, kind, where);
            try (Broker broker = kind.start(where, scenario.setting())) {
                if (fresh) scenario.prepare(broker);
                measure(scenario, kind, broker, result);
            }
            if (fresh) Directories.delete(where);
        });
        Directories.delete(directory);
        return result.build();
    }

    private static void prepareFor(Scenario scenario, Broker.Kind kind, Path directory) throws Exception {
        Files.createDirectories(directory);
        try (Broker broker = kind.start(directory, scenario.setting())) {
            scenario.prepare(broker);
        }
    }

    /** One measurement of one broker. */
    private interface Measurement {
        void of(Broker.Kind kind) throws Exception;
    }

    /** Each round begins with another broker. */
    private void rounds(
            Scenario scenario, List<Broker.Kind> own, ScenarioResult.Builder result, Measurement measurement) {
        int rounds = plan.roundsOf(scenario);
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < own.size(); i++) {
                Broker.Kind kind = own.get((i + round) % own.size());
                progress.step(scenario.name() + ", round " + (round + 1) + " of " + rounds + ", " + kind.name());
                try {
                    measurement.of(kind);
                } catch (Exception e) {
                    failed(scenario, kind, e, result);
                }
                progress.done(plan.expectedSecondsOfRound(scenario));
            }
        }
    }

    private void measure(Scenario scenario, Broker.Kind kind, Broker broker, ScenarioResult.Builder result)
            throws Exception {
        result.flags(kind, broker.process().jvmFlags());
        Duration time = scenario.time(plan.time());
        result.add(kind, scenario.measure(broker, time));
    }

    private void failed(Scenario scenario, Broker.Kind kind, Exception e, ScenarioResult.Builder result) {
        String why = e.getMessage() == null ? e.toString() : e.getMessage();
        result.failed(kind, why);
        progress.say("FAILED: " + scenario.name() + " on " + kind.name() + ": " + why);
    }
}
