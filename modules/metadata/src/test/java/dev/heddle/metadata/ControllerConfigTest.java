package dev.heddle.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.server.policy.AlterConfigPolicy;
import org.apache.kafka.server.policy.CreateTopicPolicy;
import org.junit.jupiter.api.Test;

final class ControllerConfigTest {

    private static ControllerConfig parse(Map<String, ?> values) {
        return ControllerConfig.from(new AbstractConfig(ControllerConfig.define(new ConfigDef()), values, false));
    }

    @Test
    void defaults_are_kafkas() {
        assertEquals(
                new ControllerConfig(
                        new ControllerConfig.TopicDefaults(1, 1, true, true),
                        new ControllerConfig.MetadataLogConfig(
                                20 * 1024 * 1024, 3_600_000, 1024 * 1024 * 1024, 604_800_000, 104_857_600, 604_800_000),
                        null,
                        null),
                parse(Map.of()));
    }

    @Test
    void every_key_sets_its_value() {
        Map<String, String> values = Map.ofEntries(
                Map.entry("num.partitions", "2"),
                Map.entry("default.replication.factor", "3"),
                Map.entry("auto.create.topics.enable", "false"),
                Map.entry("delete.topic.enable", "false"),
                Map.entry("metadata.log.max.record.bytes.between.snapshots", "4"),
                Map.entry("metadata.log.max.snapshot.interval.ms", "5"),
                Map.entry("metadata.log.segment.bytes", "8388608"),
                Map.entry("metadata.log.segment.ms", "7"),
                Map.entry("metadata.max.retention.bytes", "8"),
                Map.entry("metadata.max.retention.ms", "9"));
        assertEquals(
                new ControllerConfig(
                        new ControllerConfig.TopicDefaults(2, 3, false, false),
                        new ControllerConfig.MetadataLogConfig(4, 5, 8_388_608, 7, 8, 9),
                        null,
                        null),
                parse(values));
        assertEquals(
                values.size() + 2,
                ControllerConfig.define(new ConfigDef()).names().size());
    }

    @Test
    void impossible_values_are_refused() {
        for (var entry : Map.of(
                        "num.partitions", "0",
                        "metadata.log.max.record.bytes.between.snapshots", "0",
                        "metadata.log.max.snapshot.interval.ms", "-1",
                        "metadata.log.segment.bytes", "8388607",
                        "create.topic.policy.class.name", "no.such.Class")
                .entrySet()) {
            assertThrows(ConfigException.class, () -> parse(Map.of(entry.getKey(), entry.getValue())), entry.getKey());
        }
    }

    @Test
    void policies_are_made_and_configured() {
        ControllerConfig config = parse(Map.of(
                "create.topic.policy.class.name", Creation.class.getName(),
                "alter.config.policy.class.name", Alteration.class.getName(),
                "num.partitions", "7"));
        assertEquals(
                "7",
                assertInstanceOf(Creation.class, config.createTopicPolicy())
                        .seen
                        .get("num.partitions"));
        assertInstanceOf(Alteration.class, config.alterConfigPolicy());
    }

    public static final class Creation implements CreateTopicPolicy {
        private Map<String, ?> seen = Map.of();

        public Creation() {}

        @Override
        public void validate(RequestMetadata request) {}

        @Override
        public void configure(Map<String, ?> configs) {
            seen = configs;
        }

        @Override
        public void close() {}
    }

    public static final class Alteration implements AlterConfigPolicy {
        public Alteration() {}

        @Override
        public void validate(RequestMetadata request) {}

        @Override
        public void configure(Map<String, ?> configs) {}

        @Override
        public void close() {}
    }
}
