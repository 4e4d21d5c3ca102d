package dev.heddle.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.StopBrokerException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeddleConfigTest {

    private static String refusal(Map<String, String> properties) {
        var failure = assertThrows(StopBrokerException.class, () -> {
            HeddleConfig config = HeddleConfig.of(properties);
            BrokerConfig.from(config.parsed());
        });
        assertEquals(1, failure.getMessage().lines().count());
        return failure.getMessage();
    }

    private static BrokerConfig broker(Map<String, String> properties) {
        return BrokerConfig.from(HeddleConfig.of(properties).parsed());
    }

    @Test
    void anEmptyConfigurationIsComplete() {
        assertEquals(new BrokerConfig(BrokerConfig.DEFAULT_NODE_ID, null), broker(Map.of()));
        assertEquals(List.of(), HeddleConfig.of(Map.of()).warnings());
    }

    @Test
    void aWrongValueIsRefusedWithKeyValueAndWhatIsAllowed() {
        assertEquals(
                "node.id=seven is not allowed (Not a number of type INT): allowed is int, [0,...]",
                refusal(Map.of("node.id", "seven")));
    }

    @Test
    void everyWrongValueIsNamedAtOnce() {
        String message = refusal(Map.of("node.id", "-7", "process.roles", "janitor"));
        assertTrue(message.contains("node.id=-7 is not allowed"), message);
        assertTrue(message.contains("process.roles=janitor is not allowed"), message);
    }

    @Test
    void besideAPluginAnUnknownKeyMayBeItsOwn() {
        assertEquals(
                List.of("Unknown configuration key, ignored: key=broker.rak, nearest=broker.rack"),
                HeddleConfig.of(Map.of(
                                "authorizer.class.name", "a.Plugin", "what.is.this.even", "1", "broker.rak", "r1"))
                        .warnings());
    }

    @Test
    void anUnknownKeyIsAWarningWithTheNearestKnownName() {
        assertEquals(
                List.of("Unknown configuration key, ignored: key=broker.rak, nearest=broker.rack"),
                HeddleConfig.of(Map.of("broker.rak", "r1")).warnings());
        assertEquals(
                List.of("Unknown configuration key, ignored: key=what.is.this.even"),
                HeddleConfig.of(Map.of("what.is.this.even", "1")).warnings());
    }

    @Test
    void keysOfKafkaThatAreNotUsedYetAreNamedTogether() {
        assertEquals(
                List.of("Keys of Kafka that Heddle does not use yet, ignored: listener.name.x.ssl.client.auth,"
                        + " remote.log.storage.system.enable"),
                HeddleConfig.of(Map.of(
                                "remote.log.storage.system.enable", "false", "listener.name.x.ssl.client.auth", "none"))
                        .warnings());
    }

    @Test
    void theListOfKafkasKeysIsWhole() {
        assertEquals(363, ConfigKeys.ofKafka().size());
    }

    @Test
    void theOldNameOfTheNodeIdIsUnderstood() {
        assertEquals(5, broker(Map.of("broker.id", "5")).nodeId());
        assertEquals(5, broker(Map.of("broker.id", "5", "node.id", "5")).nodeId());
        assertEquals(6, broker(Map.of("node.id", "6")).nodeId());
        assertTrue(refusal(Map.of("broker.id", "5", "node.id", "6")).contains("differ"));
    }

    @Test
    void kraftsCombinedModeIsAccepted() {
        var properties = new HashMap<String, String>();
        properties.put("process.roles", "broker,controller");
        properties.put("node.id", "3");
        properties.put("controller.quorum.voters", "3@localhost:9093");
        properties.put("controller.listener.names", "CONTROLLER");
        properties.put("listeners", "PLAINTEXT://:9092, CONTROLLER://:9093");
        HeddleConfig config = HeddleConfig.of(properties);
        assertEquals(3, BrokerConfig.from(config.parsed()).nodeId());
        assertEquals("PLAINTEXT://:9092", config.given().get("listeners"));
        assertEquals(List.of(), config.warnings());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "process.roles | broker",
                "process.roles | controller",
                "controller.quorum.voters | 7@elsewhere:9093",
                "controller.quorum.voters | 1@localhost:9093,2@localhost:9094"
            })
    void aClusterIsRefusedAsLongAsThereIsNone(String key, String value) {
        assertTrue(refusal(Map.of(key, value)).startsWith(key + "=" + value + " is not allowed"));
    }

    @Test
    void valuesMayComeFromAConfigurationProvider() {
        var config = HeddleConfig.of(Map.of(
                "config.providers", "env",
                "config.providers.env.class", "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
                "broker.rack", "${env:PATH}"));
        assertEquals(System.getenv("PATH"), config.parsed().getString("broker.rack"));
        assertEquals(List.of(), config.warnings());
    }

    @Test
    void aBrokenConfigurationProviderStopsTheStart() {
        String message = refusal(Map.of("config.providers", "x", "config.providers.x.class", "no.such.Class"));
        assertTrue(message.contains("no.such.Class"), message);
    }
}
