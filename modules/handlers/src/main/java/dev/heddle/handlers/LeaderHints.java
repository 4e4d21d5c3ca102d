package dev.heddle.handlers;

import dev.heddle.metadata.MetadataImage;
import dev.heddle.metadata.PartitionImage;
import dev.heddle.replication.Partition;
import dev.heddle.replication.ReplicaManager;
import dev.heddle.requestchannel.ConnectionInfo;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;

/**
 * Tells a client that asked the wrong broker, or believes in the wrong epoch, who leads (KIP-951). Belongs to one
 * request and its thread.
 */
final class LeaderHints {

    /** Who leads a partition; -1 where that is not known. */
    record Leader(int id, int epoch) {}

    private static final Leader UNKNOWN = new Leader(-1, -1);

    private final BrokerNodes brokers;
    private final ReplicaManager replicaManager;
    private final MetadataImage image;
    private final ConnectionInfo client;
    private final Map<Integer, Node> nodes = new LinkedHashMap<>();

    /** @param client is told the leaders' addresses of the listener that it came through */
    LeaderHints(BrokerNodes brokers, ReplicaManager replicaManager, MetadataImage image, ConnectionInfo client) {
        this.brokers = brokers;
        this.replicaManager = replicaManager;
        this.image = image;
        this.client = client;
    }

    /** The leader, whose address is remembered in {@link #nodes()}. */
    Leader leaderOf(TopicPartition topicPartition) {
        Leader leader = find(topicPartition);
        Node node = brokers.alive(image, leader.id(), client);
        if (node != null) nodes.put(node.id(), node);
        return leader;
    }

    /** Partitions hear of an election before the image shows it, so they are asked first. */
    private Leader find(TopicPartition topicPartition) {
        Partition replica = replicaManager.replicaOrNull(topicPartition);
        if (replica != null && replica.leaderId() != Partition.NO_LEADER)
            return new Leader(replica.leaderId(), replica.leaderEpoch());
        PartitionImage partition = image.topics().partition(topicPartition.topic(), topicPartition.partition());
        return partition == null ? UNKNOWN : new Leader(partition.leader(), partition.leaderEpoch());
    }

    /** The addresses of all leaders asked for so far. */
    Iterable<Node> nodes() {
        return nodes.values();
    }
}
