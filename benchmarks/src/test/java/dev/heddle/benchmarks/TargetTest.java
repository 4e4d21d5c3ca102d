package dev.heddle.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TargetTest {

    private static final Target FASTER = Target.ratioAtLeast("faster", "small-8x8", Metric.REQUEST_RATE, 3.5);
    private static final Target CHEAPER = Target.ratioAtMost("cheaper", "small-8x8", Metric.CPU_PER_REQUEST, 0.3);

    @Test
    void theMedianOfTheRatiosDecides() {
        Spread faster = FASTER.measured(Examples.results()).orElseThrow();
        assertEquals(new Spread(3, 3.5, 4), faster);
        assertTrue(FASTER.isReached(faster));
        Spread cheaper = CHEAPER.measured(Examples.results()).orElseThrow();
        assertEquals(0.375, cheaper.median(), 1e-9);
        assertFalse(CHEAPER.isReached(cheaper));
    }

    @Test
    void anAbsoluteTargetLooksAtHeddleAlone() {
        var target = new Target("much", "small-8x8", Metric.REQUEST_RATE.name(), Target.Of.VALUE_AT_LEAST, 2_400);
        Spread found = target.measured(Examples.results()).orElseThrow();
        assertEquals(2_500, found.median());
        assertTrue(target.isReached(found));
    }

    @Test
    void whatWasNotMeasuredIsAbsent() {
        var target = Target.ratioAtLeast("other", "no such scenario", Metric.REQUEST_RATE, 1);
        assertEquals(Optional.empty(), target.measured(Examples.results()));
    }

    @Test
    void everyTargetIsOfAScenarioThatExists() {
        Set<String> names = Scenarios.all().stream().map(Scenario::name).collect(Collectors.toSet());
        Set<String> missing =
                new HashSet<>(Targets.ALL.stream().map(Target::scenario).toList());
        missing.removeAll(names);
        assertEquals(Set.of(), missing);
    }
}
