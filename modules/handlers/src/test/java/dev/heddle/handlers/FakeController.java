package dev.heddle.handlers;

import dev.heddle.metadata.Controller;
import dev.heddle.metadata.ProducerIdsBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AssignReplicasToDirsRequestData;
import org.apache.kafka.common.message.AssignReplicasToDirsResponseData;
import org.apache.kafka.common.message.BrokerHeartbeatRequestData;
import org.apache.kafka.common.message.BrokerHeartbeatResponseData;
import org.apache.kafka.common.message.BrokerRegistrationRequestData;
import org.apache.kafka.common.message.BrokerRegistrationResponseData;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData.CreatePartitionsTopicResult;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.message.UpdateFeaturesRequestData;
import org.apache.kafka.common.message.UpdateFeaturesResponseData;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;

/** A controller that writes no log: it does what it is asked to the test's metadata, and keeps what it was asked. */
final class FakeController implements Controller {

    private final TestMetadata metadata;

    /** Every request, in order. */
    final List<ApiMessage> asked = new ArrayList<>();

    /** What every request to create topics fails with; null lets them succeed. */
    RuntimeException failure;

    /** Topics that are refused, with {@code POLICY_VIOLATION}. */
    final Set<String> refused = new TreeSet<>();

    private long nextProducerId;

    FakeController(TestMetadata metadata) {
        this.metadata = metadata;
    }

    @Override
    public CreateTopicsResponseData createTopics(CreateTopicsRequestData request) {
        asked.add(request);
        if (failure != null) throw failure;
        var response = new CreateTopicsResponseData();
        for (CreatableTopic topic : request.topics()) {
            var result = new CreatableTopicResult().setName(topic.name());
            response.topics().add(result);
            if (refused.contains(topic.name())) {
                result.setErrorCode(Errors.POLICY_VIOLATION.code());
            } else if (metadata.image().topics().topic(topic.name()) != null) {
                result.setErrorCode(Errors.TOPIC_ALREADY_EXISTS.code());
            } else {
                metadata.topic(topic.name(), Math.max(1, topic.numPartitions()), TestMetadata.SELF);
            }
        }
        return response;
    }

    @Override
    public DeleteTopicsResponseData deleteTopics(DeleteTopicsRequestData request) {
        asked.add(request);
        var response = new DeleteTopicsResponseData();
        request.topics().forEach(topic -> {
            metadata.replay(new RemoveTopicRecord().setTopicId(topic.topicId()));
            response.responses().add(new DeletableTopicResult().setTopicId(topic.topicId()));
        });
        return response;
    }

    @Override
    public CreatePartitionsResponseData createPartitions(CreatePartitionsRequestData request) {
        asked.add(request);
        var response = new CreatePartitionsResponseData();
        request.topics()
                .forEach(topic -> response.results().add(new CreatePartitionsTopicResult().setName(topic.name())));
        return response;
    }

    @Override
    public IncrementalAlterConfigsResponseData incrementalAlterConfigs(IncrementalAlterConfigsRequestData request) {
        asked.add(request);
        var response = new IncrementalAlterConfigsResponseData();
        request.resources()
                .forEach(resource -> response.responses()
                        .add(new IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse()
                                .setResourceType(resource.resourceType())
                                .setResourceName(resource.resourceName())));
        return response;
    }

    @Override
    public AlterConfigsResponseData alterConfigs(AlterConfigsRequestData request) {
        asked.add(request);
        var response = new AlterConfigsResponseData();
        request.resources()
                .forEach(resource -> response.responses()
                        .add(new AlterConfigsResponseData.AlterConfigsResourceResponse()
                                .setResourceType(resource.resourceType())
                                .setResourceName(resource.resourceName())));
        return response;
    }

    @Override
    public UpdateFeaturesResponseData updateFeatures(UpdateFeaturesRequestData request) {
        asked.add(request);
        return new UpdateFeaturesResponseData();
    }

    @Override
    public ProducerIdsBlock allocateProducerIds(int brokerId) {
        var block = new ProducerIdsBlock(nextProducerId, 2);
        nextProducerId += 2;
        return block;
    }

    @Override
    public BrokerRegistrationResponseData registerBroker(BrokerRegistrationRequestData request) {
        throw new AssertionError("not asked for here");
    }

    @Override
    public BrokerHeartbeatResponseData brokerHeartbeat(BrokerHeartbeatRequestData request) {
        throw new AssertionError("not asked for here");
    }

    @Override
    public AssignReplicasToDirsResponseData assignReplicasToDirs(AssignReplicasToDirsRequestData request) {
        throw new AssertionError("not asked for here");
    }
}
