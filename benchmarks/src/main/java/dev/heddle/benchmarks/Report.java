package dev.heddle.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;

/** Writes tables and charts into the documentation: {@code ./build benchmark report FILE.json}. The main thread only. */
public final class Report {

    private static final String PAGE = "benchmarks.md";
    private static final String CHARTS = "benchmarks";

    private record Kind(String file, String title, Predicate<Metric> metrics) {}

    private static final List<Kind> KINDS = List.of(
            new Kind("throughput", "Throughput", metric -> metric.better() == Metric.Better.MORE),
            new Kind("cpu", "CPU time", metric -> metric.name().startsWith("CPU")),
            new Kind(
                    "latency",
                    "Times",
                    metric -> isTime(metric) && !metric.name().startsWith("CPU")),
            new Kind("memory", "Memory", metric -> metric.unit().endsWith("B")));

    private Report() {}

    public static void main(String[] args) throws IOException {
        if (args.length < 1 || args.length > 2) {
            System.err.println("Usage: report FILE.json [DIRECTORY], with what a run has left");
            System.exit(2);
        }
        Path docs = Path.of(args.length > 1 ? args[1] : "docs");
        write(Results.read(Path.of(args[0])), docs);
        System.out.println("Written to " + docs.resolve(PAGE) + " and " + docs.resolve(CHARTS));
    }

    static void write(Results results, Path docs) throws IOException {
        Path charts = Files.createDirectories(docs.resolve(CHARTS));
        var shown = new StringBuilder();
        for (Kind kind : KINDS) {
            ChartData data = ChartData.of(results, kind.metrics);
            Path file = charts.resolve(kind.file + ".svg");
            Files.deleteIfExists(file);
            if (data.isEmpty()) continue;
            Chart.write(kind.title, data, file);
            shown.append(String.format("![%s](%s/%s.svg)%n%n", kind.title, CHARTS, kind.file));
        }
        Path page = docs.resolve(PAGE);
        Files.writeString(page, Page.with(Files.readString(page), "side by side", text(results, shown.toString())));
    }

    private static boolean isTime(Metric metric) {
        return metric.unit().equals("ms") || metric.unit().equals("µs");
    }

    private static String text(Results results, String charts) {
        Environment where = results.environment();
        var text = new StringBuilder(String.format(
                "%s, `%s`: %d cores (%s), %,d MB, %s, %s, Apache Kafka %s.%n%n",
                where.date().substring(0, 10),
                where.command(),
                where.cores(),
                where.processor(),
                where.memoryMb(),
                where.operatingSystem(),
                where.java(),
                where.apacheKafka()));
        text.append(Tables.targets(results)).append('\n').append(charts);
        for (ScenarioResult one : results.scenarios()) section(one, text);
        return text.toString();
    }

    private static void section(ScenarioResult result, StringBuilder text) {
        text.append("### ")
                .append(result.name())
                .append("\n\n")
                .append(sentence(result.about()))
                .append("\n\n");
        text.append(Tables.scenario(result)).append('\n');
        result.failures()
                .forEach(failure -> text.append("Failed: ").append(failure).append("\n\n"));
    }

    private static String sentence(String about) {
        return Character.toUpperCase(about.charAt(0)) + about.substring(1) + ".";
    }
}
