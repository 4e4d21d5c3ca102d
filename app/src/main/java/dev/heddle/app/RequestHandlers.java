package dev.heddle.app;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Time;
import dev.heddle.handlers.BrokerIdentity;
import dev.heddle.handlers.HandlerServices;
import dev.heddle.handlers.HandlerStrategy;
import dev.heddle.handlers.HandlerTable;
import dev.heddle.handlers.Lane;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The handlers of both planes, each with a strategy of its own. Called by the thread that starts and stops the broker.
 */
final class RequestHandlers implements AutoCloseable {

    private final BrokerParts parts;
    private final Time time;
    private final MetricRegistry metrics;
    private final Consumer<StopBrokerException> whenBroken;

    private @Nullable HandlerStrategy dataPlane;
    private @Nullable HandlerStrategy controlPlane;

    RequestHandlers(BrokerParts parts, Time time, MetricRegistry metrics, Consumer<StopBrokerException> whenBroken) {
        this.parts = parts;
        this.time = time;
        this.metrics = metrics;
        this.whenBroken = whenBroken;
    }

    /** Makes the table and the threads, and tells the request channel who handles what it lets in. */
    void start() {
        HandlerTable table = HandlerTable.create(services());
        HandlerStrategy data = strategy(Lane.DATA_PLANE, table);
        dataPlane = data;
        HandlerStrategy control = strategy(Lane.CONTROL_PLANE, table);
        controlPlane = control;
        parts.channel.start(data, control);
    }

    private HandlerStrategy strategy(Lane lane, HandlerTable table) {
        return HandlerStrategy.create(lane, parts.configs.handlers(), table, whenBroken, time, metrics);
    }

    private HandlerServices services() {
        ModuleConfigs configs = parts.configs;
        return new HandlerServices(
                new BrokerIdentity(
                        configs.broker().nodeId(),
                        parts.directories.clusterId(),
                        configs.network().advertised().isEmpty()),
                new HandlerServices.Metadata(parts.metadata, parts.controller),
                new HandlerServices.Storage(parts.directories, parts.logs, parts.replicas),
                new HandlerServices.Coordinators(parts.groups, parts.transactions, parts.shares, parts.sharePartitions),
                new HandlerServices.Configs(
                        configs.handlers(),
                        configs.controller().topics(),
                        configs.groups().topic(),
                        configs.transactions(),
                        parts.dynamicConfig,
                        new LogbackLevels()),
                parts.authorizer.accessControl(),
                new HandlerServices.Tools(time, metrics));
    }

    /** Waits until the handlers at work have ended; each plane even if the other fails. */
    @Override
    public void close() {
        try {
            if (dataPlane != null) dataPlane.close();
        } finally {
            if (controlPlane != null) controlPlane.close();
        }
    }
}
