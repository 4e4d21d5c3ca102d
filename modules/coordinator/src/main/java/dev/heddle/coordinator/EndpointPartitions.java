package dev.heddle.coordinator;

import dev.heddle.coordinator.consumer.TopicCatalog;
import dev.heddle.coordinator.streams.ConfiguredTopology;
import dev.heddle.coordinator.streams.ConfiguredTopology.ConfiguredSubtopology;
import dev.heddle.coordinator.streams.StreamsMember;
import dev.heddle.coordinator.streams.StreamsProfile.Endpoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData.EndpointToPartitions;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData.TopicPartition;

/**
 * Where the state of which partitions can be asked for: what members tell each other of their endpoints, so that an
 * application finds its own state. One thread uses it, under the group's lock.
 */
final class EndpointPartitions {

    private final ConfiguredTopology topology;
    private final TopicCatalog catalog;

    EndpointPartitions(ConfiguredTopology topology, TopicCatalog catalog) {
        this.topology = topology;
        this.catalog = catalog;
    }

    /** @param updated a member as it will be, in place of that of the same id */
    List<EndpointToPartitions> of(Collection<StreamsMember> members, StreamsMember updated) {
        List<EndpointToPartitions> endpoints = new ArrayList<>();
        for (StreamsMember member : members) {
            if (!member.id().equals(updated.id())) add(endpoints, member);
        }
        add(endpoints, updated);
        return endpoints;
    }

    private void add(List<EndpointToPartitions> endpoints, StreamsMember member) {
        Endpoint endpoint = member.profile().endpoint();
        if (endpoint == null) return;
        endpoints.add(new EndpointToPartitions()
                .setUserEndpoint(new StreamsGroupHeartbeatResponseData.Endpoint()
                        .setHost(endpoint.host())
                        .setPort(endpoint.port()))
                .setActivePartitions(partitions(member.current().assigned().activePartitions()))
                .setStandbyPartitions(partitions(member.current().assigned().standby())));
    }

    private List<TopicPartition> partitions(Map<String, Set<Integer>> tasks) {
        List<TopicPartition> partitions = new ArrayList<>();
        tasks.forEach((id, ofSubtopology) -> {
            ConfiguredSubtopology subtopology = topology.subtopologies() == null
                    ? null
                    : topology.subtopologies().get(id);
            if (subtopology == null) return;
            Set<String> topics = new HashSet<>(subtopology.sourceTopics());
            topics.addAll(subtopology.repartitionSourceTopics().keySet());
            for (String topic : topics) add(partitions, topic, ofSubtopology);
        });
        return partitions;
    }

    /** A subtopology may have more tasks than one of its topics has partitions. */
    private void add(List<TopicPartition> partitions, String name, Set<Integer> tasks) {
        TopicCatalog.Topic topic = catalog.topic(name);
        if (topic == null) return;
        List<Integer> ids = List.copyOf(new TreeSet<>(tasks));
        if (topic.partitions() < ids.size()) ids = ids.subList(0, topic.partitions());
        partitions.add(new TopicPartition().setTopic(name).setPartitions(ids));
    }
}
