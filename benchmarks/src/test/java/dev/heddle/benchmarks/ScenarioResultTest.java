package dev.heddle.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ScenarioResultTest {

    @Test
    void ratiosAreThoseOfTheSameRound() {
        ScenarioResult result = Examples.result();
        assertEquals(Optional.of(new Spread(3, 3.5, 4)), result.ratios(Examples.HEDDLE.name(), Metric.REQUEST_RATE));
    }

    @Test
    void aRoundThatFailedCountsForNothing() {
        ScenarioResult result = Examples.result();
        assertEquals(
                2,
                result.of(Examples.HEDDLE.name())
                        .orElseThrow()
                        .values(Metric.CPU_PER_REQUEST)
                        .size());
        assertEquals(List.of("heddle-virtual: it was tired"), result.failures());
    }

    @Test
    void apacheKafkaIsTheReferenceWhereverItStands() {
        ScenarioResult result = new ScenarioResult.Builder(
                        Examples.SMALL, List.of(Examples.HEDDLE, Examples.KAFKA, Examples.INLINE))
                .build();
        assertTrue(result.hasKafka());
        assertEquals(Optional.of("kafka"), result.reference().map(ScenarioResult.BrokerRounds::broker));
        assertEquals(List.of("heddle-virtual", "heddle-inline"), compared(result));
    }

    @Test
    void withoutApacheKafkaTheFirstBrokerIsTheReference() {
        ScenarioResult result = Examples.strategies().scenarios().getFirst();
        assertFalse(result.hasKafka());
        assertEquals(Optional.of("heddle-virtual"), result.reference().map(ScenarioResult.BrokerRounds::broker));
        assertEquals(List.of("heddle-inline"), compared(result));
        assertEquals(Optional.of(new Spread(1, 1.5, 2)), result.ratios(Examples.INLINE.name(), Metric.REQUEST_RATE));
    }

    @Test
    void whereTheReferenceHasFailedThereAreValuesButNoRatios() {
        var builder = new ScenarioResult.Builder(Examples.SMALL, List.of(Examples.KAFKA, Examples.HEDDLE));
        builder.failed(Examples.KAFKA, "it was tired");
        builder.add(Examples.HEDDLE, Examples.figures(10, 1));
        ScenarioResult result = builder.build();
        assertEquals(Optional.empty(), result.ratios(Examples.HEDDLE.name(), Metric.REQUEST_RATE));
        assertEquals(Optional.of(new Spread(10, 10, 10)), result.values(Examples.HEDDLE.name(), Metric.REQUEST_RATE));
    }

    @Test
    void whereNobodyHasAPartNobodyIsTheReference() {
        ScenarioResult result = new ScenarioResult.Builder(Examples.SMALL, List.of()).build();
        assertEquals(Optional.empty(), result.reference());
        assertEquals(List.of(), result.compared());
    }

    private static List<String> compared(ScenarioResult result) {
        return result.compared().stream()
                .map(ScenarioResult.BrokerRounds::broker)
                .toList();
    }

    @Test
    void nothingIsDividedByZero() {
        var builder = new ScenarioResult.Builder(Examples.SMALL, List.of(Examples.KAFKA, Examples.HEDDLE));
        builder.add(Examples.KAFKA, Map.of(Metric.P99, 0.0));
        builder.add(Examples.HEDDLE, Map.of(Metric.P99, 1.0));
        assertTrue(builder.build().ratios(Examples.HEDDLE.name(), Metric.P99).isEmpty());
    }
}
