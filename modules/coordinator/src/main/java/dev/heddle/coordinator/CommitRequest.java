package dev.heddle.coordinator;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponsePartition;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.OffsetCommitResponse;
import org.jspecify.annotations.Nullable;

/**
 * An OffsetCommit with its topics looked up: what can be committed, and the answer as far as it is known. Used by the
 * one thread that works on the request.
 */
final class CommitRequest {

    /** One offset to commit. */
    record Entry(String topic, int partition, CommittedOffset offset) {}

    private final OffsetCommitRequestData request;
    private final Topics topics;
    private final int metadataMaxBytes;
    private final long nowMs;
    private final OffsetCommitResponseData response = new OffsetCommitResponseData();
    private final List<Entry> entries = new ArrayList<>();
    private final List<OffsetCommitResponsePartition> existing = new ArrayList<>();

    CommitRequest(OffsetCommitRequestData request, Topics topics, int metadataMaxBytes, long nowMs) {
        this.request = request;
        this.topics = topics;
        this.metadataMaxBytes = metadataMaxBytes;
        this.nowMs = nowMs;
    }

    /** Looks the topics up, which from version 10 on are named by their id (KIP-848). */
    void resolve(short apiVersion) {
        boolean byId = OffsetCommitResponse.useTopicIds(apiVersion);
        for (OffsetCommitRequestTopic topic : request.topics()) {
            String name = byId ? topics.nameOf(topic.topicId()) : topic.name();
            Uuid id = byId ? topic.topicId() : topics.idOf(topic.name());
            var answer = new OffsetCommitResponseTopic()
                    .setTopicId(topic.topicId())
                    .setName(name == null ? topic.name() : name);
            for (OffsetCommitRequestPartition partition : topic.partitions()) {
                var part = new OffsetCommitResponsePartition().setPartitionIndex(partition.partitionIndex());
                part.setErrorCode(resolve(name, id, partition, part).code());
                answer.partitions().add(part);
            }
            response.topics().add(answer);
        }
    }

    private Errors resolve(
            @Nullable String topic,
            Uuid topicId,
            OffsetCommitRequestPartition partition,
            OffsetCommitResponsePartition answer) {
        if (topic == null) return Errors.UNKNOWN_TOPIC_ID;
        if (!topics.hasPartition(topic, partition.partitionIndex())) return Errors.UNKNOWN_TOPIC_OR_PARTITION;
        existing.add(answer);
        String metadata = partition.committedMetadata();
        if (metadata != null && metadata.length() > metadataMaxBytes) return Errors.OFFSET_METADATA_TOO_LARGE;
        entries.add(new Entry(topic, partition.partitionIndex(), offset(partition, topicId)));
        return Errors.NONE;
    }

    private CommittedOffset offset(OffsetCommitRequestPartition partition, Uuid topicId) {
        String metadata = partition.committedMetadata();
        long retentionMs = request.retentionTimeMs();
        return new CommittedOffset(
                partition.committedOffset(),
                partition.committedLeaderEpoch(),
                metadata == null ? "" : metadata,
                nowMs,
                retentionMs == CommittedOffset.NONE ? CommittedOffset.NONE : nowMs + retentionMs,
                topicId,
                0);
    }

    OffsetCommitRequestData request() {
        return request;
    }

    /** What can be committed. */
    List<Entry> entries() {
        return entries;
    }

    /** The records that say so, in the same order. */
    List<SimpleRecord> records(long timestampMs) {
        return entries.stream()
                .map(entry -> GroupRecords.offsetCommit(
                        request.groupId(), entry.topic, entry.partition, entry.offset, timestampMs))
                .toList();
    }

    /** Whether none of its partitions exist: then there is nothing to ask the group. */
    boolean isVain() {
        return existing.isEmpty();
    }

    OffsetCommitResponseData response() {
        return response;
    }

    /** None of it is committed, for this reason; what does not exist keeps its own. */
    OffsetCommitResponseData refused(Errors error) {
        existing.forEach(partition -> partition.setErrorCode(error.code()));
        return response;
    }
}
