package dev.heddle.handlers;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.Time;
import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.coordinator.GroupCoordinatorConfig;
import dev.heddle.coordinator.Shares;
import dev.heddle.coordinator.TransactionConfig;
import dev.heddle.coordinator.Transactions;
import dev.heddle.coordinator.delivery.SharePartitions;
import dev.heddle.log.LogDirectories;
import dev.heddle.log.LogManager;
import dev.heddle.metadata.Controller;
import dev.heddle.metadata.ControllerConfig;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.replication.ReplicaManager;
import dev.heddle.security.AccessControl;

/**
 * What the handlers work with: the broker's parts, handed in by {@code app}. Immutable, so any thread may read it; only
 * {@link HandlerTable#create} does.
 */
public record HandlerServices(
        BrokerIdentity self,
        Metadata metadata,
        Storage storage,
        Coordinators coordinators,
        Configs configs,
        AccessControl access,
        Tools tools) {

    /** The cluster's metadata, and who changes it. */
    public record Metadata(MetadataCache cache, Controller controller) {}

    /** What holds the records. */
    public record Storage(LogDirectories directories, LogManager logs, ReplicaManager replicas) {}

    /** What coordinates clients among each other. */
    public record Coordinators(
            GroupCoordinator groups, Transactions transactions, Shares shares, SharePartitions sharePartitions) {}

    /**
     * The configuration, as far as handlers need it.
     *
     * @param broker all of it, to be described
     * @param loggers the levels of the loggers, to be described and altered
     */
    public record Configs(
            HandlersConfig handlers,
            ControllerConfig.TopicDefaults topics,
            GroupCoordinatorConfig.OffsetsTopic offsetsTopic,
            TransactionConfig transactions,
            BrokerConfiguration broker,
            LoggerLevels loggers) {}

    /** What everything uses. */
    public record Tools(Time time, MetricRegistry metrics) {}
}
