package dev.heddle.metadata;

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
}
