package dev.heddle.metadata;

import java.util.Collections;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.jspecify.annotations.Nullable;

/** From partition records to partition images and back. Stateless: any thread may call it. */
final class Partitions {

    /** In PartitionChangeRecord: the leader stays. */
    static final int NO_LEADER_CHANGE = -2;

    /** In PartitionChangeRecord: the recovery state stays. */
    private static final byte NO_RECOVERY_CHANGE = -1;

    /** The directory's id of a replica that was assigned before directories had ids. */
    static final Uuid MIGRATING_DIRECTORY = Uuid.ZERO_UUID;

    /** The directory's id of a replica whose broker has not yet chosen one. */
    static final Uuid UNASSIGNED_DIRECTORY = Uuid.ONE_UUID;

    /** Directory ids below this are no directories. */
    private static final long FIRST_DIRECTORY = 100;

    private Partitions() {}

    /** Whether an id stands for a state and not for a directory. */
    static boolean isReservedDirectory(Uuid id) {
        return id.getMostSignificantBits() == 0
                && id.getLeastSignificantBits() >= 0
                && id.getLeastSignificantBits() < FIRST_DIRECTORY;
    }

    static PartitionImage of(PartitionRecord record) {
        return new PartitionImage(
                record.partitionId(),
                List.copyOf(record.replicas()),
                directories(record.directories(), record.replicas().size()),
                List.copyOf(record.isr()),
                List.copyOf(record.removingReplicas()),
                List.copyOf(record.addingReplicas()),
                orEmpty(record.eligibleLeaderReplicas()),
                orEmpty(record.lastKnownElr()),
                record.leader(),
                record.leaderRecoveryState(),
                record.leaderEpoch(),
                record.partitionEpoch());
    }

    static PartitionImage changed(PartitionImage before, PartitionChangeRecord change) {
        boolean elected = change.leader() != NO_LEADER_CHANGE;
        List<Integer> replicas = orBefore(change.replicas(), before.replicas());
        return new PartitionImage(
                before.id(),
                replicas,
                directories(orBefore(change.directories(), before.directories()), replicas.size()),
                orBefore(change.isr(), before.isr()),
                orBefore(change.removingReplicas(), before.removingReplicas()),
                orBefore(change.addingReplicas(), before.addingReplicas()),
                orBefore(change.eligibleLeaderReplicas(), before.elr()),
                orBefore(change.lastKnownElr(), before.lastKnownElr()),
                elected ? change.leader() : before.leader(),
                change.leaderRecoveryState() == NO_RECOVERY_CHANGE
                        ? before.leaderRecoveryState()
                        : change.leaderRecoveryState(),
                elected ? before.leaderEpoch() + 1 : before.leaderEpoch(),
                before.partitionEpoch() + 1);
    }

    static PartitionImage withoutElr(PartitionImage before) {
        return changed(
                before,
                new PartitionChangeRecord().setEligibleLeaderReplicas(List.of()).setLastKnownElr(List.of()));
    }

    /** The record that a snapshot at that metadata.version holds. */
    static PartitionRecord record(PartitionImage partition, Uuid topicId, FeaturesImage features) {
        var record = new PartitionRecord()
                .setPartitionId(partition.id())
                .setTopicId(topicId)
                .setReplicas(partition.replicas())
                .setIsr(partition.isr())
                .setRemovingReplicas(partition.removingReplicas())
                .setAddingReplicas(partition.addingReplicas())
                .setLeader(partition.leader())
                .setLeaderRecoveryState(partition.leaderRecoveryState())
                .setLeaderEpoch(partition.leaderEpoch())
                .setPartitionEpoch(partition.partitionEpoch());
        if (MetadataVersion.hasDirectoryAssignment(features.metadataVersion())) {
            record.setDirectories(partition.directories());
        }
        if (MetadataVersion.hasEligibleLeaderReplicas(features.metadataVersion())) {
            if (!partition.elr().isEmpty()) record.setEligibleLeaderReplicas(partition.elr());
            if (!partition.lastKnownElr().isEmpty()) record.setLastKnownElr(partition.lastKnownElr());
        }
        return record;
    }

    private static List<Uuid> directories(@Nullable List<Uuid> directories, int replicas) {
        if (directories == null || directories.stream().allMatch(MIGRATING_DIRECTORY::equals)) {
            return Collections.nCopies(replicas, MIGRATING_DIRECTORY);
        }
        if (directories.size() != replicas) {
            throw new IllegalStateException(
                    "A partition record has " + directories.size() + " directories for " + replicas + " replicas");
        }
        return List.copyOf(directories);
    }

    private static <T> List<T> orBefore(@Nullable List<T> change, List<T> before) {
        return change == null ? before : List.copyOf(change);
    }

    private static List<Integer> orEmpty(@Nullable List<Integer> list) {
        return list == null ? List.of() : List.copyOf(list);
    }
}
