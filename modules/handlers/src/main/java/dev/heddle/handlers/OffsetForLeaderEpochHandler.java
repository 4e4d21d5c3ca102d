package dev.heddle.handlers;

import dev.heddle.log.EpochEndOffset;
import dev.heddle.replication.ReplicaManager;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import dev.heddle.security.Logged;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochRequest;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochResponse;
import org.apache.kafka.common.resource.ResourceType;

/**
 * OffsetForLeaderEpoch: where a leader epoch ended, so that a client can see whether the log it has read was truncated
 * (KIP-320). Any thread may call it.
 */
final class OffsetForLeaderEpochHandler implements ApiHandler {

    private final ReplicaManager replicaManager;

    OffsetForLeaderEpochHandler(ReplicaManager replicaManager) {
        this.replicaManager = replicaManager;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.OFFSET_FOR_LEADER_EPOCH;
    }

    @Override
    public AbstractResponse handle(Request request, Access access) {
        OffsetsForLeaderEpochRequest asked = request.body();
        Predicate<String> describable = describable(asked, access);
        var response = new OffsetForLeaderEpochResponseData();
        for (OffsetForLeaderTopic topic : asked.data().topics()) {
            OffsetForLeaderTopicResult answers = response.topics().find(topic.topic());
            if (answers == null) {
                answers = new OffsetForLeaderTopicResult().setTopic(topic.topic());
                response.topics().add(answers);
            }
            for (OffsetForLeaderPartition partition : topic.partitions()) {
                answers.partitions()
                        .add(
                                describable.test(topic.topic())
                                        ? answer(new TopicPartition(topic.topic(), partition.partition()), partition)
                                        : unauthorized(partition));
            }
        }
        return new OffsetsForLeaderEpochResponse(response);
    }

    /** Brokers ask about whatever there is; since KIP-320 consumers ask too, about topics that they may describe. */
    private static Predicate<String> describable(OffsetsForLeaderEpochRequest asked, Access access) {
        if (access.allowsOnCluster(AclOperation.CLUSTER_ACTION, Logged.IF_ALLOWED)) return topic -> true;
        return access.allowed(
                AclOperation.DESCRIBE, ResourceType.TOPIC, asked.data().topics(), OffsetForLeaderTopic::topic);
    }

    private static OffsetForLeaderEpochResponseData.EpochEndOffset unauthorized(OffsetForLeaderPartition asked) {
        return new OffsetForLeaderEpochResponseData.EpochEndOffset()
                .setPartition(asked.partition())
                .setErrorCode(Errors.TOPIC_AUTHORIZATION_FAILED.code());
    }

    private OffsetForLeaderEpochResponseData.EpochEndOffset answer(
            TopicPartition topicPartition, OffsetForLeaderPartition asked) {
        var answer = new OffsetForLeaderEpochResponseData.EpochEndOffset().setPartition(asked.partition());
        try {
            EpochEndOffset end = replicaManager
                    .replica(topicPartition)
                    .endOffsetForEpoch(asked.leaderEpoch(), asked.currentLeaderEpoch());
            return answer.setLeaderEpoch(end.leaderEpoch()).setEndOffset(end.endOffset());
        } catch (RuntimeException e) {
            return answer.setErrorCode(PartitionErrors.of(topicPartition, e).code());
        }
    }
}
