package dev.heddle.coordinator.streams;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Kafka's {@code sticky} assignor of tasks: every member gets its share, and keeps what it had as far as that allows;
 * what nobody had goes to the process with the least to do. One thread uses it, once.
 *
 * <p>For maintainers: active tasks first, then the copies. A task goes first to whom it was with, as active or as a copy;
 * what is left over goes round in the order of subtopologies, which makes ranges. No process gets a task twice. Whom a
 * task goes to when several have the same load follows from the order of hash maps, which are built here as Kafka builds
 * them, so that both decide alike.
 */
public final class StickyTaskAssignor {

    /** A member that is to get tasks, with what it was to have before. */
    public record Member(String processId, Tasks previous) {}

    /** A part of the application. */
    public record Subtopology(String id, int tasks, boolean isStateful) {}

    private record Place(ProcessLoad process, String memberId) {

        int tasks() {
            return process.tasksOf(memberId);
        }
    }

    /** A task some of whose copies are still to be given. */
    private record Open(TaskId task, int copies) {}

    /** How many tasks each of the members may have that have not got their share yet. */
    private static final class Quota {
        private int tasks;
        private int members;
        private int share;

        Quota(int tasks, int members) {
            this.tasks = tasks;
            this.members = members;
            this.share = members == 0 ? 0 : Math.ceilDiv(tasks, members);
        }

        boolean hasRoom(Place place) {
            return place.tasks() < share;
        }

        /** A member has so many tasks now. */
        void has(int count) {
            if (count != share) return;
            members--;
            tasks -= count;
            share = members == 0 ? 0 : Math.ceilDiv(tasks, members);
        }
    }

    private static final Comparator<TaskId> BY_PARTITION =
            Comparator.comparing(TaskId::partition).thenComparing(TaskId::subtopology);
    private static final Comparator<TaskId> BY_SUBTOPOLOGY =
            Comparator.comparing(TaskId::subtopology).thenComparing(TaskId::partition);

    private final Map<String, Member> members;
    private final List<Subtopology> subtopologies;
    private final int standbys;
    private final Quota activeQuota;
    private final Quota quota;
    private final Map<String, ProcessLoad> processes;
    private final Map<TaskId, Place> wasActive = new HashMap<>();
    private final Map<TaskId, List<Place>> wasStandby = new HashMap<>();
    private final Map<String, Map<String, Set<Integer>>> active = new HashMap<>();
    private final Map<String, Map<String, Set<Integer>>> standby = new HashMap<>();

    private StickyTaskAssignor(Map<String, Member> members, List<Subtopology> subtopologies, int standbys) {
        this.members = members;
        this.subtopologies = subtopologies;
        this.standbys = standbys;
        int activeTasks = subtopologies.stream().mapToInt(Subtopology::tasks).sum();
        int copies = standbys
                * subtopologies.stream()
                        .filter(Subtopology::isStateful)
                        .mapToInt(Subtopology::tasks)
                        .sum();
        this.activeQuota = new Quota(activeTasks, members.size());
        this.quota = new Quota(activeTasks + copies, members.size());
        this.processes = new HashMap<>(members.size());
    }

    /**
     * Assigns all tasks.
     *
     * @param members by id; at least one
     * @param subtopologies in the order of their ids
     * @param standbys how many copies each task with a state is to have, as far as there are processes for them
     * @return what each member is to have
     */
    public static Map<String, Tasks> assign(
            Map<String, Member> members, List<Subtopology> subtopologies, int standbys) {
        var assignor = new StickyTaskAssignor(members, subtopologies, standbys);
        assignor.remember();
        assignor.assignActive();
        if (standbys > 0) assignor.assignStandby();
        return assignor.result();
    }

    private void remember() {
        members.forEach((memberId, member) -> {
            // Not computed if absent: the map would grow later than Kafka's, and have another order.
            processes.putIfAbsent(member.processId(), new ProcessLoad());
            ProcessLoad process = Objects.requireNonNull(processes.get(member.processId()));
            process.addMember(memberId);
            var place = new Place(process, memberId);
            tasks(member.previous().active()).forEach(task -> wasActive.put(task, place));
            tasks(member.previous().standby())
                    .forEach(task -> wasStandby
                            .computeIfAbsent(task, id -> new ArrayList<>())
                            .add(place));
        });
    }

    private static List<TaskId> tasks(Map<String, Set<Integer>> bySubtopology) {
        List<TaskId> tasks = new ArrayList<>();
        bySubtopology.forEach((subtopology, partitions) ->
                partitions.forEach(partition -> tasks.add(new TaskId(subtopology, partition))));
        return tasks;
    }

    private List<TaskId> tasks(boolean statefulOnly) {
        List<TaskId> tasks = new ArrayList<>();
        for (Subtopology subtopology : subtopologies) {
            if (statefulOnly && !subtopology.isStateful()) continue;
            for (int partition = 0; partition < subtopology.tasks(); partition++) {
                tasks.add(new TaskId(subtopology.id(), partition));
            }
        }
        return tasks;
    }

    private Map<String, Tasks> result() {
        Map<String, Tasks> result = new HashMap<>();
        for (String memberId : members.keySet()) {
            result.put(
                    memberId,
                    new Tasks(
                            active.getOrDefault(memberId, Map.of()),
                            standby.getOrDefault(memberId, Map.of()),
                            Map.of()));
        }
        return result;
    }

    // ---- active tasks ----

    private void assignActive() {
        List<TaskId> left = tasks(false);
        left.sort(BY_PARTITION);
        left.removeIf(task -> giveActive(task, wasActive.get(task)));
        left.removeIf(task -> giveActive(task, leastLoaded(wasStandby.get(task), null)));
        left.sort(BY_SUBTOPOLOGY);
        PriorityQueue<ProcessLoad> queue = processesByLoad();
        for (TaskId task : left) {
            ProcessLoad process = Objects.requireNonNull(queue.poll());
            var place = new Place(process, process.giveToLeastLoaded(task));
            noteActive(task, place);
            queue.add(process);
        }
    }

    private boolean giveActive(TaskId task, @Nullable Place place) {
        if (place == null || !activeQuota.hasRoom(place)) return false;
        place.process().give(task, place.memberId());
        noteActive(task, place);
        return true;
    }

    private void noteActive(TaskId task, Place place) {
        note(active, task, place);
        activeQuota.has(place.tasks());
        quota.has(place.tasks());
    }

    private static void note(Map<String, Map<String, Set<Integer>>> tasks, TaskId task, Place place) {
        tasks.computeIfAbsent(place.memberId(), id -> new HashMap<>())
                .computeIfAbsent(task.subtopology(), id -> new HashSet<>())
                .add(task.partition());
    }

    private PriorityQueue<ProcessLoad> processesByLoad() {
        var queue = new PriorityQueue<>(Comparator.comparingDouble(ProcessLoad::load));
        queue.addAll(processes.values());
        return queue;
    }

    /**
     * The one with the least to do, of those that had the task.
     *
     * @param task must not be in the process of the first, nor is one taken that has it; null if that does not matter
     */
    private static @Nullable Place leastLoaded(@Nullable List<Place> places, @Nullable TaskId task) {
        if (places == null) return null;
        Place best = places.getFirst();
        // Whether anyone is taken depends on the first alone, as in Kafka.
        if (task != null && best.process().has(task)) return null;
        for (Place place : places) {
            boolean isFree = task == null || !place.process().has(task);
            if (isFree && place.process().load() < best.process().load() && place.tasks() < best.tasks()) {
                best = place;
            }
        }
        return best;
    }

    // ---- copies ----

    private void assignStandby() {
        List<TaskId> tasks = tasks(true);
        tasks.sort(BY_PARTITION.reversed());
        List<Open> open = new ArrayList<>();
        for (TaskId task : tasks) {
            int given = 0;
            while (given < standbys && giveBack(task)) given++;
            if (given < standbys) open.add(new Open(task, standbys - given));
        }
        open.sort(Comparator.comparing(Open::task, BY_SUBTOPOLOGY).reversed());
        PriorityQueue<ProcessLoad> queue = processesByLoad();
        for (Open each : open) {
            for (int i = 0; i < each.copies() && giveToAnyProcess(queue, each.task()); i++) {}
        }
    }

    /** Gives a copy to someone who had the task. */
    private boolean giveBack(TaskId task) {
        Place before = wasActive.get(task);
        if (before != null && !before.process().has(task) && quota.hasRoom(before)) {
            return giveStandby(task, before);
        }
        Place copy = leastLoaded(wasStandby.get(task), task);
        return copy != null && quota.hasRoom(copy) && giveStandby(task, copy);
    }

    private boolean giveStandby(TaskId task, Place place) {
        place.process().give(task, place.memberId());
        note(standby, task, place);
        quota.has(place.tasks());
        return true;
    }

    /** Gives a copy to the process that has the least to do, and not this task. */
    private boolean giveToAnyProcess(PriorityQueue<ProcessLoad> queue, TaskId task) {
        ProcessLoad process = queue.poll();
        if (process == null) return false;
        boolean isGiven;
        if (process.has(task)) {
            isGiven = giveToAnyProcess(queue, task);
        } else {
            var place = new Place(process, process.giveToLeastLoaded(task));
            note(standby, task, place);
            quota.has(place.tasks());
            isGiven = true;
        }
        queue.add(process);
        return isGiven;
    }
}
