package dev.heddle.coordinator.share;

import dev.heddle.coordinator.assignor.Partitions;
import dev.heddle.coordinator.consumer.AssignorView;
import dev.heddle.coordinator.consumer.TargetComputation;
import dev.heddle.coordinator.consumer.TopicCatalog;
import dev.heddle.coordinator.share.StatePartitions.OfTopic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.group.api.assignor.GroupAssignment;
import org.apache.kafka.coordinator.group.api.assignor.MemberAssignment;
import org.apache.kafka.coordinator.group.api.assignor.ShareGroupPartitionAssignor;
import org.apache.kafka.coordinator.group.api.assignor.SubscriptionType;

/**
 * Has an assignor compute the target assignment of a share group, of whom one member may be about to join or to change.
 * Used by one thread, under the group's lock.
 */
public final class ShareTargets {

    private final ShareGroupData group;
    private final TopicCatalog catalog;

    public ShareTargets(ShareGroupData group, TopicCatalog catalog) {
        this.group = group;
        this.catalog = catalog;
    }

    /**
     * Computes it.
     *
     * @param updated a member as it will be
     * @return the records that say what is different from before
     */
    public List<ShareGroupRecord.Target> compute(
            ShareMember updated, SubscriptionType subscriptionType, ShareGroupPartitionAssignor assignor) {
        Map<String, AssignorView.Subscriber> subscribers = new HashMap<>();
        Map<String, Partitions> assignments = new HashMap<>();
        for (ShareMember member : group.members()) subscribers.put(member.id(), subscriber(member));
        subscribers.put(updated.id(), subscriber(updated));
        for (String id : subscribers.keySet()) assignments.put(id, new Partitions(group.targetOf(id)));
        var view = new AssignorView.Group(
                subscribers, assignments, subscriptionType, this::isAssigned, this::isAssignable);
        return differences(subscribers.keySet(), assignor.assign(view, new AssignorView.Topics(catalog)));
    }

    private AssignorView.Subscriber subscriber(ShareMember member) {
        return new AssignorView.Subscriber(
                Optional.ofNullable(member.profile().rackId()),
                Optional.empty(),
                TargetComputation.ids(member.profile().topics(), catalog));
    }

    private boolean isAssigned(Uuid topicId, int partition) {
        return group.targets().values().stream()
                .anyMatch(target -> target.getOrDefault(topicId, Set.of()).contains(partition));
    }

    /** Nobody may have a partition before it is known where the group begins in it. */
    private boolean isAssignable(Uuid topicId, int partition) {
        OfTopic topic = group.states().initialized().get(topicId);
        return topic != null && topic.partitions().contains(partition);
    }

    private List<ShareGroupRecord.Target> differences(Set<String> members, GroupAssignment computed) {
        List<ShareGroupRecord.Target> records = new ArrayList<>();
        for (String memberId : members) {
            MemberAssignment assignment = computed.members().get(memberId);
            Map<Uuid, Set<Integer>> partitions = assignment == null ? Map.of() : assignment.partitions();
            boolean isSame = group.targets().containsKey(memberId)
                    && group.targetOf(memberId).equals(partitions);
            if (!isSame) records.add(new ShareGroupRecord.Target(memberId, partitions));
        }
        return records;
    }
}
