package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;

class HandlersConfigTest {

    private static HandlersConfig parse(Map<String, String> values) {
        return HandlersConfig.from(new AbstractConfig(HandlersConfig.define(new ConfigDef()), values, false));
    }

    @Test
    void hasKafkasDefaultsAndAVirtualThreadARequest() {
        assertEquals(
                new HandlersConfig(HandlersConfig.Kind.VIRTUAL, 8, 2000, new FetchConfig(57_671_680, 1000)),
                parse(Map.of()));
    }

    @Test
    void mapsItsKeys() {
        assertEquals(
                new HandlersConfig(HandlersConfig.Kind.PLATFORM, 3, 17, new FetchConfig(2048, 5)),
                parse(Map.of(
                        "handler.strategy", "platform",
                        "num.io.threads", "3",
                        "max.request.partition.size.limit", "17",
                        "fetch.max.bytes", "2048",
                        "max.incremental.fetch.session.cache.slots", "5")));
        assertEquals(
                HandlersConfig.Kind.INLINE,
                parse(Map.of("handler.strategy", "inline")).strategy());
    }

    @Test
    void refusesAnUnknownStrategyAndAPoolWithoutThreads() {
        assertThrows(ConfigException.class, () -> parse(Map.of("handler.strategy", "fibers")));
        assertThrows(ConfigException.class, () -> parse(Map.of("num.io.threads", "0")));
        assertThrows(ConfigException.class, () -> parse(Map.of("max.request.partition.size.limit", "0")));
    }
}
