package dev.heddle.benchmarks;

import java.util.ArrayList;
import java.util.List;
import org.jfree.data.category.DefaultCategoryDataset;
import org.jspecify.annotations.Nullable;

/** How many times better than Apache Kafka each broker is, in some metrics of its scenarios. One thread uses it. */
final class ChartData {

    private final DefaultCategoryDataset bars = new DefaultCategoryDataset();
    private final List<Named> spreads = new ArrayList<>();

    private record Named(String broker, String category, Spread timesBetter) {}

    /** Metrics that are not better one way or the other are left out. */
    static ChartData of(Results results, MetricKind kind) {
        var data = new ChartData();
        for (ScenarioResult scenario : results.scenarios()) {
            if (!scenario.hasKafka()) continue;
            for (Metric metric : scenario.metrics()) {
                if (metric.better() == Metric.Better.NEITHER || !kind.covers(metric)) continue;
                for (ScenarioResult.BrokerRounds broker : scenario.compared())
                    data.add(scenario, metric, broker.broker());
            }
        }
        return data;
    }

    private void add(ScenarioResult scenario, Metric metric, String broker) {
        scenario.ratios(broker, metric).filter(ratios -> ratios.min() > 0).ifPresent(ratios -> {
            String category = scenario.name() + ": " + metric.name();
            Spread better = timesBetter(ratios, metric);
            spreads.add(new Named(broker, category, better));
            bars.addValue(better.median(), broker, category);
        });
    }

    /** Of what should be small, the inverse. */
    static Spread timesBetter(Spread ratios, Metric metric) {
        if (metric.better() == Metric.Better.MORE) return ratios;
        return new Spread(1 / ratios.max(), 1 / ratios.median(), 1 / ratios.min());
    }

    DefaultCategoryDataset bars() {
        return bars;
    }

    boolean isEmpty() {
        return spreads.isEmpty();
    }

    @Nullable Spread spread(int row, int column) {
        return spreads.stream()
                .filter(one -> one.broker.equals(bars.getRowKey(row)) && one.category.equals(bars.getColumnKey(column)))
                .map(Named::timesBetter)
                .findFirst()
                .orElse(null);
    }

    double least() {
        return spreads.stream().mapToDouble(one -> one.timesBetter.min()).reduce(1, Math::min);
    }

    double largest() {
        return spreads.stream().mapToDouble(one -> one.timesBetter.max()).reduce(1, Math::max);
    }
}
