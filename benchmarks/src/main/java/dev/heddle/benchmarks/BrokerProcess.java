package dev.heddle.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The process of a broker: its time and memory, by the operating system's own account. One thread uses it. */
final class BrokerProcess {

    private static final long START_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(120);
    private static final long STOP_TIMEOUT_S = 120;
    private static final long POLL_MS = 1;
    private static final long IDLE_WINDOW_MS = 300;
    private static final long IDLE_CPU_MS = 20;

    private final Process process;
    private final Path output;
    private final int port;
    private final long startedNanos;

    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        // If the program is interrupted, nothing of it goes on.
        Thread stop = Thread.ofPlatform().name("stop-brokers").unstarted(BrokerProcess::cleanUp);
        Runtime.getRuntime().addShutdownHook(stop);
    }

    /** Set when the program ends, so that the main thread starts nothing more meanwhile. */
    private static volatile boolean ending;

    /** What the program leaves on the disk, to be deleted when it ends. */
    private static final Set<Path> LEFT = ConcurrentHashMap.newKeySet();

    private BrokerProcess(Process process, Path output, int port, long startedNanos) {
        this.process = process;
        this.output = output;
        this.port = port;
        this.startedNanos = startedNanos;
    }

    static BrokerProcess start(List<String> command, Map<String, String> environment, Path output, int port)
            throws IOException {
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        builder.environment().putAll(environment);
        if (ending) throw new IOException("The program ends");
        long now = System.nanoTime();
        Process started = builder.start();
        RUNNING.add(started);
        if (ending) started.destroyForcibly();
        return new BrokerProcess(started, output, port, now);
    }

    /** Deletes a directory when the program ends, however that is, after its brokers. */
    static void deleteAtExit(Path directory) {
        LEFT.add(directory);
    }

    private static void cleanUp() {
        ending = true;
        HangingDisk.thawAll();
        RUNNING.forEach(Process::destroyForcibly);
        for (Process process : RUNNING) process.onExit().join();
        HangingDisk.closeAll();
        for (Path directory : LEFT) {
            try {
                Directories.delete(directory);
            } catch (IOException e) {
                System.err.println("Left behind: " + directory);
            }
        }
    }

    /** Asks for metadata until there is an answer; returns how long that took since the start. */
    Duration awaitAnswer() throws IOException {
        ByteBuffer question = Frames.metadata("none");
        while (true) {
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(10));
                Channels.newChannel(socket.getOutputStream()).write(question.duplicate());
                if (socket.getInputStream().read() >= 0) return Duration.ofNanos(System.nanoTime() - startedNanos);
            } catch (IOException notYet) {
                checkStillStarting(notYet);
            }
        }
    }

    private void checkStillStarting(IOException problem) throws IOException {
        boolean late = System.nanoTime() - startedNanos > START_TIMEOUT_NANOS;
        if (late || !process.isAlive()) {
            stop();
            throw new IOException("It did not start:\n" + Files.readString(output), problem);
        }
        try {
            TimeUnit.MILLISECONDS.sleep(POLL_MS);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** CPU time of all its threads so far, user and system; the kernel counts in steps of 10 ms. */
    Duration cpuTime() {
        return process.info().totalCpuDuration().orElseThrow();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** The JVM's flags, by which results are explained. */
    List<String> jvmFlags() throws IOException {
        String line = Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
        return Arrays.stream(line.split("\0"))
                .filter(flag -> flag.startsWith("-X") || flag.equals("-server"))
                .map(flag -> flag.replaceFirst("=/.*/", "=…/"))
                .toList();
    }

    /** Memory that it holds, in bytes. */
    long residentBytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
                if (line.startsWith("VmRSS:")) return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
            throw new IllegalStateException("The process has no memory: " + process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many bytes were not in the page cache when it wanted them. */
    long readFromDiskBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "io"))) {
            if (line.startsWith("read_bytes:")) return Long.parseLong(line.replaceAll("[^0-9]", ""));
        }
        throw new IOException("The kernel counts no reads");
    }

    /** What is left on its heap after a collection of everything that can be collected, in bytes. */
    long liveHeapBytes() throws IOException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        Process histogram = new ProcessBuilder(jcmd.toString(), Long.toString(process.pid()), "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        String total = null;
        try (BufferedReader lines = histogram.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) total = line;
        }
        return totalOf(total);
    }

    /** The last column of the last line of a histogram of classes. */
    static long totalOf(@Nullable String line) throws IOException {
        if (line == null || !line.startsWith("Total ")) throw new IOException("No histogram of the heap: " + line);
        return Long.parseLong(line.substring(line.lastIndexOf(' ') + 1));
    }

    /** Waits until it does next to nothing. */
    void awaitIdle(Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        Duration before = cpuTime();
        boolean idle = false;
        while (!idle && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(IDLE_WINDOW_MS);
            Duration now = cpuTime();
            idle = now.minus(before).toMillis() <= IDLE_CPU_MS;
            before = now;
        }
    }

    /** Ends it with SIGTERM. */
    void stop() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_TIMEOUT_S, TimeUnit.SECONDS)) process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
        }
        RUNNING.remove(process);
    }

    /** A port that nobody has at the moment. */
    static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes a {@code server.properties}. */
    static Path writeConfig(Path file, Map<String, String> keys) throws IOException {
        var text = new StringBuilder();
        keys.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
        return Files.writeString(file, text, StandardCharsets.UTF_8);
    }
}
