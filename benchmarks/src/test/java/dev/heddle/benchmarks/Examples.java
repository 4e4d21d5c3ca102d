package dev.heddle.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Results that nobody has measured. Stateless. */
final class Examples {

    static final Scenario SMALL = new Scenario() {
        @Override
        public String name() {
            return "small-8x8";
        }

        @Override
        public String about() {
            return "an example";
        }

        @Override
        public Map<Metric, Double> measure(Broker broker, Duration time) throws IOException {
            throw new IOException("Nobody measures an example");
        }
    };

    private Examples() {}

    /** A kind that cannot be started. */
    record Kind(String name) implements Broker.Kind {
        @Override
        public Broker launch(java.nio.file.Path directory, Setting setting) throws IOException {
            throw new IOException("Nobody starts an example");
        }
    }

    static final Kind KAFKA = new Kind(Kinds.KAFKA);
    static final Kind HEDDLE = new Kind(Kinds.heddle("virtual"));
    static final Kind INLINE = new Kind(Kinds.heddle("inline"));

    /** Three rounds, in the second of which Heddle has failed. */
    static ScenarioResult result() {
        var builder = new ScenarioResult.Builder(SMALL, List.of(KAFKA, HEDDLE));
        builder.flags(KAFKA, List.of("-Xmx6g"));
        builder.add(KAFKA, figures(1_000, 40));
        builder.add(HEDDLE, figures(3_000, 10));
        builder.add(KAFKA, figures(2_000, 50));
        builder.failed(HEDDLE, "it was tired");
        builder.add(KAFKA, figures(500, 20));
        builder.add(HEDDLE, figures(2_000, 10));
        return builder.build();
    }

    static Map<Metric, Double> figures(double requests, double cpu) {
        Map<Metric, Double> figures = new LinkedHashMap<>();
        figures.put(Metric.REQUEST_RATE, requests);
        figures.put(Metric.CPU_PER_REQUEST, cpu);
        figures.put(Metric.DRIVER_CORES, 0.5);
        return figures;
    }

    static Results results() {
        return new Results(environment("quick"), List.of(result()));
    }

    /** Two rounds without Apache Kafka. */
    static Results strategies() {
        var builder = new ScenarioResult.Builder(SMALL, List.of(HEDDLE, INLINE));
        builder.add(HEDDLE, figures(3_000, 10));
        builder.add(INLINE, figures(3_000, 5));
        builder.add(INLINE, figures(4_000, 5));
        builder.add(HEDDLE, figures(2_000, 10));
        return new Results(environment("strategies --json mine.json"), List.of(builder.build()));
    }

    static Environment environment(String command) {
        return new Environment("2026-01-02T03:04:05Z", command, "a processor", 2, 8_000, "Linux", "Java 25", "4.3.1");
    }
}
