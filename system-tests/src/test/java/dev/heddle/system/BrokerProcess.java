package dev.heddle.system;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A broker as users run it: the launcher of the assembled distribution, in a process of its own. It can be stopped as an
 * operator would, or killed as a power cut would, and started again on the same data and port.
 */
final class BrokerProcess implements AutoCloseable {

    private static final Path HOME = Path.of(System.getProperty("heddle.home")).normalize();
    private static final Pattern READY = Pattern.compile("Heddle ready on (\\S+):(\\d+) in \\d+ ms .*");
    private static final int START_SECONDS = 60;

    private final Path data;
    private final List<String> flags;

    private final ConcurrentLinkedQueue<String> output = new ConcurrentLinkedQueue<>();
    private Process process;
    private int port;

    private BrokerProcess(Path data, List<String> flags) {
        this.data = data;
        this.flags = flags;
    }

    /** Starts a broker on {@code data} and waits until it says that it is ready. */
    static BrokerProcess start(Path data, String strategy, String... overrides) {
        var flags = new ArrayList<>(List.of("--data", data.toString(), "--handler-strategy", strategy));
        for (String override : overrides) flags.addAll(List.of("--override", override));
        var broker = new BrokerProcess(data, flags);
        broker.start();
        return broker;
    }

    /** Starts a broker as a {@code server.properties} says, and waits until it says that it is ready. */
    static BrokerProcess startWithConfig(Path config) {
        return startWithConfig(config, List.of(), Map.of());
    }

    /** The same with more flags, and with something in its environment. */
    static BrokerProcess startWithConfig(Path config, List<String> more, Map<String, String> environment) {
        var flags = new ArrayList<>(List.of("--config", config.toString()));
        flags.addAll(more);
        var broker = new BrokerProcess(config.getParent(), flags);
        broker.process = launch(flags, environment);
        broker.awaitReady();
        return broker;
    }

    /** Starts it again, on the port that it had. */
    void start() {
        startWithoutWaiting();
        awaitReady();
    }

    /** Makes the start-up cache, with which brokers start faster. */
    static void prepare() {
        Process process = launch(List.of("--prepare"));
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) throw new AssertionError(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Starts it again, and waits for nothing. */
    void startWithoutWaiting() {
        var arguments = new ArrayList<>(flags);
        arguments.addAll(List.of("--port", String.valueOf(port)));
        process = launch(arguments);
    }

    private void awaitReady() {
        var ready = new CompletableFuture<Integer>();
        Process of = process;
        Thread.ofPlatform().daemon().name("broker-output").start(() -> readOutput(of, ready));
        try {
            port = ready.get(START_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            process.destroyForcibly();
            throw new AssertionError("The broker did not start. It printed:\n" + printed(), e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Runs the launcher with any arguments, on the JDK that runs the tests. */
    static Process launch(List<String> arguments) {
        return launch(arguments, Map.of());
    }

    static Process launch(List<String> arguments, Map<String, String> environment) {
        var command = new ArrayList<String>();
        command.add(HOME.resolve("bin/heddle").toString());
        command.addAll(arguments);
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("HEDDLE_JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("HEDDLE_JVM_OPTS", "-XX:TieredStopAtLevel=1");
        builder.environment().putAll(environment);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void readOutput(Process of, CompletableFuture<Integer> ready) {
        try (BufferedReader reader = of.inputReader()) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                output.add(line);
                Matcher matcher = READY.matcher(line);
                if (matcher.matches()) ready.complete(Integer.parseInt(matcher.group(2)));
            }
        } catch (IOException e) {
            output.add("(output ended: " + e.getMessage() + ")");
        }
        ready.completeExceptionally(new IllegalStateException("the process ended"));
    }

    String bootstrap() {
        return "localhost:" + port;
    }

    int port() {
        return port;
    }

    Path data() {
        return data;
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Everything the broker has printed so far. */
    String printed() {
        return String.join("\n", output);
    }

    /** Stops it as an operator does, with SIGTERM, and returns the exit code. */
    int stop() {
        process.destroy();
        return awaitExit();
    }

    /** Kills it on the spot, with SIGKILL. */
    void kill() {
        process.destroyForcibly();
        awaitExit();
    }

    private int awaitExit() {
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("The broker did not stop. It printed:\n" + printed());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        if (process.isAlive()) kill();
    }
}
