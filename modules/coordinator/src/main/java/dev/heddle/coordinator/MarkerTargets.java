package dev.heddle.coordinator;

import org.apache.kafka.common.TopicPartition;

/** The partitions that markers are written to, as the metadata knows them. Any thread may ask. */
interface MarkerTargets {

    /** Whether there is such a partition. */
    boolean exists(TopicPartition partition);

    /** Whether some broker leads it. */
    boolean isLed(TopicPartition partition);
}
