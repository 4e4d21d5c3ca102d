package dev.heddle.app;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import dev.heddle.app.StepSequence.Step;
import dev.heddle.common.MetricNames;
import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Threads;
import dev.heddle.common.Time;
import dev.heddle.common.Waiter;
import dev.heddle.log.FileSystemCalls;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * A whole broker. Any thread may call it; start-up and shutdown exclude each other, and a broker that was closed is not
 * started again.
 */
public final class BrokerServer implements AutoCloseable {

    private final HeddleConfig config;
    private final Time time;
    private final Consumer<StopBrokerException> whenBroken;
    private final FileSystemCalls files;
    private final MetricRegistry metrics = new MetricRegistry();
    private final JmxMetrics jmx = new JmxMetrics(metrics);
    private final StepSequence sequence = new StepSequence();

    /** What the start-up waits on. */
    private final Waiter starting;

    /** Shown as a metric to any thread. */
    private volatile BrokerState state = BrokerState.NOT_RUNNING;

    /** Published by {@link #startup}; null before. */
    private volatile @Nullable BrokerParts parts;

    /**
     * Prepares a broker; {@link #startup} starts it.
     *
     * @param whenBroken is told when the broker finds that it cannot go on; on one of the broker's threads, so it must not
     *     close the broker itself
     */
    public BrokerServer(HeddleConfig config, Time time, Consumer<StopBrokerException> whenBroken) {
        this(config, time, whenBroken, FileSystemCalls.REAL);
    }

    /** @param files for tests whose disks fail */
    BrokerServer(HeddleConfig config, Time time, Consumer<StopBrokerException> whenBroken, FileSystemCalls files) {
        this.config = config;
        this.time = time;
        this.whenBroken = whenBroken;
        this.files = files;
        this.starting = new Waiter(time);
    }

    /**
     * Starts every part, in order.
     *
     * @throws StopBrokerException says in one line why it cannot; what had been started is stopped again
     */
    public void startup() {
        state = BrokerState.STARTING;
        BrokerParts built = new BrokerParts(config, time, metrics, files);
        parts = built;
        sequence.start(steps(built, new RequestHandlers(built, time, metrics, whenBroken)));
        state = BrokerState.RUNNING;
    }

    /** Gives up a start-up that waits for a plugin; {@link #startup} throws then. Any thread may call it. */
    public void abandonStartup() {
        starting.cancel();
    }

    private List<Step> steps(BrokerParts broker, RequestHandlers handlers) {
        var listeners = new ListenerStart(broker, time, starting);
        return List.of(
                new Step("scheduler", () -> {}, broker.scheduler),
                new Step("metrics", this::showMetrics, jmx),
                new Step("log directories", broker::openDirectories, broker.directories),
                new Step("metadata", broker::startMetadata, broker.controller),
                new Step("log manager", broker::loadLogs, broker.logs),
                new Step("principals", broker::preparePrincipals, broker.principals),
                new Step("socket server", broker.sockets::start, broker.sockets),
                new Step("replica manager", broker::startReplicas, broker.replicas),
                new Step("group coordinator", broker::startGroups, broker.groups),
                new Step("transaction coordinator", broker::startTransactions, broker.transactions.coordinator()),
                new Step("share coordinator", broker::startShares, broker.shares),
                new Step("broker lifecycle", () -> broker.startLifecycle(whenBroken), broker.lifecycle),
                new Step("authorizer", () -> broker.loadAuthorizer(config), broker.authorizer),
                new Step("handlers", handlers::start, handlers),
                new Step("request processing", listeners::start, broker.sockets::close));
    }

    /** Stops every part, in reverse order, each even if another fails. */
    @Override
    public void close() {
        state = BrokerState.SHUTTING_DOWN;
        try {
            sequence.close();
        } finally {
            state = BrokerState.NOT_RUNNING;
        }
    }

    /** The metrics of this broker, by their JMX names. */
    public MetricRegistry metrics() {
        return metrics;
    }

    /**
     * The port that a listener is bound to.
     *
     * @throws IllegalStateException if the broker has not been started
     */
    public int boundPort(String listener) {
        return parts().sockets.boundPort(listener);
    }

    /** Shows the metrics in JMX, in the background: that takes as long as the rest of the start-up. */
    void exposeMetrics() {
        Threads.virtual("jmx-start", jmx::start).start();
    }

    private void showMetrics() {
        metrics.gauge(MetricNames.of("kafka.server", "KafkaServer", "BrokerState"), () ->
                (Gauge<Integer>) () -> state.value());
        metrics.gauge(MetricNames.of("kafka.server", "KafkaServer", "ClusterId"), () ->
                (Gauge<String>) () -> parts().directories.clusterId());
    }

    /** @throws IllegalStateException if the broker has not been started */
    BrokerParts parts() {
        BrokerParts built = parts;
        if (built == null) throw new IllegalStateException("the broker has not been started");
        return built;
    }

    /** The first listener, as {@code host:port}. */
    String mainListener() {
        Endpoint main = parts().sockets.listeners().getFirst();
        String host = main.host();
        return (host == null || host.isEmpty() ? "0.0.0.0" : host) + ":" + main.port();
    }

    int mainPort() {
        return parts().sockets.listeners().getFirst().port();
    }

    String handlerStrategy() {
        return parts().configs.handlers().strategy().configName();
    }

    String dataShown() {
        return ConfigFile.dataShown(config.given(), "/tmp/kafka-logs");
    }
}
