package dev.heddle.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.record.internal.CompressionType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShareCoordinatorConfigTest {

    static final int COLD_MS = 5 * 60 * 1000;

    private static ShareCoordinatorConfig parse(Map<String, String> values) {
        return ShareCoordinatorConfig.from(
                new AbstractConfig(ShareCoordinatorConfig.define(new ConfigDef()), values, false));
    }

    @Test
    void theDefaultsAreKafkas() {
        var expected = new ShareCoordinatorConfig(
                new ShareCoordinatorConfig.StateTopic(
                        50, (short) 3, false, (short) 2, false, 100 * 1024 * 1024, CompressionType.NONE),
                new ShareCoordinatorConfig.Upkeep(5 * 60 * 1000, COLD_MS),
                500,
                5_000,
                5 * 1024 * 1024);
        assertEquals(expected, parse(Map.of()));
    }

    @Test
    void knowsWhatWasSet() {
        var topic = parse(Map.of(
                        "share.coordinator.state.topic.replication.factor", "3",
                        "share.coordinator.state.topic.min.isr", "1",
                        "share.coordinator.state.topic.compression.codec", "4"))
                .topic();
        assertTrue(topic.isReplicationSet());
        assertTrue(topic.isMinIsrSet());
        assertEquals(CompressionType.ZSTD, topic.compression());
        assertFalse(parse(Map.of()).topic().isMinIsrSet());
    }

    @ParameterizedTest
    @CsvSource({
        "share.coordinator.snapshot.update.records.per.snapshot, 501",
        "share.coordinator.snapshot.update.records.per.snapshot, -1",
        "share.coordinator.state.topic.compression.codec, 9",
        "share.coordinator.state.topic.num.partitions, 0",
        "share.coordinator.write.timeout.ms, 0",
        "share.coordinator.append.linger.ms, -2",
    })
    void aValueOutOfRangeIsRefused(String key, String value) {
        assertThrows(ConfigException.class, () -> parse(Map.of(key, value)));
    }
}
