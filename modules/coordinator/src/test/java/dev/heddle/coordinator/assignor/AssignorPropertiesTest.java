package dev.heddle.coordinator.assignor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.coordinator.group.api.assignor.ConsumerGroupPartitionAssignor;
import org.apache.kafka.coordinator.group.api.assignor.GroupAssignment;
import org.apache.kafka.coordinator.group.api.assignor.GroupSpec;
import org.apache.kafka.coordinator.group.api.assignor.MemberAssignment;
import org.apache.kafka.coordinator.group.api.assignor.MemberSubscription;
import org.apache.kafka.coordinator.group.api.assignor.PartitionAssignorException;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;
import org.apache.kafka.coordinator.group.api.assignor.SubscriptionType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AssignorPropertiesTest {

    private static final Uuid A = new Uuid(1, 1);
    private static final Uuid B = new Uuid(1, 2);

    private final Map<Uuid, Integer> partitions = new HashMap<>();
    private final Map<String, Set<Uuid>> subscriptions = new HashMap<>();
    private final Map<String, String> instances = new HashMap<>();
    private Map<String, MemberAssignment> assigned = Map.of();

    static IntStream seeds() {
        return IntStream.range(0, 40);
    }

    private void assign(ConsumerGroupPartitionAssignor assignor, SubscriptionType type) {
        assigned = assignor.assign(new Spec(type), new Topics()).members();
    }

    private int size(String member) {
        return assigned.get(member).partitions().values().stream()
                .mapToInt(Set::size)
                .sum();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void uniformIsBalancedWholeAndMovesLittle(int seed) {
        var random = new Random(seed);
        partitions.put(A, 1 + random.nextInt(50));
        partitions.put(B, random.nextInt(50) + 1);
        int total = partitions.get(A) + partitions.get(B);
        int members = 1 + random.nextInt(12);
        for (int i = 0; i < members; i++) subscriptions.put("member-" + i, Set.of(A, B));
        assign(new UniformAssignor(), SubscriptionType.HOMOGENEOUS);
        assertBalanced(total);

        var before = assigned;
        subscriptions.put("newcomer", Set.of(A, B));
        assign(new UniformAssignor(), SubscriptionType.HOMOGENEOUS);
        assertBalanced(total);
        assertEquals(size("newcomer"), moved(before), "nothing moves but what the newcomer gets");

        before = assigned;
        subscriptions.remove("member-0");
        int hers = size("member-0");
        assign(new UniformAssignor(), SubscriptionType.HOMOGENEOUS);
        assertBalanced(total);
        assertEquals(hers, moved(before), "nothing moves but what the leaver had");
    }

    private void assertBalanced(int total) {
        int smallest = total / subscriptions.size();
        Set<String> given = new HashSet<>();
        assigned.forEach((member, assignment) -> {
            assertTrue(size(member) == smallest || size(member) == smallest + 1, () -> member + " of " + assigned);
            assignment.partitions().forEach((topic, ids) -> ids.forEach(id -> given.add(topic + "-" + id)));
        });
        assertEquals(total, given.size());
        assertEquals(total, subscriptions.keySet().stream().mapToInt(this::size).sum());
    }

    /** How many partitions are with another member than before. */
    private int moved(Map<String, MemberAssignment> before) {
        int moved = 0;
        for (String member : subscriptions.keySet()) {
            Map<Uuid, Set<Integer>> had =
                    before.getOrDefault(member, Partitions.NONE).partitions();
            for (var entry : assigned.get(member).partitions().entrySet()) {
                for (int partition : entry.getValue()) {
                    if (!had.getOrDefault(entry.getKey(), Set.of()).contains(partition)) moved++;
                }
            }
        }
        return moved;
    }

    @Test
    void uniformLevelsOutWhereSubscriptionsAllowIt() {
        partitions.put(A, 8);
        partitions.put(B, 4);
        subscriptions.put("both", Set.of(A, B));
        subscriptions.put("a", Set.of(A));
        subscriptions.put("b", Set.of(B));
        assign(new UniformAssignor(), SubscriptionType.HETEROGENEOUS);
        assertEquals(
                List.of(4, 4, 4),
                subscriptions.keySet().stream().map(this::size).toList());
        assertEquals(Set.of(A), assigned.get("a").partitions().keySet());
        assertEquals(Set.of(B), assigned.get("b").partitions().keySet());
    }

    @Test
    void rangeGivesTheSameNumbersOfEveryTopic() {
        partitions.put(A, 5);
        partitions.put(B, 5);
        subscriptions.put("m1", Set.of(A, B));
        subscriptions.put("m2", Set.of(A, B));
        assign(new RangeAssignor(), SubscriptionType.HOMOGENEOUS);
        assertEquals(
                Map.of(A, Set.of(0, 1, 2), B, Set.of(0, 1, 2)),
                assigned.get("m1").partitions());
        assertEquals(
                Map.of(A, Set.of(3, 4), B, Set.of(3, 4)), assigned.get("m2").partitions());
    }

    @Test
    void rangeGivesAnInstanceWhatItHadUnderAnotherMemberId() {
        partitions.put(A, 5);
        subscriptions.put("m1", Set.of(A));
        subscriptions.put("m2", Set.of(A));
        instances.put("m2", "first");
        assign(new RangeAssignor(), SubscriptionType.HOMOGENEOUS);
        assertEquals(Map.of(A, Set.of(0, 1, 2)), assigned.get("m2").partitions());
        subscriptions.remove("m2");
        subscriptions.put("zz", Set.of(A));
        instances.put("zz", "first");
        assign(new RangeAssignor(), SubscriptionType.HOMOGENEOUS);
        assertEquals(Map.of(A, Set.of(0, 1, 2)), assigned.get("zz").partitions());
    }

    @Test
    void aTopicThatIsNotThereCannotBeAssigned() {
        subscriptions.put("m1", Set.of(A));
        for (var assignor : List.of(new UniformAssignor(), new RangeAssignor())) {
            for (SubscriptionType type : SubscriptionType.values()) {
                assertThrows(PartitionAssignorException.class, () -> assign(assignor, type));
            }
        }
    }

    // ---- which there are ----

    @Test
    void assignorsAreFoundByNameAndByClass() {
        var assignors = Assignors.of(List.of("range", EverythingToOne.class.getName()), Map.of());
        assertInstanceOf(RangeAssignor.class, assignors.byDefault());
        assertInstanceOf(EverythingToOne.class, assignors.orDefault("everything-to-one"));
        assertInstanceOf(RangeAssignor.class, assignors.orDefault(null));
        assertInstanceOf(RangeAssignor.class, assignors.orDefault("uniform"), "which is not configured");
        assertThrows(ConfigException.class, () -> Assignors.of(List.of("no.such.Class"), Map.of()));
        assertThrows(ConfigException.class, () -> Assignors.of(List.of("java.lang.String"), Map.of()));
        assertThrows(ConfigException.class, () -> Assignors.of(List.of(), Map.of()));
    }

    /** A plugged assignor. */
    public static final class EverythingToOne implements ConsumerGroupPartitionAssignor {

        @Override
        public String name() {
            return "everything-to-one";
        }

        @Override
        public GroupAssignment assign(GroupSpec group, SubscribedTopicDescriber topics) {
            return new GroupAssignment(Map.of());
        }
    }

    private final class Topics implements SubscribedTopicDescriber {

        @Override
        public int numPartitions(Uuid topicId) {
            return partitions.getOrDefault(topicId, -1);
        }

        @Override
        public Set<String> racksForPartition(Uuid topicId, int partition) {
            return Set.of();
        }
    }

    private record Subscriber(Optional<String> rackId, Optional<String> instanceId, Set<Uuid> subscribedTopicIds)
            implements MemberSubscription {}

    private final class Spec implements GroupSpec {

        private final SubscriptionType type;

        Spec(SubscriptionType type) {
            this.type = type;
        }

        @Override
        public Collection<String> memberIds() {
            return subscriptions.keySet();
        }

        @Override
        public SubscriptionType subscriptionType() {
            return type;
        }

        @Override
        public boolean isPartitionAssigned(Uuid topicId, int partitionId) {
            return subscriptions.keySet().stream()
                    .anyMatch(member -> memberAssignment(member)
                            .partitions()
                            .getOrDefault(topicId, Set.of())
                            .contains(partitionId));
        }

        @Override
        public boolean isPartitionAssignable(Uuid topicId, int partitionId) {
            return true;
        }

        @Override
        public MemberSubscription memberSubscription(String memberId) {
            return new Subscriber(
                    Optional.empty(), Optional.ofNullable(instances.get(memberId)), subscriptions.get(memberId));
        }

        @Override
        public MemberAssignment memberAssignment(String memberId) {
            return assigned.getOrDefault(memberId, Partitions.NONE);
        }
    }
}
