package dev.heddle.coordinator.consumer;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.Uuid;

/**
 * Which partitions members have, or have still to give up, and in which epoch that member is. Used under the group's
 * lock.
 */
final class PartitionEpochs {

    private final Map<Uuid, Map<Integer, Integer>> epochs = new HashMap<>();

    boolean isOwned(Uuid topic, int partition) {
        Map<Integer, Integer> partitions = epochs.get(topic);
        return partitions != null && partitions.containsKey(partition);
    }

    void add(CurrentAssignment owner) {
        add(owner.assigned(), owner.epoch());
        add(owner.revoking(), owner.epoch());
    }

    private void add(Map<Uuid, Map<Integer, Integer>> partitions, int epoch) {
        partitions.forEach((topic, owned) -> {
            Map<Integer, Integer> known = epochs.computeIfAbsent(topic, id -> new HashMap<>());
            for (int partition : owned.keySet()) known.merge(partition, epoch, Math::max);
        });
    }

    void remove(CurrentAssignment owner) {
        remove(owner.assigned(), owner.epoch());
        remove(owner.revoking(), owner.epoch());
    }

    private void remove(Map<Uuid, Map<Integer, Integer>> partitions, int epoch) {
        partitions.forEach((topic, owned) -> epochs.computeIfPresent(topic, (id, known) -> {
            // One with another epoch has meanwhile gone to another member.
            for (Integer partition : owned.keySet()) known.remove(partition, (Integer) epoch);
            return known.isEmpty() ? null : known;
        }));
    }
}
