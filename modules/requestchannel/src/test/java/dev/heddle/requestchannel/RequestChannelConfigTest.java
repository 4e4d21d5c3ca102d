package dev.heddle.requestchannel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestChannelConfigTest {

    private static RequestChannelConfig config(Map<String, String> values) {
        return RequestChannelConfig.from(
                new AbstractConfig(RequestChannelConfig.define(new ConfigDef()), values, false));
    }

    @Test
    void theDefaultsAreKafkasAndBytesAreBoundedByTheJvm() {
        var expected = new RequestChannelConfig(500, Runtime.getRuntime().maxMemory() / 2, 64, 16 * 1024 * 1024);
        assertEquals(expected, config(Map.of()));
    }

    @Test
    void everyKeyIsMapped() {
        var values = Map.of(
                "queued.max.requests", "1",
                "queued.max.request.bytes", "2",
                "connection.max.inflight", "3",
                "connection.max.inflight.bytes", "4");
        assertEquals(new RequestChannelConfig(1, 2, 3, 4), config(values));
    }

    @ParameterizedTest
    @ValueSource(strings = {"queued.max.requests", "connection.max.inflight", "connection.max.inflight.bytes"})
    void nothingMayBeZero(String key) {
        assertThrows(ConfigException.class, () -> config(Map.of(key, "0")));
    }
}
