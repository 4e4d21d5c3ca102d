package dev.heddle.coordinator.assignor;

import java.util.ArrayList;
import java.util.Collection;
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
import org.apache.kafka.coordinator.group.api.assignor.ShareGroupPartitionAssignor;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;
import org.apache.kafka.coordinator.group.api.assignor.SubscriptionType;

/**
 * Assigns partitions of share groups: every partition to equally many members, every member equally many partitions, and
 * as few changes as that allows. Stateless: any thread may call it.
 *
 * <p>Where all members subscribe to the same, all partitions are dealt at once; otherwise topic by topic, to those that
 * subscribe to it.
 */
public final class SimpleAssignor implements ShareGroupPartitionAssignor {

    /** Its name in the configuration. */
    public static final String NAME = "simple";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public GroupAssignment assign(GroupSpec group, SubscribedTopicDescriber topics) {
        List<String> members = group.memberIds().stream().sorted().toList();
        Map<String, Map<Uuid, Set<Integer>>> assigned = HashMap.newHashMap(members.size());
        for (String member : members) assigned.put(member, new HashMap<>());
        if (group.subscriptionType() == SubscriptionType.HOMOGENEOUS) {
            if (!members.isEmpty()) deal(group, topics, members, topicsOf(group, members.getFirst()), assigned);
        } else {
            for (Map.Entry<Uuid, List<String>> topic :
                    subscribers(group, members).entrySet()) {
                deal(group, topics, topic.getValue(), Set.of(topic.getKey()), assigned);
            }
        }
        Map<String, MemberAssignment> result = HashMap.newHashMap(members.size());
        assigned.forEach((member, partitions) -> result.put(member, new Partitions(partitions)));
        return new GroupAssignment(result);
    }

    private static Set<Uuid> topicsOf(GroupSpec group, String member) {
        return group.memberSubscription(member).subscribedTopicIds();
    }

    private static Map<Uuid, List<String>> subscribers(GroupSpec group, List<String> members) {
        Map<Uuid, List<String>> byTopic = new HashMap<>();
        for (String member : members) {
            for (Uuid topic : topicsOf(group, member)) {
                byTopic.computeIfAbsent(topic, id -> new ArrayList<>()).add(member);
            }
        }
        return byTopic;
    }

    private static void deal(
            GroupSpec group,
            SubscribedTopicDescriber describer,
            List<String> members,
            Collection<Uuid> topics,
            Map<String, Map<Uuid, Set<Integer>>> assigned) {
        var deal = new SharedDeal(members.size(), assignable(group, describer, topics));
        for (int member = 0; member < members.size(); member++) {
            Map<Uuid, Set<Integer>> before =
                    group.memberAssignment(members.get(member)).partitions();
            for (Map.Entry<Uuid, Set<Integer>> topic : before.entrySet()) {
                for (int partition : topic.getValue())
                    deal.keep(member, new SharedDeal.Item(topic.getKey(), partition));
            }
        }
        deal.balance();
        for (int member = 0; member < members.size(); member++) {
            Map<Uuid, Set<Integer>> byTopic = assigned.get(members.get(member));
            for (SharedDeal.Item item : deal.itemsOf(member)) {
                byTopic.computeIfAbsent(item.topic(), id -> new HashSet<>()).add(item.partition());
            }
        }
    }

    private static List<SharedDeal.Item> assignable(
            GroupSpec group, SubscribedTopicDescriber describer, Collection<Uuid> topics) {
        List<SharedDeal.Item> items = new ArrayList<>();
        for (Uuid topic : topics.stream().sorted().toList()) {
            int count = describer.numPartitions(topic);
            if (count < 0) {
                throw new PartitionAssignorException(
                        "Members are subscribed to topic " + topic + " which doesn't exist in the topic metadata.");
            }
            for (int partition = 0; partition < count; partition++) {
                if (group.isPartitionAssignable(topic, partition)) items.add(new SharedDeal.Item(topic, partition));
            }
        }
        return items;
    }
}
