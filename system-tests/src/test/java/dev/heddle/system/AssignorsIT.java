package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.coordinator.assignor.RangeAssignor;
import dev.heddle.coordinator.assignor.UniformAssignor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.group.api.assignor.GroupAssignment;
import org.apache.kafka.coordinator.group.api.assignor.PartitionAssignor;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;
import org.apache.kafka.coordinator.group.api.assignor.SubscriptionType;
import org.apache.kafka.coordinator.group.modern.Assignment;
import org.apache.kafka.coordinator.group.modern.GroupSpecImpl;
import org.apache.kafka.coordinator.group.modern.MemberSubscriptionAndAssignmentImpl;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Server-side assignors give every member exactly what Apache's give it, through the lives of many random groups. */
class AssignorsIT {

    private static final int STEPS = 25;

    static IntStream seeds() {
        return IntStream.range(0, 60);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void uniformIsApaches(int seed) {
        compare(seed, new UniformAssignor(), new org.apache.kafka.coordinator.group.assignor.UniformAssignor());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void rangeIsApaches(int seed) {
        compare(seed, new RangeAssignor(), new org.apache.kafka.coordinator.group.assignor.RangeAssignor());
    }

    private static void compare(int seed, PartitionAssignor ours, PartitionAssignor apaches) {
        var group = new RandomGroup(new Random(seed));
        for (int step = 0; step < STEPS; step++) {
            group.change();
            GroupSpecImpl spec = group.spec();
            Map<String, Map<Uuid, Set<Integer>>> expected = partitions(apaches.assign(spec, group));
            assertEquals(expected, partitions(ours.assign(spec, group)), "seed " + seed + ", step " + step);
            assertTrue(group.isWhole(expected));
            group.take(expected);
        }
    }

    private static Map<String, Map<Uuid, Set<Integer>>> partitions(GroupAssignment assignment) {
        Map<String, Map<Uuid, Set<Integer>>> partitions = new HashMap<>();
        assignment.members().forEach((member, assigned) -> partitions.put(member, assigned.partitions()));
        return partitions;
    }

    /** A group whose members and topics change as chance has it. */
    private static final class RandomGroup implements SubscribedTopicDescriber {

        private final Random random;
        private final boolean homogeneous;
        private final Map<Uuid, Integer> topics = new HashMap<>();
        private final Map<String, Set<Uuid>> subscriptions = new HashMap<>();
        private final Map<String, String> instances = new HashMap<>();
        private Map<String, Map<Uuid, Set<Integer>>> assignments = new HashMap<>();
        private Set<Uuid> common = new HashSet<>();
        private int nextMember;

        RandomGroup(Random random) {
            this.random = random;
            this.homogeneous = random.nextBoolean();
            int count = 1 + random.nextInt(6);
            for (int i = 0; i < count; i++) {
                topics.put(new Uuid(random.nextLong(), random.nextLong()), 1 + random.nextInt(30));
            }
            common = someTopics();
            join();
        }

        void change() {
            switch (random.nextInt(6)) {
                case 0, 1 -> join();
                case 2 -> leave();
                case 3 -> subscribeAnew();
                case 4 -> topics.replaceAll((topic, count) -> random.nextInt(4) == 0 ? count + 1 : count);
                default -> {
                    join();
                    join();
                }
            }
        }

        private Set<Uuid> someTopics() {
            List<Uuid> all = new ArrayList<>(topics.keySet());
            Collections.sort(all);
            Collections.shuffle(all, random);
            return new HashSet<>(all.subList(0, 1 + random.nextInt(all.size())));
        }

        private void join() {
            String member = "member-" + nextMember++;
            subscriptions.put(member, homogeneous ? common : someTopics());
            if (random.nextInt(3) == 0) instances.put(member, "instance-" + random.nextInt(1000) + member);
        }

        private void leave() {
            if (subscriptions.size() < 2) return;
            List<String> members = subscriptions.keySet().stream().sorted().toList();
            String gone = members.get(random.nextInt(members.size()));
            subscriptions.remove(gone);
            assignments.remove(gone);
        }

        private void subscribeAnew() {
            if (homogeneous) {
                common = someTopics();
                subscriptions.replaceAll((member, before) -> common);
            } else {
                subscriptions.replaceAll((member, before) -> random.nextInt(3) == 0 ? someTopics() : before);
            }
        }

        GroupSpecImpl spec() {
            Map<String, MemberSubscriptionAndAssignmentImpl> members = new HashMap<>();
            Map<Uuid, Map<Integer, String>> inverted = new HashMap<>();
            subscriptions.forEach((member, subscribed) -> {
                Map<Uuid, Set<Integer>> has = assignments.getOrDefault(member, Map.of());
                members.put(
                        member,
                        new MemberSubscriptionAndAssignmentImpl(
                                Optional.empty(),
                                Optional.ofNullable(instances.get(member)),
                                subscribed,
                                new Assignment(Collections.unmodifiableMap(has))));
                has.forEach((topic, partitions) -> partitions.forEach(partition ->
                        inverted.computeIfAbsent(topic, id -> new HashMap<>()).put(partition, member)));
            });
            SubscriptionType type = homogeneous ? SubscriptionType.HOMOGENEOUS : SubscriptionType.HETEROGENEOUS;
            return new GroupSpecImpl(members, type, inverted, Optional.empty());
        }

        void take(Map<String, Map<Uuid, Set<Integer>>> taken) {
            assignments = new HashMap<>(taken);
        }

        /** Whether every partition of every topic that someone subscribes to is somebody's, and of one only. */
        boolean isWhole(Map<String, Map<Uuid, Set<Integer>>> assigned) {
            Set<Uuid> subscribed = new HashSet<>();
            subscriptions.values().forEach(subscribed::addAll);
            int wanted = subscribed.stream().mapToInt(topics::get).sum();
            Set<String> given = new HashSet<>();
            int count = 0;
            for (var ofMember : assigned.values()) {
                for (var entry : ofMember.entrySet()) {
                    for (int partition : entry.getValue()) {
                        count++;
                        given.add(entry.getKey() + "-" + partition);
                    }
                }
            }
            return count == wanted && given.size() == wanted;
        }

        @Override
        public int numPartitions(Uuid topicId) {
            return topics.getOrDefault(topicId, -1);
        }

        @Override
        public Set<String> racksForPartition(Uuid topicId, int partition) {
            return Set.of();
        }
    }
}
