package dev.heddle.metadata;

import com.codahale.metrics.MetricRegistry;
import dev.heddle.common.ManualTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.protocol.Errors;

/** A standalone controller on storage in memory, and short ways to use it. */
final class Fixture {

    static final int NODE = 1;
    static final Uuid DIRECTORY = new Uuid(7, 7);

    final MemoryStorage storage;
    final ManualScheduler scheduler = new ManualScheduler();
    final MetricRegistry metrics = new MetricRegistry();
    final MetadataCache cache = new MetadataCache();
    final ManualTime time;
    final StandaloneController controller;
    long brokerEpoch = -1;

    Fixture() {
        this(new MemoryStorage(), Map.of());
    }

    Fixture(Map<String, String> configs) {
        this(new MemoryStorage(), configs);
    }

    Fixture(MemoryStorage storage, Map<String, String> configs) {
        this(storage, configs, new ManualTime(1_000_000));
    }

    Fixture(MemoryStorage storage, Map<String, String> configs, ManualTime time) {
        this.storage = storage;
        this.time = time;
        Map<String, String> ours = new HashMap<>(configs);
        var parsed = new AbstractConfig(ControllerConfig.define(new ConfigDef()), ours, false);
        controller = new StandaloneController(
                ControllerConfig.from(parsed),
                new TestDefinitions(configs),
                storage,
                cache,
                new StandaloneController.Context(NODE, metrics, time, scheduler));
    }

    /** A controller with its broker registered and unfenced. */
    static Fixture running() {
        return new Fixture().run();
    }

    static Fixture running(Map<String, String> configs) {
        return new Fixture(configs).run();
    }

    Fixture run() {
        controller.start();
        register(-1);
        unfence();
        return this;
    }

    /** The same directories, opened by the next process. */
    Fixture restarted(Map<String, String> configs) {
        return new Fixture(storage, configs, time);
    }

    void register(long previousEpoch) {
        brokerEpoch = controller.registerBroker(registration(previousEpoch)).brokerEpoch();
    }

    static BrokerRegistrationRequestData registration(long previousEpoch) {
        var request = new BrokerRegistrationRequestData()
                .setBrokerId(NODE)
                .setClusterId(MemoryStorage.CLUSTER_ID)
                .setIncarnationId(Uuid.randomUuid())
                .setPreviousBrokerEpoch(previousEpoch)
                .setLogDirs(List.of(DIRECTORY));
        Features.SUPPORTED.forEach((name, range) -> request.features()
                .add(new BrokerRegistrationRequestData.Feature()
                        .setName(name)
                        .setMinSupportedVersion(range.min())
                        .setMaxSupportedVersion(range.max())));
        request.listeners()
                .add(new BrokerRegistrationRequestData.Listener()
                        .setName("PLAINTEXT")
                        .setHost("localhost")
                        .setPort(9092)
                        .setSecurityProtocol((short) 0));
        return request;
    }

    BrokerHeartbeatRequestData heartbeat() {
        return new BrokerHeartbeatRequestData().setBrokerId(NODE).setBrokerEpoch(brokerEpoch);
    }

    void unfence() {
        controller.brokerHeartbeat(heartbeat());
    }

    MetadataImage image() {
        return cache.image();
    }

    TopicImage topic(String name) {
        TopicImage topic = image().topics().topic(name);
        if (topic == null) throw new AssertionError("There is no topic " + name);
        return topic;
    }

    static CreatableTopic topic(String name, int partitions, int replicationFactor) {
        return new CreatableTopic().setName(name).setNumPartitions(partitions).setReplicationFactor((short)
                replicationFactor);
    }

    static CreatableTopic with(CreatableTopic topic, String config, String value) {
        topic.configs()
                .add(new CreateTopicsRequestData.CreatableTopicConfig()
                        .setName(config)
                        .setValue(value));
        return topic;
    }

    static CreatableTopic assigned(CreatableTopic topic, int partition, Integer... brokers) {
        topic.assignments()
                .add(new CreateTopicsRequestData.CreatableReplicaAssignment()
                        .setPartitionIndex(partition)
                        .setBrokerIds(List.of(brokers)));
        return topic;
    }

    static CreateTopicsRequestData creation(CreatableTopic... topics) {
        var request = new CreateTopicsRequestData();
        for (CreatableTopic topic : topics) request.topics().add(topic);
        return request;
    }

    CreatableTopicResult create(CreatableTopic topic) {
        return controller.createTopics(creation(topic)).topics().iterator().next();
    }

    void createTopic(String name, int partitions) {
        CreatableTopicResult result = create(topic(name, partitions, 1));
        if (result.errorCode() != Errors.NONE.code()) throw new AssertionError(result);
    }

    void deleteTopic(String name) {
        controller.deleteTopics(new DeleteTopicsRequestData().setTopicNames(List.of(name)));
    }
}
