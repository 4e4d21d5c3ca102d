package dev.heddle.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.commons.cli.ParseException;
import org.junit.jupiter.api.Test;

class SideBySideTest {

    private static final Installation INSTALLATION = new Installation(Path.of("java"), Path.of("heddle"), "", "");

    @Test
    void fullAndQuickMeasureTheDefaultStrategyBesideApacheKafka() throws ParseException {
        assertEquals("kafka kafka-flush heddle-virtual", brokers("full"));
        assertEquals("kafka heddle-virtual", brokers("quick"));
    }

    @Test
    void strategiesMeasuresAllStrategiesAlone() throws ParseException {
        assertEquals("heddle-virtual heddle-platform heddle-inline", brokers("strategies"));
    }

    @Test
    void fullHasAllScenariosAndOthersLeaveOutWhatTakesLong() throws ParseException {
        assertEquals(names(Scenarios.all()), names(SideBySide.of("full").scenarios()));
        var left = names(Scenarios.all());
        left.removeAll(names(SideBySide.of("strategies").scenarios()));
        assertEquals(List.of("tool-producer", "tool-consumer", "tool-end-to-end"), left);
        assertTrue(SideBySide.of("quick").scenarios().size()
                < SideBySide.of("strategies").scenarios().size());
    }

    private static List<String> names(List<Scenario> scenarios) {
        return scenarios.stream().map(Scenario::name).collect(Collectors.toCollection(ArrayList::new));
    }

    @Test
    void optionsChooseOtherBrokersAndScenarios() throws ParseException {
        assertEquals("heddle-inline heddle-virtual", brokers("strategies", "--strategies", "inline,virtual"));
        assertEquals("kafka heddle-platform", brokers("quick", "--strategies=platform"));
        assertEquals(
                "kafka heddle-virtual heddle-virtual-XX:+UseG1GC",
                brokers("full", "--brokers", "kafka|heddle.*", "--flags=-XX:+UseG1GC"));
        assertEquals(
                "storm-default storm-equal",
                SideBySide.of("quick", "--only", "storm.*").scenarios().stream()
                        .map(Scenario::name)
                        .collect(Collectors.joining(" ")));
    }

    @Test
    void whatIsNoRunIsRefused() {
        assertThrows(ParseException.class, SideBySide::of);
        assertThrows(ParseException.class, () -> SideBySide.of("everything"));
        assertThrows(ParseException.class, () -> SideBySide.of("full", "--turbo"));
    }

    private static String brokers(String... arguments) throws ParseException {
        return SideBySide.of(arguments).kinds(INSTALLATION).stream()
                .map(Broker.Kind::name)
                .collect(Collectors.joining(" "));
    }
}
