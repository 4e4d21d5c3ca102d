package dev.heddle.benchmarks;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Locale;
import java.util.TreeMap;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** Results as a table in Markdown: a line for each benchmark, with Heddle and Apache Kafka side by side. Stateless. */
final class ResultTable {

    private static final String IMPLEMENTATION = "implementation";

    /** Both sides of a line; one may be missing. */
    private static final class Line {
        private RunResult heddle;
        private RunResult apache;
    }

    private ResultTable() {}

    static String of(Collection<RunResult> results, boolean quick) {
        var lines = new TreeMap<String, Line>();
        for (RunResult result : results) {
            Line line = lines.computeIfAbsent(name(result.getParams()), any -> new Line());
            if ("APACHE".equals(result.getParams().getParam(IMPLEMENTATION))) line.apache = result;
            else line.heddle = result;
        }
        var table = new StringBuilder(machine(quick))
                .append("\n\n")
                .append("| benchmark | unit | Heddle | Apache Kafka | times better |\n")
                .append("|---|---|---:|---:|---:|\n");
        lines.forEach((name, line) -> table.append(row(name, line)));
        return table.toString();
    }

    private static String machine(boolean quick) {
        return LocalDate.now(ZoneOffset.UTC) + ", " + Runtime.getRuntime().availableProcessors() + " cores, "
                + System.getProperty("os.name") + " on " + System.getProperty("os.arch") + ", JDK "
                + Runtime.version().feature() + ", Apache Kafka 4.3.1" + (quick ? ", quick run" : "") + ".";
    }

    /** The class and the method, and the parameters but for whose code it is. */
    private static String name(BenchmarkParams params) {
        String[] parts = params.getBenchmark().split("\\.");
        var name = new StringBuilder(parts[parts.length - 2].replace("Benchmark", ""))
                .append('.')
                .append(parts[parts.length - 1]);
        for (String key : params.getParamsKeys()) {
            if (!key.equals(IMPLEMENTATION)) name.append(", ").append(words(params.getParam(key)));
        }
        return name.toString();
    }

    private static String words(String constant) {
        return constant.toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String row(String name, Line line) {
        RunResult any = line.heddle != null ? line.heddle : line.apache;
        return "| " + name + " | " + unit(any) + " | " + score(line.heddle) + " | " + score(line.apache) + " | "
                + ratio(line) + " |\n";
    }

    private static String unit(RunResult result) {
        String unit = result.getPrimaryResult().getScoreUnit();
        return result.getParams().getBenchmark().endsWith("Megabytes") ? unit.replace("ops/s", "MB/s") : unit;
    }

    private static String score(RunResult result) {
        if (result == null) return "–";
        Result<?> primary = result.getPrimaryResult();
        double error = primary.getScoreError();
        return number(primary.getScore()) + (Double.isNaN(error) ? "" : " ± " + number(error));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }

    private static String ratio(Line line) {
        if (line.heddle == null || line.apache == null) return "–";
        double heddle = line.heddle.getPrimaryResult().getScore();
        double apache = line.apache.getPrimaryResult().getScore();
        boolean moreIsBetter = line.heddle.getParams().getMode() == Mode.Throughput;
        return String.format(Locale.ROOT, "%.2f", moreIsBetter ? heddle / apache : apache / heddle);
    }
}
