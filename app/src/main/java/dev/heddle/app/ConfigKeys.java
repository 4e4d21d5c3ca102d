package dev.heddle.app;

import dev.heddle.coordinator.GroupCoordinatorConfig;
import dev.heddle.coordinator.ShareCoordinatorConfig;
import dev.heddle.coordinator.TransactionConfig;
import dev.heddle.handlers.HandlersConfig;
import dev.heddle.log.LogConfig;
import dev.heddle.log.LogManagerConfig;
import dev.heddle.metadata.ControllerConfig;
import dev.heddle.network.SocketServerConfig;
import dev.heddle.replication.ReplicationConfig;
import dev.heddle.requestchannel.RequestChannelConfig;
import dev.heddle.security.SecurityConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigDef;

/**
 * The keys of all modules together. Any thread may call it.
 */
final class ConfigKeys {

    /** The keys that one class of a module declares, beside the code that uses them. */
    record Part(String module, UnaryOperator<ConfigDef> define) {}

    static final List<Part> PARTS = List.of(
            new Part("app", BrokerConfig::define),
            new Part("network", SocketServerConfig::define),
            new Part("requestchannel", RequestChannelConfig::define),
            new Part("log", LogManagerConfig::define),
            new Part("log", LogConfig::define),
            new Part("metadata", ControllerConfig::define),
            new Part("security", SecurityConfig::define),
            new Part("replication", ReplicationConfig::define),
            new Part("coordinator", GroupCoordinatorConfig::define),
            new Part("coordinator", TransactionConfig::define),
            new Part("coordinator", ShareCoordinatorConfig::define),
            new Part("handlers", HandlersConfig::define));

    private ConfigKeys() {}

    /** Every key that the broker uses, declared by the module that uses it. */
    static ConfigDef all() {
        var def = new ConfigDef();
        PARTS.forEach(part -> part.define().apply(def));
        return def;
    }

    /** Every key of Apache Kafka's broker, whether Heddle uses it or not. */
    static Set<String> ofKafka() {
        try (InputStream in = ConfigKeys.class.getResourceAsStream("kafka-keys.txt")) {
            if (in == null) throw new IllegalStateException("kafka-keys.txt is missing from the module");
            var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            return reader.lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
