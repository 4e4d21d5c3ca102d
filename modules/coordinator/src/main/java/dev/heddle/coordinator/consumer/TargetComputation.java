package dev.heddle.coordinator.consumer;

import dev.heddle.coordinator.assignor.Partitions;
import dev.heddle.coordinator.consumer.TopicCatalog.Topic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.group.api.assignor.GroupAssignment;
import org.apache.kafka.coordinator.group.api.assignor.MemberAssignment;
import org.apache.kafka.coordinator.group.api.assignor.PartitionAssignor;
import org.apache.kafka.coordinator.group.api.assignor.SubscriptionType;

/**
 * Has an assignor compute the target assignment of a group, of whom one member may be about to join, to change or to
 * take another's place. Used by one thread, under the group's lock.
 */
public final class TargetComputation {

    private final ConsumerGroupData group;
    private final TopicCatalog catalog;
    private final Map<Set<String>, Set<Uuid>> idsByNames = new HashMap<>();
    private final Map<String, AssignorView.Subscriber> subscribers = new HashMap<>();
    private final Map<String, Partitions> assignments = new HashMap<>();

    public TargetComputation(ConsumerGroupData group, TopicCatalog catalog) {
        this.group = group;
        this.catalog = catalog;
    }

    /**
     * Computes it.
     *
     * @param updated a member as it will be; in place of that of the same id, or of the same instance
     * @return the records that say what is different from before
     */
    public List<ConsumerGroupRecord> compute(
            ConsumerMember updated, SubscriptionType subscriptionType, PartitionAssignor assignor) {
        for (ConsumerMember member : group.members())
            add(member, group.targets().of(member.id()));
        ConsumerMember predecessor = group.staticMember(updated.instanceId());
        if (predecessor != null && !predecessor.id().equals(updated.id())) {
            remove(predecessor.id());
            add(updated, group.targets().of(predecessor.id()));
        } else {
            add(updated, group.targets().of(updated.id()));
        }
        var spec = new AssignorView.Group(
                subscribers, assignments, subscriptionType, group.targets()::isAssigned, (topic, partition) -> true);
        return differences(assignor.assign(spec, new AssignorView.Topics(catalog)));
    }

    private void add(ConsumerMember member, Map<Uuid, Set<Integer>> target) {
        MemberProfile.Origin origin = member.profile().origin();
        subscribers.put(
                member.id(),
                new AssignorView.Subscriber(
                        Optional.ofNullable(origin.rackId()),
                        Optional.ofNullable(origin.instanceId()),
                        subscribedIds(member.subscription())));
        assignments.put(member.id(), new Partitions(target));
    }

    private void remove(String memberId) {
        subscribers.remove(memberId);
        assignments.remove(memberId);
    }

    private Set<Uuid> subscribedIds(MemberProfile.Subscription subscription) {
        Set<String> names = subscribedNames(subscription, group.resolvedRegexes());
        return idsByNames.computeIfAbsent(names, all -> ids(all, catalog));
    }

    private List<ConsumerGroupRecord> differences(GroupAssignment computed) {
        List<ConsumerGroupRecord> records = new ArrayList<>();
        for (String memberId : subscribers.keySet()) {
            MemberAssignment assignment = computed.members().get(memberId);
            Map<Uuid, Set<Integer>> partitions = assignment == null ? Map.of() : assignment.partitions();
            boolean isSame = group.targets().has(memberId)
                    && group.targets().of(memberId).equals(partitions);
            if (!isSame) records.add(new ConsumerGroupRecord.Target(memberId, partitions));
        }
        return records;
    }

    // ---- what members subscribe to ----

    /** The topics that a member subscribes to, by name or because they match; an expression not looked up has none. */
    public static Set<String> subscribedNames(
            MemberProfile.Subscription subscription, Map<String, ResolvedRegex> resolved) {
        ResolvedRegex regex = subscription.hasRegex() ? resolved.get(subscription.regex()) : null;
        if (regex == null || regex.topics().isEmpty()) return subscription.topics();
        if (subscription.topics().isEmpty()) return regex.topics();
        Set<String> both = new HashSet<>(subscription.topics());
        both.addAll(regex.topics());
        return both;
    }

    /** The ids of those of the topics that are there. */
    public static Set<Uuid> ids(Set<String> names, TopicCatalog catalog) {
        Set<Uuid> ids = HashSet.newHashSet(names.size());
        for (String name : names) {
            Topic topic = catalog.topic(name);
            if (topic != null) ids.add(topic.id());
        }
        return ids;
    }
}
