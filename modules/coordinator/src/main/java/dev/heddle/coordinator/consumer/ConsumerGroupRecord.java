package dev.heddle.coordinator.consumer;

import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** Something that the log says of a consumer group. Immutable. Null, where there can be one, is a tombstone. */
public sealed interface ConsumerGroupRecord {

    /**
     * The group's epoch.
     *
     * @param metadataHash of the topics that it subscribes to, as {@link MetadataHash} computes it
     */
    record Epoch(int epoch, long metadataHash) implements ConsumerGroupRecord {}

    /** The group is gone. */
    record Deleted() implements ConsumerGroupRecord {}

    /** Topics and partitions as brokers before 4.1 wrote them down; today the hash stands for them. */
    record PartitionMetadata(boolean isThere) implements ConsumerGroupRecord {}

    /** Who a member is, or that it has gone. */
    record Member(String memberId, @Nullable MemberProfile profile) implements ConsumerGroupRecord {}

    /** Of which epoch the target assignment is, and when it was computed. */
    record TargetEpoch(int epoch, long timestampMs) implements ConsumerGroupRecord {

        /** There is no target assignment. */
        public static final TargetEpoch NONE = new TargetEpoch(-1, 0);
    }

    /** What a member is to have. */
    record Target(String memberId, @Nullable Map<Uuid, Set<Integer>> partitions) implements ConsumerGroupRecord {}

    /** Where a member is. */
    record Current(String memberId, @Nullable CurrentAssignment assignment) implements ConsumerGroupRecord {}

    /** The topics of a regular expression. */
    record Regex(String regex, @Nullable ResolvedRegex resolved) implements ConsumerGroupRecord {}
}
