package dev.heddle.metadata;

import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.metadata.FeatureLevelRecord;

/** Changes of the feature levels. One thread builds it. */
final class FeaturesDelta {

    /** Decided by the quorum's own control records, not by the metadata. */
    private static final String KRAFT_VERSION = "kraft.version";

    private final FeaturesImage image;
    private final Map<String, Short> levels;
    private short metadataVersion;
    private boolean changed;

    FeaturesDelta(FeaturesImage image) {
        this.image = image;
        levels = new TreeMap<>(image.levels());
        metadataVersion = image.metadataVersion();
    }

    void replay(FeatureLevelRecord record) {
        if (record.name().equals(KRAFT_VERSION)) return;
        changed = true;
        if (record.name().equals(MetadataVersion.FEATURE_NAME)) {
            metadataVersion = record.featureLevel();
        } else if (record.featureLevel() == 0) {
            levels.remove(record.name());
        } else {
            levels.put(record.name(), record.featureLevel());
        }
    }

    boolean changed() {
        return changed;
    }

    FeaturesImage apply() {
        return changed ? new FeaturesImage(metadataVersion, Map.copyOf(levels)) : image;
    }
}
