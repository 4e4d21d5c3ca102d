package dev.heddle.handlers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.BackgroundScheduler;
import dev.heddle.common.Time;
import dev.heddle.coordinator.GroupCoordinator;
import dev.heddle.coordinator.GroupCoordinatorConfig;
import dev.heddle.coordinator.ProducerIdManager;
import dev.heddle.coordinator.ShareCoordinatorConfig;
import dev.heddle.coordinator.ShareGroupSettings;
import dev.heddle.coordinator.Shares;
import dev.heddle.coordinator.TransactionConfig;
import dev.heddle.coordinator.TransactionCoordinator;
import dev.heddle.coordinator.Transactions;
import dev.heddle.coordinator.delivery.SharePartitions;
import dev.heddle.log.LogConfig;
import dev.heddle.log.LogDirectories;
import dev.heddle.log.LogManager;
import dev.heddle.log.LogManagerConfig;
import dev.heddle.metadata.ControllerConfig;
import dev.heddle.metadata.Features;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.StandaloneController;
import dev.heddle.replication.ReplicaManager;
import dev.heddle.replication.ReplicationConfig;
import dev.heddle.security.AccessControl;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData.Feature;
import org.apache.kafka.common.message.BrokerRegistrationRequestData.Listener;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.CreateTopicsResponse;
import org.apache.kafka.common.requests.FindCoordinatorRequest;
import org.apache.kafka.common.requests.FindCoordinatorResponse;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/** Every part that handlers work with, real and running; only the network is missing. One thread uses it. */
final class WholeBroker implements AutoCloseable {

    static final int ID = 1;

    final MetadataCache metadata = new MetadataCache();
    final HandlerTable table;
    private final MetricRegistry metrics = new MetricRegistry();
    private final BackgroundScheduler scheduler = new BackgroundScheduler();
    private final AbstractConfig parsed;
    private final LogDirectories directories;
    private final LogManager logs;
    private final StandaloneController controller;
    private final ReplicaManager replicas;
    private final GroupCoordinator groups;
    private final Transactions transactions;
    private final Shares shares;
    private final SharePartitions sharePartitions;

    private WholeBroker(Path directory, AccessControl access) {
        parsed = new AbstractConfig(
                definition(),
                Map.of(
                        "log.dirs", directory.toString(),
                        "offsets.topic.num.partitions", "2",
                        "transaction.state.log.num.partitions", "2",
                        "share.coordinator.state.topic.num.partitions", "2",
                        "group.initial.rebalance.delay.ms", "0",
                        "group.streams.initial.rebalance.delay.ms", "0",
                        "group.streams.assignment.interval.ms", "0"),
                false);
        LogManagerConfig logConfig = LogManagerConfig.from(parsed);
        directories = new LogDirectories(logConfig, Time.SYSTEM, metrics);
        logs = new LogManager(logConfig, directories, LogConfig.defaults(parsed), Time.SYSTEM, scheduler, metrics);
        controller = new StandaloneController(
                ControllerConfig.from(parsed),
                new FakeBrokerConfiguration(),
                directories,
                metadata,
                new StandaloneController.Context(ID, metrics, Time.SYSTEM, scheduler));
        replicas = new ReplicaManager(
                ID,
                ReplicationConfig.from(parsed),
                logs,
                metadata,
                new ReplicaManager.Context(Time.SYSTEM, scheduler, metrics));
        groups = new GroupCoordinator(
                GroupCoordinatorConfig.from(parsed), replicas, metadata, Time.SYSTEM, scheduler, metrics);
        transactions = Transactions.of(
                TransactionConfig.from(parsed),
                replicas,
                groups,
                metadata,
                new ProducerIdManager(ID, controller),
                new TransactionCoordinator.Tools(Time.SYSTEM, scheduler, metrics));
        shares = Shares.of(
                ShareCoordinatorConfig.from(parsed),
                groups,
                controller,
                new Shares.Tools(replicas, metadata, Time.SYSTEM, scheduler, metrics));
        sharePartitions = new SharePartitions(
                replicas,
                shares.states(),
                new ShareGroupSettings(GroupCoordinatorConfig.from(parsed).share(), metadata),
                new SharePartitions.Context(Time.SYSTEM, scheduler, metrics));
        table = HandlerTable.create(services(access));
    }

    private static ConfigDef definition() {
        var def = new ConfigDef();
        LogConfig.define(LogManagerConfig.define(def));
        ControllerConfig.define(def);
        ReplicationConfig.define(def);
        ShareCoordinatorConfig.define(TransactionConfig.define(GroupCoordinatorConfig.define(def)));
        return HandlersConfig.define(def);
    }

    private HandlerServices services(AccessControl access) {
        return new HandlerServices(
                new BrokerIdentity(ID, "the-cluster", false),
                new HandlerServices.Metadata(metadata, controller),
                new HandlerServices.Storage(directories, logs, replicas),
                new HandlerServices.Coordinators(groups, transactions, shares, sharePartitions),
                new HandlerServices.Configs(
                        HandlersConfig.from(parsed),
                        ControllerConfig.from(parsed).topics(),
                        GroupCoordinatorConfig.from(parsed).topic(),
                        TransactionConfig.from(parsed),
                        new FakeBrokerConfiguration(),
                        new AlterConfigsHandlersTest.FakeLoggers()),
                access,
                new HandlerServices.Tools(Time.SYSTEM, metrics));
    }

    static WholeBroker start(Path directory) {
        return start(directory, AccessControl.NONE);
    }

    static WholeBroker start(Path directory, AccessControl access) {
        var broker = new WholeBroker(directory, access);
        broker.directories.open(ID);
        broker.controller.start();
        broker.logs.startup(topic -> broker.metadata.image().configs().ofTopic(topic));
        broker.replicas.startup();
        broker.controller.addListener(broker.replicas);
        broker.groups.startup();
        broker.controller.addListener(broker.groups);
        broker.transactions.coordinator().startup();
        broker.controller.addListener(broker.transactions.coordinator());
        broker.shares.coordinator().startup();
        broker.controller.addListener(broker.shares.coordinator());
        broker.controller.addListener(broker.sharePartitions);
        broker.register();
        return broker;
    }

    private void register() {
        var request = new BrokerRegistrationRequestData()
                .setBrokerId(ID)
                .setClusterId(directories.clusterId())
                .setIncarnationId(Uuid.randomUuid())
                .setLogDirs(directories.all().stream().map(each -> each.id()).toList());
        request.listeners()
                .add(new Listener()
                        .setName(FakeConnection.LISTENER)
                        .setHost("broker1.example")
                        .setPort(9092)
                        .setSecurityProtocol(SecurityProtocol.PLAINTEXT.id));
        Features.SUPPORTED.forEach((name, range) -> request.features()
                .add(new Feature()
                        .setName(name)
                        .setMinSupportedVersion(range.min())
                        .setMaxSupportedVersion(range.max())));
        long epoch = controller.registerBroker(request).brokerEpoch();
        controller.brokerHeartbeat(new BrokerHeartbeatRequestData()
                .setBrokerId(ID)
                .setBrokerEpoch(epoch)
                .setCurrentMetadataOffset(metadata.image().offset()));
    }

    TestConnection connect() {
        return new TestConnection(table, Time.SYSTEM);
    }

    @Override
    public void close() {
        shares.close();
        transactions.coordinator().close();
        groups.close();
        replicas.close();
        logs.close();
        controller.close();
        directories.close();
        scheduler.close();
    }

    /** Creates a topic with two partitions; returns its id. */
    static Uuid createTopic(TestConnection client, String name) {
        var topics = new CreateTopicsRequestData();
        topics.topics()
                .add(new CreatableTopic().setName(name).setNumPartitions(2).setReplicationFactor((short) 1));
        CreateTopicsResponse created = client.call(new CreateTopicsRequest.Builder(topics).build());
        var answer = created.data().topics().find(name);
        assertEquals(Errors.NONE.code(), answer.errorCode());
        return answer.topicId();
    }

    /** Has the groups' topic created; from then on there is a coordinator. */
    static void findCoordinator(TestConnection client, String group) {
        FindCoordinatorResponse found = client.call(
                new FindCoordinatorRequest.Builder(new FindCoordinatorRequestData().setCoordinatorKeys(List.of(group)))
                        .build());
        assertEquals(Errors.NONE.code(), found.data().coordinators().getFirst().errorCode());
    }
}
