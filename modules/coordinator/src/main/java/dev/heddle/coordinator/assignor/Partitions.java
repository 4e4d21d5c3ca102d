package dev.heddle.coordinator.assignor;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.group.api.assignor.MemberAssignment;

/**
 * The partitions that one member is to have, by topic. Any thread may read it; its maps are not to be changed.
 */
public record Partitions(Map<Uuid, Set<Integer>> partitions) implements MemberAssignment {

    public static final Partitions NONE = new Partitions(Map.of());

    /** A copy that can be changed. */
    static Map<Uuid, Set<Integer>> mutableCopy(Map<Uuid, Set<Integer>> partitions) {
        Map<Uuid, Set<Integer>> copy = HashMap.newHashMap(partitions.size());
        partitions.forEach((topic, ids) -> copy.put(topic, new HashSet<>(ids)));
        return copy;
    }
}
