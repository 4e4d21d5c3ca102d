package dev.heddle.metadata;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.ClearElrRecord;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.jspecify.annotations.Nullable;

/** Changes of topics and their partitions. One thread builds it. */
final class TopicsDelta {

    private final TopicsImage image;
    private final Map<Uuid, TopicDelta> changed = new LinkedHashMap<>();
    private final Map<Uuid, TopicImage> deleted = new LinkedHashMap<>();

    TopicsDelta(TopicsImage image) {
        this.image = image;
    }

    Collection<TopicDelta> changed() {
        return changed.values();
    }

    Collection<TopicImage> deleted() {
        return deleted.values();
    }

    void replay(TopicRecord record) {
        changed.put(record.topicId(), new TopicDelta(record.name(), record.topicId()));
    }

    void replay(PartitionRecord record) {
        topic(record.topicId()).put(Partitions.of(record));
    }

    void replay(PartitionChangeRecord record) {
        TopicDelta topic = topic(record.topicId());
        PartitionImage before = topic.partition(record.partitionId());
        if (before == null) {
            throw new IllegalStateException("No partition " + record.partitionId() + " in topic " + topic.name());
        }
        topic.put(Partitions.changed(before, record));
    }

    /** Forgets the ELR of one topic, or of every topic if the record names none. */
    void replay(ClearElrRecord record) {
        if (record.topicName().isEmpty()) {
            image.all().forEach(topic -> {
                if (!deleted.containsKey(topic.id())) topic(topic.id());
            });
            changed.values().forEach(TopicDelta::clearElr);
        } else {
            named(record.topicName()).clearElr();
        }
        changed.values().removeIf(TopicDelta::isEmpty);
    }

    /** @return the name of the topic that is gone */
    String replay(RemoveTopicRecord record) {
        TopicImage before = image.topic(record.topicId());
        TopicDelta delta = changed.remove(record.topicId());
        if (before != null && !deleted.containsKey(before.id())) {
            deleted.put(before.id(), before);
            return before.name();
        }
        if (delta == null) throw new IllegalStateException("No topic with id " + record.topicId());
        return delta.name();
    }

    private TopicDelta topic(Uuid id) {
        TopicDelta delta = changed.get(id);
        if (delta != null) return delta;
        TopicImage topic = deleted.containsKey(id) ? null : image.topic(id);
        if (topic == null) throw new IllegalStateException("No topic with id " + id);
        delta = new TopicDelta(topic);
        changed.put(id, delta);
        return delta;
    }

    private TopicDelta named(String name) {
        for (TopicDelta delta : changed.values()) {
            if (delta.name().equals(name)) return delta;
        }
        @Nullable TopicImage topic = image.topic(name);
        if (topic == null) throw new IllegalStateException("No topic " + name);
        return topic(topic.id());
    }

    TopicsImage apply() {
        TopicsImage result = image;
        for (TopicImage topic : deleted.values()) result = result.without(topic);
        for (TopicDelta delta : changed.values()) result = result.with(delta.topic());
        return result;
    }
}
