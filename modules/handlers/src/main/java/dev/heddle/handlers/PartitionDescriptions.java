package dev.heddle.handlers;

import dev.heddle.metadata.BrokerImage;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.metadata.PartitionImage;
import dev.heddle.metadata.TopicImage;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.MetadataResponse;

/**
 * How the partitions of one {@link MetadataImage} look to a client of one listener. Made for one request and used by its
 * thread alone.
 *
 * <p>A broker without an endpoint of that listener is out of the client's reach: it is no leader for it, and its
 * replicas are offline.
 *
 * @param listener the listener that the client came in on
 */
record PartitionDescriptions(MetadataImage image, String listener) {

    /** The reserved directory ids below are those of KIP-858: a replica still moving in, or not placed yet, is online. */
    private static final Uuid MIGRATING_DIRECTORY = new Uuid(0, 0);

    private static final Uuid UNASSIGNED_DIRECTORY = new Uuid(0, 1);
    private static final Uuid LOST_DIRECTORY = new Uuid(0, 2);

    /** The topic as Metadata answers it in {@code version}. */
    MetadataResponseTopic topic(TopicImage topic, short version) {
        List<MetadataResponsePartition> partitions =
                new ArrayList<>(topic.partitions().size());
        topic.partitions().values().forEach(partition -> partitions.add(partition(partition, version)));
        return new MetadataResponseTopic()
                .setErrorCode(Errors.NONE.code())
                .setName(topic.name())
                .setTopicId(topic.id())
                .setIsInternal(Topic.isInternal(topic.name()))
                .setPartitions(partitions);
    }

    private MetadataResponsePartition partition(PartitionImage partition, short version) {
        // Version 0 leaves out replicas that are not alive, and says so; later versions list them all.
        List<Integer> replicas = version == 0 ? alive(partition.replicas()) : partition.replicas();
        List<Integer> isr = version == 0 ? alive(partition.isr()) : partition.isr();
        boolean leads = isReachable(partition.leader());
        return new MetadataResponsePartition()
                .setErrorCode(error(partition, replicas, isr, version).code())
                .setPartitionIndex(partition.id())
                .setLeaderId(leads ? partition.leader() : MetadataResponse.NO_LEADER_ID)
                .setLeaderEpoch(partition.leaderEpoch())
                .setReplicaNodes(replicas)
                .setIsrNodes(isr)
                .setOfflineReplicas(offlineReplicas(partition));
    }

    private Errors error(PartitionImage partition, List<Integer> replicas, List<Integer> isr, short version) {
        if (!isReachable(partition.leader())) {
            boolean registered = image.cluster().broker(partition.leader()) != null;
            // From version 6 on, a listener that the leader lacks is told apart: it is a mistake in configuration.
            return registered && version >= 6 ? Errors.LISTENER_NOT_FOUND : Errors.LEADER_NOT_AVAILABLE;
        }
        boolean allAlive = replicas.size() == partition.replicas().size()
                && isr.size() == partition.isr().size();
        return allAlive ? Errors.NONE : Errors.REPLICA_NOT_AVAILABLE;
    }

    /** The partition as DescribeTopicPartitions answers it. */
    DescribeTopicPartitionsResponsePartition describe(PartitionImage partition) {
        return new DescribeTopicPartitionsResponsePartition()
                .setPartitionIndex(partition.id())
                .setLeaderId(isReachable(partition.leader()) ? partition.leader() : MetadataResponse.NO_LEADER_ID)
                .setLeaderEpoch(partition.leaderEpoch())
                .setReplicaNodes(partition.replicas())
                .setIsrNodes(partition.isr())
                .setOfflineReplicas(offlineReplicas(partition))
                .setEligibleLeaderReplicas(partition.elr())
                .setLastKnownElr(partition.lastKnownElr());
    }

    private List<Integer> offlineReplicas(PartitionImage partition) {
        List<Integer> offline = new ArrayList<>(0);
        for (int i = 0; i < partition.replicas().size(); i++) {
            int id = partition.replicas().get(i);
            if (!isAlive(id) || !isOnline(partition.directories().get(i), id)) offline.add(id);
        }
        return offline;
    }

    private boolean isOnline(Uuid directory, int brokerId) {
        if (directory.equals(UNASSIGNED_DIRECTORY) || directory.equals(MIGRATING_DIRECTORY)) return true;
        if (directory.equals(LOST_DIRECTORY)) return false;
        BrokerImage broker = image.cluster().broker(brokerId);
        // A registration of before KIP-858 names no directories: then all are taken to be online.
        return broker != null
                && (broker.directories().isEmpty() || broker.directories().contains(directory));
    }

    private List<Integer> alive(List<Integer> brokers) {
        return brokers.stream().filter(this::isAlive).toList();
    }

    private boolean isAlive(int id) {
        BrokerImage broker = image.cluster().broker(id);
        return broker != null && !broker.fenced() && broker.endpoints().containsKey(listener);
    }

    private boolean isReachable(int id) {
        BrokerImage broker = image.cluster().broker(id);
        return broker != null && broker.endpoints().containsKey(listener);
    }
}
