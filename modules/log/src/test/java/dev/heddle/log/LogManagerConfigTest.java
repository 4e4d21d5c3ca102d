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
                        600_000,
                        3_000,
                        new ProducerStateConfig(86_400_000, 900_000, true),
                        new LogCleanerConfig(true, 1, 128 << 20, 0.9, 512 << 10, Double.MAX_VALUE, 15_000)),
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
                Map.entry("transaction.max.timeout.ms", "11"),
                Map.entry("transaction.partition.verification.enable", "false"),
                Map.entry("heddle.directory.stall.ms", "12"),
                Map.entry("log.cleaner.enable", "false"),
                Map.entry("log.cleaner.threads", "2"),
                Map.entry("log.cleaner.dedupe.buffer.size", "13000000"),
                Map.entry("log.cleaner.io.buffer.load.factor", "0.5"),
                Map.entry("log.cleaner.io.buffer.size", "14"),
                Map.entry("log.cleaner.io.max.bytes.per.second", "15.5"),
                Map.entry("log.cleaner.backoff.ms", "16")));
        var cleaner = new LogCleanerConfig(false, 2, 13_000_000, 0.5, 14, 15.5, 16);
        assertEquals(
                new LogManagerConfig(
                        List.of(Path.of("/a"), Path.of("/b")),
                        Path.of("/m"),
                        3,
                        4,
                        5,
                        6,
                        7,
                        8,
                        10,
                        12,
                        new ProducerStateConfig(9, 11, false),
                        cleaner),
                config);
    }

    @Test
    void eachCleanerThreadMustGetMoreThanOneMegabyteForItsMap() {
        assertThrows(
                ConfigException.class,
                () -> config(Map.of("log.cleaner.threads", "2", "log.cleaner.dedupe.buffer.size", "2097152")));
        assertEquals(
                3,
                config(Map.of("log.cleaner.threads", "3", "log.cleaner.dedupe.buffer.size", "4000000"))
                        .cleaner()
                        .threads());
        assertThrows(ConfigException.class, () -> config(Map.of("log.cleaner.io.buffer.load.factor", "0")));
    }

    @Test
    void theCleanersMapsTakeAtMostAnEighthOfTheHeap() {
        LogCleanerConfig cleaner = config(Map.of()).cleaner();
        assertEquals(cleaner, cleaner.within(1L << 30));
        assertEquals(64 << 20, cleaner.within(512L << 20).dedupeBytesPerThread());
    }

    @Test
    void theNumberOfCleanerThreadsMayChangeByAFactorOfTwo() {
        LogCleanerConfig four = cleanerThreads(4);
        four.validateChange(cleanerThreads(2));
        four.validateChange(cleanerThreads(8));
        assertThrows(ConfigException.class, () -> four.validateChange(cleanerThreads(1)));
        assertThrows(ConfigException.class, () -> four.validateChange(cleanerThreads(9)));
        assertThrows(ConfigException.class, () -> cleanerThreads(1).validateChange(cleanerThreads(0)));
    }

    private static LogCleanerConfig cleanerThreads(int threads) {
        return config(Map.of("log.cleaner.threads", String.valueOf(threads))).cleaner();
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
