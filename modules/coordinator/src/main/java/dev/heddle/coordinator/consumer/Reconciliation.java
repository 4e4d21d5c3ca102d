package dev.heddle.coordinator.consumer;

import dev.heddle.common.AnswerException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * A member's next step towards its target assignment: give up what it is not to have, then take what it is to have, as
 * soon as others have given that up. A function; any thread may call it.
 *
 * <pre>
 *                    nothing to give up, all of it free
 *    STABLE ──────────────────────────────────────────────────► STABLE, in the target's epoch
 *      │  │                                                        ▲ ▲
 *      │  └─ not all of it free ──► UNRELEASED_PARTITIONS ─────────┘ │
 *      │                            in the target's epoch            │
 *      └─ something to give up ───► UNREVOKED_PARTITIONS ────────────┘
 *                                   in the epoch before, until the member says it has
 * </pre>
 */
public final class Reconciliation {

    /** Whether anyone has a partition. */
    @FunctionalInterface
    public interface Ownership {
        boolean isOwned(Uuid topic, int partition);
    }

    /**
     * Where the member is to come to, and what is known of it.
     *
     * @param epoch the epoch of the target assignment
     * @param target what the member is to have
     * @param subscribed topics that it subscribes to; from others it is to have nothing
     * @param owned partitions that it says it has; null if it has not said
     */
    public record Goal(
            int epoch,
            Map<Uuid, Set<Integer>> target,
            Set<Uuid> subscribed,
            @Nullable Map<Uuid, Set<Integer>> owned,
            Ownership ownership) {}

    private final CurrentAssignment current;
    private final Goal goal;
    private final Map<Uuid, Map<Integer, Integer>> assigned = new HashMap<>();
    private final Map<Uuid, Map<Integer, Integer>> revoking = new HashMap<>();
    private final Map<Uuid, Set<Integer>> free = new HashMap<>();
    private boolean hasUnreleased;

    private Reconciliation(CurrentAssignment current, Goal goal) {
        this.current = current;
        this.goal = goal;
    }

    /**
     * Finds the next step.
     *
     * @param subscriptionChanged whether the member subscribes to something else than it did
     * @return {@code current} if there is none
     * @throws AnswerException FENCED_MEMBER_EPOCH if its state is not known and it does not say that it has nothing
     */
    public static CurrentAssignment next(CurrentAssignment current, Goal goal, boolean subscriptionChanged) {
        var step = new Reconciliation(current, goal);
        return switch (current.state()) {
            case STABLE -> {
                if (current.epoch() != goal.epoch()) yield step.towardsTarget(current.epoch());
                yield subscriptionChanged ? step.withoutUnsubscribed() : current;
            }
            case UNREVOKED_PARTITIONS -> {
                if (!step.stillHas(current.revoking())) yield step.towardsTarget(current.epoch());
                yield subscriptionChanged ? step.withoutUnsubscribed() : current;
            }
            case UNRELEASED_PARTITIONS -> step.towardsTarget(current.epoch());
            case UNKNOWN -> {
                if (goal.owned() == null || !goal.owned().isEmpty()) {
                    throw new AnswerException(
                            Errors.FENCED_MEMBER_EPOCH,
                            "The consumer group member is in a unknown state. The member must abandon all its partitions"
                                    + " and rejoin.");
                }
                yield step.towardsTarget(goal.epoch());
            }
        };
    }

    /** Whether the member has not said that it has given all of these up. */
    private boolean stillHas(Map<Uuid, Map<Integer, Integer>> partitions) {
        if (goal.owned() == null) return true;
        for (Map.Entry<Uuid, Set<Integer>> owned : goal.owned().entrySet()) {
            Map<Integer, Integer> ofTopic = partitions.getOrDefault(owned.getKey(), Map.of());
            for (int partition : owned.getValue()) {
                if (ofTopic.containsKey(partition)) return true;
            }
        }
        return false;
    }

    // ---- a subscription that got smaller ----

    private CurrentAssignment withoutUnsubscribed() {
        revoking.putAll(current.revoking());
        current.assigned().forEach((topic, partitions) -> {
            if (goal.subscribed().contains(topic)) assigned.put(topic, partitions);
            else revoking.merge(topic, partitions, Reconciliation::union);
        });
        if (assigned.size() == current.assigned().size()) return current;
        if (stillHas(revoking)) return moved(MemberState.UNREVOKED_PARTITIONS, current.epoch(), revoking);
        return moved(current.state(), current.epoch(), current.revoking());
    }

    private static Map<Integer, Integer> union(Map<Integer, Integer> some, Map<Integer, Integer> others) {
        Map<Integer, Integer> all = new HashMap<>(some);
        all.putAll(others);
        return all;
    }

    // ---- a target ----

    private CurrentAssignment towardsTarget(int epoch) {
        Set<Uuid> topics = new HashSet<>(goal.target().keySet());
        topics.addAll(current.assigned().keySet());
        topics.forEach(this::divide);
        if (!revoking.isEmpty() && stillHas(revoking)) {
            return moved(MemberState.UNREVOKED_PARTITIONS, epoch, revoking);
        }
        free.forEach((topic, partitions) -> {
            Map<Integer, Integer> epochs = assigned.computeIfAbsent(topic, id -> new HashMap<>());
            for (int partition : partitions) epochs.put(partition, goal.epoch());
        });
        MemberState state = hasUnreleased ? MemberState.UNRELEASED_PARTITIONS : MemberState.STABLE;
        return moved(state, goal.epoch(), Map.of());
    }

    /** Divides a topic's partitions into what stays, what goes, what comes and what has to be waited for. */
    private void divide(Uuid topic) {
        boolean isSubscribed = goal.subscribed().contains(topic);
        Set<Integer> target = isSubscribed ? goal.target().getOrDefault(topic, Set.of()) : Set.of();
        Map<Integer, Integer> has = current.assigned().getOrDefault(topic, Map.of());
        has.forEach((partition, since) -> {
            Map<Uuid, Map<Integer, Integer>> where = target.contains(partition) ? assigned : revoking;
            where.computeIfAbsent(topic, id -> new HashMap<>()).put(partition, since);
        });
        for (int partition : target) {
            if (has.containsKey(partition)) continue;
            if (isHeldByAnother(topic, partition)) hasUnreleased = true;
            else free.computeIfAbsent(topic, id -> new HashSet<>()).add(partition);
        }
    }

    private boolean isHeldByAnother(Uuid topic, int partition) {
        boolean isOwnButRevoking =
                current.revoking().getOrDefault(topic, Map.of()).containsKey(partition);
        return goal.ownership().isOwned(topic, partition) && !isOwnButRevoking;
    }

    private CurrentAssignment moved(MemberState state, int epoch, Map<Uuid, Map<Integer, Integer>> stillRevoking) {
        return new CurrentAssignment(epoch, current.epoch(), state, assigned, stillRevoking);
    }
}
