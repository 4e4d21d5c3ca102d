package dev.heddle.coordinator;

import dev.heddle.coordinator.consumer.TopicCatalog;
import dev.heddle.metadata.BrokerImage;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.metadata.PartitionImage;
import dev.heddle.metadata.TopicImage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** The topics of one image of the metadata. Immutable. */
record ImageCatalog(MetadataImage image) implements TopicCatalog {

    @Override
    public long version() {
        return image.offset();
    }

    @Override
    public @Nullable Topic topic(String name) {
        return orNull(image.topics().topic(name));
    }

    @Override
    public @Nullable Topic topic(Uuid id) {
        return orNull(image.topics().topic(id));
    }

    private @Nullable Topic orNull(@Nullable TopicImage topic) {
        return topic == null ? null : new OfImage(topic, image);
    }

    @Override
    public Collection<String> names() {
        return image.topics().byName().keySet();
    }

    private record OfImage(TopicImage topic, MetadataImage image) implements Topic {

        @Override
        public String name() {
            return topic.name();
        }

        @Override
        public Uuid id() {
            return topic.id();
        }

        @Override
        public int partitions() {
            return topic.partitions().size();
        }

        @Override
        public List<String> racks(int partition) {
            PartitionImage found = topic.partition(partition);
            if (found == null) return List.of();
            List<String> racks = new ArrayList<>();
            for (int replica : found.replicas()) {
                BrokerImage broker = image.cluster().broker(replica);
                if (broker != null && broker.rack() != null) racks.add(broker.rack());
            }
            return racks;
        }
    }
}
