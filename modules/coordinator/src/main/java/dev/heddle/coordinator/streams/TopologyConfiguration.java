package dev.heddle.coordinator.streams;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.consumer.TopicCatalog;
import dev.heddle.coordinator.consumer.TopicCatalog.Topic;
import dev.heddle.coordinator.streams.ConfiguredTopology.ConfiguredSubtopology;
import dev.heddle.coordinator.streams.ConfiguredTopology.InternalTopic;
import dev.heddle.coordinator.streams.ConfiguredTopology.Problem;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopicConfig;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.StreamsGroupHeartbeatResponse.Status;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue.Subtopology;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue.TopicInfo;

/** Finds out what a topology needs of topics, and whether it can run with those that there are. A function. */
public final class TopologyConfiguration {

    private static final int TOPICS_TOLD = 3;

    private final Topology topology;
    private final TopicCatalog catalog;
    private final PartitionCounts counts;

    private TopologyConfiguration(Topology topology, TopicCatalog catalog) {
        this.topology = topology;
        this.catalog = catalog;
        this.counts = new PartitionCounts(topology, catalog);
    }

    /**
     * Finds it out.
     *
     * @throws AnswerException STREAMS_INVALID_TOPOLOGY if no topics would allow the topology to run
     */
    public static ConfiguredTopology of(Topology topology, TopicCatalog catalog) {
        try {
            return new TopologyConfiguration(topology, catalog).configured();
        } catch (UnusableTopicsException e) {
            return new ConfiguredTopology(topology.epoch(), null, Map.of(), e.problem());
        }
    }

    private ConfiguredTopology configured() {
        requireSources();
        counts.decide();
        SortedMap<String, ConfiguredSubtopology> subtopologies = new TreeMap<>();
        topology.subtopologies().forEach((id, subtopology) -> subtopologies.put(id, configured(subtopology)));
        Map<String, CreatableTopic> missing = missing(subtopologies.values());
        Problem problem = missing.isEmpty()
                ? null
                : new Problem(
                        Status.MISSING_INTERNAL_TOPICS, "Internal topics are missing: " + summary(missing.keySet()));
        return new ConfiguredTopology(topology.epoch(), subtopologies, missing, problem);
    }

    private void requireSources() {
        Set<String> missing = new TreeSet<>();
        for (Subtopology subtopology : topology.subtopologies().values()) {
            for (String source : subtopology.sourceTopics()) {
                if (catalog.topic(source) == null) missing.add(source);
            }
        }
        if (missing.isEmpty()) return;
        throw new UnusableTopicsException(
                Status.MISSING_SOURCE_TOPICS, "Source topics " + summary(missing) + " are missing.");
    }

    private ConfiguredSubtopology configured(Subtopology subtopology) {
        return new ConfiguredSubtopology(
                counts.tasks(subtopology),
                new HashSet<>(subtopology.sourceTopics()),
                internalTopics(subtopology.repartitionSourceTopics()),
                new HashSet<>(subtopology.repartitionSinkTopics()),
                internalTopics(subtopology.stateChangelogTopics()));
    }

    private Map<String, InternalTopic> internalTopics(List<TopicInfo> topics) {
        Map<String, InternalTopic> internal = new HashMap<>();
        topics.forEach(topic -> internal.put(topic.name(), internalTopic(topic)));
        return internal;
    }

    private InternalTopic internalTopic(TopicInfo topic) {
        int partitions = counts.wanted(topic);
        if (partitions < 1) {
            throw new AnswerException(Errors.UNKNOWN_SERVER_ERROR, "Number of partitions must be at least 1.");
        }
        Map<String, String> configs = new HashMap<>();
        if (topic.topicConfigs() != null)
            topic.topicConfigs().forEach(config -> configs.put(config.key(), config.value()));
        return new InternalTopic(topic.name(), partitions, topic.replicationFactor(), configs);
    }

    // ---- what is missing ----

    private Map<String, CreatableTopic> missing(Collection<ConfiguredSubtopology> subtopologies) {
        Map<String, CreatableTopic> missing = new HashMap<>();
        for (ConfiguredSubtopology subtopology : subtopologies) {
            subtopology
                    .repartitionSourceTopics()
                    .values()
                    .forEach(topic -> missing.put(topic.name(), creatable(topic)));
            subtopology.stateChangelogTopics().values().forEach(topic -> missing.put(topic.name(), creatable(topic)));
        }
        for (String name : topology.requiredTopics()) {
            Topic existing = catalog.topic(name);
            CreatableTopic wanted = existing == null ? null : missing.remove(name);
            if (wanted != null && wanted.numPartitions() != existing.partitions()) {
                throw new UnusableTopicsException(
                        Status.INCORRECTLY_PARTITIONED_TOPICS,
                        "Existing topic " + name + " has different number of partitions: expected "
                                + wanted.numPartitions() + ", found " + existing.partitions());
            }
        }
        return missing;
    }

    private static CreatableTopic creatable(InternalTopic topic) {
        var creatable = new CreatableTopic()
                .setName(topic.name())
                .setNumPartitions(topic.partitions())
                .setReplicationFactor(
                        topic.replicationFactor() == 0
                                ? CreateTopicsRequest.NO_REPLICATION_FACTOR
                                : topic.replicationFactor());
        new TreeMap<>(topic.configs())
                .forEach((key, value) -> creatable
                        .configs()
                        .add(new CreatableTopicConfig().setName(key).setValue(value)));
        return creatable;
    }

    private static String summary(Collection<String> topics) {
        String some = String.join(", ", topics.stream().limit(TOPICS_TOLD).toList());
        int more = topics.size() - TOPICS_TOLD;
        return more > 0 ? some + " and " + more + " additional topics" : some;
    }
}
