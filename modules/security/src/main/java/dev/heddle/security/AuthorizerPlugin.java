package dev.heddle.security;

import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Time;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Reconfigurable;
import org.apache.kafka.common.internals.Plugin;
import org.apache.kafka.common.metrics.JmxReporter;
import org.apache.kafka.common.metrics.KafkaMetricsContext;
import org.apache.kafka.common.metrics.MetricConfig;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.Monitorable;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.server.authorizer.Authorizer;
import org.apache.kafka.server.authorizer.AuthorizerServerInfo;
import org.jspecify.annotations.Nullable;

/**
 * The life of Kafka's {@code Authorizer} plugin: loaded and configured, started, closed. Used by the thread that starts and
 * stops the broker. Without {@code authorizer.class.name} every step does nothing.
 */
public final class AuthorizerPlugin implements AutoCloseable {

    private static final String JMX_PREFIX = "kafka.server";

    private final SecurityConfig config;
    private final long rulesTimeoutMs;
    private final Time time;

    private @Nullable LoadedAuthorizer loaded;
    private @Nullable Plugin<Authorizer> plugin;
    private @Nullable Metrics metrics;

    /** @param rulesTimeoutMs how long the plugin may take to change its rules before a client is answered */
    public AuthorizerPlugin(SecurityConfig config, long rulesTimeoutMs, Time time) {
        this.config = config;
        this.rulesTimeoutMs = rulesTimeoutMs;
        this.time = time;
    }

    /**
     * Makes the plugin and configures it.
     *
     * @param originals the broker's configuration as it was given, with every key of it
     * @throws StopBrokerException if there is no such class, it is no authorizer, or it refuses the configuration
     */
    public void load(Map<String, ?> originals) {
        String name = config.authorizerClassName();
        if (name.isEmpty()) return;
        try {
            Authorizer authorizer = Utils.newInstance(name, Authorizer.class);
            loaded = new LoadedAuthorizer(authorizer, new PluginCalls(time), time, rulesTimeoutMs);
            authorizer.configure(originals);
            // Metrics of its own are shown under Kafka's names (KIP-877), and cost nothing where there are none.
            if (authorizer instanceof Monitorable) metrics = metrics();
            plugin = Plugin.wrapInstance(authorizer, metrics, SecurityConfig.AUTHORIZER_CLASS_NAME, "role", "broker");
        } catch (ClassNotFoundException | NoClassDefFoundError e) {
            throw refused("class " + e.getMessage() + " is not on the class path; is its jar in HEDDLE_CLASSPATH?", e);
        } catch (ClassCastException e) {
            throw refused("it is no " + Authorizer.class.getName(), e);
        } catch (RuntimeException e) {
            throw refused(String.valueOf(e.getMessage()), e);
        }
    }

    private StopBrokerException refused(String why, Throwable cause) {
        return new StopBrokerException(
                SecurityConfig.AUTHORIZER_CLASS_NAME + "=" + config.authorizerClassName() + ": " + why, cause);
    }

    private static Metrics metrics() {
        return new Metrics(
                new MetricConfig(),
                List.of(new JmxReporter()),
                org.apache.kafka.common.utils.Time.SYSTEM,
                new KafkaMetricsContext(JMX_PREFIX));
    }

    /**
     * Starts the plugin.
     *
     * @return for each endpoint, what must be complete before requests that come in there are answered
     * @throws StopBrokerException if the plugin speaks of endpoints that do not exist
     */
    public Map<Endpoint, CompletionStage<?>> start(AuthorizerServerInfo server) {
        Map<Endpoint, CompletionStage<?>> ready = new HashMap<>();
        if (loaded != null) ready.putAll(loaded.plugin().start(server));
        server.endpoints().forEach(endpoint -> ready.putIfAbsent(endpoint, CompletableFuture.completedFuture(null)));
        if (ready.size() > server.endpoints().size()) {
            List<String> unknown = ready.keySet().stream()
                    .filter(endpoint -> !server.endpoints().contains(endpoint))
                    .map(Endpoint::listener)
                    .toList();
            throw new StopBrokerException("The authorizer wants to start on listeners that do not exist: " + unknown);
        }
        return ready;
    }

    /** Whom handlers ask. */
    public AccessControl accessControl() {
        return loaded == null ? AccessControl.NONE : new AccessControl(loaded);
    }

    /** The plugin, if it wants to hear of changes of the configuration; else null. */
    public @Nullable Reconfigurable reconfigurable() {
        return loaded != null && loaded.plugin() instanceof Reconfigurable wants ? wants : null;
    }

    /** Closes the plugin. No handler asks it any more. */
    @Override
    public void close() throws Exception {
        try {
            if (plugin != null) plugin.close();
            else if (loaded != null) loaded.plugin().close();
        } finally {
            if (metrics != null) metrics.close();
            if (loaded != null) loaded.calls().close();
            plugin = null;
            metrics = null;
            loaded = null;
        }
    }
}
