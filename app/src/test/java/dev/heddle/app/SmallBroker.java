package dev.heddle.app;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.app.StepSequence.Step;
import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.coordinator.CallContext;
import dev.heddle.log.PartitionLog;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;

/**
 * A broker without sockets and handlers, on a simulated disk with two log directories. The thread that starts it stops
 * it; its parts may be called by any thread.
 */
final class SmallBroker implements AutoCloseable {

    static final Path FIRST_DIRECTORY = Path.of("/disk/first");
    static final Path SECOND_DIRECTORY = Path.of("/disk/second");

    private static final long PATIENCE_MS = 60_000;

    /** To parse the configuration takes longer than to start the broker. */
    private static final Map<Map<String, String>, HeddleConfig> CONFIGS = new ConcurrentHashMap<>();

    private static final Map<String, String> KEYS = Map.of(
            "node.id", "1",
            "listeners", "PLAINTEXT://localhost:0",
            "advertised.listeners", "PLAINTEXT://localhost:9092",
            "log.dirs", FIRST_DIRECTORY + "," + SECOND_DIRECTORY,
            "offsets.topic.num.partitions", "2",
            "transaction.state.log.num.partitions", "2",
            "log.cleaner.dedupe.buffer.size", "1100000");

    final BrokerParts parts;

    /** Why the broker would have stopped. */
    final Queue<StopBrokerException> broken = new ConcurrentLinkedQueue<>();

    private final SimulatedDisk disk;
    private final StepSequence sequence = new StepSequence();

    SmallBroker(SimulatedDisk disk, Map<String, String> keys) {
        this.disk = disk;
        HeddleConfig config = CONFIGS.computeIfAbsent(keys, SmallBroker::parse);
        parts = new BrokerParts(config, Time.SYSTEM, new MetricRegistry(), disk);
    }

    private static HeddleConfig parse(Map<String, String> keys) {
        var all = new HashMap<>(KEYS);
        all.putAll(keys);
        return HeddleConfig.of(all);
    }

    /** Starts the parts. */
    void start() {
        start(logs -> {});
    }

    /**
     * Starts the parts in the order of {@link BrokerServer}.
     *
     * @param whenLoaded is told of the logs, before anything happens to them
     */
    void start(Consumer<Collection<PartitionLog>> whenLoaded) {
        sequence.start(List.of(
                new Step("scheduler", () -> {}, parts.scheduler),
                new Step("log directories", parts::openDirectories, parts.directories),
                new Step("metadata", parts::startMetadata, parts.controller),
                new Step("log manager", parts::loadLogs, parts.logs),
                new Step("test", () -> whenLoaded.accept(parts.logs.logs()), () -> {}),
                new Step("replica manager", parts::startReplicas, parts.replicas),
                new Step("group coordinator", parts::startGroups, parts.groups),
                new Step("transaction coordinator", parts::startTransactions, parts.transactions.coordinator()),
                new Step("broker lifecycle", () -> parts.startLifecycle(broken::add), parts.lifecycle)));
    }

    /** Whether nothing can be written any more: what waits for that waits in vain. */
    boolean isPowerOff() {
        return disk.isOff();
    }

    /** Whether the partition's directory works. */
    boolean isOnline(TopicPartition partition) {
        PartitionLog log = parts.logs.log(partition);
        return log != null && log.directory().online();
    }

    @Override
    public void close() {
        sequence.close();
    }

    static long deadline() {
        return Time.SYSTEM.deadlineAfterMs(PATIENCE_MS);
    }

    static CallContext context() {
        return new CallContext("client", "/127.0.0.1", (short) 9, new Waiter(Time.SYSTEM));
    }
}
