package dev.heddle.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.AnswerException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The resource {@code apache-4.3.1-configs.txt} was printed from Apache Kafka 4.3.1's own classes. */
class LogConfigTest {

    private static final ConfigDef BROKER_DEF = LogManagerConfig.define(LogConfig.define(new ConfigDef()));

    private static List<String[]> apaches(String kind) throws IOException {
        try (var in = LogConfigTest.class.getResourceAsStream("apache-4.3.1-configs.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> line.split("\\|", -1))
                    .filter(fields -> fields[0].equals(kind))
                    .toList();
        }
    }

    private static LogConfig defaults(String... keysAndValues) {
        var properties = new HashMap<String, String>();
        for (int i = 0; i < keysAndValues.length; i += 2) properties.put(keysAndValues[i], keysAndValues[i + 1]);
        return LogConfig.defaults(new AbstractConfig(BROKER_DEF, properties, false));
    }

    private static void assertSameAs(String[] apaches, ConfigDef.ConfigKey ours) {
        String ourText = String.join(
                "|",
                apaches[0],
                ours.name,
                ours.type.toString(),
                ConfigDef.convertToString(ours.defaultValue, ours.type) + "",
                ours.validator == null ? "" : ours.validator.toString(),
                ours.importance.toString(),
                String.valueOf(ours.internalConfig));
        assertEquals(String.join("|", apaches), ourText);
        assertFalse(ours.documentation.isBlank(), ours.name);
    }

    @Test
    void theTopicKeysAreKafkasWithTheSameTypesDefaultsAndLimits() throws Exception {
        var ours = new HashMap<>(LogConfig.topicDef().configKeys());
        for (String[] apaches : apaches("topic")) assertSameAs(apaches, ours.remove(apaches[1]));
        assertEquals(TopicConfigKeys.DURABILITY, String.join(" ", ours.keySet()));
        assertTrue(ours.get(TopicConfigKeys.DURABILITY).internalConfig, "no client may see it that did not set it");
    }

    @Test
    void theBrokerKeysAreKafkasWithTheSameTypesDefaultsAndLimits() throws Exception {
        var ours = new HashMap<>(BROKER_DEF.configKeys());
        for (String[] apaches : apaches("broker")) assertSameAs(apaches, ours.remove(apaches[1]));
        assertEquals(Set.of(TopicConfigKeys.DURABILITY, LogManagerConfig.DIRECTORY_STALL_MS), ours.keySet());
    }

    @Test
    void theSynonymsAreKafkasInTheSameOrderWithTheSameConversions() throws Exception {
        var ours = new HashMap<>(LogConfig.brokerSynonyms());
        for (String[] apaches : apaches("synonym")) {
            String ourText = ours.remove(apaches[1]).stream()
                    .map(it -> it.name() + "=" + it.toTopicValue().apply("3"))
                    .collect(Collectors.joining("|", "synonym|" + apaches[1] + "|", ""));
            assertEquals(String.join("|", apaches), ourText);
        }
        assertEquals(TopicConfigKeys.DURABILITY, String.join(" ", ours.keySet()));
    }

    @Test
    void withNothingConfiguredEveryTopicHasKafkasDefaults() {
        LogConfig defaults = defaults();
        assertEquals(LogConfig.topicDef().parse(Map.of()), defaults.values());
        assertTrue(defaults.overriddenKeys().isEmpty());
        assertEquals(1 << 30, defaults.segmentBytes());
        assertEquals(604_800_000L, defaults.segmentMs());
        assertEquals(604_800_000L, defaults.retentionMs());
        assertEquals(-1, defaults.retentionBytes());
        assertEquals(1_048_588, defaults.maxMessageBytes());
        assertEquals(10 << 20, defaults.segmentIndexBytes());
        assertEquals(4096, defaults.indexIntervalBytes());
        assertEquals(Long.MAX_VALUE, defaults.flushMessages());
        assertEquals(Long.MAX_VALUE, defaults.flushMs());
        assertEquals(60_000, defaults.fileDeleteDelayMs());
        assertEquals(86_400_000, defaults.deleteRetentionMs());
        assertEquals(0, defaults.minCompactionLagMs());
        assertEquals(Long.MAX_VALUE, defaults.maxCompactionLagMs());
        assertEquals(0.5, defaults.minCleanableDirtyRatio());
        assertEquals(0, defaults.segmentJitterMs());
        assertEquals(0, defaults.randomSegmentJitterMs());
        assertEquals(1, defaults.minInSyncReplicas());
        assertFalse(defaults.uncleanLeaderElectionEnable());
        assertFalse(defaults.preallocate());
        assertFalse(defaults.compact());
        assertTrue(defaults.delete());
        assertEquals(Optional.empty(), defaults.compression());
        assertEquals(TimestampType.CREATE_TIME, defaults.messageTimestampType());
        assertEquals(Long.MAX_VALUE, defaults.messageTimestampBeforeMaxMs());
        assertEquals(3_600_000, defaults.messageTimestampAfterMaxMs());
    }

    @Test
    void everyBrokerKeyReachesTheTopics() throws Exception {
        var ofTopic = new TreeSet<String>();
        for (var synonym : LogConfig.brokerSynonyms().entrySet()) {
            ConfigDef.ConfigKey key = LogConfig.topicDef().configKeys().get(synonym.getKey());
            String value = otherValue(key);
            for (ConfigSynonym broker : synonym.getValue()) {
                Object reached = defaults(broker.name(), value).values().get(synonym.getKey());
                String expected = broker.toTopicValue().apply(value);
                assertEquals(ConfigDef.parseType(key.name, expected, key.type), reached, broker.name());
                assertNotEquals(key.defaultValue, reached, broker.name());
            }
            ofTopic.add(synonym.getKey());
        }
        assertEquals(apaches("synonym").size() + 1, ofTopic.size());
    }

    private static String otherValue(ConfigDef.ConfigKey key) {
        return switch (key.name) {
            case "cleanup.policy" -> "compact,delete";
            case "compression.type" -> "zstd";
            case "message.timestamp.type" -> "LogAppendTime";
            case "heddle.durability" -> "page-cache";
            case "min.cleanable.dirty.ratio" -> "0.25";
            case "segment.bytes" -> "2000000";
            default -> key.type == ConfigDef.Type.BOOLEAN ? "true" : "7";
        };
    }

    @ParameterizedTest
    @CsvSource({"5,6,7,5", ",6,7,360000", ",,7,25200000", ",,-3,-1", "-1,6,7,-1", ",,,604800000"})
    void retentionIsTakenFromMillisecondsThenMinutesThenHours(String ms, String minutes, String hours, long expected) {
        var properties = new HashMap<String, String>();
        if (ms != null) properties.put("log.retention.ms", ms);
        if (minutes != null) properties.put("log.retention.minutes", minutes);
        if (hours != null) properties.put("log.retention.hours", hours);
        assertEquals(
                expected,
                LogConfig.defaults(new AbstractConfig(BROKER_DEF, properties, false))
                        .retentionMs());
    }

    @Test
    void brokerValuesThatDoNotGoTogetherStopTheStart() {
        var retention = assertThrows(ConfigException.class, () -> defaults("log.retention.ms", "0"));
        assertTrue(retention.getMessage().contains("log.retention.ms"), retention.getMessage());
        assertThrows(ConfigException.class, () -> defaults("log.roll.ms", "0"));
        assertThrows(ConfigException.class, () -> defaults("log.roll.jitter.ms", "-1"));
        assertThrows(
                ConfigException.class,
                () -> defaults("log.cleaner.min.compaction.lag.ms", "9", "log.cleaner.max.compaction.lag.ms", "8"));
    }

    @Test
    void overridesComeBeforeTheDefaults() {
        LogConfig config = defaults("log.segment.bytes", "3000000", "log.cleanup.policy", "compact")
                .withOverrides(Map.of("segment.bytes", "2000000", "compression.type", "gzip", "retention.ms", "-1"));
        assertEquals(2_000_000, config.segmentBytes());
        assertEquals(-1, config.retentionMs());
        assertTrue(config.compact());
        assertFalse(config.delete());
        assertEquals(Optional.of(Compression.gzip().build()), config.compression());
        assertEquals(keys("compression.type", "retention.ms", "segment.bytes"), new TreeSet<>(config.overriddenKeys()));
    }

    @Test
    void overridesThatAreNotAllowedAreIgnoredSoThatTheBrokerStarts() {
        LogConfig config =
                defaults().withOverrides(Map.of("segment.bytes", "1", "no.such.key", "x", "retention.ms", "77"));
        assertEquals(1 << 30, config.segmentBytes());
        assertEquals(77, config.retentionMs());
        assertEquals("[retention.ms]", config.overriddenKeys().toString());
    }

    @Test
    void levelsOfCompressionAreTakenOver() {
        LogConfig config = defaults("compression.zstd.level", "11").withOverrides(Map.of("compression.type", "zstd"));
        assertEquals(Optional.of(Compression.zstd().level(11).build()), config.compression());
        assertEquals(
                Optional.of(Compression.lz4().level(4).build()),
                defaults()
                        .withOverrides(Map.of("compression.type", "lz4", "compression.lz4.level", "4"))
                        .compression());
        assertEquals(
                Optional.of(Compression.NONE),
                defaults()
                        .withOverrides(Map.of("compression.type", "uncompressed"))
                        .compression());
        assertEquals(
                Optional.of(Compression.snappy().build()),
                defaults().withOverrides(Map.of("compression.type", "snappy")).compression());
    }

    @Test
    void testsMayHaveSegmentsSmallerThanIsAllowed() {
        assertEquals(
                500,
                defaults()
                        .withOverrides(Map.of("internal.segment.bytes", "500"))
                        .segmentBytes());
    }

    @Test
    void compactionMayNotBeHeldUpByALongSegment() {
        LogConfig compacted =
                defaults().withOverrides(Map.of("cleanup.policy", "compact", "max.compaction.lag.ms", "1000"));
        assertEquals(1000, compacted.maxSegmentMs());
        LogConfig deleted = defaults().withOverrides(Map.of("max.compaction.lag.ms", "1000"));
        assertEquals(604_800_000L, deleted.maxSegmentMs());
    }

    @Test
    void theJitterStaysBelowItsBound() {
        LogConfig config = defaults().withOverrides(Map.of("segment.jitter.ms", "5", "segment.ms", "3"));
        for (int i = 0; i < 200; i++) {
            long jitter = config.randomSegmentJitterMs();
            assertTrue(jitter >= 0 && jitter < 3, "jitter " + jitter);
        }
    }

    @Test
    void onOneReplicaTheDiskIsWaitedForUnlessSaidOtherwise() {
        assertTrue(defaults().acknowledgeFromDisk(1));
        assertFalse(defaults().acknowledgeFromDisk(2));
        assertTrue(defaults("heddle.durability", "disk").acknowledgeFromDisk(3));
        assertFalse(defaults("heddle.durability", "page-cache").acknowledgeFromDisk(1));
        LogConfig topic =
                defaults("heddle.durability", "page-cache").withOverrides(Map.of("heddle.durability", "disk"));
        assertTrue(topic.acknowledgeFromDisk(1));
        assertThrows(ConfigException.class, () -> defaults("heddle.durability", "paper"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no.such.key=1",
                "segment.bytes=1048575",
                "segment.bytes=abc",
                "retention.ms=-2",
                "cleanup.policy=compress",
                "compression.type=lzma",
                "compression.gzip.level=10",
                "message.timestamp.type=Sometime",
                "min.cleanable.dirty.ratio=1.1",
                "leader.replication.throttled.replicas=1-2",
                "follower.replication.throttled.replicas=0:1,*",
                "min.compaction.lag.ms=9;max.compaction.lag.ms=8",
                "remote.storage.enable=true",
                "heddle.durability=paper",
            })
    void anOverrideThatIsNotAllowedIsRefused(String override) {
        Map<String, String> overrides = overrides(override);
        assertEquals(
                Errors.INVALID_CONFIG,
                assertThrows(AnswerException.class, () -> LogConfig.validate(overrides))
                        .error());
        assertThrows(AnswerException.class, () -> defaults().validateOverrides(overrides));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "segment.bytes=1048576",
                "cleanup.policy=",
                "cleanup.policy=compact,delete",
                "cleanup.policy=delete,delete",
                "leader.replication.throttled.replicas=0:1,1:2",
                "follower.replication.throttled.replicas=*",
                "compression.type=uncompressed",
                "compression.zstd.level=-131072",
                "local.retention.ms=-2",
                "remote.storage.enable=false",
                "min.compaction.lag.ms=8;max.compaction.lag.ms=8",
                "heddle.durability=page-cache",
            })
    void anOverrideThatKafkaAllowsIsAllowed(String override) {
        LogConfig.validate(overrides(override));
        defaults().withOverrides(overrides(override));
    }

    @Test
    void theMessageOfARefusalNamesTheKeyTheValueAndWhatIsAllowed() {
        var refusal = assertThrows(AnswerException.class, () -> LogConfig.validate(Map.of("segment.bytes", "1")));
        assertEquals(
                "Invalid value 1 for configuration segment.bytes: Value must be at least 1048576",
                refusal.getMessage());
        var unknown = assertThrows(AnswerException.class, () -> LogConfig.validate(Map.of("nope", "1")));
        assertEquals("Unknown topic config name: nope", unknown.getMessage());
    }

    @Test
    void overridesAreCheckedTogetherWithTheBrokersDefaults() {
        Map<String, String> override = Map.of("min.compaction.lag.ms", "9");
        LogConfig.validate(override);
        assertThrows(
                AnswerException.class,
                () -> defaults("log.cleaner.max.compaction.lag.ms", "8").validateOverrides(override));
    }

    private static TreeSet<String> keys(String... keys) {
        return new TreeSet<>(List.of(keys));
    }

    private static Map<String, String> overrides(String text) {
        var overrides = new HashMap<String, String>();
        for (String each : text.split(";")) {
            int equals = each.indexOf('=');
            overrides.put(each.substring(0, equals), each.substring(equals + 1));
        }
        return overrides;
    }
}
