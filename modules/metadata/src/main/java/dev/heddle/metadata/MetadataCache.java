package dev.heddle.metadata;

/** Where everyone finds the newest metadata. Any thread may read it; the controller alone writes. */
public final class MetadataCache {

    /** Publishes the newest image; it is immutable. */
    private volatile MetadataImage image = MetadataImage.EMPTY;

    /** Publishes the level of {@code kraft.version}. */
    private volatile short kraftVersion;

    /** The newest image. Whoever looks at it more than once in one request keeps it, to see one moment. */
    public MetadataImage image() {
        return image;
    }

    /** The level of {@code kraft.version}: it is in the quorum's own records, not in the image. */
    public short kraftVersion() {
        return kraftVersion;
    }

    /** Shows {@code level} to everyone; called by the one who writes the metadata, before anyone asks. */
    public void publishKraftVersion(short level) {
        kraftVersion = level;
    }

    /** Shows {@code newest} to everyone; called by the one who writes the metadata. */
    public void publish(MetadataImage newest) {
        image = newest;
    }
}
