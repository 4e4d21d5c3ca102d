package dev.heddle.handlers;

import dev.heddle.log.FetchIsolation;
import dev.heddle.log.TimestampOffset;
import dev.heddle.replication.Partition;
import dev.heddle.replication.ReplicaManager;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.function.Predicate;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsPartitionResponse;
import org.apache.kafka.common.message.ListOffsetsResponseData.ListOffsetsTopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ListOffsetsRequest;
import org.apache.kafka.common.requests.ListOffsetsResponse;
import org.apache.kafka.common.resource.ResourceType;

/** ListOffsets: looks offsets up by timestamp, or the special ones at either end. Any thread may call it. */
final class ListOffsetsHandler implements ApiHandler {

    /** First version whose response says which leader epoch an offset belongs to. */
    private static final short FIRST_WITH_LEADER_EPOCH = 4;

    /** First version whose clients know OFFSET_NOT_AVAILABLE. */
    private static final short FIRST_WITH_OFFSET_NOT_AVAILABLE = 5;

    private final ReplicaManager replicaManager;

    ListOffsetsHandler(ReplicaManager replicaManager) {
        this.replicaManager = replicaManager;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.LIST_OFFSETS;
    }

    @Override
    public AbstractResponse handle(Request request, Access access) {
        ListOffsetsRequest list = request.body();
        Predicate<String> describable =
                access.allowed(AclOperation.DESCRIBE, ResourceType.TOPIC, list.topics(), ListOffsetsTopic::name);
        var response = new ListOffsetsResponseData();
        for (ListOffsetsTopic topic : list.topics()) {
            var answers = new ListOffsetsTopicResponse().setName(topic.name());
            response.topics().add(answers);
            for (ListOffsetsPartition partition : topic.partitions()) {
                var topicPartition = new TopicPartition(topic.name(), partition.partitionIndex());
                answers.partitions()
                        .add(
                                describable.test(topic.name())
                                        ? answer(list, topicPartition, partition)
                                        : unknown(partition).setErrorCode(Errors.TOPIC_AUTHORIZATION_FAILED.code()));
            }
        }
        return new ListOffsetsResponse(response);
    }

    private static ListOffsetsPartitionResponse unknown(ListOffsetsPartition asked) {
        return new ListOffsetsPartitionResponse()
                .setPartitionIndex(asked.partitionIndex())
                .setTimestamp(ListOffsetsResponse.UNKNOWN_TIMESTAMP)
                .setOffset(ListOffsetsResponse.UNKNOWN_OFFSET);
    }

    private ListOffsetsPartitionResponse answer(
            ListOffsetsRequest list, TopicPartition topicPartition, ListOffsetsPartition asked) {
        ListOffsetsPartitionResponse answer = unknown(asked);
        if (list.duplicatePartitions().contains(topicPartition))
            return answer.setErrorCode(Errors.INVALID_REQUEST.code());
        if (list.version() < firstVersionWith(asked.timestamp()))
            return answer.setErrorCode(Errors.UNSUPPORTED_VERSION.code());
        try {
            Partition partition = replicaManager.replica(topicPartition);
            TimestampOffset found =
                    partition.offsetForTimestamp(asked.timestamp(), isolationOf(list), asked.currentLeaderEpoch());
            if (found.leaderEpoch().isPresent() && list.version() >= FIRST_WITH_LEADER_EPOCH)
                answer.setLeaderEpoch(found.leaderEpoch().getAsInt());
            return answer.setTimestamp(found.timestamp()).setOffset(found.offset());
        } catch (RuntimeException e) {
            return answer.setErrorCode(
                    known(PartitionErrors.of(topicPartition, e), list.version()).code());
        }
    }

    /** Consumers see what is committed; followers, and those who look for faults, see all. */
    private static FetchIsolation isolationOf(ListOffsetsRequest list) {
        if (list.replicaId() != ListOffsetsRequest.CONSUMER_REPLICA_ID) return FetchIsolation.LOG_END;
        return list.isolationLevel() == IsolationLevel.READ_COMMITTED
                ? FetchIsolation.TXN_COMMITTED
                : FetchIsolation.HIGH_WATERMARK;
    }

    private static Errors known(Errors error, short version) {
        return error == Errors.OFFSET_NOT_AVAILABLE && version < FIRST_WITH_OFFSET_NOT_AVAILABLE
                ? Errors.LEADER_NOT_AVAILABLE
                : error;
    }

    /** The version in which a special timestamp got its meaning. */
    private static int firstVersionWith(long timestamp) {
        if (timestamp >= 0) return 0;
        if (timestamp == ListOffsetsRequest.EARLIEST_TIMESTAMP || timestamp == ListOffsetsRequest.LATEST_TIMESTAMP)
            return 1;
        if (timestamp == ListOffsetsRequest.MAX_TIMESTAMP) return 7;
        if (timestamp == ListOffsetsRequest.EARLIEST_LOCAL_TIMESTAMP) return 8;
        if (timestamp == ListOffsetsRequest.LATEST_TIERED_TIMESTAMP) return 9;
        if (timestamp == ListOffsetsRequest.EARLIEST_PENDING_UPLOAD_TIMESTAMP) return 11;
        return Integer.MAX_VALUE;
    }
}
