package dev.heddle.metadata;

/** Where everyone finds the newest metadata. Any thread may read it; the controller alone writes. */
public final class MetadataCache {

    /** Publishes the newest image; it is immutable. */
    private volatile MetadataImage image = MetadataImage.EMPTY;

    /** The newest image. Whoever looks at it more than once in one request keeps it, to see one moment. */
    public MetadataImage image() {
        return image;
    }

    /** Shows {@code newest} to everyone; called by the one who writes the metadata. */
    public void publish(MetadataImage newest) {
        image = newest;
    }
}
