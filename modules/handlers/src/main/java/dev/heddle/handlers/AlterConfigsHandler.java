package dev.heddle.handlers;

import dev.heddle.common.AnswerException;
import dev.heddle.metadata.Controller;
import dev.heddle.requestchannel.Request;
import dev.heddle.security.Access;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.ConfigResource.Type;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AlterConfigsRequest;
import org.apache.kafka.common.requests.AlterConfigsResponse;
import org.apache.kafka.common.requests.ApiError;

/**
 * AlterConfigs, the older form: it replaces the whole configuration of a resource. Any thread may call it; it waits until
 * the change is on disk.
 */
final class AlterConfigsHandler implements ApiHandler {

    private final int brokerId;
    private final Controller controller;

    AlterConfigsHandler(int brokerId, Controller controller) {
        this.brokerId = brokerId;
        this.controller = controller;
    }

    @Override
    public ApiKeys apiKey() {
        return ApiKeys.ALTER_CONFIGS;
    }

    @Override
    public AlterConfigsResponse handle(Request request, Access access) {
        return answer(request.body(), access);
    }

    AlterConfigsResponse answer(AlterConfigsRequest request, Access access) {
        AlterConfigsRequestData data = request.data();
        var altered = new AlteredResources(brokerId, data.resources().stream().map(AlterConfigsHandler::resource));
        for (AlterConfigsResource resource : data.resources()) {
            altered.check(resource(resource), resource.resourceType(), () -> check(resource));
        }
        data.resources().forEach(resource -> altered.authorize(resource(resource), access));
        askController(data, altered);
        var response = new AlterConfigsResponseData();
        for (AlterConfigsResource resource : data.resources()) {
            ApiError answer = altered.answerTo(resource(resource));
            response.responses()
                    .add(new AlterConfigsResourceResponse()
                            .setResourceType(resource.resourceType())
                            .setResourceName(resource.resourceName())
                            .setErrorCode(answer.error().code())
                            .setErrorMessage(answer.message()));
        }
        return new AlterConfigsResponse(response);
    }

    private static ConfigResource resource(AlterConfigsResource resource) {
        return new ConfigResource(Type.forId(resource.resourceType()), resource.resourceName());
    }

    private static void check(AlterConfigsResource resource) {
        // Levels of loggers can be altered one by one only (KIP-412).
        if (resource(resource).type() == Type.BROKER_LOGGER) {
            throw new AnswerException(Errors.INVALID_REQUEST, "Unknown resource type " + resource.resourceType());
        }
        AlteredResources.requireDistinctKeys(
                resource.configs().stream().map(AlterableConfig::name).toList());
        AlteredResources.requireNoNulls(resource.configs().stream()
                .filter(config -> config.value() == null)
                .map(AlterableConfig::name)
                .toList());
    }

    private void askController(AlterConfigsRequestData data, AlteredResources altered) {
        var remaining = new AlterConfigsRequestData().setValidateOnly(data.validateOnly());
        data.resources().stream()
                .filter(resource -> !altered.isAnswered(resource(resource)))
                .forEach(resource -> remaining.resources().add(resource.duplicate()));
        if (remaining.resources().isEmpty()) return;
        controller
                .alterConfigs(remaining)
                .responses()
                .forEach(answer -> altered.answer(
                        new ConfigResource(Type.forId(answer.resourceType()), answer.resourceName()),
                        new ApiError(answer.errorCode(), answer.errorMessage())));
    }
}
