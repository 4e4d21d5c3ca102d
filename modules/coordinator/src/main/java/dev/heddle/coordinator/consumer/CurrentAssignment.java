package dev.heddle.coordinator.consumer;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Where a member is: what its current-assignment record holds. Immutable; its maps are not to be changed.
 *
 * @param epoch the member's epoch; -2 for a static member that is away
 * @param previousEpoch its epoch before, which it may still name when an answer was lost
 * @param assigned partitions that it has, by topic, each with the epoch in which it got it
 * @param revoking partitions that it is to give up, likewise
 */
public record CurrentAssignment(
        int epoch,
        int previousEpoch,
        MemberState state,
        Map<Uuid, Map<Integer, Integer>> assigned,
        Map<Uuid, Map<Integer, Integer>> revoking) {

    /** The epoch with which a member leaves. */
    public static final int LEAVING = -1;

    /** The epoch with which a static member goes away for a while. */
    public static final int LEAVING_STATIC = -2;

    /** A member that has just joined. */
    public static final CurrentAssignment JOINING =
            new CurrentAssignment(0, -1, MemberState.STABLE, Map.of(), Map.of());

    /** A member that has gone. */
    static final CurrentAssignment GONE =
            new CurrentAssignment(LEAVING, LEAVING, MemberState.STABLE, Map.of(), Map.of());

    /** Stable in {@code epoch}, with partitions that it has had since. */
    public static CurrentAssignment stable(int epoch, Map<Uuid, Set<Integer>> partitions) {
        return new CurrentAssignment(epoch, epoch, MemberState.STABLE, withEpochs(partitions, epoch), Map.of());
    }

    static Map<Uuid, Map<Integer, Integer>> withEpochs(Map<Uuid, Set<Integer>> partitions, int epoch) {
        Map<Uuid, Map<Integer, Integer>> result = HashMap.newHashMap(partitions.size());
        partitions.forEach((topic, ids) -> {
            Map<Integer, Integer> epochs = HashMap.newHashMap(ids.size());
            for (int id : ids) epochs.put(id, epoch);
            result.put(topic, epochs);
        });
        return result;
    }

    /** The static member goes away; whoever takes its place has its partitions from the beginning. */
    public CurrentAssignment away() {
        Map<Uuid, Map<Integer, Integer>> fromZero = HashMap.newHashMap(assigned.size());
        assigned.forEach((topic, epochs) -> {
            Map<Integer, Integer> zeros = HashMap.newHashMap(epochs.size());
            for (int partition : epochs.keySet()) zeros.put(partition, 0);
            fromZero.put(topic, zeros);
        });
        return new CurrentAssignment(LEAVING_STATIC, previousEpoch, state, fromZero, Map.of());
    }

    /** A static member begins anew with what its predecessor had. */
    public CurrentAssignment restarted() {
        return new CurrentAssignment(0, 0, state, assigned, revoking);
    }

    public boolean isReconciledTo(int targetEpoch) {
        return state == MemberState.STABLE && epoch == targetEpoch;
    }

    /** The epoch in which it got the partition that it has, or is giving up; null if neither. */
    public @Nullable Integer epochOf(Uuid topic, int partition) {
        Integer epoch = assigned.getOrDefault(topic, Map.of()).get(partition);
        return epoch != null ? epoch : revoking.getOrDefault(topic, Map.of()).get(partition);
    }
}
