package dev.heddle.handlers;

import dev.heddle.metadata.MetadataImage;
import dev.heddle.metadata.TopicImage;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * The topics that requests of share groups name by their ids. Immutable; any thread may read it.
 *
 * @param image what is known
 */
record ShareTopics(MetadataImage image) {

    /** The partition; without a topic's name if the id is not known. */
    TopicIdPartition find(Uuid topicId, int partition) {
        return new TopicIdPartition(topicId, new TopicPartition(nameOf(topicId), partition));
    }

    private @Nullable String nameOf(Uuid topicId) {
        TopicImage topic = image.topics().topic(topicId);
        return topic == null ? null : topic.name();
    }

    static boolean isKnown(TopicIdPartition topic) {
        return topic.topic() != null;
    }

    boolean exists(TopicIdPartition topic) {
        return image.topics().partition(topic.topic(), topic.partition()) != null;
    }
}
