package dev.heddle.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Time;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.management.ObjectName;
import org.apache.kafka.common.ClusterResource;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.Reconfigurable;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.Monitorable;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AuthorizerPluginTest {

    private static final Endpoint ONE = new Endpoint("ONE", SecurityProtocol.PLAINTEXT, "localhost", 1);
    private static final Endpoint TWO = new Endpoint("TWO", SecurityProtocol.PLAINTEXT, "localhost", 2);
    private static final ServerInfo SERVER =
            new ServerInfo(new ClusterResource("c"), 1, List.of(ONE, TWO), ONE, List.of());

    /** The one that was loaded last. */
    private static RecordingAuthorizer last;

    private AuthorizerPlugin plugin = new AuthorizerPlugin(new SecurityConfig("", List.of(), false), 1000, Time.SYSTEM);

    /** Found by its name, as plugins are. */
    public static class Found extends RecordingAuthorizer {
        public Found() {
            last = this;
        }
    }

    public static final class Choosy extends Found {
        @Override
        public void configure(Map<String, ?> configs) {
            throw new ConfigException("its.key is missing");
        }
    }

    public static final class Measured extends Found implements Monitorable {
        @Override
        public void withPluginMetrics(PluginMetrics metrics) {
            MetricName name = metrics.metricName("answers", "how many", new java.util.LinkedHashMap<>());
            metrics.addMetric(name, (Gauge<Integer>) (config, now) -> 42);
        }
    }

    public static final class Alterable extends Found implements Reconfigurable {
        @Override
        public Set<String> reconfigurableConfigs() {
            return Set.of("its.key");
        }

        @Override
        public void validateReconfiguration(Map<String, ?> configs) {}

        @Override
        public void reconfigure(Map<String, ?> configs) {}
    }

    private AuthorizerPlugin named(String className) {
        plugin = new AuthorizerPlugin(new SecurityConfig(className, List.of(), false), 1000, Time.SYSTEM);
        return plugin;
    }

    private AuthorizerPlugin loaded(Class<?> type) {
        named(type.getName()).load(Map.of("its.key", "value"));
        return plugin;
    }

    @AfterEach
    void close() throws Exception {
        plugin.close();
    }

    @Test
    void withoutAClassNameThereIsNobodyToAsk() throws Exception {
        plugin.load(Map.of());
        assertFalse(plugin.accessControl().isConfigured());
        assertNull(plugin.accessControl().rules());
        assertNull(plugin.reconfigurable());
        Map<Endpoint, CompletionStage<?>> ready = plugin.start(SERVER);
        assertEquals(Set.of(ONE, TWO), ready.keySet());
        assertTrue(ready.values().stream()
                .allMatch(stage -> stage.toCompletableFuture().isDone()));
    }

    @Test
    void configuresThePluginWithWhateverWasGivenAndClosesItOnce() throws Exception {
        assertTrue(loaded(Found.class).accessControl().isConfigured());
        assertEquals(Map.of("its.key", "value"), last.configs);
        plugin.close();
        plugin.close();
        assertEquals(1, last.closed);
    }

    @Test
    void closesAPluginThatRefusesItsConfiguration() throws Exception {
        var failure = assertThrows(StopBrokerException.class, () -> loaded(Choosy.class));
        assertTrue(failure.getMessage().contains("its.key is missing"), failure.getMessage());
        plugin.close();
        assertEquals(1, last.closed);
    }

    @Test
    void saysInOneLineWhichClassDoesNotFit() {
        var missing = assertThrows(
                StopBrokerException.class, () -> named("no.such.Thing").load(Map.of()));
        assertTrue(missing.getMessage().startsWith("authorizer.class.name=no.such.Thing: "), missing.getMessage());
        var other = assertThrows(
                StopBrokerException.class, () -> named("java.lang.String").load(Map.of()));
        assertTrue(other.getMessage().startsWith("authorizer.class.name=java.lang.String: "), other.getMessage());
    }

    @Test
    void endpointsThatThePluginDoesNotMentionAreReady() {
        loaded(Found.class);
        var starting = new CompletableFuture<Void>();
        last.ready = Map.of(TWO, starting);
        Map<Endpoint, CompletionStage<?>> ready = plugin.start(SERVER);
        assertTrue(ready.get(ONE).toCompletableFuture().isDone());
        assertSame(starting, ready.get(TWO));
    }

    @Test
    void refusesToWaitForEndpointsThatDoNotExist() {
        loaded(Found.class);
        var other = new Endpoint("OTHER", SecurityProtocol.PLAINTEXT, "localhost", 3);
        last.ready = Map.of(other, new CompletableFuture<>());
        assertThrows(StopBrokerException.class, () -> plugin.start(SERVER));
    }

    @Test
    void showsTheMetricsOfAPluginWhereKafkaShowsThem() throws Exception {
        loaded(Measured.class);
        var name = new ObjectName("kafka.server:type=plugins,config=authorizer.class.name,class=Measured,role=broker");
        assertEquals(42, ManagementFactory.getPlatformMBeanServer().getAttribute(name, "answers"));
        plugin.close();
        assertFalse(ManagementFactory.getPlatformMBeanServer().isRegistered(name));
    }

    @Test
    void knowsAPluginThatWantsToHearOfChanges() {
        assertNull(loaded(Found.class).reconfigurable());
        Reconfigurable wants = loaded(Alterable.class).reconfigurable();
        assertSame(last, wants);
    }
}
