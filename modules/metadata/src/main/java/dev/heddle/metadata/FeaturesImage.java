package dev.heddle.metadata;

import java.util.HashMap;
import java.util.Map;

/**
 * The feature levels that are in force ("finalized"). Immutable: any thread may read it.
 *
 * @param metadataVersion the level of {@code metadata.version}; 0 before it is known
 * @param levels the level of every other feature that is on, by its name; read-only
 */
public record FeaturesImage(short metadataVersion, Map<String, Short> levels) {

    static final FeaturesImage EMPTY = new FeaturesImage((short) 0, Map.of());

    /** The level of a feature; 0 if it is off. */
    public short level(String feature) {
        if (feature.equals(MetadataVersion.FEATURE_NAME)) return metadataVersion;
        return levels.getOrDefault(feature, (short) 0);
    }

    /**
     * The level of every feature that is on, by its name.
     *
     * @param kraftVersion the level of {@code kraft.version}, which is in the quorum's own records and not in an image
     */
    public Map<String, Short> all(short kraftVersion) {
        Map<String, Short> all = new HashMap<>(levels);
        if (metadataVersion > 0) all.put(MetadataVersion.FEATURE_NAME, metadataVersion);
        if (kraftVersion > 0) all.put(Features.KRAFT, kraftVersion);
        return all;
    }
}
