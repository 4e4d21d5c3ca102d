package dev.heddle.coordinator;

import dev.heddle.coordinator.consumer.TopicCatalog;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** The topics that there are, for offsets to belong to. Any thread may ask. */
interface Topics {

    /** The topic's id, or zero if there is no such topic. */
    Uuid idOf(String name);

    /** The topic's name, or null if there is no such topic. */
    @Nullable String nameOf(Uuid id);

    boolean hasPartition(String topic, int partition);

    /** What a group has been configured with of its own, by key. */
    Map<String, String> groupConfigs(String groupId);

    /** All topics, as they are at this moment. */
    TopicCatalog catalog();
}
