package dev.heddle.metadata;

import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * A topic and its partitions. Immutable: any thread may read it.
 *
 * @param partitions by their number, in order; read-only
 */
public record TopicImage(String name, Uuid id, Map<Integer, PartitionImage> partitions) {

    /** The partition of that number, or null. */
    public @Nullable PartitionImage partition(int partition) {
        return partitions.get(partition);
    }
}
