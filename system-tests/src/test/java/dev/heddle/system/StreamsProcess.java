package dev.heddle.system;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** A process of a {@link StreamsApplication}, which can be killed and started again on the same state. */
final class StreamsProcess implements AutoCloseable {

    private final ProcessBuilder builder;
    private final ConcurrentLinkedQueue<String> output = new ConcurrentLinkedQueue<>();
    private Process process;

    StreamsProcess(String bootstrap, String application, String protocol, Path state) {
        builder = new ProcessBuilder(Tool.javaCommand(
                        StreamsApplication.class.getName(), bootstrap, application, protocol, state.toString()))
                .redirectErrorStream(true);
        // A process that is killed does not clear its native library away.
        builder.environment().put("ROCKSDB_SHAREDLIB_DIR", state.toString());
    }

    void start() {
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Process of = process;
        Thread.ofPlatform().daemon().name("streams-output").start(() -> readOutput(of));
    }

    private void readOutput(Process of) {
        try (BufferedReader reader = of.inputReader()) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) output.add(line);
        } catch (IOException e) {
            output.add("(output ended: " + e.getMessage() + ")");
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Everything that its processes have printed. */
    String printed() {
        return String.join("\n", output);
    }

    /** Kills it on the spot, with SIGKILL. */
    void kill() {
        process.destroyForcibly();
        awaitExit();
    }

    /** Lets it end its transactions and leave its group. */
    void stop() {
        process.destroy();
        awaitExit();
    }

    private void awaitExit() {
        try {
            if (process.waitFor(60, TimeUnit.SECONDS)) return;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        process.destroyForcibly();
        throw new AssertionError("The application did not stop. It printed:\n" + printed());
    }

    @Override
    public void close() {
        if (process != null && process.isAlive()) kill();
    }
}
