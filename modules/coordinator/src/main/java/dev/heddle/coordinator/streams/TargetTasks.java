package dev.heddle.coordinator.streams;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** Computes the target assignment of a group, of whom one member may be about to join or to change. A function. */
public final class TargetTasks {

    private TargetTasks() {}

    /**
     * Computes it.
     *
     * @param updated a member as it will be, in place of that of the same id; null if all are as they are
     * @param topology whose tasks are assigned, none if it cannot run
     * @param standbys how many copies each task with a state is to have
     * @return the records that say what is different from before
     */
    public static List<StreamsRecord.Target> compute(
            StreamsData group, @Nullable StreamsMember updated, ConfiguredTopology topology, int standbys) {
        Map<String, StickyTaskAssignor.Member> members = new HashMap<>();
        for (StreamsMember member : group.members()) members.put(member.id(), asAssigned(group, member));
        if (updated != null) members.put(updated.id(), asAssigned(group, updated));
        Map<String, Tasks> targets = topology.isReady() && topology.subtopologies() != null
                ? StickyTaskAssignor.assign(members, subtopologies(topology.subtopologies()), standbys)
                : Map.of();
        List<StreamsRecord.Target> differences = new ArrayList<>();
        for (String memberId : members.keySet()) {
            Tasks target = targets.getOrDefault(memberId, Tasks.NONE);
            boolean isSame = group.hasTarget(memberId) && group.target(memberId).equals(target);
            if (!isSame) differences.add(new StreamsRecord.Target(memberId, target));
        }
        return differences;
    }

    private static StickyTaskAssignor.Member asAssigned(StreamsData group, StreamsMember member) {
        return new StickyTaskAssignor.Member(member.profile().processId(), group.target(member.id()));
    }

    private static List<StickyTaskAssignor.Subtopology> subtopologies(
            SortedMap<String, ConfiguredTopology.ConfiguredSubtopology> configured) {
        List<StickyTaskAssignor.Subtopology> subtopologies = new ArrayList<>();
        configured.forEach((id, subtopology) -> subtopologies.add(
                new StickyTaskAssignor.Subtopology(id, subtopology.tasks(), subtopology.isStateful())));
        return subtopologies;
    }
}
