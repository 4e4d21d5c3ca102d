package dev.heddle.coordinator.assignor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.group.api.assignor.ConsumerGroupPartitionAssignor;
import org.apache.kafka.coordinator.group.api.assignor.GroupAssignment;
import org.apache.kafka.coordinator.group.api.assignor.GroupSpec;
import org.apache.kafka.coordinator.group.api.assignor.MemberAssignment;
import org.apache.kafka.coordinator.group.api.assignor.PartitionAssignorException;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;

/**
 * Gives each member a range of every topic that it subscribes to, so that members of topics with as many partitions get
 * the same numbers of each. Stateless: any thread may call it.
 *
 * <p>Static members come first, in the order of their instances, and keep their ranges when they come back under another
 * member id; the others follow in the order of their ids.
 */
public final class RangeAssignor implements ConsumerGroupPartitionAssignor {

    static final String NAME = "range";

    /** What is still to be given of a topic. */
    private static final class Remainder {
        private final int partitions;
        private int subscribers;
        private int given;
        private int members;

        Remainder(int partitions) {
            this.partitions = partitions;
        }

        /** The end of the next member's range, which begins at {@link #given}. */
        int nextEnd() {
            int extra = members++ < partitions % subscribers ? 1 : 0;
            return given + partitions / subscribers + extra;
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public GroupAssignment assign(GroupSpec group, SubscribedTopicDescriber topics) {
        List<String> members = inOrder(group);
        Map<Uuid, Remainder> remainders = remainders(group, topics);
        Map<String, MemberAssignment> assignments = HashMap.newHashMap(members.size());
        for (String member : members) {
            Map<Uuid, Set<Integer>> partitions = new HashMap<>();
            for (Uuid topic : group.memberSubscription(member).subscribedTopicIds()) {
                Set<Integer> range = next(remainders.get(topic));
                if (!range.isEmpty()) partitions.put(topic, range);
            }
            assignments.put(member, new Partitions(partitions));
        }
        return new GroupAssignment(assignments);
    }

    private static Map<Uuid, Remainder> remainders(GroupSpec group, SubscribedTopicDescriber topics) {
        Map<Uuid, Remainder> remainders = new HashMap<>();
        for (String member : group.memberIds()) {
            for (Uuid topic : group.memberSubscription(member).subscribedTopicIds()) {
                remainders.computeIfAbsent(topic, id -> new Remainder(partitionsOf(topics, id))).subscribers++;
            }
        }
        return remainders;
    }

    static int partitionsOf(SubscribedTopicDescriber topics, Uuid topic) {
        int partitions = topics.numPartitions(topic);
        if (partitions < 0) throw new PartitionAssignorException("The topic is subscribed to and not there: " + topic);
        return partitions;
    }

    private static Set<Integer> next(Remainder remainder) {
        int end = remainder.nextEnd();
        Set<Integer> range = new HashSet<>();
        while (remainder.given < end) range.add(remainder.given++);
        return range;
    }

    private static List<String> inOrder(GroupSpec group) {
        List<String> members = new ArrayList<>(group.memberIds());
        Comparator<String> byInstance = Comparator.comparing(
                member -> group.memberSubscription(member).instanceId().orElse(null),
                Comparator.nullsLast(Comparator.naturalOrder()));
        members.sort(byInstance.thenComparing(Comparator.naturalOrder()));
        return members;
    }
}
