package dev.heddle.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunnerTest {

    private static final List<Broker.Kind> KINDS = Kinds.all(
            new Installation(Path.of("java"), Path.of("heddle"), "", ""),
            List.of("virtual", "platform", "inline"),
            List.of());

    @Test
    void aBrokerThatDoesNotStartFailsAndTheRunGoesOn(@TempDir Path root) throws IOException {
        var shown = new ByteArrayOutputStream();
        var progress = new Progress(new PrintStream(shown, true, StandardCharsets.UTF_8), false, 10);
        var plan = new Plan(2, 2, Duration.ofMillis(1), Duration.ofMillis(1));
        var runner = new Runner(plan, List.of(Examples.KAFKA, Examples.HEDDLE), root, progress);
        List<ScenarioResult> found = runner.run(List.of(Examples.SMALL));
        assertEquals(
                List.of("kafka: Nobody starts an example", "heddle-virtual: Nobody starts an example"),
                found.getFirst().failures());
        assertTrue(shown.toString(StandardCharsets.UTF_8).contains("FAILED: small-8x8 on kafka"), shown::toString);
    }

    @Test
    void allStrategiesThatAreListedHaveAPartInEveryScenario() {
        assertEquals("kafka heddle-virtual heddle-platform heddle-inline", names(Examples.SMALL));
        assertEquals("kafka heddle-virtual heddle-platform heddle-inline", names(new Mixed()));
    }

    @Test
    void theVariantThatSyncsIsForDurableScenariosOnly() {
        Map<String, Scenario> all = Scenarios.all().stream().collect(Collectors.toMap(Scenario::name, one -> one));
        assertEquals("kafka kafka-flush heddle-virtual heddle-platform heddle-inline", names(all.get("durable-16")));
        assertEquals("kafka heddle-virtual heddle-platform heddle-inline", names(all.get("connections")));
    }

    private static String names(Scenario scenario) {
        return Runner.kindsOf(scenario, KINDS).stream().map(Broker.Kind::name).collect(Collectors.joining(" "));
    }
}
