package dev.heddle.benchmarks;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Two phases of one run, beside each other. */
final class Comparison {

    private Comparison() {}

    /**
     * Prints each load's latencies in both phases.
     *
     * @return for each load its p99 in the second phase over that in the first
     */
    static Map<String, Double> print(Map<String, Measured> normal, Map<String, Measured> disturbed) {
        Map<String, Double> ratios = new LinkedHashMap<>();
        normal.forEach((name, before) -> {
            Measured then = disturbed.get(name);
            System.out.printf("  %-18s normal    %s%n  %-18s disturbed %s%n", name, shown(before), "", shown(then));
            ratios.put(name, then.latencyMs(99) / before.latencyMs(99));
        });
        return ratios;
    }

    private static String shown(Measured measured) {
        return String.format(
                "n=%d p50=%.2f p99=%.2f p99.9=%.2f ms %s",
                measured.count(),
                measured.latencyMs(50),
                measured.latencyMs(99),
                measured.latencyMs(99.9),
                measured.errors());
    }

    /** One round with one handler strategy. */
    interface Round {
        /** Returns what {@link #print} returned. */
        Map<String, Double> run(String strategy) throws Exception;
    }

    /** Runs some rounds with each strategy, and prints what they gave together. */
    static void rounds(String strategies, int rounds, Round one) throws Exception {
        for (String strategy : strategies.split(",")) {
            Map<String, List<Double>> ratios = new LinkedHashMap<>();
            for (int round = 1; round <= rounds; round++) {
                System.out.printf("strategy=%s round=%d%n", strategy, round);
                one.run(strategy)
                        .forEach((name, ratio) -> ratios.computeIfAbsent(name, n -> new ArrayList<>())
                                .add(ratio));
            }
            printRatios("strategy=" + strategy, ratios);
        }
    }

    private static void printRatios(String title, Map<String, List<Double>> ratios) {
        ratios.forEach((name, all) -> {
            List<Double> sorted = all.stream().sorted(Comparator.naturalOrder()).toList();
            System.out.printf(
                    "%s %-36s p99 disturbed/normal: min %.2f median %.2f max %.2f%n",
                    title, name, sorted.getFirst(), sorted.get(sorted.size() / 2), sorted.getLast());
        });
    }
}
