package dev.heddle.handlers;

import dev.heddle.coordinator.delivery.SharePartitions;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.replication.ReplicaManager;
import dev.heddle.requestchannel.ConnectionInfo;
import org.apache.kafka.common.protocol.Errors;

/** What the handlers of share groups' records work with. Immutable, so any thread may read it. */
record ShareServices(SharePartitions partitions, MetadataCache metadata, ReplicaManager replicas, BrokerNodes brokers) {

    /** How long a member may keep records before it must have said what became of them. */
    int lockTimeoutMs(String groupId) {
        return partitions.settings().recordLockDurationMs(groupId);
    }

    /** Who leads what, with the addresses of the listener that the client came through. */
    LeaderHints hints(ConnectionInfo client) {
        return new LeaderHints(brokers, replicas, metadata.image(), client);
    }

    /** Whether a client that got this error should be told who leads. */
    static boolean isElsewhere(short errorCode) {
        return errorCode == Errors.NOT_LEADER_OR_FOLLOWER.code() || errorCode == Errors.FENCED_LEADER_EPOCH.code();
    }
}
