package dev.heddle.coordinator;

import dev.heddle.coordinator.consumer.TopicCatalog;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** Topics that a test has made, without racks. */
record TestCatalog(long version, Map<String, Uuid> ids, Map<String, Integer> partitionCounts) implements TopicCatalog {

    /** How many partitions a topic has of which the test does not say. */
    static final int PARTITIONS = 10;

    @Override
    public @Nullable Topic topic(String name) {
        Uuid id = ids.get(name);
        return id == null ? null : new TestTopic(name, id, partitionCounts.getOrDefault(name, PARTITIONS));
    }

    @Override
    public @Nullable Topic topic(Uuid id) {
        for (Map.Entry<String, Uuid> entry : ids.entrySet()) {
            if (entry.getValue().equals(id)) return topic(entry.getKey());
        }
        return null;
    }

    @Override
    public Collection<String> names() {
        return ids.keySet();
    }

    private record TestTopic(String name, Uuid id, int partitions) implements Topic {

        @Override
        public List<String> racks(int partition) {
            return List.of();
        }
    }
}
