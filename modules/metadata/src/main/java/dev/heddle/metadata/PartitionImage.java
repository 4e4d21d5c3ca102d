package dev.heddle.metadata;

import java.util.List;
import org.apache.kafka.common.Uuid;

/**
 * What the cluster agrees on about a partition. Immutable: any thread may read it. It has more than six parts because it
 * mirrors PartitionRecord.
 *
 * @param id its number in the topic
 * @param replicas the brokers that hold it, the preferred leader first
 * @param directories the log directory's id of each replica, in the order of {@code replicas}
 * @param isr the replicas that are in sync
 * @param removingReplicas those a reassignment takes away
 * @param addingReplicas those a reassignment adds
 * @param elr replicas out of the ISR that hold everything up to the high watermark (KIP-966)
 * @param lastKnownElr who led when ISR and ELR ran empty (KIP-966)
 * @param leader the leading broker, or {@link #NO_LEADER}
 * @param leaderRecoveryState 0 recovered, 1 recovering from an unclean election
 * @param leaderEpoch rises with each election
 * @param partitionEpoch rises with each change
 */
public record PartitionImage(
        int id,
        List<Integer> replicas,
        List<Uuid> directories,
        List<Integer> isr,
        List<Integer> removingReplicas,
        List<Integer> addingReplicas,
        List<Integer> elr,
        List<Integer> lastKnownElr,
        int leader,
        byte leaderRecoveryState,
        int leaderEpoch,
        int partitionEpoch) {

    /** The leader of a partition that nobody leads. */
    public static final int NO_LEADER = -1;

    /** Whether somebody leads it. */
    public boolean hasLeader() {
        return leader != NO_LEADER;
    }
}
