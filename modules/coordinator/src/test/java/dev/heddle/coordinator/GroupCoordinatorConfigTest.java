package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.log.LogManagerConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.record.internal.CompressionType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GroupCoordinatorConfigTest {

    private static GroupCoordinatorConfig parse(Map<String, String> values) {
        return GroupCoordinatorConfig.from(
                new AbstractConfig(GroupCoordinatorConfig.define(new ConfigDef()), values, false));
    }

    @Test
    void theDefaultsAreKafkas() {
        var config = parse(Map.of());
        assertEquals(
                new GroupCoordinatorConfig.ClassicGroups(6_000, 1_800_000, 3_000, Integer.MAX_VALUE), config.classic());
        assertEquals(
                new GroupCoordinatorConfig.Offsets(4_096, 604_800_000L, 600_000L, 5_000, 5_242_880), config.offsets());
        assertEquals(
                new GroupCoordinatorConfig.OffsetsTopic(50, (short) 3, 104_857_600, CompressionType.NONE),
                config.topic());
    }

    @Test
    void everyKeyReachesItsValue() {
        var values = new HashMap<String, String>();
        values.put("group.min.session.timeout.ms", "1");
        values.put("group.max.session.timeout.ms", "2");
        values.put("group.initial.rebalance.delay.ms", "3");
        values.put("group.max.size", "4");
        values.put("offset.metadata.max.bytes", "5");
        values.put("offsets.retention.minutes", "6");
        values.put("offsets.retention.check.interval.ms", "7");
        values.put("offsets.commit.timeout.ms", "8");
        values.put("offsets.load.buffer.size", "9");
        values.put("offsets.topic.num.partitions", "10");
        values.put("offsets.topic.replication.factor", "11");
        values.put("offsets.topic.segment.bytes", "12");
        values.put("offsets.topic.compression.codec", "4");
        var config = parse(values);
        assertEquals(new GroupCoordinatorConfig.ClassicGroups(1, 2, 3, 4), config.classic());
        assertEquals(new GroupCoordinatorConfig.Offsets(5, 360_000L, 7L, 8, 9), config.offsets());
        assertEquals(new GroupCoordinatorConfig.OffsetsTopic(10, (short) 11, 12, CompressionType.ZSTD), config.topic());
    }

    @Test
    void consumerGroupsHaveKafkasDefaults() {
        var consumer = parse(Map.of()).consumer();
        assertTrue(consumer.enabled());
        assertEquals(45_000, consumer.sessionTimeoutMs());
        assertEquals(5_000, consumer.heartbeatIntervalMs());
        assertEquals(1_000, consumer.assignmentIntervalMs());
        assertEquals(Integer.MAX_VALUE, consumer.maxSize());
        assertEquals(
                List.of("uniform", "range"), List.copyOf(consumer.assignors().names()));
        assertEquals("uniform", consumer.assignors().byDefault().name());
        assertEquals(MigrationPolicy.BIDIRECTIONAL, consumer.migrationPolicy());
        assertEquals(600_000, consumer.regexRefreshIntervalMs());
    }

    @Test
    void everyKeyOfConsumerGroupsReachesItsValue() {
        var values = new HashMap<String, String>();
        values.put("group.coordinator.rebalance.protocols", "classic");
        values.put("group.consumer.session.timeout.ms", "45001");
        values.put("group.consumer.heartbeat.interval.ms", "5001");
        values.put("group.consumer.assignment.interval.ms", "3");
        values.put("group.consumer.max.size", "4");
        values.put("group.consumer.assignors", "range");
        values.put("group.consumer.migration.policy", "Upgrade");
        values.put("group.consumer.regex.refresh.interval.ms", "10001");
        var consumer = parse(values).consumer();
        assertFalse(consumer.enabled());
        assertEquals(45_001, consumer.sessionTimeoutMs());
        assertEquals(5_001, consumer.heartbeatIntervalMs());
        assertEquals(3, consumer.assignmentIntervalMs());
        assertEquals(4, consumer.maxSize());
        assertEquals("range", consumer.assignors().byDefault().name());
        assertEquals(MigrationPolicy.UPGRADE, consumer.migrationPolicy());
        assertEquals(10_001, consumer.regexRefreshIntervalMs());
    }

    @ParameterizedTest
    @CsvSource({
        "group.consumer.assignors, no.such.Assignor",
        "group.max.size, 0",
        "offsets.retention.minutes, 0",
        "offsets.retention.check.interval.ms, 0",
        "offsets.commit.timeout.ms, 0",
        "offsets.load.buffer.size, 0",
        "offsets.topic.num.partitions, 0",
        "offsets.topic.replication.factor, 0",
        "offsets.topic.segment.bytes, 0",
        "offsets.topic.compression.codec, 9",
        "group.coordinator.threads, 0",
        "group.coordinator.append.linger.ms, -2",
        "group.coordinator.rebalance.protocols, nonsense",
        "group.share.max.size, 1001",
        "group.share.delivery.count.limit, 11",
        "group.consumer.migration.policy, nonsense",
        "group.consumer.session.timeout.ms, 44999",
        "group.consumer.session.timeout.ms, 60001",
        "group.consumer.heartbeat.interval.ms, 4999",
        "group.consumer.heartbeat.interval.ms, 15001",
        "group.streams.num.standby.replicas, 3",
        "group.share.max.share.sessions, 199",
        "'group.share.assignors', 'simple,other'",
    })
    void aWrongValueIsRefusedWithItsKey(String key, String value) {
        var refusal = assertThrows(ConfigException.class, () -> parse(Map.of(key, value)));
        assertTrue(refusal.getMessage().contains(key), refusal.getMessage());
    }

    @Test
    void theHeartbeatIntervalMustBeShorterThanTheSession() {
        var values = Map.of(
                "group.consumer.max.heartbeat.interval.ms", "50000",
                "group.consumer.heartbeat.interval.ms", "45000");
        assertThrows(ConfigException.class, () -> parse(values));
    }

    @Test
    void everyKeyIsExplained() {
        var def = TransactionConfig.define(GroupCoordinatorConfig.define(new ConfigDef()));
        def.configKeys().forEach((name, key) -> assertFalse(key.documentation.isBlank(), name));
    }

    @Test
    void theDefaultsOfTransactionsAreKafkas() {
        var parsed = new AbstractConfig(
                TransactionConfig.define(LogManagerConfig.define(new ConfigDef())),
                Map.of("log.dirs", "unused"),
                false);
        assertEquals(
                new TransactionConfig(
                        900_000,
                        false,
                        new TransactionConfig.StateTopic(50, (short) 3, 104_857_600, 2, 5_242_880),
                        new TransactionConfig.Cleanup(604_800_000, 10_000, 3_600_000),
                        new TransactionConfig.Verification(true, 100)),
                TransactionConfig.from(parsed));
    }

    @Test
    void everyKeyOfTransactionsReachesItsValue() {
        var values = Map.ofEntries(
                Map.entry("log.dirs", "unused"),
                Map.entry("transaction.max.timeout.ms", "1"),
                Map.entry("transaction.two.phase.commit.enable", "true"),
                Map.entry("transaction.state.log.num.partitions", "2"),
                Map.entry("transaction.state.log.replication.factor", "3"),
                Map.entry("transaction.state.log.segment.bytes", "4"),
                Map.entry("transaction.state.log.min.isr", "5"),
                Map.entry("transaction.state.log.load.buffer.size", "6"),
                Map.entry("transactional.id.expiration.ms", "7"),
                Map.entry("transaction.abort.timed.out.transaction.cleanup.interval.ms", "8"),
                Map.entry("transaction.remove.expired.transaction.cleanup.interval.ms", "9"),
                Map.entry("transaction.partition.verification.enable", "false"),
                Map.entry("add.partitions.to.txn.retry.backoff.max.ms", "10"));
        var parsed =
                new AbstractConfig(TransactionConfig.define(LogManagerConfig.define(new ConfigDef())), values, false);
        assertEquals(
                new TransactionConfig(
                        1,
                        true,
                        new TransactionConfig.StateTopic(2, (short) 3, 4, 5, 6),
                        new TransactionConfig.Cleanup(7, 8, 9),
                        new TransactionConfig.Verification(false, 10)),
                TransactionConfig.from(parsed));
    }

    @Test
    void theOffsetsTopicIsCompactedInSmallSegments() {
        try (var rig = new Rig(Map.of("offsets.topic.segment.bytes", "12345"))) {
            assertEquals(
                    Map.of("cleanup.policy", "compact", "compression.type", "producer", "segment.bytes", "12345"),
                    rig.coordinator.offsetsTopicConfigs());
        }
    }
}
