package dev.heddle.coordinator.streams;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heddle.coordinator.streams.StickyTaskAssignor.Member;
import dev.heddle.coordinator.streams.StickyTaskAssignor.Subtopology;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StickyTaskAssignorTest {

    private static final List<Subtopology> TOPOLOGY =
            List.of(new Subtopology("0", 4, false), new Subtopology("1", 4, true));

    private static Member member(String process) {
        return new Member(process, Tasks.NONE);
    }

    private static Map<String, Tasks> assign(Map<String, Member> members, int standbys) {
        return StickyTaskAssignor.assign(new HashMap<>(members), TOPOLOGY, standbys);
    }

    private static Map<String, Member> with(Map<String, Member> members, Map<String, Tasks> tasks) {
        Map<String, Member> next = new HashMap<>();
        members.forEach((id, member) ->
                next.put(id, new Member(member.processId(), tasks.getOrDefault(id, Tasks.NONE))));
        return next;
    }

    private static Set<Integer> without(Set<Integer> some, Set<Integer> others) {
        Set<Integer> left = new HashSet<>(some);
        left.removeAll(others);
        return left;
    }

    private static int count(Map<String, Set<Integer>> tasks) {
        return tasks.values().stream().mapToInt(Set::size).sum();
    }

    @Test
    void oneMemberGetsEverythingAndNoCopies() {
        var tasks = assign(Map.of("a", member("p")), 1).get("a");
        assertEquals(Map.of("0", Set.of(0, 1, 2, 3), "1", Set.of(0, 1, 2, 3)), tasks.active());
        assertEquals(Map.of(), tasks.standby());
    }

    @Test
    void nothingMovesWhenNothingChanges() {
        var members = Map.of("a", member("p"), "b", member("q"), "c", member("q"));
        var first = assign(members, 1);
        assertEquals(first, assign(with(members, first), 1));
    }

    @Test
    void whoStaysKeepsAsMuchAsItsShareAllows() {
        var two = Map.of("a", member("p"), "b", member("q"));
        var before = assign(two, 0);
        var three = new HashMap<>(with(two, before));
        three.put("c", member("r"));
        var after = assign(three, 0);
        assertEquals(
                List.of(3, 3, 2),
                List.of(
                        count(after.get("a").active()),
                        count(after.get("b").active()),
                        count(after.get("c").active())));
        for (String id : List.of("a", "b")) {
            after.get(id)
                    .active()
                    .forEach((subtopology, partitions) -> assertEquals(
                            Set.of(),
                            without(partitions, before.get(id).active().get(subtopology))));
        }
    }

    @Test
    void theOneWithACopyTakesOver() {
        var members = Map.of("a", member("p"), "b", member("q"), "c", member("r"));
        var before = assign(members, 1);
        var after = assign(with(Map.of("b", member("q"), "c", member("r")), before), 1);
        Set<Integer> left = before.get("a").active().get("1");
        for (int partition : left) {
            String keeper =
                    before.get("b").standby().getOrDefault("1", Set.of()).contains(partition) ? "b" : "c";
            assertTrue(after.get(keeper).active().get("1").contains(partition));
        }
    }

    @Test
    void copiesAreAsManyAsThereAreOtherProcesses() {
        var tasks = assign(Map.of("a", member("p"), "b", member("q")), 5);
        assertEquals(4, count(tasks.get("a").standby()) + count(tasks.get("b").standby()));
    }
}
