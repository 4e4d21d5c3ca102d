package dev.heddle.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTest {

    @Test
    void whatIsWrittenIsReadAgain(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("new/results.json");
        Examples.results().write(file);
        assertEquals(Examples.results(), Results.read(file));
    }

    @Test
    void whatEarlierRunsHaveLeftIsRead(@TempDir Path directory) throws IOException {
        String left = """
                {"environment": {"date": "2026-01-02T03:04:05Z", "command": "quick", "processor": "a processor",
                  "cores": 2, "memoryMb": 8000, "operatingSystem": "Linux", "java": "Java 25", "apacheKafka": "4.3.1"},
                 "scenarios": [{"name": "small-8x8", "about": "an example",
                  "setting": {"memory": "PRODUCTION", "keys": {"log.initial.task.delay.ms": "1000"}},
                  "metrics": [{"name": "requests", "unit": "1/s", "better": "MORE"}],
                  "brokers": [
                   {"broker": "kafka", "jvmFlags": ["-Xmx6g"], "rounds": [{"requests": 2.0}]},
                   {"broker": "heddle-virtual", "jvmFlags": [], "rounds": [{"requests": 5.0}]}],
                  "failures": []}]}
                """;
        Path file = Files.writeString(directory.resolve("old.json"), left);
        Results results = Results.read(file);
        assertTrue(results.hasKafka());
        ScenarioResult scenario = results.scenario("small-8x8").orElseThrow();
        assertEquals(Optional.of(new Spread(2.5, 2.5, 2.5)), scenario.ratios("heddle-virtual", Metric.REQUEST_RATE));
    }
}
