package dev.heddle.coordinator.streams;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue.CopartitionGroup;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue.Subtopology;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue.TopicConfig;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue.TopicInfo;
import org.jspecify.annotations.Nullable;

/**
 * What an application does, as far as topics and tasks go: what its topology record holds. Immutable by agreement: nobody
 * writes to the subtopologies.
 */
public record Topology(int epoch, Map<String, Subtopology> subtopologies) {

    /** As members send it when they join. */
    public static Topology of(StreamsGroupHeartbeatRequestData.Topology request) {
        Map<String, Subtopology> subtopologies = new LinkedHashMap<>();
        for (var subtopology : request.subtopologies()) {
            subtopologies.put(subtopology.subtopologyId(), subtopology(subtopology));
        }
        return new Topology(request.epoch(), subtopologies);
    }

    static Topology of(StreamsGroupTopologyValue value) {
        Map<String, Subtopology> subtopologies = new LinkedHashMap<>();
        value.subtopologies().forEach(each -> subtopologies.put(each.subtopologyId(), each));
        return new Topology(value.epoch(), subtopologies);
    }

    StreamsGroupTopologyValue toValue() {
        return new StreamsGroupTopologyValue().setEpoch(epoch).setSubtopologies(List.copyOf(subtopologies.values()));
    }

    private static Subtopology subtopology(StreamsGroupHeartbeatRequestData.Subtopology request) {
        return new Subtopology()
                .setSubtopologyId(request.subtopologyId())
                .setSourceTopics(request.sourceTopics())
                .setSourceTopicRegex(request.sourceTopicRegex())
                .setRepartitionSinkTopics(request.repartitionSinkTopics())
                .setRepartitionSourceTopics(request.repartitionSourceTopics().stream()
                        .map(Topology::topic)
                        .toList())
                .setStateChangelogTopics(request.stateChangelogTopics().stream()
                        .map(Topology::topic)
                        .toList())
                .setCopartitionGroups(request.copartitionGroups().stream()
                        .map(group -> new CopartitionGroup()
                                .setSourceTopics(group.sourceTopics())
                                .setSourceTopicRegex(group.sourceTopicRegex())
                                .setRepartitionSourceTopics(group.repartitionSourceTopics()))
                        .toList());
    }

    private static TopicInfo topic(StreamsGroupHeartbeatRequestData.TopicInfo request) {
        var configs = request.topicConfigs();
        return new TopicInfo()
                .setName(request.name())
                .setPartitions(request.partitions())
                .setReplicationFactor(request.replicationFactor())
                .setTopicConfigs(
                        configs == null
                                ? null
                                : configs.stream()
                                        .map(config -> new TopicConfig()
                                                .setKey(config.key())
                                                .setValue(config.value()))
                                        .toList());
    }

    /** All topics that it reads or keeps its state in. */
    public Set<String> requiredTopics() {
        Set<String> topics = new HashSet<>();
        for (Subtopology subtopology : subtopologies.values()) {
            topics.addAll(sources(subtopology));
            subtopology.stateChangelogTopics().forEach(topic -> topics.add(topic.name()));
        }
        return topics;
    }

    /** The subtopology that reads the topic; null if none does. */
    public @Nullable String readerOf(String topic) {
        String reader = null;
        for (Subtopology subtopology : subtopologies.values()) {
            if (sources(subtopology).contains(topic)) reader = subtopology.subtopologyId();
        }
        return reader;
    }

    /** The topics that a subtopology reads, of others or of the application's own. */
    static Set<String> sources(Subtopology subtopology) {
        Set<String> topics = new HashSet<>(subtopology.sourceTopics());
        subtopology.repartitionSourceTopics().forEach(topic -> topics.add(topic.name()));
        return topics;
    }
}
