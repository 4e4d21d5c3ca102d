package dev.heddle.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Writes tables and charts into the documentation: {@code ./build benchmark report FILE.json}. Runs beside Apache Kafka and
 * runs of strategies have a part of the page each. The main thread only.
 */
public final class Report {

    private static final String PAGE = "benchmarks.md";
    private static final String CHARTS = "benchmarks";

    private Report() {}

    public static void main(String[] args) throws IOException {
        if (args.length < 1 || args.length > 2) {
            System.err.println("Usage: report FILE.json [DIRECTORY], with what a run has left");
            System.exit(2);
        }
        Path docs = Path.of(args.length > 1 ? args[1] : "docs");
        write(Results.read(Path.of(args[0])), docs);
        System.out.println("Written to " + docs.resolve(PAGE));
    }

    static void write(Results results, Path docs) throws IOException {
        Path page = docs.resolve(PAGE);
        String before = Files.readString(page);
        String after = results.hasKafka()
                ? Page.with(before, "side by side", sideBySide(results, charts(results, docs)))
                : Page.with(before, "strategies", strategies(results));
        Files.writeString(page, after);
    }

    private static String charts(Results results, Path docs) throws IOException {
        Path charts = Files.createDirectories(docs.resolve(CHARTS));
        var shown = new StringBuilder();
        for (MetricKind kind : MetricKind.values()) {
            ChartData data = ChartData.of(results, kind);
            String name = kind.name().toLowerCase(Locale.ROOT) + ".svg";
            Files.deleteIfExists(charts.resolve(name));
            if (data.isEmpty()) continue;
            Chart.write(kind.title(), data, charts.resolve(name));
            shown.append(String.format("![%s](%s/%s)%n%n", kind.title(), CHARTS, name));
        }
        return shown.toString();
    }

    private static String sideBySide(Results results, String charts) {
        Environment where = results.environment();
        var text = new StringBuilder(where.inWords() + ", Apache Kafka " + where.apacheKafka() + ".\n\n");
        text.append(Tables.targets(results)).append('\n').append(charts);
        for (ScenarioResult one : results.scenarios()) section(one, text);
        return text.toString();
    }

    private static String strategies(Results results) {
        var text = new StringBuilder(results.environment().inWords() + ".\n\n");
        text.append(StrategyTable.of(results)).append('\n');
        for (ScenarioResult one : results.scenarios()) failures(one.name() + ", ", one, text);
        return text.toString();
    }

    private static void section(ScenarioResult result, StringBuilder text) {
        text.append("### ")
                .append(result.name())
                .append("\n\n")
                .append(sentence(result.about()))
                .append("\n\n");
        text.append(Tables.scenario(result)).append('\n');
        failures("", result, text);
    }

    private static void failures(String where, ScenarioResult result, StringBuilder text) {
        for (String failure : result.failures())
            text.append("Failed: ").append(where).append(failure).append("\n\n");
    }

    private static String sentence(String about) {
        return Character.toUpperCase(about.charAt(0)) + about.substring(1) + ".";
    }
}
