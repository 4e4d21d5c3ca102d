package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;

class LogManagerConfigTest {

    private static LogManagerConfig config(Map<String, String> properties) {
        return LogManagerConfig.from(new AbstractConfig(LogManagerConfig.define(new ConfigDef()), properties, false));
    }

    @Test
    void defaultsAreKafkas() {
        Path directory = Path.of("/tmp/kafka-logs");
        assertEquals(
                new LogManagerConfig(
                        List.of(directory),
                        directory,
                        2,
                        Long.MAX_VALUE,
                        60_000,
                        60_000,
                        300_000,
                        30_000,
                        86_400_000,
                        600_000,
                        900_000),
                config(Map.of()));
    }

    @Test
    void everyKeyIsMapped() {
        LogManagerConfig config = config(Map.ofEntries(
                Map.entry("log.dirs", "/a, /b"),
                Map.entry("log.dir", "/ignored"),
                Map.entry("metadata.log.dir", "/m"),
                Map.entry("num.recovery.threads.per.data.dir", "3"),
                Map.entry("log.flush.scheduler.interval.ms", "4"),
                Map.entry("log.flush.offset.checkpoint.interval.ms", "5"),
                Map.entry("log.flush.start.offset.checkpoint.interval.ms", "6"),
                Map.entry("log.retention.check.interval.ms", "7"),
                Map.entry("log.initial.task.delay.ms", "8"),
                Map.entry("producer.id.expiration.ms", "9"),
                Map.entry("producer.id.expiration.check.interval.ms", "10"),
                Map.entry("transaction.max.timeout.ms", "11")));
        assertEquals(
                new LogManagerConfig(List.of(Path.of("/a"), Path.of("/b")), Path.of("/m"), 3, 4, 5, 6, 7, 8, 9, 10, 11),
                config);
        assertEquals(new ProducerStateConfig(9, 11), config.producerState());
    }

    @Test
    void theMetadataLogIsInTheFirstDirectoryUnlessSaidOtherwise() {
        assertEquals(Path.of("/a"), config(Map.of("log.dirs", "/a,/b")).metadataLogDir());
        assertEquals(List.of(Path.of("/c")), config(Map.of("log.dir", "/c")).logDirs());
    }

    @Test
    void aDirectoryNamedTwiceCountsOnce() {
        assertEquals(List.of(Path.of("/a")), config(Map.of("log.dirs", "/a,/a")).logDirs());
    }

    @Test
    void thereMustBeADirectory() {
        assertThrows(ConfigException.class, () -> config(Map.of("log.dirs", "")));
        assertThrows(ConfigException.class, () -> config(Map.of("log.dir", "")));
    }
}
