package dev.heddle.coordinator;

import dev.heddle.coordinator.consumer.TopicCatalog;
import dev.heddle.coordinator.consumer.TopicCatalog.Topic;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerProtocolAssignment;
import org.apache.kafka.common.message.ConsumerProtocolSubscription;
import org.apache.kafka.common.utils.Utils;

/**
 * What consumers of the classic protocol say inside of their groups' messages, where topics have names, and what it means
 * here, where they have ids. Stateless: any thread may call it. What cannot be read is thrown as the codec throws it.
 */
final class EmbeddedProtocol {

    private EmbeddedProtocol() {}

    static ConsumerProtocolSubscription subscription(byte[] metadata) {
        return ConsumerProtocol.deserializeConsumerProtocolSubscription(ByteBuffer.wrap(metadata));
    }

    /** Partitions that the member says it has, of topics that are there. */
    static Map<Uuid, Set<Integer>> owned(ConsumerProtocolSubscription subscription, TopicCatalog catalog) {
        Map<Uuid, Set<Integer>> owned = new HashMap<>();
        subscription.ownedPartitions().forEach(each -> add(owned, catalog, each.topic(), each.partitions()));
        return owned;
    }

    static ConsumerProtocolAssignment assignment(byte[] assignment) {
        return ConsumerProtocol.deserializeConsumerProtocolAssignment(ByteBuffer.wrap(assignment));
    }

    static Map<Uuid, Set<Integer>> partitions(ConsumerProtocolAssignment assignment, TopicCatalog catalog) {
        Map<Uuid, Set<Integer>> partitions = new HashMap<>();
        assignment.assignedPartitions().forEach(each -> add(partitions, catalog, each.topic(), each.partitions()));
        return partitions;
    }

    private static void add(Map<Uuid, Set<Integer>> to, TopicCatalog catalog, String name, List<Integer> partitions) {
        Topic topic = catalog.topic(name);
        if (topic != null) to.put(topic.id(), new HashSet<>(partitions));
    }

    /**
     * An assignment for a member to read.
     *
     * @param metadata what the member says, in the version that it understands
     */
    static byte[] assignment(Map<Uuid, ? extends Set<Integer>> partitions, TopicCatalog catalog, byte[] metadata) {
        var topics = new ConsumerProtocolAssignment.TopicPartitionCollection();
        partitions.forEach((id, ids) -> {
            Topic topic = catalog.topic(id);
            if (topic == null) return;
            topics.add(new ConsumerProtocolAssignment.TopicPartition()
                    .setTopic(topic.name())
                    .setPartitions(new ArrayList<>(ids)));
        });
        short version = ConsumerProtocol.deserializeVersion(ByteBuffer.wrap(metadata));
        var assignment = new ConsumerProtocolAssignment().setAssignedPartitions(topics);
        return Utils.toArray(ConsumerProtocol.serializeAssignment(assignment, version));
    }
}
