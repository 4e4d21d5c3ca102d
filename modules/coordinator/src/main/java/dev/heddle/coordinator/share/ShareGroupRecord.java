package dev.heddle.coordinator.share;

import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** Something that the log says of a share group. Immutable. Null, where there can be one, is a tombstone. */
public sealed interface ShareGroupRecord {

    /**
     * The group's epoch.
     *
     * @param metadataHash of the topics that it subscribes to
     */
    record Epoch(int epoch, long metadataHash) implements ShareGroupRecord {}

    /** The group is gone. */
    record Deleted() implements ShareGroupRecord {}

    /** Who a member is, or that it has gone. */
    record Member(String memberId, ShareMember.@Nullable Profile profile) implements ShareGroupRecord {}

    /** Of which epoch the target assignment is, and when it was computed. */
    record TargetEpoch(int epoch, long timestampMs) implements ShareGroupRecord {

        /** There is no target assignment. */
        public static final TargetEpoch NONE = new TargetEpoch(-1, 0);

        /** None has been computed yet. */
        static final TargetEpoch INITIAL = new TargetEpoch(1, 0);
    }

    /** What a member is to have. */
    record Target(String memberId, @Nullable Map<Uuid, Set<Integer>> partitions) implements ShareGroupRecord {}

    /** Where a member is. */
    record Current(String memberId, ShareMember.@Nullable Current assignment) implements ShareGroupRecord {}

    /**
     * Of which partitions its state is kept.
     *
     * @param deletingNames the names of the topics whose states are being deleted, for the log
     */
    record States(@Nullable StatePartitions partitions, Map<Uuid, String> deletingNames) implements ShareGroupRecord {}

    /** Whether it takes something back. */
    default boolean isTombstone() {
        return switch (this) {
            case Epoch epoch -> false;
            case Deleted deleted -> true;
            case Member member -> member.profile() == null;
            case TargetEpoch target -> target.equals(TargetEpoch.NONE);
            case Target target -> target.partitions() == null;
            case Current current -> current.assignment() == null;
            case States states -> states.partitions() == null;
        };
    }
}
