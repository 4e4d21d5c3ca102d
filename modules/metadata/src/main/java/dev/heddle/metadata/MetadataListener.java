package dev.heddle.metadata;

/** Is told of every change of the metadata, in order. */
public interface MetadataListener {

    /**
     * The metadata has changed. Called on the writer's thread, one change at a time, before the write is answered and
     * before {@link MetadataCache} shows the new image. It must not write metadata itself: that would wait for its own
     * end; hand such work to a scheduler.
     *
     * @param delta what changed; a new listener is first told everything as a change from nothing
     * @param image the metadata after the change
     */
    void onUpdate(MetadataDelta delta, MetadataImage image);
}
