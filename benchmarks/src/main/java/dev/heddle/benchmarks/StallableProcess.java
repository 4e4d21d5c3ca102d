package dev.heddle.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@link dev.heddle.app.StallableBroker} as seen by a benchmark. One thread uses it. */
final class StallableProcess implements AutoCloseable {

    private static final long STOP_TIMEOUT_S = 60;

    private final Process process;
    private final BufferedReader output;
    private final int port;

    /** Starts one, with the class path of this program. */
    StallableProcess(List<String> config) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx512m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.heddle.app.StallableBroker"));
        command.addAll(config);
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        output = process.inputReader(StandardCharsets.UTF_8);
        port = Integer.parseInt(await("ready ").substring("ready ".length()));
    }

    int port() {
        return port;
    }

    /** Makes a directory hang. */
    void stall(Path directory) throws IOException {
        tell("stall " + directory);
    }

    /** Lets it go on. */
    void release() throws IOException {
        tell("release");
    }

    private void tell(String command) throws IOException {
        process.outputWriter(StandardCharsets.UTF_8)
                .append(command)
                .append('\n')
                .flush();
        await("done");
    }

    private String await(String prefix) throws IOException {
        String line;
        do {
            line = output.readLine();
            if (line == null) throw new IOException("The broker has ended");
        } while (!line.startsWith(prefix));
        return line;
    }

    @Override
    public void close() {
        try {
            process.outputWriter(StandardCharsets.UTF_8).close();
            if (!process.waitFor(STOP_TIMEOUT_S, TimeUnit.SECONDS)) process.destroyForcibly();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            process.destroyForcibly();
        }
    }
}
