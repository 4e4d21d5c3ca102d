package dev.heddle.coordinator.consumer;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** What each member is to have, and to whom each partition is to go. Used under the group's lock. */
public final class TargetAssignments {

    private final Map<String, Map<Uuid, Set<Integer>>> byMember = new HashMap<>();
    private final Map<Uuid, Map<Integer, String>> byPartition = new HashMap<>();

    /** What the member is to have; not to be changed. */
    public Map<Uuid, Set<Integer>> of(@Nullable String memberId) {
        return byMember.getOrDefault(memberId, Map.of());
    }

    boolean has(String memberId) {
        return byMember.containsKey(memberId);
    }

    boolean isAssigned(Uuid topic, int partition) {
        Map<Integer, String> members = byPartition.get(topic);
        return members != null && members.containsKey(partition);
    }

    void put(String memberId, Map<Uuid, Set<Integer>> partitions) {
        Map<Uuid, Set<Integer>> before = byMember.put(memberId, Collections.unmodifiableMap(partitions));
        if (before != null) release(memberId, before);
        partitions.forEach((topic, ids) -> {
            Map<Integer, String> members = byPartition.computeIfAbsent(topic, id -> new HashMap<>());
            for (int partition : ids) members.put(partition, memberId);
        });
    }

    void remove(String memberId) {
        Map<Uuid, Set<Integer>> before = byMember.remove(memberId);
        if (before != null) release(memberId, before);
    }

    private void release(String memberId, Map<Uuid, Set<Integer>> partitions) {
        partitions.forEach((topic, ids) -> byPartition.computeIfPresent(topic, (id, members) -> {
            // What another member has been given since, is that one's.
            for (int partition : ids) members.remove(partition, memberId);
            return members.isEmpty() ? null : members;
        }));
    }
}
