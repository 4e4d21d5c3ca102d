package dev.heddle.coordinator.assignor;

import java.util.Map;
import org.apache.kafka.coordinator.group.api.assignor.ConsumerGroupPartitionAssignor;
import org.apache.kafka.coordinator.group.api.assignor.GroupAssignment;
import org.apache.kafka.coordinator.group.api.assignor.GroupSpec;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;
import org.apache.kafka.coordinator.group.api.assignor.SubscriptionType;

/**
 * Gives every member as many partitions as the others, as far as subscriptions allow, and moves as few as it can.
 * Stateless: any thread may call it.
 */
public final class UniformAssignor implements ConsumerGroupPartitionAssignor {

    static final String NAME = "uniform";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public GroupAssignment assign(GroupSpec group, SubscribedTopicDescriber topics) {
        if (group.memberIds().isEmpty()) return new GroupAssignment(Map.of());
        boolean isHomogeneous = group.subscriptionType() == SubscriptionType.HOMOGENEOUS;
        return isHomogeneous
                ? new HomogeneousAssignment(group, topics).compute()
                : new HeterogeneousAssignment(group, topics).compute();
    }
}
