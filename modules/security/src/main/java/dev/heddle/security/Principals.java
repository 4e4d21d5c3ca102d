package dev.heddle.security;

import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Time;
import java.io.Closeable;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.apache.kafka.common.Configurable;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.security.auth.AuthenticationContext;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.KafkaPrincipalBuilder;
import org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Says who clients are, with Kafka's {@code KafkaPrincipalBuilder} plugins. Any thread may ask, and waits as long as the
 * plugin takes; {@link #close} belongs to the thread that stops the broker.
 *
 * <p>For maintainers: Kafka gives each network thread a builder of its own, so builders need not be safe for several
 * threads. Here an instance serves one thread at a time too, and there are as many as are ever needed at once.
 */
public final class Principals implements AutoCloseable {

    private final AbstractConfig config;
    private final PluginCalls calls;

    /** What each listener needs; a listener may have a builder class of its own. */
    private final Map<String, Builders> byListener = new ConcurrentHashMap<>();

    public Principals(AbstractConfig config, Time time) {
        this.config = config;
        this.calls = new PluginCalls(time);
    }

    /**
     * Makes what a listener needs, so that a class that does not fit is found at once.
     *
     * @throws StopBrokerException if the configured class is no builder or refuses its configuration
     */
    public void prepare(String listener) {
        Builders builders = builders(listener);
        if (builders.type == null) return;
        try {
            builders.idle.add(builders.create());
        } catch (KafkaException | ClassCastException e) {
            throw new StopBrokerException(
                    SecurityConfig.PRINCIPAL_BUILDER_CLASS + "=" + builders.type.getName() + " of listener " + listener
                            + ": " + e.getMessage(),
                    e);
        }
    }

    /**
     * Tells who the clients of a listener are. Any thread may ask it, and waits as long as the plugin takes; what the
     * plugin throws is thrown there.
     *
     * @return null if all of them are anonymous
     */
    public @Nullable Function<AuthenticationContext, KafkaPrincipal> of(String listener) {
        Builders builders = builders(listener);
        return builders.type == null ? null : client -> calls.call(() -> builders.build(client));
    }

    private Builders builders(String listener) {
        return byListener.computeIfAbsent(listener, name -> Builders.of(config, new ListenerName(name)));
    }

    /** Closes the plugins. Nobody asks any more. */
    @Override
    public void close() {
        byListener
                .values()
                .forEach(builders -> builders.idle.forEach(builder -> {
                    if (builder instanceof Closeable closeable) Utils.closeQuietly(closeable, "principal builder");
                }));
        byListener.clear();
        calls.close();
    }

    /**
     * The builders of one listener.
     *
     * @param type their class; null if it is Kafka's own, which knows anonymous clients only
     */
    private record Builders(@Nullable Class<?> type, Map<String, Object> configs, Queue<KafkaPrincipalBuilder> idle) {

        static Builders of(AbstractConfig config, ListenerName listener) {
            Map<String, Object> configs = new HashMap<>(config.originals());
            configs.putAll(config.valuesWithPrefixOverride(listener.configPrefix()));
            Class<?> type = (Class<?>) configs.get(SecurityConfig.PRINCIPAL_BUILDER_CLASS);
            return new Builders(
                    type == DefaultKafkaPrincipalBuilder.class ? null : type, configs, new ConcurrentLinkedQueue<>());
        }

        KafkaPrincipal build(AuthenticationContext client) {
            KafkaPrincipalBuilder rested = idle.poll();
            KafkaPrincipalBuilder builder = rested == null ? create() : rested;
            try {
                return builder.build(client);
            } finally {
                idle.add(builder);
            }
        }

        KafkaPrincipalBuilder create() {
            var builder = (KafkaPrincipalBuilder) Utils.newInstance(type);
            if (builder instanceof Configurable configurable) configurable.configure(configs);
            return builder;
        }
    }
}
