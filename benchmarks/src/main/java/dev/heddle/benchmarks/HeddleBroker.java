package dev.heddle.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Heddle as its users start it. */
record HeddleBroker(int port, BrokerProcess process, Path directory, Duration startUp) implements Broker {

    /**
     * @param strategy {@code handler.strategy}
     * @param flags more flags for the JVM, for instance another collector; empty for those of the launcher alone
     */
    record Kind(Installation installation, String strategy, String flags) implements Broker.Kind {

        @Override
        public String name() {
            return Kinds.heddle(strategy) + flags;
        }

        @Override
        public Broker launch(Path directory, Setting setting) throws IOException {
            int port = BrokerProcess.freePort();
            Map<String, String> all = new LinkedHashMap<>(Map.of(
                    "node.id",
                    "1",
                    "listeners",
                    "PLAINTEXT://localhost:" + port,
                    "log.dirs",
                    setting.logDirectories(directory),
                    "handler.strategy",
                    strategy));
            all.putAll(setting.keys());
            Path config = BrokerProcess.writeConfig(directory.resolve("server.properties"), all);
            List<String> command =
                    List.of(installation.heddleHome().resolve("bin/heddle").toString(), "--config", config.toString());
            Map<String, String> environment = new LinkedHashMap<>();
            environment.put(
                    "HEDDLE_JAVA_HOME",
                    installation.java().getParent().getParent().toString());
            if (!flags.isEmpty()) environment.put("HEDDLE_JVM_OPTS", flags);
            // The start-up cache is made for a class path, so there is none unless it is needed.
            if (setting.hasPlugin()) environment.put("HEDDLE_CLASSPATH", installation.plugins());
            var process = BrokerProcess.start(command, environment, directory.resolve("broker.out"), port);
            return new HeddleBroker(port, process, directory, process.awaitAnswer());
        }
    }
}
