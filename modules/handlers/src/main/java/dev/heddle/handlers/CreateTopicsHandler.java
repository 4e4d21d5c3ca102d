package dev.heddle.handlers;

import dev.heddle.metadata.Controller;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import dev.heddle.security.Logged;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.CreateTopicsResponse;
import org.apache.kafka.common.resource.ResourceType;

/** CreateTopics. Any thread may call it; it waits until the topics are on disk. */
final class CreateTopicsHandler implements ApiHandler {

    private final Controller controller;

    CreateTopicsHandler(Controller controller) {
        this.controller = controller;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.CREATE_TOPICS;
    }

    @Override
    public CreateTopicsResponse handle(Request request, Access access) {
        return answer(request.body(), access);
    }

    CreateTopicsResponse answer(CreateTopicsRequest request, Access access) {
        Set<String> names = new HashSet<>();
        Set<String> duplicates = new LinkedHashSet<>();
        request.data().topics().forEach(topic -> {
            if (!names.add(topic.name())) duplicates.add(topic.name());
        });
        names.removeAll(duplicates);
        List<String> asked = names.stream().filter(name -> !isMetadataLog(name)).toList();
        Predicate<String> creatable = access.allowsOnCluster(AclOperation.CREATE, Logged.IF_ALLOWED)
                ? name -> true
                : access.allowed(AclOperation.CREATE, ResourceType.TOPIC, asked);
        Predicate<String> describable = access.allowed(
                AclOperation.DESCRIBE_CONFIGS, ResourceType.TOPIC, asked, name -> name, Logged.IF_ALLOWED);
        CreateTopicsRequestData allowed = request.data().duplicate();
        allowed.topics()
                .removeIf(topic -> duplicates.contains(topic.name())
                        || isMetadataLog(topic.name())
                        || !creatable.test(topic.name()));
        CreateTopicsResponseData response =
                allowed.topics().isEmpty() ? new CreateTopicsResponseData() : controller.createTopics(allowed);
        response.topics().stream()
                .filter(topic -> topic.errorCode() == Errors.NONE.code() && !describable.test(topic.name()))
                .forEach(CreateTopicsHandler::hideConfigs);
        duplicates.forEach(name -> response.topics().add(refused(name, "Duplicate topic name.")));
        names.stream()
                .filter(CreateTopicsHandler::isMetadataLog)
                .forEach(name ->
                        response.topics().add(refused(name, "Creation of internal topic " + name + " is prohibited.")));
        asked.stream()
                .filter(creatable.negate())
                .forEach(name -> response.topics()
                        .add(refused(name, "Authorization failed.")
                                .setErrorCode(Errors.TOPIC_AUTHORIZATION_FAILED.code())));
        return new CreateTopicsResponse(response);
    }

    /** Whoever may create a topic need not be allowed to see how it is configured. */
    private static void hideConfigs(CreatableTopicResult topic) {
        topic.setTopicConfigErrorCode(Errors.TOPIC_AUTHORIZATION_FAILED.code())
                .setNumPartitions(CreateTopicsRequest.NO_NUM_PARTITIONS)
                .setReplicationFactor(CreateTopicsRequest.NO_REPLICATION_FACTOR)
                .setConfigs(List.of());
    }

    private static boolean isMetadataLog(String topic) {
        return topic.equals(Topic.CLUSTER_METADATA_TOPIC_NAME);
    }

    private static CreatableTopicResult refused(String name, String message) {
        return new CreatableTopicResult()
                .setName(name)
                .setErrorCode(Errors.INVALID_REQUEST.code())
                .setErrorMessage(message);
    }
}
