package dev.heddle.coordinator;

import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.PartitionImage;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Looks partitions up in the metadata that is in force. Any thread may ask. */
record ImageTargets(MetadataCache metadata) implements MarkerTargets {

    @Override
    public boolean exists(TopicPartition partition) {
        return find(partition) != null;
    }

    @Override
    public boolean isLed(TopicPartition partition) {
        PartitionImage found = find(partition);
        return found != null && found.hasLeader();
    }

    private @Nullable PartitionImage find(TopicPartition partition) {
        return metadata.image().topics().partition(partition.topic(), partition.partition());
    }
}
