package dev.heddle.coordinator.assignor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.group.api.assignor.GroupAssignment;
import org.apache.kafka.coordinator.group.api.assignor.GroupSpec;
import org.apache.kafka.coordinator.group.api.assignor.MemberAssignment;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;

/**
 * One uniform assignment for members who subscribe to different topics. Used by one thread, once.
 *
 * <p>For maintainers: members keep what they still subscribe to; what nobody has goes to the subscriber with the fewest
 * partitions, topics with the most partitions per subscriber first; then partitions move from those with the most to
 * those with the fewest, topic by topic, until a whole round moves nothing. With overlapping subscriptions that can take
 * long, and a limited number of rounds gets near enough.
 */
final class HeterogeneousAssignment {

    private static final int MAX_ROUNDS = 16;
    private static final int NOBODY = MemberBalancer.NOBODY;

    private final GroupSpec group;
    private final SubscribedTopicDescriber topics;

    /** Members are known by their place in this list. */
    private final List<String> members;

    /** How many partitions each member has. */
    private final int[] sizes;

    /** Members whose assignment is not what it was. */
    private final boolean[] changed;

    /** The subscribers of each topic, in ascending order. */
    private final Map<Uuid, List<Integer>> subscribers = new HashMap<>();

    /** The member that has each partition, by topic. */
    private final Map<Uuid, int[]> owners = new HashMap<>();

    private final MemberBalancer balancer;

    HeterogeneousAssignment(GroupSpec group, SubscribedTopicDescriber topics) {
        this.group = group;
        this.topics = topics;
        this.members = new ArrayList<>(group.memberIds());
        this.sizes = new int[members.size()];
        this.changed = new boolean[members.size()];
        this.balancer = new MemberBalancer(sizes);
    }

    GroupAssignment compute() {
        findSubscribers();
        if (subscribers.isEmpty()) return new GroupAssignment(Map.of());
        for (int member = 0; member < members.size(); member++) keep(member);
        assignRemaining();
        balance();
        return result();
    }

    private void findSubscribers() {
        for (int member = 0; member < members.size(); member++) {
            for (Uuid topic : group.memberSubscription(members.get(member)).subscribedTopicIds()) {
                subscribers.computeIfAbsent(topic, id -> new ArrayList<>()).add(member);
                owners.computeIfAbsent(topic, this::nobody);
            }
        }
    }

    private int[] nobody(Uuid topic) {
        int[] owner = new int[RangeAssignor.partitionsOf(topics, topic)];
        Arrays.fill(owner, NOBODY);
        return owner;
    }

    private void keep(int member) {
        String id = members.get(member);
        Set<Uuid> subscribed = group.memberSubscription(id).subscribedTopicIds();
        group.memberAssignment(id).partitions().forEach((topic, partitions) -> {
            if (!subscribed.contains(topic)) {
                changed[member] = true;
                return;
            }
            sizes[member] += partitions.size();
            for (int partition : partitions) owners(topic)[partition] = member;
        });
    }

    private int[] owners(Uuid topic) {
        return owners.getOrDefault(topic, new int[0]);
    }

    private List<Integer> subscribers(Uuid topic) {
        return subscribers.getOrDefault(topic, List.of());
    }

    /** Most partitions per subscriber first, then fewest subscribers, then by id. */
    private List<Uuid> inOrder(Collection<Uuid> unordered) {
        List<Uuid> ordered = new ArrayList<>(unordered);
        ordered.sort(Comparator.<Uuid>comparingDouble(topic ->
                        -(double) owners(topic).length / subscribers(topic).size())
                .thenComparingInt(topic -> subscribers(topic).size())
                .thenComparing(Comparator.naturalOrder()));
        return ordered;
    }

    private void assignRemaining() {
        for (Uuid topic : inOrder(subscribers.keySet())) {
            balancer.begin(subscribers(topic));
            int[] owner = owners(topic);
            for (int partition = 0; partition < owner.length; partition++) {
                if (owner[partition] == NOBODY) move(owner, partition, balancer.nextTaker());
            }
        }
    }

    private void move(int[] owner, int partition, int to) {
        int from = owner[partition];
        if (from != NOBODY) {
            sizes[from]--;
            changed[from] = true;
        }
        owner[partition] = to;
        sizes[to]++;
        changed[to] = true;
    }

    private void balance() {
        List<Uuid> shared = inOrder(subscribers.keySet().stream()
                .filter(topic -> subscribers(topic).size() > 1)
                .toList());
        int lastMoved = -1;
        for (int round = 0; round < MAX_ROUNDS; round++) {
            for (int i = 0; i < shared.size(); i++) {
                // All around since partitions of this topic were moved, and none of another.
                if (i == lastMoved) return;
                if (balance(shared.get(i)) || lastMoved == -1) lastMoved = i;
            }
        }
    }

    /** @return whether partitions have been moved */
    private boolean balance(Uuid topic) {
        if (balancer.begin(subscribers(topic)) <= 1) return false;
        int[] owner = owners(topic);
        Map<Integer, List<Integer>> owned = new HashMap<>();
        for (int partition = 0; partition < owner.length; partition++) {
            owned.computeIfAbsent(owner[partition], member -> new ArrayList<>()).add(partition);
        }
        boolean moved = false;
        while (true) {
            int giver = nextGiver(owned);
            if (giver == NOBODY) return moved;
            int partition = owned.getOrDefault(giver, List.of()).removeLast();
            int taker = balancer.nextTaker();
            if (balancer.isBalanced()) return moved;
            move(owner, partition, taker);
            moved = true;
        }
    }

    private int nextGiver(Map<Integer, List<Integer>> owned) {
        while (true) {
            int giver = balancer.nextGiver();
            if (giver == NOBODY || !owned.getOrDefault(giver, List.of()).isEmpty()) return giver;
            balancer.excludeLastGiver();
        }
    }

    private GroupAssignment result() {
        List<Map<Uuid, Set<Integer>>> rebuilt = new ArrayList<>(members.size());
        for (boolean isChanged : changed) rebuilt.add(isChanged ? new HashMap<>() : Map.of());
        owners.forEach((topic, owner) -> {
            for (int partition = 0; partition < owner.length; partition++) {
                int member = owner[partition];
                if (member == NOBODY || !changed[member]) continue;
                rebuilt.get(member)
                        .computeIfAbsent(topic, id -> new HashSet<>())
                        .add(partition);
            }
        });
        Map<String, MemberAssignment> assignments = HashMap.newHashMap(members.size());
        for (int member = 0; member < members.size(); member++) {
            String id = members.get(member);
            assignments.put(
                    id,
                    changed[member]
                            ? new Partitions(rebuilt.get(member))
                            : new Partitions(group.memberAssignment(id).partitions()));
        }
        return new GroupAssignment(assignments);
    }
}
