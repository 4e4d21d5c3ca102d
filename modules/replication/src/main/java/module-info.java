import org.jspecify.annotations.NullMarked;

/**
 * Replication: which partitions this broker holds, what it is to each of them, what is committed, and who waits for
 * more.
 *
 * <p>{@link dev.heddle.replication.ReplicaManager} is told by the metadata's writer thread which partitions there are;
 * handlers and coordinators, on whatever thread, look a {@link dev.heddle.replication.Partition} up and append, read
 * and wait there. One thread of its own, virtual, writes the high watermarks down now and then. Used by
 * {@code coordinator}, {@code handlers} and {@code app}.
 */
@NullMarked
module dev.heddle.replication {
    requires transitive dev.heddle.log;
    requires transitive dev.heddle.metadata;
    requires org.slf4j;

    exports dev.heddle.replication;
}
