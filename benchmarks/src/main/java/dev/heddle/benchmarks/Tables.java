package dev.heddle.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Results as tables in Markdown, which read well on a terminal too. Stateless. */
final class Tables {

    /** The page that tells why, beside the one of the tables. */
    private static final String PROFILES = "performance.md";

    private Tables() {}

    /** What was to be reached, and was or not. */
    static String targets(Results results) {
        var table = new StringBuilder(
                "| target | scenario | wanted | measured: median (min to max) | |\n|---|---|---|---|---|\n");
        for (Target target : Targets.ALL) {
            Optional<Spread> measured = target.measured(results);
            String verdict = measured.map(found -> verdict(target, found)).orElse("–");
            String shown = measured.map(found -> spread(found) + (target.of().isRatio() ? "" : " absolute"))
                    .orElse("not measured");
            table.append(row(List.of(target.claim(), target.scenario(), wanted(target), shown, verdict)));
        }
        return table.toString();
    }

    private static String verdict(Target target, Spread measured) {
        if (target.isReached(measured)) return "reached";
        return "**missed**, [why](" + PROFILES + "#" + target.section() + ")";
    }

    private static String wanted(Target target) {
        String bound = number(target.bound());
        return switch (target.of()) {
            case RATIO_AT_LEAST -> "≥ " + bound + " ×";
            case RATIO_AT_MOST -> "≤ " + bound + " ×";
            case VALUE_AT_LEAST -> "≥ " + bound;
            case VALUE_AT_MOST -> "≤ " + bound;
        };
    }

    /** Every figure of a scenario: the median of the reference, and for each other broker its median and ratio. */
    static String scenario(ScenarioResult result) {
        var table = new StringBuilder("| metric | unit |");
        var line = new StringBuilder("|---|---|");
        Optional<String> reference = result.reference().map(ScenarioResult.BrokerRounds::broker);
        reference.ifPresent(name -> column(name, table, line));
        for (ScenarioResult.BrokerRounds broker : result.compared()) column(broker.broker(), table, line);
        table.append('\n').append(line).append('\n');
        for (Metric metric : result.metrics()) {
            table.append("| ")
                    .append(metric.name())
                    .append(" | ")
                    .append(metric.unit())
                    .append(" |");
            reference.ifPresent(name -> table.append(cell(median(result, name, metric))));
            for (ScenarioResult.BrokerRounds broker : result.compared())
                table.append(cell(compared(result, broker.broker(), metric)));
            table.append('\n');
        }
        return table.toString();
    }

    private static void column(String name, StringBuilder head, StringBuilder line) {
        head.append(' ').append(name).append(" |");
        line.append("---:|");
    }

    private static String cell(Optional<String> text) {
        return " " + text.orElse("–") + " |";
    }

    static Optional<String> median(ScenarioResult result, String broker, Metric metric) {
        return result.values(broker, metric).map(found -> number(found.median()));
    }

    private static Optional<String> compared(ScenarioResult result, String broker, Metric metric) {
        Optional<String> value = median(result, broker, metric);
        if (metric.better() == Metric.Better.NEITHER) return value;
        Optional<String> ratio = result.ratios(broker, metric).map(found -> ", × " + spread(found));
        return value.map(text -> text + ratio.orElse(""));
    }

    static String spread(Spread spread) {
        return number(spread.median()) + " (" + number(spread.min()) + " to " + number(spread.max()) + ")";
    }

    static String row(List<String> cells) {
        return "| " + String.join(" | ", cells) + " |\n";
    }

    /** With three significant digits, and no exponent. */
    static String number(double value) {
        double size = Math.abs(value);
        int digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 4;
        return String.format(Locale.ROOT, "%,." + digits + "f", value);
    }

    /** All of it, for the terminal; the targets are of no use without Apache Kafka. */
    static String all(Results results) {
        var text = new StringBuilder();
        for (ScenarioResult one : results.scenarios()) {
            text.append('\n')
                    .append(one.name())
                    .append(": ")
                    .append(one.about())
                    .append("\n\n");
            text.append(scenario(one));
            one.failures()
                    .forEach(failure -> text.append("FAILED ").append(failure).append('\n'));
        }
        if (results.hasKafka()) text.append('\n').append(targets(results));
        return text.toString();
    }
}
