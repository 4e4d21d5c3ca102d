package dev.heddle.handlers;

import dev.heddle.metadata.Controller;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.CreateTopicsResponse;

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
        return answer(request.body());
    }

    CreateTopicsResponse answer(CreateTopicsRequest request) {
        Set<String> names = new HashSet<>();
        Set<String> duplicates = new LinkedHashSet<>();
        request.data().topics().forEach(topic -> {
            if (!names.add(topic.name())) duplicates.add(topic.name());
        });
        CreateTopicsRequestData allowed = request.data().duplicate();
        allowed.topics().removeIf(topic -> duplicates.contains(topic.name()) || isMetadataLog(topic.name()));
        CreateTopicsResponseData response =
                allowed.topics().isEmpty() ? new CreateTopicsResponseData() : controller.createTopics(allowed);
        duplicates.forEach(name -> response.topics().add(refused(name, "Duplicate topic name.")));
        names.stream()
                .filter(name -> isMetadataLog(name) && !duplicates.contains(name))
                .forEach(name ->
                        response.topics().add(refused(name, "Creation of internal topic " + name + " is prohibited.")));
        return new CreateTopicsResponse(response);
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
