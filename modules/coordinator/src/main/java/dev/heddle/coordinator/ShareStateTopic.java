package dev.heddle.coordinator;

import dev.heddle.common.AnswerException;
import dev.heddle.common.DirectoryOfflineException;
import dev.heddle.metadata.BrokerImage;
import dev.heddle.metadata.Controller;
import dev.heddle.metadata.MetadataCache;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topic {@code __share_group_state}, which comes to be when the first share group needs it. Any thread may call it;
 * {@link #createIfMissing} waits until the topic is on disk and in the metadata image.
 */
public final class ShareStateTopic {

    private static final Logger LOG = LoggerFactory.getLogger(ShareStateTopic.class);

    private static final int TIMEOUT_MS = 30_000;

    private final ShareCoordinatorConfig.StateTopic config;
    private final Controller controller;
    private final MetadataCache metadata;

    public ShareStateTopic(ShareCoordinatorConfig.StateTopic config, Controller controller, MetadataCache metadata) {
        this.config = config;
        this.controller = controller;
        this.metadata = metadata;
    }

    /** What it is created with. */
    public CreatableTopic definition() {
        short replicas = config.isReplicationSet() ? config.replicationFactor() : replicasByDefault();
        int minIsr = config.isMinIsrSet() ? config.minInSyncReplicas() : Math.min(config.minInSyncReplicas(), replicas);
        var topic = new CreatableTopic()
                .setName(Topic.SHARE_GROUP_STATE_TOPIC_NAME)
                .setNumPartitions(config.partitions())
                .setReplicationFactor(replicas);
        Map<String, String> configs = Map.of(
                TopicConfig.CLEANUP_POLICY_CONFIG,
                TopicConfig.CLEANUP_POLICY_DELETE,
                TopicConfig.COMPRESSION_TYPE_CONFIG,
                "producer",
                TopicConfig.SEGMENT_BYTES_CONFIG,
                Integer.toString(config.segmentBytes()),
                TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG,
                Integer.toString(minIsr),
                TopicConfig.RETENTION_MS_CONFIG,
                "-1");
        new TreeMap<>(configs)
                .forEach((key, value) -> topic.configs()
                        .add(new CreatableTopicConfig().setName(key).setValue(value)));
        return topic;
    }

    /** Kafka's default of 3 would leave a broker that stands alone without share groups, so it gives way. */
    private short replicasByDefault() {
        long alive = metadata.image().cluster().brokers().values().stream()
                .filter(broker -> !broker.fenced())
                .map(BrokerImage::id)
                .count();
        return (short) Math.max(1, Math.min(config.replicationFactor(), alive));
    }

    /** Creates it unless it is there; where that does not work, the metadata image still lacks it. */
    void createIfMissing() {
        if (metadata.image().topics().topic(Topic.SHARE_GROUP_STATE_TOPIC_NAME) != null) return;
        var request = new CreateTopicsRequestData().setTimeoutMs(TIMEOUT_MS);
        request.topics().add(definition());
        try {
            controller.createTopics(request);
        } catch (AnswerException | DirectoryOfflineException | ApiException e) {
            // Whoever asked is told that there is no coordinator, and asks again.
            LOG.warn("The topic of share groups' states could not be created: reason={}", e.getMessage());
        }
    }
}
