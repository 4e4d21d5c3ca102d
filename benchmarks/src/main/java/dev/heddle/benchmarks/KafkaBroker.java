package dev.heddle.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;

/** Apache Kafka in combined mode, with JVM flags of its own documentation and its default configuration. */
record KafkaBroker(int port, BrokerProcess process, Path directory, Duration startUp) implements Broker {

    /**
     * @param name by which it is told
     * @param keys in which it differs from the default configuration
     */
    record Kind(Installation installation, String name, Map<String, String> keys) implements Broker.Kind {

        @Override
        public Broker launch(Path directory, Setting setting) throws IOException {
            int port = BrokerProcess.freePort();
            Map<String, String> all = configuration(setting.logDirectories(directory), port);
            all.putAll(setting.keys());
            all.putAll(keys);
            Path config = BrokerProcess.writeConfig(directory.resolve("server.properties"), all);
            if (!Files.exists(directory.resolve("data"))) format(config, directory);
            List<String> command = new ArrayList<>(List.of(installation.java().toString()));
            command.addAll(KafkaFlags.of(setting.memory()));
            command.addAll(List.of("-cp", installation.kafkaClassPath(), "kafka.Kafka", config.toString()));
            var process = BrokerProcess.start(command, Map.of(), directory.resolve("broker.out"), port);
            return new KafkaBroker(port, process, directory, process.awaitAnswer());
        }

        private static Map<String, String> configuration(String logDirectories, int port) {
            int controllerPort = BrokerProcess.freePort();
            return new LinkedHashMap<>(Map.of(
                    "process.roles", "broker,controller",
                    "node.id", "1",
                    "controller.quorum.voters", "1@localhost:" + controllerPort,
                    "controller.listener.names", "CONTROLLER",
                    "listeners", "PLAINTEXT://localhost:" + port + ",CONTROLLER://localhost:" + controllerPort,
                    "listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
                    "log.dirs", logDirectories,
                    "offsets.topic.replication.factor", "1"));
        }

        private void format(Path config, Path directory) throws IOException {
            Process format = new ProcessBuilder(
                            installation.java().toString(),
                            "-cp",
                            installation.kafkaClassPath(),
                            "kafka.tools.StorageTool",
                            "format",
                            "--cluster-id",
                            Uuid.randomUuid().toString(),
                            "--config",
                            config.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("format.out").toFile())
                    .start();
            try {
                if (!format.waitFor(1, TimeUnit.MINUTES) || format.exitValue() != 0)
                    throw new IOException("Could not format " + directory);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
    }
}
