package dev.heddle.coordinator.streams;

import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.requests.StreamsGroupHeartbeatResponse.Status;
import org.jspecify.annotations.Nullable;

/**
 * A topology as the topics that there are let it be: how many tasks each part has, and which topics are missing. Immutable.
 *
 * @param subtopologies by id; null if its sources do not allow it to run
 * @param missingTopics the application's own topics that are to be created, by name
 * @param problem why it cannot run; null if it can
 */
public record ConfiguredTopology(
        int epoch,
        @Nullable SortedMap<String, ConfiguredSubtopology> subtopologies,
        Map<String, CreatableTopic> missingTopics,
        @Nullable Problem problem) {

    /** Why an application cannot run, as its members are told. */
    public record Problem(Status status, String detail) {}

    /**
     * A part of the application whose tasks can run on their own.
     *
     * @param tasks how many partitions its largest source has
     */
    public record ConfiguredSubtopology(
            int tasks,
            Set<String> sourceTopics,
            Map<String, InternalTopic> repartitionSourceTopics,
            Set<String> repartitionSinkTopics,
            Map<String, InternalTopic> stateChangelogTopics) {

        public boolean isStateful() {
            return !stateChangelogTopics.isEmpty();
        }
    }

    /**
     * A topic of the application's own.
     *
     * @param replicationFactor 0 for the broker's default
     */
    public record InternalTopic(String name, int partitions, short replicationFactor, Map<String, String> configs) {}

    public boolean isReady() {
        return problem == null;
    }
}
