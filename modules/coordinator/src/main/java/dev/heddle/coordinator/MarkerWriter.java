package dev.heddle.coordinator;

import dev.heddle.common.Waiter;
import java.util.Collection;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;

/** Writes the markers of a transaction where its records are. Any thread may call it, and waits. */
interface MarkerWriter {

    /**
     * Writes the marker to each partition and waits until it is committed there.
     *
     * @return what became of it, for every partition
     */
    Map<TopicPartition, Errors> write(TransactionMarker marker, Collection<TopicPartition> partitions, Waiter waiter);
}
