package dev.heddle.coordinator.assignor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.coordinator.consumer.AssignorView;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.coordinator.group.api.assignor.GroupAssignment;
import org.apache.kafka.coordinator.group.api.assignor.GroupSpec;
import org.apache.kafka.coordinator.group.api.assignor.PartitionAssignorException;
import org.apache.kafka.coordinator.group.api.assignor.ShareGroupPartitionAssignor;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;
import org.apache.kafka.coordinator.group.api.assignor.SubscriptionType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SimpleAssignorTest {

    private static final Uuid A = new Uuid(1, 1);
    private static final Uuid B = new Uuid(1, 2);

    private final Map<Uuid, Integer> partitions = new HashMap<>();
    private final Map<String, Set<Uuid>> subscriptions = new HashMap<>();
    private Map<String, Partitions> assigned = new HashMap<>();

    private final SubscribedTopicDescriber topics = new SubscribedTopicDescriber() {
        @Override
        public int numPartitions(Uuid topicId) {
            return partitions.getOrDefault(topicId, -1);
        }

        @Override
        public Set<String> racksForPartition(Uuid topicId, int partition) {
            return Set.of();
        }
    };

    static IntStream seeds() {
        return IntStream.range(0, 60);
    }

    private void assign(SubscriptionType type) {
        assignWhere(type, -1);
    }

    /** @param notYet a partition that nobody may have */
    private void assignWhere(SubscriptionType type, int notYet) {
        Map<String, AssignorView.Subscriber> members = new HashMap<>();
        subscriptions.forEach((member, ids) ->
                members.put(member, new AssignorView.Subscriber(Optional.empty(), Optional.empty(), ids)));
        var group = new AssignorView.Group(
                members, assigned, type, (topic, partition) -> false, (topic, partition) -> partition != notYet);
        var computed = new HashMap<String, Partitions>();
        new SimpleAssignor()
                .assign(group, topics)
                .members()
                .forEach((member, target) -> computed.put(member, new Partitions(target.partitions())));
        assigned = computed;
    }

    private int size(String member) {
        return assigned.get(member).partitions().values().stream()
                .mapToInt(Set::size)
                .sum();
    }

    private long holders(Uuid topic, int partition) {
        return assigned.values().stream()
                .filter(each -> each.partitions().getOrDefault(topic, Set.of()).contains(partition))
                .count();
    }

    private void assertBalanced() {
        int total = partitions.values().stream().mapToInt(Integer::intValue).sum();
        int members = subscriptions.size();
        int sharing = Math.ceilDiv(members, total);
        int places = sharing * total;
        subscriptions.keySet().forEach(member -> {
            int size = size(member);
            assertTrue(size >= 1 && size <= Math.ceilDiv(places, members), member + " has " + size);
        });
        partitions.forEach((topic, count) -> {
            for (int partition = 0; partition < count; partition++) {
                long holders = holders(topic, partition);
                assertTrue(holders >= 1 && holders <= sharing, topic + "-" + partition + " has " + holders);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everyPartitionHasMembersAndEveryMemberPartitionsEvenly(int seed) {
        var random = new Random(seed);
        partitions.put(A, 1 + random.nextInt(8));
        partitions.put(B, 1 + random.nextInt(8));
        int members = partitions.get(A) + partitions.get(B);
        // As many members as partitions, or a multiple: then nobody can be left without.
        members *= 1 + random.nextInt(3);
        for (int i = 0; i < members; i++) subscriptions.put("member-" + i, Set.of(A, B));
        assign(SubscriptionType.HOMOGENEOUS);
        assertBalanced();
        var before = assigned;
        assign(SubscriptionType.HOMOGENEOUS);
        assertEquals(before, assigned, "nothing changes where nothing has changed");
    }

    @Test
    void fewMembersSplitThePartitionsAmongThem() {
        partitions.put(A, 7);
        for (int i = 0; i < 3; i++) subscriptions.put("member-" + i, Set.of(A));
        assign(SubscriptionType.HOMOGENEOUS);
        for (int partition = 0; partition < 7; partition++) assertEquals(1, holders(A, partition));
        subscriptions.keySet().forEach(member -> assertTrue(size(member) == 2 || size(member) == 3));
        subscriptions.remove("member-1");
        assigned.remove("member-1");
        assign(SubscriptionType.HOMOGENEOUS);
        for (int partition = 0; partition < 7; partition++) assertEquals(1, holders(A, partition));
    }

    @Test
    void membersGetOnlyWhatTheySubscribeTo() {
        partitions.put(A, 2);
        partitions.put(B, 2);
        subscriptions.put("ada", Set.of(A));
        subscriptions.put("ben", Set.of(A, B));
        assign(SubscriptionType.HETEROGENEOUS);
        assertEquals(Set.of(A), assigned.get("ada").partitions().keySet());
        assertEquals(Set.of(0, 1), assigned.get("ben").partitions().get(B));
        subscriptions.put("ben", Set.of(B));
        assign(SubscriptionType.HETEROGENEOUS);
        assertEquals(Map.of(B, Set.of(0, 1)), assigned.get("ben").partitions());
        assertEquals(Map.of(A, Set.of(0, 1)), assigned.get("ada").partitions());
    }

    @Test
    void nobodyGetsWhatNobodyMayHaveYet() {
        partitions.put(A, 2);
        subscriptions.put("ada", Set.of(A));
        assignWhere(SubscriptionType.HOMOGENEOUS, 1);
        assertEquals(Map.of(A, Set.of(0)), assigned.get("ada").partitions());
    }

    @Test
    void aTopicThatIsGoneIsAnError() {
        subscriptions.put("ada", Set.of(A));
        assertThrows(PartitionAssignorException.class, () -> assign(SubscriptionType.HOMOGENEOUS));
    }

    @Test
    void aGroupWithoutMembersHasNoAssignment() {
        assign(SubscriptionType.HOMOGENEOUS);
        assertTrue(assigned.isEmpty());
    }

    /** An assignor that someone else has written. */
    public static final class Plugged implements ShareGroupPartitionAssignor {

        @Override
        public String name() {
            return "plugged";
        }

        @Override
        public GroupAssignment assign(GroupSpec group, SubscribedTopicDescriber described) {
            return new GroupAssignment(Map.of());
        }
    }

    @Test
    void isFoundByNameAndByClassAndOthersArePluggedIn() {
        assertInstanceOf(SimpleAssignor.class, ShareAssignors.of("simple", Map.of()));
        assertInstanceOf(
                SimpleAssignor.class,
                ShareAssignors.of("org.apache.kafka.coordinator.group.assignor.SimpleAssignor", Map.of()));
        assertInstanceOf(Plugged.class, ShareAssignors.of(Plugged.class.getName(), Map.of()));
        assertThrows(ConfigException.class, () -> ShareAssignors.of("nobody", Map.of()));
    }
}
