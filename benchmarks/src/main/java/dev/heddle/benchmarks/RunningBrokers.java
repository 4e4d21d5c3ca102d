package dev.heddle.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Brokers of one setting that are kept; one that has died is started again. One thread uses it. */
final class RunningBrokers implements AutoCloseable {

    private final Path root;
    private final Setting setting;
    private final Map<String, Broker> running = new LinkedHashMap<>();

    RunningBrokers(Path root, Setting setting) {
        this.root = root;
        this.setting = setting;
    }

    Broker get(Broker.Kind kind) throws IOException {
        if (isRunning(kind)) return running.get(kind.name());
        Broker started = kind.start(Files.createDirectories(root.resolve(kind.name())), setting);
        running.put(kind.name(), started);
        return started;
    }

    boolean isRunning(Broker.Kind kind) {
        Broker broker = running.get(kind.name());
        return broker != null && broker.process().isAlive();
    }

    @Override
    public void close() {
        running.values().forEach(Broker::close);
    }
}
