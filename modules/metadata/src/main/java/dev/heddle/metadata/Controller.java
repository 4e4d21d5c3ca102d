package dev.heddle.metadata;

import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData;
import org.apache.kafka.common.message.AssignReplicasToDirsResponseData;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerHeartbeatResponseData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.BrokerRegistrationResponseData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.UpdateFeaturesRequestData;
import org.apache.kafka.common.message.UpdateFeaturesResponseData;

/**
 * Who changes the metadata. Any thread may call it; a call returns when its change is on disk and applied to every
 * {@link MetadataListener}, and the {@link MetadataCache} shows it.
 *
 * <p>What is refused for one topic, partition or resource stands in its part of the response; what concerns the whole
 * request is thrown as {@link dev.heddle.common.AnswerException}. Who may ask is not decided here: callers authorize.
 */
public interface Controller {

    /**
     * Creates topics (CreateTopics, KIP-4). Each topic's answer carries its effective configuration, as version 5 and
     * later show it (KIP-525).
     */
    CreateTopicsResponseData createTopics(CreateTopicsRequestData request);

    /** Deletes topics by {@code topics} (name or id, version 6 and later) or by {@code topicNames}. */
    DeleteTopicsResponseData deleteTopics(DeleteTopicsRequestData request);

    /** Adds partitions to topics (KIP-195). */
    CreatePartitionsResponseData createPartitions(CreatePartitionsRequestData request);

    /** Sets, deletes, appends to and subtracts from configurations (KIP-339). */
    IncrementalAlterConfigsResponseData incrementalAlterConfigs(IncrementalAlterConfigsRequestData request);

    /** Replaces whole configurations: what is not named goes back to its default. */
    AlterConfigsResponseData alterConfigs(AlterConfigsRequestData request);

    /**
     * Raises and lowers the levels of features (KIP-584, KIP-778): all that are named, or none.
     *
     * @throws dev.heddle.common.AnswerException {@code INVALID_UPDATE_VERSION} if one of them cannot be at that level
     */
    UpdateFeaturesResponseData updateFeatures(UpdateFeaturesRequestData request);

    /** Gives away the next block of producer ids. */
    ProducerIdsBlock allocateProducerIds(int brokerId);

    /**
     * Registers a broker, fenced. The answer carries its epoch.
     *
     * @throws dev.heddle.common.AnswerException if it belongs to another cluster or supports too few features
     */
    BrokerRegistrationResponseData registerBroker(BrokerRegistrationRequestData request);

    /**
     * A broker's heartbeat: unfences it when it asks, makes it leader of what it can lead, and lets it shut down when it
     * wants to.
     *
     * @throws dev.heddle.common.AnswerException if it is not registered, or with another epoch
     */
    BrokerHeartbeatResponseData brokerHeartbeat(BrokerHeartbeatRequestData request);

    /** Notes which log directory holds which replica (KIP-858). */
    AssignReplicasToDirsResponseData assignReplicasToDirs(AssignReplicasToDirsRequestData request);
}
