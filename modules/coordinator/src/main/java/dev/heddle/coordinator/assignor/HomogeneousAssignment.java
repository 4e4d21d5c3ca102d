package dev.heddle.coordinator.assignor;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.group.api.assignor.GroupAssignment;
import org.apache.kafka.coordinator.group.api.assignor.GroupSpec;
import org.apache.kafka.coordinator.group.api.assignor.MemberAssignment;
import org.apache.kafka.coordinator.group.api.assignor.PartitionAssignorException;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;

/**
 * One uniform assignment for members who all subscribe to the same topics. Used by one thread, once.
 *
 * <p>For maintainers: every member has a quota, and some have one partition more. Members keep what they have up to their
 * quota; what is over, and what nobody has, goes to those below theirs. A member that does not fill the extra place
 * leaves it to a later one, unless there are only as many members left as extra places. Assignments that stay as they
 * are, are not copied.
 */
final class HomogeneousAssignment {

    private record TopicPartition(Uuid topic, int partition) {}

    private record Unfilled(String member, int places) {}

    private final GroupSpec group;
    private final SubscribedTopicDescriber topics;
    private final Set<Uuid> subscribed;
    private final List<Unfilled> unfilled = new ArrayList<>();
    private final List<TopicPartition> unassigned = new ArrayList<>();
    private final Map<String, Map<Uuid, Set<Integer>>> target = new HashMap<>();
    private final Set<String> copied = new HashSet<>();
    private int quota;
    private int extras;

    HomogeneousAssignment(GroupSpec group, SubscribedTopicDescriber topics) {
        this.group = group;
        this.topics = topics;
        String anyone = group.memberIds().iterator().next();
        this.subscribed = new HashSet<>(group.memberSubscription(anyone).subscribedTopicIds());
    }

    GroupAssignment compute() {
        if (subscribed.isEmpty()) return new GroupAssignment(Map.of());
        int partitions = findUnassigned();
        quota = partitions / group.memberIds().size();
        extras = partitions % group.memberIds().size();
        int left = group.memberIds().size();
        for (String member : group.memberIds()) keepWithinQuota(member, left--);
        fill();
        Map<String, MemberAssignment> result = HashMap.newHashMap(target.size());
        target.forEach((member, assigned) -> result.put(member, new Partitions(assigned)));
        return new GroupAssignment(result);
    }

    /** @return how many partitions there are in all */
    private int findUnassigned() {
        int total = 0;
        for (Uuid topic : subscribed) {
            int partitions = RangeAssignor.partitionsOf(topics, topic);
            for (int partition = 0; partition < partitions; partition++) {
                if (!group.isPartitionAssigned(topic, partition)) unassigned.add(new TopicPartition(topic, partition));
            }
            total += partitions;
        }
        return total;
    }

    /** @param membersLeft how many members have not had their turn, this one among them */
    private void keepWithinQuota(String member, int membersLeft) {
        Map<Uuid, Set<Integer>> before = group.memberAssignment(member).partitions();
        target.put(member, before);
        boolean mayHaveExtra = extras > 0;
        int places = mayHaveExtra ? quota + 1 : quota;
        for (Map.Entry<Uuid, Set<Integer>> entry : before.entrySet()) {
            if (subscribed.contains(entry.getKey())) {
                places = keep(member, entry.getKey(), entry.getValue(), places);
            } else {
                changeable(member).remove(entry.getKey());
            }
        }
        if (places > 0 && mayHaveExtra && membersLeft > extras) {
            places--;
            mayHaveExtra = false;
        }
        if (places > 0) unfilled.add(new Unfilled(member, places));
        if (mayHaveExtra) extras--;
    }

    /** @return the places that are still free */
    private int keep(String member, Uuid topic, Set<Integer> partitions, int places) {
        if (partitions.size() <= places) return places - partitions.size();
        int kept = 0;
        for (int partition : partitions) {
            if (kept++ < places) continue;
            take(changeable(member), topic, partition);
            unassigned.add(new TopicPartition(topic, partition));
        }
        return 0;
    }

    private static void take(Map<Uuid, Set<Integer>> assignment, Uuid topic, int partition) {
        assignment.computeIfPresent(topic, (id, partitions) -> {
            partitions.remove(partition);
            return partitions.isEmpty() ? null : partitions;
        });
    }

    private Map<Uuid, Set<Integer>> changeable(String member) {
        if (copied.add(member)) target.computeIfPresent(member, (id, before) -> Partitions.mutableCopy(before));
        return target.getOrDefault(member, Map.of());
    }

    private void fill() {
        int next = 0;
        for (Unfilled member : unfilled) {
            Map<Uuid, Set<Integer>> assignment = changeable(member.member());
            for (int i = 0; i < member.places() && next < unassigned.size(); i++) {
                TopicPartition partition = unassigned.get(next++);
                assignment
                        .computeIfAbsent(partition.topic(), topic -> new HashSet<>())
                        .add(partition.partition());
            }
        }
        if (next < unassigned.size()) throw new PartitionAssignorException("Partitions were left unassigned");
    }
}
