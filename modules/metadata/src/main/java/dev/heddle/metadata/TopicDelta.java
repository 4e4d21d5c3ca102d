package dev.heddle.metadata;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.pcollections.IntTreePMap;

/**
 * A topic that is new or changed. One thread builds it; once its {@link MetadataDelta} was applied, any thread may read
 * it.
 */
public final class TopicDelta {

    private final String name;
    private final Uuid id;
    private final @Nullable TopicImage before;
    private final Map<Integer, PartitionImage> changes = new TreeMap<>();
    private IntTreePMap<PartitionImage> partitions;

    TopicDelta(String name, Uuid id) {
        this.name = name;
        this.id = id;
        before = null;
        partitions = IntTreePMap.empty();
    }

    TopicDelta(TopicImage before) {
        name = before.name();
        id = before.id();
        this.before = before;
        partitions = persistent(before.partitions());
    }

    private static IntTreePMap<PartitionImage> persistent(Map<Integer, PartitionImage> map) {
        return map instanceof IntTreePMap<PartitionImage> already ? already : IntTreePMap.from(map);
    }

    /** The topic's name. */
    public String name() {
        return name;
    }

    /** The topic's id. */
    public Uuid id() {
        return id;
    }

    /** The topic before the change; null if it is new. */
    public @Nullable TopicImage before() {
        return before;
    }

    /** The topic after the change. */
    public TopicImage topic() {
        return new TopicImage(name, id, partitions);
    }

    /** The partitions that are new or changed, as they are after the change, in order. */
    public Collection<PartitionImage> changedPartitions() {
        return changes.values();
    }

    /** The partition before the change; null if it is new. */
    public @Nullable PartitionImage before(int partition) {
        return before == null ? null : before.partition(partition);
    }

    @Nullable PartitionImage partition(int partition) {
        return partitions.get(partition);
    }

    void put(PartitionImage partition) {
        partitions = partitions.plus(partition.id(), partition);
        changes.put(partition.id(), partition);
    }

    void clearElr() {
        for (PartitionImage partition : List.copyOf(partitions.values())) {
            if (!partition.elr().isEmpty() || !partition.lastKnownElr().isEmpty()) {
                put(Partitions.withoutElr(partition));
            }
        }
    }

    /** Whether it is an old topic in which nothing changed. */
    boolean isEmpty() {
        return before != null && changes.isEmpty();
    }
}
