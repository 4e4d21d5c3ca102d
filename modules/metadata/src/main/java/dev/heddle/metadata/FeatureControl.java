package dev.heddle.metadata;

import dev.heddle.common.AnswerException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.FeatureUpdate.UpgradeType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.message.UpdateFeaturesRequestData;
import org.apache.kafka.common.message.UpdateFeaturesRequestData.FeatureUpdateKey;
import org.apache.kafka.common.message.UpdateFeaturesResponseData;
import org.apache.kafka.common.message.UpdateFeaturesResponseData.UpdatableFeatureResult;
import org.apache.kafka.common.protocol.Errors;

/**
 * Raises and lowers the levels of features (KIP-584, KIP-778). Called under the controller's lock.
 *
 * @param kraftVersion the level of {@code kraft.version}, which stands in the quorum's own records
 * @param staticBrokerConfigs what the configuration file sets, by broker key
 */
record FeatureControl(short kraftVersion, Map<String, String> staticBrokerConfigs) {

    private static final String MIN_IN_SYNC_REPLICAS = TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG;

    /**
     * Updates all features that are named, or none.
     *
     * @throws AnswerException {@code INVALID_UPDATE_VERSION} if one of them cannot be at that level
     */
    ControllerResult<UpdateFeaturesResponseData> update(MetadataImage image, UpdateFeaturesRequestData request) {
        Map<String, Short> levels = image.features().all(kraftVersion);
        Map<String, Short> proposed = new HashMap<>(levels);
        request.featureUpdates().forEach(update -> proposed.put(update.feature(), update.maxVersionLevel()));

        List<VersionedRecord> records = new ArrayList<>();
        var response = new UpdateFeaturesResponseData();
        for (FeatureUpdateKey update : request.featureUpdates()) {
            short level = levels.getOrDefault(update.feature(), (short) 0);
            check(update, level, proposed);
            if (update.maxVersionLevel() != level) {
                records.addAll(beside(update, image.configs()));
                records.add(ImageRecords.feature(update.feature(), update.maxVersionLevel()));
            }
            // Versions before 2 hear of each feature.
            response.results().add(new UpdatableFeatureResult().setFeature(update.feature()));
        }
        return new ControllerResult<>(request.validateOnly() ? List.of() : records, response);
    }

    /** @param proposed the levels of all features, after all updates */
    private static void check(FeatureUpdateKey update, short level, Map<String, Short> proposed) {
        short wanted = update.maxVersionLevel();
        UpgradeType type = type(update, wanted < level);
        FeatureRange supported = Features.SUPPORTED.get(update.feature());
        if (type == UpgradeType.UNKNOWN) refuse(update, "upgrade type " + update.upgradeType() + " is not known");
        if (supported == null) refuse(update, "no such feature is known");
        else if (!supported.contains(wanted))
            refuse(update, "this node supports levels " + supported.min() + " to " + supported.max());
        if (wanted > level && type != UpgradeType.UPGRADE) refuse(update, "that would be no downgrade from " + level);
        if (wanted < level && type == UpgradeType.UPGRADE)
            refuse(update, "it is at level " + level + ", and is lowered by a downgrade only");
        if (wanted != level) checkChange(update, level, proposed);
    }

    /** Version 0 only says whether a downgrade would do. */
    private static UpgradeType type(FeatureUpdateKey update, boolean isDowngrade) {
        if (!update.allowDowngrade()) return UpgradeType.fromCode(update.upgradeType());
        return isDowngrade ? UpgradeType.SAFE_DOWNGRADE : UpgradeType.UPGRADE;
    }

    private static void checkChange(FeatureUpdateKey update, short level, Map<String, Short> proposed) {
        short wanted = update.maxVersionLevel();
        switch (update.feature()) {
            case MetadataVersion.FEATURE_NAME -> {
                if (wanted < level && MetadataVersion.changedAfter(wanted, level))
                    refuse(update, "what was written since then might be lost");
            }
            case Features.KRAFT -> refuse(update, "it stays as the directories were formatted");
            case Features.ELIGIBLE_LEADER_REPLICAS -> {
                short version = proposed.get(MetadataVersion.FEATURE_NAME);
                if (wanted > 0 && !MetadataVersion.hasEligibleLeaderReplicas(version))
                    refuse(update, "it needs a later metadata.version than " + version);
            }
            default -> {}
        }
    }

    private static void refuse(FeatureUpdateKey update, String why) {
        throw new AnswerException(
                Errors.INVALID_UPDATE_VERSION,
                "No feature was updated: " + update.feature() + " cannot be at level " + update.maxVersionLevel() + ": "
                        + why);
    }

    /**
     * Eligible leader replicas need a {@code min.insync.replicas} that is the same on all brokers (KIP-966): the cluster's,
     * and none of single brokers.
     */
    private List<VersionedRecord> beside(FeatureUpdateKey update, ConfigsImage configs) {
        if (!update.feature().equals(Features.ELIGIBLE_LEADER_REPLICAS) || update.maxVersionLevel() == 0)
            return List.of();
        List<VersionedRecord> records = new ArrayList<>();
        var cluster = new ConfigResource(ConfigResource.Type.BROKER, "");
        if (!isSetFor(cluster, configs))
            records.add(ImageRecords.config(cluster, MIN_IN_SYNC_REPLICAS, staticMinInSyncReplicas()));
        configs.resources().stream()
                .filter(resource -> resource.type() == ConfigResource.Type.BROKER && !resource.equals(cluster))
                .filter(broker -> isSetFor(broker, configs))
                .forEach(broker -> records.add(ImageRecords.config(broker, MIN_IN_SYNC_REPLICAS, null)));
        return records;
    }

    private String staticMinInSyncReplicas() {
        return staticBrokerConfigs.getOrDefault(MIN_IN_SYNC_REPLICAS, "1");
    }

    private static boolean isSetFor(ConfigResource resource, ConfigsImage configs) {
        return configs.of(resource).containsKey(MIN_IN_SYNC_REPLICAS);
    }
}
