import org.jspecify.annotations.NullMarked;

/**
 * The coordinators: of groups with their members and committed offsets, and of producer ids. What they decide is kept
 * in internal topics, in Kafka's own record formats, and read back when this broker becomes the leader of a partition
 * of them.
 *
 * <p>Used by the handlers of the group, offset and producer-id APIs, and put together by {@code app}. Handlers' threads
 * call in, and wait in here themselves: for a group to gather, for an assignment, for their records to be committed.
 * The writer of the metadata calls in when leadership changes.
 */
@NullMarked
module dev.heddle.coordinator {
    requires transitive dev.heddle.replication;
    requires dev.heddle.schemas;
    requires hash4j;
    requires kafka.group.coordinator.api;
    requires org.slf4j;
    requires re2j;

    exports dev.heddle.coordinator;

    // A second package because it is a second thing: it stands beside a partition's leader, coordinates nobody's
    // membership, and sees of the rest of this module only what keeps its state. Its types are internal but for a few.
    exports dev.heddle.coordinator.delivery;
}
