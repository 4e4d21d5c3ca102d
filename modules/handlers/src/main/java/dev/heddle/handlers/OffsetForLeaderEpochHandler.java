package dev.heddle.handlers;

import dev.heddle.log.EpochEndOffset;
import dev.heddle.replication.ReplicaManager;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderPartition;
import org.apache.kafka.common.message.OffsetForLeaderEpochRequestData.OffsetForLeaderTopic;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData;
import org.apache.kafka.common.message.OffsetForLeaderEpochResponseData.OffsetForLeaderTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochRequest;
import org.apache.kafka.common.requests.OffsetsForLeaderEpochResponse;

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
        var response = new OffsetForLeaderEpochResponseData();
        for (OffsetForLeaderTopic topic : asked.data().topics()) {
            OffsetForLeaderTopicResult answers = response.topics().find(topic.topic());
            if (answers == null) {
                answers = new OffsetForLeaderTopicResult().setTopic(topic.topic());
                response.topics().add(answers);
            }
            for (OffsetForLeaderPartition partition : topic.partitions()) {
                answers.partitions().add(answer(new TopicPartition(topic.topic(), partition.partition()), partition));
            }
        }
        return new OffsetsForLeaderEpochResponse(response);
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
