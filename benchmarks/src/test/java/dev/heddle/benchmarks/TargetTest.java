package dev.heddle.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TargetTest {

    private static final Target FASTER = Target.ratioAtLeast("faster", "small-8x8", Metric.REQUEST_RATE, 3.5, "");
    private static final Target CHEAPER = Target.ratioAtMost("cheaper", "small-8x8", Metric.CPU_PER_REQUEST, 0.3, "");

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
        var target = Target.valueAtLeast("much", "small-8x8", Metric.REQUEST_RATE, 2_400, "");
        Spread found = target.measured(Examples.results()).orElseThrow();
        assertEquals(2_500, found.median());
        assertTrue(target.isReached(found));
    }

    @Test
    void whatWasNotMeasuredIsAbsent() {
        var target = Target.ratioAtLeast("other", "no such scenario", Metric.REQUEST_RATE, 1, "");
        assertEquals(Optional.empty(), target.measured(Examples.results()));
    }

    @Test
    void ratiosAmongStrategiesTellNothingOfATarget() {
        assertEquals(Optional.empty(), FASTER.measured(Examples.strategies()));
        var target = Target.valueAtLeast("much", "small-8x8", Metric.REQUEST_RATE, 2_400, "");
        assertTrue(target.measured(Examples.strategies()).isPresent());
    }

    @Test
    void everyTargetNamesASectionThatTellsWhy() throws IOException {
        Set<String> anchors = Files.readAllLines(Path.of("../docs/performance.md")).stream()
                .filter(line -> line.startsWith("#"))
                .map(TargetTest::anchor)
                .collect(Collectors.toSet());
        Set<String> missing =
                new HashSet<>(Targets.ALL.stream().map(Target::section).toList());
        missing.removeAll(anchors);
        assertEquals(Set.of(), missing);
    }

    /** As GitHub makes it of a heading: lower case, no punctuation, hyphens for spaces. */
    private static String anchor(String heading) {
        String text = heading.replaceFirst("^#+ +", "").toLowerCase(Locale.ROOT);
        return text.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-');
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
