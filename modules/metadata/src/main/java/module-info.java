/**
 * The cluster's metadata: the immutable {@code MetadataImage} and its deltas, the metadata log they are replayed from,
 * and the controller of a broker that stands alone.
 *
 * <p>Used by {@code replication}, {@code coordinator}, {@code handlers} and {@code app}. Reading goes through
 * {@code MetadataCache} and never blocks; writing goes through {@code Controller}, on the caller's own thread, which
 * returns when the change is on disk and every {@code MetadataListener} has seen it. The module has no thread of its
 * own; snapshots are made by the scheduler's.
 */
@org.jspecify.annotations.NullMarked
module dev.heddle.metadata {
    requires transitive dev.heddle.common;
    requires transitive dev.heddle.schemas;
    requires transitive dev.heddle.log;
    requires org.pcollections;
    requires org.slf4j;

    exports dev.heddle.metadata;
}
