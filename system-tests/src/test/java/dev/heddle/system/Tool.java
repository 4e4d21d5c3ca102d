package dev.heddle.system;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A command-line tool, Apache's or another, run in a process of its own to its end. */
record Tool(int exitCode, String output) {

    private static final int LIMIT_SECONDS = 90;

    /** Runs a main class of Apache's tools. */
    static Tool apache(String mainClass, String... arguments) {
        return apacheWithInput(mainClass, "", arguments);
    }

    static Tool apacheWithInput(String mainClass, String input, String... arguments) {
        return finish(startApache(mainClass, arguments), input);
    }

    /** Starts a main class of Apache's tools that runs until it is told to stop. */
    static Process startApache(String mainClass, String... arguments) {
        return start(javaCommand(mainClass, arguments));
    }

    /** The command that runs a main class of the tests' class path in a process of its own. */
    static List<String> javaCommand(String mainClass, String... arguments) {
        var command = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-Djava.io.tmpdir=" + System.getProperty("heddle.tests.dir"),
                "-cp",
                System.getProperty("java.class.path"),
                mainClass));
        command.addAll(List.of(arguments));
        return command;
    }

    /** Runs any command, with {@code input} on its standard input. */
    static Tool run(String input, String... command) {
        return finish(start(List.of(command)), input);
    }

    private static Process start(List<String> command) {
        try {
            return new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Tool finish(Process process, String input) {
        Thread writer = Thread.ofPlatform().daemon().start(() -> write(process, input));
        Thread watchdog = Thread.ofPlatform().daemon().start(() -> endInTime(process));
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int exitCode = process.waitFor();
            writer.join();
            watchdog.join();
            return new Tool(exitCode, output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void write(Process process, String input) {
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException toolDoesNotRead) {
            // It has what it needs, or has ended: its exit code tells.
        }
    }

    private static void endInTime(Process process) {
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
        }
    }

    /** The output, of a tool that must have succeeded. */
    String succeeded() {
        if (exitCode != 0) throw new AssertionError("exit code " + exitCode + ":\n" + output);
        return output;
    }

    /** Skips the test where one of the commands is not installed, unless it is required. */
    static void assumeInstalled(String... commands) {
        for (String command : commands) {
            boolean isInstalled = run("", "sh", "-c", "command -v " + command).exitCode() == 0;
            assumeReady(command, isInstalled, "it is not installed");
        }
    }

    /**
     * Skips the test where a client is not ready, unless it is required: the environment's {@code HEDDLE_REQUIRED_CLIENTS}
     * names those that are, between spaces.
     */
    static void assumeReady(String client, boolean isReady, String why) {
        String required = System.getenv().getOrDefault("HEDDLE_REQUIRED_CLIENTS", "");
        boolean isRequired = List.of(required.split(" ")).contains(client);
        if (!isReady && isRequired) throw new AssertionError(client + " is required: " + why);
        assumeTrue(isReady, client + ": " + why);
    }
}
