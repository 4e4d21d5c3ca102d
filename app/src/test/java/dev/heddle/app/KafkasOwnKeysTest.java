package dev.heddle.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.junit.jupiter.api.Test;

/** Where a key is Kafka's, so are its type, its default, its importance and its limits; what differs is meant, and here. */
class KafkasOwnKeysTest {

    private static final Map<String, ConfigKey> OURS = ConfigKeys.all().configKeys();

    private record KafkaKey(String type, String defaultValue, String importance, String validator) {}

    private static final Map<String, KafkaKey> KAFKAS = read();

    private static Map<String, KafkaKey> read() {
        try (InputStream in = KafkasOwnKeysTest.class.getResourceAsStream("kafka-config.tsv")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("\t", -1))
                    .collect(Collectors.toMap(
                            fields -> fields[0], fields -> new KafkaKey(fields[1], fields[2], fields[3], fields[4])));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The keys that differ, as {@code name: Kafka's → ours}. */
    private static Map<String, String> differences(
            Function<KafkaKey, String> kafkas, Function<ConfigKey, String> ours) {
        var differences = new TreeMap<String, String>();
        KAFKAS.forEach((name, key) -> {
            ConfigKey own = OURS.get(name);
            if (own == null) return;
            String expected = kafkas.apply(key);
            String actual = ours.apply(own);
            if (!expected.equals(actual)) differences.put(name, expected + " → " + actual);
        });
        return differences;
    }

    @Test
    void everyKeyOfKafkaIsKnownByName() {
        assertEquals(new TreeSet<>(KAFKAS.keySet()), ConfigKeys.ofKafka());
    }

    @Test
    void typesAreKafkas() {
        assertEquals(Map.of(), differences(KafkaKey::type, key -> key.type.toString()));
    }

    @Test
    void importanceIsKafkas() {
        assertEquals(Map.of(), differences(KafkaKey::importance, key -> key.importance.toString()));
    }

    @Test
    void defaultsAreKafkasButWhereABrokerNeedsNoFile() {
        var meant = Map.of(
                "node.id", "(required) → 1",
                "process.roles", "(required) → ",
                "controller.listener.names", "(required) → ",
                "socket.listen.backlog.size", "50 → 4096"); // 50 lose connections in a storm
        assertEquals(meant, differences(KafkaKey::defaultValue, KafkasOwnKeysTest::defaultOf));
    }

    @Test
    void limitsAreKafkasButWhereOneBrokerNeedsNoQuorum() {
        var meant = Map.of(
                "controller.quorum.voters", "non-empty list → ",
                "controller.quorum.bootstrap.servers", "non-empty list → ");
        assertEquals(
                meant, differences(KafkaKey::validator, key -> key.validator == null ? "" : key.validator.toString()));
    }

    private static String defaultOf(ConfigKey key) {
        if (!key.hasDefault()) return "(required)";
        if (key.defaultValue == null) return "(none)";
        return ConfigDef.convertToString(key.defaultValue, key.type);
    }
}
