package dev.heddle.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * All scenarios in one table, for runs without Apache Kafka: the rate, the CPU time, p99 and the memory of each, and of several
 * such figures the last, which is the one that a scenario leads up to. Stateless.
 */
final class StrategyTable {

    private static final Pattern P99 = Pattern.compile(".*\\bp99(?!\\.).*");

    private StrategyTable() {}

    static String of(Results results) {
        List<String> brokers = brokers(results);
        var table = new StringBuilder("| scenario | metric | unit |");
        brokers.forEach(name -> table.append(' ').append(name).append(" |"));
        table.append("\n|---|---|---|").append("---:|".repeat(brokers.size())).append('\n');
        for (ScenarioResult scenario : results.scenarios())
            for (Metric metric : telling(scenario)) row(scenario, metric, brokers, table);
        return table.toString();
    }

    private static List<String> brokers(Results results) {
        return results.scenarios().stream()
                .flatMap(scenario -> scenario.brokers().stream())
                .map(ScenarioResult.BrokerRounds::broker)
                .distinct()
                .toList();
    }

    /** At most one of each kind. */
    static List<Metric> telling(ScenarioResult scenario) {
        return Arrays.stream(MetricKind.values())
                .flatMap(kind -> last(scenario, kind).stream())
                .toList();
    }

    private static Optional<Metric> last(ScenarioResult scenario, MetricKind kind) {
        return scenario.metrics().stream()
                .filter(metric -> metric.better() != Metric.Better.NEITHER && kind.covers(metric))
                .filter(metric ->
                        kind != MetricKind.LATENCY || P99.matcher(metric.name()).matches())
                .reduce((before, then) -> then);
    }

    private static void row(ScenarioResult scenario, Metric metric, List<String> brokers, StringBuilder table) {
        List<String> cells = new ArrayList<>(List.of(scenario.name(), metric.name(), metric.unit()));
        for (String broker : brokers) cells.add(cell(scenario, metric, broker).orElse("–"));
        table.append(Tables.row(cells));
    }

    private static Optional<String> cell(ScenarioResult scenario, Metric metric, String broker) {
        if (scenario.isReference(broker)) return Tables.median(scenario, broker, metric);
        return scenario.ratios(broker, metric).map(found -> "× " + Tables.spread(found));
    }
}
