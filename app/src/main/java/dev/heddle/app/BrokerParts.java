package dev.heddle.app;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.BackgroundScheduler;
import dev.heddle.common.StopBrokerException;
import dev.heddle.common.Time;
import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.coordinator.ProducerIdManager;
import dev.heddle.coordinator.ShareGroupSettings;
import dev.heddle.coordinator.Shares;
import dev.heddle.coordinator.TransactionCoordinator;
import dev.heddle.coordinator.Transactions;
import dev.heddle.coordinator.delivery.SharePartitions;
import dev.heddle.log.FileSystemCalls;
import dev.heddle.log.LogDirectories;
import dev.heddle.log.LogManager;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.StandaloneController;
import dev.heddle.network.SocketServer;
import dev.heddle.replication.ReplicaManager;
import dev.heddle.replication.ReplicationConfig;
import dev.heddle.requestchannel.RequestChannel;
import dev.heddle.security.AuthorizerPlugin;
import dev.heddle.security.Principals;
import java.util.function.Consumer;
import org.apache.kafka.common.Reconfigurable;

/**
 * All parts of one broker, put together and not started: constructors only assign. Used by the thread that starts and
 * stops the broker.
 */
final class BrokerParts {

    final ModuleConfigs configs;
    final BackgroundScheduler scheduler = new BackgroundScheduler();
    final MetadataCache metadata = new MetadataCache();
    final LogDirectories directories;
    final StandaloneController controller;
    final LogManager logs;
    final RequestChannel channel;
    final Principals principals;
    final SocketServer sockets;
    final ReplicaManager replicas;
    final GroupCoordinator groups;
    final Transactions transactions;
    final Shares shares;
    final SharePartitions sharePartitions;
    final AuthorizerPlugin authorizer;
    final BrokerLifecycle lifecycle;
    final DirectoryReports reports;
    final DynamicConfig dynamicConfig;

    /** @param files what every call on files goes through */
    BrokerParts(HeddleConfig config, Time time, MetricRegistry metrics, FileSystemCalls files) {
        configs = ModuleConfigs.of(config.parsed());
        int nodeId = configs.broker().nodeId();
        directories = new LogDirectories(configs.logs(), time, metrics, files);
        logs = new LogManager(configs.logs(), directories, configs.log(), time, scheduler, metrics);
        dynamicConfig = new DynamicConfig(config, nodeId, logs);
        controller = new StandaloneController(
                configs.controller(),
                dynamicConfig,
                directories,
                metadata,
                new StandaloneController.Context(nodeId, metrics, time, scheduler));
        channel = new RequestChannel(configs.channel(), time, metrics);
        principals = new Principals(config.parsed(), time);
        sockets = new SocketServer(configs.network(), channel, principals::of, time, metrics);
        replicas = new ReplicaManager(
                nodeId, configs.replication(), logs, metadata, new ReplicaManager.Context(time, scheduler, metrics));
        dynamicConfig.whenChanged(changed -> replicas.mover().updateConfig(ReplicationConfig.from(changed)));
        groups = new GroupCoordinator(configs.groups(), replicas, metadata, time, scheduler, metrics);
        dynamicConfig.whenChanged(groups::updateConfig);
        transactions = Transactions.of(
                configs.transactions(),
                replicas,
                groups,
                metadata,
                new ProducerIdManager(nodeId, controller),
                new TransactionCoordinator.Tools(time, scheduler, metrics));
        shares = Shares.of(
                configs.shares(), groups, controller, new Shares.Tools(replicas, metadata, time, scheduler, metrics));
        sharePartitions = new SharePartitions(
                replicas,
                shares.states(),
                new ShareGroupSettings(configs.groups().share(), metadata),
                new SharePartitions.Context(time, scheduler, metrics));
        authorizer = new AuthorizerPlugin(configs.security(), rulesTimeoutMs(), time);
        lifecycle = new BrokerLifecycle(configs.broker(), this);
        reports = new DirectoryReports(nodeId, lifecycle, logs, scheduler);
        replicas.mover().onMoved(reports::moved);
    }

    /** As in Kafka, where a request that waits for its authorizer is given up when its connection would be. */
    private long rulesTimeoutMs() {
        long maxIdleMs = configs.network().socket().maxIdleMs();
        return maxIdleMs < 0 ? Long.MAX_VALUE : maxIdleMs;
    }

    void preparePrincipals() {
        configs.network()
                .listeners()
                .forEach(listener -> principals.prepare(listener.endpoint().listener()));
    }

    void loadAuthorizer(HeddleConfig config) {
        authorizer.load(config.parsed().originals());
        Reconfigurable wantsToKnow = authorizer.reconfigurable();
        if (wantsToKnow != null) dynamicConfig.reconfigure(wantsToKnow, metadata.image());
    }

    void openDirectories() {
        directories.open(configs.broker().nodeId());
    }

    void loadLogs() {
        logs.startup(topic -> metadata.image().configs().ofTopic(topic));
    }

    void startMetadata() {
        controller.start();
        controller.addListener(dynamicConfig);
    }

    void startReplicas() {
        replicas.startup();
        controller.addListener(replicas);
    }

    void startGroups() {
        groups.startup();
        controller.addListener(groups);
    }

    void startTransactions() {
        transactions.coordinator().startup();
        controller.addListener(transactions.coordinator());
    }

    void startShares() {
        shares.coordinator().startup();
        controller.addListener(shares.coordinator());
        controller.addListener(sharePartitions);
    }

    void startLifecycle(Consumer<StopBrokerException> whenBroken) {
        lifecycle.start();
        reports.watch(directories.all(), directories.metadataDirectory(), whenBroken);
        controller.addListener(reports);
    }
}
