package dev.heddle.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Utils;

/**
 * The file system of one of two log directories hangs, and what clients of the other one, and those that need none, notice
 * of it. The benchmark's thread uses it.
 */
record StalledDirectory() implements Scenario {

    private static final String TOPIC = "two-directories";
    private static final int PARTITIONS = 16;
    private static final String VICTIMS = "victims";
    private static final int VICTIM_COUNT = 100;
    private static final double VICTIM_RATE = 10;
    private static final int OBSERVERS_OF_A_KIND = 4;
    private static final double OBSERVER_RATE = 50;
    private static final Frames.Batch RECORD = new Frames.Batch(1, 100, Compression.NONE);
    private static final Duration RAMP_UP = Duration.ofMillis(500);
    private static final Duration LONGEST_STALL = Duration.ofSeconds(4);
    private static final long RECOVERY_NANOS = TimeUnit.SECONDS.toNanos(20);

    /** Members of groups are unknown, and told so. */
    private static final Set<Errors> FINE = EnumSet.of(Errors.NONE, Errors.UNKNOWN_MEMBER_ID);

    private static final Metric SHARE =
            Metric.more("requests of the others answered in the stall, of undisturbed", "%");

    @Override
    public String name() {
        return "stalled-directory";
    }

    @Override
    public String about() {
        return String.format(
                "%d connections that produce to one log directory, ask for metadata and send heartbeats, %.0f requests a"
                        + " second each, without and with a stall of the file system of another one, to which %d more produce;"
                        + " what is not answered counts with how long it has waited",
                4 * OBSERVERS_OF_A_KIND, OBSERVER_RATE, VICTIM_COUNT);
    }

    @Override
    public Setting setting() {
        return Setting.PRODUCTION.withHangingDisk();
    }

    @Override
    public Duration time(Duration usual) {
        return usual.multipliedBy(4);
    }

    @Override
    public void prepare(Broker broker) throws Exception {
        Topics.create(broker, new NewTopic(TOPIC, PARTITIONS, (short) 1).configs(Scenarios.SMALL));
        Topics.createOffsets(broker, TOPIC);
    }

    @Override
    public Map<Metric, Double> measure(Broker broker, Duration time) throws Exception {
        var disk = new HangingDisk(broker.directory());
        Placement placement = Placement.of(broker, disk.logDirectory());
        List<Load> observers = observers(placement);
        try (var driver = new LoadDriver()) {
            for (Load load : observers) driver.connect(broker.port(), load);
            driver.connect(
                    broker.port(),
                    Load.open(VICTIMS, ApiKeys.PRODUCE, produces(placement.hanging, VICTIM_COUNT, 1), VICTIM_RATE));
            awaitHealth(driver);
            Map<String, Observed> quiet = observe(driver, observers, time.dividedBy(2));
            // On a thread of its own: the others go on meanwhile.
            var freezing = new FutureTask<Void>(() -> {
                disk.freeze();
                return null;
            });
            try {
                Usage usage = Usage.from(broker);
                Thread.ofPlatform().name("freeze").start(freezing);
                Map<String, Observed> stalled = observe(driver, observers, atMost(LONGEST_STALL, time));
                freezing.get();
                return metrics(quiet, stalled, usage.until());
            } finally {
                disk.thaw();
            }
        }
    }

    /** Which partitions of the topic are in which directory, and a group whose coordinator is in the one that does not hang. */
    private record Placement(List<Integer> healthy, List<Integer> hanging, String group) {

        static Placement of(Broker broker, Path hanging) throws Exception {
            List<TopicPartition> inHanging = new ArrayList<>();
            List<TopicPartition> inHealthy = new ArrayList<>();
            try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
                Map<String, LogDirDescription> directories = admin.describeLogDirs(List.of(1))
                        .allDescriptions()
                        .get(1, TimeUnit.MINUTES)
                        .get(1);
                directories.forEach((path, directory) -> (Path.of(path).equals(hanging) ? inHanging : inHealthy)
                        .addAll(directory.replicaInfos().keySet()));
            }
            List<Integer> offsets = partitions(inHealthy, Topic.GROUP_METADATA_TOPIC_NAME);
            int all = offsets.size()
                    + partitions(inHanging, Topic.GROUP_METADATA_TOPIC_NAME).size();
            String group = IntStream.iterate(0, i -> i + 1)
                    .mapToObj(i -> TOPIC + i)
                    .filter(name -> offsets.contains(Utils.abs(name.hashCode()) % all))
                    .findFirst()
                    .orElseThrow();
            return new Placement(partitions(inHealthy, TOPIC), partitions(inHanging, TOPIC), group);
        }

        private static List<Integer> partitions(List<TopicPartition> all, String topic) {
            return all.stream()
                    .filter(it -> it.topic().equals(topic))
                    .map(TopicPartition::partition)
                    .toList();
        }
    }

    private static List<Load> observers(Placement placement) {
        return List.of(
                observers("produce acks=1", ApiKeys.PRODUCE, produces(placement.healthy, OBSERVERS_OF_A_KIND, 1)),
                observers("produce acks=all", ApiKeys.PRODUCE, produces(placement.healthy, OBSERVERS_OF_A_KIND, -1)),
                observers("metadata", ApiKeys.METADATA, Load.same(Frames.metadata(TOPIC), OBSERVERS_OF_A_KIND)),
                observers(
                        "heartbeats",
                        ApiKeys.HEARTBEAT,
                        Load.same(Frames.heartbeat(placement.group), OBSERVERS_OF_A_KIND)));
    }

    private static Load observers(String name, ApiKeys api, List<Requests> requests) {
        return Load.open(name, api, requests, OBSERVER_RATE);
    }

    private static List<Requests> produces(List<Integer> partitions, int count, int acks) {
        List<Requests> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ByteBuffer frame = Frames.produce(TOPIC, partitions.get(i % partitions.size()), (short) acks, RECORD);
            all.add(Requests.repeat(frame));
        }
        return all;
    }

    /** Goes on until everyone is served, also those of the directory that hung in the round before. */
    private static void awaitHealth(LoadDriver driver) throws IOException {
        long deadline = System.nanoTime() + RECOVERY_NANOS;
        Measured victims;
        do {
            victims = driver.run(RAMP_UP).get(VICTIMS);
            if (System.nanoTime() > deadline)
                throw new IOException("The directory that was thawed does not recover: " + victims.errors());
        } while (victims.count() < VICTIM_COUNT
                || !FINE.containsAll(victims.errors().keySet()));
    }

    /**
     * What those of a kind noticed.
     *
     * @param perSecond how many requests were answered
     * @param p99Ms of those that were answered, and of those that still wait
     */
    private record Observed(double perSecond, double p99Ms) {}

    private static Map<String, Observed> observe(LoadDriver driver, List<Load> observers, Duration time)
            throws IOException {
        Map<String, Measured> measured = driver.run(time);
        Map<String, Observed> found = new LinkedHashMap<>();
        for (Load load : observers) {
            Measured answered = measured.get(load.name());
            if (!FINE.containsAll(answered.errors().keySet()))
                throw new IOException("Errors in the answers to " + load.name() + ": " + answered.errors());
            Histogram nanos = driver.waitingNanos(load.name());
            nanos.add(answered.latencyNanos());
            double seconds = time.toNanos() / 1e9;
            found.put(load.name(), new Observed(answered.count() / seconds, nanos.getValueAtPercentile(99) / 1e6));
        }
        return found;
    }

    private static Map<Metric, Double> metrics(
            Map<String, Observed> quiet, Map<String, Observed> stalled, Usage.Used used) {
        Map<Metric, Double> found = new LinkedHashMap<>();
        found.put(SHARE, 100 * perSecond(stalled) / perSecond(quiet));
        stalled.forEach((name, then) -> found.put(Metric.less("p99 of " + name + ", in the stall", "ms"), then.p99Ms));
        quiet.forEach((name, then) -> found.put(Metric.less("p99 of " + name + ", undisturbed", "ms"), then.p99Ms));
        used.addTo(found);
        return found;
    }

    private static double perSecond(Map<String, Observed> all) {
        return all.values().stream().mapToDouble(Observed::perSecond).sum();
    }

    private static Duration atMost(Duration longest, Duration time) {
        return time.compareTo(longest) < 0 ? time : longest;
    }
}
