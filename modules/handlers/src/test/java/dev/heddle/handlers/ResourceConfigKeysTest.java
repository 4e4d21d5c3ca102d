package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.GroupCoordinatorConfig;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The keys of the GROUP and CLIENT_METRICS resources. */
class ResourceConfigKeysTest {

    private static Map<String, Object> broker() {
        return new HashMap<>(
                new AbstractConfig(GroupCoordinatorConfig.define(new ConfigDef()), Map.of(), false).values());
    }

    private static void group(Map<String, String> configs) {
        GroupConfigKeys.validate("g", configs, broker());
    }

    private static void assertInvalid(Errors error, Executable work) {
        assertEquals(error, assertThrows(AnswerException.class, work).error());
    }

    @Test
    void everyGroupKeyWithABrokerDefaultHasTheSameOneThere() {
        Map<String, ConfigDef.ConfigKey> keys = GroupConfigKeys.definition().configKeys();
        Map<String, Object> broker = broker();
        for (ConfigDef.ConfigKey key : keys.values()) {
            GroupConfigKeys.brokerSynonym(key.name)
                    .ifPresent(synonym -> assertEquals(broker.get(synonym), key.defaultValue, key.name));
        }
        assertEquals(17, keys.size());
    }

    @Test
    void acceptsWhatTheBrokerAllows() {
        assertDoesNotThrow(() -> group(Map.of()));
        assertDoesNotThrow(() -> group(Map.of(
                "consumer.session.timeout.ms", "60000",
                "share.auto.offset.reset", "by_duration:PT1H",
                "streams.num.standby.replicas", "2",
                "consumer.assignment.interval.ms", "0")));
    }

    @Test
    void refusesUnknownKeysAndValuesOfAnotherType() {
        assertInvalid(Errors.INVALID_CONFIG, () -> group(Map.of("no.such.key", "1")));
        assertInvalid(Errors.INVALID_CONFIG, () -> group(Map.of("consumer.session.timeout.ms", "soon")));
        assertInvalid(Errors.INVALID_CONFIG, () -> group(Map.of("share.isolation.level", "none")));
        for (String reset : new String[] {"never", "by_duration:", "by_duration:1h", "by_duration:PT-1H"}) {
            assertInvalid(Errors.INVALID_CONFIG, () -> group(Map.of("share.auto.offset.reset", reset)));
        }
        assertInvalid(Errors.INVALID_REQUEST, () -> GroupConfigKeys.validate("", Map.of(), broker()));
    }

    @Test
    void refusesWhatLiesOutsideTheBrokersBounds() {
        for (var entry : Map.of(
                        "consumer.session.timeout.ms", "44999",
                        "consumer.heartbeat.interval.ms", "15001",
                        "share.session.timeout.ms", "60001",
                        "share.record.lock.duration.ms", "14999",
                        "share.delivery.count.limit", "11",
                        "share.partition.max.record.locks", "4001",
                        "streams.heartbeat.interval.ms", "4999",
                        "streams.num.standby.replicas", "3",
                        "streams.assignment.interval.ms", "15001")
                .entrySet()) {
            assertInvalid(Errors.INVALID_CONFIG, () -> group(Map.of(entry.getKey(), entry.getValue())));
        }
    }

    @Test
    void aSessionLastsLongerThanAHeartbeatInterval() {
        Map<String, Object> wide = broker();
        wide.put("group.consumer.min.session.timeout.ms", 1);
        assertInvalid(
                Errors.INVALID_CONFIG,
                () -> GroupConfigKeys.validate("g", Map.of("consumer.session.timeout.ms", "5000"), wide));
    }

    @Test
    void acceptsASubscriptionOfClientMetrics() {
        assertDoesNotThrow(() -> ClientMetricsConfigKeys.validate(
                "m",
                Map.of(
                        "metrics", "org.apache.kafka.producer.,org.apache.kafka.consumer.",
                        "interval.ms", "100",
                        "match", "client_software_name=Java,client_software_version=11.1.*")));
        assertDoesNotThrow(() -> ClientMetricsConfigKeys.validate("m", Map.of()));
    }

    @Test
    void refusesASubscriptionThatCannotBe() {
        assertInvalid(Errors.INVALID_REQUEST, () -> ClientMetricsConfigKeys.validate("", Map.of()));
        assertInvalid(Errors.INVALID_REQUEST, () -> ClientMetricsConfigKeys.validate("m", Map.of("every", "1")));
        for (String interval : new String[] {"99", "3600001"}) {
            assertInvalid(
                    Errors.INVALID_REQUEST,
                    () -> ClientMetricsConfigKeys.validate("m", Map.of("interval.ms", interval)));
        }
        for (String match : new String[] {"client_id", "colour=red", "client_id=[", "client_id=a=b"}) {
            assertInvalid(Errors.INVALID_CONFIG, () -> ClientMetricsConfigKeys.validate("m", Map.of("match", match)));
        }
        assertInvalid(
                Errors.INVALID_CONFIG, () -> ClientMetricsConfigKeys.validate("m", Map.of("interval.ms", "often")));
    }
}
