package dev.heddle.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Apache Kafka's own programs of measurement, each in a process of its own. Stateless. */
final class Tool {

    private static final long TIMEOUT_S = 60;
    private static final int CONSUMER_COLUMNS = 10;
    private static final String NUMBER = "([0-9.]+)";

    /** The last line of {@code ProducerPerformance}. */
    private static final Pattern PRODUCED =
            Pattern.compile("^\\d+ records sent, " + NUMBER + " records/sec \\(" + NUMBER + " MB/sec\\), " + NUMBER
                    + " ms avg latency, .* " + NUMBER + " ms 50th, .* " + NUMBER + " ms 99th, .*");

    private static final Pattern END_TO_END =
            Pattern.compile("^Percentiles: 50th = " + NUMBER + ", 99th = " + NUMBER + ", 99.9th = " + NUMBER + ".*");

    private static final Pattern AVERAGE = Pattern.compile("^Avg latency: " + NUMBER + " ms.*");

    private static final Metric RECORDS = Metric.more("records", "1/s");
    private static final Metric MEAN = Metric.less("mean latency", "ms");

    /** As Kafka's programs count, in mebibytes. */
    private static final double MIB_IN_MB = 1.048576;

    private Tool() {}

    /** Runs one; returns what it has printed. */
    static List<String> run(String name, List<String> arguments) throws IOException, InterruptedException {
        Path output = Files.createTempFile("tool", ".out");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "--enable-native-access=ALL-UNNAMED",
                "-Dlogback.configurationFile=logback-benchmarks.xml",
                "-cp",
                System.getProperty("java.class.path"),
                "org.apache.kafka.tools." + name));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            boolean ended = process.waitFor(TIMEOUT_S, TimeUnit.SECONDS);
            List<String> lines = Files.readAllLines(output);
            if (!ended) throw new IOException(name + " did not end within " + TIMEOUT_S + " s");
            if (process.exitValue() != 0) throw new IOException(name + " failed: " + lines.getFirst());
            return lines;
        } finally {
            process.destroyForcibly();
            Files.delete(output);
        }
    }

    static Map<Metric, Double> produced(List<String> lines) throws IOException {
        Matcher line = last(PRODUCED, lines);
        Map<Metric, Double> found = new LinkedHashMap<>();
        found.put(RECORDS, number(line, 1));
        found.put(Metric.THROUGHPUT, number(line, 2) * MIB_IN_MB);
        found.put(MEAN, number(line, 3));
        found.put(Metric.P50, number(line, 4));
        found.put(Metric.P99, number(line, 5));
        return found;
    }

    /** It rounds percentiles down to milliseconds, so the median is of no use. */
    static Map<Metric, Double> endToEnd(List<String> lines) throws IOException {
        Matcher percentiles = last(END_TO_END, lines);
        Map<Metric, Double> found = new LinkedHashMap<>();
        found.put(MEAN, number(last(AVERAGE, lines), 1));
        found.put(Metric.P99, number(percentiles, 2));
        found.put(Metric.P999, number(percentiles, 3));
        return found;
    }

    /** The last line of {@code ConsumerPerformance}: times, then MiB, MiB a second, records, records a second … */
    static Map<Metric, Double> consumed(List<String> lines) throws IOException {
        for (String line : lines.reversed()) {
            String[] cells = line.split(", ");
            if (cells.length != CONSUMER_COLUMNS || !cells[0].matches("\\d{4}-.*")) continue;
            Map<Metric, Double> found = new LinkedHashMap<>();
            found.put(Metric.THROUGHPUT, Double.parseDouble(cells[3]) * MIB_IN_MB);
            found.put(RECORDS, Double.parseDouble(cells[5]));
            found.put(Metric.THROUGHPUT.of("fetching"), Double.parseDouble(cells[8]) * MIB_IN_MB);
            return found;
        }
        throw new IOException("No figures in what was printed: " + lines);
    }

    private static Matcher last(Pattern pattern, List<String> lines) throws IOException {
        for (String line : lines.reversed()) {
            Matcher found = pattern.matcher(line);
            if (found.matches()) return found;
        }
        throw new IOException("No figures in what was printed: " + lines);
    }

    private static double number(Matcher found, int group) {
        return Double.parseDouble(found.group(group));
    }
}
