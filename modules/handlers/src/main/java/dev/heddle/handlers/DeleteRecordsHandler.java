package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.replication.ReplicaManager;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.function.Predicate;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsPartition;
import org.apache.kafka.common.message.DeleteRecordsRequestData.DeleteRecordsTopic;
import org.apache.kafka.common.message.DeleteRecordsResponseData;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsPartitionResult;
import org.apache.kafka.common.message.DeleteRecordsResponseData.DeleteRecordsTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.DeleteRecordsRequest;
import org.apache.kafka.common.requests.DeleteRecordsResponse;
import org.apache.kafka.common.resource.ResourceType;

/** DeleteRecords: raises the log start offset. Any thread may call it. */
final class DeleteRecordsHandler implements ApiHandler {

    private final ReplicaManager replicaManager;

    DeleteRecordsHandler(ReplicaManager replicaManager) {
        this.replicaManager = replicaManager;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.DELETE_RECORDS;
    }

    @Override
    public AbstractResponse handle(Request request, Access access) {
        DeleteRecordsRequest asked = request.body();
        Predicate<String> deletable = access.allowed(
                AclOperation.DELETE, ResourceType.TOPIC, asked.data().topics(), DeleteRecordsTopic::name);
        var response = new DeleteRecordsResponseData();
        for (DeleteRecordsTopic topic : asked.data().topics()) {
            DeleteRecordsTopicResult answers = response.topics().find(topic.name());
            if (answers == null) {
                answers = new DeleteRecordsTopicResult().setName(topic.name());
                response.topics().add(answers);
            }
            for (DeleteRecordsPartition partition : topic.partitions()) {
                var topicPartition = new TopicPartition(topic.name(), partition.partitionIndex());
                answers.partitions()
                        .add(
                                deletable.test(topic.name())
                                        ? delete(topicPartition, partition.offset())
                                        : nothingDeleted(topicPartition)
                                                .setErrorCode(Errors.TOPIC_AUTHORIZATION_FAILED.code()));
            }
        }
        return new DeleteRecordsResponse(response);
    }

    private static DeleteRecordsPartitionResult nothingDeleted(TopicPartition topicPartition) {
        return new DeleteRecordsPartitionResult()
                .setPartitionIndex(topicPartition.partition())
                .setLowWatermark(DeleteRecordsResponse.INVALID_LOW_WATERMARK);
    }

    private DeleteRecordsPartitionResult delete(TopicPartition topicPartition, long beforeOffset) {
        DeleteRecordsPartitionResult answer = nothingDeleted(topicPartition);
        try {
            var partition = replicaManager.partition(topicPartition);
            if (Topic.isInternal(topicPartition.topic())) throw new AnswerException(Errors.INVALID_TOPIC_EXCEPTION);
            return answer.setLowWatermark(partition.deleteRecords(beforeOffset));
        } catch (RuntimeException e) {
            return answer.setErrorCode(PartitionErrors.of(topicPartition, e).code());
        }
    }
}
