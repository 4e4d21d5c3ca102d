package dev.heddle.metadata;

import java.util.Collection;
import java.util.Set;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.metadata.AccessControlEntryRecord;
import org.apache.kafka.common.metadata.BrokerRegistrationChangeRecord;
import org.apache.kafka.common.metadata.ClearElrRecord;
import org.apache.kafka.common.metadata.ClientQuotaRecord;
import org.apache.kafka.common.metadata.ConfigRecord;
import org.apache.kafka.common.metadata.DelegationTokenRecord;
import org.apache.kafka.common.metadata.FeatureLevelRecord;
import org.apache.kafka.common.metadata.FenceBrokerRecord;
import org.apache.kafka.common.metadata.MetadataRecordType;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.ProducerIdsRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.RegisterControllerRecord;
import org.apache.kafka.common.metadata.RemoveAccessControlEntryRecord;
import org.apache.kafka.common.metadata.RemoveDelegationTokenRecord;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.metadata.RemoveUserScramCredentialRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.metadata.UnfenceBrokerRecord;
import org.apache.kafka.common.metadata.UnregisterBrokerRecord;
import org.apache.kafka.common.metadata.UserScramCredentialRecord;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * The way from one {@link MetadataImage} to a later one: records are replayed into it, then it is applied. One thread
 * at a time builds it; once it has been applied it no longer changes and any thread may read it.
 *
 * <p>A record that does not fit the image (a partition of a topic that does not exist) throws
 * {@link IllegalStateException}: the log is damaged, or this code is wrong.
 */
public final class MetadataDelta {

    private final MetadataImage image;
    private final FeaturesDelta features;
    private final ClusterDelta cluster;
    private final TopicsDelta topics;
    private final ConfigsDelta configs;
    private final SecurityDelta security;
    private ProducerIdsImage producerIds;

    /** Starts from {@code image}, without any change. */
    public MetadataDelta(MetadataImage image) {
        this.image = image;
        features = new FeaturesDelta(image.features());
        cluster = new ClusterDelta(image.cluster());
        topics = new TopicsDelta(image.topics());
        configs = new ConfigsDelta(image.configs());
        security = new SecurityDelta(image);
        producerIds = image.producerIds();
    }

    /**
     * The whole of {@code image} as a change from nothing: what a listener is told first.
     */
    public static MetadataDelta ofEverything(MetadataImage image) {
        var delta = new MetadataDelta(MetadataImage.EMPTY);
        ImageRecords.of(image).forEach(versioned -> delta.replay(versioned.record()));
        delta.apply(image.offset(), image.epoch(), image.timestampMs());
        return delta;
    }

    /** The image before the change. */
    public MetadataImage image() {
        return image;
    }

    /** The topics that are new, old but changed, or have new partitions; not those that are deleted. */
    public Collection<TopicDelta> changedTopics() {
        return topics.changed();
    }

    /** The topics that are gone, as they were before. A topic deleted and created anew is here and in the changed ones. */
    public Collection<TopicImage> deletedTopics() {
        return topics.deleted();
    }

    /** The resources with a changed configuration; a deleted topic that had one counts. */
    public Set<ConfigResource> changedConfigs() {
        return configs.changed();
    }

    /** The ids of brokers that came, went or changed. */
    public Set<Integer> changedBrokers() {
        return cluster.changedBrokers();
    }

    /** Whether a feature level changed, {@code metadata.version} included. */
    public boolean featuresChanged() {
        return features.changed();
    }

    /**
     * Takes in one record.
     *
     * @throws IllegalStateException if it does not fit what was replayed before
     */
    public void replay(ApiMessage record) {
        switch (MetadataRecordType.fromId(record.apiKey())) {
            case REGISTER_BROKER_RECORD -> cluster.replay((RegisterBrokerRecord) record);
            case UNREGISTER_BROKER_RECORD -> cluster.replay((UnregisterBrokerRecord) record);
            case FENCE_BROKER_RECORD -> cluster.replay((FenceBrokerRecord) record);
            case UNFENCE_BROKER_RECORD -> cluster.replay((UnfenceBrokerRecord) record);
            case BROKER_REGISTRATION_CHANGE_RECORD -> cluster.replay((BrokerRegistrationChangeRecord) record);
            case REGISTER_CONTROLLER_RECORD -> cluster.replay((RegisterControllerRecord) record);
            case TOPIC_RECORD -> topics.replay((TopicRecord) record);
            case PARTITION_RECORD -> topics.replay((PartitionRecord) record);
            case PARTITION_CHANGE_RECORD -> topics.replay((PartitionChangeRecord) record);
            case CLEAR_ELR_RECORD -> topics.replay((ClearElrRecord) record);
            case REMOVE_TOPIC_RECORD -> configs.removeTopic(topics.replay((RemoveTopicRecord) record));
            case CONFIG_RECORD -> configs.replay((ConfigRecord) record);
            case FEATURE_LEVEL_RECORD -> features.replay((FeatureLevelRecord) record);
            case PRODUCER_IDS_RECORD ->
                producerIds = new ProducerIdsImage(((ProducerIdsRecord) record).nextProducerId());
            case CLIENT_QUOTA_RECORD -> security.replay((ClientQuotaRecord) record);
            case ACCESS_CONTROL_ENTRY_RECORD -> security.replay((AccessControlEntryRecord) record);
            case REMOVE_ACCESS_CONTROL_ENTRY_RECORD -> security.replay((RemoveAccessControlEntryRecord) record);
            case USER_SCRAM_CREDENTIAL_RECORD -> security.replay((UserScramCredentialRecord) record);
            case REMOVE_USER_SCRAM_CREDENTIAL_RECORD -> security.replay((RemoveUserScramCredentialRecord) record);
            case DELEGATION_TOKEN_RECORD -> security.replay((DelegationTokenRecord) record);
            case REMOVE_DELEGATION_TOKEN_RECORD -> security.replay((RemoveDelegationTokenRecord) record);
            // Says only that time passes, or belongs to a migration that Kafka 4 no longer knows.
            case NO_OP_RECORD, ZK_MIGRATION_STATE_RECORD -> {}
            // Brackets around records: whoever reads the log resolves them before it replays.
            case BEGIN_TRANSACTION_RECORD, END_TRANSACTION_RECORD, ABORT_TRANSACTION_RECORD ->
                throw new IllegalStateException("A transaction marker is no change of the image: " + record);
        }
    }

    /** The image after the change, which contains the log up to {@code offset}. */
    public MetadataImage apply(long offset, int epoch, long timestampMs) {
        return new MetadataImage(
                offset,
                epoch,
                timestampMs,
                features.apply(),
                cluster.apply(),
                topics.apply(),
                configs.apply(),
                producerIds,
                security.quotas(),
                security.acls(),
                security.scram(),
                security.tokens());
    }
}
