package dev.heddle.app;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The flags of the program, described by hand instead of by annotations: that needs no reflection at start-up. Used by
 * the main thread.
 */
final class CommandLineInterface {

    private static final String CONFIG = "--config";
    private static final String OVERRIDE = "--override";
    private static final String DATA = "--data";
    private static final String PORT = "--port";
    private static final String STRATEGY = "--handler-strategy";
    private static final String REHEARSE = "--rehearse";

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
        var commandLine = new CommandLine(spec()).setUnmatchedOptionsAllowedAsOptionParameters(false);
        try {
            ParseResult result = commandLine.parseArgs(args);
            if (result.isUsageHelpRequested()) return new Command.Print(commandLine.getUsageMessage());
            if (result.isVersionHelpRequested()) return new Command.Print(Version.line() + System.lineSeparator());
            if (result.hasMatchedOption(REHEARSE)) return new Command.Rehearse();
            return new Command.Run(options(commandLine, result));
        } catch (ParameterException e) {
            return new Command.Refuse(e.getMessage().lines().findFirst().orElse("wrong flags") + " (see --help)");
        }
    }

    private static LaunchOptions options(CommandLine commandLine, ParseResult result) {
        Integer port = result.matchedOptionValue(PORT, null);
        if (port != null && (port < 0 || port > 65535)) {
            throw new ParameterException(commandLine, "--port " + port + ": allowed is 0 (any free port) to 65535");
        }
        return new LaunchOptions(
                result.matchedOptionValue(CONFIG, null),
                overrides(commandLine, result),
                result.matchedOptionValue(DATA, null),
                port,
                result.matchedOptionValue(STRATEGY, null));
    }

    private static Map<String, String> overrides(CommandLine commandLine, ParseResult result) {
        var overrides = new LinkedHashMap<String, String>();
        for (String override : result.matchedOptionValue(OVERRIDE, new String[0])) {
            int equals = override.indexOf('=');
            if (equals <= 0) {
                throw new ParameterException(commandLine, "--override " + override + ": expected is key=value");
            }
            overrides.put(
                    override.substring(0, equals).strip(),
                    override.substring(equals + 1).strip());
        }
        return overrides;
    }

    private static CommandSpec spec() {
        CommandSpec spec = CommandSpec.create().name("heddle");
        spec.usageMessage()
                .description("A Kafka broker. Without flags it keeps its data in ./data and listens on localhost:9092.")
                .footer(
                        "",
                        "Environment:",
                        "  HEDDLE_JVM_OPTS   more flags for the JVM",
                        "  HEDDLE_CLASSPATH  jars of plugins",
                        "  HEDDLE_JAVA_HOME  the Java to use",
                        "  HEDDLE_LOG_LEVEL  what the log shows (default WARN)",
                        "  HEDDLE_LOG_FILE   where the log goes (default stderr)");
        spec.addOption(OptionSpec.builder(CONFIG)
                .type(Path.class)
                .paramLabel("FILE")
                .description("A Kafka server.properties.")
                .build());
        spec.addOption(OptionSpec.builder(OVERRIDE)
                .type(String[].class)
                .arity("1")
                .paramLabel("key=value")
                .description("Sets one key, over the file. Repeatable.")
                .build());
        spec.addOption(OptionSpec.builder(DATA)
                .type(String.class)
                .paramLabel("DIR")
                .description("Where the data is (log.dirs).")
                .build());
        spec.addOption(OptionSpec.builder(PORT)
                .type(Integer.class)
                .paramLabel("N")
                .description("The port to listen on; 0 takes any free one.")
                .build());
        spec.addOption(OptionSpec.builder(STRATEGY)
                .type(String.class)
                .paramLabel("virtual|platform|inline")
                .description("How a request gets its thread (handler.strategy).")
                .build());
        spec.addOption(
                OptionSpec.builder(REHEARSE).type(boolean.class).hidden(true).build());
        spec.addOption(OptionSpec.builder("-h", "--help")
                .type(boolean.class)
                .usageHelp(true)
                .description("Shows this.")
                .build());
        spec.addOption(OptionSpec.builder("-V", "--version")
                .type(boolean.class)
                .versionHelp(true)
                .description("Shows the version.")
                .build());
        return spec;
    }
}
