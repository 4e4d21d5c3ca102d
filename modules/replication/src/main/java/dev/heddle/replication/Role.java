package dev.heddle.replication;

import dev.heddle.log.PartitionLog;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.protocol.Errors;

/** What this broker is to a partition at one moment. Immutable; any thread may read it. */
sealed interface Role {

    /** With what a request is answered that needs another role. */
    Errors error();

    /** The leader epoch that was heard of last, -1 before the first. */
    int leaderEpoch();

    /** The partition epoch that was heard of last, -1 before the first. */
    int partitionEpoch();

    /**
     * This broker leads the partition.
     *
     * @param log where its records are
     * @param leaderEpoch counts the elections
     * @param partitionEpoch counts the changes of the partition's registration
     * @param replicas ids of the brokers that hold the partition
     * @param isr ids of those in sync
     * @param epochStartOffset the log end offset when this leader epoch began
     */
    record Leader(
            PartitionLog log,
            int leaderEpoch,
            int partitionEpoch,
            List<Integer> replicas,
            Set<Integer> isr,
            long epochStartOffset)
            implements Role {

        @Override
        public Errors error() {
            return Errors.NONE;
        }

        /** The same, with its records elsewhere. */
        Leader on(PartitionLog other) {
            return new Leader(other, leaderEpoch, partitionEpoch, replicas, isr, epochStartOffset);
        }

        /** How many replicas must be in sync for {@code acks=all}: no more than there are. */
        int effectiveMinIsr() {
            return Math.min(log.config().minInSyncReplicas(), replicas.size());
        }

        boolean isUnderMinIsr() {
            return isr.size() < effectiveMinIsr();
        }

        boolean isAtMinIsr() {
            return isr.size() == effectiveMinIsr();
        }

        /** Whether what this broker has is all there is: nobody else needs to have it before it is committed. */
        boolean isAlone() {
            return isr.size() == 1;
        }
    }

    /**
     * The partition exists and is led by another broker, or by nobody.
     *
     * @param leaderId the other broker, or -1
     */
    record NotLeader(int leaderId, int leaderEpoch, int partitionEpoch) implements Role {
        @Override
        public Errors error() {
            return Errors.NOT_LEADER_OR_FOLLOWER;
        }
    }

    /** The partition's log directory has failed. */
    record Offline(int leaderEpoch, int partitionEpoch) implements Role {
        @Override
        public Errors error() {
            return Errors.KAFKA_STORAGE_ERROR;
        }
    }

    /** The partition was deleted. */
    record Deleted(int leaderEpoch, int partitionEpoch) implements Role {
        @Override
        public Errors error() {
            return Errors.UNKNOWN_TOPIC_OR_PARTITION;
        }
    }
}
