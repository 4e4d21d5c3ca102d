package dev.heddle.metadata;

/** The levels of a feature that a node supports, both ends included. Immutable: any thread may read it. */
public record FeatureRange(short min, short max) {

    /** Whether the level lies in the range. */
    public boolean contains(short level) {
        return level >= min && level <= max;
    }
}
