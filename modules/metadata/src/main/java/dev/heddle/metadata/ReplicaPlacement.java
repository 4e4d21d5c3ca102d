package dev.heddle.metadata;

import dev.heddle.common.AnswerException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** Which brokers, and which of their directories, hold a new partition. Stateless: any thread may call it. */
final class ReplicaPlacement {

    private ReplicaPlacement() {}

    /**
     * Where a partition goes.
     *
     * @param isr those of the replicas that are alive: never empty
     */
    record Assignment(List<Integer> replicas, List<Uuid> directories, List<Integer> isr) {

        PartitionImage newPartition(int id) {
            return new PartitionImage(
                    id,
                    replicas,
                    directories,
                    isr,
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    isr.getFirst(),
                    (byte) 0,
                    0,
                    0);
        }

        VersionedRecord record(Uuid topicId, int id, FeaturesImage features) {
            PartitionRecord record = Partitions.record(newPartition(id), topicId, features);
            return new VersionedRecord(record, MetadataVersion.partitionRecordVersion(features.metadataVersion()));
        }
    }

    /**
     * Spreads partitions over the brokers: live ones first, in turn, then fenced ones.
     *
     * @throws AnswerException {@code INVALID_REPLICATION_FACTOR} if there are too few
     */
    static List<Assignment> place(ClusterImage cluster, int count, int replicationFactor) {
        List<Integer> live = new ArrayList<>();
        List<Integer> fenced = new ArrayList<>();
        for (BrokerImage broker : cluster.brokers().values()) {
            if (isUsable(broker)) (broker.fenced() ? fenced : live).add(broker.id());
        }
        check(replicationFactor, live.size(), fenced.size());
        List<Assignment> assignments = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            List<Integer> order = new ArrayList<>(live);
            Collections.rotate(order, -i);
            order.addAll(fenced);
            assignments.add(assign(cluster, List.copyOf(order.subList(0, replicationFactor))));
        }
        if (assignments.stream().anyMatch(assignment -> assignment.isr().isEmpty())) {
            throw new AnswerException(
                    Errors.INVALID_REPLICATION_FACTOR, "All brokers are currently fenced or in controlled shutdown.");
        }
        return assignments;
    }

    private static void check(int replicationFactor, int live, int fenced) {
        if (replicationFactor > live + fenced) {
            throw new AnswerException(
                    Errors.INVALID_REPLICATION_FACTOR,
                    "The target replication factor of " + replicationFactor + " cannot be reached because only "
                            + (live + fenced)
                            + " broker(s) are registered or some brokers have all their log directories cordoned.");
        }
        if (live == 0) {
            throw new AnswerException(
                    Errors.INVALID_REPLICATION_FACTOR,
                    "All brokers are currently fenced, or have all their log directories cordoned.");
        }
    }

    /**
     * Takes an assignment that the client made.
     *
     * @param replicationFactor what the topic's other partitions have; -1 if it is free
     * @throws AnswerException {@code INVALID_REPLICA_ASSIGNMENT} if it is impossible
     */
    static Assignment manual(ClusterImage cluster, int partition, List<Integer> replicas, int replicationFactor) {
        if (replicas.isEmpty()) refuse("The manual partition assignment includes an empty replica list.");
        Set<Integer> seen = new HashSet<>();
        for (int id : replicas) {
            if (cluster.broker(id) == null) {
                refuse("The manual partition assignment includes broker " + id + ", but no such broker is registered.");
            }
            if (!seen.add(id)) {
                refuse("The manual partition assignment includes the broker " + id + " more than once.");
            }
        }
        if (replicationFactor != -1 && replicas.size() != replicationFactor) {
            refuse("The manual partition assignment includes a partition with " + replicas.size()
                    + " replica(s), but this is not consistent with previous partitions, which have "
                    + replicationFactor + " replica(s).");
        }
        Assignment assignment = assign(cluster, List.copyOf(replicas));
        if (assignment.isr().isEmpty()) {
            refuse("All brokers specified in the manual partition assignment for partition " + partition
                    + " are fenced or in controlled shutdown.");
        }
        return assignment;
    }

    private static void refuse(String message) {
        throw new AnswerException(Errors.INVALID_REPLICA_ASSIGNMENT, message);
    }

    private static Assignment assign(ClusterImage cluster, List<Integer> replicas) {
        return new Assignment(
                replicas,
                replicas.stream().map(id -> directory(cluster.broker(id))).toList(),
                replicas.stream().filter(id -> isActive(cluster.broker(id))).toList());
    }

    private static boolean isUsable(BrokerImage broker) {
        return broker.cordonedDirectories() == null
                || broker.directories().isEmpty()
                || !broker.cordonedDirectories().containsAll(broker.directories());
    }

    private static boolean isActive(@Nullable BrokerImage broker) {
        return broker != null && !broker.fenced() && !broker.inControlledShutdown();
    }

    /** With one directory there is no choice; with several, the broker makes it and tells (KIP-858). */
    private static Uuid directory(@Nullable BrokerImage broker) {
        if (broker == null) return Partitions.UNASSIGNED_DIRECTORY;
        if (broker.directories().isEmpty()) return Partitions.MIGRATING_DIRECTORY;
        return broker.directories().size() == 1 ? broker.directories().getFirst() : Partitions.UNASSIGNED_DIRECTORY;
    }
}
