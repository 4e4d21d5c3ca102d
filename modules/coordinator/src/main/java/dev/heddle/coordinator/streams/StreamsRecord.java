package dev.heddle.coordinator.streams;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Something that the log says of a streams group. Immutable. Null, where there can be one, is a tombstone. */
public sealed interface StreamsRecord {

    /**
     * The group's epoch.
     *
     * @param metadataHash of the topics that its topology needs
     * @param validatedTopologyEpoch of the topology whose topics were last found as they must be; -1 if they are not
     * @param assignmentConfigs what the assignor was last told, by key
     */
    record Epoch(int epoch, long metadataHash, int validatedTopologyEpoch, Map<String, String> assignmentConfigs)
            implements StreamsRecord {}

    /** The group is gone. */
    record Deleted() implements StreamsRecord {}

    /** What the application does. */
    record OfTopology(@Nullable Topology topology) implements StreamsRecord {}

    /** Who a member is, or that it has gone. */
    record Member(String memberId, @Nullable StreamsProfile profile) implements StreamsRecord {}

    /** Of which epoch the target assignment is, and when it was computed. */
    record TargetEpoch(int epoch, long timestampMs) implements StreamsRecord {

        /** There is no target assignment. */
        static final TargetEpoch NONE = new TargetEpoch(-1, 0);

        /** None has been computed yet. */
        static final TargetEpoch INITIAL = new TargetEpoch(1, 0);
    }

    /** What a member is to have. */
    record Target(String memberId, @Nullable Tasks tasks) implements StreamsRecord {}

    /** Where a member is. */
    record Current(String memberId, @Nullable CurrentTasks tasks) implements StreamsRecord {}

    /** Whether it takes something back, and does not make a group of its own. */
    default boolean isTombstone() {
        return switch (this) {
            case Epoch epoch -> false;
            case Deleted deleted -> true;
            case OfTopology of -> of.topology() == null;
            case Member member -> member.profile() == null;
            case TargetEpoch target -> target.equals(TargetEpoch.NONE);
            case Target target -> target.tasks() == null;
            case Current current -> current.tasks() == null;
        };
    }
}
