package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.log.LogConfig;
import dev.heddle.security.Access;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigResource.Type;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsSynonym;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeConfigsRequest;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigType;
import org.junit.jupiter.api.Test;

class DescribeConfigsHandlerTest {

    private final TestMetadata metadata = TestMetadata.withOneBroker();
    private final FakeBrokerConfiguration configuration = new FakeBrokerConfiguration();

    private DescribeConfigsHandler handler() {
        return new DescribeConfigsHandler(new ConfigDescriptions(
                TestMetadata.SELF, metadata.cache, configuration, new AlterConfigsHandlersTest.FakeLoggers()));
    }

    private DescribeConfigsResult describe(Type type, String name, String... keys) {
        var data = new DescribeConfigsRequestData()
                .setIncludeSynonyms(true)
                .setIncludeDocumentation(true)
                .setResources(List.of(new DescribeConfigsResource()
                        .setResourceType(type.id())
                        .setResourceName(name)
                        .setConfigurationKeys(keys.length == 0 ? null : List.of(keys))));
        DescribeConfigsResult result = handler()
                .answer(new DescribeConfigsRequest.Builder(data).build(), Access.UNRESTRICTED)
                .data()
                .results()
                .get(0);
        assertEquals(name, result.resourceName());
        assertEquals(type.id(), result.resourceType());
        return result;
    }

    private Map<String, DescribeConfigsResourceResult> described(Type type, String name, String... keys) {
        DescribeConfigsResult result = describe(type, name, keys);
        assertEquals(Errors.NONE, Errors.forCode(result.errorCode()), result.errorMessage());
        Map<String, DescribeConfigsResourceResult> byName = new HashMap<>();
        result.configs().forEach(config -> assertNull(byName.put(config.name(), config)));
        return byName;
    }

    private static List<String> places(DescribeConfigsResourceResult config) {
        return config.synonyms().stream()
                .map(place -> ConfigSource.forId(place.source()) + " " + place.name() + "=" + place.value())
                .toList();
    }

    private static void assertSource(ConfigSource source, DescribeConfigsResourceResult config) {
        assertEquals(source, ConfigSource.forId(config.configSource()), config.name());
    }

    @Test
    void aTopicHasEveryKeyWithItsDefaultItsTypeAndItsDocumentation() {
        metadata.topic("a", 1, 1);
        Map<String, DescribeConfigsResourceResult> configs = described(Type.TOPIC, "a");
        var shown = new HashSet<>(LogConfig.topicDef().names());
        shown.removeIf(key -> LogConfig.topicDef().configKeys().get(key).internalConfig);
        assertEquals(shown, configs.keySet());
        DescribeConfigsResourceResult maxBytes = configs.get("max.message.bytes");
        assertEquals("1048588", maxBytes.value());
        assertEquals(ConfigType.INT.id(), maxBytes.configType());
        assertFalse(maxBytes.readOnly());
        assertFalse(maxBytes.documentation().isEmpty());
        assertSource(ConfigSource.DEFAULT_CONFIG, maxBytes);
        assertEquals(List.of("DEFAULT_CONFIG message.max.bytes=1048588"), places(maxBytes));
        assertEquals("delete", configs.get("cleanup.policy").value());
        assertEquals(ConfigType.LIST.id(), configs.get("cleanup.policy").configType());
        assertEquals("0.5", configs.get("min.cleanable.dirty.ratio").value());
    }

    @Test
    void theSourcesOfATopicsKeyStandInKafkasOrder() {
        configuration.fixed.put("log.retention.minutes", "5");
        metadata.topic("a", 1, 1)
                .config(Type.TOPIC, "a", "retention.ms", "1000")
                .config(Type.BROKER, "1", "log.retention.ms", "2000")
                .config(Type.BROKER, "", "log.retention.ms", "3000");
        DescribeConfigsResourceResult retention =
                described(Type.TOPIC, "a", "retention.ms").get("retention.ms");
        assertEquals("1000", retention.value());
        assertSource(ConfigSource.TOPIC_CONFIG, retention);
        assertEquals(
                List.of(
                        "TOPIC_CONFIG retention.ms=1000",
                        "DYNAMIC_BROKER_CONFIG log.retention.ms=2000",
                        "DYNAMIC_DEFAULT_BROKER_CONFIG log.retention.ms=3000",
                        "STATIC_BROKER_CONFIG log.retention.minutes=5",
                        "DEFAULT_CONFIG log.retention.hours=168"),
                places(retention));
    }

    @Test
    void givesOnlyTheKeysThatWereAskedFor() {
        metadata.topic("a", 1, 1);
        assertEquals(
                Set.of("retention.ms", "segment.bytes"),
                described(Type.TOPIC, "a", "retention.ms", "segment.bytes", "no.such.key")
                        .keySet());
    }

    @Test
    void leavesOutSynonymsAndDocumentationUnlessAsked() {
        metadata.topic("a", 1, 1).config(Type.TOPIC, "a", "retention.ms", "1000");
        var data = new DescribeConfigsRequestData()
                .setResources(List.of(new DescribeConfigsResource()
                        .setResourceType(Type.TOPIC.id())
                        .setResourceName("a")
                        .setConfigurationKeys(List.of("retention.ms"))));
        DescribeConfigsResourceResult config = handler()
                .answer(new DescribeConfigsRequest.Builder(data).build(), Access.UNRESTRICTED)
                .data()
                .results()
                .get(0)
                .configs()
                .get(0);
        assertEquals(List.of(), config.synonyms());
        assertNull(config.documentation());
        assertSource(ConfigSource.TOPIC_CONFIG, config);
    }

    @Test
    void aTopicThatDoesNotExistOrCannotIsRefused() {
        assertEquals(
                Errors.UNKNOWN_TOPIC_OR_PARTITION.code(),
                describe(Type.TOPIC, "missing").errorCode());
        assertEquals(
                Errors.INVALID_TOPIC_EXCEPTION.code(),
                describe(Type.TOPIC, "a b").errorCode());
    }

    @Test
    void aBrokerHasEveryKeyButTheInternalOnes() {
        configuration.fixed.put("log.dirs", "/data");
        Map<String, DescribeConfigsResourceResult> configs = described(Type.BROKER, "1");
        assertFalse(configs.containsKey("a.secret.switch"));
        DescribeConfigsResourceResult dirs = configs.get("log.dirs");
        assertEquals("/data", dirs.value());
        assertSource(ConfigSource.STATIC_BROKER_CONFIG, dirs);
        assertTrue(dirs.readOnly());
        assertFalse(configs.get("num.io.threads").readOnly());
        assertEquals("How many threads.", configs.get("num.io.threads").documentation());
        assertSource(ConfigSource.DEFAULT_CONFIG, configs.get("num.io.threads"));
        assertNull(configs.get("log.retention.ms").value());
        assertEquals(
                ConfigType.DOUBLE.id(),
                configs.get("log.cleaner.min.cleanable.ratio").configType());
        assertEquals(
                ConfigType.SHORT.id(),
                configs.get("offsets.topic.replication.factor").configType());
        assertEquals("java.lang.String", configs.get("principal.builder.class").value());
        assertEquals("true", configs.get("auto.create.topics.enable").value());
    }

    @Test
    void whatMayBeASecretIsNotShown() {
        configuration.fixed.put("ssl.key.password", "hush");
        configuration.fixed.put("plugin.token", "hush");
        configuration.fixed.put("listener.name.internal.ssl.key.password", "hush");
        Map<String, DescribeConfigsResourceResult> configs = described(Type.BROKER, "1");
        for (String key : List.of("ssl.key.password", "plugin.token", "listener.name.internal.ssl.key.password")) {
            DescribeConfigsResourceResult config = configs.get(key);
            assertNotNull(config, key);
            assertTrue(config.isSensitive(), key);
            assertNull(config.value(), key);
            for (DescribeConfigsSynonym place : config.synonyms()) assertNull(place.value(), key);
        }
        assertEquals(ConfigType.UNKNOWN.id(), configs.get("plugin.token").configType());
        assertEquals(
                ConfigType.PASSWORD.id(),
                configs.get("listener.name.internal.ssl.key.password").configType());
    }

    @Test
    void keysOfOneMeaningAreEachOthersSynonyms() {
        configuration.fixed.put("log.retention.minutes", "5");
        configuration.fixed.put("log.retention.ms", "6");
        DescribeConfigsResourceResult minutes =
                described(Type.BROKER, "1", "log.retention.minutes").get("log.retention.minutes");
        // What stands before the key itself is left out, as in Kafka.
        assertEquals(
                List.of("STATIC_BROKER_CONFIG log.retention.minutes=5", "DEFAULT_CONFIG log.retention.hours=168"),
                places(minutes));
    }

    @Test
    void theDefaultOfAllBrokersHasOnlyWhatWasAltered() {
        metadata.config(Type.BROKER, "", "log.retention.ms", "3000").config(Type.BROKER, "1", "log.retention.ms", "1");
        Map<String, DescribeConfigsResourceResult> configs = described(Type.BROKER, "");
        assertEquals(Set.of("log.retention.ms"), configs.keySet());
        DescribeConfigsResourceResult retention = configs.get("log.retention.ms");
        assertEquals("3000", retention.value());
        assertEquals(List.of("DYNAMIC_DEFAULT_BROKER_CONFIG log.retention.ms=3000"), places(retention));
    }

    @Test
    void describesNoOtherBroker() {
        assertEquals(Errors.INVALID_REQUEST.code(), describe(Type.BROKER, "2").errorCode());
        assertEquals(Errors.INVALID_REQUEST.code(), describe(Type.BROKER, "one").errorCode());
        assertEquals(
                Errors.INVALID_REQUEST.code(), describe(Type.BROKER_LOGGER, "2").errorCode());
        assertEquals(
                Errors.INVALID_REQUEST.code(), describe(Type.BROKER_LOGGER, "").errorCode());
    }

    @Test
    void describesTheLevelsOfTheLoggers() {
        Map<String, DescribeConfigsResourceResult> configs = described(Type.BROKER_LOGGER, "1");
        assertEquals(Set.of("root", "kafka.log", "kafka.net"), configs.keySet());
        assertEquals("WARN", configs.get("kafka.log").value());
        assertSource(ConfigSource.DYNAMIC_BROKER_LOGGER_CONFIG, configs.get("kafka.log"));
    }

    @Test
    void aGroupTakesItsDefaultsFromTheBroker() {
        configuration.fixed.put("group.consumer.session.timeout.ms", "50000");
        metadata.config(Type.GROUP, "g", "share.isolation.level", "read_committed");
        Map<String, DescribeConfigsResourceResult> configs = described(Type.GROUP, "g");
        assertEquals(GroupConfigKeys.definition().names(), configs.keySet());
        DescribeConfigsResourceResult session = configs.get("consumer.session.timeout.ms");
        assertEquals("50000", session.value());
        assertSource(ConfigSource.STATIC_BROKER_CONFIG, session);
        DescribeConfigsResourceResult isolation = configs.get("share.isolation.level");
        assertEquals(
                List.of(
                        "GROUP_CONFIG share.isolation.level=read_committed",
                        "DEFAULT_CONFIG share.isolation.level=read_uncommitted"),
                places(isolation));
        assertEquals(Errors.INVALID_REQUEST.code(), describe(Type.GROUP, "").errorCode());
    }

    @Test
    void describesASubscriptionOfClientMetrics() {
        metadata.config(Type.CLIENT_METRICS, "m", "interval.ms", "1000");
        Map<String, DescribeConfigsResourceResult> configs = described(Type.CLIENT_METRICS, "m");
        assertEquals(Set.of("metrics", "interval.ms", "match"), configs.keySet());
        assertEquals(List.of("CLIENT_METRICS_CONFIG interval.ms=1000"), places(configs.get("interval.ms")));
        assertSource(ConfigSource.DEFAULT_CONFIG, configs.get("match"));
        assertEquals(
                Errors.INVALID_REQUEST.code(), describe(Type.CLIENT_METRICS, "").errorCode());
    }

    @Test
    void anUnknownTypeOfResourceIsAnInvalidRequest() {
        assertThrows(InvalidRequestException.class, () -> describe(Type.UNKNOWN, "x"));
    }
}
