package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Uuid;

/** Apache Kafka itself, in combined KRaft mode, in a process of its own, on loopback: the reference. */
final class ApacheKafka implements AutoCloseable {

    private static final int START_SECONDS = 60;

    private final Path config;
    private final Path output;
    private final int port;
    private Process process;

    private ApacheKafka(Path config, Path output, int port) {
        this.config = config;
        this.output = output;
        this.port = port;
    }

    /** Writes a configuration for some {@code log.dirs} that Apache Kafka and Heddle both understand. */
    static ApacheKafka on(Path directory, List<Path> data) {
        int port = freePort();
        try {
            for (Path each : data) Files.createDirectories(each);
            Path config = directory.resolve("server.properties");
            Files.writeString(config, """
                    process.roles=broker,controller
                    node.id=1
                    controller.quorum.voters=1@localhost:%d
                    controller.listener.names=CONTROLLER
                    listeners=PLAINTEXT://localhost:%d,CONTROLLER://localhost:%1$d
                    listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
                    log.dirs=%s
                    log.segment.bytes=1048576
                    num.partitions=1
                    offsets.topic.num.partitions=5
                    offsets.topic.replication.factor=1
                    transaction.state.log.num.partitions=5
                    transaction.state.log.replication.factor=1
                    transaction.state.log.min.isr=1
                    share.coordinator.state.topic.replication.factor=1
                    share.coordinator.state.topic.min.isr=1
                    group.initial.rebalance.delay.ms=0
                    group.streams.initial.rebalance.delay.ms=0
                    log.cleaner.backoff.ms=100
                    log.initial.task.delay.ms=100
                    log.flush.start.offset.checkpoint.interval.ms=100
                    broker.session.timeout.ms=2000
                    broker.heartbeat.interval.ms=500
                    log.cleaner.dedupe.buffer.size=2097152
                    """.formatted(
                            freePort(), port, data.stream().map(Path::toString).collect(Collectors.joining(","))));
            return new ApacheKafka(config, directory.resolve("kafka.out"), port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A port that nobody has at the moment, for a listener whose number must be written down before it starts. */
    static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Formats the data directory, as a new cluster. */
    void format(String... more) {
        var arguments = new ArrayList<>(
                List.of("format", "--cluster-id", Uuid.randomUuid().toString(), "--config", config.toString()));
        arguments.addAll(List.of(more));
        Tool.apache("kafka.tools.StorageTool", arguments.toArray(String[]::new)).succeeded();
    }

    void start() {
        try {
            process = new ProcessBuilder(List.of(
                            System.getProperty("java.home") + "/bin/java",
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-Xmx512m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            "kafka.Kafka",
                            config.toString()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        awaitAnswer();
    }

    private void awaitAnswer() {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (true) {
            try (var admin = Admin.create(Map.of(
                    "bootstrap.servers",
                    bootstrap(),
                    "default.api.timeout.ms",
                    "2000",
                    "request.timeout.ms",
                    "1500"))) {
                if (!admin.describeCluster().nodes().get(3, TimeUnit.SECONDS).isEmpty()) return;
            } catch (Exception notYet) {
                if (!process.isAlive() || System.nanoTime() > deadline) {
                    close();
                    throw new AssertionError("Apache Kafka did not start:\n" + printed(), notYet);
                }
            }
        }
    }

    int port() {
        return port;
    }

    String bootstrap() {
        return "localhost:" + port;
    }

    Path config() {
        return config;
    }

    String printed() {
        try {
            return Files.exists(output) ? Files.readString(output) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stops it as an operator does. */
    void stop() {
        process.destroy();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) throw new AssertionError("Apache Kafka hangs:\n" + printed());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        assertEquals(143, process.exitValue());
    }

    /** Kills it on the spot, with SIGKILL. */
    void kill() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) throw new AssertionError("Apache Kafka survives");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        if (process != null) process.destroyForcibly();
    }
}
