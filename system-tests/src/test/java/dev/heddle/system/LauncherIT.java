package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The launcher: its flags, how it starts and stops, and what it says when it cannot start. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LauncherIT {

    @TempDir
    Path directory;

    @Test
    void helpNamesEveryFlag() throws Exception {
        Ended help = run("--help");
        assertEquals(0, help.exitCode());
        for (String flag :
                List.of("--config", "--override", "--data", "--port", "--handler-strategy", "--help", "--version")) {
            assertTrue(help.output().contains(flag), help.output());
        }
    }

    @Test
    void versionTellsTheVersion() throws Exception {
        Ended version = run("--version");
        assertEquals(0, version.exitCode());
        assertTrue(version.output().startsWith("Heddle 0.1.0"), version.output());
    }

    @Test
    void aPortThatIsTakenIsNamed() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
            String port = String.valueOf(taken.getLocalPort());
            assertFailsInOneLine(run("--data", directory.toString(), "--port", port), port);
        }
    }

    @Test
    void aDirectoryInUseIsNamed() throws Exception {
        try (var broker = BrokerProcess.start(directory, "virtual")) {
            assertFailsInOneLine(run("--data", directory.toString(), "--port", "0"), directory.toString());
            assertEquals(0, broker.stop());
        }
    }

    @Test
    void aPlaceThatIsNoDirectoryIsNamed() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        assertFailsInOneLine(run("--data", file.toString(), "--port", "0"), file.toString());
    }

    @Test
    void aWrongValueIsNamedWithItsKey() throws Exception {
        Ended ended = run("--data", directory.toString(), "--port", "0", "--override", "num.network.threads=many");
        assertFailsInOneLine(ended, "num.network.threads");
        assertTrue(ended.output().contains("many"), ended.output());
    }

    @Test
    void aStrategyThatDoesNotExistIsNamed() throws Exception {
        Ended ended = run("--data", directory.toString(), "--port", "0", "--handler-strategy", "psychic");
        assertFailsInOneLine(ended, "psychic");
        assertTrue(ended.output().contains("virtual"), ended.output());
    }

    @Test
    void aConfigFileThatIsMissingIsNamed() throws Exception {
        assertFailsInOneLine(run("--config", "/no/such/server.properties"), "/no/such/server.properties");
    }

    @Test
    void anotherNodesDirectoryIsRefused() throws Exception {
        try (var broker = BrokerProcess.start(directory, "virtual", "node.id=7")) {
            assertEquals(0, broker.stop());
        }
        assertFailsInOneLine(run("--data", directory.toString(), "--port", "0", "--override", "node.id=8"), "node.id");
    }

    @Test
    void anUnknownKeyGetsAWarningWithTheNearestName() throws Exception {
        try (var broker = BrokerProcess.start(directory, "virtual", "log.retention.hour=1")) {
            assertTrue(broker.printed().contains("log.retention.hours"), broker.printed());
            assertEquals(0, broker.stop());
        }
    }

    @Test
    void aKafkaConfigFileIsUnderstood() throws Exception {
        Path config = directory.resolve("server.properties");
        Path data = directory.resolve("logs");
        Files.writeString(config, """
                process.roles=broker,controller
                node.id=3
                controller.quorum.bootstrap.servers=localhost:9093
                listeners=PLAINTEXT://localhost:0
                log.dirs=%s
                num.partitions=3
                offsets.topic.replication.factor=1
                """.formatted(data));
        Process process = BrokerProcess.launch(List.of("--config", config.toString()));
        try {
            String line = process.inputReader().readLine();
            while (line != null && !line.startsWith("Heddle ready on localhost:")) {
                line = process.inputReader().readLine();
            }
            assertTrue(line != null, "it did not become ready");
            assertTrue(Files.readString(data.resolve("meta.properties")).contains("node.id=3"));
        } finally {
            process.destroy();
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        }
        assertEquals(0, process.exitValue());
    }

    @Test
    void whatWasWrittenIsThereAfterARestart() {
        try (var broker = BrokerProcess.start(directory, "virtual")) {
            try (var clients = new Clients(broker.bootstrap())) {
                clients.createTopic("kept", 2, Map.of("retention.ms", "-1"));
                var producer = clients.producer(Map.of());
                for (int i = 0; i < 10; i++) Clients.get(producer.send(new ProducerRecord<>("kept", 0, "k", "v" + i)));
                try (var consumer = clients.consumer(Map.of("group.id", "g"))) {
                    consumer.subscribe(List.of("kept"));
                    Clients.poll(consumer, 10);
                    consumer.commitSync();
                }
            }
            assertEquals(0, broker.stop());
            assertTrue(Files.exists(directory.resolve(".kafka_cleanshutdown")));
            broker.start();
            try (var clients = new Clients(broker.bootstrap())) {
                var consumer = clients.consumer(Map.of("group.id", "g"));
                consumer.assign(List.of(new TopicPartition("kept", 0)));
                assertEquals(10, consumer.position(new TopicPartition("kept", 0)));
                consumer.seek(new TopicPartition("kept", 0), 0);
                assertEquals(10, Clients.poll(consumer, 10).size());
            }
            assertEquals(0, broker.stop());
        }
    }

    @Test
    void threadsHaveTheNamesThatTheDocumentationPromises() throws Exception {
        try (var broker = BrokerProcess.start(directory, "platform")) {
            String dump = Tool.run("", System.getProperty("java.home") + "/bin/jstack", String.valueOf(broker.pid()))
                    .succeeded();
            for (String name :
                    List.of("\"acceptor-PLAINTEXT\"", "\"processor-PLAINTEXT-0\"", "\"log-io-", "\"scheduler\"")) {
                assertTrue(dump.contains(name), () -> name + " in\n" + dump);
            }
            assertEquals(0, broker.stop());
        }
    }

    private record Ended(int exitCode, String output) {}

    private static Ended run(String... arguments) throws IOException, InterruptedException {
        Process process = BrokerProcess.launch(List.of(arguments));
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output);
    }

    private static void assertFailsInOneLine(Ended ended, String cause) {
        assertEquals(1, ended.exitCode(), ended.output());
        assertEquals(1, ended.output().lines().count(), ended.output());
        assertTrue(ended.output().contains(cause), ended.output());
    }
}
