package dev.heddle.coordinator.consumer;

import dev.heddle.coordinator.assignor.Partitions;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.group.api.assignor.GroupSpec;
import org.apache.kafka.coordinator.group.api.assignor.MemberAssignment;
import org.apache.kafka.coordinator.group.api.assignor.MemberSubscription;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;
import org.apache.kafka.coordinator.group.api.assignor.SubscriptionType;

/** A group and its topics as an assignor sees them. Used by one thread, under the group's lock. */
public final class AssignorView {

    private AssignorView() {}

    /** A member. */
    public record Subscriber(Optional<String> rackId, Optional<String> instanceId, Set<Uuid> subscribedTopicIds)
            implements MemberSubscription {}

    /**
     * A group.
     *
     * @param assigned whether anybody is to have the partition already
     * @param assignable whether anybody may have it
     */
    public record Group(
            Map<String, Subscriber> subscribers,
            Map<String, Partitions> assignments,
            SubscriptionType subscriptionType,
            BiPredicate<Uuid, Integer> assigned,
            BiPredicate<Uuid, Integer> assignable)
            implements GroupSpec {

        @Override
        public Collection<String> memberIds() {
            return Collections.unmodifiableSet(subscribers.keySet());
        }

        @Override
        public boolean isPartitionAssigned(Uuid topicId, int partitionId) {
            return assigned.test(topicId, partitionId);
        }

        @Override
        public boolean isPartitionAssignable(Uuid topicId, int partitionId) {
            return assignable.test(topicId, partitionId);
        }

        @Override
        public MemberSubscription memberSubscription(String memberId) {
            Subscriber subscriber = subscribers.get(memberId);
            if (subscriber == null) throw new IllegalArgumentException("Not a member: " + memberId);
            return subscriber;
        }

        @Override
        public MemberAssignment memberAssignment(String memberId) {
            return assignments.getOrDefault(memberId, Partitions.NONE);
        }
    }

    /** Topics. */
    public record Topics(TopicCatalog catalog) implements SubscribedTopicDescriber {

        @Override
        public int numPartitions(Uuid topicId) {
            TopicCatalog.Topic topic = catalog.topic(topicId);
            return topic == null ? -1 : topic.partitions();
        }

        @Override
        public Set<String> racksForPartition(Uuid topicId, int partition) {
            TopicCatalog.Topic topic = catalog.topic(topicId);
            return topic == null ? Set.of() : new HashSet<>(topic.racks(partition));
        }
    }
}
