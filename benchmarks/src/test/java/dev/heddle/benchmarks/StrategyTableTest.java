package dev.heddle.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class StrategyTableTest {

    @Test
    void theFirstStrategyHasItsMedianAndTheOthersTheirRatios() {
        assertEquals("""
                | scenario | metric | unit | heddle-virtual | heddle-inline |
                |---|---|---|---:|---:|
                | small-8x8 | requests | 1/s | 2,500 | × 1.50 (1.00 to 2.00) |
                | small-8x8 | CPU per request | µs | 10.0 | × 0.50 (0.50 to 0.50) |
                """, StrategyTable.of(Examples.strategies()));
    }

    @Test
    void aStrategyThatHasFailedHasNoFigure() {
        var builder = new ScenarioResult.Builder(Examples.SMALL, List.of(Examples.HEDDLE, Examples.INLINE));
        builder.add(Examples.HEDDLE, Map.of(Metric.REQUEST_RATE, 2.0));
        builder.failed(Examples.INLINE, "it was tired");
        var results = new Results(Examples.environment("strategies"), List.of(builder.build()));
        assertEquals(
                "| small-8x8 | requests | 1/s | 2.00 | – |",
                StrategyTable.of(results).lines().skip(2).collect(Collectors.joining()));
    }

    @Test
    void ofEachKindTheLastMetricIsShownAndOfTimesP99Alone() {
        Map<Metric, Double> figures = new LinkedHashMap<>();
        figures.put(Metric.P99.of("undisturbed"), 1.0);
        figures.put(Metric.P99.of("disturbed"), 1.0);
        figures.put(Metric.P999.of("disturbed"), 1.0);
        figures.put(Metric.less("p99, mostly idle", "ms"), 1.0);
        figures.put(Metric.P9999, 1.0);
        figures.put(Metric.CPU_PER_MB, 1.0);
        figures.put(Metric.RESIDENT, 1.0);
        figures.put(Metric.THROUGHPUT, 1.0);
        figures.put(Metric.LIVE_HEAP, 1.0);
        figures.put(Metric.context("rate", "MB/s"), 1.0);
        var builder = new ScenarioResult.Builder(Examples.SMALL, List.of(Examples.HEDDLE));
        builder.add(Examples.HEDDLE, figures);
        assertEquals(
                List.of("throughput", "CPU per MB", "p99, mostly idle", "live heap"),
                StrategyTable.telling(builder.build()).stream()
                        .map(Metric::name)
                        .toList());
    }
}
