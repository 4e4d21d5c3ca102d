package dev.heddle.coordinator.streams;

import dev.heddle.common.AnswerException;
import dev.heddle.coordinator.consumer.TopicCatalog;
import dev.heddle.coordinator.consumer.TopicCatalog.Topic;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.StreamsGroupHeartbeatResponse.Status;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue.CopartitionGroup;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue.Subtopology;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValue.TopicInfo;
import org.jspecify.annotations.Nullable;

/**
 * Decides how many partitions each of an application's own topics is to have. One thread uses it, once.
 *
 * <p>For maintainers: a repartition topic has as many as its topology says or, where that leaves it open, as the largest
 * source of the subtopology that writes it, which may in turn be a repartition topic; then topics that are to be
 * co-partitioned are made equal; a changelog topic has as many as its subtopology has tasks.
 */
final class PartitionCounts {

    private final Collection<Subtopology> subtopologies;
    private final TopicCatalog catalog;
    private final Map<String, Integer> decided = new HashMap<>();

    PartitionCounts(Topology topology, TopicCatalog catalog) {
        this.subtopologies = topology.subtopologies().values();
        this.catalog = catalog;
    }

    /**
     * Decides it; every source topic is there.
     *
     * @throws UnusableTopicsException if topics that are there contradict it
     * @throws AnswerException STREAMS_INVALID_TOPOLOGY if the topology does not allow it
     */
    void decide() {
        decided.putAll(repartitionTopics());
        equalizeCopartitioned();
        decided.putAll(changelogTopics());
    }

    /** How many partitions the topic has, or is to have; null if that is not known. */
    @Nullable Integer of(String topic) {
        Topic existing = catalog.topic(topic);
        return existing != null ? (Integer) existing.partitions() : decided.get(topic);
    }

    /** How many partitions the application's own topic is to have. */
    int wanted(TopicInfo topic) {
        if (topic.partitions() != 0) return topic.partitions();
        Integer count = decided.get(topic.name());
        if (count == null) throw unexpected("Number of partitions must be set for topic " + topic.name());
        return count;
    }

    private int require(String topic) {
        Integer count = of(topic);
        if (count == null) throw unexpected("Number of partitions is not set for topic: " + topic);
        return count;
    }

    /** As many tasks as the largest source has partitions. */
    int tasks(Subtopology subtopology) {
        return Topology.sources(subtopology).stream()
                .mapToInt(this::require)
                .max()
                .orElseThrow(() -> invalid("No source topics found for subtopology " + subtopology.subtopologyId()));
    }

    // ---- repartition topics ----

    private Map<String, Integer> repartitionTopics() {
        Map<String, Integer> counts = new HashMap<>();
        forEachRepartitionSource(topic -> {
            if (topic.partitions() != 0) counts.put(topic.name(), topic.partitions());
        });
        boolean isComplete = false;
        while (!isComplete) {
            int before = counts.size();
            isComplete = deriveFromSources(counts);
            if (!isComplete && counts.size() == before) {
                throw invalid("Failed to compute number of partitions for all repartition topics. There may be loops in"
                        + " the topology that cannot be resolved.");
            }
        }
        forEachRepartitionSource(topic -> {
            if (counts.containsKey(topic.name())) return;
            throw invalid("Failed to compute number of partitions for all repartition topics, because a repartition"
                    + " source topic is never used as a sink topic.");
        });
        return counts;
    }

    private void forEachRepartitionSource(Consumer<TopicInfo> action) {
        subtopologies.forEach(each -> each.repartitionSourceTopics().forEach(action));
    }

    /** @return whether every sink has a count now */
    private boolean deriveFromSources(Map<String, Integer> counts) {
        boolean isComplete = true;
        for (Subtopology subtopology : subtopologies) {
            for (String sink : subtopology.repartitionSinkTopics()) {
                if (counts.containsKey(sink)) continue;
                Integer largest = largestSource(subtopology, counts);
                if (largest == null) isComplete = false;
                else counts.put(sink, largest);
            }
        }
        return isComplete;
    }

    private @Nullable Integer largestSource(Subtopology subtopology, Map<String, Integer> counts) {
        Integer largest = null;
        for (TopicInfo source : subtopology.repartitionSourceTopics())
            largest = max(largest, counts.get(source.name()));
        for (String source : subtopology.sourceTopics()) largest = max(largest, of(source));
        return largest;
    }

    private static @Nullable Integer max(@Nullable Integer one, @Nullable Integer other) {
        if (one == null || other == null) return one == null ? other : one;
        return Math.max(one, other);
    }

    // ---- topics that are to be co-partitioned ----

    private void equalizeCopartitioned() {
        Set<String> fixed = new HashSet<>();
        Set<String> flexible = new HashSet<>();
        forEachRepartitionSource(topic -> (topic.partitions() != 0 ? fixed : flexible).add(topic.name()));
        for (Subtopology subtopology : subtopologies) {
            for (CopartitionGroup group : subtopology.copartitionGroups()) {
                decided.putAll(equalized(topics(subtopology, group), fixed, flexible));
            }
        }
    }

    private static Set<String> topics(Subtopology subtopology, CopartitionGroup group) {
        Set<String> topics = new HashSet<>();
        for (short index : group.sourceTopics()) topics.add(at(subtopology.sourceTopics(), index));
        for (short index : group.repartitionSourceTopics()) {
            topics.add(at(subtopology.repartitionSourceTopics(), index).name());
        }
        return topics;
    }

    private static <T> T at(List<T> topics, int index) {
        if (index < 0 || index >= topics.size())
            throw unexpected("A copartition group names a topic that is not there.");
        return topics.get(index);
    }

    private Map<String, Integer> equalized(Set<String> topics, Set<String> fixed, Set<String> flexible) {
        if (topics.isEmpty()) return Map.of();
        Map<String, Integer> repartition = new HashMap<>();
        Map<String, Integer> others = new HashMap<>();
        for (String topic : topics) {
            boolean isRepartition = fixed.contains(topic) || flexible.contains(topic);
            (isRepartition ? repartition : others).put(topic, require(topic));
        }
        int count = others.isEmpty() ? ofRepartitionTopics(repartition, fixed) : requireSame(others, others);
        Map<String, Integer> equalized = new HashMap<>();
        repartition.forEach((topic, before) -> {
            equalized.put(topic, count);
            if (fixed.contains(topic) && before != count) {
                throw incorrect("Number of partitions [" + before + "] of repartition topic [" + topic
                        + "] doesn't match number of partitions [" + count + "] of the source topic.");
            }
        });
        return equalized;
    }

    private int ofRepartitionTopics(Map<String, Integer> repartition, Set<String> fixed) {
        if (fixed.isEmpty()) {
            return repartition.values().stream().max(Integer::compare).orElseThrow();
        }
        Map<String, Integer> counts = new HashMap<>();
        for (String topic : fixed) counts.put(topic, require(topic));
        return requireSame(counts, repartition);
    }

    /** @param shown is what the members are told about */
    private static int requireSame(Map<String, Integer> counts, Map<String, Integer> shown) {
        int count = Objects.requireNonNull(counts.values().iterator().next());
        if (counts.values().stream().allMatch(other -> other == count)) return count;
        throw incorrect("Following topics do not have the same number of partitions: [" + new TreeMap<>(shown) + "]");
    }

    // ---- changelog topics ----

    private Map<String, Integer> changelogTopics() {
        Map<String, Integer> counts = new HashMap<>();
        for (Subtopology subtopology : subtopologies) {
            int tasks = tasks(subtopology);
            subtopology.stateChangelogTopics().forEach(topic -> counts.put(topic.name(), tasks));
        }
        return counts;
    }

    // ---- what can be wrong ----

    private static AnswerException incorrect(String detail) {
        return new UnusableTopicsException(Status.INCORRECTLY_PARTITIONED_TOPICS, detail);
    }

    private static AnswerException invalid(String message) {
        return new AnswerException(Errors.STREAMS_INVALID_TOPOLOGY, message);
    }

    private static AnswerException unexpected(String message) {
        return new AnswerException(Errors.UNKNOWN_SERVER_ERROR, message);
    }
}
