package dev.heddle.handlers;

import dev.heddle.log.ActiveProducer;
import dev.heddle.metadata.MetadataCache;
import dev.heddle.metadata.MetadataImage;
import dev.heddle.replication.ReplicaManager;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.DescribeProducersRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.DescribeProducersResponseData.PartitionResponse;
import org.apache.kafka.common.message.DescribeProducersResponseData.ProducerState;
import org.apache.kafka.common.message.DescribeProducersResponseData.TopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.DescribeProducersRequest;
import org.apache.kafka.common.requests.DescribeProducersResponse;
import org.apache.kafka.common.resource.ResourceType;
import org.jspecify.annotations.Nullable;

/** DescribeProducers: the producers that partitions know of (KIP-664). Any thread may call it. */
final class DescribeProducersHandler implements ApiHandler {

    private final ReplicaManager replicaManager;
    private final MetadataCache metadata;

    DescribeProducersHandler(ReplicaManager replicaManager, MetadataCache metadata) {
        this.replicaManager = replicaManager;
        this.metadata = metadata;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.DESCRIBE_PRODUCERS;
    }

    @Override
    public AbstractResponse handle(Request request, Access access) {
        DescribeProducersRequest asked = request.body();
        MetadataImage image = metadata.image();
        var response = new DescribeProducersResponseData();
        for (TopicRequest topic : asked.data().topics()) {
            var answers = new TopicResponse().setName(topic.name());
            response.topics().add(answers);
            PartitionResponse refusal = refusal(image, topic.name(), access);
            for (int partition : topic.partitionIndexes()) {
                answers.partitions()
                        .add(
                                refusal != null
                                        ? refusal.duplicate().setPartitionIndex(partition)
                                        : describe(new TopicPartition(topic.name(), partition)));
            }
        }
        return new DescribeProducersResponse(response);
    }

    private static @Nullable PartitionResponse refusal(MetadataImage image, String topic, Access access) {
        try {
            Topic.validate(topic);
        } catch (InvalidTopicException e) {
            return refusal(Errors.INVALID_TOPIC_EXCEPTION, e.getMessage());
        }
        Errors unauthorized = Errors.TOPIC_AUTHORIZATION_FAILED;
        if (!access.allows(AclOperation.READ, ResourceType.TOPIC, topic))
            return refusal(unauthorized, unauthorized.message());
        Errors unknown = Errors.UNKNOWN_TOPIC_OR_PARTITION;
        return image.topics().topic(topic) == null ? refusal(unknown, unknown.message()) : null;
    }

    private static PartitionResponse refusal(Errors error, String message) {
        return new PartitionResponse().setErrorCode(error.code()).setErrorMessage(message);
    }

    private PartitionResponse describe(TopicPartition topicPartition) {
        var answer = new PartitionResponse().setPartitionIndex(topicPartition.partition());
        try {
            List<ProducerState> states = new ArrayList<>();
            for (ActiveProducer producer :
                    replicaManager.partition(topicPartition).log().activeProducers()) {
                states.add(stateOf(producer));
            }
            return answer.setActiveProducers(states);
        } catch (RuntimeException e) {
            return answer.setErrorCode(PartitionErrors.of(topicPartition, e).code());
        }
    }

    private static ProducerState stateOf(ActiveProducer producer) {
        return new ProducerState()
                .setProducerId(producer.producerId())
                .setProducerEpoch(producer.producerEpoch())
                .setLastSequence(producer.lastSequence())
                .setLastTimestamp(producer.lastTimestampMs())
                .setCoordinatorEpoch(producer.coordinatorEpoch())
                .setCurrentTxnStartOffset(producer.currentTxnStartOffset());
    }
}
