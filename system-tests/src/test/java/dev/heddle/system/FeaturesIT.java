package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.FeatureUpdate.UpgradeType;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The levels of features are raised and lowered as in Apache Kafka, and what is on the disk goes there and back. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class FeaturesIT {

    private static final String TOOL = "org.apache.kafka.tools.FeatureCommand";
    private static final String METADATA = "metadata.version";
    private static final String NONE = "none";
    private static final short RELEASE_3_6 = 14;
    private static final short RELEASE_4_3 = 30;

    @TempDir
    Path directory;

    /**
     * An update, and what becomes of it.
     *
     * @param refused the exception's name, or {@link #NONE}
     */
    private record Step(Map<String, FeatureUpdate> updates, boolean validateOnly, String refused) {

        static Step done(UpgradeType type, Map<String, Integer> levels) {
            return new Step(updates(type, levels), false, NONE);
        }

        static Step tried(UpgradeType type, Map<String, Integer> levels) {
            return new Step(updates(type, levels), true, NONE);
        }

        static Step refused(UpgradeType type, Map<String, Integer> levels) {
            return new Step(updates(type, levels), false, "InvalidUpdateVersionException");
        }

        private static Map<String, FeatureUpdate> updates(UpgradeType type, Map<String, Integer> levels) {
            var updates = new TreeMap<String, FeatureUpdate>();
            levels.forEach((name, level) -> updates.put(name, new FeatureUpdate(level.shortValue(), type)));
            return updates;
        }

        boolean takesEffect() {
            return !validateOnly && refused.equals(NONE);
        }
    }

    private static final List<Step> STEPS = List.of(
            Step.done(UpgradeType.SAFE_DOWNGRADE, Map.of("streams.version", 0, "transaction.version", 1)),
            Step.done(UpgradeType.UPGRADE, Map.of("streams.version", 1, "group.version", 1)),
            Step.done(UpgradeType.UNSAFE_DOWNGRADE, Map.of("share.version", 0)),
            Step.tried(UpgradeType.SAFE_DOWNGRADE, Map.of("group.version", 0)),
            Step.refused(UpgradeType.UPGRADE, Map.of("transaction.version", 3)),
            Step.refused(UpgradeType.UPGRADE, Map.of("no.such.feature", 1)),
            Step.refused(UpgradeType.SAFE_DOWNGRADE, Map.of("transaction.version", 2)),
            Step.refused(UpgradeType.SAFE_DOWNGRADE, Map.of(METADATA, 29)),
            Step.refused(UpgradeType.UNSAFE_DOWNGRADE, Map.of(METADATA, 29)),
            Step.refused(UpgradeType.UPGRADE, Map.of(METADATA, 31)),
            Step.refused(
                    UpgradeType.UPGRADE, Map.of("share.version", 1, "transaction.version", 1, "streams.version", 7)),
            Step.done(UpgradeType.UPGRADE, Map.of("share.version", 1, "transaction.version", 2)));

    @Test
    void levelsChangeInHeddleAndInApacheKafkaAfterIt() {
        ApacheKafka kafka = ApacheKafka.on(directory, List.of(directory.resolve("data")));
        try (var broker = BrokerProcess.startWithConfig(kafka.config())) {
            follow(broker.bootstrap());
            assertEquals(0, broker.stop(), broker::printed);
        }
        try (kafka) {
            kafka.start();
            follow(kafka.bootstrap());
            kafka.stop();
        }
    }

    private static void follow(String bootstrap) {
        try (var clients = new Clients(bootstrap)) {
            Admin admin = clients.admin();
            var levels = new TreeMap<>(levels(admin));
            for (Step step : STEPS) {
                assertEquals(step.refused(), update(admin, step), step::toString);
                if (step.takesEffect()) {
                    step.updates().forEach((name, update) -> {
                        if (update.maxVersionLevel() == 0) levels.remove(name);
                        else levels.put(name, update.maxVersionLevel());
                    });
                }
                Await.that(() -> levels.equals(levels(admin)), step + " leads to " + levels);
            }
        }
    }

    private static String update(Admin admin, Step step) {
        var options = new UpdateFeaturesOptions().validateOnly(step.validateOnly());
        try {
            admin.updateFeatures(step.updates(), options).all().get(30, TimeUnit.SECONDS);
            return NONE;
        } catch (ExecutionException e) {
            return e.getCause().getClass().getSimpleName();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static Map<String, Short> levels(Admin admin) {
        var levels = new TreeMap<String, Short>();
        Clients.get(admin.describeFeatures().featureMetadata())
                .finalizedFeatures()
                .forEach((name, range) -> levels.put(name, range.maxVersionLevel()));
        return levels;
    }

    @Test
    void apachesToolUpgradesAClusterOfAnOlderRelease() {
        var data = List.of(directory.resolve("data-a"), directory.resolve("data-b"));
        ApacheKafka kafka = ApacheKafka.on(directory, data);
        kafka.format("--release-version", "3.6");
        try (var broker = BrokerProcess.startWithConfig(kafka.config())) {
            try (var clients = new Clients(broker.bootstrap())) {
                assertEquals(Map.of(METADATA, RELEASE_3_6), levels(clients.admin()));
                clients.createTopic("older", 3, Map.of());
                try (var producer = clients.producer(Map.of())) {
                    Clients.get(producer.send(new ProducerRecord<>("older", 0, "key", "value")));
                }
            }
            features(broker, "upgrade", "--feature", METADATA + "=" + RELEASE_4_3, "--feature", "group.version=1");
            features(broker, "downgrade", "--feature", "group.version=0");
            String described = features(broker, "describe");
            assertTrue(described.matches("(?s).*metadata.version .*FinalizedVersionLevel: 4.3-IV0.*"), described);
            try (var clients = new Clients(broker.bootstrap())) {
                clients.createTopic("newer", 3, Map.of());
            }
            assertEquals(0, broker.stop(), broker::printed);
            assertFalse(broker.printed().contains("could not be told"), broker::printed);
        }
        assertDirectoriesAreKnown(data.getFirst());
        try (kafka) {
            kafka.start();
            try (var clients = new Clients(kafka.bootstrap())) {
                assertEquals(Map.of(METADATA, RELEASE_4_3), levels(clients.admin()));
                var records = clients.readAll(new TopicPartition("older", 0), "read_uncommitted");
                assertEquals("value", records.getFirst().value());
            }
            kafka.stop();
        }
    }

    private static String features(BrokerProcess broker, String... arguments) {
        var all = new ArrayList<>(List.of("--bootstrap-server", broker.bootstrap()));
        all.addAll(List.of(arguments));
        return Tool.apache(TOOL, all.toArray(String[]::new)).succeeded();
    }

    /** Since the upgrade the metadata say which directories there are, and where the replicas of both topics lie. */
    private static void assertDirectoriesAreKnown(Path data) {
        String log = SegmentDump.of(
                data.resolve("__cluster_metadata-0/00000000000000000000.log").toString(), "--cluster-metadata-decoder");
        assertTrue(count(log, "REGISTER_BROKER_RECORD", "\"logDirs\":[\"") > 0, log);
        assertTrue(count(log, "PARTITION_CHANGE_RECORD", "\"directories\":[\"") >= 6, log);
    }

    private static long count(String log, String type, String what) {
        return log.lines()
                .filter(line -> line.contains(type) && line.contains(what))
                .count();
    }
}
