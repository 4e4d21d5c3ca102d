package dev.heddle.benchmarks;

import java.util.Collection;
import java.util.List;

/** What several rounds gave: least, median, largest. */
record Spread(double min, double median, double max) {

    /** @param values one at least */
    static Spread of(Collection<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        double median = sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
        return new Spread(sorted.getFirst(), median, sorted.getLast());
    }
}
