package dev.heddle.coordinator;

import org.apache.kafka.common.Uuid;

/**
 * An offset that a group has committed for one partition. Immutable.
 *
 * @param offset the next record the group wants
 * @param leaderEpoch the leader epoch of the last record it consumed, -1 if it did not say
 * @param metadata whatever the client stores with it; empty if nothing
 * @param commitTimestampMs when it was committed, in milliseconds since the epoch
 * @param expireTimestampMs when it expires, if the client asked for a time (OffsetCommit before version 5); else -1
 * @param topicId the topic's id at that time; zero in records of older brokers
 * @param recordOffset where the record stands in the offsets partition: of two, the later counts
 */
record CommittedOffset(
        long offset,
        int leaderEpoch,
        String metadata,
        long commitTimestampMs,
        long expireTimestampMs,
        Uuid topicId,
        long recordOffset) {

    /** No leader epoch or no time of expiry. */
    static final int NONE = -1;

    CommittedOffset at(long newRecordOffset) {
        return new CommittedOffset(
                offset, leaderEpoch, metadata, commitTimestampMs, expireTimestampMs, topicId, newRecordOffset);
    }

    /** Whether it belongs to another topic of the same name than {@code expected}; zero stands for any. */
    boolean isOfAnotherTopicThan(Uuid expected) {
        return !topicId.equals(Uuid.ZERO_UUID) && !expected.equals(Uuid.ZERO_UUID) && !topicId.equals(expected);
    }
}
