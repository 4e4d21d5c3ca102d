package dev.heddle.coordinator;

import dev.heddle.coordinator.consumer.ConsumerGroupRecord;
import dev.heddle.coordinator.share.ShareGroupRecord;
import dev.heddle.coordinator.streams.StreamsRecord;
import org.apache.kafka.coordinator.group.generated.GroupMetadataValue;
import org.jspecify.annotations.Nullable;

/** A record of an offsets partition, decoded. Immutable. */
sealed interface GroupRecord {

    /** A commit, or with null its deletion. */
    record OffsetCommit(
            String group,
            String topic,
            int partition,
            @Nullable CommittedOffset offset) implements GroupRecord {}

    /** The members of a classic group, or with null its deletion. */
    record GroupMetadata(String group, @Nullable GroupMetadataValue value) implements GroupRecord {}

    /** Something about a consumer group. */
    record OfConsumerGroup(String group, ConsumerGroupRecord record) implements GroupRecord {}

    /** Something about a share group. */
    record OfShareGroup(String group, ShareGroupRecord record) implements GroupRecord {}

    /** Something about a streams group. */
    record OfStreamsGroup(String group, StreamsRecord record) implements GroupRecord {}

    /**
     * A record of a newer broker. It is left where it is.
     *
     * @param type the number that its key begins with
     */
    record Foreign(short type) implements GroupRecord {}
}
