package dev.heddle.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.coordinator.streams.StickyTaskAssignor;
import dev.heddle.coordinator.streams.StickyTaskAssignor.Member;
import dev.heddle.coordinator.streams.StickyTaskAssignor.Subtopology;
import dev.heddle.coordinator.streams.Tasks;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.coordinator.group.streams.assignor.AssignmentMemberSpec;
import org.apache.kafka.coordinator.group.streams.assignor.GroupSpecImpl;
import org.apache.kafka.coordinator.group.streams.assignor.TopologyDescriber;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The assignor of tasks gives every member exactly what Apache's gives it, through the lives of many random groups. */
class TaskAssignorIT {

    private static final int STEPS = 30;

    static IntStream seeds() {
        return IntStream.range(0, 60);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void stickyIsApaches(int seed) {
        var group = new RandomGroup(new Random(seed));
        for (int step = 0; step < STEPS; step++) {
            group.change();
            Map<String, Tasks> expected = group.assignByApache();
            assertEquals(expected, group.assign(), "seed " + seed + ", step " + step);
            group.assertWhole(expected);
            group.take(expected);
        }
    }

    /** An application whose members and topics change as chance has it. */
    private static final class RandomGroup implements TopologyDescriber {

        private final Random random;
        private final List<Subtopology> topology = new ArrayList<>();
        private final Map<String, Member> members = new HashMap<>();
        private int standbys;
        private int nextMember;

        RandomGroup(Random random) {
            this.random = random;
            int count = 1 + random.nextInt(4);
            for (int i = 0; i < count; i++) {
                topology.add(new Subtopology("" + i, 1 + random.nextInt(12), random.nextBoolean()));
            }
            standbys = random.nextInt(3);
            join();
        }

        void change() {
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> join();
                case 3, 4 -> leave();
                case 5 -> standbys = random.nextInt(3);
                case 6 ->
                    topology.replaceAll(
                            each -> new Subtopology(each.id(), each.tasks() + random.nextInt(2), each.isStateful()));
                default -> {
                    join();
                    join();
                }
            }
        }

        private void join() {
            String process = "process-" + random.nextInt(5);
            members.put("member-" + nextMember++, new Member(process, Tasks.NONE));
        }

        private void leave() {
            if (members.size() < 2) return;
            List<String> ids = members.keySet().stream().sorted().toList();
            members.remove(ids.get(random.nextInt(ids.size())));
        }

        Map<String, Tasks> assign() {
            // Both walk through maps that have grown in the same way.
            Map<String, Member> grown = new HashMap<>();
            members.forEach(grown::put);
            return StickyTaskAssignor.assign(grown, topology, standbys);
        }

        Map<String, Tasks> assignByApache() {
            Map<String, AssignmentMemberSpec> specs = new HashMap<>();
            members.forEach((id, member) -> specs.put(
                    id,
                    new AssignmentMemberSpec(
                            Optional.empty(),
                            Optional.empty(),
                            member.previous().active(),
                            member.previous().standby(),
                            Map.of(),
                            member.processId(),
                            Map.of(),
                            Map.of(),
                            Map.of())));
            var assignor = new org.apache.kafka.coordinator.group.streams.assignor.StickyTaskAssignor();
            Map<String, Tasks> tasks = new HashMap<>();
            assignor.assign(new GroupSpecImpl(specs, Map.of("num.standby.replicas", "" + standbys)), this)
                    .members()
                    .forEach((id, assigned) -> tasks.put(
                            id, new Tasks(assigned.activeTasks(), assigned.standbyTasks(), assigned.warmupTasks())));
            return tasks;
        }

        void take(Map<String, Tasks> assigned) {
            members.replaceAll((id, member) -> new Member(member.processId(), assigned.get(id)));
        }

        /** Every task is active once, and no process has a task twice. */
        void assertWhole(Map<String, Tasks> assigned) {
            int wanted = topology.stream().mapToInt(Subtopology::tasks).sum();
            int active = assigned.values().stream()
                    .flatMap(tasks -> tasks.active().values().stream())
                    .mapToInt(Set::size)
                    .sum();
            assertEquals(wanted, active);
            Map<String, Set<String>> byProcess = new HashMap<>();
            assigned.forEach((id, tasks) -> {
                Set<String> has = byProcess.computeIfAbsent(members.get(id).processId(), process -> new HashSet<>());
                for (var kind : List.of(tasks.active(), tasks.standby())) {
                    kind.forEach((subtopology, partitions) ->
                            partitions.forEach(partition -> assertTrue(has.add(subtopology + "_" + partition))));
                }
            });
        }

        @Override
        public List<String> subtopologies() {
            return topology.stream().map(Subtopology::id).toList();
        }

        @Override
        public int maxNumInputPartitions(String id) {
            return find(id).tasks();
        }

        @Override
        public boolean isStateful(String id) {
            return find(id).isStateful();
        }

        private Subtopology find(String id) {
            return topology.stream()
                    .filter(each -> each.id().equals(id))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
