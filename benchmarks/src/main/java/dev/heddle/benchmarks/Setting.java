package dev.heddle.benchmarks;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * How brokers are started for a scenario. Scenarios of the same setting share their brokers.
 *
 * @param memory which of Apache Kafka's sets of flags
 * @param keys of {@code server.properties}, the same for all brokers
 * @param hasHangingDisk whether they have a second log directory, on a {@link HangingDisk}
 */
record Setting(Memory memory, Map<String, String> keys, boolean hasHangingDisk) {

    /** Apache Kafka's JVM flags; Heddle has always those of its own launcher. */
    enum Memory {
        /** What Kafka's operations page recommends for production. */
        PRODUCTION,
        /** What Kafka's start script takes by default: less memory, a faster start. */
        SCRIPT
    }

    /** What is deleted goes at once, before the kernel begins to write it to the disk. */
    private static final Map<String, String> ALL = Map.of(
            "log.initial.task.delay.ms", "1000",
            "log.retention.check.interval.ms", "1000",
            "log.segment.delete.delay.ms", "100");

    static final Setting PRODUCTION = new Setting(Memory.PRODUCTION, ALL, false);
    static final Setting SCRIPT = new Setting(Memory.SCRIPT, ALL, false);

    private static final String AUTHORIZER = "authorizer.class.name";

    /** With an authorizer of the class path of plugins. */
    Setting withAuthorizer(String className) {
        return with(AUTHORIZER, className);
    }

    boolean hasPlugin() {
        return keys.containsKey(AUTHORIZER);
    }

    Setting withHangingDisk() {
        return new Setting(memory, keys, true);
    }

    /** {@code log.dirs} of a broker. */
    String logDirectories(Path directory) {
        Path own = directory.resolve("data");
        return hasHangingDisk ? own + "," + new HangingDisk(directory).logDirectory() : own.toString();
    }

    Setting with(String key, String value) {
        Map<String, String> more = new HashMap<>(keys);
        more.put(key, value);
        return new Setting(memory, Map.copyOf(more), hasHangingDisk);
    }
}
