package dev.heddle.coordinator.consumer;

import com.dynatrace.hash4j.hashing.HashStream64;
import com.dynatrace.hash4j.hashing.Hashing;
import dev.heddle.coordinator.consumer.TopicCatalog.Topic;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One number for the topics that a group subscribes to: it differs when there is something to assign anew. It stands in
 * the log, so it is computed as Kafka does (XXH3). Stateless: any thread may call it.
 */
public final class MetadataHash {

    private static final byte VERSION = 0;

    private MetadataHash() {}

    /** The hash of those of the topics that are there; 0 if none is. */
    public static long of(Collection<String> topics, TopicCatalog catalog) {
        HashStream64 hash = null;
        for (String name : topics.stream().sorted().toList()) {
            Topic topic = catalog.topic(name);
            if (topic == null) continue;
            if (hash == null) hash = Hashing.xxh3_64().hashStream();
            hash.putLong(of(topic));
        }
        return value(hash);
    }

    private static long value(@Nullable HashStream64 hash) {
        return hash == null ? 0 : hash.getAsLong();
    }

    private static long of(Topic topic) {
        HashStream64 hash = Hashing.xxh3_64()
                .hashStream()
                .putByte(VERSION)
                .putLong(topic.id().getMostSignificantBits())
                .putLong(topic.id().getLeastSignificantBits())
                .putString(topic.name())
                .putInt(topic.partitions());
        for (int partition = 0; partition < topic.partitions(); partition++) {
            hash.putInt(partition);
            List<String> racks = topic.racks(partition).stream().sorted().toList();
            // Each with its length before it: nothing that a rack's name may not contain could separate them.
            for (String rack : racks) hash.putInt(rack.length()).putString(rack);
        }
        return hash.getAsLong();
    }
}
