package dev.heddle.coordinator.consumer;

import java.util.Collection;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** The topics that there were at one moment. Immutable: any thread may ask, and gets the same answer each time. */
public interface TopicCatalog {

    /** Grows with every change of the metadata. */
    long version();

    @Nullable Topic topic(String name);

    @Nullable Topic topic(Uuid id);

    Collection<String> names();

    /** A topic. */
    interface Topic {
        String name();

        Uuid id();

        int partitions();

        /** The racks of the brokers that hold the partition, as far as they have one; empty if it is not there. */
        List<String> racks(int partition);
    }
}
