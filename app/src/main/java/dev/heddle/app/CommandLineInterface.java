package dev.heddle.app;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;
import org.jspecify.annotations.Nullable;

/** The flags of the program. Used by the main thread. */
final class CommandLineInterface {

    private static final String CONFIG = "config";
    private static final String OVERRIDE = "override";
    private static final String DATA = "data";
    private static final String PORT = "port";
    private static final String STRATEGY = "handler-strategy";
    private static final String HELP = "help";
    private static final String VERSION = "version";
    private static final String REHEARSE = "rehearse";

    private static final String USAGE = """
            Usage: heddle [flags]
            A Kafka broker. Without flags it keeps its data in ./data and listens on localhost:9092.

              --config FILE           a Kafka server.properties
              --override key=value    sets one key, over the file; repeatable
              --data DIR              where the data is (log.dirs)
              --port N                the port to listen on; 0 takes any free one
              --handler-strategy virtual|platform|inline
                                      how a request gets its thread (handler.strategy)
              -h, --help              shows this
              -V, --version           shows the version

            Environment:
              HEDDLE_JVM_OPTS         more flags for the JVM
              HEDDLE_CLASSPATH        jars of plugins
              HEDDLE_JAVA_HOME        the Java to use
              HEDDLE_LOG_LEVEL        what the log shows (default WARN)
              HEDDLE_LOG_FILE         where the log goes (default stderr)
            """;

    /** What to do with a command line. */
    sealed interface Command {
        /** Run the broker. */
        record Run(LaunchOptions options) implements Command {}

        /** Print {@code text} and end well. */
        record Print(String text) implements Command {}

        /** Start, serve a few requests, and end well: what the start-up cache is recorded from. */
        record Rehearse() implements Command {}

        /** Print the one line and end badly. */
        record Refuse(String message) implements Command {}
    }

    private CommandLineInterface() {}

    static Command parse(String... args) {
        try {
            CommandLine line =
                    DefaultParser.builder().setAllowPartialMatching(false).get().parse(options(), args);
            if (line.hasOption(HELP)) return new Command.Print(USAGE);
            if (line.hasOption(VERSION)) return new Command.Print(Version.line() + System.lineSeparator());
            if (line.hasOption(REHEARSE)) return new Command.Rehearse();
            return new Command.Run(read(line));
        } catch (ParseException e) {
            return new Command.Refuse(e.getMessage() + " (see --help)");
        }
    }

    private static Options options() {
        var options = new Options();
        for (String taking : List.of(CONFIG, OVERRIDE, DATA, PORT, STRATEGY)) {
            options.addOption(Option.builder().longOpt(taking).hasArg().get());
        }
        options.addOption(Option.builder("h").longOpt(HELP).get());
        options.addOption(Option.builder("V").longOpt(VERSION).get());
        return options.addOption(Option.builder().longOpt(REHEARSE).get());
    }

    private static LaunchOptions read(CommandLine line) throws ParseException {
        if (!line.getArgList().isEmpty())
            throw new ParseException("Unexpected: " + line.getArgList().getFirst());
        String config = once(line, CONFIG);
        return new LaunchOptions(
                config == null ? null : Path.of(config),
                overrides(line),
                once(line, DATA),
                port(once(line, PORT)),
                once(line, STRATEGY));
    }

    private static @Nullable String once(CommandLine line, String option) throws ParseException {
        String[] values = line.getOptionValues(option);
        if (values == null) return null;
        if (values.length > 1) throw new ParseException("--" + option + " was given " + values.length + " times");
        return values[0];
    }

    private static @Nullable Integer port(@Nullable String value) throws ParseException {
        if (value == null) return null;
        try {
            int port = Integer.parseInt(value);
            if (port >= 0 && port <= 65535) return port;
        } catch (NumberFormatException e) {
            throw (ParseException) new ParseException("--port " + value + " is no number").initCause(e);
        }
        throw new ParseException("--port " + value + ": allowed is 0 (any free port) to 65535");
    }

    private static Map<String, String> overrides(CommandLine line) throws ParseException {
        var overrides = new LinkedHashMap<String, String>();
        String[] values = line.getOptionValues(OVERRIDE);
        for (String override : values == null ? new String[0] : values) {
            int equals = override.indexOf('=');
            if (equals <= 0) throw new ParseException("--override " + override + ": expected is key=value");
            overrides.put(
                    override.substring(0, equals).strip(),
                    override.substring(equals + 1).strip());
        }
        return overrides;
    }
}
