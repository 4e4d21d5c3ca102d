package dev.heddle.handlers;

import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchRequestData;
import org.jspecify.annotations.Nullable;

/**
 * One partition that a fetch asks for, and how. Immutable; any thread may read it.
 *
 * @param topicPartition null while the topic id is not known here
 * @param topicId zero where the request names its topics
 * @param partition the partition's index
 * @param fetchOffset first offset wanted
 * @param maxBytes most bytes wanted of this partition
 * @param currentLeaderEpoch what the client believes, -1 if nothing
 * @param lastFetchedEpoch epoch of the record before {@code fetchOffset}, -1 if not known (KIP-595)
 */
record FetchTarget(
        @Nullable TopicPartition topicPartition,
        Uuid topicId,
        int partition,
        long fetchOffset,
        int maxBytes,
        int currentLeaderEpoch,
        int lastFetchedEpoch) {

    /** Tells partitions apart: by topic id where the request uses ids, by topic name where it does not. */
    record Key(Object topic, int partition) {}

    static FetchTarget of(@Nullable String topic, Uuid topicId, FetchRequestData.FetchPartition asked) {
        return new FetchTarget(
                topic == null ? null : new TopicPartition(topic, asked.partition()),
                topicId,
                asked.partition(),
                asked.fetchOffset(),
                asked.partitionMaxBytes(),
                asked.currentLeaderEpoch(),
                asked.lastFetchedEpoch());
    }

    FetchTarget withTopic(String topic) {
        return new FetchTarget(
                new TopicPartition(topic, partition),
                topicId,
                partition,
                fetchOffset,
                maxBytes,
                currentLeaderEpoch,
                lastFetchedEpoch);
    }

    /** The topic's name, null while its id is not known here. */
    @Nullable String topic() {
        return topicPartition == null ? null : topicPartition.topic();
    }

    Key key() {
        return keyOf(topic(), topicId, partition);
    }

    static Key keyOf(@Nullable String topic, Uuid topicId, int partition) {
        if (!topicId.equals(Uuid.ZERO_UUID)) return new Key(topicId, partition);
        return new Key(topic == null ? "" : topic, partition);
    }
}
