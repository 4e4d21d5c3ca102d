package dev.heddle.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs the JMH benchmarks of Heddle's pieces and prints one table of them: {@code ./build benchmark pieces [quick] [write]
 * [PATTERN]}. The main thread is the only one.
 */
public final class Pieces {

    private static final Path PAGE = Path.of("docs/benchmarks.md");

    private Pieces() {}

    /** @param arguments {@code quick} for short runs, {@code write} to put the table into the docs, a pattern of names */
    public static void main(String[] arguments) throws RunnerException {
        var patterns = new ArrayList<>(List.of(arguments));
        boolean quick = patterns.remove("quick");
        boolean write = patterns.remove("write");
        ChainedOptionsBuilder options = new OptionsBuilder()
                // Enough memory to need no collection within a measurement, and a collector without threads beside it.
                .jvmArgs(
                        "-Xms1g",
                        "-Xmx1g",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dlogback.configurationFile=logback-benchmarks.xml");
        if (patterns.isEmpty()) options.include("dev\\.heddle\\..*Benchmark");
        else patterns.forEach(options::include);
        var results = new Runner((quick ? quick(options) : full(options)).build()).run();
        String table = ResultTable.of(results, quick);
        System.out.println();
        System.out.println(table);
        if (write) write(table);
    }

    private static ChainedOptionsBuilder quick(ChainedOptionsBuilder options) {
        return options.forks(1)
                .warmupIterations(2)
                .warmupTime(TimeValue.milliseconds(700))
                .measurementIterations(3)
                .measurementTime(TimeValue.milliseconds(700));
    }

    private static ChainedOptionsBuilder full(ChainedOptionsBuilder options) {
        return options.forks(2)
                .warmupIterations(3)
                .warmupTime(TimeValue.seconds(1))
                .measurementIterations(4)
                .measurementTime(TimeValue.seconds(1));
    }

    private static void write(String table) {
        try {
            String page = Files.readString(PAGE);
            Files.writeString(PAGE, Page.with(page, "measured", table));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        System.out.println("Written to " + PAGE);
    }
}
