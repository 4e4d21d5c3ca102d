package dev.heddle.coordinator.streams;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A process of an application while tasks are assigned: its members, and what they have been given. One thread uses it. */
final class ProcessLoad {

    /** A member with as many tasks as it had when the queue saw it. */
    private record Seen(String memberId, int tasks) {}

    private final Map<String, Integer> tasksOf = new HashMap<>();
    private final Set<TaskId> tasks = new HashSet<>();
    private int count;

    /** The members by their tasks; null as long as it is not needed, or has become wrong. */
    private @Nullable PriorityQueue<Seen> leastLoaded;

    void addMember(String memberId) {
        tasksOf.put(memberId, 0);
    }

    /** Tasks for each of its members. */
    double load() {
        return (double) count / tasksOf.size();
    }

    int tasksOf(String memberId) {
        return Objects.requireNonNull(tasksOf.get(memberId));
    }

    boolean has(TaskId task) {
        return tasks.contains(task);
    }

    /** Gives the task to one of its members. */
    void give(TaskId task, String memberId) {
        add(task, memberId);
        leastLoaded = null;
    }

    /** Gives the task to that of its members which has the least; returns which. */
    String giveToLeastLoaded(TaskId task) {
        PriorityQueue<Seen> queue = leastLoaded;
        if (queue == null) {
            queue = new PriorityQueue<>((one, other) -> Integer.compare(one.tasks(), other.tasks()));
            for (Map.Entry<String, Integer> member : tasksOf.entrySet()) {
                queue.add(new Seen(member.getKey(), member.getValue()));
            }
            leastLoaded = queue;
        }
        String memberId = Objects.requireNonNull(queue.poll()).memberId();
        add(task, memberId);
        queue.add(new Seen(memberId, tasksOf(memberId)));
        return memberId;
    }

    private void add(TaskId task, String memberId) {
        count++;
        tasks.add(task);
        tasksOf.merge(memberId, 1, Integer::sum);
    }
}
