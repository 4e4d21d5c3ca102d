package dev.heddle.metadata;

import java.util.Collection;
import java.util.SortedMap;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashPMap;
import org.pcollections.HashTreePMap;
import org.pcollections.TreePMap;

/**
 * Every topic, by name and by id. Immutable: any thread may read it. A change costs the logarithm of the number of
 * topics, and shares the rest with the image before.
 */
public final class TopicsImage {

    static final TopicsImage EMPTY = new TopicsImage(TreePMap.empty(), HashTreePMap.empty(), 0);

    private final TreePMap<String, TopicImage> byName;
    private final HashPMap<Uuid, TopicImage> byId;
    private final int partitionCount;

    private TopicsImage(TreePMap<String, TopicImage> byName, HashPMap<Uuid, TopicImage> byId, int partitionCount) {
        this.byName = byName;
        this.byId = byId;
        this.partitionCount = partitionCount;
    }

    /** The topic of that name, or null. */
    public @Nullable TopicImage topic(String name) {
        return byName.get(name);
    }

    /** The topic of that id, or null. */
    public @Nullable TopicImage topic(Uuid id) {
        return byId.get(id);
    }

    /** The partition, or null if there is no such topic or partition. */
    public @Nullable PartitionImage partition(String topic, int partition) {
        TopicImage image = topic(topic);
        return image == null ? null : image.partition(partition);
    }

    /** Every topic, in the order of their names. */
    public Collection<TopicImage> all() {
        return byName.values();
    }

    /** Every topic by its name, in order; read-only. Its sub-maps serve paging through the topics. */
    public SortedMap<String, TopicImage> byName() {
        return byName;
    }

    /** The number of topics. */
    public int size() {
        return byId.size();
    }

    /** The number of partitions of all topics together. */
    public int partitionCount() {
        return partitionCount;
    }

    TopicsImage with(TopicImage topic) {
        TopicImage before = byId.get(topic.id());
        int added = topic.partitions().size()
                - (before == null ? 0 : before.partitions().size());
        return new TopicsImage(byName.plus(topic.name(), topic), byId.plus(topic.id(), topic), partitionCount + added);
    }

    TopicsImage without(TopicImage topic) {
        TopicImage named = byName.get(topic.name());
        boolean nameIsReused = named != null && !named.id().equals(topic.id());
        return new TopicsImage(
                nameIsReused ? byName : byName.minus(topic.name()),
                byId.minus(topic.id()),
                partitionCount - topic.partitions().size());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TopicsImage that && byId.equals(that.byId);
    }

    @Override
    public int hashCode() {
        return byId.hashCode();
    }

    @Override
    public String toString() {
        return "TopicsImage(topics=" + byId.size() + ", partitions=" + partitionCount + ')';
    }
}
