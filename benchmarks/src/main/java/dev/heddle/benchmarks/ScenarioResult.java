package dev.heddle.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What all rounds of a scenario gave.
 *
 * @param name of the scenario
 * @param about what is done in it
 * @param setting how the brokers were started
 * @param metrics what was measured, in the order in which it is shown
 * @param brokers in the order in which they are shown
 * @param failures what went wrong, in sentences
 */
record ScenarioResult(
        String name,
        String about,
        Setting setting,
        List<Metric> metrics,
        List<BrokerRounds> brokers,
        List<String> failures) {

    /**
     * One broker's part.
     *
     * @param jvmFlags of its process
     * @param rounds for each the values by the metrics' names; empty if the round failed
     */
    record BrokerRounds(String broker, List<String> jvmFlags, List<Map<String, Double>> rounds) {

        List<Double> values(Metric metric) {
            return rounds.stream()
                    .filter(round -> round.containsKey(metric.name()))
                    .map(round -> round.get(metric.name()))
                    .toList();
        }
    }

    Optional<BrokerRounds> of(String broker) {
        return brokers.stream().filter(one -> one.broker().equals(broker)).findFirst();
    }

    Optional<Metric> metric(String name) {
        return metrics.stream().filter(one -> one.name().equals(name)).findFirst();
    }

    boolean hasKafka() {
        return of(Kinds.KAFKA).isPresent();
    }

    /** What the ratios refer to: Apache Kafka if it has a part, else the first broker; absent if nobody has. */
    Optional<BrokerRounds> reference() {
        return of(Kinds.KAFKA).or(() -> brokers.stream().findFirst());
    }

    boolean isReference(String broker) {
        return reference().filter(one -> one.broker().equals(broker)).isPresent();
    }

    /** Everyone but the reference. */
    List<BrokerRounds> compared() {
        return brokers.stream().filter(one -> !isReference(one.broker())).toList();
    }

    Optional<Spread> values(String broker, Metric metric) {
        List<Double> values = of(broker).map(one -> one.values(metric)).orElse(List.of());
        return values.isEmpty() ? Optional.empty() : Optional.of(Spread.of(values));
    }

    /** Of a broker to {@link #reference}, each round for itself; absent if no round has both. */
    Optional<Spread> ratios(String broker, Metric metric) {
        Optional<BrokerRounds> own = of(broker);
        Optional<BrokerRounds> reference = reference();
        if (own.isEmpty() || reference.isEmpty()) return Optional.empty();
        List<Double> ratios = new ArrayList<>();
        int rounds =
                Math.min(own.get().rounds().size(), reference.get().rounds().size());
        for (int i = 0; i < rounds; i++) {
            Double value = own.get().rounds().get(i).get(metric.name());
            Double other = reference.get().rounds().get(i).get(metric.name());
            if (value != null && other != null && other > 0) ratios.add(value / other);
        }
        return ratios.isEmpty() ? Optional.empty() : Optional.of(Spread.of(ratios));
    }

    /** Takes rounds as they come. One thread uses it. */
    static final class Builder {

        private final Scenario scenario;
        private final Map<String, Metric> metrics = new LinkedHashMap<>();
        private final Map<String, BrokerRounds> brokers = new LinkedHashMap<>();
        private final List<String> failures = new ArrayList<>();

        Builder(Scenario scenario, List<Broker.Kind> kinds) {
            this.scenario = scenario;
            for (Broker.Kind kind : kinds)
                brokers.put(kind.name(), new BrokerRounds(kind.name(), new ArrayList<>(), new ArrayList<>()));
        }

        void flags(Broker.Kind kind, List<String> jvmFlags) {
            List<String> known = brokers.get(kind.name()).jvmFlags();
            if (known.isEmpty()) known.addAll(jvmFlags);
        }

        void add(Broker.Kind kind, Map<Metric, Double> measured) {
            Map<String, Double> round = new LinkedHashMap<>();
            measured.forEach((metric, value) -> {
                metrics.putIfAbsent(metric.name(), metric);
                round.put(metric.name(), value);
            });
            brokers.get(kind.name()).rounds().add(round);
        }

        void failed(Broker.Kind kind, String why) {
            brokers.get(kind.name()).rounds().add(Map.of());
            failures.add(kind.name() + ": " + why);
        }

        ScenarioResult build() {
            return new ScenarioResult(
                    scenario.name(),
                    scenario.about(),
                    scenario.setting(),
                    List.copyOf(metrics.values()),
                    List.copyOf(brokers.values()),
                    List.copyOf(failures));
        }
    }
}
