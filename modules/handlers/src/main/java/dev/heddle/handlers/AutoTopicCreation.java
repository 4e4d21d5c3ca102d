package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.coordinator.GroupCoordinatorConfig;
import dev.heddle.coordinator.ShareStateTopic;
import dev.heddle.coordinator.TransactionConfig;
import dev.heddle.log.NoRoomException;
import dev.heddle.metadata.BrokerImage;
import dev.heddle.metadata.Controller;
import dev.heddle.metadata.MetadataCache;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates the topics that clients use without having created them: those that they ask the metadata of, and the
 * coordinators' own. Any thread may call it; it waits until the topics are on disk and in the metadata image.
 *
 * <p>Two clients that ask for the same topic at once do no harm: the controller creates it once, and both then find it.
 */
final class AutoTopicCreation {

    private static final Logger LOG = LoggerFactory.getLogger(AutoTopicCreation.class);

    private static final int TIMEOUT_MS = 30_000;

    private final Controller controller;
    private final MetadataCache metadata;
    private final BrokerConfiguration configuration;
    private final GroupCoordinatorConfig.OffsetsTopic offsetsTopic;
    private final TransactionConfig transactions;
    private final ShareStateTopic shareStates;

    AutoTopicCreation(
            Controller controller,
            MetadataCache metadata,
            BrokerConfiguration configuration,
            GroupCoordinatorConfig.OffsetsTopic offsetsTopic,
            TransactionConfig transactions,
            ShareStateTopic shareStates) {
        this.controller = controller;
        this.metadata = metadata;
        this.configuration = configuration;
        this.offsetsTopic = offsetsTopic;
        this.transactions = transactions;
        this.shareStates = shareStates;
    }

    /** Creates what can be created of the topics, whose names are valid; the metadata image shows what was. */
    void create(Collection<String> names) {
        var request = new CreateTopicsRequestData().setTimeoutMs(TIMEOUT_MS);
        names.forEach(name -> request.topics().add(topic(name)));
        try {
            CreateTopicsResponseData response = controller.createTopics(request);
            response.topics().forEach(result -> report(result.name(), result.errorCode(), result.errorMessage()));
        } catch (NoRoomException e) {
            // The log has said it once, and says when there is room again.
            LOG.debug("No room to create topics automatically: topics={} reason={}", names, e.getMessage());
        } catch (AnswerException | DirectoryOfflineException | ApiException e) {
            // Whoever asked is told that the topic does not exist, and asks again.
            LOG.warn("Topics could not be created automatically: topics={} reason={}", names, e.getMessage());
        }
    }

    private static void report(String topic, short code, String message) {
        Errors error = Errors.forCode(code);
        switch (error) {
            case NONE -> LOG.info("Created a topic that a client asked for: topic={}", topic);
            case TOPIC_ALREADY_EXISTS -> LOG.debug("Another client was faster: topic={}", topic);
            default ->
                LOG.warn(
                        "A topic could not be created automatically: topic={} error={} reason={}",
                        topic,
                        error,
                        message);
        }
    }

    private CreatableTopic topic(String name) {
        return switch (name) {
            case Topic.GROUP_METADATA_TOPIC_NAME ->
                internal(
                        name,
                        offsetsTopic.partitions(),
                        replicationFactor("offsets.topic.replication.factor", offsetsTopic.replicationFactor()),
                        Map.of(
                                TopicConfig.CLEANUP_POLICY_CONFIG,
                                TopicConfig.CLEANUP_POLICY_COMPACT,
                                TopicConfig.COMPRESSION_TYPE_CONFIG,
                                "producer",
                                TopicConfig.SEGMENT_BYTES_CONFIG,
                                Integer.toString(offsetsTopic.segmentBytes())));
            case Topic.TRANSACTION_STATE_TOPIC_NAME -> transactionState(name);
            case Topic.SHARE_GROUP_STATE_TOPIC_NAME -> shareStates.definition();
            default ->
                new CreatableTopic()
                        .setName(name)
                        .setNumPartitions(CreateTopicsRequest.NO_NUM_PARTITIONS)
                        .setReplicationFactor(CreateTopicsRequest.NO_REPLICATION_FACTOR);
        };
    }

    private CreatableTopic transactionState(String name) {
        short replicas = replicationFactor(
                "transaction.state.log.replication.factor", transactions.topic().replicationFactor());
        boolean minIsrIsSet = configuration.staticBrokerConfigs().containsKey("transaction.state.log.min.isr");
        int minIsr = minIsrIsSet
                ? transactions.topic().minInSyncReplicas()
                : Math.min(transactions.topic().minInSyncReplicas(), replicas);
        return internal(
                name,
                transactions.topic().partitions(),
                replicas,
                Map.of(
                        TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG,
                        "false",
                        TopicConfig.COMPRESSION_TYPE_CONFIG,
                        "uncompressed",
                        TopicConfig.CLEANUP_POLICY_CONFIG,
                        TopicConfig.CLEANUP_POLICY_COMPACT,
                        TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG,
                        Integer.toString(minIsr),
                        TopicConfig.SEGMENT_BYTES_CONFIG,
                        Integer.toString(transactions.topic().segmentBytes())));
    }

    /**
     * The replicas of a coordinator's topic. Kafka's default of 3 would leave a broker that stands alone without any
     * coordinator, so a default, unlike a value that somebody set, gives way to the number of brokers there are.
     */
    private short replicationFactor(String key, short configured) {
        if (configuration.staticBrokerConfigs().containsKey(key)) return configured;
        long alive = metadata.image().cluster().brokers().values().stream()
                .filter(broker -> !broker.fenced())
                .map(BrokerImage::id)
                .count();
        return (short) Math.max(1, Math.min(configured, alive));
    }

    private static CreatableTopic internal(String name, int partitions, short replicas, Map<String, String> configs) {
        var topic =
                new CreatableTopic().setName(name).setNumPartitions(partitions).setReplicationFactor(replicas);
        new TreeMap<>(configs)
                .forEach((key, value) -> topic.configs()
                        .add(new CreatableTopicConfig().setName(key).setValue(value)));
        return topic;
    }
}
