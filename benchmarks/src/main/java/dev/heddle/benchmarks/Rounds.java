package dev.heddle.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What several rounds gave for each broker, and the ratios to the first of them. One thread uses it. */
final class Rounds {

    private final List<String> brokers;
    private final Map<String, List<Map<Metric, Double>>> found = new LinkedHashMap<>();

    Rounds(List<Broker.Kind> kinds) {
        brokers = kinds.stream().map(Broker.Kind::name).toList();
        for (String broker : brokers) found.put(broker, new ArrayList<>());
    }

    void add(Broker.Kind kind, Map<Metric, Double> measured) {
        found.get(kind.name()).add(measured);
    }

    /** Prints a line for each broker: the median of each metric, and the median, least and largest ratio. */
    void print(String title) {
        System.out.println(title);
        for (String broker : brokers) {
            var line = new StringBuilder(String.format("  %-16s", broker));
            for (Metric metric : found.get(broker).getFirst().keySet()) line.append(shown(broker, metric));
            System.out.println(line);
        }
    }

    private String shown(String broker, Metric metric) {
        List<Double> values = sorted(broker, metric);
        String text = String.format("  %s %.2f %s", metric.name(), median(values), metric.unit());
        if (broker.equals(brokers.getFirst())) return text;
        List<Double> ratios = ratios(broker, metric);
        return text + String.format(" (x%.2f, %.2f to %.2f)", median(ratios), ratios.getFirst(), ratios.getLast());
    }

    private List<Double> sorted(String broker, Metric metric) {
        return found.get(broker).stream().map(one -> one.get(metric)).sorted().toList();
    }

    /** Of each round to the reference in the same round. */
    private List<Double> ratios(String broker, Metric metric) {
        List<Double> ratios = new ArrayList<>();
        List<Map<Metric, Double>> own = found.get(broker);
        List<Map<Metric, Double>> reference = found.get(brokers.getFirst());
        for (int i = 0; i < own.size(); i++) {
            ratios.add(own.get(i).get(metric) / reference.get(i).get(metric));
        }
        return ratios.stream().sorted().toList();
    }

    private static double median(List<Double> sorted) {
        return sorted.get(sorted.size() / 2);
    }
}
