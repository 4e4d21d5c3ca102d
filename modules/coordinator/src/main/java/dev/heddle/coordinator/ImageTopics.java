package dev.heddle.coordinator;

import dev.heddle.coordinator.consumer.TopicCatalog;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.TopicImage;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;

/** The topics of the newest metadata. Any thread may ask. */
final class ImageTopics implements Topics {

    private final MetadataCache metadata;

    ImageTopics(MetadataCache metadata) {
        this.metadata = metadata;
    }

    @Override
    public Uuid idOf(String name) {
        TopicImage topic = metadata.image().topics().topic(name);
        return topic == null ? Uuid.ZERO_UUID : topic.id();
    }

    @Override
    public @Nullable String nameOf(Uuid id) {
        TopicImage topic = metadata.image().topics().topic(id);
        return topic == null ? null : topic.name();
    }

    @Override
    public Map<String, String> groupConfigs(String groupId) {
        return metadata.image().configs().of(new ConfigResource(ConfigResource.Type.GROUP, groupId));
    }

    @Override
    public TopicCatalog catalog() {
        return new ImageCatalog(metadata.image());
    }

    @Override
    public boolean hasPartition(String topic, int partition) {
        return metadata.image().topics().partition(topic, partition) != null;
    }
}
